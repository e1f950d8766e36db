"""Learning what decides whether an answer is shown."""

import random

from evals.weigh import SIGNALS, Example, fit, holds
from retrieval.protocols import Hit

from ..bot.fakes import document


def examples(seed: int = 3) -> list[Example]:
    chance = random.Random(seed)
    made = []
    for number in range(200):
        answers = number % 2 == 0
        figures = {name: chance.random() for name in SIGNALS}
        figures["found"] = chance.gauss(1.0 if answers else -1.0, 1.0)
        figures["hard_apart"] = chance.gauss(0.1 if answers else 0.4, 0.1)
        made.append(Example("documents", answers, False, figures))
    return made


def test_what_tells_answers_from_the_rest_is_learnt_with_its_sign() -> None:
    model = fit(examples(), lost=0.05)

    assert model["weights"]["found"] > 0 > model["weights"]["hard_apart"]
    assert all(weight < 0 for name, weight in model["weights"].items() if name not in ("found", "tail"))


def test_the_threshold_loses_the_share_that_it_may() -> None:
    given = examples()
    strict, lax = fit(given, lost=0.2), fit(given, lost=0.02)

    assert strict["answered"] > lax["answered"]
    assert strict["weights"] == lax["weights"]


def test_a_hit_answers_by_its_clause_or_by_its_words() -> None:
    made, passages = document("rules", "某办法", [("第一条", "设半年观察期。"), ("第二条", "自发布之日起施行。")])
    hits = [Hit(passage, made, 1.0) for passage in passages]
    by_words = holds({"doc": ["rules"], "must": ["半年 观察期"]})
    by_clause = holds({"doc": ["rules"], "clauses": ["第二条"]})
    elsewhere = holds({"doc": ["other"], "clauses": ["第二条"]})

    assert [by_words(hit) for hit in hits] == [True, False]
    assert [by_clause(hit) for hit in hits] == [False, True]
    assert not any(map(elsewhere, hits))

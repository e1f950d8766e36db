"""Learning what decides whether an answer is shown."""

import random
from dataclasses import replace

from evals.dataset import Entry, Question, RetrievalSet
from evals.weigh import SIGNALS, Example, by_folds, few_documents, figures, fit, folds_of, holds, threshold
from retrieval.protocols import Hit

from ..bot.fakes import document


def examples(seed: int = 3) -> list[Example]:
    chance = random.Random(seed)
    made = []
    for number in range(200):
        answers = number % 2 == 0
        signals = {name: chance.random() for name in SIGNALS}
        signals["found"] = chance.gauss(1.0 if answers else -1.0, 1.0)
        signals["hard_apart"] = chance.gauss(0.1 if answers else 0.4, 0.1)
        made.append(Example("documents", answers, signals, text=f"第{chance.random()}问"))
    return made


def test_what_tells_answers_from_the_rest_is_learnt_with_its_sign() -> None:
    weights = fit(examples())["weights"]

    assert weights["found"] > 0 > weights["hard_apart"]
    assert all(weights.get(name, 0.0) >= 0 for name in ("tail", "dense", "explained", "lay"))
    assert all(weights.get(name, 0.0) <= 0 for name in ("uncovered", "hole", "soft_late", "off_subject"))


def test_the_threshold_loses_the_share_that_it_may() -> None:
    given = examples()
    judged = by_folds(given)
    strict, lax = threshold(given, judged, lost=0.2), threshold(given, judged, lost=0.02)
    present = [said for said, each in zip(judged, given, strict=True) if each.answers]

    assert strict > lax
    assert abs(sum(said < strict for said in present) - 20) <= 1  # the threshold is rounded
    assert figures(given, judged, lost=0.2)["refused"] > figures(given, judged, lost=0.02)["refused"]


def test_a_question_is_judged_by_weights_that_did_not_see_its_like() -> None:
    given = examples()
    odd = [replace(each, answers=not each.answers) for each in given]
    twins = [*given, *(replace(each, text=f"{each.text}吗") for each in given)]

    folds = folds_of(twins)

    assert folds[: len(given)] == folds[len(given) :]
    assert len(set(folds)) > 1
    assert figures(given, by_folds(given), lost=0.05)["auroc"] > 0.8
    assert figures(odd, by_folds(given), lost=0.05)["auroc"] < 0.2


def test_questions_about_one_clause_are_in_one_fold() -> None:
    given = [replace(each, about="rules 第一条") for each in examples()]

    assert len(set(folds_of(given))) == 1


def test_a_hit_answers_by_its_clause_or_by_its_words() -> None:
    made, passages = document("rules", "某办法", [("第一条", "设半年观察期。"), ("第二条", "自发布之日起施行。")])
    hits = [Hit(passage, made, 1.0) for passage in passages]
    by_words = holds({"doc": ["rules"], "must": ["半年 观察期"]})
    by_clause = holds({"doc": ["rules"], "clauses": ["第二条"]})
    elsewhere = holds({"doc": ["other"], "clauses": ["第二条"]})

    assert [by_words(hit) for hit in hits] == [True, False]
    assert [by_clause(hit) for hit in hits] == [False, True]
    assert not any(map(elsewhere, hits))


def test_a_collection_of_few_documents_answers_its_own_questions_and_no_others() -> None:
    corpus = [Entry(f"d{at}", "题", "文") for at in range(12)]
    questions = [Question(f"q{at}", f"问{at}") for at in range(12)]
    absent = [Question(f"n{at}", f"无{at}") for at in range(12)]
    made = few_documents(RetrievalSet(corpus, questions, absent, {f"q{at}": frozenset({f"d{at}"}) for at in range(12)}))

    assert [len(part.corpus) for part in made] == [4, 4, 4]
    for part in made:
        held = {entry.id for entry in part.corpus}
        assert all(part.relevant[each.id] <= held for each in part.questions)
        assert part.unanswerable and not any(
            part.relevant.get(each.id, frozenset()) & held for each in part.unanswerable
        )

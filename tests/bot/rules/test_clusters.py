"""Which demands tell of one problem, what they share, and that no name is given away."""

import random

import numpy as np
import pytest

from bot.errors import Invalid
from bot.rules import clusters as rules
from bot.rules.clusters import SIGNALS, Model, Telling
from bot.rules.triage import Demand, Domain

MODEL = Model(tuple(6.0 if name == "both" else 4.0 if name == "words" else -4.0 if name.endswith("_other") else 0.0 for name in SIGNALS), -3.0, 0.5, 0.6)  # fmt: skip


def tell(ref: str, firm: str, gist: str, domain: Domain = Domain.MOULDING, kind: Demand = Demand.PROBLEM) -> Telling:
    vector = np.random.default_rng(len(gist)).normal(size=8).astype(np.float32)
    return rules.tell(ref, firm, kind=kind, domain=domain, gist=gist, vector=vector / np.linalg.norm(vector))


POOL = [
    tell("D-1", "a", "注塑件缩水"), tell("D-2", "b", "注塑件老是缩水"), tell("D-3", "c", "注塑件缩水严重"),
    tell("D-4", "d", "变频器过流", Domain.ELECTRICAL), tell("D-5", "e", "变频器一启动就过流", Domain.ELECTRICAL),
    tell("D-6", "f", "招五轴编程师傅", Domain.MACHINING, Demand.TALENT_GAP),
]  # fmt: skip


def found(**more: object) -> set[tuple[str | None, tuple[str, ...]]]:
    groups = rules.gather(POOL, model=MODEL, **more)  # type: ignore[arg-type]
    return {(cluster, tuple(sorted(refs))) for cluster, refs in groups}


def test_several_firms_with_one_fault_are_a_group_and_one_alone_is_none() -> None:
    assert found() == {(None, ("D-1", "D-2", "D-3")), (None, ("D-4", "D-5"))}


def test_one_firms_own_are_no_common_problem() -> None:
    same = [tell(f"D-{number}", "a", words) for number, words in enumerate(("注塑件缩水", "注塑件老是缩水"))]
    assert rules.gather(same, model=MODEL) == []


def test_what_is_held_stays_and_grows_and_two_that_are_held_are_never_joined() -> None:
    assert (("K-1"), ("D-1", "D-2", "D-3")) in found(held={"D-1": "K-1", "D-2": "K-1"})
    held = {"D-1": "K-1", "D-2": "K-2"}
    assert {cluster for cluster, _ in found(held=held)} >= {"K-1", "K-2"}


def test_what_people_took_apart_stays_apart() -> None:
    assert ("K-1", ("D-1", "D-2")) in found(held={"D-1": "K-1", "D-2": "K-1"}, apart=[("D-3", "K-1")])
    gone = [(ref, "K-9") for ref in ("D-1", "D-2", "D-3")]
    assert found(apart=gone, dissolved={"K-9"}) == {(None, ("D-4", "D-5"))}


def test_only_what_is_fresh_is_looked_for() -> None:
    assert found(fresh={"D-4"}) == {(None, ("D-4", "D-5"))}
    assert found(fresh=set()) == set()


def test_the_order_of_the_pool_does_not_matter() -> None:
    wanted = found()
    for seed in range(5):
        mixed = random.Random(seed).sample(POOL, len(POOL))
        groups = rules.gather(mixed, model=MODEL)
        assert {(cluster, tuple(sorted(refs))) for cluster, refs in groups} == wanted


def test_an_empty_pool_and_a_pool_of_one_have_no_groups() -> None:
    assert rules.gather([]) == []
    assert rules.gather(POOL[:1]) == []
    assert rules.twins([]) == []


def test_twins_are_of_one_firm_and_the_older_stands_first() -> None:
    pool = [tell("D-1", "a", "注塑件缩水"), tell("D-2", "b", "注塑件缩水"), tell("D-3", "a", "注塑件还是缩水")]
    [pair] = rules.twins(pool, model=MODEL)
    assert (pair.first, pair.second) == ("D-1", "D-3") and "注塑件" in pair.why
    assert rules.twins(pool, model=MODEL, of={"D-2"}) == []


def test_the_gist_leaves_out_who_where_and_how_bad() -> None:
    assert rules.gist_of("您好，我们青岛海恒精密有限公司，注塑件缩水，客户要退货") == "注塑件缩水"
    assert rules.gist_of("急") == "急"


def test_reasons_are_words_of_several_firms_and_name_none() -> None:
    why = rules.reasons([tell("1", "a", "海恒的注塑件缩水"), tell("2", "b", "注塑件缩水，海恒说没事"), tell("3", "c", "注塑件缩水")],
                        known=rules.known_names(["青岛海恒精密机械有限公司"]))  # fmt: skip
    assert "注塑件" in why.things and not any("海恒" in word for word in why.all)
    one = rules.reasons([tell("1", "a", "注塑件缩水"), tell("2", "a", "注塑件缩水")])
    assert "注塑件" in one.all
    assert rules.reasons([tell("1", "a", "注塑件缩水"), tell("2", "b", "变频器过流")]).all == ()


def test_a_name_points_to_no_firm_even_where_nothing_is_shared() -> None:
    pair = [tell("1", "a", "注塑件缩水"), tell("2", "b", "变频器过流")]
    assert rules.name_of(pair, rules.reasons(pair)) == "模具成形：2 家企业的同类问题"
    known = rules.known_names(["长沙鑫盛塑胶有限公司"], ["王强"])
    for name in ("鑫盛的缩水", "缩水（王强）", "", "长" * 41, "电话 13800138000"):
        with pytest.raises(Invalid):
            rules.checked_name(name, known=known)
    assert rules.checked_name(" 注塑件  缩水 ", known=known) == "注塑件 缩水"


def test_the_representative_is_most_like_the_others() -> None:
    assert rules.representative(POOL[:3], model=MODEL) in {"D-1", "D-2", "D-3"}
    assert rules.representative(POOL[5:], model=MODEL) == "D-6"
    with pytest.raises(ValueError):
        rules.representative([])


def test_the_shipped_weights_know_every_signal() -> None:
    model = rules.shipped()
    assert len(model.weights) == len(SIGNALS) and 0 < model.joined < 1 and model.twins >= model.joined

"""B-cubed by hand, the seeded pool, and the plain rival."""

import numpy as np

from bot.rules.clusters import tell
from bot.rules.triage import Demand, Domain
from evals.clusters import arriving, b_cubed, naming_pairs, single_link, truth
from evals.planted_demands import Planted, pool
from tests.bot.rules.test_clusters import MODEL


def test_b_cubed_against_hand_worked_groups() -> None:
    wanted = {"a": 1, "b": 1, "c": 2, "d": 2}
    assert b_cubed(wanted, wanted) == (1.0, 1.0, 1.0)
    # one group of all: precision 1/2 each, recall 1
    assert b_cubed(dict.fromkeys(wanted, 0), wanted) == (0.5, 1.0, 2 / 3)
    # everyone alone: precision 1, recall 1/2 each
    assert b_cubed({key: key for key in wanted}, wanted) == (1.0, 0.5, 2 / 3)
    assert b_cubed({}, {}) == (0.0, 0.0, 0.0)


def test_the_pool_is_seeded_whole_and_its_halves_share_no_telling() -> None:
    tune, report = pool("tune"), pool("report")
    assert len(tune) == len(report) == 500 and tune == pool("tune") != pool("tune", seed=1)
    for demands in (tune, report):
        assert len({demand.problem for demand in demands} - {None}) == 40
        firms = {(demand.problem, demand.firm) for demand in demands if demand.problem is not None}
        assert len(firms) == sum(demand.problem is not None for demand in demands)
    assert not {demand.text for demand in tune} & {demand.text for demand in report}


def test_single_linkage_chains_and_a_named_firm_is_counted() -> None:
    vectors = np.asarray([[1, 0], [0.9, 0.436], [0.62, 0.785], [0, 1]], np.float32)
    told = [
        tell(str(at), str(at), kind=Demand.PROBLEM, domain=Domain.OTHER, gist=f"{at}", vector=vectors[at])
        for at in range(4)
    ]
    found = single_link(told, 0.85)
    assert len({found[ref] for ref in "012"}) == 1 and found["3"] != found["0"]


def test_what_a_firm_is_shown_of_its_group_names_no_other() -> None:
    names = ("青岛海恒精密机械有限公司", "长沙鑫盛塑胶有限公司", "宁波泰诚模具有限公司")
    demands = [
        Planted(str(at), name, "problem", "moulding", "注塑件缩水，海恒也缩水", 1) for at, name in enumerate(names)
    ]
    vector = np.ones(4, np.float32) / 2
    told = [
        tell(one.id, one.firm, kind=Demand.PROBLEM, domain=Domain.MOULDING, gist=one.text, vector=vector)
        for one in demands
    ]
    found = arriving(told, MODEL)
    assert len(set(found.values())) == 1 and truth(demands) == dict.fromkeys("012", 1)
    assert naming_pairs(demands, told, found) == 0

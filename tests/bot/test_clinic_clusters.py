"""Common problems and duplicates as they come in and as staff work on them, on both databases."""

import numpy as np
import pytest

from bot.clinic import clusters, demands
from bot.db import Records
from bot.errors import Conflict, Invalid, NotAllowed, NotFound, Unauthenticated
from bot.models.conversations import Conversation
from bot.models.pool import Cluster, Vector
from bot.rules import clusters as rules
from bot.rules.people import NOBODY, Caller
from bot.rules.triage import Domain
from bot.services import clusters as records_of
from bot.services import ledger, tickets
from bot.work.pooling import Pooling
from retrieval.errors import EmbedderUnavailable
from retrieval.protocols import Role, Vectors
from tests.bot.clinic import make_person, moment
from tests.bot.rules.test_clusters import MODEL
from tests.bot.test_clinic_demands import ask, at


class Letters:
    """Vectors of the characters of a text; counts what it is asked for."""

    name, dimensions = "letters", 64

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.is_there = True

    def embed_query(self, text: str) -> Vectors:
        return self.embed_passages([text])[0]

    def embed_passages(self, texts: list[str]) -> Vectors:  # type: ignore[override]
        if not self.is_there:
            raise EmbedderUnavailable("away")
        self.texts += texts
        rows = np.zeros((len(texts), 64), np.float32)
        for row, text in zip(rows, texts, strict=True):
            for char in text:
                row[ord(char) % 64] += 1
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.fixture(autouse=True)
def model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "shipped", lambda: MODEL)


@pytest.fixture
def firms(records: Records) -> list[Caller]:
    names = ("青岛海恒精密有限公司", "长沙鑫盛塑胶有限公司", "宁波泰诚模具有限公司", "无锡华远科技有限公司")
    with records.write() as session:
        return [make_person(session, Role.SME, f"王{index}强", organisation=name) for index, name in enumerate(names)]


@pytest.fixture
def clerk(records: Records) -> Caller:
    with records.write() as session:
        return make_person(session, Role.STAFF, "小陈")


@pytest.fixture
def pooling(records: Records) -> Pooling:
    return Pooling(records, Letters(), lambda: moment().now)


SHRINKS = ("注塑件缩水，我们是青岛海恒精密有限公司", "注塑件老是缩水", "注塑件缩水严重")


def three(records: Records, firms: list[Caller], pooling: Pooling) -> tuple[str, list[str]]:
    """Three firms with one fault, put together by the machine."""
    refs = [ask(records, firm, text) for firm, text in zip(firms, SHRINKS, strict=False)]
    assert pooling.refresh() == 3
    with records.read() as session:
        [cluster] = records_of.listed(session)
        return cluster.ref, refs


def events(records: Records, prefix: str) -> list[str]:
    with records.read() as session:
        return [entry.event for entry in ledger.entries(session, limit=500) if entry.event.startswith(prefix)]


def test_firms_with_one_fault_are_put_together_and_every_step_is_on_record(
    records: Records, firms: list[Caller], clerk: Caller, pooling: Pooling
) -> None:
    ref, refs = three(records, firms, pooling)
    ask(records, firms[3], "变频器过流", domain=Domain.ELECTRICAL)
    assert pooling.refresh() == 0
    [shown] = clusters.listed(at(records), clerk)["items"]
    assert (shown["ref"], shown["firms"], shown["demands"]) == (ref, 3, 3)
    assert "注塑件" in shown["why"]["things"] and shown["representative"] in refs
    assert events(records, "cluster.") == ["cluster.open"] + ["cluster.joined"] * 3
    assert [item["cluster"] for item in demands.listed(at(records), clerk, chosen={"cluster": ref})["items"]] == [
        ref
    ] * 3


def test_a_later_demand_joins_and_nothing_is_embedded_twice(
    records: Records, firms: list[Caller], clerk: Caller, pooling: Pooling
) -> None:
    ref, _ = three(records, firms, pooling)
    before = len(pooling._embedder.texts)  # type: ignore[attr-defined]
    late = ask(records, firms[3], "注塑件又缩水")
    assert pooling.refresh() == 1
    assert pooling._embedder.texts[before:] == ["注塑件又缩水"]  # type: ignore[attr-defined]
    assert late in {item["ref"] for item in clusters.show(at(records), clerk, ref)["items"]}
    again = Pooling(records, Letters(), lambda: moment().now)
    assert again.refresh() == 0 and again._embedder.texts == []  # type: ignore[attr-defined]


def test_no_firm_reads_another_firms_name(
    records: Records, firms: list[Caller], clerk: Caller, pooling: Pooling
) -> None:
    ref, refs = three(records, firms, pooling)
    with pytest.raises(Invalid):
        clusters.rename(at(records), clerk, ref, name="海恒那样的缩水")
    with records.write() as session:  # one that slipped in before the firm joined
        session.query(Cluster).filter_by(ref=ref).one().name = "和海恒一样的缩水"
    for firm, own in zip(firms, refs, strict=False):
        [seen] = clusters.listed(at(records), firm)["items"]
        assert set(seen) == {"ref", "name", "firms", "why", "own"} and seen["own"] == [own] and seen["firms"] == 3
        assert not any(word in str(seen) for word in ("海恒", "鑫盛", "泰诚", "王0", "王1"))
        assert clusters.show(at(records), firm, ref) == seen
    assert clusters.listed(at(records), firms[3])["items"] == []
    with pytest.raises(NotFound):
        clusters.show(at(records), firms[3], ref)


def test_staff_split_and_the_machine_does_not_undo_it(
    records: Records, firms: list[Caller], clerk: Caller, pooling: Pooling
) -> None:
    ref, refs = three(records, firms, pooling)
    left = clusters.split(at(records), clerk, ref, demands=[refs[2]])
    assert (left["demands"], left["made"]) == (2, None)
    assert Pooling(records, Letters(), lambda: moment().now).refresh() == 0
    for wrong, refusal in (([], Invalid), (refs[:2], Invalid), ([refs[2]], Conflict)):
        with pytest.raises(refusal):
            clusters.split(at(records), clerk, ref, demands=wrong)
    assert clusters.add(at(records), clerk, ref, demands=[refs[2]])["demands"] == 3


def test_two_taken_out_together_are_a_problem_of_their_own(
    records: Records, firms: list[Caller], clerk: Caller, pooling: Pooling
) -> None:
    ref, refs = three(records, firms, pooling)
    late = ask(records, firms[3], "注塑件又缩水")
    pooling.refresh()
    left = clusters.split(at(records), clerk, ref, demands=[refs[2], late], name="另一种缩水")
    made = clusters.show(at(records), clerk, left["made"])
    assert (left["demands"], made["demands"], made["name"], made["named"]) == (2, 2, "另一种缩水", True)
    back = clusters.merge(at(records), clerk, left["made"], into=ref)
    assert back["demands"] == 4
    with pytest.raises(Conflict):
        clusters.merge(at(records), clerk, left["made"], into=ref)
    with pytest.raises(Conflict):
        clusters.merge(at(records), clerk, ref, into=ref)


def test_a_problem_of_one_firm_is_none(records: Records, firms: list[Caller], clerk: Caller, pooling: Pooling) -> None:
    ref, refs = three(records, firms, pooling)
    own = ask(records, firms[0], "喷粉件掉粉")
    with pytest.raises(Invalid, match="两家"):
        clusters.make(at(records), clerk, demands=[refs[0], own])
    clusters.split(at(records), clerk, ref, demands=[refs[2]])
    gone = clusters.split(at(records), clerk, ref, demands=[refs[1]])
    assert (gone["state"], gone["demands"]) == ("dissolved", 0)


def test_what_staff_dissolve_stays_dissolved(
    records: Records, firms: list[Caller], clerk: Caller, pooling: Pooling
) -> None:
    ref, _ = three(records, firms, pooling)
    assert clusters.dissolve(at(records), clerk, ref)["state"] == "dissolved"
    assert Pooling(records, Letters(), lambda: moment().now).refresh() == 0
    assert clusters.listed(at(records), clerk)["items"] == []
    with pytest.raises(Conflict):
        clusters.rename(at(records), clerk, ref, name="缩水")
    with pytest.raises(Invalid):
        clusters.listed(at(records), clerk, state="gone")


def test_staff_gather_what_the_machine_does_not_see(records: Records, firms: list[Caller], clerk: Caller) -> None:
    refs = [ask(records, firms[0], "壳子凹一块"), ask(records, firms[1], "产品背面有坑")]
    made = clusters.make(at(records), clerk, demands=refs, name="塑料件表面凹陷")
    assert (made["firms"], made["name"]) == (2, "塑料件表面凹陷")
    other = clusters.make(at(records), clerk, demands=[refs[1], ask(records, firms[2], "厚处缩")])
    assert other["demands"] == 2 and clusters.show(at(records), clerk, made["ref"])["state"] == "dissolved"
    with pytest.raises(NotFound):
        clusters.make(at(records), clerk, demands=[refs[0], "D-999999"])


def test_duplicates_are_proposed_within_a_firm_and_never_merged_by_themselves(
    records: Records, firms: list[Caller], clerk: Caller, pooling: Pooling
) -> None:
    first, second = ask(records, firms[0], "注塑件缩水"), ask(records, firms[0], "注塑件还是缩水")
    ask(records, firms[1], "注塑件缩水")
    pooling.refresh()
    [pair] = clusters.duplicates(at(records), clerk)["items"]
    assert (pair["first"]["ref"], pair["second"]["ref"]) == (first, second) and pair["likeness"] >= 60
    assert pair["first"]["state"] == pair["second"]["state"] == "pool"
    assert clusters.duplicates(at(records), clerk, of=second)["items"] == [pair]
    clusters.dismiss(at(records), clerk, pair["id"])
    clusters.dismiss(at(records), clerk, pair["id"])
    Pooling(records, Letters(), lambda: moment().now).refresh()
    assert clusters.duplicates(at(records), clerk)["items"] == []
    assert events(records, "demand.distinct") == ["demand.distinct"]
    with pytest.raises(NotFound):
        clusters.dismiss(at(records), clerk, 999)


def test_a_merge_is_taken_back_with_a_new_ticket_and_not_proposed_again(
    records: Records, firms: list[Caller], clerk: Caller, pooling: Pooling
) -> None:
    clinic = at(records)
    first, second = ask(records, firms[0], "注塑件缩水"), ask(records, firms[0], "注塑件还是缩水")
    pooling.refresh()
    demands.merge(clinic, clerk, second, into=first)
    back = demands.split(clinic, clerk, second)
    assert (back["state"], back["merged_into"]) == ("pool", None)
    with records.read() as session:
        ticket = tickets.by_ref(session, back["ticket"]["ref"])
        assert ticket is not None and ticket.previous_ref is not None and ticket.person_id == firms[0].person
        assert session.get_one(Conversation, ticket.conversation_id).ticket_ref == ticket.ref
        told = [entry.data for entry in ledger.entries(session, subject=second) if entry.event == "demand.pool"]
        assert ledger.verify(session).broken_at is None
    assert told[-1] == {"cause": "split", "from": first}
    assert demands.show(clinic, clerk, first)["sources"] == []
    assert clusters.duplicates(clinic, clerk)["items"] == []
    with pytest.raises(Conflict):
        demands.split(clinic, clerk, second)


def test_without_an_embedder_the_pool_waits_and_loses_nothing(
    records: Records, firms: list[Caller], pooling: Pooling
) -> None:
    for firm, text in zip(firms, SHRINKS, strict=False):
        ask(records, firm, text)
    pooling._embedder.is_there = False  # type: ignore[attr-defined]
    with pytest.raises(Exception, match="向量"):
        pooling.catch_up()
    pooling._embedder.is_there = True  # type: ignore[attr-defined]
    assert pooling.refresh() == 3


def test_nobody_else_touches_common_problems(
    records: Records, firms: list[Caller], clerk: Caller, pooling: Pooling
) -> None:
    ref, refs = three(records, firms, pooling)
    for caller, refusal in ((NOBODY, Unauthenticated), (firms[0], NotAllowed)):
        for verb, given in (
            (clusters.make, {"demands": refs}), (clusters.rename, {"ref": ref, "name": "x"}), (clusters.dissolve, {"ref": ref}),
            (clusters.duplicates, {}), (demands.split, {"ref": refs[0]}),
        ):  # fmt: skip
            with pytest.raises(refusal):
                verb(at(records), caller, **given)  # type: ignore[operator]
    with pytest.raises(Unauthenticated):
        clusters.listed(at(records), NOBODY)


def test_what_was_made_of_a_deleted_persons_words_is_gone(
    records: Records, firms: list[Caller], clerk: Caller, pooling: Pooling
) -> None:
    from bot.models.people import Person
    from bot.services import personal

    ref, refs = three(records, firms, pooling)
    with records.write() as session:
        person = session.get_one(Person, firms[0].person)
        personal.delete(session, moment(), person, caller=Caller(Role.ADMIN))
    with records.read() as session:
        assert session.query(Vector).filter_by(demand_ref=refs[0]).all() == []
    shown = clusters.show(at(records), clerk, ref)
    assert refs[0] not in {item["ref"] for item in shown["items"]} and shown["why"] == {"things": [], "words": []}
    assert "海恒" not in str(shown)

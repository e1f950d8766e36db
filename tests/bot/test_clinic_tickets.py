"""The clinic's verbs on both databases: one effect for what is sent twice, and no talk over another's ownership."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest

from bot.clinic import conversations, demands, ledger, offers, tickets
from bot.clinic.clinic import Clinic
from bot.db import Records
from bot.errors import NotAllowed, NotFound, Unauthenticated
from bot.profile import Profile
from bot.rules.people import NOBODY, Caller
from bot.rules.tickets import IllegalMove
from bot.services import tickets as moves
from bot.work.hub import Hub
from corpora.document import Document, Kind, Node, NodeKind, Passage, Solution
from retrieval.errors import IndexBroken
from retrieval.protocols import Found, Principal, Query, Role
from tests.bot.clinic import HOURS, MONDAY, make_person, make_ticket, moment
from tests.bot.fakes import MemoryFinder
from tests.bot.services.test_tickets import at_once

FORM = {"symptom": "缩水", "cause": "保压不足", "steps": "加保压", "verification": "称重", "limits": "仅限 PP"}


@pytest.fixture
def clinic(records: Records) -> Clinic:
    return Clinic(records, lambda: MONDAY, HOURS, Profile(), Hub())


class People:
    """Who takes part."""

    def __init__(self, clinic: Clinic) -> None:
        with clinic.records.write() as session:
            self.firm = make_person(session, Role.SME, organisation="甲厂")
            self.other = make_person(session, Role.SME, organisation="乙厂")
            self.engineer = make_person(session, Role.ENGINEER, "张工")
            self.rival = make_person(session, Role.ENGINEER, "李工")
            self.clerk = make_person(session, Role.STAFF, "周")


@pytest.fixture
def people(clinic: Clinic) -> People:
    return People(clinic)


def case(clinic: Clinic, firm: Caller) -> str:
    with clinic.records.write() as session:
        return make_ticket(session, firm).ticket.ref


def events(clinic: Clinic, clerk: Caller, ref: str) -> list[str]:
    return [entry["event"] for entry in ledger.listed(clinic, clerk, subject=ref)["items"]]


def test_a_case_from_offer_to_rating(clinic: Clinic, people: People) -> None:
    ref = case(clinic, people.firm)
    offer = offers.listed(clinic, people.engineer)["items"][0]
    assert offer["ticket"]["ref"] == ref
    assert offers.accept(clinic, people.engineer, offer["id"])["owner"]["name"] == "张工"
    tickets.say(clinic, people.engineer, ref, text="什么料？", asks=True)
    tickets.note(clinic, people.engineer, ref, text="像是保压")
    tickets.resolve(clinic, people.engineer, ref, form=FORM)
    tickets.confirm(clinic, people.firm, ref)
    tickets.rate(clinic, people.firm, ref, rating=4, comment="可以")
    shown = tickets.show(clinic, people.clerk, ref)
    assert (shown["state"], shown["solution"]["state"], shown["rating"]["rating"]) == ("closed", "review", 4)
    assert [one["text"] for one in shown["notes"]] == ["像是保压"]
    assert tickets.show(clinic, people.firm, ref)["notes"] == []
    assert demands.listed(clinic, people.clerk)["items"][0]["state"] == "solved"
    assert ledger.verify(clinic, people.clerk)["ok"]


def test_the_same_words_sent_at_once_are_said_once(clinic: Clinic, people: People) -> None:
    ref = case(clinic, people.firm)
    tickets.claim(clinic, people.engineer, ref)
    said: list[str] = []

    def say() -> None:
        said.append(tickets.say(clinic, people.engineer, ref, text="您好", client_id="1")["id"])

    at_once(*[say] * 6)
    assert len(said) == 6
    assert len(set(said)) == 1
    talk = tickets.show(clinic, people.firm, ref)["messages"]
    assert [one["text"] for one in talk].count("您好") == 1
    assert events(clinic, people.clerk, ref).count("ticket.in_progress") == 1


def test_a_case_that_is_closed_at_once_by_both_is_closed_once(clinic: Clinic, people: People) -> None:
    ref = case(clinic, people.firm)
    tickets.claim(clinic, people.engineer, ref)
    tickets.resolve(clinic, people.engineer, ref, form=FORM)
    refused: list[IllegalMove] = []

    def close(caller: Caller) -> Callable[[], None]:
        def run() -> None:
            try:
                tickets.confirm(clinic, caller, ref)
            except IllegalMove as error:
                refused.append(error)

        return run

    at_once(close(people.firm), close(people.clerk), close(people.firm), close(people.clerk))
    assert len(refused) == 3
    assert events(clinic, people.clerk, ref).count("ticket.closed") == 1


def test_a_reading_is_written_once_however_many_pages_are_open(clinic: Clinic, people: People) -> None:
    ref = case(clinic, people.firm)
    at_once(*[lambda: tickets.show(clinic, people.clerk, ref) and None] * 6)
    assert events(clinic, people.clerk, ref).count("ticket.read") == 1
    tomorrow = Clinic(clinic.records, lambda: MONDAY + timedelta(days=1), HOURS, Profile(), Hub())
    tickets.show(tomorrow, people.clerk, ref)
    assert events(clinic, people.clerk, ref).count("ticket.read") == 2


def test_who_lost_the_case_says_nothing_in_it(clinic: Clinic, people: People) -> None:
    ref = case(clinic, people.firm)
    tickets.claim(clinic, people.engineer, ref)
    with clinic.records.write() as session:
        moves.pass_deadline(session, moment(hours=6), ref)
    tickets.claim(clinic, people.rival, ref)
    with pytest.raises(IllegalMove) as refused:
        tickets.say(clinic, people.engineer, ref, text="我来了")
    assert (refused.value.state, refused.value.owner) == ("claimed", "李工")
    assert "我来了" not in [one["text"] for one in tickets.show(clinic, people.firm, ref)["messages"]]


def test_speaking_and_losing_the_case_at_once_leaves_one_truth(clinic: Clinic, people: People) -> None:
    numbers = count()
    for _ in range(5):
        ref = case(clinic, people.firm)
        tickets.claim(clinic, people.engineer, ref)

        def speak(ref: str = ref) -> None:
            try:
                tickets.say(clinic, people.engineer, ref, text=f"第{next(numbers)}句")
            except (IllegalMove, NotFound):
                return

        def expire(ref: str = ref) -> None:
            with clinic.records.write() as session:
                moves.pass_deadline(session, moment(hours=6), ref)

        at_once(speak, expire)
        shown = tickets.show(clinic, people.clerk, ref)
        spoke = any(one["from"] == "engineer" for one in shown["messages"])
        assert (shown["state"], spoke) in {("in_progress", True), ("offered", False), ("offered", True)}
    assert ledger.verify(clinic, people.clerk)["ok"]


def test_without_an_account_nothing_is_listed(clinic: Clinic, people: People) -> None:
    ref = case(clinic, people.firm)
    for verb in (
        lambda: tickets.listed(clinic, NOBODY),
        lambda: tickets.show(clinic, NOBODY, ref),
        lambda: tickets.claim(clinic, NOBODY, ref),
        lambda: offers.listed(clinic, NOBODY),
        lambda: demands.listed(clinic, NOBODY),
        lambda: ledger.listed(clinic, NOBODY),
    ):
        with pytest.raises(Unauthenticated):
            verb()


def test_another_firm_finds_neither_case_nor_talk(clinic: Clinic, people: People) -> None:
    ref = case(clinic, people.firm)
    talk = tickets.show(clinic, people.firm, ref)["conversation"]
    with pytest.raises(NotFound):
        tickets.show(clinic, people.other, ref)
    with pytest.raises(NotFound):
        tickets.cancel(clinic, people.other, ref, reason="试试")
    with pytest.raises(NotFound):
        conversations.messages(clinic, people.other, talk)
    with pytest.raises(NotAllowed):
        tickets.claim(clinic, people.firm, ref)


def test_a_demand_takes_its_ticket_along(clinic: Clinic, people: People) -> None:
    first, second, third = (case(clinic, people.firm) for _ in range(3))
    refs = [tickets.show(clinic, people.firm, ref)["demand"] for ref in (first, second, third)]
    merged = demands.merge(clinic, people.clerk, refs[1], into=refs[0])
    assert (merged["state"], merged["merged_into"]) == ("merged", refs[0])
    assert demands.publish(clinic, people.clerk, refs[2])["state"] == "package"
    states = [tickets.show(clinic, people.firm, ref)["state"] for ref in (first, second, third)]
    assert states == ["offered", "merged", "escalated"]


def test_a_list_longer_than_a_page_goes_on(clinic: Clinic, people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tickets, "PAGE", 2)
    monkeypatch.setattr(demands, "PAGE", 2)
    for _ in range(5):
        case(clinic, people.firm)
    for listed in (tickets.listed, demands.listed):
        seen: list[str] = []
        after: str | None = None
        while True:
            page = listed(clinic, people.clerk, after=after)
            seen += [item["ref"] for item in page["items"]]
            after = page["next"]
            if after is None:
                break
        assert len(seen) == 5
        assert seen == sorted(seen, reverse=True)


def test_an_engineer_sees_solved_cases_like_this_one_and_a_broken_index_hides_no_ticket(
    clinic: Clinic, people: People
) -> None:
    text = "注塑件老缩水：提高保压。"
    solved = Solution("s_1", "缩水", "moulding", "注塑件缩水", "保压低", "加保压", "称重", "仅 PP", "")
    tree = Node(NodeKind.DOCUMENT, "", "", "", (0, len(text)), ((0, len(text)),))
    document = Document("d", Kind.SOLUTION, "s_1.md", "缩水", text, tree, solution=solved)
    passage = Passage("p", "d", Kind.SOLUTION, "步骤", text, "", ((0, len(text)),), 0)
    ref = case(clinic, people.firm)

    def similar(finder: object, caller: Caller) -> list[str]:
        knowing = replace(clinic, finder=finder)  # type: ignore[arg-type]
        return [one["id"] for one in tickets.show(knowing, caller, ref)["similar"]]

    assert similar(MemoryFinder([document], [passage]), people.engineer) == ["s_1"]
    assert similar(MemoryFinder([document], [passage]), people.firm) == []
    assert similar(Broken(), people.engineer) == []


class Broken:
    """An index that cannot be asked."""

    def search(self, query: Query, principal: Principal) -> Found:
        raise IndexBroken("the disk is gone")

"""The clinic through its API: races, repeats, streams, limits, and everything that a stranger may send."""

import asyncio
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from bot.clinic import people, tickets
from bot.models.conversations import Message
from bot.models.work import Inbound
from bot.rules.people import Caller
from handlers.web.api import conversations as door
from handlers.web.guards import MAX_BODY_BYTES
from handlers.web.live import Streams
from retrieval.protocols import Role
from tests.bot.work.talk import EchoTalk
from tests.handlers.web.test_api import problem
from tests.handlers.web.world import FORM, OPERATOR, Account, World, open_world

HTML = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with open_world(tmp_path_factory.mktemp("clinic")) as made:
        yield made


@pytest.fixture
def echoing(tmp_path: Path) -> Iterator[tuple[World, EchoTalk]]:
    """A world in which the bot says the words back, as slowly as the test wants."""
    talk = EchoTalk()
    with open_world(tmp_path, talk=talk) as made:
        yield made, talk


def say(world: World, talk: str, text: str, who: Account, client_id: str | None = None) -> dict[str, Any]:
    """One turn that is answered."""
    body = {"text": text} if client_id is None else {"text": text, "client_id": client_id}
    response = world.post(f"/conversations/{talk}/messages", who, body)
    assert response.status_code == 200, response.text
    return dict(response.json())


def texts(world: World, talk: str, who: Account) -> list[str]:
    return [item["text"] for item in world.get(f"/conversations/{talk}/messages", who).json()["items"]]


async def at_once(world: World, count: int, path: str, who: list[Account], body: Any) -> list[httpx2.Response]:
    """The same call by several at the same time."""
    transport = httpx2.ASGITransport(app=world.app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://testserver") as client:
        calls = [
            client.post(f"/api/v1{path}", json=body, headers=who[number % len(who)].headers) for number in range(count)
        ]
        return list(await asyncio.gather(*calls))


# --- a talk ---------------------------------------------------------------------------------------------------------------------------


def test_a_firm_that_calls_for_a_person_has_an_offered_ticket_in_that_very_turn(world: World) -> None:
    firm, talk = world.firm["A"], world.talk("A")
    turn = say(world, talk, "转人工", firm)
    assert (turn["owner"], turn["ticket"]["state"]) == ("pool", "offered")
    assert turn["replies"]
    assert all({"text", "kind"} <= set(reply) for reply in turn["replies"])
    assert say(world, talk, "转人工", firm)["ticket"]["ref"] == turn["ticket"]["ref"]
    assert say(world, world.talk("A"), "转人工", firm)["ticket"]["ref"] != turn["ticket"]["ref"]


def test_without_an_account_calling_for_a_person_opens_nothing(world: World) -> None:
    turn = say(world, world.talk(None), "转人工", world.nobody)
    assert "ticket" not in turn
    assert any("0731-8888 0000" in reply["text"] for reply in turn["replies"])


def test_while_an_engineer_owns_it_the_firm_is_heard_and_the_bot_is_silent(world: World) -> None:
    ref = world.ticket("A", "in_progress")
    talk = str(world.shown(ref)["conversation"])
    turn = say(world, talk, "培育期多久", world.firm["A"])
    assert (turn["owner"], turn["replies"]) == ("engineer", [])
    read = world.get(f"/conversations/{talk}/messages", world.engineer["A"]).json()["items"]
    assert (read[-1]["from"], read[-1]["text"], read[-1]["label"]) == ("sme", "培育期多久", None)


def test_what_the_engineer_says_reaches_the_firm_without_a_label(world: World) -> None:
    ref = world.ticket("A", "claimed")
    said = world.post(f"/tickets/{ref}/messages", world.engineer["A"], {"text": "先看保压"}).json()
    read = world.get(f"/conversations/{world.shown(ref)['conversation']}/messages", world.firm["A"]).json()["items"]
    assert [read[-1][key] for key in ("id", "from", "text", "label")] == [said["id"], "engineer", "先看保压", None]
    assert said["ticket"]["state"] == "in_progress"


def test_a_question_lets_the_case_wait_for_the_firm_until_it_answers(world: World) -> None:
    ref = world.ticket("A", "claimed")
    asked = world.post(f"/tickets/{ref}/messages", world.engineer["A"], {"text": "什么料？", "asks": True}).json()
    assert (asked["ticket"]["state"], asked["ticket"]["due_for"]) == ("waiting_sme", "firm_silence")
    say(world, str(asked["ticket"]["conversation"]), "PP", world.firm["A"])
    assert world.shown(ref)["state"] == "in_progress"


def test_reading_on_begins_after_the_message_that_is_named(world: World) -> None:
    talk, firm = world.talk("A"), world.firm["A"]
    first = say(world, talk, "在吗", firm)
    assert first["replies"]
    say(world, talk, "培育期多久", firm)
    items = world.get(f"/conversations/{talk}/messages", firm).json()["items"]
    later = world.get(f"/conversations/{talk}/messages?after={items[1]['id']}", firm).json()["items"]
    assert later == items[2:]


def test_the_same_client_id_is_one_message_with_the_first_reply(world: World) -> None:
    talk, firm = world.talk("A"), world.firm["A"]
    first = say(world, talk, "培育期多久", firm, "1")
    assert say(world, talk, "另一句话", firm, "1") == first
    assert texts(world, talk, firm).count("培育期多久") == 1
    other = say(world, world.talk("A"), "培育期多久", firm, "1")
    assert other["message"] != first["message"]


def test_one_client_id_from_many_at_once_has_one_effect(world: World) -> None:
    talk, firm = world.talk("A"), world.firm["A"]
    body = {"text": "转人工", "client_id": "only"}
    answers = asyncio.run(at_once(world, 8, f"/conversations/{talk}/messages", [firm], body))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    assert texts(world, talk, firm).count("转人工") == 1


def test_an_engineers_double_press_is_one_message(world: World) -> None:
    ref = world.ticket("A", "claimed")
    body = {"text": "您好", "client_id": "x"}
    answers = asyncio.run(at_once(world, 5, f"/tickets/{ref}/messages", [world.engineer["A"]], body))
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert texts(world, str(world.shown(ref)["conversation"]), world.firm["A"]).count("您好") == 1


def test_a_turn_that_takes_long_is_kept_and_answered_later(
    echoing: tuple[World, EchoTalk], monkeypatch: pytest.MonkeyPatch
) -> None:
    world, talk = echoing
    gate = threading.Event()
    talk.before_deciding = lambda turn: gate.wait(10) and None  # type: ignore[assignment, return-value]
    monkeypatch.setattr(door, "PATIENCE_S", 0.05)
    conversation, body = world.talk("A"), {"text": "在吗", "client_id": "slow"}
    early = world.post(f"/conversations/{conversation}/messages", world.firm["A"], body)
    assert (early.status_code, early.json()["replies"]) == (202, [])
    gate.set()
    monkeypatch.setattr(door, "PATIENCE_S", 10.0)
    late = world.post(f"/conversations/{conversation}/messages", world.firm["A"], body)
    assert (late.status_code, [reply["text"] for reply in late.json()["replies"]]) == (200, ["您说：在吗"])
    assert texts(world, conversation, world.firm["A"]) == ["在吗", "您说：在吗"]


def test_who_may_not_know_of_a_talk_leaves_nothing_in_it(world: World) -> None:
    talk = world.talk("B")

    def kept() -> int:
        with world.clinic.records.read() as session:
            return session.query(Inbound).filter_by(lane=talk).count()

    for account in (world.nobody, world.firm["A"], world.engineer["A"]):
        refused = world.post(f"/conversations/{talk}/messages", account, {"text": "让我看看"})
        assert problem(refused) == (404, "not_found")
    assert kept() == 0


def test_nobody_gets_into_a_firms_talk_by_the_number_of_its_message(world: World) -> None:
    talk = world.talk(None)
    say(world, talk, "注塑件缩水，转人工", world.nobody, "1")
    say(world, talk, "我是滨江塑料厂的王强 13800138000 同意", world.nobody, "2")
    assert world.get(f"/conversations/{talk}/messages").status_code == 404
    for number in ("1", "2", "3"):
        body = {"text": "让我进去", "client_id": number}
        assert world.client.post(f"/talk/{talk}/messages", json=body).status_code == 404
        assert world.post(f"/conversations/{talk}/messages", body=body).status_code == 404
    world.client.cookies.clear()


def test_a_button_of_an_older_version_changes_nothing(world: World) -> None:
    ref = world.ticket("A", "resolved")
    ticket = world.shown(ref)
    button = ticket["messages"][-1]["buttons"][0]["value"]
    world.post(f"/tickets/{ref}/reopen", world.firm["A"])
    turn = say(world, str(ticket["conversation"]), button, world.firm["A"])
    assert world.shown(ref)["state"] == "in_progress"
    assert turn["ticket"] == {"ref": ref, "state": "in_progress"} | turn["ticket"]


def test_the_button_of_the_solution_closes_the_case_with_consent(world: World) -> None:
    ref = world.ticket("A", "resolved")
    ticket = world.shown(ref)
    button = ticket["messages"][-1]["buttons"][0]["value"]
    say(world, str(ticket["conversation"]), button, world.firm["A"])
    assert (world.shown(ref)["state"], world.shown(ref)["solution"]["state"]) == ("closed", "review")


# --- the machine ----------------------------------------------------------------------------------------------------------------------


def test_one_of_many_wins_and_the_others_hear_who(world: World) -> None:
    engineers = [world.account(Role.ENGINEER, f"抢单{number}") for number in range(8)]
    ref = world.ticket("A")
    answers = asyncio.run(at_once(world, 8, f"/tickets/{ref}/claim", engineers, {}))
    won = [answer.json()["owner"]["name"] for answer in answers if answer.status_code == 200]
    lost = [answer for answer in answers if answer.status_code == 409]
    assert (len(won), len(lost)) == (1, 7)
    assert all(problem(answer) == (409, "conflict") for answer in lost)
    assert {(one.json()["error"]["state"], one.json()["error"]["owner"]) for one in lost} == {("claimed", won[0])}
    for engineer in engineers:
        people.disable(world.clinic, OPERATOR, str(engineer.caller.person))


def test_a_full_engineer_is_told_so_with_the_state(world: World) -> None:
    engineer = world.account(Role.ENGINEER, "满工", capacity=1)
    assert world.post(f"/tickets/{world.ticket('A')}/claim", engineer).status_code == 200
    refused = world.post(f"/tickets/{world.ticket('A')}/claim", engineer)
    assert problem(refused) == (409, "conflict")
    assert (refused.json()["error"]["state"], refused.json()["error"]["owner"]) == ("offered", None)


def test_claiming_ones_own_again_is_no_error(world: World) -> None:
    ref = world.ticket("A", "claimed")
    assert world.post(f"/tickets/{ref}/claim", world.engineer["A"]).json()["version"] == world.shown(ref)["version"]


MOVES = [
    ("offered", "release", {"reason": "x"}, "engineer"),
    ("offered", "resolve", FORM, "engineer"),
    ("offered", "transfer", {"reason": "x"}, "staff"),
    ("offered", "reopen", {}, "sme"),
    ("offered", "rate", {"rating": 5}, "sme"),
    ("claimed", "confirm", {}, "sme"),
    ("claimed", "assign", None, "staff"),
    ("claimed", "escalate", {"reason": "x"}, "engineer"),
    ("in_progress", "release", {"reason": "x"}, "engineer"),
    ("in_progress", "merge", None, "staff"),
    ("resolved", "messages", {"text": "您好"}, "engineer"),
    ("resolved", "resolve", FORM, "engineer"),
    ("resolved", "cancel", {"reason": "x"}, "sme"),
    ("closed", "confirm", {}, "sme"),
    ("closed", "transfer", {"reason": "x"}, "staff"),
    ("closed", "escalate", {"reason": "x"}, "staff"),
]


@pytest.mark.parametrize(("state", "move", "body", "role"), MOVES, ids=[f"{one[0]}-{one[1]}" for one in MOVES])
def test_a_move_that_the_table_does_not_have_is_a_conflict(
    world: World, state: str, move: str, body: Any, role: str
) -> None:
    ref = world.ticket("A", state)
    before = world.shown(ref)["version"]
    given = body or (
        {"into": world.ticket("A")} if move == "merge" else {"engineer": world.engineer["B"].caller.person}
    )
    refused = world.post(f"/tickets/{ref}/{move}", world.as_role(Role(role)), {} if body == {} else given)
    assert problem(refused) == (409, "conflict")
    assert refused.json()["error"]["state"] == state
    owner = world.engineer["A"].caller.name if state in ("claimed", "in_progress") else None
    assert refused.json()["error"]["owner"] == owner
    assert world.shown(ref)["version"] == before


def test_who_passed_a_case_on_sees_it_but_does_nothing_there(world: World) -> None:
    ref = world.ticket("A", "in_progress")
    world.post(f"/tickets/{ref}/transfer", world.engineer["A"], {"reason": "不是我的专业"})
    assert world.get(f"/tickets/{ref}", world.engineer["A"]).status_code == 200
    for move, body in (("messages", {"text": "在吗"}), ("claim", {}), ("notes", {"text": "补充"})):
        assert problem(world.post(f"/tickets/{ref}/{move}", world.engineer["A"], body)) == (409, "conflict")
    offered = world.get("/offers", world.engineer["A"]).json()["items"]
    assert ref not in [item["ticket"]["ref"] for item in offered]
    assert world.post(f"/tickets/{ref}/claim", world.engineer["B"]).status_code == 200


def test_staff_join_duplicates_of_one_firm_and_no_others(world: World) -> None:
    kept, twice, theirs = world.ticket("A"), world.ticket("A"), world.ticket("B")
    clerk = world.clerk[Role.STAFF]
    assert problem(world.post(f"/tickets/{twice}/merge", clerk, {"into": theirs}))[0] == 409
    assert problem(world.post(f"/tickets/{twice}/merge", clerk, {"into": twice}))[0] == 409
    merged = world.post(f"/tickets/{twice}/merge", clerk, {"into": kept}).json()
    assert (merged["state"], merged["merged_into"]) == ("merged", kept)


def test_a_demand_is_published_with_its_ticket(world: World) -> None:
    ref = world.ticket("A")
    demand = world.shown(ref)["demand"]
    published = world.post(f"/demands/{demand}/publish", world.clerk[Role.STAFF], {"reason": "多家共性"})
    assert published.json()["state"] == "package"
    assert world.shown(ref)["state"] == "escalated"
    assert problem(world.post(f"/demands/{demand}/publish", world.clerk[Role.STAFF], {}))[0] == 409


def test_a_demand_is_merged_with_its_ticket(world: World) -> None:
    first, second = world.ticket("A"), world.ticket("A")
    into = world.shown(first)["demand"]
    merged = world.post(f"/demands/{world.shown(second)['demand']}/merge", world.clerk[Role.STAFF], {"into": into})
    assert (merged.json()["state"], merged.json()["merged_into"]) == ("merged", into)
    assert world.shown(second)["merged_into"] == first


def test_a_declined_offer_is_gone_for_its_engineer_alone(world: World) -> None:
    ref = world.ticket("A")
    offer = world.offer(ref)
    for _ in range(2):
        assert world.post(f"/offers/{offer}/decline", world.engineer["A"], {"reason": "没空"}).status_code == 200
    assert ref not in [item["ticket"]["ref"] for item in world.get("/offers", world.engineer["A"]).json()["items"]]
    assert ref in [item["ticket"]["ref"] for item in world.get("/offers", world.engineer["B"]).json()["items"]]


def test_consent_is_the_firms_to_give_to_withhold_and_to_take_back(world: World) -> None:
    ref, firm = world.ticket("A", "resolved"), world.firm["A"]
    refused = world.post(f"/tickets/{ref}/confirm", world.clerk[Role.STAFF], {"share": True})
    assert problem(refused) == (403, "not_allowed")
    world.post(f"/tickets/{ref}/confirm", firm, {"share": False})
    assert (world.shown(ref)["state"], world.shown(ref)["solution"]["state"]) == ("closed", "draft")
    world.post(f"/tickets/{ref}/confirm", firm, {"share": True})
    assert world.shown(ref)["solution"]["state"] == "review"
    world.post(f"/tickets/{ref}/confirm", firm, {"share": False})
    assert world.shown(ref)["solution"]["state"] == "draft"


def test_staff_close_without_consent(world: World) -> None:
    ref = world.ticket("A", "resolved")
    assert world.post(f"/tickets/{ref}/confirm", world.clerk[Role.STAFF]).json()["state"] == "closed"
    assert world.shown(ref)["solution"]["state"] == "draft"


# --- who sees what --------------------------------------------------------------------------------------------------------------------


def test_the_firm_never_sees_a_note(world: World) -> None:
    ref = world.ticket("A", "claimed")
    secret = "怀疑是操作工的问题"
    world.post(f"/tickets/{ref}/notes", world.engineer["A"], {"text": secret})
    assert world.get(f"/tickets/{ref}", world.engineer["A"]).json()["notes"][0]["text"] == secret
    assert secret not in world.get(f"/tickets/{ref}", world.firm["A"]).text
    assert secret not in world.get(f"/conversations/{world.shown(ref)['conversation']}/messages", world.firm["A"]).text


def test_before_claiming_an_engineer_sees_the_case_and_not_the_firm(world: World) -> None:
    firm, talk = world.firm["A"], world.talk("A")
    say(world, talk, "注塑件老缩水，我电话13912345678", firm)
    ref = say(world, talk, "转人工", firm)["ticket"]["ref"]
    shown = world.get(f"/tickets/{ref}", world.engineer["A"])
    assert "缩水" in shown.text
    assert "13912345678" not in shown.text
    assert "A厂" not in shown.text
    assert shown.json()["messages"] == []
    world.post(f"/tickets/{ref}/claim", world.engineer["A"])
    opened = world.get(f"/tickets/{ref}", world.engineer["A"])
    assert "13912345678" in opened.text
    assert opened.json()["organisation"]["name"] == "A厂"


def test_who_read_a_firms_talk_stands_in_the_ledger_once_a_day(world: World) -> None:
    ref = world.ticket("A", "claimed")
    clerk = world.clerk[Role.STAFF]

    def readings() -> list[str]:
        items = world.get(f"/ledger?subject={ref}", clerk).json()["items"]
        return [item["actor"] for item in items if item["event"] == "ticket.read"]

    assert readings() == []
    for _ in range(3):
        world.get(f"/tickets/{ref}", world.engineer["A"])
    assert len(readings()) == 1
    world.get(f"/conversations/{world.shown(ref)['conversation']}/messages", clerk)
    world.get(f"/tickets/{ref}", world.firm["A"])
    assert len(set(readings())) == len(readings()) == 2


def test_a_lost_token_is_dead_at_once(world: World) -> None:
    account = world.account(Role.ENGINEER, "丢口令")
    assert world.get("/offers", account).status_code == 200
    fresh = people.reissue(world.clinic, OPERATOR, str(account.caller.person))["token"]
    assert problem(world.get("/offers", account)) == (401, "unauthenticated")
    assert world.get("/offers", Account(Caller(), {"Authorization": f"Bearer {fresh}"})).status_code == 200
    people.disable(world.clinic, OPERATOR, str(account.caller.person))


# --- what a stranger may send ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"text": ""}, 422),
        ({"text": " \u200b\n"}, 422),
        ({"text": "长" * 20_001}, 413),
        ({"text": "空\x00字符"}, 422),
        ({"text": 5}, 422),
        ({"text": None}, 422),
        ({"text": ["在吗"]}, 422),
        ({}, 422),
        ([], 422),
        ("在吗", 422),
        ({"text": "在吗", "client_id": ""}, 422),
        ({"text": "在吗", "client_id": "x" * 101}, 422),
        ({"text": "在吗", "client_id": "a\nb"}, 422),
        ({"text": "在吗", "client_id": 7}, 422),
    ],
    ids=str,
)
@pytest.mark.parametrize("place", ["conversation", "ticket"])
def test_a_message_that_cannot_be_taken_is_refused_with_a_reason(
    world: World, place: str, body: Any, status: int
) -> None:
    ref = world.ticket("A", "claimed")
    talk = world.shown(ref)["conversation"]
    path, who = (
        (f"/conversations/{talk}/messages", world.firm["A"])
        if place == "conversation"
        else (f"/tickets/{ref}/messages", world.engineer["A"])
    )
    with world.clinic.records.read() as session:
        before = session.query(Message).count()
    assert problem(world.post(path, who, body)) == (status, "invalid")
    with world.clinic.records.read() as session:
        assert session.query(Message).count() == before


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b'{"text": "\\ud800"}', 422),
        (b'{"text": "\xff"}', 400),
        (b"{", 400),
        (b"", 422),
        (b'{"text": "' + b"x" * 10_000_000 + b'"}', 413),
        (b"[" * 100_000, 400),
    ],
    ids=["surrogate", "not utf-8", "broken", "empty", "10 MB", "deep"],
)
def test_a_body_that_cannot_be_read_is_refused(world: World, content: bytes, status: int) -> None:
    headers = {**world.firm["A"].headers, "Content-Type": "application/json"}
    response = world.client.post(f"/api/v1/conversations/{world.talk('A')}/messages", content=content, headers=headers)
    assert problem(response) == (status, "invalid")


def test_twenty_thousand_characters_are_kept_whole(world: World) -> None:
    talk, text = world.talk("A"), "缩水" * 10_000
    assert 6 * len(text) < MAX_BODY_BYTES
    say(world, talk, text, world.firm["A"])
    assert texts(world, talk, world.firm["A"])[0] == text


@pytest.mark.parametrize("rating", [0, 6, -1, "5", True, 5.5, None, [5], 10**30])
def test_a_rating_is_a_whole_number_from_one_to_five(world: World, rating: Any) -> None:
    ref = world.ticket("A", "resolved")
    assert problem(world.post(f"/tickets/{ref}/rate", world.firm["A"], {"rating": rating})) == (422, "invalid")
    assert world.shown(ref)["rating"] is None


@pytest.mark.parametrize("move", ["release", "transfer", "cancel", "escalate"])
@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": " "}, {"reason": 1}])
def test_a_reason_is_asked_for(world: World, move: str, body: Any) -> None:
    ref = world.ticket("A", "claimed")
    assert problem(world.post(f"/tickets/{ref}/{move}", world.clerk[Role.STAFF], body)) == (422, "invalid")


@pytest.mark.parametrize("missing", list(FORM))
def test_a_solution_needs_its_fields(world: World, missing: str) -> None:
    ref = world.ticket("A", "in_progress")
    form = {name: words for name, words in FORM.items() if name != missing}
    assert problem(world.post(f"/tickets/{ref}/resolve", world.engineer["A"], form)) == (422, "invalid")
    assert world.shown(ref)["state"] == "in_progress"


@pytest.mark.parametrize(
    "ref", ["T-999999", "T-1", "x", "T-000001%00", "..%2F..%2Fetc", "%E5%B7%A5", "'--", "T" * 3000]
)
def test_a_reference_that_is_none_is_not_found(world: World, ref: str) -> None:
    assert problem(world.get(f"/tickets/{ref}", world.clerk[Role.STAFF])) == (404, "not_found")
    assert problem(world.post(f"/tickets/{ref}/claim", world.engineer["A"])) == (404, "not_found")
    assert problem(world.get(f"/conversations/{ref}/messages", world.clerk[Role.STAFF])) == (404, "not_found")


@pytest.mark.parametrize(
    "query",
    [
        "/tickets?state=open",
        "/tickets?after=x",
        "/demands?state=1",
        "/demands?after=T-",
        "/ledger?after=-1",
        "/ledger?after=x",
    ],
)
def test_a_list_is_asked_for_properly(world: World, query: str) -> None:
    assert problem(world.get(query, world.clerk[Role.ADMIN])) == (422, "invalid")


def test_a_talk_is_read_on_from_its_own_messages_only(world: World) -> None:
    other = say(world, world.talk("A"), "在吗", world.firm["A"])["message"]
    talk = world.talk("A")
    for after in (other, "x", "%00"):
        response = world.get(f"/conversations/{talk}/messages?after={after}", world.firm["A"])
        assert problem(response) == (422, "invalid")


def test_markup_in_a_name_or_a_solution_is_text(world: World) -> None:
    firm = world.account(Role.SME, "赵", organisation=f"{HTML}厂")
    talk = str(world.post("/conversations", firm).json()["id"])
    ref = say(world, talk, "转人工", firm)["ticket"]["ref"]
    world.post(f"/tickets/{ref}/claim", world.engineer["A"])
    world.post(f"/tickets/{ref}/resolve", world.engineer["A"], FORM | {"cause": HTML})
    shown = world.get(f"/tickets/{ref}", world.clerk[Role.STAFF])
    assert shown.headers["content-type"] == "application/json"
    assert (shown.json()["organisation"]["name"], shown.json()["solution"]["cause"]) == (f"{HTML}厂", HTML)


def test_lists_go_on_where_they_stopped(world: World) -> None:
    clerk = world.clerk[Role.STAFF]
    seen: list[str] = []
    path = "/tickets"
    while path:
        page = world.get(path, clerk).json()
        seen += [item["ref"] for item in page["items"]]
        path = f"/tickets?after={page['next']}" if page["next"] else ""
    assert seen == sorted(set(seen), reverse=True)
    whole = tickets.listed(world.clinic, clerk.caller)["items"]
    assert len(seen) >= len(whole)


# --- live -----------------------------------------------------------------------------------------------------------------------------


class Listener:
    """Reads a stream as a browser does, without a server: an ASGI call that is left when enough was heard."""

    def __init__(self, world: World, path: str, who: Account, **headers: str) -> None:
        self._world = world
        self._headers = {**who.headers, **headers}
        self._path = path
        self._text = ""
        self._left = asyncio.Event()
        self._heard = asyncio.Event()
        self.status = 0

    @property
    def events(self) -> list[tuple[str, str, dict[str, Any]]]:
        """Name, id and data of what was heard."""
        found = []
        for block in self._text.replace("\r\n", "\n").split("\n\n"):
            fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line and line[0] != ":")
            if "data" in fields:
                found.append((fields.get("event", ""), fields.get("id", ""), json.loads(fields["data"])))
        return found

    async def __aenter__(self) -> "Listener":
        self._task = asyncio.create_task(self._listen())
        return self

    async def __aexit__(self, *failure: object) -> None:
        self._left.set()
        await self._task

    async def until(self, count: int, name: str) -> list[tuple[str, str, dict[str, Any]]]:
        """The events, once so many of this name were heard."""
        async with asyncio.timeout(20):
            while sum(event[0] == name for event in self.events) < count:
                self._heard.clear()
                await self._heard.wait()
        return self.events

    async def ended(self) -> None:
        """Until the other side has ended it."""
        async with asyncio.timeout(20):
            await asyncio.shield(self._task)

    async def _listen(self) -> None:
        asked = False

        async def receive() -> dict[str, Any]:
            nonlocal asked
            if not asked:
                asked = True
                return {"type": "http.request", "body": b"", "more_body": False}
            await self._left.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                self.status = message["status"]
            self._text += message.get("body", b"").decode()
            self._heard.set()

        path, _, query = self._path.partition("?")
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": f"/api/v1{path}",
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(name.lower().encode(), value.encode()) for name, value in self._headers.items()],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
            "state": {},
        }
        await self._world.app(scope, receive, send)


async def test_what_one_side_writes_the_other_hears_at_once(world: World) -> None:
    ref = world.ticket("A", "claimed")
    talk = str(world.shown(ref)["conversation"])
    async with Listener(world, f"/conversations/{talk}/events", world.firm["A"]) as firm:
        await firm.until(1, "state")
        await asyncio.to_thread(tickets.say, world.clinic, world.engineer["A"].caller, ref, text="先看保压")
        events = await firm.until(2, "state")
    assert events[-1][2]["ticket"]["state"] == "in_progress"
    assert [event[2]["text"] for event in events if event[0] == "message"][-1] == "先看保压"


async def test_a_stream_goes_on_after_the_last_event_that_was_heard(world: World) -> None:
    ref = world.ticket("A", "in_progress")
    talk = str(world.shown(ref)["conversation"])
    path = f"/conversations/{talk}/events"
    async with Listener(world, path, world.firm["A"]) as first:
        heard = [event for event in await first.until(1, "state") if event[0] == "message"]
    await asyncio.to_thread(tickets.say, world.clinic, world.engineer["A"].caller, ref, text="还在吗")
    async with Listener(world, path, world.firm["A"], **{"Last-Event-ID": heard[-1][1]}) as again:
        events = await again.until(1, "message")
    assert [event[2]["text"] for event in events if event[0] == "message"] == ["还在吗"]


async def test_a_stream_ends_with_the_token_that_opened_it(world: World) -> None:
    account = world.account(Role.SME, "孙", organisation="孙厂")
    talk = str(world.post("/conversations", account).json()["id"])
    async with Listener(world, f"/conversations/{talk}/events", account) as listener:
        await listener.until(1, "state")
        people.reissue(world.clinic, OPERATOR, str(account.caller.person))
        await asyncio.to_thread(_touch, world, talk)
        await listener.ended()
    assert [event[0] for event in listener.events] == ["state"]


def _touch(world: World, talk: str) -> None:
    from bot.services import conversations

    with world.clinic.records.write() as session:
        conversations.tell(session, world.clinic.clock(), talk, "不该被看到")


async def test_streams_cannot_be_opened_without_end(world: World) -> None:
    talk = world.talk("A")
    world.app.state.streams = Streams(most=3, most_of_one=2)
    try:
        path = f"/conversations/{talk}/events"
        async with Listener(world, path, world.firm["A"]) as one, Listener(world, path, world.firm["A"]) as two:
            await one.until(1, "state")
            await two.until(1, "state")
            async with Listener(world, path, world.firm["A"]) as third:
                await third.ended()
            assert (third.status, json.loads(third._text)["error"]["kind"]) == (429, "busy")
        assert world.app.state.streams.open == 0
    finally:
        world.app.state.streams = Streams()

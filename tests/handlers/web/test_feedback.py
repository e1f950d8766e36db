"""What is said of an answer reaches staff with its question, and they see what the same question gets today. Complaints reach them too."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.assistant.shape import Outcome
from bot.clinic import answers, people
from bot.clinic.clinic import Clinic
from bot.models.answers import GivenAnswer
from bot.services import given
from handlers.web.app import create_app
from retrieval.protocols import Role
from tests.bot.clinic import MONDAY
from tests.handlers.web.house import LINES, NOTHING
from tests.handlers.web.world import OPERATOR, World, open_world

HTML = {"Accept": "text/html"}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with open_world(tmp_path) as made:
        yield made


def say(world: World, text: str, account: Any = None, talk: str = "") -> tuple[str, dict[str, Any]]:
    """The talk, and the answer that came back in it."""
    who = account or world.nobody
    talk = talk or world.post("/conversations", who).json()["id"]
    told = world.post(f"/conversations/{talk}/messages", who, {"text": text}).json()
    return talk, next(reply["answer"] for reply in told["replies"] if "answer" in reply)


def wrong(world: World) -> dict[str, Any]:
    found: dict[str, Any] = world.get("/answers/wrong", world.clerk[Role.STAFF]).json()
    return found


def test_a_public_answer_is_rated_by_its_id_and_traced(world: World) -> None:
    made = world.client.post("/api/v1/ask", json={"text": "培育期多久", "prev": ["中心认定"]}).json()
    told = world.post(f"/answers/{made['id']}/feedback", None, {"useful": False, "comment": "没说从哪天算"})
    assert (told.status_code, told.json()) == (200, {"id": made["id"], "useful": False, "comment": "没说从哪天算"})
    (item,) = wrong(world)["items"]
    assert (item["question"], item["prev"], item["comment"]) == ("培育期多久", ["中心认定"], "没说从哪天算")
    assert item["answer"] == made | {"explain": None}
    assert world.post("/answers/unknown/feedback", None, {"useful": True}).status_code == 404


def test_a_later_word_replaces_an_earlier_one(world: World) -> None:
    made = world.ask()
    world.post(f"/answers/{made}/feedback", None, {"useful": False, "comment": "不对"})
    assert world.post(f"/answers/{made}/feedback", None, {"useful": True}).json()["useful"] is True
    assert (wrong(world)["items"], wrong(world)["useful"], wrong(world)["useless"]) == ([], 1, 0)


@pytest.mark.parametrize(
    ("body", "status"),
    [({}, 422), ({"useful": "yes"}, 422), ({"useful": 1}, 422), ({"useful": True, "comment": "长" * 2001}, 413), ({"useful": True, "comment": "a\x00"}, 422)],
)  # fmt: skip
def test_what_is_no_rating_is_refused(world: World, body: dict[str, Any], status: int) -> None:
    assert world.post(f"/answers/{world.ask()}/feedback", None, body).status_code == status


def test_an_answer_of_a_talk_is_its_firms_to_rate(world: World) -> None:
    talk, answer = say(world, "培育期多久", world.firm["A"])
    path = f"/answers/{answer['id']}/feedback"
    for other in (world.nobody, world.firm["B"], world.engineer["A"], world.clerk[Role.STAFF]):
        assert world.post(path, other, {"useful": False}).status_code == 404
    assert world.post(path, world.firm["A"], {"useful": False, "comment": "少了一条"}).status_code == 200
    (item,) = wrong(world)["items"]
    assert (item["question"], item["role"], item["conversation"]) == ("培育期多久", "sme", talk)
    assert item["answer"]["citations"] == answer["citations"]


def test_a_replay_shows_before_and_after_with_the_askers_eyes(world: World) -> None:
    _, answer = say(world, "培育期多久", world.firm["A"])
    world.post(f"/answers/{answer['id']}/feedback", world.firm["A"], {"useful": False})
    services = world.app.state.services
    fake = services.assistant
    staff = world.clerk[Role.STAFF]
    same = world.post(f"/answers/{answer['id']}/replay", staff).json()
    assert (same["changed"], same["after"]["citations"]) == ([], answer["citations"])
    assert fake.heard[-1][1] == world.firm["A"].caller.principal
    fake.lines = {}
    other = world.post(f"/answers/{answer['id']}/replay", staff).json()
    assert other["before"]["outcome"] == "answered"
    assert other["after"]["outcome"] == "no_answer"
    assert {"outcome", "answer", "citations", "near"} == set(other["changed"])


def test_what_nobody_rated_is_not_replayed(world: World) -> None:
    assert world.post(f"/answers/{world.ask()}/replay", world.clerk[Role.STAFF]).status_code == 404


def test_the_chat_page_has_the_buttons_and_remembers(world: World) -> None:
    talk, answer = say(world, "培育期多久")
    page = world.client.get(f"/talk/{talk}", headers=HTML).text
    assert f'action="/talk/{talk}/answers/{answer["id"]}"' in page
    assert page.count('aria-pressed="false"') >= 2
    path = f"/talk/{talk}/answers/{answer['id']}"
    back = world.client.post(path, data={"useful": "no"}, headers=HTML, follow_redirects=False)
    assert (back.status_code, back.headers["location"]) == (303, f"/talk/{talk}#latest")
    told = world.client.post(path, data={"useful": "no", "comment": "旧的"}, headers={"Accept": "application/json"})
    assert told.json()["comment"] == "旧的"
    page = world.client.get(f"/talk/{talk}", headers=HTML).text
    assert 'value="no" aria-pressed="true"' in page
    assert world.client.post(path, data={"useful": "maybe"}, headers=HTML).status_code == 422


def test_the_console_lists_and_replays(world: World) -> None:
    made = world.ask()
    world.post(f"/answers/{made}/feedback", None, {"useful": False, "comment": "<b>错</b>"})
    headers = world.clerk[Role.STAFF].headers | HTML
    page = world.client.get("/console/answers", headers=headers).text
    assert "培育期多久" in page
    assert "&lt;b&gt;错" in page
    world.app.state.services.assistant.lines = {}
    both = world.client.post(f"/console/answers/{made}/replay", headers=headers).text
    assert "当时" in both
    assert "变了：结果" in both
    assert NOTHING.answer in both


def test_answers_are_given_where_the_records_cannot_take_them(world: World) -> None:
    services = world.app.state.services

    class Shut(Clinic):
        def writing(self, caller: Any) -> Any:
            from bot.errors import Busy

            raise Busy("现在记录写入太忙，请稍后再试。")

    held = services.clinic
    shut = Shut(held.records, held.clock, held.hours, held.profile, held.hub)
    from fastapi.testclient import TestClient

    with TestClient(create_app(replace(services, clinic=shut))) as client:
        assert client.post("/api/v1/ask", json={"text": "培育期多久"}).json()["outcome"] == "answered"


def test_what_nobody_rates_is_thrown_away_and_what_was_rated_stays(world: World) -> None:
    old, kept = LINES["培育期"], LINES["课"]
    with world.clinic.records.write() as session:
        for one in (old, kept):
            given.keep(session, MONDAY - given.KEPT - timedelta(days=1), one.as_json(), question="旧", caller=OPERATOR)
    answers.rate(world.clinic, OPERATOR, kept.id, useful=False)
    world.ask(text="振纹")
    with world.clinic.records.read() as session:
        assert {row.id for row in session.query(GivenAnswer)} == {kept.id, "a4"}


def test_a_deleted_person_takes_questions_ratings_and_complaints_along(world: World) -> None:
    who = world.stranger()
    asked = world.client.post("/api/v1/ask", json={"text": "培育期：我是独一号厂的"}, headers=who.headers).json()["id"]
    world.post(f"/answers/{asked}/feedback", who, {"useful": False, "comment": "独二"})
    _, answer = say(world, "培育期多久", who)
    world.post(f"/answers/{answer['id']}/feedback", who, {"useful": False, "comment": "独三"})
    world.post("/complaints", who, {"text": "独四", "contact": "独五"})
    out = people.export(world.clinic, OPERATOR, str(who.caller.person))
    assert [one["comment"] for one in out["answers"]] == ["独二", "独三"]
    assert [one["text"] for one in out["complaints"]] == ["独四"]
    people.delete(world.clinic, OPERATOR, str(who.caller.person))
    staff = world.clerk[Role.STAFF]
    shown = world.get("/answers/wrong", staff).text + world.get("/complaints", staff).text
    assert "独" not in shown
    assert world.post(f"/answers/{answer['id']}/replay", staff).status_code == 409
    assert Outcome.ANSWERED.value not in shown


def test_a_complaint_reaches_staff_and_is_closed_once(world: World) -> None:
    made = world.post("/complaints", None, {"text": "工程师三天没回", "contact": "138 0000 0000"})
    assert made.status_code == 201
    assert "控制台能看到" in made.json()["message"]
    assert "0731-8888 0000" in made.json()["message"]
    staff = world.clerk[Role.STAFF]
    (item,) = world.get("/complaints", staff).json()["items"]
    assert (item["text"], item["contact"], item["handled"]) == ("工程师三天没回", "138 0000 0000", None)
    assert world.post(f"/complaints/{item['id']}/close", staff).json()["handled"]
    assert world.post(f"/complaints/{item['id']}/close", staff).status_code == 409
    assert world.post("/complaints", None, {"text": " "}).status_code == 422
    assert "没法回复" in world.post("/complaints", None, {"text": "不满意"}).json()["message"]


def test_the_page_of_complaints_needs_neither_account_nor_script(world: World) -> None:
    assert "<form" in world.client.get("/complaints", headers=HTML).text
    told = world.client.post("/complaints", data={"text": "没人接电话"}, headers=HTML)
    assert (told.status_code, "已记下" in told.text) == (201, True)
    refused = world.client.post("/complaints", data={"text": ""}, headers=HTML)
    assert (refused.status_code, "投诉内容是空的" in refused.text) == (422, True)
    page = world.client.get("/console/complaints", headers=world.clerk[Role.ADMIN].headers | HTML).text
    assert "没人接电话" in page

"""Photos and files through the web: kept, shown to whoever may read the talk and to nobody else, told to the case, forgotten."""

import asyncio
import hashlib
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi.responses import JSONResponse
from sqlalchemy import select

from bot.clinic import people, tickets
from bot.models.files import File
from bot.rules import files as rules
from bot.services.files import SWEEP
from bot.work.jobs import Jobs
from handlers.web.guards import MAX_UPLOAD_BYTES, UPLOADS_OF_ONE, BodyLimit
from tests.bot.pictures import DOCX, PDF, PLACE, jpeg
from tests.handlers.web.test_api import problem
from tests.handlers.web.world import Account, World, open_world


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with open_world(tmp_path_factory.mktemp("files")) as made:
        yield made


def sends(
    world: World, talk: str, who: Account, content: bytes, *, name: str = "铭牌.jpg", **form: str
) -> httpx2.Response:
    """A file goes into a talk."""
    return world.client.post(
        f"/api/v1/conversations/{talk}/files", files={"file": (name, content)}, data=form, headers=who.headers
    )


def settled(world: World, talk: str, who: Account, count: int) -> list[dict[str, Any]]:
    """The talk once so many of its messages carry files."""
    told = threading.Event()
    with world.clinic.hub.watching(talk, told.set):
        while True:
            items: list[dict[str, Any]] = world.get(f"/conversations/{talk}/messages", who).json()["items"]
            if sum("files" in item for item in items) >= count:
                return items
            assert told.wait(20), items
            told.clear()


def test_a_photo_is_a_message_that_the_firm_and_its_engineer_can_look_at(world: World) -> None:
    ref = world.ticket("A", "in_progress")
    talk = world.shown(ref)["conversation"]
    response = sends(world, talk, world.firm["A"], jpeg(turned=6, placed=True), name="../铭牌.PNG", text="就是这台")
    assert response.status_code == 201
    sent = response.json()
    assert (sent["name"], sent["media_type"]) == ("铭牌.jpg", "image/jpeg")

    waited = threading.Event()
    with world.clinic.hub.watching(talk, waited.set):
        shown = tickets.show(world.clinic, world.engineer["A"].caller, ref)["messages"]
        while not any(one.get("files") for one in shown):
            assert waited.wait(20)
            waited.clear()
            shown = tickets.show(world.clinic, world.engineer["A"].caller, ref)["messages"]
    (message,) = [one for one in shown if one.get("files")]
    assert (message["from"], message["text"]) == ("sme", "就是这台")
    href = message["files"][0]["href"]

    for who in (world.firm["A"], world.engineer["A"], *world.clerk.values()):
        seen = world.client.get(href, headers=who.headers)
        assert seen.status_code == 200 and seen.headers["content-type"] == "image/jpeg"
        assert seen.headers["x-content-type-options"] == "nosniff"
        assert PLACE.encode() not in seen.content and b"HUAWEI" not in seen.content
        assert len(seen.content) == sent["size"]
    for who in (world.firm["B"], world.engineer["B"], world.nobody):
        assert world.client.get(href, headers=who.headers).status_code == 404
    page = world.client.get(f"/desk/tickets/{ref}", headers=world.engineer["A"].headers).text
    assert href in page and "就是这台" in page
    own = world.client.get(f"/talk/{talk}", headers=world.firm["A"].headers).text
    assert f'<img src="{href}"' in own


def test_a_file_is_saved_and_never_shown_in_place(world: World) -> None:
    talk = world.talk("A")
    sent = sends(world, talk, world.firm["A"], b"<script>alert(1)</script>", name="说明.html").json()
    assert sent["name"] == "说明.txt"
    seen = world.client.get(f"/api/v1/conversations/{talk}/files/{sent['id']}", headers=world.firm["A"].headers)
    assert seen.headers["content-disposition"].startswith("attachment;")
    assert seen.headers["content-type"].startswith("text/plain")


def test_photos_of_a_case_stand_in_its_demand(world: World) -> None:
    talk = world.talk("A")
    sends(world, talk, world.firm["A"], jpeg())
    items = settled(world, talk, world.firm["A"], 1)
    assert "看不懂图片" in items[-1]["text"]
    sends(world, talk, world.firm["A"], jpeg(size=(50, 60)))
    items = settled(world, talk, world.firm["A"], 2)
    assert sum("看不懂图片" in item["text"] for item in items) == 1  # said once
    told = world.post(f"/conversations/{talk}/messages", world.firm["A"], {"text": "转人工"}).json()
    ref = told["ticket"]["ref"]
    sends(world, talk, world.firm["A"], PDF, name="图纸.pdf")
    items = settled(world, talk, world.firm["A"], 3)
    assert ref in items[-1]["text"]
    packet = world.shown(ref)["packet"]
    assert packet["photos"] == 2
    assert [line["value"] for line in packet["lines"] if line["label"] == "照片/附件"] == ["照片 2 张、文件 1 个"]


def test_an_engineer_answers_with_a_photo(world: World) -> None:
    ref = world.ticket("A", "claimed")
    talk = world.shown(ref)["conversation"]
    response = world.client.post(
        f"/desk/tickets/{ref}/files",
        files={"file": ("接线.jpg", jpeg())},
        headers=world.engineer["A"].headers,
        follow_redirects=False,
    )
    assert response.status_code == 303
    assert world.shown(ref)["state"] == "in_progress"
    said = world.get(f"/conversations/{talk}/messages", world.firm["A"]).json()["items"][-1]
    assert (said["from"], said["text"], said["files"][0]["name"]) == ("engineer", "［照片 1 张］", "接线.jpg")
    assert problem(sends(world, talk, world.engineer["B"], jpeg()))[0] == 404


def test_the_same_client_id_is_one_file(world: World) -> None:
    talk = world.talk("A")
    first = sends(world, talk, world.firm["A"], jpeg(), client_id="k1").json()
    again = sends(world, talk, world.firm["A"], jpeg(), client_id="k1").json()
    assert first == again
    assert len([item for item in settled(world, talk, world.firm["A"], 1) if "files" in item]) == 1


@pytest.mark.parametrize(
    ("content", "status"), [(b"", 422), (b"MZ\x90\x00" + bytes(50), 422), (bytes(rules.MAX_BYTES + 1), 413)]
)
def test_what_may_not_be_sent_is_refused_with_a_sentence(world: World, content: bytes, status: int) -> None:
    response = sends(world, world.talk("A"), world.firm["A"], content)
    assert problem(response)[:2] == (status, "invalid")


def test_what_is_larger_than_any_file_is_not_even_kept_in_memory(world: World) -> None:
    response = sends(world, world.talk("A"), world.firm["A"], bytes(MAX_UPLOAD_BYTES + 1))
    assert response.status_code == 413 and "20 MB" in response.text


def test_who_has_no_account_may_send_a_few(world: World) -> None:
    talk = world.talk(None)
    for number in range(rules.MAX_FILES_OF_STRANGERS):
        assert sends(world, talk, world.nobody, f"第 {number} 条".encode(), name="a.txt").status_code == 201
    refused = sends(world, talk, world.nobody, b"x", name="a.txt")
    assert problem(refused)[:2] == (422, "invalid") and "登记" in refused.text
    assert sends(world, "c_none", world.nobody, b"x").status_code == 404


def test_nothing_is_left_of_who_is_deleted(tmp_path: Path) -> None:
    with open_world(tmp_path) as world:
        firm, store = world.firm["A"], world.clinic.files
        assert store is not None
        talk, other = world.talk("A"), world.talk("B")
        photo, shared = jpeg(), "同一份".encode()
        sends(world, talk, firm, photo)
        sends(world, talk, firm, shared, name="a.txt")
        sends(world, other, world.firm["B"], shared, name="b.txt")
        settled(world, talk, firm, 2)
        export = people.export(world.clinic, firm.caller, str(firm.caller.person))
        assert {one["name"] for one in export["files"]} == {"铭牌.jpg", "a.txt"}
        hashes = {one["sha256"] for one in export["files"]}
        assert all(store.path(sha256).exists() for sha256 in hashes)
        people.delete(world.clinic, world.clerk[next(iter(world.clerk))].caller, str(firm.caller.person))
        Jobs(world.clinic.records, world.clinic.clock, {SWEEP: store.sweep}).run_due()
        kept = hashlib.sha256(shared).hexdigest()
        assert {sha256 for sha256 in hashes if store.path(sha256).exists()} == {kept}
        with world.clinic.records.read() as session:
            assert {file.name for file in session.scalars(select(File))} == {"b.txt"}


def test_a_word_document_keeps_its_own_bytes(world: World) -> None:
    talk = world.talk("A")
    sent = sends(world, talk, world.firm["A"], DOCX, name="方案").json()
    seen = world.client.get(f"/api/v1/conversations/{talk}/files/{sent['id']}", headers=world.firm["A"].headers)
    assert (sent["name"], seen.content) == ("方案.docx", DOCX)


async def test_who_sends_slowly_takes_only_his_share_and_nobody_is_shut_out() -> None:
    reading: list[asyncio.Event] = []
    ended: list[int] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await JSONResponse({}, 201)(scope, receive, send)

    limited = BodyLimit(app)

    async def upload(address: str, begun: asyncio.Event, gate: asyncio.Event) -> None:
        async def receive() -> dict[str, Any]:
            begun.set()
            await gate.wait()
            return {"type": "http.request", "body": b"x", "more_body": False}

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                begun.set()
                ended.append(message["status"])

        scope = {"type": "http", "method": "POST", "path": "/talk/c_1/files", "client": (address, 1), "headers": []}
        await limited(scope, receive, send)

    gate = asyncio.Event()
    calls = []
    for address in ["8.8.8.8"] * (UPLOADS_OF_ONE + 1) + ["9.9.9.9"]:
        reading.append(asyncio.Event())
        calls.append(asyncio.create_task(upload(address, reading[-1], gate)))
        await reading[-1].wait()
    assert ended == [429]
    gate.set()
    await asyncio.gather(*calls)
    assert sorted(ended) == [201] * (UPLOADS_OF_ONE + 1) + [429]
    assert not limited._uploads

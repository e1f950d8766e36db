"""What staff upload is read in as by the command, stays when another folder is read again, and is refused with the reason."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from bot.settings import Settings
from corpora.document import Kind
from evals.standins.embedder import BigramEmbedder
from retrieval.library import Library
from retrieval.protocols import PUBLIC, Query, Role
from tests.handlers.web.world import World, open_world

RULE = """关于车间照明的通知
市工信〔2026〕9号
第一条 车间照度不低于五百勒克斯。
第二条 应急灯每季度检查一次。
"""
TABLE = "课程名称,开课日期,价格,余位\n焊接入门,2026-12-12,600,8\n"
HTML = {"Accept": "text/html"}


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Library]:
    library = Library.open(tmp_path / "index", embedder=BigramEmbedder())
    yield library
    library.close()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One for all tests: each brings a shelf and a folder of its own."""
    with open_world(tmp_path_factory.mktemp("uploads")) as made:
        yield made


@pytest.fixture
def world(house: World, tmp_path: Path, shelf: Library) -> World:
    settings = Settings(_env_file=None, data=tmp_path / "data")
    held = house.app.state.services
    house.app.state.services = replace(held, library=cast(Any, shelf), settings=settings)
    return house


def send(world: World, path: str, name: str, data: bytes, role: Role = Role.STAFF, **fields: str) -> Any:
    headers = world.as_role(role).headers
    return world.client.post(path, files={"file": (name, data)}, data=fields, headers=headers)


def titles(shelf: Library) -> list[str]:
    return [document.title for document in shelf.documents(PUBLIC)]


def test_an_uploaded_rule_is_found_at_once(world: World, shelf: Library) -> None:
    told = send(world, "/api/v1/documents", "照明.txt", RULE.encode())
    assert told.status_code == 201, told.text
    assert told.json()["documents"][0]["number"] == "市工信〔2026〕9号"
    assert told.json()["report"]["read"] == 1
    assert told.json()["report"]["skipped"] == []
    found = shelf.search(Query("车间照度不低于多少", kinds=frozenset({Kind.POLICY})), PUBLIC)
    assert found.hits[0].passage.clause == "第一条"
    assert found.hits[0].document.source == "照明.txt"


def test_reading_another_folder_again_takes_no_upload_out(world: World, shelf: Library, tmp_path: Path) -> None:
    send(world, "/api/v1/documents", "照明.txt", RULE.encode())
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "甲.txt").write_text("第一条 甲厂的规定。", encoding="utf-8")
    shelf.ingest([folder])
    (folder / "甲.txt").unlink()
    shelf.ingest([folder])
    assert titles(shelf) == ["关于车间照明的通知"]


def test_a_new_version_replaces_and_a_bad_one_leaves_what_was_there(world: World, shelf: Library) -> None:
    send(world, "/api/v1/documents", "照明.txt", RULE.encode())
    send(world, "/api/v1/documents", "照明.txt", RULE.replace("五百", "六百").encode())
    refused = send(world, "/api/v1/documents", "照明.txt", b"   \n")
    assert refused.status_code == 422
    assert "没有文字" in refused.json()["error"]["message"]
    (document,) = shelf.documents(PUBLIC)
    whole = shelf.document(document.id, PUBLIC)
    assert whole is not None
    assert "六百" in whole.text


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("表.xls", b"x", "另存为 .xlsx"),
        ("程序.exe", b"MZ", "不认识的文件类型"),
        ("坏.pdf", b"%PDF-1.4 broken", "。"),
        (".隐藏.txt", b"x", "名字"),
        ("README.md", b"# x", "README"),
        ("空.txt", b"", "空的"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_reason(
    world: World, shelf: Library, name: str, data: bytes, words: str
) -> None:
    refused = send(world, "/api/v1/documents", name, data)
    assert refused.status_code == 422, refused.text
    assert words in refused.json()["error"]["message"]
    assert titles(shelf) == []
    assert list(Path(world.app.state.services.settings.uploads_folder).rglob("*.*")) == []


def test_a_name_leads_nowhere_else(world: World, shelf: Library) -> None:
    told = send(world, "/api/v1/documents", "../../../照明.txt", RULE.encode())
    assert told.json()["name"] == "照明.txt"
    kept = world.app.state.services.settings.uploads_folder / "policy" / "照明.txt"
    assert kept.read_text(encoding="utf-8") == RULE


def test_too_large_a_file_is_413(world: World) -> None:
    refused = send(world, "/api/v1/documents", "大.txt", b"a" * (21 * 1024 * 1024))
    assert refused.status_code == 413
    assert "MB" in refused.json()["error"]["message"]


def test_more_than_a_plain_body_may_hold_is_taken(world: World) -> None:
    assert send(world, "/api/v1/documents", "长.txt", (RULE + "\n" * 1_200_000).encode()).status_code == 201


def test_only_known_kinds(world: World) -> None:
    assert send(world, "/api/v1/documents", "照明.txt", RULE.encode(), kind="secret").status_code == 422


def test_a_table_of_courses_and_a_single_course(world: World, shelf: Library) -> None:
    assert send(world, "/api/v1/courses", "冬季.csv", TABLE.encode()).status_code == 201
    row = {"title": "PLC 提高班", "start": "2026-12-20", "price": 900, "seats": 5, "place": "二号车间"}
    assert world.post("/courses", world.clerk[Role.STAFF], row).status_code == 201
    assert world.post("/courses", world.clerk[Role.STAFF], row | {"price": 800}).status_code == 201
    courses = {course.title: course for course, _ in shelf.courses(PUBLIC)}
    assert set(courses) == {"焊接入门", "PLC 提高班"}
    assert (courses["PLC 提高班"].price, str(courses["PLC 提高班"].start)) == (800, "2026-12-20")
    assert courses["焊接入门"].seats == 8


@pytest.mark.parametrize(
    ("body", "status"),
    [({}, 422), ({"title": ""}, 422), ({"title": "x", "start": "某天"}, 422), ({"title": "x", "price": -1}, 422), ("{", 400)],
)  # fmt: skip
def test_what_is_no_course_is_refused(world: World, body: Any, status: int) -> None:
    headers = world.clerk[Role.STAFF].headers
    given = {"content": body, "headers": headers | {"Content-Type": "application/json"}}
    told = world.client.post(
        "/api/v1/courses", **(given if isinstance(body, str) else {"json": body, "headers": headers})
    )
    assert told.status_code == status, told.text


def test_the_console_uploads_and_shows_the_report(world: World) -> None:
    headers = world.clerk[Role.STAFF].headers | HTML
    assert 'type="file"' in world.client.get("/console/documents", headers=headers).text
    done = world.client.post("/console/documents", files={"file": ("照明.txt", RULE.encode())}, headers=headers)
    assert (done.status_code, "已收录：读出 1 份文件" in done.text) == (201, True)
    bad = world.client.post("/console/documents", files={"file": ("x.exe", b"MZ")}, headers=headers)
    assert (bad.status_code, "不认识的文件类型" in bad.text) == (422, True)
    none = world.client.post("/console/documents", headers=headers)
    assert (none.status_code, "先选一个文件" in none.text) == (422, True)
    course = {"title": "焊接入门", "start": "2026-12-12", "price": "便宜"}
    wrong = world.client.post("/console/courses", data=course, headers=headers)
    assert (wrong.status_code, "价格（元）写得不对" in wrong.text, "2026-12-12" in wrong.text) == (422, True, True)
    assert world.client.post("/console/courses", data=course | {"price": "600"}, headers=headers).status_code == 201

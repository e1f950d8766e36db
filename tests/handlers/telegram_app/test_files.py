"""Photos, albums, documents and voice in Telegram, over real HTTP: kept here, shown to the other side at its door, and to nobody else."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.bootstrap import Services
from bot.clinic import conversations, files, people, tickets
from bot.rules.people import Caller
from evals.standins.telegram import Shown, StandIn, User
from retrieval.protocols import Role
from tests.bot.pictures import PDF, PLACE, jpeg
from tests.handlers.telegram_app.house import invited, opened

BOSS, ENGINEER = 1001, 2001
STAFF = Caller(Role.ADMIN)


@pytest.fixture
def telegram() -> Iterator[StandIn]:
    """The stand-in."""
    with StandIn() as standin:
        yield standin


@pytest.fixture
def house(tmp_path: Path, telegram: StandIn) -> Iterator[Services]:
    """The house."""
    with opened(tmp_path, telegram) as services:
        yield services


def engineer(telegram: StandIn, house: Services) -> User:
    user = telegram.user(ENGINEER, "张工")
    user.says(f"/start {invited(house, 'engineer')}")
    telegram.wait_for(ENGINEER, "请回复您的姓名")
    user.says("张工")
    telegram.wait_for(ENGINEER, "共享工程师")
    return user


def registered(telegram: StandIn) -> User:
    """A firm in its chat, waiting for an engineer."""
    boss = telegram.user(BOSS, "王老板")
    boss.says("转人工")
    telegram.wait_for(BOSS, "同意")
    boss.says("我是星沙塑料厂的王强 13800138000 同意")
    telegram.wait_for(BOSS, "已为您开出工单 T-000001")
    return boss


def claimed(telegram: StandIn, zhang: User) -> None:
    zhang.presses(telegram.wait_for(ENGINEER, "新工单 T-000001"), "接单").wait()
    telegram.wait_for(ENGINEER, "当前单 T-000001 · 星沙塑料厂")


def pictures(telegram: StandIn, chat: int, count: int) -> list[Shown]:
    """What stands in a chat with a file, once there is so much of it."""

    def found() -> list[Shown]:
        return [one for one in telegram.sent(chat) if one.file is not None]

    assert telegram._world.wait_until(lambda: len(found()) >= count, 20), [one.text for one in telegram.sent(chat)]
    return found()


def kept(house: Services, count: int) -> list[dict[str, Any]]:
    """The files of the case as staff see them, once they are here."""

    def now() -> list[dict[str, Any]]:
        shown = tickets.show(house.clinic, STAFF, "T-000001")["messages"]
        return [file for message in shown for file in message.get("files", ())]

    told = threading.Event()
    talk = str(tickets.show(house.clinic, STAFF, "T-000001")["conversation"])
    with house.clinic.hub.watching(talk, told.set):
        while sum(file["state"] == "kept" for file in now()) < count:
            assert told.wait(20), now()
            told.clear()
    return now()


def content(house: Services, file: dict[str, Any]) -> bytes:
    talk = str(tickets.show(house.clinic, STAFF, "T-000001")["conversation"])
    path = files.open_file(house.clinic, STAFF, talk, file["id"]).path
    assert path is not None
    return path.read_bytes()


def test_an_album_with_one_caption_is_one_turn_and_is_shown_to_who_claims(telegram: StandIn, house: Services) -> None:
    boss = registered(telegram)
    boss.sends_album([jpeg(placed=True), jpeg(turned=6, placed=True)], caption="超声波焊机焊不牢 ABS 外壳")
    telegram.wait_until_fetched()
    shown = kept(house, 2)
    assert [file["media_type"] for file in shown] == ["image/jpeg"] * 2
    assert all(PLACE.encode() not in content(house, file) for file in shown)
    talk = str(tickets.show(house.clinic, STAFF, "T-000001")["conversation"])
    said = [one for one in conversations.messages(house.clinic, STAFF, talk)["items"] if "files" in one]
    assert [one["text"] for one in said] == ["超声波焊机焊不牢 ABS 外壳"]
    zhang = engineer(telegram, house)
    assert "照片：2 张" in telegram.wait_for(ENGINEER, "新工单 T-000001").text
    assert not [one for one in telegram.sent(ENGINEER) if one.file]
    claimed(telegram, zhang)
    album = pictures(telegram, ENGINEER, 2)
    assert "T-000001 · 星沙塑料厂" in album[0].text and "焊不牢" in album[0].text
    assert len({one.album for one in album}) == 1


def test_photo_document_and_voice_reach_the_engineer_while_he_has_the_case(telegram: StandIn, house: Services) -> None:
    boss = registered(telegram)
    boss.sends_voice(b"OggS" + bytes(60))
    assert "麻烦打字" in telegram.wait_for(BOSS, "语音").text
    zhang = engineer(telegram, house)
    claimed(telegram, zhang)
    boss.sends_photo(jpeg())
    (photo,) = pictures(telegram, ENGINEER, 1)
    assert photo.file is not None and photo.file.kind == "photo" and photo.text.startswith("T-000001 · 星沙塑料厂")
    boss.sends_document("报价单.pdf", PDF, media_type="application/pdf", caption="供应商的")
    document = pictures(telegram, ENGINEER, 2)[-1]
    assert document.file is not None
    assert (document.file.kind, document.file.name, document.file.content) == ("document", "报价单.pdf", PDF)
    telegram.wait_for(ENGINEER, "供应商的")
    boss.sends_voice(b"OggS" + bytes(60))
    voice = pictures(telegram, ENGINEER, 3)[-1]
    assert voice.file is not None and voice.file.kind == "voice"
    assert {file["media_type"] for file in kept(house, 3)} == {"image/jpeg", "application/pdf", "audio/ogg"}


def test_a_photo_sent_as_a_document_loses_its_place_before_it_goes_on(telegram: StandIn, house: Services) -> None:
    boss = registered(telegram)
    claimed(telegram, engineer(telegram, house))
    boss.sends_document("IMG_1.jpg", jpeg(placed=True), media_type="image/jpeg")
    (shown,) = pictures(telegram, ENGINEER, 1)
    assert shown.file is not None and shown.file.kind == "photo"
    assert PLACE.encode() not in shown.file.content and b"HUAWEI" not in shown.file.content


def test_what_cannot_be_taken_is_said_to_who_sent_it(telegram: StandIn, house: Services) -> None:
    boss = registered(telegram)
    claimed(telegram, engineer(telegram, house))
    boss.sends_document("setup.exe", b"MZ" + bytes(100))
    assert "没有收下" in telegram.wait_for(BOSS, "setup.exe").text
    boss.sends_document("录像.zip", bytes(20 * 1024 * 1024 + 1))
    assert "网页" in telegram.wait_for(BOSS, "21 MB").text or "链接" in telegram.wait_for(BOSS, "21 MB").text
    assert not [one for one in telegram.sent(ENGINEER) if one.file]


def test_the_engineer_s_photo_reaches_a_firm_in_its_chat_and_one_on_the_web(telegram: StandIn, house: Services) -> None:
    registered(telegram)
    zhang = engineer(telegram, house)
    claimed(telegram, zhang)
    zhang.sends_photo(jpeg(), caption="接成这样")
    (shown,) = pictures(telegram, BOSS, 1)
    assert "接成这样" in shown.text and "工程师 张工" in shown.text
    (file,) = kept(house, 1)
    firm = _firm(house)
    talk = str(tickets.show(house.clinic, STAFF, "T-000001")["conversation"])
    said = conversations.messages(house.clinic, firm, talk)["items"][-1]
    assert (said["from"], said["files"][0]["id"]) == ("engineer", file["id"])
    assert files.open_file(house.clinic, firm, talk, file["id"]).path is not None


def _firm(house: Services) -> Caller:
    found = people.list_people(house.clinic, STAFF, role=Role.SME.value)["items"][0]
    shown = people.show(house.clinic, STAFF, found["id"])
    return Caller(Role.SME, found["id"], found["name"], shown["organisation"]["id"])


def test_a_photo_from_the_web_reaches_the_engineer_s_chat(telegram: StandIn, house: Services) -> None:
    made = people.register(house.clinic, organisation="星沙塑料厂", name="王强", phone="13800138000", consent=True)
    firm = people.caller_of_token(house.clinic, made["token"])
    talk = str(conversations.begin(house.clinic, firm)["id"])
    number = conversations.post(house.clinic, house.lanes, firm, talk, text="转人工")
    assert house.lanes.result(number, 30) is not None
    claimed(telegram, engineer(telegram, house))
    files.keep(house.clinic, house.lanes, firm, talk, jpeg(placed=True), name="铭牌.jpg", text="铭牌在这里")
    (shown,) = pictures(telegram, ENGINEER, 1)
    assert "铭牌在这里" in shown.text and shown.file is not None
    assert PLACE.encode() not in shown.file.content

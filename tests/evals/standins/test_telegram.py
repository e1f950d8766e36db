"""The stand-in Bot API behaves like the real one where the product looks."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, TypeVar

import httpx
import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, InputMediaPhoto, ReplyParameters, Update
from telegram.error import BadRequest, ChatMigrated, Conflict, Forbidden, InvalidToken, NetworkError, RetryAfter

from evals.standins.telegram import Limits, StandIn, Trouble
from evals.standins.telegram_markup import CannotParse, cleaned, read_html, units
from handlers.telegram_app.botapi import build

T = TypeVar("T")


@pytest.fixture
def telegram() -> Iterator[StandIn]:
    with StandIn() as standin:
        yield standin


def ask(telegram: StandIn, work: Callable[[Bot], Awaitable[T]], token: str = "") -> T:
    async def run() -> T:
        bot = build(token or telegram.token, telegram.base)
        try:
            return await work(bot)
        finally:
            await bot.shutdown()
            for request in bot._request:
                await request.shutdown()

    return asyncio.run(run())


def updates(telegram: StandIn, offset: int = 0) -> list[Update]:
    return list(ask(telegram, lambda bot: bot.get_updates(offset=offset, timeout=0)))


def test_what_a_person_writes_is_an_update_until_it_is_confirmed(telegram: StandIn) -> None:
    boss = telegram.user(1001, "王老板")
    boss.says("/start abc")
    boss.says("注塑件老缩水")
    first, second = updates(telegram)
    assert second.update_id == first.update_id + 1
    assert [update.effective_message.text for update in (first, second)] == ["/start abc", "注塑件老缩水"]
    assert first.effective_message.entities[0].type == "bot_command"
    assert first.effective_user.first_name == "王老板"
    assert [update.update_id for update in updates(telegram)] == [first.update_id, second.update_id]
    assert [update.update_id for update in updates(telegram, second.update_id)] == [second.update_id]
    assert updates(telegram, second.update_id + 1) == []
    assert telegram.pending == 0


def test_a_poll_waits_for_news(telegram: StandIn) -> None:
    boss = telegram.user(1001)

    async def work(bot: Bot) -> tuple[Update, ...]:
        polling = asyncio.create_task(bot.get_updates(timeout=20))
        while not telegram.polls:
            await asyncio.sleep(0)
        assert not polling.done()
        boss.says("在吗")
        return await polling

    assert [update.effective_message.text for update in ask(telegram, work)] == ["在吗"]


def test_a_second_poll_ends_the_first(telegram: StandIn) -> None:
    async def work(bot: Bot) -> None:
        first = asyncio.create_task(bot.get_updates(timeout=20))
        while not telegram.polls:
            await asyncio.sleep(0)
        await bot.get_updates(timeout=0)
        with pytest.raises(Conflict):
            await first

    ask(telegram, work)


def test_what_the_bot_sends_is_seen_without_its_markup(telegram: StandIn) -> None:
    boss = telegram.user(1001, started=True)
    keys = InlineKeyboardMarkup([[InlineKeyboardButton("接单", callback_data="claim:1")]])
    sent = ask(
        telegram, lambda bot: bot.send_message(1001, "<b>a &lt; b</b> &amp;c", parse_mode="HTML", reply_markup=keys)
    )
    (shown,) = telegram.sent(1001)
    assert (shown.id, shown.text, shown.labels) == (sent.message_id, "a < b &c", ["接单"])
    assert [(entity.type, entity.offset, entity.length) for entity in shown.entities] == [("bold", 0, 5)]
    press = boss.presses(shown, "接单")
    (update,) = updates(telegram)
    assert update.callback_query.data == "claim:1"
    assert update.callback_query.message.message_id == shown.id
    ask(telegram, lambda bot: bot.answer_callback_query(update.callback_query.id, "已接单"))
    assert press.wait() == "已接单"
    with pytest.raises(BadRequest, match="(?i)query is too old"):
        ask(telegram, lambda bot: bot.answer_callback_query(update.callback_query.id))


REFUSED: list[tuple[str, Callable[[Bot], Awaitable[Any]]]] = [
    ("Unsupported start tag", lambda bot: bot.send_message(1001, "<table>x", parse_mode="HTML")),
    ("Can't find end tag", lambda bot: bot.send_message(1001, "<b>x", parse_mode="HTML")),
    ("Unmatched end tag", lambda bot: bot.send_message(1001, "<b><i>x</b></i>", parse_mode="HTML")),
    ("Unexpected end tag", lambda bot: bot.send_message(1001, "x</b>", parse_mode="HTML")),
    ("message text is empty", lambda bot: bot.send_message(1001, " \n ")),
    ("message text is empty", lambda bot: bot.send_message(1001, "<b></b>", parse_mode="HTML")),
    ("message is too long", lambda bot: bot.send_message(1001, "字" * 4097)),
    ("message is too long", lambda bot: bot.send_message(1001, "😀" * 2049)),
    ("chat not found", lambda bot: bot.send_message(55, "x")),
    ("message to be replied not found", lambda bot: bot.send_message(1001, "x", reply_parameters=ReplyParameters(9))),
    ("message thread not found", lambda bot: bot.send_message(1001, "x", message_thread_id=77)),
    ("message to edit not found", lambda bot: bot.edit_message_text("x", 1001, 99)),
    ("message to delete not found", lambda bot: bot.delete_message(1001, 99)),
    ("invalid file_id", lambda bot: bot.get_file("nothing")),
    ("wrong file identifier", lambda bot: bot.send_photo(1001, "nothing")),
    ("BUTTON_DATA_INVALID", lambda bot: bot.send_message(1001, "x", reply_markup=keyboard("x", "字" * 22))),
    ("the chat is not a forum", lambda bot: bot.create_forum_topic(-5, "x")),
    ("HTTPS URL", lambda bot: bot.set_webhook("http://example.com/hook")),
    ("BOT_COMMAND_INVALID", lambda bot: bot.set_my_commands([("Start", "开始")])),
]


def keyboard(label: str, data: str) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[InlineKeyboardButton(label, callback_data=data)]])


@pytest.mark.parametrize(("words", "work"), REFUSED, ids=lambda value: value if isinstance(value, str) else "")
def test_what_the_real_one_refuses_is_refused(
    telegram: StandIn, words: str, work: Callable[[Bot], Awaitable[Any]]
) -> None:
    telegram.group(-5, "群", telegram.user(1001, started=True))
    with pytest.raises(BadRequest, match=f"(?i){words}"):
        ask(telegram, work)
    assert telegram.sent(1001) == []


def test_the_longest_text_is_taken(telegram: StandIn) -> None:
    telegram.user(1001, started=True)
    ask(telegram, lambda bot: bot.send_message(1001, "😀" * 2048))
    ask(telegram, lambda bot: bot.send_message(1001, "&amp;" * 4096, parse_mode="HTML"))
    assert [units(shown.text) for shown in telegram.sent(1001)] == [4096, 4096]


def test_a_stranger_with_a_wrong_token_gets_nothing(telegram: StandIn) -> None:
    with pytest.raises(InvalidToken):
        ask(telegram, lambda bot: bot.get_updates(), token="7000000001:" + "x" * 35)
    statuses = [httpx.get(f"{telegram.base}/bot{token}/getMe").status_code for token in ("7:x", telegram.token)]
    assert statuses == [404, 200]
    assert httpx.post(f"{telegram.base}/bot{telegram.token}/sendMessage", json={"text": "x"}).status_code == 400
    assert httpx.post(f"{telegram.base}/bot{telegram.token}/sendPoem", json={}).status_code == 404


def test_who_did_not_begin_or_has_blocked_the_bot_is_not_written_to(telegram: StandIn) -> None:
    boss = telegram.user(1001)
    with pytest.raises(Forbidden, match="(?i)initiate"):
        ask(telegram, lambda bot: bot.send_message(1001, "x"))
    boss.says("/start")
    boss.blocks_bot()
    with pytest.raises(Forbidden, match="(?i)blocked"):
        ask(telegram, lambda bot: bot.send_message(1001, "x"))
    member = updates(telegram)[-1].my_chat_member
    assert (member.old_chat_member.status, member.new_chat_member.status) == ("member", "kicked")
    boss.unblocks_bot()
    ask(telegram, lambda bot: bot.send_message(1001, "x"))
    boss.is_deleted()
    with pytest.raises(Forbidden, match="(?i)deactivated"):
        ask(telegram, lambda bot: bot.send_message(1001, "x"))


def test_a_group_tells_the_bot_only_what_is_meant_for_it(telegram: StandIn) -> None:
    boss = telegram.user(1001)
    group = telegram.group(-5, "工程师群", boss)
    ask(telegram, lambda bot: bot.send_message(-5, "新单"))
    boss.says("大家早", chat=group)
    boss.says(f"@{telegram.username} 有单吗", chat=group)
    boss.replies_to(telegram.sent(-5)[0], "我接")
    texts = [update.message.text for update in updates(telegram) if update.message]
    assert texts == [f"@{telegram.username} 有单吗", "我接"]
    new = group.becomes_supergroup(-1_000_000_000_005)
    with pytest.raises(ChatMigrated) as error:
        ask(telegram, lambda bot: bot.send_message(-5, "x"))
    assert error.value.new_chat_id == new.id
    new.removes_bot()
    with pytest.raises(Forbidden):
        ask(telegram, lambda bot: bot.send_message(new.id, "x"))


def test_files_go_both_ways(telegram: StandIn) -> None:
    boss = telegram.user(1001)
    boss.sends_album([b"one", b"two"], caption="缩水")
    boss.sends_document("合同.pdf", b"%PDF", media_type="application/pdf")
    boss.sends_voice(b"ogg")
    first, second, third, fourth = [update.message for update in updates(telegram)]
    assert first.media_group_id == second.media_group_id and (first.caption, second.caption) == ("缩水", None)
    assert (third.document.file_name, third.document.mime_type, fourth.voice.mime_type) == (
        "合同.pdf",
        "application/pdf",
        "audio/ogg",
    )

    async def work(bot: Bot) -> bytes:
        file = await bot.get_file(second.photo[-1].file_id)
        assert telegram.token not in file.file_path
        await bot.send_photo(1001, b"jpeg", caption="图")
        await bot.send_document(1001, second.photo[-1].file_id)
        await bot.send_media_group(1001, [InputMediaPhoto(b"a"), InputMediaPhoto(b"b")], caption="两张")
        return bytes(await file.download_as_bytearray())

    assert ask(telegram, work) == b"two"
    sent = telegram.sent(1001)
    assert [(shown.text, shown.file and shown.file.content) for shown in sent] == [
        ("图", b"jpeg"),
        ("", b"two"),
        ("两张", b"a"),
        ("", b"b"),
    ]


def test_messages_are_edited_and_deleted(telegram: StandIn) -> None:
    boss = telegram.user(1001)
    said = boss.says("注塑")
    boss.edits(said, "注塑件缩水")
    assert updates(telegram)[-1].edited_message.text == "注塑件缩水"

    async def work(bot: Bot) -> None:
        sent = await bot.send_message(1001, "接单", reply_markup=keyboard("接", "1"))
        await bot.edit_message_text("已接", 1001, sent.message_id)
        with pytest.raises(BadRequest, match="(?i)not modified"):
            await bot.edit_message_text("已接", 1001, sent.message_id)
        other = await bot.send_message(1001, "多余")
        await bot.delete_message(1001, other.message_id)
        with pytest.raises(BadRequest, match="(?i)can't be edited"):
            await bot.edit_message_text("x", 1001, said.id)

    ask(telegram, work)
    (shown,) = telegram.sent(1001)
    assert (shown.text, shown.earlier, shown.labels) == ("已接", ["接单"], [])


def test_topics_keep_messages_apart(telegram: StandIn) -> None:
    engineer = telegram.user(1001, started=True)

    async def work(bot: Bot) -> int:
        topic = await bot.create_forum_topic(1001, "T-000001 青岛某厂")
        await bot.send_message(1001, "在这里", message_thread_id=topic.message_thread_id)
        await bot.edit_forum_topic(1001, topic.message_thread_id, name="T-000001 已结")
        return topic.message_thread_id

    thread = ask(telegram, work)
    assert telegram.topics(1001) == {thread: "T-000001 已结"}
    engineer.replies_to(telegram.sent(1001, thread=thread)[0], "收到")
    assert updates(telegram)[-1].message.message_thread_id == thread
    with StandIn(topics=False) as plain:
        plain.user(1001, started=True)
        assert not ask(plain, lambda bot: bot.get_me()).has_topics_enabled
        with pytest.raises(BadRequest, match="(?i)not a forum"):
            ask(plain, lambda bot: bot.create_forum_topic(1001, "x"))


def test_troubles_happen_when_they_are_ordered(telegram: StandIn) -> None:
    telegram.user(1001, started=True)
    telegram.user(1002, started=True)
    faults = telegram.faults
    faults.add(Trouble.TOO_MANY, chat=1001, seconds=7)
    faults.add(Trouble.BROKEN)
    faults.add(Trouble.BROKEN_AFTER)
    faults.add(Trouble.DROPPED)
    faults.add(Trouble.DROPPED_AFTER)

    async def work(bot: Bot) -> None:
        with pytest.raises(RetryAfter) as error:
            await bot.send_message(1001, "一")
        assert error.value.retry_after == timedelta(seconds=7)
        for text in "二三四五":
            with pytest.raises(NetworkError):
                await bot.send_message(1002, text)
        await bot.send_message(1001, "六")

    ask(telegram, work)
    assert [shown.text for shown in telegram.sent(1001)] == ["六"]
    assert [shown.text for shown in telegram.sent(1002)] == ["三", "五"]
    assert [made.status for made in telegram.calls if made.method == "sendMessage"] == [429, 502, 502, 0, 0, 200]
    with telegram.unreachable(), pytest.raises(NetworkError, match="(?i)ConnectError"):
        ask(telegram, lambda bot: bot.send_message(1001, "x"))
    ask(telegram, lambda bot: bot.send_message(1001, "七"))


def test_updates_come_again_in_disorder_and_under_new_ids(telegram: StandIn) -> None:
    boss = telegram.user(1001)
    for text in "一二三四":
        boss.says(text)
    first = updates(telegram)[0].update_id
    assert updates(telegram, first + 4) == []
    assert telegram.repeat_updates() == 4
    telegram.shuffle_updates(3)
    again = updates(telegram, first + 4)
    assert sorted(update.update_id - first for update in again) == [0, 1, 2, 3]
    assert [update.update_id - first for update in again] != [0, 1, 2, 3]
    telegram.restart_ids(500)
    boss.says("五")
    assert [update.update_id for update in updates(telegram, first + 4)] == [500]


def test_too_fast_is_answered_with_patience_where_limits_are_on() -> None:
    with StandIn(limits=Limits(overall=(3, 60), chat=(2, 60))) as telegram:
        for number in range(3):
            telegram.user(1001 + number, started=True)

        async def work(bot: Bot) -> list[str]:
            ends = []
            for chat in (1001, 1001, 1001, 1002, 1003):
                try:
                    await bot.send_message(chat, "x")
                    ends.append("there")
                except RetryAfter:
                    ends.append("wait")
            return ends

        assert ask(telegram, work) == ["there", "there", "wait", "there", "wait"]


def test_updates_are_delivered_to_an_address_until_they_are_taken(telegram: StandIn) -> None:
    got: list[tuple[str, bytes]] = []
    statuses = [500, 200, 200]

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got.append((self.headers["X-Telegram-Bot-Api-Secret-Token"], body))
            self.send_response(statuses.pop(0))
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            del format, args

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        ask(
            telegram,
            lambda bot: bot.set_webhook(f"http://127.0.0.1:{server.server_address[1]}/", secret_token="geheim"),
        )
        with pytest.raises(Conflict):
            updates(telegram)
        telegram.user(1001).says("在吗")
        telegram.wait_until_fetched()
        info = ask(telegram, lambda bot: bot.get_webhook_info())
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert len(got) == 2 and got[0] == got[1] and got[0][0] == "geheim"
    assert info.pending_update_count == 0 and "500" in info.last_error_message


def test_markup_is_read_as_telegram_reads_it() -> None:
    text, entities = read_html(
        '<a href="https://x.cn">a</a>&#20013;&#x4e2d;&copy;&lt<tg-spoiler>😀</tg-spoiler> & <u></u>'
    )
    assert text == "a中中&copy;<😀 & "
    assert [(found.type, found.offset, found.length, found.url) for found in entities] == [
        ("text_link", 0, 1, "https://x.cn"),
        ("spoiler", 10, 2, ""),
    ]
    for wrong in ("<", "a<b", "<3", "<span>x</span>", "<b>x</i>", "</b>"):
        with pytest.raises(CannotParse):
            read_html(wrong)
    assert cleaned("  a\x07b\r\nc\u202ed e\u0301 \n") == "a b\ncd e\u0301"

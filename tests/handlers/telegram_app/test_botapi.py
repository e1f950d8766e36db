"""The bot's token reaches the far side and nothing else."""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from telegram import Bot
from telegram.error import TelegramError

from evals.standins.telegram import StandIn, Trouble
from handlers.telegram_app.botapi import build


@pytest.fixture
def telegram() -> Iterator[StandIn]:
    with StandIn() as standin:
        yield standin


def chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def test_the_token_is_in_no_log_error_address_or_repr(telegram: StandIn, caplog: pytest.LogCaptureFixture) -> None:
    boss = telegram.user(1001)
    boss.sends_photo(b"jpeg")
    seen: list[str] = []

    async def failing(bot: Bot) -> None:
        try:
            await bot.send_message(1001, "x")
        except TelegramError as error:
            seen.extend(f"{each!r} {each}" for each in chain(error))

    async def work() -> None:
        bot = build(telegram.token, telegram.base)
        seen.append(f"{bot!r} {bot} {bot.token} {bot.base_url} {bot.base_file_url}")
        await bot.initialize()
        (update,) = await bot.get_updates()
        file = await bot.get_file(update.message.photo[-1].file_id)
        seen.append(f"{file!r} {file.file_path}")
        assert await file.download_as_bytearray() == b"jpeg"
        for trouble in (Trouble.TOO_MANY, Trouble.BROKEN, Trouble.DROPPED):
            telegram.faults.add(trouble)
            await failing(bot)
        with telegram.unreachable():
            await failing(bot)
        await bot.shutdown()

        rejected = build(telegram.token[:-3] + "xyz", telegram.base)
        with pytest.raises(TelegramError) as error:
            await rejected.initialize()
        seen.extend(f"{each!r} {each}" for each in chain(error.value))
        assert telegram.token[-20:-3] not in " ".join(seen)
        await rejected.shutdown()

    with ExitStack() as levels:
        for name in (None, "telegram", "httpx", "httpcore"):  # a command may have quietened them in this process
            levels.enter_context(caplog.at_level(logging.DEBUG, name))
        asyncio.run(work())
    secret = telegram.token.partition(":")[2][:20]
    assert any("sendMessage" in record.getMessage() for record in caplog.records)
    assert secret not in caplog.text
    assert secret not in " ".join(seen)
    assert len(seen) > 8


def test_a_proxy_of_the_environment_is_not_used(telegram: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    telegram.user(1001, started=True)

    async def work() -> None:
        async with build(telegram.token, telegram.base) as bot:
            await bot.send_message(1001, "在")

    asyncio.run(work())
    assert [shown.text for shown in telegram.sent(1001)] == ["在"]

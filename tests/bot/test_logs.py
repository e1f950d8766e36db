"""Logs leak nothing."""

import logging

import pytest

from bot import logs


@pytest.mark.parametrize(
    "line",
    [
        "POST https://example.org/bot123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw/getMe",
        "Authorization: Bearer Zk3v9Q_2mW8xR1tY7uI0pL5aS4dF6gH9jK3lZ1xC8vB",
        "GET /v1?api_key=s3cr3t-value&x=1",
        "using sk-abcdefgh12345678",
    ],
)
def test_secrets_are_struck_out(line: str) -> None:
    cleaned = logs.redact(line)
    assert "***" in cleaned
    assert not any(word in cleaned for word in ("AAHdqTcv", "Zk3v9Q", "s3cr3t", "abcdefgh1234"))


def test_ordinary_words_stay() -> None:
    assert (
        logs.redact("indexed 12 passages of 湘工信人教〔2026〕187号")
        == "indexed 12 passages of 湘工信人教〔2026〕187号"
    )


def test_libraries_that_print_addresses_are_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    try:
        logs.configure("info")
        logging.getLogger("httpx").info(
            "HTTP Request: POST https://example.org/bot123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"
        )
        logging.getLogger("wenzhen").info("hello")
    finally:
        root.handlers, root.level = before, level
    written = capsys.readouterr().err
    assert "hello" in written
    assert "HTTP Request" not in written

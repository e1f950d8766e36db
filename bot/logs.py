"""Logging that leaks nothing: one line an event on stderr, no question text, no token, no address with a secret in it."""

import logging
import re
import sys

# Bot tokens, bearer tokens and keys in addresses, whatever library prints them.
SECRETS = re.compile(
    r"(?i)(\bbearer\s+|\bbot(?=\d)|(?<![\w-]))(?:\d{6,12}:[\w-]{20,}|sk-[\w-]{8,}|[\w-]{40,})|((?:token|secret|key|password)=)[^\s&]+"
)
# Libraries that print whole addresses at INFO, with tokens in them.
LOUD = (
    "alembic",
    "httpx",
    "httpx2",
    "httpcore",
    "httpcore2",
    "chromadb",
    "urllib3",
    "openai",
    "telegram",
    "uvicorn.access",
)


class _Redact(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = redact(record.getMessage())
        record.args = ()
        return True


def redact(words: str) -> str:
    """The words with everything that looks like a token or a key replaced by ***."""
    return SECRETS.sub(lambda match: (match[1] or match[2] or "") + "***", words)


def configure(level: str) -> None:
    """Send the logs of this process to stderr at this level (debug, info, warning or error)."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    handler.addFilter(_Redact())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for name in LOUD:
        logging.getLogger(name).setLevel(logging.WARNING)

"""What a redacted copy leaves out of the original, for who reviews it. Pure."""

from difflib import SequenceMatcher
from typing import Any


def cut_marked(original: str, copy: str) -> list[dict[str, Any]]:
    """The original in pieces, marked where the copy says something else or nothing."""
    pieces: list[dict[str, Any]] = []
    matcher = SequenceMatcher(None, original, copy, autojunk=False)
    for kind, start, end, _, _ in matcher.get_opcodes():
        if start < end:
            pieces.append({"text": original[start:end], "mark": kind != "equal"})
    return pieces

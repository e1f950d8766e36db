"""A batch file: one JSON object with a text a line. Reads it; what is done with a text is the verb's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.errors import Invalid

MAX_LINE_BYTES = 1_000_000  # a batch line longer than this is no question


@dataclass(frozen=True, slots=True)
class Line:
    """One line that is not blank. `number` counts from 1, blank lines included."""

    number: int
    data: bytes

    def values(self) -> dict[str, Any]:
        """The object on the line.

        Raises:
            Invalid: the line is too long or no JSON object.
        """
        if len(self.data) > MAX_LINE_BYTES:
            raise Invalid(f"第 {self.number} 行太长，一行最多 {MAX_LINE_BYTES // 1000} KB。")
        try:
            values = json.loads(self.data)
        except (ValueError, RecursionError):
            values = None
        if not isinstance(values, dict):
            raise Invalid(f'第 {self.number} 行不是 JSON 对象，请写成 {{"id":…,"text":…}}。')
        return values

    def text(self, values: dict[str, Any]) -> str:
        """The text of the object.

        Raises:
            Invalid: there is none.
        """
        text = values.get("text")
        if not isinstance(text, str):
            raise Invalid(f"第 {self.number} 行缺少文字字段 text。")
        return text


def lines(file: Path) -> Iterator[Line]:
    """The lines of a batch that are not blank, read one at a time."""
    with file.open("rb") as stream:
        for number, data in enumerate(stream, 1):
            if data.strip():
                yield Line(number, data)


def require_file(file: Path) -> None:
    """Refuse a batch that is not there.

    Raises:
        Invalid: no such file.
    """
    if not file.is_file():
        raise Invalid(f"找不到批量文件 {file}，请检查路径。")

"""The centre profile: what the operator says about the centre. Service questions are answered from it alone.

What is empty is not set, and is named as 尚未设置 by whoever shows it; nothing here has an invented default.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, Self

from bot.errors import Invalid, Unavailable

NOT_SET = "尚未设置"
TEMPLATE = Path(__file__).with_name("profile_template.toml")
WEEKDAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")
LABELS = {
    "name": "中心名称",
    "telephone": "电话",
    "hours": "对外时间",
    "address": "地址",
    "region": "所在地区",
    "fees": "收费说明",
    "privacy": "隐私说明",
    "contacts": "什么事找谁",
    "website": "网站",
    "complaints": "投诉渠道",
}
TABLES = ("hours", "contacts")


@dataclass(frozen=True, slots=True)
class Profile:
    """What is known about the centre. Every text is stripped, as the operator wrote it, or None where it is not set."""

    name: str | None = None
    telephone: str | None = None
    hours: str | None = None  # one line, days with the same hours joined: 周一至周五 9:00-17:00；周六、周日 休息
    address: str | None = None
    region: str | None = None  # where the centre is: the place meant where a question names none
    fees: str | None = None
    privacy: str | None = None
    contacts: str | None = None  # one line a matter: 课程报名：李老师 …
    website: str | None = None
    complaints: str | None = None
    hours_by_day: tuple[tuple[str, str], ...] = ()  # the days that are set, Monday first
    contacts_by_matter: tuple[tuple[str, str], ...] = ()  # the matters that are set, in the operator's order

    @classmethod
    def load(cls, path: Path) -> Self:
        """The profile in `path`; where there is no such file yet, it is made from the template and nothing is set.

        Raises:
            Invalid: the file is not a profile: not UTF-8, not TOML, an unknown entry or a value that is not text.
            Unavailable: the file can be neither read nor made.
        """
        try:
            if not path.exists():
                _create(path)
            data = path.read_bytes()
        except OSError as error:
            reason = error.strerror or "原因不明"
            raise Unavailable(f"中心档案 {path.name} 读写不了（{reason}），请检查数据目录的权限和空间。") from error
        return cls.parse(data, name=path.name)

    @classmethod
    def parse(cls, data: bytes, *, name: str = "profile.toml") -> Self:
        """The profile written in `data`, TOML in UTF-8, with or without a byte order mark.

        Raises:
            Invalid: as for `load`.
        """
        try:
            entries = tomllib.loads(data.decode("utf-8-sig").replace("\r\n", "\n"))
        except UnicodeDecodeError:
            raise Invalid(f"中心档案 {name} 不是 UTF-8 编码，请另存为 UTF-8 后再启动。") from None
        except tomllib.TOMLDecodeError as error:
            line = re.search(r"line (\d+)", str(error))
            where = f"第 {line[1]} 行" if line else "末尾"
            raise Invalid(f"中心档案 {name} {where}写法有误，请对照模板改正，文字要放在英文双引号里。") from None
        unknown = next((key for key in entries if key not in LABELS), None)
        if unknown is not None:
            raise Invalid(f"中心档案 {name} 里有不认识的条目 {unknown}，可用的条目是 {'、'.join(LABELS)}。")
        texts = {key: _text(entries.get(key, ""), key, name) for key in LABELS if key not in TABLES}
        days = _table(entries.get("hours", {}), "hours", name)
        stray = next((day for day, _ in days if day not in WEEKDAYS), None)
        if stray is not None:
            raise Invalid(f"中心档案 {name} 的 [hours] 里有不认识的日子 {stray}，请写 {'、'.join(WEEKDAYS)}。")
        days = tuple(sorted(days, key=lambda pair: WEEKDAYS.index(pair[0])))
        matters = _table(entries.get("contacts", {}), "contacts", name)
        return cls(
            **texts,
            hours=_hours(days),
            contacts="\n".join(f"{matter}：{who}" for matter, who in matters) or None,
            hours_by_day=days,
            contacts_by_matter=matters,
        )

    @property
    def unset(self) -> tuple[str, ...]:
        """The names, for people, of what is not set."""
        return tuple(label for key, label in LABELS.items() if getattr(self, key) is None)


def load(path: Path) -> Profile:
    """See `Profile.load`."""
    return Profile.load(path)


def _create(path: Path) -> None:
    """Write the template, complete or not at all. `x` would leave half a file after a kill, hence the rename."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_bytes(TEMPLATE.read_bytes())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _text(value: Any, key: str, name: str) -> str | None:
    if not isinstance(value, str):
        raise Invalid(f"中心档案 {name} 的 {key} 应当是放在英文双引号里的文字。")
    return value.strip() or None


def _table(value: Any, key: str, name: str) -> tuple[tuple[str, str], ...]:
    """The entries of a TOML table that are set, in the order they are written."""
    if not isinstance(value, Mapping):
        raise Invalid(f"中心档案 {name} 的 {key} 应当写成 [{key}] 一节，每行一项。")
    pairs = ((str(item), _text(text, f"{key}.{item}", name)) for item, text in value.items())
    return tuple((item, text) for item, text in pairs if text is not None)


def _hours(days: tuple[tuple[str, str], ...]) -> str | None:
    """Join neighbouring days with equal words; a day that is not set breaks the run."""
    numbered = [(WEEKDAYS.index(day), text) for day, text in days]
    runs = groupby(enumerate(numbered), key=lambda item: (item[1][0] - item[0], item[1][1]))
    parts = []
    for (_, text), run in runs:
        first, *rest = [day for _, (day, _) in run]
        if len(rest) > 1:
            span = f"{WEEKDAYS[first]}至{WEEKDAYS[rest[-1]]}"
        else:
            span = "、".join(WEEKDAYS[day] for day in [first, *rest])
        parts.append(f"{span} {text}")
    return "；".join(parts) or None

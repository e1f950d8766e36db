"""Buttons that do something: their values, written and read in one place. Pure.

A value is `#verb:reference:version:more`; the version is the ticket's when the button was shown, or the number of the summary. Nothing in it is
trusted: who may do it, and whether it still holds, is asked when it is pressed.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from bot.rules.turns import PRESSED, Button


class Press(StrEnum):
    """What a button asks for."""

    CONFIRM = "confirm"  # the case is solved; more: share, private, or nothing yet
    UNSOLVED = "unsolved"
    RATE = "rate"  # more: 1 to 5
    WITHDRAW = "withdraw"
    KEEP = "keep"
    REOPEN = "reopen"
    STATUS = "status"
    DEMAND = "demand"  # begin the intake for what was said before
    SUBMIT = "submit"
    CHANGE = "change"
    DROP = "drop"
    SKIP = "skip"
    DECLINE = "decline"  # the registration
    CLAIM = "claim"  # an engineer's
    TICK = "tick"  # a condition; more: one of TICKS
    STOP = "stop"  # going through conditions


SHARE, PRIVATE = "share", "private"
LABELS = {
    Press.CONFIRM: "确认解决",
    Press.UNSOLVED: "还没解决",
    Press.RATE: "评分",
    Press.WITHDRAW: "撤回",
    Press.KEEP: "先留着",
    Press.REOPEN: "还是这件事，重新打开",
    Press.STATUS: "查进度",
    Press.DEMAND: "登记需求，请人联系我",
    Press.SUBMIT: "确认提交",
    Press.CHANGE: "改一下",
    Press.DROP: "先不用了",
    Press.SKIP: "跳过",
    Press.DECLINE: "先不登记",
    Press.CLAIM: "接单",
    Press.STOP: "先到这里",
}
TICKS = {
    "met": "是",
    "fails": "不是",
    "unsure": "不清楚",
    "clear": "没有",
    "holds": "有",
}  # the last two: a ground to refuse
CONFIRM_SHARED = "确认并同意去掉名称后供同行参考"
CONFIRM_PRIVATE = "确认，不公开"
_VALUE = re.compile(
    r"#(?P<verb>[a-z]+)(?::(?P<ref>[A-Z]-\d{6,9})?(?::(?P<version>\d{1,9})?(?::(?P<more>\w{1,16}))?)?)?"
)


@dataclass(frozen=True, slots=True)
class Pressed:
    """A pressed button. `ref` and `more` are empty, `version` is None where the value holds none."""

    press: Press
    ref: str = ""
    version: int | None = None
    more: str = ""

    @property
    def label(self) -> str:
        """What stood on it, for the record of the talk."""
        if self.press is Press.CONFIRM and self.more:
            return CONFIRM_SHARED if self.more == SHARE else CONFIRM_PRIVATE
        if self.press is Press.TICK:
            return TICKS.get(self.more, "（过期的按钮）")
        return f"{self.more} 分" if self.press is Press.RATE else LABELS[self.press]


def is_press(text: str) -> bool:
    """Whether the text is the value of a button, though maybe of none that is known."""
    return bool(re.fullmatch(rf"{PRESSED}[a-z]+(?::[\w-]*)*", text))


def read(text: str) -> Pressed | None:
    """The button whose value this is; None where there is none such."""
    found = _VALUE.fullmatch(text)
    if found is None or found["verb"] not in set(Press):
        return None
    version = int(found["version"]) if found["version"] else None
    return Pressed(Press(found["verb"]), found["ref"] or "", version, found["more"] or "")


def button(press: Press, ref: str = "", version: int | None = None, more: str = "", *, label: str = "") -> Button:
    """A button; without a label the usual one stands on it."""
    parts = [press.value, ref, "" if version is None else str(version), more]
    while parts and not parts[-1]:
        parts.pop()
    return Button(label or Pressed(press, ref, version, more).label, PRESSED + ":".join(parts))


def asking_whether_solved(ref: str, version: int) -> tuple[Button, ...]:
    """What a firm is shown when its engineer says that the case is solved."""
    return (
        button(Press.CONFIRM, ref, version, SHARE),
        button(Press.CONFIRM, ref, version, PRIVATE),
        button(Press.UNSOLVED, ref, version),
    )


def asking_for_a_rating(ref: str, version: int) -> tuple[Button, ...]:
    """One to five."""
    return tuple(button(Press.RATE, ref, version, str(points)) for points in range(1, 6))

"""The hand-off packet: what an engineer is given with a case. Pure.

Every line points to the message that it came from. What only the firm says is unverified until a person has looked at it, and is marked so;
what is missing is named, so that nobody takes silence for "no".
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from bot.rules.intake import ATTACHED, DEMAND_NAMES, LABELS, UNKNOWN, URGENCY_NAMES, Fact, codes, shown
from bot.rules.triage import DOMAIN_NAMES, Demand, Domain, Urgency

UNVERIFIED = "未核实"


@dataclass(frozen=True, slots=True)
class Line:
    """One fact for the engineer. `message` is the id of the message that it came from; `verified` tells whether a person confirmed it."""

    code: str
    label: str
    value: str
    message: str
    verified: bool


@dataclass(frozen=True, slots=True)
class Packet:
    """A case as it is handed over: what is said, what was passed over or never said, how urgent it is, and how many photos there are."""

    demand: Demand
    domain: Domain
    urgency: Urgency
    lines: tuple[Line, ...]
    missing: tuple[str, ...]  # labels, in the order of `intake.codes`
    photos: int = 0

    def as_json(self) -> dict[str, Any]:
        """Plain values, with the codes and not the names of demand, trade and urgency."""
        return {
            "demand": self.demand.value,
            "domain": self.domain.value,
            "urgency": self.urgency.value,
            "lines": [
                {
                    "code": line.code,
                    "label": line.label,
                    "value": line.value,
                    "message": line.message,
                    "verified": line.verified,
                }
                for line in self.lines
            ],
            "missing": list(self.missing),
            "photos": self.photos,
        }

    def as_text(self) -> str:
        """The packet for people, one line a fact: 型号：MA1600（未核实，消息 m3）."""
        head = f"{DEMAND_NAMES[self.demand]} · {DOMAIN_NAMES[self.domain]} · {URGENCY_NAMES[self.urgency]}"
        told = [f"{line.label}：{line.value}（{_standing(line)}消息 {line.message}）" for line in self.lines]
        photos = f"照片：{self.photos} 张" if self.photos else "照片：无"
        missing = f"还缺：{'、'.join(self.missing)}" if self.missing else "还缺：无"
        return "\n".join([head, *told, photos, missing])


def packet(
    facts: Mapping[str, Fact],
    demand: Demand,
    domain: Domain,
    urgency: Urgency,
    *,
    verified: Collection[str] = (),
    known: Mapping[str, Fact] | None = None,
    photos: int = 0,
) -> Packet:
    """The packet of a case.

    Args:
        facts: What was said, as `intake.extract` gives it. What was passed over becomes a line 不清楚 and counts as missing too.
        verified: Codes that the firm confirmed or that a person looked at.
        known: Facts from elsewhere, such as the telephone of the account; they fill what was not said and are taken for verified.
        photos: How many pictures the firm sent, not negative.

    Raises:
        ValueError: a negative number of photos.
    """
    if photos < 0:
        raise ValueError("照片张数不能是负数。")
    extra = {code: fact for code, fact in (known or {}).items() if code not in facts or facts[code].skipped}
    given = {**facts, **extra}
    wanted = codes(demand, domain)
    lines = tuple(
        Line(code, LABELS[code], given[code].value or UNKNOWN, given[code].message, code in extra or code in verified)
        for code in shown(given, demand, domain)
        if code in given
    )
    if ATTACHED in facts:  # counted by the house
        lines += (Line(ATTACHED, LABELS[ATTACHED], facts[ATTACHED].value, facts[ATTACHED].message, True),)
    missing = tuple(LABELS[code] for code in wanted if code not in given or given[code].skipped)
    return Packet(demand, domain, urgency, lines, missing, photos)


def _standing(line: Line) -> str:
    return "" if line.verified else f"{UNVERIFIED}，"

"""Draws the figures of the markets: a panel a measure, a bar a way with its interval. Plain SVG."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape

from evals.market.measures import MEASURES, Measure

NAMES = {"ours": "问诊", "skill_only": "只看专长", "round_robin": "轮流", "random": "随机"}
TITLES = {
    "wait_h": "到接单的小时数（平均）",
    "wait_median_h": "到接单的小时数（中位）",
    "p@1": "首选会接且能解决",
    "able@1": "首选有能力解决",
    "transfers": "每单转派次数",
    "solved": "解决的比例",
    "offers": "每单邀请人次",
    "gini": "邀请的基尼系数",
    "newcomers": "新人 30 天内接到单",
}
COLOURS = {"ours": "#0b6e4f", "skill_only": "#6b7a8f", "round_robin": "#9aa5b1", "random": "#c3cad3"}
WIDE, HIGH, ACROSS, MARGIN, BAR = 300, 190, 3, 16, 22


def draw(ways: Mapping[str, Mapping[str, Any]]) -> str:
    """The whole picture."""
    rows = -(-len(MEASURES) // ACROSS)
    panels = [
        f'<g transform="translate({index % ACROSS * WIDE},{index // ACROSS * HIGH})">{_panel(ways, measure)}</g>'
        for index, measure in enumerate(MEASURES)
    ]
    width, height = ACROSS * WIDE, rows * HIGH
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'font-family="system-ui, sans-serif" font-size="12">'
        f'<rect width="{width}" height="{height}" fill="#fff"/>{"".join(panels)}</svg>\n'
    )


def _panel(ways: Mapping[str, Mapping[str, Any]], measure: Measure) -> str:
    rows = {way: figures[measure.name] for way, figures in ways.items()}
    most = max(max(row["interval"][1] for row in rows.values()), 1e-9)
    left, room = MARGIN + 60, WIDE - 2 * MARGIN - 60 - 44
    better = "越大越好" if measure.more_is_better else "越小越好"
    parts = [
        f'<text x="{MARGIN}" y="24" font-weight="600">{escape(TITLES[measure.name])}'
        f'<tspan fill="#667" font-weight="400">　{better}</tspan></text>'
    ]
    for place, (way, row) in enumerate(rows.items()):
        top = 40 + place * (BAR + 10)
        length = room * max(row["mean"], 0) / most
        low, high = (left + room * max(edge, 0) / most for edge in row["interval"])
        middle = top + BAR / 2
        parts.append(
            f'<text x="{left - 8}" y="{middle + 4}" text-anchor="end">{NAMES[way]}</text>'
            f'<rect x="{left}" y="{top}" width="{length:.1f}" height="{BAR}" rx="3" fill="{COLOURS[way]}"/>'
            f'<path d="M{low:.1f} {middle}H{high:.1f}M{low:.1f} {middle - 4}v8M{high:.1f} {middle - 4}v8" '
            f'stroke="#222" fill="none"/>'
            f'<text x="{max(high, left + length) + 5:.1f}" y="{middle + 4}">{row["mean"]:.2f}</text>'
        )
    return "".join(parts)

"""A seeded pool of demands with planted common problems, from the wordings in `sets/clusters.toml`."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SET = Path(__file__).with_name("sets") / "clusters.toml"
SIZE = 500
TOWNS = ("青岛", "长沙", "宁波", "佛山", "无锡", "东莞", "温州", "常州", "株洲", "烟台")
SYLLABLES = "海恒鑫宏远盛华瑞泰诚和信达兴隆润丰凯博越锐捷"
TRADES = ("精密机械", "塑胶", "五金制品", "汽车零部件", "电子科技", "阀门", "模具", "智能装备")
# What is said beside the trouble, by half: since when, what it costs, what was tried.
ASIDES = {
    "tune": (
        ("从上周开始", "上个月以来", "这两天", "换了批料以后", "入夏以后", "年后"),
        ("客户要退货", "一天报废几十个", "交期要耽误", "被投诉两次了", "损失五万多", "停线半天"),
        ("试过换料没用", "调了参数不见好", "换过一家供应商还是一样", "设备厂家来过没解决", "自己摸索了一个月"),
    ),
    "report": (
        ("国庆回来以后", "搬了车间之后", "有半个月了", "最近一批", "新来的师傅上手后", "天冷了"),
        ("甲方不收货", "返工堆成山", "老板天天骂", "赔了三万", "生产停在那里", "样件一直交不出去"),
        ("厂家说是正常的", "网上的办法都用了", "换了新的也一样", "请人看过一次", "工艺卡改了好几版"),
    ),
}
WORDED = 0.45  # share of demands in a wording of their own, the rest by templates
NAMED = 0.15  # share of demands in which the firm names itself


@dataclass(frozen=True, slots=True)
class Planted:
    """One demand; `problem` is the number of the common problem that it tells of, None where it stands alone."""

    id: str
    firm: str
    kind: str
    domain: str
    text: str
    problem: int | None


def pool(half: str, *, seed: int = 0, size: int = SIZE) -> list[Planted]:
    """The demands of a half in the order in which they come.

    Raises:
        KeyError: there is no such half.
    """
    written = tomllib.loads(SET.read_text(encoding="utf-8"))[half]
    draw = random.Random(f"{half} {seed}")
    firms = _firms(draw, 160)
    texts: list[tuple[str, str, str, int | None]] = []
    for line in written["alone"]:
        domain, kind, text = line.split("|")
        texts.append((domain, kind, _beside(draw, text, half), None))
    problems = [line.split("|") for line in written["problems"]]
    for number, count in enumerate(_sizes(draw, len(problems), size - len(texts))):
        domain, kind, things, faults, wordings = problems[number]
        said = _tellings(
            draw, things.split("/"), faults.split("/"), wordings.split("/"), written["frames"], count, half
        )
        texts += [(domain, kind, text, number) for text in said]
    draw.shuffle(texts)
    taken: dict[int | None, set[str]] = {}
    made = []
    for index, (domain, kind, text, problem) in enumerate(texts):
        free = [firm for firm in firms if problem is None or firm not in taken.setdefault(problem, set())]
        firm = draw.choice(free)
        taken.setdefault(problem, set()).add(firm)
        words = f"我们{firm}，{text}" if draw.random() < NAMED else text
        made.append(Planted(f"{half}-{index}", firm, kind, domain, words, problem))
    return made


def _firms(draw: random.Random, count: int) -> list[str]:
    names: dict[str, None] = {}
    while len(names) < count:
        core = "".join(draw.sample(SYLLABLES, 2))
        names[f"{draw.choice(TOWNS)}{core}{draw.choice(TRADES)}有限公司"] = None
    return list(names)


def _sizes(draw: random.Random, problems: int, total: int) -> list[int]:
    """How many firms each problem has: from three up, some with many."""
    weights = [draw.paretovariate(1.6) for _ in range(problems)]
    sizes = [
        3 + int((total - 3 * problems) * min(weight, 6) / sum(min(each, 6) for each in weights)) for weight in weights
    ]
    for index in range(total - sum(sizes)):
        sizes[index % problems] += 1
    return sizes


def _tellings(
    draw: random.Random,
    things: list[str],
    faults: list[str],
    wordings: list[str],
    frames: list[str],
    count: int,
    half: str,
) -> Iterator[str]:
    own = draw.sample(wordings, len(wordings))
    seen: set[str] = set()
    while len(seen) < count:
        if draw.random() < WORDED:
            text = _beside(draw, own[len(seen) % len(own)], half)
        else:
            since, effect, tried = (draw.choice(part) for part in ASIDES[half])
            text = draw.choice(frames).format(
                thing=draw.choice(things), fault=draw.choice(faults), since=since, effect=effect, tried=tried, town=draw.choice(TOWNS)
            )  # fmt: skip
        if text not in seen:
            seen.add(text)
            yield text


def _beside(draw: random.Random, text: str, half: str) -> str:
    """The text with what firms say beside it."""
    asides = [draw.choice(part) for part in ASIDES[half] if draw.random() < 0.3]
    return "，".join([*asides[:1], text, *asides[1:]])

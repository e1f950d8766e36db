"""Texts as people and machines may send them, and worse: for whoever must show them unaltered."""

from __future__ import annotations

import random

WORDS = (
    "注塑件老缩水，",
    "客户要退货。",
    "模温60℃、保压8s；",
    "AL.50 S7-1200 GB/T 1804-2000 ",
    "见 https://example.com/a?b=1&c=<d> ",
    "“怎么办？”",
    "第一。\n",
    "\n\n",
    "\r\n",
    "    ",
    "\t",
)
MARKUP = (
    "<b>",
    "</b>",
    "<i",
    "&amp;",
    "&lt;",
    "&#60;",
    "&",
    "<",
    ">",
    '"',
    "'",
    "*粗*",
    "_斜_",
    "`码`",
    "[a](b)",
    "~",
    "|",
    "\\",
    "```\n",
)
SEEN_AS_ONE = (
    "👨‍👩‍👧‍👦",
    "🏳️‍🌈",
    "👍🏽",
    "🇨🇳",
    "1️⃣",
    "e\u0301",
    "a\u0300\u0316\u0320",
    "각",
    "क्षि",
    "ก็",
    "㊙️",
    "𠮷",
    "😀",
)
RIGHT_TO_LEFT = ("שלום ", "مرحبا، كيف الحال؟ ", "\u200f", "\u2067", "\u2069")
STRANGE = ("\u200b", "\u00a0", "\u3000", "\ufeff", "\u00ad", "\u200d", "\ufe0f", "\u0301", "\u2028")
KINDS = (WORDS, WORDS, MARKUP, SEEN_AS_ONE, RIGHT_TO_LEFT, STRANGE)


def random_text(rng: random.Random, longest: int = 20_000) -> str:
    """A text of up to so many characters; most are short, one in 25 is very long, some are made of one kind of thing."""
    length = rng.choice((0, 1, 5, 40, 300, 300, 1500, 4090, 4100, 5000)) if rng.random() < 0.96 else longest
    kinds = KINDS if rng.random() < 0.7 else (rng.choice(KINDS),)
    parts: list[str] = []
    left = rng.randint(length // 2, length)
    while left > 0:
        part = rng.choice(rng.choice(kinds))
        if rng.random() < 0.02:
            part *= rng.randint(2, 400)
        parts.append(part)
        left -= len(part)
    return "".join(parts)[:longest]

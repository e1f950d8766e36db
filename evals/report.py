"""Figures as a table for people."""

from collections.abc import Mapping
from typing import Any


def table(values: Mapping[str, Any]) -> str:
    """One figure a line, names aligned; an interval in brackets."""
    width = max((len(name) for name in values), default=0)
    return "\n".join(f"{name:<{width}}  {_shown(value)}" for name, value in values.items())


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(_shown(each) for each in value) + "]"
    return f"{value:.3f}" if isinstance(value, float) else str(value)

"""`wenzhen document remove --examples`: the one switch that takes the shipped examples out; one's own content stays."""

from __future__ import annotations

from bot.settings import Settings
from handlers.commands import console
from handlers.commands.house import reach


def remove_examples(settings: Settings, *, as_json: bool) -> None:
    """Take every shipped example out of the index."""
    with reach(settings, verb="document remove") as house:
        result = house.run("remove-examples", {}, lambda what, done, total: None)
    console.say_json(result) if as_json else console.say(f"已移除 {result['removed']} 份自带示例，自己的内容没有动。")

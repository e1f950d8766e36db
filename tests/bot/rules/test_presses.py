"""Values of buttons: what is written is what is read, and nothing else is."""

import pytest

from bot.rules import presses
from bot.rules.presses import Press, Pressed, button


@pytest.mark.parametrize("press", Press)
def test_every_button_is_read_back(press: Press) -> None:
    for pressed in (
        Pressed(press),
        Pressed(press, "T-000012", 7),
        Pressed(press, "", 3),
        Pressed(press, "T-000012", 7, "5"),
    ):
        made = button(pressed.press, pressed.ref, pressed.version, pressed.more)
        assert presses.read(made.value) == pressed
        assert len(made.value.encode()) <= 64  # what Telegram takes


@pytest.mark.parametrize(
    "text", ["#", "#nothing", "# confirm", "#confirm:T-1:3", "#confirm:T-000001:3:5:9", "确认", "#1", "#提交"]
)
def test_other_words_are_no_button(text: str) -> None:
    assert presses.read(text) is None


def test_a_button_of_a_version_that_is_not_known_is_a_button_all_the_same() -> None:
    assert presses.is_press("#gone:T-000001:3")
    assert not presses.is_press("#3 机床坏了")
    assert not presses.is_press("#12")


def test_the_label_is_what_stood_on_the_button() -> None:
    for one in (*presses.asking_whether_solved("T-000001", 2), *presses.asking_for_a_rating("T-000001", 3)):
        pressed = presses.read(one.value)
        assert pressed is not None
        assert pressed.label == one.label

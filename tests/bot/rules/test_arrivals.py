"""What belongs together of what comes from a chat."""

from datetime import timedelta

from bot.rules.arrivals import LONGEST, Arrival, ArrivalKind, Media, MediaKind, Unit, first_unit
from bot.rules.turns import MAX_MESSAGE_CHARS
from tests.bot.clinic import MONDAY

SECOND = timedelta(seconds=1)


def words(text: str = "在吗", **more: str) -> Arrival:
    return Arrival(ArrivalKind.WORDS, "1", "1", text=text, **more)  # type: ignore[arg-type]


def waiting(*arrivals: Arrival, every: timedelta = SECOND) -> list:  # type: ignore[type-arg]
    return [(MONDAY + place * every, one) for place, one in enumerate(arrivals)]


def test_short_messages_behind_each_other_wait_until_nothing_follows() -> None:
    run = waiting(words("你好"), words("机器坏了"), words("急"))
    assert first_unit(run, MONDAY + 3 * SECOND, joins=True) == Unit(0, MONDAY + 3.5 * SECOND)
    assert first_unit(run, MONDAY + 3.5 * SECOND, joins=True) == Unit(3)


def test_nobody_waits_longer_than_ten_seconds_for_what_might_still_come() -> None:
    run = waiting(*[words()] * 12)
    assert first_unit(run, MONDAY + LONGEST, joins=True) == Unit(12)


def test_where_a_person_reads_each_message_goes_at_once() -> None:
    assert first_unit(waiting(words(), words()), MONDAY, joins=False) == Unit(1)


def test_a_press_and_an_order_end_a_run_and_wait_for_nothing() -> None:
    press = Arrival(ArrivalKind.PRESS, "1", "1", text="#leave")
    assert first_unit(waiting(words(), words(), press), MONDAY, joins=True) == Unit(2)
    assert first_unit(waiting(press, words()), MONDAY, joins=True) == Unit(1)
    assert first_unit(waiting(words("/start"), words()), MONDAY, joins=True) == Unit(1)


def test_an_album_is_one_even_where_words_are_not_joined() -> None:
    photo = Media(MediaKind.PHOTO, "f")
    album = [Arrival(ArrivalKind.WORDS, "1", "1", media=photo, album="a") for _ in range(4)]
    assert first_unit(waiting(*album), MONDAY + 4 * SECOND, joins=False).count == 0
    assert first_unit(waiting(*album), MONDAY + 5 * SECOND, joins=False) == Unit(4)
    assert first_unit(waiting(*album, words()), MONDAY, joins=False) == Unit(4)


def test_a_run_is_never_longer_than_a_message_may_be() -> None:
    long = words("长" * (MAX_MESSAGE_CHARS - 10))
    assert first_unit(waiting(long, words("也" * 20)), MONDAY + LONGEST, joins=True) == Unit(1)

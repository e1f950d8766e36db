from bot.models.work import Handling
from bot.work.endings import Endings
from bot.work.inbox import Outcome

DONE = Outcome(Handling.DONE, "m_1", ("m_2",))


def test_what_came_in_is_expected_until_it_ended():
    endings = Endings()
    assert not endings.is_expected(1)
    endings.expect(1)
    assert endings.is_expected(1) and endings.get(1) is None
    endings.put(1, DONE)
    assert not endings.is_expected(1) and endings.get(1) == DONE


def test_an_end_that_was_told_first_is_not_taken_back():
    endings = Endings()
    endings.put(1, DONE)
    endings.expect(1)
    assert endings.get(1) == DONE


def test_only_the_last_are_remembered():
    endings = Endings(kept=2)
    for number in (1, 2, 3):
        endings.put(number, DONE)
    assert endings.get(1) is None and endings.get(2) == endings.get(3) == DONE

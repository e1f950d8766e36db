"""Updates as Telegram writes them, understood."""

import json
from typing import Any

import pytest

from bot.rules.arrivals import ArrivalKind, MediaKind
from handlers.telegram_app.parsing import raw, read

USER = {"id": 1001, "is_bot": False, "first_name": "王", "last_name": "强"}
CHAT = {"id": 1001, "type": "private", "first_name": "王"}
GROUP = {"id": -100500, "type": "supergroup", "title": "值班群"}
DATE = 1_795_400_000


def message(**more: Any) -> dict[str, Any]:
    return {"message_id": 5, "date": DATE, "chat": CHAT, "from": USER, **more}


def photo(file: str, width: int) -> dict[str, Any]:
    return {"file_id": file, "file_unique_id": file, "width": width, "height": width}


def test_words_with_who_said_them_where() -> None:
    arrival = read({"update_id": 1, "message": message(text="有课吗")})
    assert (arrival.kind, arrival.chat, arrival.user, arrival.message) == (ArrivalKind.WORDS, "1001", "1001", "5")
    assert (arrival.text, arrival.name, arrival.is_private) == ("有课吗", "王 强", True)


def test_of_a_photo_the_largest_with_its_caption() -> None:
    sent = message(photo=[photo("small", 90), photo("large", 1280)], caption="缩水", media_group_id="77")
    arrival = read({"update_id": 1, "message": sent})
    assert arrival.media is not None and arrival.media.file == "large" and arrival.media.kind is MediaKind.PHOTO
    assert (arrival.text, arrival.album) == ("缩水", "77")


def test_a_press_with_its_value_and_whose_it_is() -> None:
    query = {
        "id": "q1",
        "from": USER,
        "chat_instance": "1",
        "data": "#leave",
        "message": message(chat=GROUP, text="单"),
    }
    arrival = read({"update_id": 1, "callback_query": query})
    assert (arrival.kind, arrival.chat, arrival.user) == (ArrivalKind.PRESS, "-100500", "1001")
    assert (arrival.text, arrival.callback, arrival.is_private) == ("#leave", "q1", False)


def test_a_topic_s_first_message_is_not_what_is_answered() -> None:
    root = message(message_id=3, text="T-000001")
    inside = message(text="好", is_topic_message=True, message_thread_id=3, reply_to_message=root)
    arrival = read({"update_id": 1, "message": inside})
    assert (arrival.topic, arrival.reply_to) == ("3", "")
    answered = read({"update_id": 1, "message": message(text="好", reply_to_message=root)})
    assert answered.reply_to == "3"


def test_a_blocked_bot_and_an_edit() -> None:
    old = {"user": {**USER, "id": 7, "is_bot": True}, "status": "member"}
    gone = {
        "chat": CHAT,
        "from": USER,
        "date": DATE,
        "old_chat_member": old,
        "new_chat_member": {**old, "status": "kicked", "until_date": 0},
    }
    assert read({"update_id": 1, "my_chat_member": gone}).kind is ArrivalKind.LEFT
    edit = read({"update_id": 1, "edited_message": message(text="改了", edit_date=DATE + 9)})
    assert (edit.kind, edit.version) == (ArrivalKind.EDIT, str(DATE + 9))


@pytest.mark.parametrize(
    ("update", "why"),
    [
        (
            {"update_id": 1, "chosen_inline_result": {"result_id": "1", "from": USER, "query": ""}},
            "chosen_inline_result",
        ),
        ({"update_id": 1, "message": message(new_chat_title="新")}, "service"),
        ({"update_id": 1, "message": message(text="我是机器人", **{"from": {**USER, "is_bot": True}})}, "no person"),
    ],
)
def test_other_updates_say_why_they_are_left_alone(update: dict[str, Any], why: str) -> None:
    arrival = read(update)
    assert (arrival.kind, arrival.text) == (ArrivalKind.OTHER, why)


def test_what_the_library_cannot_read_is_an_error() -> None:
    with pytest.raises(ValueError, match="no update"):
        read({"update_id": 1, "message": {"chat": 5}})


def test_the_same_update_has_the_same_key_and_a_restarted_number_another() -> None:
    first = {"update_id": 9, "message": message(text="有课吗")}
    again = json.loads(json.dumps(first, sort_keys=True))
    later = {"update_id": 9, "message": message(text="有课吗", message_id=6, date=DATE + 700_000)}
    assert raw(first).key == raw(again).key != raw(later).key
    assert raw(first).chat == "1001" and raw(first).number == 9


@pytest.mark.parametrize("update", [{}, {"update_id": "1"}, {"update_id": True}, {"update_id": 1, "x": "长" * 300_000}])
def test_what_is_no_update_is_refused(update: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        raw(update)

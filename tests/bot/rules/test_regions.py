"""Places in a question and the region of a document."""

import pytest

from bot.rules.regions import covers, places


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("深圳的企业能申报吗", ("深圳",)),
        ("湖南和青岛有什么区别", ("湖南", "青岛")),
        ("白银市的厂", ("白银",)),
        ("用白银做触点", ()),
        ("没有地名", ()),
    ],
)
def test_places_are_found(text: str, found: tuple[str, ...]):
    assert places(text) == found


def test_the_part_after_a_city_is_found_too():
    assert places("西海岸的高校", frozenset({"青岛西海岸新区"})) == ("青岛西海岸",)


@pytest.mark.parametrize(
    ("region", "place", "covered"),
    [
        ("湖南省", "湖南", True),
        ("湖南省", "长沙", True),
        ("青岛市", "山东", True),
        ("青岛西海岸新区", "青岛", True),
        ("青岛市", "青岛西海岸", True),
        ("湖南省", "青岛", False),
        ("青岛市", "济南", False),
        (None, "青岛", None),
        ("全国", "青岛", None),
    ],
)
def test_a_document_is_about_its_region_and_what_lies_inside(region: str | None, place: str, covered: bool | None):
    assert covers(region, place) is covered

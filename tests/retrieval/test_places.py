import pytest

from retrieval.places import named, provinces


def test_places_are_named_once_in_order() -> None:
    assert named("青岛和湖南，再看青岛西海岸新区") == ("青岛", "湖南", "西海岸新区")


def test_a_city_stands_for_its_province() -> None:
    assert provinces("长沙的企业") == provinces("湖南省") != 0


@pytest.mark.parametrize("text", ["", "注塑件老缩水", "日照时间", "中山装"])
def test_a_text_without_places_names_none(text: str) -> None:
    assert provinces(text) == 0


def test_two_provinces_are_two_bits() -> None:
    assert provinces("湖南和湖北").bit_count() == 2

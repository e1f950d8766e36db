"""Words around a question go, the question stays; traditional characters become simplified ones and nothing else changes."""

import pytest

from bot.rules.chatter import one_width, plain, simplified, without_chatter


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("师傅您好，想打听个事，机床补贴能拿几年", "机床补贴能拿几年"),
        ("我是刚接手的新手，啥材料要盖章？谢谢老师", "啥材料要盖章？谢谢老师"),
        ("验收不过咋办，急，在线等", "验收不过咋办"),
        ("不好意思又来打扰，认定几年有效，辛苦了！", "认定几年有效"),
        ("领导又催了。名额有多少？", "名额有多少？"),
    ],
)
def test_what_asks_nothing_goes(said: str, left: str) -> None:
    assert without_chatter(said) == left


@pytest.mark.parametrize(
    "said",
    [
        "认定要什么条件",
        "有人吗，在不在",
        "谢谢",
        "订单急，能加急批吗",
        "机床漏油，停机半天了",
        "申报时间，申报材料，申报地点",
        "不懂怎么申报，谁负责",
        "多久，多少钱",
    ],
)
def test_what_asks_or_tells_something_stays(said: str) -> None:
    assert without_chatter(said) == said


def test_traditional_characters_become_simplified() -> None:
    assert simplified("認定後有效期是幾年，著作權歸誰") == "认定后有效期是几年，著作权归谁"


@pytest.mark.parametrize("said", ["著作权归谁", "乾县的企业", "PLC 报 AL.50", "于是后来", "镕、喆、堃"])
def test_simplified_text_is_left_as_it_is(said: str) -> None:
    assert simplified(said) == said


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("ＰＬＣ３级,要几天?", "PLC3级，要几天？"),
        ("补贴3,000元?", "补贴3,000元？"),
        ("GB/T 1804, ISO 9001", "GB/T 1804, ISO 9001"),
        ("见http://a.b/c?d=1", "见http://a.b/c?d=1"),
    ],
)
def test_one_width(said: str, wanted: str) -> None:
    assert one_width(said) == wanted


def test_all_of_it_together_and_twice_is_the_same() -> None:
    once = plain("老師您好,請問認定要３年嗎?謝謝")
    assert once == plain(once) == "请问认定要3年吗？谢谢"

"""Sentences broken by the page become one again; lists, headings and signatures stay apart."""

from corpora.document import Extract
from corpora.lines import Line, read_lines
from corpora.loaders import markdown
from corpora.noise import find_noise


def lines_of(text: str) -> list[Line]:
    return read_lines(text, find_noise(Extract(text)), 0, len(text))


def words_of(text: str) -> list[str]:
    return [line.words for line in lines_of(text)]


def test_a_sentence_broken_across_a_blank_line_is_one_paragraph() -> None:
    text = "一、扩大合作\n每年安排专项资金用于设备更新，对中小工厂给予优先支持。鼓励本县各类\n\n学校和工厂共同建设实训车间。"
    assert words_of(text) == [
        "一、扩大合作",
        "每年安排专项资金用于设备更新，对中小工厂给予优先支持。鼓励本县各类学校和工厂共同建设实训车间。",
    ]


def test_a_bracket_left_open_goes_on_in_the_next_line() -> None:
    assert words_of("1.建立目录。（责任单\n\n位：市工信局、市科协)\n2.公布目录。") == [
        "1.建立目录。（责任单位：市工信局、市科协)",
        "2.公布目录。",
    ]


def test_a_page_mark_inside_a_sentence_is_noise_between_two_pieces() -> None:
    text = "对新购设备的工厂按照发票金额给予补助，单个工厂一年最高不超过二十万元；对租用设备的\n— 3 —\n工厂减半补助。"
    (line,) = lines_of(text)
    assert "3" not in line.words
    assert [text[a:b] for a, b in line.pieces][1] == "工厂减半补助。"


def test_headings_without_a_stop_do_not_swallow_what_follows() -> None:
    assert words_of("二、打通堵点，激发活力\n围绕三件事展开。\n会议时间\n2026年2月9日上午09:30\n会议地点") == [
        "二、打通堵点，激发活力",
        "围绕三件事展开。",
        "会议时间",
        "2026年2月9日上午09:30",
        "会议地点",
    ]


def test_a_text_broken_at_the_page_width_is_joined_and_its_paragraphs_kept() -> None:
    width = 20
    paragraphs = [
        "　　为了帮助小微工厂渡过难关，根据上级精神，结合我县实际，制定以下三条措施。",
        "　　一、降低用电成本。对年用电量不足十万度的工厂，每度电补贴五分钱，由供电公司直接扣减。",
        "　　二、给予房租补贴。租用县属厂房的，第一年免收租金，第二年减半，第三年按市场价格收取租金。",
        "　　三、支持招工。每季度组织一次招聘会，参会工厂免收摊位费，新招工人满一年给予奖励。",
    ]
    printed = [paragraph[at : at + width] for paragraph in paragraphs for at in range(0, len(paragraph), width)]
    assert words_of("\n".join(printed)) == [paragraph.strip() for paragraph in paragraphs]


def test_a_line_that_tops_three_pages_is_a_running_head() -> None:
    body = ["第一条 甲。", "第二条 乙。", "第三条 丙。"]
    text = "\n".join(f"海川市公报\n{words}\n- {at} -" for at, words in enumerate(body, 1))
    assert words_of(text) == body


def test_markdown_marks_in_a_plain_text_are_noise() -> None:
    (first, second, third) = lines_of("### 三、附则\n**解释权**\n由**工信局**解释。")
    assert (first.words, first.hashes) == ("三、附则", 3)
    assert (second.words, second.bold) == ("解释权", True)
    assert third.words == "由工信局解释。"


def test_bullets_of_a_list_stay_apart() -> None:
    text = "- 有固定场地，面积不少于一百平方米，并且取得合法的产权证明或者租赁合同的企业\n- 有专职师傅\n"
    extract = markdown.load(text.encode(), "x.md")
    assert [line.words[:4] for line in read_lines(text, find_noise(extract), 0, len(text))] == ["有固定场", "有专职师"]

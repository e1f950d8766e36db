"""Which run answers, and where a quote may stop."""

from bot.rules.quoting import best_run, inside, stop_at, trim, without

CLAUSE = "第三条 工作站由市局管理。认定后设半年观察期，期满评估。不合格的，限期改正。"


def run(question: str, text: str = CLAUSE) -> str:
    return text[slice(*best_run(question, text))]


def test_the_best_run_is_the_sentence_that_shares_most():
    assert run("不合格的怎么处理") == "不合格的，限期改正。"


def test_the_best_run_holds_the_kind_of_thing_that_is_asked():
    assert "市局" in run("工作站归哪个部门管")


def test_a_long_sentence_is_cut_at_its_commas():
    text = (
        "，".join(f"第{n}项工作由各单位按职责分头落实" for n in "一二三四五六七八九")
        + "，资金不超过三百万元，其他从其规定。"
    )
    found = run("资金最多多少", text)
    assert "三百万元" in found
    assert len(found) <= 90


def test_blank_text_has_no_run():
    assert best_run("多久", "  \n ") == (0, 0)


def test_a_quote_stops_after_a_sentence():
    text = "甲乙丙丁。" * 10
    assert stop_at(text, 23) == 20
    assert stop_at(text, 100) == 50
    assert stop_at("没有标点的一段话" * 10, 20) == 0


def test_holes_are_cut_out():
    assert without((0, 10), [(3, 5)]) == ((0, 3), (5, 10))
    assert without((0, 10), [(8, 12), (0, 2)]) == ((2, 8),)
    assert without((0, 10), []) == ((0, 10),)
    assert without((2, 4), [(0, 9)]) == ()


def test_inside_means_every_span_within_one():
    assert inside([(2, 3)], [(0, 5)])
    assert not inside([(2, 6)], [(0, 5)])


def test_blanks_at_the_ends_are_trimmed():
    assert trim("  甲 乙 ", (0, 6)) == (2, 5)
    assert trim("   ", (0, 3))[0] == trim("   ", (0, 3))[1]

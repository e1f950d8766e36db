"""The pairs of lay and official words, and how a text is expanded with them."""

from collections import Counter
from pathlib import Path

import pytest

from retrieval.lexicon import DATA, Entry, Lexicon, fold

LEXICON = Lexicon.load()


def small(*entries: tuple[str, str], asking: tuple[str, ...] = ()) -> Lexicon:
    """A lexicon of `lay`, `official words` pairs."""
    return Lexicon(
        [Entry(lay, tuple(official.split()), topic="test") for lay, official in entries], question_words=asking
    )


def words(expansion: tuple[tuple[str, float], ...]) -> list[str]:
    return [word for word, _ in expansion]


def test_there_are_thousands_of_pairs() -> None:
    assert sum(len(entry.official) for entry in LEXICON.entries) >= 2500


def test_no_lay_word_stands_twice() -> None:
    assert [lay for lay, count in Counter(entry.lay for entry in LEXICON.entries).items() if count > 1] == []


def test_no_official_word_stands_twice_in_a_row() -> None:
    assert [entry.lay for entry in LEXICON.entries if len(set(entry.official)) < len(entry.official)] == []


def test_lay_words_are_stored_folded() -> None:
    assert [entry.lay for entry in LEXICON.entries if fold(entry.lay) != entry.lay] == []


def test_no_lay_word_is_too_general() -> None:
    asking = {fold(word) for word in LEXICON.question_words}
    assert [entry.lay for entry in LEXICON.entries if len(entry.phrase) < 2 or entry.phrase in asking] == []


def test_official_words_are_specific() -> None:
    assert {word for entry in LEXICON.entries for word in entry.official if not 2 <= len(word) <= 14} == set()


def test_no_lay_word_is_its_own_official_word() -> None:
    assert [entry.lay for entry in LEXICON.entries if entry.lay in map(fold, entry.official)] == []


def test_every_row_has_a_topic_and_a_weight_below_one() -> None:
    assert [entry for entry in LEXICON.entries if not entry.topic or not 0 < entry.weight < 1] == []


def test_question_words_stand_once() -> None:
    lines = (DATA / "question_words.txt").read_text("utf-8").splitlines()
    assert len(set(lines)) == len(lines)
    assert {"怎么", "多少", "啥", "咋", "吗", "呢", "请问", "我们", "能不能"} <= LEXICON.question_words


@pytest.mark.parametrize(
    ("lay", "official"),
    [
        ("东西做出来了归谁，钱怎么分", {"知识产权归属", "收益分配"}),
        ("搞黄了会不会被摘牌", {"撤销认定"}),
        ("观察期多长", {"培育期"}),
        ("想请外面的专家来帮忙", {"柔性引进", "技术兼职"}),
        ("要交啥材料", {"申报材料"}),
        ("大企业带小企业有啥好处", {"产业链协同", "支持措施"}),
        ("零件有飞边", {"毛边"}),
        ("机器老跳闸", {"断路器跳闸", "过流"}),
    ],
)
def test_lay_wording_reaches_the_official_words(lay: str, official: set[str]) -> None:
    assert official <= set(words(LEXICON.expand(lay)))


def test_the_longest_lay_word_wins() -> None:
    lexicon = small(("打分", "评分"), ("专家打分", "专家评审"))
    assert words(lexicon.expand("谁来专家打分")) == ["专家评审"]
    assert words(lexicon.expand("谁来打分")) == ["评分"]


def test_lay_words_that_overlap_both_count() -> None:
    lexicon = small(("补多少", "补助标准"), ("多少钱", "金额"))
    assert words(lexicon.expand("能补多少钱")) == ["补助标准", "金额"]


def test_a_gap_takes_a_few_letters_but_no_punctuation() -> None:
    lexicon = small(("钱~分", "收益分配"))
    assert words(lexicon.expand("钱分")) == words(lexicon.expand("钱到底怎么分")) == ["收益分配"]
    assert lexicon.expand("钱的事情我们以后再分") == ()
    assert lexicon.expand("有钱，分开") == ()


def test_the_gap_is_not_said_back() -> None:
    lexicon = small(("钱~怎么分", "收益分配"))
    assert lexicon.lay_of("收益分配方案") == lexicon.synonyms_of("收益分配") == ("钱怎么分",)


def test_nothing_is_added_that_the_text_holds() -> None:
    lexicon = small(("工钱", "薪酬 PLC"))
    assert words(lexicon.expand("工钱就是薪酬吗，plc")) == []


def test_a_word_found_twice_keeps_its_higher_weight() -> None:
    lexicon = Lexicon([Entry("工钱", ("薪酬",), "t", 0.3), Entry("薪水", ("薪酬",), "t", 0.7)])
    assert lexicon.expand("工钱和薪水") == (("薪酬", 0.7),)


def test_dialect_and_width_make_no_difference() -> None:
    lexicon = small(("钱怎么分", "收益分配"), ("学plc", "可编程控制器"))
    assert words(lexicon.expand("钱 咋分")) == words(lexicon.expand("钱如何分")) == ["收益分配"]
    assert words(lexicon.expand("学ＰＬＣ")) == ["可编程控制器"]


def test_expansion_is_the_same_every_time() -> None:
    text = "小厂请老师傅来帮忙，工钱谁出，年底要不要汇报"
    assert LEXICON.expand(text) == Lexicon.read(DATA).expand(text) != ()


def test_a_text_without_lay_words_is_not_expanded() -> None:
    assert LEXICON.expand("") == ()
    assert LEXICON.expand("abc 123") == ()


def test_official_text_gives_the_lay_words_back() -> None:
    lexicon = small(("摘牌", "撤销认定 取消"), ("黄了", "撤销认定"), ("试用期", "培育期"))
    assert lexicon.lay_of("培育期满不合格的撤销认定。") == ("试用期", "黄了", "摘牌")
    assert lexicon.lay_of("撤销认定。", per_word=1) == ("黄了",)
    assert lexicon.lay_of("摘牌即撤销认定。") == ("黄了",)


def test_a_longer_official_word_hides_the_one_within_it() -> None:
    lexicon = small(("专利", "知识产权"), ("归谁", "知识产权归属"))
    assert lexicon.lay_of("约定知识产权归属") == ("归谁",)


def test_synonyms_go_both_ways() -> None:
    lexicon = small(("试用期", "培育期 建设期"), ("观察期", "培育期"))
    assert lexicon.synonyms_of("试用期") == ("培育期", "建设期")
    assert lexicon.synonyms_of("培育期") == ("观察期", "试用期")
    assert lexicon.synonyms_of("月亮") == ()


def test_words_that_only_ask_are_left_out_of_the_content() -> None:
    lexicon = small(asking=("请问", "怎么", "怎么办", "吗"))
    assert lexicon.content_of("请问培育期不合格怎么办") == "培育期不合格"
    assert lexicon.content_of("钱怎么分吗") == "钱 分"
    assert small().content_of("钱怎么分") == "钱怎么分"


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ("工钱\t薪酬\tpay", "needs lay"),
        ("工钱\t\tpay\t", "needs lay"),
        ("工钱\t薪酬\tpay\t1", "between 0 and 1"),
        ("~钱\t薪酬\tpay\t", "a gap stands once"),
        ("拿~多少~钱\t薪酬\tpay\t", "a gap stands once"),
    ],
)
def test_a_bad_row_is_refused_by_name_and_line(tmp_path: Path, row: str, sentence: str) -> None:
    (tmp_path / "question_words.txt").write_text("吗\n", "utf-8")
    (tmp_path / "bad.tsv").write_text(f"lay\tofficial\ttopic\tweight\n{row}\n", "utf-8")
    with pytest.raises(ValueError, match=rf"bad\.tsv line 2: .*{sentence}"):
        Lexicon.read(tmp_path)


def test_a_file_without_its_header_is_refused(tmp_path: Path) -> None:
    (tmp_path / "question_words.txt").write_text("吗\n", "utf-8")
    (tmp_path / "bad.tsv").write_text("工钱\t薪酬\tpay\t\n", "utf-8")
    with pytest.raises(ValueError, match=r"bad\.tsv: the first line"):
        Lexicon.read(tmp_path)

"""HTML pages as a reader sees them."""

import pytest

from corpora.errors import Unreadable
from corpora.loaders.html import load


def page(body: str) -> str:
    return load(f"<html><body>{body}</body></html>".encode(), "").text


def test_blocks_become_lines_and_inline_marks_vanish() -> None:
    body = "<h1>办法</h1><div>第一条 <b>为了</b><span>办好</span>夜校，<br>制定本办法。<p>第二条&nbsp;<a href='x'>见</a></p>尾</div>"
    assert page(body) == "办法\n第一条 为了办好夜校，\n制定本办法。\n第二条\xa0见\n尾\n"


def test_line_ends_of_the_source_part_latin_words_but_not_chinese_ones() -> None:
    assert page("<p>夜校的\n   课程 and\n more，\n经费</p>") == "夜校的课程 and more，经费\n"


@pytest.mark.parametrize(
    "part",
    [
        "<script>不要</script>",
        "<style>不要</style>",
        "<nav>不要</nav>",
        "<footer>不要</footer>",
        "<div class='site-nav'>不要</div>",
        "<ul id='breadcrumb'><li>不要</li></ul>",
        "<div role='navigation'>不要</div>",
        "<p hidden>不要</p>",
        "<p style='display: none'>不要</p>",
        "<noscript>不要</noscript>",
        "<!-- 不要 -->",
        "<select><option>不要</option></select>",
        "<form><button>不要</button></form>",
    ],
)
def test_what_serves_the_site_is_left_out(part: str) -> None:
    assert page(f"<p>正文</p>{part}<p>下文</p>") == "正文\n下文\n"


def test_the_article_is_the_page_where_it_holds_most_words() -> None:
    assert page(f"<div>相关新闻</div><article><p>{'正文' * 30}</p></article>") == "正文" * 30 + "\n"
    assert "相关" in page(f"<div>{'相关' * 60}</div><article><p>短</p></article>")


def test_numbered_items_carry_the_number_that_a_browser_shows() -> None:
    body = "<ol><li>甲</li><li>乙</li></ol><ol start=3><li>丙</li></ol><ol><li>（一）丁</li></ol><ul><li>戊</li></ul>"
    assert page(body) == "1. 甲\n2. 乙\n3. 丙\n（一）丁\n戊\n"


def test_a_table_keeps_its_grid_and_merged_cells_stand_once() -> None:
    body = (
        "<table><caption>表一</caption><tr><th>类别<th>课程<th>学费</tr>"
        "<tr><td rowspan=2>夜班<td>焊接<td>80</tr><tr><td colspan=2><p>停开</p><p>待定</p></tr></table>"
    )
    extract = load(f"<body>{body}</body>".encode(), "")
    (table,) = extract.tables
    cells = [[extract.text[start:end] for start, end in row] for row in table.rows]
    assert cells == [["类别", "课程", "学费"], ["夜班", "焊接", "80"], ["夜班", "停开\n待定", "停开\n待定"]]
    assert extract.text.count("夜班") == 1
    assert extract.text.startswith("表一\n")
    assert extract.text[slice(*table.span)].startswith("类别\t")


def test_a_table_that_lays_out_the_page_is_read_as_text() -> None:
    extract = load("<body><table><tr><td><p>第一条</p><p>第二条</p></td></tr></table></body>".encode(), "")
    assert (extract.text, extract.tables) == ("第一条\n第二条\n", ())


@pytest.mark.parametrize("charset", ["utf-8", "gb2312", "gb18030", "gbk"])
def test_the_encoding_is_the_one_that_fits(charset: str) -> None:
    data = "<meta charset='gb2312'><p>夜校管理办法第一条</p>".encode(charset)
    assert load(data, "").text == "夜校管理办法第一条\n"


def test_a_page_in_big5_is_read_where_it_says_so() -> None:
    assert load("<meta charset='big5'><p>學員須於開課前報名</p>".encode("big5"), "").text == "學員須於開課前報名\n"


def test_an_xml_declaration_does_not_disturb() -> None:
    assert load("<?xml version='1.0' encoding='gbk'?><html><body>正文</body></html>".encode(), "").text == "正文\n"


@pytest.mark.parametrize("body", ["", "<script>var a</script>", "<img src='x'>"])
def test_a_page_without_words_is_refused(body: str) -> None:
    with pytest.raises(Unreadable, match="正文"):
        page(body)


def test_depth_beyond_the_parser_is_noted() -> None:
    extract = load(("<body><p>正文</p>" + "<div>" * 3000 + "深处" + "</div>" * 3000).encode(), "")
    assert "正文" in extract.text
    assert ("深处" in extract.text) or extract.notes

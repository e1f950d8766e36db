"""The pages as HTML: what people and documents wrote is text, everything comes from this machine."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import cast

import pytest
from bs4 import BeautifulSoup
from fastapi.testclient import TestClient

from bot.rules.solutions import case_name
from handlers.web.pages.document import parse_marks
from handlers.web.pages.view import WITHDRAWN, Shelf, answer_view, answer_words, course_time
from handlers.web.templating import HERE, phone_link
from retrieval.library import Library
from retrieval.protocols import PUBLIC
from tests.handlers.web.house import EVIL, HIDDEN, LINES, RULES, SECRET, FakeLibrary, cite, rules, span_of
from tests.handlers.web.world import World, open_world


def soup(text: str) -> BeautifulSoup:
    """The parsed page."""
    return BeautifulSoup(text, "lxml")


def words(node: object) -> str:
    """The text of a part of the page, blanks removed."""
    return re.sub(r"\s+", "", getattr(node, "text", ""))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """The pages over real records, with an assistant that knows its lines."""
    with open_world(tmp_path) as opened:
        yield opened


@pytest.fixture
def chat(world: World) -> TestClient:
    """A browser without JavaScript."""
    return world.client


def test_the_chat_shows_the_centre_its_telephone_and_examples(client: TestClient) -> None:
    page = soup(client.get("/").text)
    assert "测试工程师协同创新中心" in words(page.header)
    assert page.select_one("a[href='tel:073188880000']")
    assert len(page.select("#examples button[value]")) >= 3
    assert page.select_one("label[for=text]") and page.select_one("textarea#text")


@pytest.mark.parametrize("path", ["/", "/documents/rules", "/documents/nothing"])
def test_no_page_has_inline_script_inline_style_or_an_outside_address(client: TestClient, path: str) -> None:
    text = client.get(path, headers={"Accept": "text/html"}).text
    page = soup(text)
    assert all(script.get("src", "").startswith("/static/") and not script.text for script in page.select("script"))
    assert not page.select("style, [style], iframe, object, embed")
    assert not [name for node in page.find_all(True) for name in node.attrs if name.startswith("on")]
    assert not re.search(r"(?:src|href|action)=\"(?:https?:)?//", text)


def test_static_files_name_no_outside_address() -> None:
    for file in (HERE / "static").iterdir():
        assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", file.read_text(encoding="utf-8")), file.name


def test_a_question_is_answered_without_javascript(chat: TestClient) -> None:
    page = soup(chat.post("/", data={"text": "培育期多久"}).text)
    assert words(page.select_one(".asked .words")) == "培育期多久"
    assert "AI摘录，以原文为准" in words(page.select_one(".answer .label"))
    assert words(page.select_one("blockquote mark")) == "培育期为两年，期满验收不合格的，"
    assert page.select_one(".chip.in_force")
    start, end = span_of(RULES, "培育期为两年，期满验收不合格的，")
    assert page.select_one(".cite a")["href"] == f"/documents/rules?at={start}-{end}#cited"


def test_without_javascript_the_whole_talk_is_shown_and_a_form_sent_twice_is_one_message(chat: TestClient) -> None:
    first = chat.post("/", data={"text": "培育期多久"})
    page = soup(first.text)
    talk = page.select_one("#ask")["action"]
    again = {"text": "课", "client_id": page.select_one("input[name=client_id]")["value"]}
    chat.post(talk, data=again)
    page = soup(chat.post(talk, data=again).text)
    assert [words(node) for node in page.select(".asked .words")] == ["培育期多久", "课"]
    assert len(page.select(".message.answer")) == 2
    assert words(soup(chat.get(talk).text).select_one("#talk")) == words(page.select_one("#talk"))


@pytest.mark.parametrize(("text", "status"), [("", 422), ("问" * 20_001, 413)])
def test_a_bad_message_without_javascript_gets_a_sentence_and_is_not_lost(
    chat: TestClient, text: str, status: int
) -> None:
    response = chat.post("/", data={"text": text})
    assert response.status_code == status
    assert soup(response.text).select_one("[role=alert]")
    assert soup(response.text).textarea.text.strip() == text


def test_a_talk_that_is_not_there_is_not_found(chat: TestClient) -> None:
    assert chat.get("/talk/c_none", headers={"Accept": "text/html"}).status_code == 404
    assert chat.post("/talk/c_none/messages", json={"text": "在吗", "client_id": "k"}).status_code == 404


def test_hostile_words_are_text_everywhere(chat: TestClient) -> None:
    asked = chat.post("/", data={"text": f"script {EVIL}"})
    document = chat.get("/documents/rules")
    case = chat.post("/", data={"text": "课"})
    for response in (asked, document, case):
        page = soup(response.text)
        assert EVIL not in response.text
        assert "document.title=" in words(page.body)
        assert not page.select("img[onerror], body script")


def test_what_a_message_leads_to_comes_as_pieces_of_the_page(chat: TestClient) -> None:
    talk = chat.post("/talk", json={}).json()["id"]
    told = chat.post(f"/talk/{talk}/messages", json={"text": "课", "client_id": "k"}).json()
    assert (told["done"], told["owner"], told["state"]) == (True, "bot", "")
    asked, answered = (soup(item["html"]) for item in told["items"])
    assert words(asked.select_one(".asked .words")) == "课"
    card = answered.select_one(".card.course")
    assert "12月5日（周六）至12月6日（周日）9:00-17:00" in words(card) and "1800元" in words(card)
    assert (words(card.select_one(".sample")), card.select_one("a")["href"]) == ("示例", "/courses/c1")
    assert answered.select_one("[data-label]")["data-label"] == "AI摘录，以原文为准"
    assert answered.select_one("[data-copy]")["data-copy"].endswith("【AI摘录，以原文为准】")
    rest = chat.get(f"/talk/{talk}/messages?after={told['items'][0]['id']}").json()
    assert [item["id"] for item in rest["items"]] == [told["items"][1]["id"]]


def test_the_private_link_is_shown_to_the_firm_alone(world: World) -> None:
    chat = world.client
    talk = chat.post("/talk", json={}).json()["id"]

    def say(number: int, text: str) -> dict[str, object]:
        body = {"text": text, "client_id": f"a-key-that-nobody-guesses-{number}"}
        told: dict[str, object] = chat.post(f"/talk/{talk}/messages", json=body, headers=csrf).json()
        return told

    csrf: dict[str, str] = {}
    say(1, "振纹，转人工")
    told = say(2, "我是滨江塑料厂的王强 13800138000 同意")
    html = "".join(item["html"] for item in told["items"])  # type: ignore[index, attr-defined]
    link = soup(html).select_one("a[href^='/enter/']")["href"]
    chat.cookies.clear()
    again = say(
        2, "我是滨江塑料厂的王强 13800138000 同意"
    )  # its answer was lost on the way: sent again it is the same message
    assert [item["id"] for item in again["items"]][-len(told["items"]) :] == [item["id"] for item in told["items"]]  # type: ignore[attr-defined, index, arg-type]
    csrf["X-CSRF"] = str(again["csrf"])
    assert say(3, "还有一台也这样")["items"]  # signed in by the turn that registered
    assert chat.get(f"/talk/{talk}").status_code == 200
    chat.cookies.clear()
    assert chat.get(f"/talk/{talk}").status_code == 404
    assert soup(chat.post(link).text).select("#talk .message")  # the link brings it back, in any browser
    chat.cookies.clear()
    [ticket] = chat.get("/api/v1/tickets", headers=world.engineer["A"].headers).json()["items"]
    chat.post(f"/api/v1/tickets/{ticket['ref']}/claim", json={}, headers=world.engineer["A"].headers)
    seen = chat.get(f"/desk/tickets/{ticket['ref']}", headers=world.engineer["A"].headers).text
    assert "滨江塑料厂" in seen and link not in seen and "/enter/" not in seen


def test_a_case_that_was_taken_back_is_gone_from_old_talks() -> None:
    library = FakeLibrary((rules(),))
    shelf = Shelf(cast(Library, library), PUBLIC)
    own = replace(cite("限期整改六个月", "处理步骤"), source=case_name("s_" + "a" * 22), document="缩水")
    said = replace(LINES["振纹"], answer="限期整改六个月。[1]", citations=(own,)).as_json()
    view = answer_view(said, asked="缩水", telephone="", shelf=shelf)
    assert (view["parts"], view["citations"], view["similar"]) == ([{"text": WITHDRAWN, "n": 0}], [], [])
    assert "整改" not in view["plain"]
    standing = answer_view(LINES["培育期"].as_json(), asked="培育期多久", telephone="", shelf=shelf)
    assert standing["citations"] and standing["parts"][1] == {"text": "1", "n": 1}


def test_what_stands_on_cards_is_not_said_twice() -> None:
    sources = "培育期为两年。[1]\n依据：\n[1][2] 《办法》第三条\n[3] 《办法》第四条"
    assert answer_words(replace(LINES["培育期"], answer=sources).as_json()) == "培育期为两年。[1]"
    assert answer_words(replace(LINES["培育期"], answer=sources, citations=()).as_json()) == sources
    assert (
        answer_words(replace(LINES["课"], answer="有 1 门：\n1. PLC 入门[1]\n名额以报名时为准。").as_json())
        == "有 1 门：\n名额以报名时为准。"
    )
    assert (
        answer_words(replace(LINES["课"], answer="有 2 门：\n1. 甲[1]\n2. 乙[2]").as_json())
        == "有 2 门：\n1. 甲[1]\n2. 乙[2]"
    )


@pytest.mark.parametrize(
    ("text", "numbers"),
    [("着火了", ["119", "120", "110", "0731-8888 0000"]), ("无关", ["0731-8888 0000"]), ("培育期", [])],
)
def test_numbers_to_tap(chat: TestClient, text: str, numbers: list[str]) -> None:
    page = soup(chat.post("/", data={"text": text}).text)
    assert [call.strong.text for call in page.select(".call")] == numbers
    assert all(call["href"].startswith("tel:") for call in page.select(".call"))


def test_a_document_is_shown_whole_and_in_order_with_its_facts(client: TestClient) -> None:
    page = soup(client.get("/documents/rules").text)
    text = words(page.select_one(".text"))
    order = [
        "第一章总则",
        "第一条",
        "第二条",
        "（一）有固定场所",
        "（二）共享",
        "第三条培育期为两年，期满验收不合格的，限期整改六个月。",
        "联系人",
    ]
    places = [text.index(part) for part in order]
    assert places == sorted(places)
    assert "—1—" not in text and "第2页" in text
    facts = words(page.select_one(".facts"))
    assert "工信〔2026〕7号" in facts and "2028年5月14日" in facts
    assert words(page.select_one(".doc-head .chip.in_force")) == "现行有效"


def test_a_table_keeps_its_columns(client: TestClient) -> None:
    table = soup(client.get("/documents/rules").text).select_one("table")
    assert table is not None
    assert [th.text for th in table.select("th")] == ["指标", "内容", "分值"]
    assert [[td.text for td in tr.select("td")] for tr in table.select("tbody tr")] == [
        ["场所", "面积达标", "10"],
        ["人员", "工程师达标", "20"],
    ]


def test_the_cited_characters_are_marked_and_reached(client: TestClient) -> None:
    start, end = span_of(RULES, "培育期为两年，期满验收不合格的，")
    page = soup(client.get(f"/documents/rules?at={start}-{end}").text)
    assert [mark.text for mark in page.select("mark")] == ["培育期为两年，期满验收不合格的，"]
    assert page.select_one("#cited").text == "培育期为两年，期满验收不合格的，"
    assert words(page.select_one(".unit.cited")).startswith("第三条")


def test_a_citation_may_span_units_and_rows(client: TestClient) -> None:
    start, end = RULES.index("（一）"), RULES.index("场所\t") + 2
    page = soup(client.get(f"/documents/rules?at={start}-{end}").text)
    assert len(page.select(".unit.cited")) == 3
    assert [row.td.text for row in page.select("tr.cited")] == ["场所"]
    assert len(page.select("#cited")) == 1


def test_a_clause_may_be_asked_by_name(client: TestClient) -> None:
    page = soup(client.get("/documents/rules", params={"clause": "第二条（二）"}).text)
    assert words(page.select_one("#cited")).startswith("（二）")


@pytest.mark.parametrize(
    "query",
    [
        "at=9-3",
        "at=x",
        "at=-5-9",
        "at=999999-9999999",
        "at=1-99999999999999999999",
        "clause=没有这一条",
        "at=",
    ],
)
def test_an_old_or_odd_link_still_opens_its_document(client: TestClient, query: str) -> None:
    response = client.get(f"/documents/rules?{query}")
    assert response.status_code == 200
    assert not soup(response.text).select("mark")


def test_marks_stay_inside_the_text() -> None:
    assert parse_marks(["0-4", "2-99", "4-4"], 10) == [(0, 4), (2, 10)]


def test_personal_numbers_are_masked_on_the_page(client: TestClient) -> None:
    public = client.get("/documents/rules").text
    staff = client.get("/documents/rules", headers={"Authorization": f"Bearer {SECRET}"}).text
    assert "13800138000" not in public and "█" * 11 in public
    assert "13800138000" in staff


def test_a_mark_over_a_personal_number_does_not_show_it(client: TestClient) -> None:
    start, end = span_of(RULES, "电话13800138000")
    page = soup(client.get(f"/documents/rules?at={start}-{end}").text)
    assert words(page.select_one("#cited")) == "电话" and "138001" not in page.text
    assert "".join(mark.text for mark in page.select("mark")) == "电话" + "█" * 11


def test_courses_and_cases_lead_to_their_documents(client: TestClient) -> None:
    course = client.get("/courses/c1", follow_redirects=False)
    assert (course.status_code, course.headers["location"]) == (303, "/documents/catalogue?at=0-10#cited")
    shown = soup(client.get("/courses/c1").text)
    assert words(shown.select_one(".card.cited h2")).startswith("PLC入门") and shown.select_one(".card.cited #cited")
    assert "1800元" in words(shown.select_one(".card.cited"))
    case = client.get("/solutions/s1")
    assert "示例" in words(soup(case.text).select_one(".doc-head"))
    assert client.get("/courses/none").status_code == client.get("/solutions/none").status_code == 404


def test_what_is_not_there_is_a_page_for_browsers(client: TestClient) -> None:
    response = client.get("/documents/inside", headers={"Accept": "text/html"})
    assert response.status_code == 404
    assert HIDDEN not in response.text
    assert soup(response.text).select_one("main h1").text == "找不到"


@pytest.mark.parametrize("path", ["/", "/documents/rules"])
def test_head_is_answered_without_a_body(client: TestClient, path: str) -> None:
    response = client.head(path)
    assert (response.status_code, response.content) == (200, b"")


@pytest.mark.parametrize(
    ("telephone", "address"),
    [("0731-8888 0000", "tel:073188880000"), ("+86 10 1234（张工）", "tel:+86101234"), ("见公告", "")],
)
def test_a_telephone_becomes_digits_to_dial(telephone: str, address: str) -> None:
    assert phone_link(telephone) == address


@pytest.mark.parametrize(
    ("start", "end", "hours", "words"),
    [
        (None, None, "", "日期待定"),
        (date(2026, 12, 5), None, "9:00", "12月5日（周六） 9:00"),
        (date(2026, 12, 5), date(2026, 12, 5), "", "12月5日（周六）"),
        (date(2026, 12, 26), date(2027, 1, 3), "", "12月26日（周六）至2027年1月3日（周日）"),
    ],
)
def test_course_times_are_said_as_people_say_them(start: date | None, end: date | None, hours: str, words: str) -> None:
    assert course_time(start, end, hours) == words

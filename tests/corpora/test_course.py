"""Catalogues: which column is what, what cells say, which rows are skipped."""

from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest

from corpora.course import MAX_PASSAGE_CHARS, clause_of, passages, understand
from corpora.course_columns import field_of, fields_of
from corpora.course_values import Days, is_online, read_days, read_price, read_seats, year_in
from corpora.document import Course, Document, Kind, Node
from corpora.errors import Unreadable
from corpora.loaders.tabular import load_csv, load_jsonl
from corpora.noise import without
from corpora.reading import read_file
from tests.corpora import samples


def catalogue(text: str, source: str = "课程表.csv") -> Document:
    load = load_jsonl if source.endswith(".jsonl") else load_csv
    (document,) = understand(load(text.encode(), source), source=source)
    return document


def only(text: str, source: str = "课程表.csv") -> Course:
    (course,) = catalogue(text, source).courses
    return course


def test_a_row_becomes_a_course() -> None:
    document = catalogue(
        "编号,课程名称,级别,开课日期,结束日期,上课时间,地点,费用（元）,名额,简介,方式,示例\n"
        'W-1,焊接入门,入门,2026-12-05,2026-12-13,周六 9:00-17:00,东厂 · 焊工房,"1,980",6,"平焊、立焊",线下,是\n'
    )
    (course,) = document.courses
    assert course == Course(
        id="W-1",
        title="焊接入门",
        start=date(2026, 12, 5),
        end=date(2026, 12, 13),
        hours="周六 9:00-17:00",
        place="东厂 · 焊工房",
        price=1980,
        seats=6,
        level="入门",
        summary="平焊、立焊",
        span=course.span,
        online=False,
        example=True,
    )
    assert document.text[slice(*course.span)].startswith("W-1,焊接入门")
    assert document.text[slice(*course.span)].endswith("线下,是")
    assert document.notes == ()
    assert document.title == "课程表"
    assert document.example


@pytest.mark.parametrize(
    ("columns", "field"),
    [
        (("课程名称", "课程", "名称", "title", "Course Name", " 课 程 名 称 "), "title"),
        (("开课时间", "时间", "日期", "开始日期", "start", "start_date", "Start Date"), "start"),
        (("上课时间", "时段", "schedule"), "hours"),
        (("地点", "place", "上课地点"), "place"),
        (("价格", "费用", "学费", "price", "费用（元）", "学费(元/人)"), "price"),
        (("名额", "剩余", "seats", "剩余名额"), "seats"),
        (("级别", "难度", "level"), "level"),
        (("简介", "内容", "summary"), "summary"),
        (("编号", "id", "课程编号"), "id"),
        (("线上", "online", "授课方式"), "online"),
        (("讲师", "备注"), None),
    ],
)
def test_columns_are_known_by_many_names(columns: tuple[str, ...], field: str | None) -> None:
    assert {field_of(column) for column in columns} == {field}


def test_of_two_columns_for_one_field_the_better_name_wins() -> None:
    assert fields_of(["名称", "课程名称", "时间", "开课日期"]) == {"title": 1, "start": 3}


@pytest.mark.parametrize(
    ("cell", "start", "end"),
    [
        ("2026年3月5日", date(2026, 3, 5), None),
        ("2026-3-5", date(2026, 3, 5), None),
        ("2026/03/05", date(2026, 3, 5), None),
        ("2026.3.5", date(2026, 3, 5), None),
        ("２０２６年３月５日", date(2026, 3, 5), None),
        ("20260305", date(2026, 3, 5), None),
        ("46086", date(2026, 3, 5), None),
        ("3月5日", date(2027, 3, 5), None),
        ("2026年3月5日至8日", date(2026, 3, 5), date(2026, 3, 8)),
        ("2026年3月5日（周四）-3月8日", date(2026, 3, 5), date(2026, 3, 8)),
        ("3月7-8日", date(2027, 3, 7), date(2027, 3, 8)),
        ("2026-03-07 ~ 2026-03-08", date(2026, 3, 7), date(2026, 3, 8)),
        ("2026年12月30日—1月2日", date(2026, 12, 30), date(2027, 1, 2)),
        ("2026-03-05 09:00", date(2026, 3, 5), None),
        ("2026年2月30日", None, None),
        ("待定", None, None),
        ("周六 9:00-17:00", None, None),
    ],
)
def test_days_in_every_writing(cell: str, start: date | None, end: date | None) -> None:
    days = read_days(cell, year=2027)
    assert (days.start, days.end) == (start, end)


def test_a_day_without_any_year_says_so() -> None:
    assert read_days("3月5日") == Days(lacks_year=True)


def test_hours_beside_the_day_are_kept() -> None:
    assert read_days("2026年3月7日、8日 9:00-17:00").rest == "2026年3月7日、8日 9:00-17:00"
    assert read_days("2026-03-07").rest == ""


@pytest.mark.parametrize(
    ("cell", "price"),
    [
        ("1,980元", 1980),
        ("￥1980.00", 1980),
        ("1980", 1980),
        ("0.2万元", 2000),
        ("免费", 0),
        ("公益课，免费", 0),
        ("0", 0),
        ("１２００元/人", 1200),
        ("会员免费，其他800元", 800),
        ("面议", None),
        ("", None),
    ],
)
def test_prices(cell: str, price: int | None) -> None:
    assert read_price(cell) == price


@pytest.mark.parametrize(
    ("cell", "seats"),
    [("12", 12), ("余 3 名", 3), ("20人", 20), ("已满", 0), ("满", 0), ("无", 0), ("0", 0), ("不限", None), ("", None)],
)
def test_seats(cell: str, seats: int | None) -> None:
    assert read_seats(cell) == seats


def test_ways_of_attending() -> None:
    assert is_online("线上直播")
    assert not is_online("线下")
    assert only("课程,地点\n数据采集,腾讯会议\n").online
    assert not only("课程,地点\n数据采集,工业互联网络实训室\n").online
    assert only("课程,线上\n数据采集,是\n").online


def test_free_seats_are_capacity_less_those_taken() -> None:
    assert only("课程,招生人数,已报名\n焊接,20,12\n").seats == 8
    assert only("课程,招生人数\n焊接,20\n").seats == 20


def test_days_and_hours_in_one_column_are_told_apart() -> None:
    course = only("课程,时间\n焊接,2026年3月7日至8日 9:00-17:00\n")
    assert (course.start, course.end) == (date(2026, 3, 7), date(2026, 3, 8))
    assert "9:00-17:00" in course.hours
    course = only("课程,时间\n焊接,每周六下午\n")
    assert (course.start, course.hours) == (None, "每周六下午")


def test_the_year_comes_from_the_title_the_name_or_the_row_before() -> None:
    assert year_in("2026年春季") == 2026
    assert only("课程,日期\n焊接,3月5日\n", "2026春.csv").start == date(2026, 3, 5)
    courses = catalogue("课程,日期\n焊接,2026年3月5日\n车工,4月6日\n").courses
    assert [course.start for course in courses] == [date(2026, 3, 5), date(2026, 4, 6)]
    document = catalogue("课程,日期\n焊接,3月5日\n")
    assert document.courses[0].start is None
    assert "没有年份" in document.notes[0]


def test_unknown_columns_are_reported_and_searchable() -> None:
    document = catalogue("课程,讲师,简介\n焊接,王工,平焊\n")
    assert document.courses[0].summary == "平焊；讲师：王工"
    assert document.notes == ("没有识别的列：讲师（内容并入简介）。",)
    assert "王工" in passages(document)[0].text


def test_a_row_that_is_not_understood_is_skipped_with_a_note() -> None:
    document = catalogue("课程,讲师\n焊接,王工\n,李工\n\n车工,赵工\n")
    assert [course.title for course in document.courses] == ["焊接", "车工"]
    assert any("第 3 行" in note and "李工" in note for note in document.notes)


def test_a_number_used_twice_is_noted() -> None:
    assert any("重复" in note for note in catalogue("编号,课程\n1,甲课\n1,乙课\n").notes)


def test_a_broken_end_is_left_out_with_a_note() -> None:
    document = catalogue("课程,开始日期,结束日期\n焊接,2026-03-05,2026-03-01\n")
    assert document.courses[0].end is None
    assert "早于" in document.notes[0]


def test_a_table_without_course_names_is_refused() -> None:
    with pytest.raises(Unreadable, match="课程名称.*设备"):
        catalogue("设备,数量\n行车,3\n")


def test_jsonl_rows_are_lines_of_the_file() -> None:
    text = (
        '{"id": "A1", "title": "\\u7126接入门", "start": "2026-03-05", "price": 0, "seats": null, "online": true}\n'
        "不是 JSON\n"
        '{"课程名称": "车工", "开课时间": "2026年4月6日", "学费": "800元", "讲师": ["王工", "李工"]}\n'
    )
    document = catalogue(text, "courses.jsonl")
    first, second = document.courses
    assert (first.id, first.price, first.seats, first.online) == ("A1", 0, None, True)
    assert document.text[slice(*second.span)] == text.split("\n")[2]
    assert second.summary == "讲师：王工、李工"
    assert document.title == "课程目录"
    assert any("第 2 行" in note for note in document.notes)


def test_deep_json_is_a_row_that_is_skipped() -> None:
    text = '{"课程": ' + "[" * 100_000 + "]" * 100_000 + '}\n{"课程": "焊接"}\n'
    assert [course.title for course in catalogue(text, "a.jsonl").courses] == ["焊接"]


def test_each_course_is_a_passage_that_quotes_its_row() -> None:
    document = catalogue("编号,课程,日期,费用,名额\nW1,焊接,2026-12-05,免费,0\n,车工,2026-12-06,800,3\n")
    first, second = passages(document)
    assert [first.clause, second.clause] == ["W1 焊接", "车工"]
    assert [document.text[slice(*span)] for span in first.spans] == ["W1,焊接,2026-12-05,免费,0"]
    assert "2026-12-05（周六）" in first.text
    assert "免费" in first.text
    assert "已满" in first.text
    assert first.document_id == document.id
    assert [passage.order for passage in (first, second)] == [0, 1]
    assert first.id != second.id
    assert [clause_of(course) for course in document.courses] == ["W1 焊接", "车工"]


def test_a_long_summary_gives_several_passages() -> None:
    document = catalogue(f"课程,简介\n焊接,{'平焊立焊仰焊' * 200}\n")
    found = passages(document)
    assert len(found) > 1
    assert all(len(passage.text) <= MAX_PASSAGE_CHARS for passage in found)
    assert len({passage.id for passage in found}) == len(found)


def test_a_telephone_number_is_not_quoted() -> None:
    document = catalogue("课程,联系方式\n焊接,13800138000\n")
    (passage,) = passages(document)
    assert all("13800138000" not in document.text[slice(*span)] for span in passage.spans)


@pytest.mark.parametrize("name", ["表.xlsx", "表.docx", "表.html", "表.pdf", "表.md"])
def test_a_catalogue_is_read_from_a_table_in_any_format(tmp_path: Path, name: str) -> None:
    rows = [["课程名称", "开课日期", "学费"], ["焊接入门", "2026-12-05", "800元"], ["车工识图", "2026-12-12", "免费"]]
    path = tmp_path / name
    path.write_bytes(samples.table_file(path.suffix, rows))
    reading = read_file(path, source=name, kind=Kind.COURSE)
    assert reading.refused is None
    (document,) = reading.documents
    found = [(course.title, course.start, course.price) for course in document.courses]
    assert found == [("焊接入门", date(2026, 12, 5), 800), ("车工识图", date(2026, 12, 12), 0)]
    assert [passage.clause for passage in reading.passages] == ["焊接入门", "车工识图"]
    quotes = [document.text[slice(*passage.spans[0])] for passage in reading.passages]
    assert all(row[0] in quote and row[2] in quote for row, quote in zip(rows[1:], quotes, strict=True))


def test_the_tree_holds_every_character_once() -> None:
    document = catalogue('说明：秋季\n编号,课程,讲师\n1,"焊接\n二",王\n,,李\n2,车工,赵\n')
    owned = sorted(span for node in _all(document.tree) for span in node.own)
    assert all(end <= start for (_, end), (start, _) in pairwise(owned))
    held = "".join(document.text[start:end] for start, end in owned)
    kept = "".join(document.text[start:end] for start, end in without((0, len(document.text)), document.noise))
    assert "".join(held.split()) == "".join(kept.split())


def _all(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from _all(child)

"""The shipped corpora are complete, sane and written as ordinary files with absolute dates."""

import csv
import re
from collections import Counter
from datetime import date, timedelta
from itertools import combinations
from pathlib import Path

import pytest

from corpora import shipped
from corpora.document import Kind, Reading
from corpora.reading import read_file, walk
from corpora.shipped import BadNotation, render, resolve

FIRST = date(2026, 3, 11)
SOLUTIONS = shipped.files_of(shipped.ROOT / "solutions", ".md")
COURSES = shipped.ROOT / "courses" / "courses.csv"
SECTIONS = ["现象", "原因", "处理步骤", "验证", "适用范围与限制", "设备与条件"]
PREFIXES = {
    "machining": "MACH",
    "moulding": "MOULD",
    "welding": "WELD",
    "electrical": "ELEC",
    "hydraulics": "HYD",
    "materials": "MAT",
    "quality": "QUAL",
    "robotics": "ROBO",
    "software": "SOFT",
    "process": "PROC",
    "electronics": "ETRN",
    "marine": "MAR",
    "energy": "ENER",
    "safety": "SAFE",
}
AT_LEAST = {"machining": 5, "moulding": 5, "welding": 5, "electrical": 5, "quality": 5}
COLUMNS = [
    "编号",
    "课程名称",
    "级别",
    "开课日期",
    "结束日期",
    "上课时间",
    "地点",
    "费用（元）",
    "名额",
    "简介",
    "方式",
    "示例",
]
PLACES = ("长沙", "株洲", "湘潭", "青岛西海岸新区", "青岛城阳", "线上")
WEEKDAYS = "一二三四五六日"
DAYS = [FIRST + timedelta(days=37 * number) for number in range(30)]  # 37 = 5 * 7 + 2: every weekday and month occurs

# A number in a case is a quantity, so a unit or a counting word must follow it (a range has it once).
UNITS = (
    "MPa|kPa|Pa|bar|℃|mm²/s|mm³|mm²|mm/min|mm/r|mm/s|mm|μm|nm|cm²|cm³|cm|m³/min|m³/h|m³|m²|m/s|m/min|km|m|N·m|kN|N|kg|mg/L|mg/m³|mg|g/m³|g/L|g/min|g|"
    "kΩ|MΩ|mΩ|Ω|mA|kA|A/dm²|A|mV|kV|V|kWh|kW·h|kW|kvar|kVA|W|GHz|MHz|kHz|Hz|r/min|rpm|L/min|L/h|L|ml|mL|min|ms|μs|GΩ|μA|K|s|h|%|dB|lx|°|ppm|HRC|HB|HV|"
    "μF|pF|nF|kΩ·cm|t/h|t|MB|GB|TB|kB|Mbit/s|FPS|倍|个|件|次|台|人|天|周|月|年|点|级|模|组|批|根|道|层|段|处|档|班|小时|分钟|秒|块|号|份|只|种|条|项|钢|像素|支|轴|目|套|名|帧|位|圈|齿|万"
)
CODES = re.compile(
    r"(?:GB/T|GBZ|ISO|ASME|IEC|STEP|AQ) [A-Z]*\d[\d./-]*(?: \d+(?:/\d+)+)?"  # GB/T 1804, ISO 4406 18/16/13
    r"|[A-Za-z][A-Za-z./]*-?\d[\w./-]*"  # S7-1200/1500, PA66, M6
    r"|\d+(?:/\d+)+(?![a-z])"  # 1/10, 380/220
    r"|(?:CPK|PPK|ndc|pH|ΔE|功率因数|扭矩系数|安全系数|竖直面取)[^，。；]{0,8}?\d[\d.]*(?:(?:～| 到 )[\d.]+)?"  # pure numbers by nature
    r"|\d+(?:Cr| 不锈钢)"  # grades
    r"|119|120"  # telephone
    r"|[×÷] ?\d+"
    r"|\d+×\d+"
)
QUANTITY = re.compile(r"[-±]?\d+(?:\.\d+)?(?:(?:～|:)[-+]?\d+(?:\.\d+)?)?(?:±[\d.]+)?")


def sections(path: Path) -> tuple[dict[str, str], dict[str, str]]:
    """The head and the sections of a case, read plainly so that the files are judged on their own."""
    _, head, body = path.read_text(encoding="utf-8").split("---\n", 2)
    entries = dict(line.split(": ", 1) for line in head.splitlines())
    parts = re.split(r"^## (.+)\n", body, flags=re.M)
    assert parts[0].strip() == ""
    return entries, dict(zip(parts[1::2], (part.strip() for part in parts[2::2]), strict=True))


def courses(first_start: date) -> list[dict[str, str]]:
    """The rendered catalogue."""
    data = dict(shipped.contents(first_start))["courses/courses.csv"]
    return list(csv.DictReader(data.decode().splitlines(), strict=True))


@pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: path.stem)
def test_a_case_has_a_full_head_and_all_sections(path: Path) -> None:
    head, parts = sections(path)
    assert list(head) == ["id", "title", "domain", "equipment", "example"]
    assert head["example"] == "true"
    assert re.fullmatch(rf"S-{PREFIXES[head['domain']]}-\d\d", head["id"])
    assert path.stem.startswith(head["domain"]) and path.name.isascii()
    assert list(parts) == SECTIONS
    assert all(20 <= len(part) <= 400 for part in parts.values()), "a section is one passage"


@pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: path.stem)
def test_a_case_numbers_its_steps_from_one(path: Path) -> None:
    _, parts = sections(path)
    for name, least in (("原因", 3), ("处理步骤", 5), ("验证", 2)):
        lines = parts[name].splitlines()
        assert [line.split(". ")[0] for line in lines] == [str(number) for number in range(1, len(lines) + 1)]
        assert len(lines) >= least
        assert all(line.endswith("。") for line in lines)


@pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: path.stem)
def test_every_number_in_a_case_carries_a_unit(path: Path) -> None:
    _, parts = sections(path)
    for part in parts.values():
        plain = CODES.sub("〓", re.sub(r"^\d+\. ", "", part, flags=re.M))
        bare = [
            plain[max(0, match.start() - 12) : match.end() + 6]
            for match in QUANTITY.finditer(plain)
            if not re.match(rf" ?(?:{UNITS})(?![A-Za-z])", plain[match.end() :])
        ]
        assert bare == []


@pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: path.stem)
def test_a_case_knows_the_words_of_the_shop_floor(path: Path) -> None:
    _, parts = sections(path)
    line = parts["现象"].splitlines()[-1]
    assert line.startswith("常听到的说法：")
    assert line.endswith("。")
    assert line.count("、") >= 2


@pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: path.stem)
def test_a_case_can_be_checked_by_measuring(path: Path) -> None:
    _, parts = sections(path)
    assert len(re.findall(rf"\d ?(?:{UNITS})", parts["验证"])) >= 2


def test_every_domain_has_its_cases() -> None:
    count = Counter(sections(path)[0]["domain"] for path in SOLUTIONS)
    assert {domain: count[domain] for domain in PREFIXES if count[domain] < AT_LEAST.get(domain, 3)} == {}
    assert len(SOLUTIONS) >= 48


def test_case_numbers_and_titles_are_unique() -> None:
    heads = [sections(path)[0] for path in SOLUTIONS]
    assert len({head["id"] for head in heads}) == len({head["title"] for head in heads}) == len(heads)


def test_no_two_cases_are_nearly_the_same() -> None:
    shingles = {}
    for path in SOLUTIONS:
        text = re.sub(r"\W", "", "".join(sections(path)[1].values()))
        shingles[path.stem] = {text[at : at + 4] for at in range(len(text) - 3)}
    close = [
        (first, second)
        for first, second in combinations(shingles, 2)
        if len(shingles[first] & shingles[second]) > 0.12 * min(len(shingles[first]), len(shingles[second]))
    ]
    assert close == []


def test_the_catalogue_is_large_and_mixed() -> None:
    rows = courses(FIRST)
    assert list(rows[0]) == COLUMNS
    assert len(rows) >= 26
    assert len({row["编号"] for row in rows}) == len({row["课程名称"] for row in rows}) == len(rows)
    assert {row["级别"] for row in rows} == {"入门", "初级", "中级", "高级"}
    assert {place for row in rows for place in PLACES if row["地点"].startswith(place)} == set(PLACES)
    assert all(row["示例"] == "是" for row in rows)
    assert sum(int(row["名额"]) == 0 for row in rows) >= 2
    plc = [
        row for row in rows if "PLC" in row["课程名称"] and "周六" in row["上课时间"] and int(row["费用（元）"]) <= 2000
    ]
    assert sum(int(row["名额"]) > 0 and date.fromisoformat(row["开课日期"]) > FIRST for row in plc) >= 2


def test_prices_and_seats_are_sane() -> None:
    for row in courses(FIRST):
        assert 0 <= int(row["费用（元）"]) <= 6800
        assert 0 <= int(row["名额"]) <= 80
        assert (row["方式"] == "线上") == row["地点"].startswith("线上")
    assert sum(0 < int(row["费用（元）"]) <= 2000 for row in courses(FIRST)) >= 8


@pytest.mark.parametrize("first_start", DAYS, ids=str)
def test_every_course_begins_and_ends_on_a_day_of_its_timetable(first_start: date) -> None:
    for row in courses(first_start):
        start, end = date.fromisoformat(row["开课日期"]), date.fromisoformat(row["结束日期"])
        days = timetable(row["上课时间"])
        assert start <= end <= start + timedelta(days=60)
        assert start.weekday() == min(days), row["编号"]
        assert end.weekday() == max(days), row["编号"]
        assert "周末" not in row["课程名称"] or days <= {5, 6}


@pytest.mark.parametrize("first_start", DAYS, ids=str)
def test_some_courses_are_over_and_most_are_to_come_on_any_first_start(first_start: date) -> None:
    rows = courses(first_start)
    over = [row for row in rows if date.fromisoformat(row["结束日期"]) < first_start]
    coming = [row for row in rows if date.fromisoformat(row["开课日期"]) > first_start + timedelta(days=3)]
    assert len(over) + len(coming) == len(rows)
    assert len(over) >= 2
    assert all("本期已结束" in row["简介"] for row in over)
    assert not any("本期已结束" in row["简介"] for row in coming)


def timetable(text: str) -> set[int]:
    """The weekdays, Monday 0, that a timetable names: 周一至周五, or 周二、周四."""
    if span := re.match("周(.)至周(.)", text):
        return set(range(WEEKDAYS.index(span[1]), WEEKDAYS.index(span[2]) + 1))
    return {WEEKDAYS.index(day) for day in re.findall("周(.)", text)}


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("+9", date(2026, 3, 20)),
        ("-20", date(2026, 2, 19)),
        ("sat+9", date(2026, 3, 21)),
        ("wed+0", date(2026, 3, 11)),  # the first start is a Wednesday
        ("tue+0", date(2026, 3, 17)),
        ("start+8", date(2026, 4, 9)),
    ],
)
def test_a_relative_date_is_counted_from_the_first_start(cell: str, day: date) -> None:
    assert resolve(cell, first_start=FIRST, start=date(2026, 4, 1)) == day


@pytest.mark.parametrize("cell", ["", "2026-03-01", "9", "sat", "sat+", "sun 3", "SAT+3", "start+8"])
def test_another_notation_is_refused(cell: str) -> None:
    with pytest.raises(BadNotation):
        resolve(cell, first_start=FIRST)


def tree(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_rendering_writes_every_file_with_absolute_dates(tmp_path: Path) -> None:
    render(tmp_path, first_start=FIRST)
    written = tree(tmp_path)
    assert set(written) - {shipped.RECORD} == {name for name, _ in shipped.contents(FIRST)}
    assert {name.split("/")[0] for name in written} >= {"courses", "solutions"}
    assert not any("README" in name or name.endswith(".part") for name in written)
    assert not re.search(r",(start|[a-z]{3})?[+-]\d", written["courses/courses.csv"].decode())


def test_rendering_again_touches_nothing(tmp_path: Path) -> None:
    render(tmp_path, first_start=FIRST)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    render(tmp_path, first_start=FIRST)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_rendering_the_same_day_elsewhere_gives_the_same_bytes(tmp_path: Path) -> None:
    render(tmp_path / "a", first_start=FIRST)
    render(tmp_path / "b", first_start=FIRST)
    assert tree(tmp_path / "a") == tree(tmp_path / "b")


def test_rendering_heals_what_a_kill_left_and_removes_what_is_no_longer_shipped(tmp_path: Path) -> None:
    render(tmp_path, first_start=FIRST)
    whole = tree(tmp_path)
    name = next(iter(sorted(whole)))
    record = tmp_path / shipped.RECORD
    record.write_text(record.read_text().replace("{", '{"solutions/gone.md": "", "../outside.md": "",', 1))
    (tmp_path / "solutions" / "gone.md").write_text("an earlier version shipped this")
    (tmp_path / "solutions" / "mine.md").write_text("the operator wrote this")
    (tmp_path / "courses" / "courses.csv").write_text("half a fi")
    render(tmp_path, first_start=FIRST)
    healed = tree(tmp_path)
    assert healed.pop("solutions/mine.md") == b"the operator wrote this"
    assert healed == whole and name in healed


def test_a_damaged_record_is_no_reason_to_fail(tmp_path: Path) -> None:
    (tmp_path / shipped.RECORD).write_text("[1, 2")
    render(tmp_path, first_start=FIRST)
    assert (tmp_path / "courses" / "courses.csv").is_file()


def test_a_half_written_file_never_stands_under_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Path, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space"):
        render(tmp_path, first_start=FIRST)
    assert tree(tmp_path) == {}


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("shipped")
    render(target, first_start=FIRST)
    return target


def readings(folder: Path, kind: Kind) -> list[Reading]:
    """Every file of a rendered folder as the house reads it."""
    found = walk([folder])
    assert found.skipped == ()
    return [read_file(file.path, source=file.source, kind=kind) for file in found.files]


@pytest.mark.parametrize(
    ("folder", "kind"), [("policies", Kind.POLICY), ("courses", Kind.COURSE), ("solutions", Kind.SOLUTION)]
)
def test_every_shipped_file_is_read_without_a_complaint(rendered: Path, folder: str, kind: Kind) -> None:
    for reading in readings(rendered / folder, kind):
        assert (reading.source, reading.refused, reading.notes) == (reading.source, None, ())
        assert reading.passages


def test_every_shipped_course_is_read_whole(rendered: Path) -> None:
    read = [
        course
        for reading in readings(rendered / "courses", Kind.COURSE)
        for document in reading.documents
        for course in document.courses
    ]
    rows = courses(FIRST)
    assert len(read) == len(rows)
    for course, row in zip(read, rows, strict=True):
        assert (course.id, course.title, course.level) == (row["编号"], row["课程名称"], row["级别"])
        assert (course.start, course.end) == (
            date.fromisoformat(row["开课日期"]),
            date.fromisoformat(row["结束日期"]),
        )
        assert (course.price, course.seats) == (int(row["费用（元）"]), int(row["名额"]))
        assert (course.hours, course.place, course.summary) == (row["上课时间"], row["地点"], row["简介"])
        assert course.online == (row["方式"] == "线上")
        assert course.example


def test_every_shipped_case_is_read_whole(rendered: Path) -> None:
    read = [document for reading in readings(rendered / "solutions", Kind.SOLUTION) for document in reading.documents]
    assert len(read) == len(SOLUTIONS)
    for document, path in zip(read, SOLUTIONS, strict=True):
        head, parts = sections(path)
        case = document.solution
        assert case is not None
        assert document.example and case.example
        assert (case.id, case.title, case.domain) == (head["id"], head["title"], head["domain"])
        assert document.title == head["title"]
        assert [case.symptom, case.cause, case.steps, case.verification, case.limits] == list(parts.values())[:5]
        assert parts["设备与条件"] in case.equipment

"""Facts that a text states about itself are read; what it does not state stays open."""

from datetime import date
from pathlib import Path

import pytest

from corpora.dates import find_dates, last_day, read_date, read_months
from corpora.document import Document
from corpora.front import is_number
from corpora.loaders.text import load
from corpora.regions import read_region
from corpora.regulation import structure
from tests.corpora.outlines import read


def regulation(closing: str, *, signed: str = "2024年2月29日", title: str = "海川市工坊管理办法") -> Document:
    return read(
        f"海川市工信局关于印发《{title}》的通知\n海工信发〔2024〕7号\n各区县工信局：\n现印发给你们，请认真贯彻执行，并及时反馈情况。\n海川市工信局\n{signed}\n"
        f"{title}\n第一条 为管理工坊，制定本办法。\n第二条 {closing}\n"
    )


@pytest.mark.parametrize(
    ("closing", "effective", "until"),
    [
        ("本办法自发布之日起施行，有效期两年。", date(2024, 2, 29), date(2026, 2, 28)),
        ("本办法自2024年7月1日起施行，有效期5年。", date(2024, 7, 1), date(2029, 6, 30)),
        ("本办法自印发之日起30日后施行，有效期为三年。", date(2024, 3, 30), date(2027, 3, 29)),
        ("本办法自2024年7月1日起施行，有效期至2026年12月31日。", date(2024, 7, 1), date(2026, 12, 31)),
        ("本办法自二〇二四年七月一日起试行，试行期一年。", date(2024, 7, 1), date(2025, 6, 30)),
        ("本办法自2024年7月1日起施行。", date(2024, 7, 1), None),
        ("工坊证书有效期三年。", None, None),
        ("本办法由市工信局负责解释。", None, None),
    ],
)
def test_force_and_validity_are_read_from_the_closing_provision(
    closing: str, effective: date | None, until: date | None
) -> None:
    document = regulation(closing)
    assert (document.effective, document.valid_until) == (effective, until)


def test_a_cover_gives_number_issuer_date_and_region() -> None:
    document = regulation("本办法自发布之日起施行。")
    assert document.title == "海川市工坊管理办法"
    assert document.number == "海工信发〔2024〕7号"
    assert document.issuer == "海川市工信局"
    assert document.region == "海川市"
    assert document.issued == date(2024, 2, 29)


def test_a_date_in_chinese_numerals_is_a_date() -> None:
    assert regulation("略。", signed="二〇二四年九月十九日").issued == date(2024, 9, 19)


def test_what_is_repealed_is_named_with_its_number() -> None:
    document = regulation("《海川市学徒办法》（海工信发〔2019〕2号）和原《海川市师傅办法》同时废止。")
    assert document.replaces == ("海川市学徒办法", "海工信发〔2019〕2号", "海川市师傅办法")


@pytest.mark.parametrize(
    ("title", "draft"),
    [
        ("海川市工坊办法（征求意见稿）", True),
        ("海川市工坊办法（草案）", True),
        ("海川市工坊办法（送审稿）", True),
        ("海川市工坊办法（试行）", False),
    ],
)
def test_a_draft_says_so_in_its_title(title: str, draft: bool) -> None:
    assert regulation("略。", title=title).draft is draft


@pytest.mark.parametrize(
    ("number", "is_one"),
    [
        ("青西新发〔2024〕10号", True),
        ("湘工信人教〔2026〕187号", True),
        ("甲政办发[2021]3号", True),
        ("甲政办发（2021）第3号", True),
        ("海川市人民政府令第45号", True),
        ("第三条", False),
        ("海川市工信局", False),
    ],
)
def test_document_numbers_are_known_in_every_bracket(number: str, is_one: bool) -> None:
    assert is_number(number) is is_one


@pytest.mark.parametrize(
    ("issuer", "title", "body", "region"),
    [
        ("湖南省工业和信息化厅", "", "", "湖南省"),
        ("中共青岛西海岸新区工委、青岛西海岸新区管委", "", "", "青岛西海岸新区"),
        ("青岛市委人才办", "", "", "青岛市"),
        ("长沙市工业和信息化局", "", "", "长沙市"),
        ("湖南省长沙市工业和信息化局", "", "", "长沙市"),
        ("广西壮族自治区人民政府", "", "", "广西壮族自治区"),
        ("", "青岛探索人才新路", "", "青岛市"),
        ("", "云山县扶持小微工厂若干措施", "", "云山县"),
        ("工业和信息化部", "关于工程师培养的通知", "湖北 湖北 湖北", None),
        ("", "联盟建设参考方案", "联盟由企业组成。", None),
        ("", "多地出台措施", "各地行动。浙江先行。江苏跟进。广东推进。浙江再行。江苏再进。广东再推。浙江总结。", None),
    ],
)
def test_the_region_comes_from_issuer_then_title_then_text(
    issuer: str, title: str, body: str, region: str | None
) -> None:
    assert read_region(issuer, title, body) == region


def test_a_period_ends_the_day_before_its_anniversary() -> None:
    assert last_day(date(2026, 5, 15), 24) == date(2028, 5, 14)
    assert last_day(date(2024, 1, 1), 12) == date(2024, 12, 31)
    assert last_day(date(2024, 2, 29), 12) == date(2025, 2, 28)
    assert last_day(date(2023, 8, 31), 6) == date(2024, 2, 29)


def test_dates_and_periods_are_read_in_every_spelling() -> None:
    assert read_date("二〇二六年五月十五日") == date(2026, 5, 15)
    assert read_date("2026 年 5 月 15 日") == date(2026, 5, 15)
    assert read_date("2026-05-15") == date(2026, 5, 15)
    assert read_date("2026年2月30日") is None
    assert [day for _, day in find_dates("自2024年1月1日至2025年12月31日")] == [date(2024, 1, 1), date(2025, 12, 31)]
    assert [read_months(words) for words in ("两年", "3年", "18个月", "半年", "五")] == [24, 36, 18, 6, None]


@pytest.mark.parametrize(
    ("name", "facts"),
    [
        (
            "hunan-collaborative-centre-rules.txt",
            [
                (
                    "湘工信人教〔2026〕187号",
                    "湖南省工业和信息化厅",
                    "湖南省",
                    date(2026, 5, 15),
                    date(2026, 5, 15),
                    date(2028, 5, 14),
                )
            ],
        ),
        ("qingdao-digital-practice-base-standard.txt", [(None, None, "青岛市", None, None, None)]),
        ("qingdao-four-chains.txt", [(None, "青岛市委人才办", "青岛市", None, None, None)]),
        (
            "reference-plan-and-meeting-notice.txt",
            [
                (None, None, None, None, None, None),
                (None, "青岛西海岸新区人才工作领导小组办公室", "青岛西海岸新区", date(2026, 2, 6), None, None),
            ],
        ),
        (
            "west-coast-education-science-talent-reform.txt",
            [
                (
                    "青西新发〔2024〕10号",
                    "中共青岛西海岸新区工委、青岛西海岸新区管委",
                    "青岛西海岸新区",
                    date(2024, 9, 19),
                    None,
                    None,
                )
            ],
        ),
    ],
)
def test_the_facts_of_the_real_documents(seeds: Path, name: str, facts: list[tuple[object, ...]]) -> None:
    documents = structure(load((seeds / name).read_bytes(), name), source=name)
    assert [(d.number, d.issuer, d.region, d.issued, d.effective, d.valid_until) for d in documents] == facts


def test_the_event_of_a_notice_is_its_last_day() -> None:
    document = read(
        "海川协会关于举办培训班的通知\n各会员单位：\n决定举办数控培训班，现将有关事项通知如下，请组织参加。\n一、培训时间：2025年3月15日至16日\n二、地点：文化宫\n"
    )
    assert document.event == date(2025, 3, 16)

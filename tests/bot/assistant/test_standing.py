"""Which place and which document an answer goes by: the place asked for, said before, of the firm, of the centre; in force before what is not."""

from datetime import date

import pytest

from bot.assistant.answer import Assistant
from bot.assistant.shape import MAX_ANSWER_CHARS, Answer, Outcome
from bot.profile import Profile
from corpora.document import Document, Passage, Status
from retrieval.protocols import PUBLIC, Principal, Role

from ..fakes import TODAY, document, library

QUESTION = "驻站技师的生活补贴标准是按月发放每月给多少元"
Part = tuple[Document, list[Passage]]
FIRM = Principal(Role.SME, "o_1")


def rules(id: str, region: str | None, sum: str, **known: object) -> Part:
    facts: dict[str, object] = {
        "number": f"{id}工信〔2026〕{ord(id)}号",
        "region": region,
        "issued": date(2026, 1, 5),
        "effective": date(2026, 2, 1),
        "valid_until": date(2028, 1, 31),
    }
    title = f"{region or ''}工作站{'管理' if id < 'm' else '建设'}办法"
    return document(
        id,
        title,
        [
            ("第一条", "第一条 工作站由县级主管部门认定。"),
            ("第二条", f"第二条 驻站技师的生活补贴标准是按月发放每月给{sum}元钱。"),
            ("第三条", "第三条 本办法自公布之日起施行。"),
        ],
        **(facts | known),
    )


HUNAN, QINGDAO = rules("a", "湖南省", "三千"), rules("b", "青岛市", "五千")


def ask(
    *parts: Part, text: str = QUESTION, prev: tuple[str, ...] = (), region: str | None = None, firm: str | None = None
) -> Answer:
    assistant = Assistant(
        library(*parts), profile=Profile(region=region), today=lambda: TODAY, region_of=lambda organisation: firm
    )
    return assistant.ask(text, prev=prev, principal=FIRM if firm else PUBLIC)


def regions(answer: Answer) -> list[str | None]:
    return list(dict.fromkeys(citation.region for citation in answer.citations))


def test_where_regions_differ_and_none_is_known_both_sides_are_shown_with_their_names() -> None:
    answer = ask(HUNAN, QINGDAO)
    assert answer.outcome is Outcome.ANSWERED
    assert set(regions(answer)) == {"湖南省", "青岛市"}
    lead = answer.answer.split("依据")[0]
    assert "湖南省：《" in lead
    assert "青岛市：《" in lead
    assert "三千" in lead
    assert "五千" in lead
    assert [citation.n for citation in answer.citations] == list(range(1, len(answer.citations) + 1))
    assert len(answer.answer) + sum(len(citation.quote) for citation in answer.citations) <= MAX_ANSWER_CHARS


@pytest.mark.parametrize(
    ("given", "region", "said"),
    [
        ({"text": "湖南" + QUESTION}, "湖南省", ""),
        ({"text": "青岛的" + QUESTION}, "青岛市", ""),
        ({"region": "湖南省"}, "湖南省", "按中心所在地（湖南）来答"),
        ({"region": "青岛市"}, "青岛市", "按中心所在地（青岛）来答"),
        ({"region": "湖南省", "firm": "青岛市"}, "青岛市", "按您企业所在地（青岛）来答"),
        ({"region": "湖南省", "prev": ("我们厂在青岛",)}, "青岛市", "按您前面说的（青岛）来答"),
        ({"region": "青岛市", "text": "湖南" + QUESTION}, "湖南省", ""),
    ],
)
def test_the_place_that_is_known_decides_and_is_named(given: dict[str, object], region: str, said: str) -> None:
    answer = ask(HUNAN, QINGDAO, **given)  # type: ignore[arg-type]
    assert regions(answer) == [region]
    assert said in answer.answer
    assert ("没写地区" in answer.answer) is bool(said)


def test_one_region_alone_needs_no_word_about_places() -> None:
    answer = ask(HUNAN, region="湖南省")
    assert regions(answer) == ["湖南省"]
    assert "没写地区" not in answer.answer


def test_what_only_another_place_regulates_is_said_to_be_that() -> None:
    answer = ask(QINGDAO, region="湖南省")
    assert regions(answer) == ["青岛市"]
    assert "湖南文件里没有查到" in answer.answer
    assert "以下是青岛市的" in answer.answer


def test_what_holds_everywhere_stays() -> None:
    answer = ask(rules("n", None, "四千"), region="湖南省")
    assert answer.outcome is Outcome.ANSWERED
    assert "没写地区" not in answer.answer


def test_a_title_that_is_named_keeps_to_its_document() -> None:
    answer = ask(HUNAN, QINGDAO, text=f"a工信〔2026〕97号里{QUESTION}")
    assert regions(answer) == ["湖南省"]


@pytest.mark.parametrize(
    ("out", "status"),
    [
        ({"effective": date(2022, 1, 1), "valid_until": date(2023, 12, 31)}, Status.EXPIRED),
        ({"draft": True}, Status.DRAFT),
        ({"effective": date(2027, 1, 1)}, Status.NOT_YET),
    ],
)
def test_what_is_in_force_comes_before_what_is_not(out: dict[str, object], status: Status) -> None:
    old, new = rules("a", "湖南省", "两千", **out), rules("b", "湖南省", "三千")
    answer = ask(old, new)
    assert answer.citations[0].status is Status.IN_FORCE
    assert "三千" in answer.citations[0].quote
    alone = ask(old)
    assert alone.citations[0].status is status
    assert "注意：" in alone.answer.split("依据")[0]


def test_the_time_asked_for_decides_what_was_in_force() -> None:
    dates = {"effective": date(2022, 1, 1), "issued": date(2022, 1, 1), "valid_until": date(2023, 12, 31)}
    old = rules("b", "湖南省", "两千", number="湘工信〔2022〕7号", **dates)
    answer = ask(rules("a", "湖南省", "三千"), old, text=f"2022年{QUESTION}")
    assert "两千" in answer.citations[0].quote


def test_what_a_later_number_replaces_gives_way_and_names_it_where_it_stands_alone() -> None:
    old = rules("a", "湖南省", "两千")
    new = rules("b", "湖南省", "三千", replaces=("a工信〔2026〕97号",))
    assert "三千" in ask(old, new).citations[0].quote
    other = document(
        "c", "湖南省检测办法", [("第一条", "第一条 检测由机构承担。")], replaces=("a工信〔2026〕97号",), region="湖南省", number="湘检〔2026〕31号",
        issued=date(2026, 3, 1),
    )  # fmt: skip
    answer = ask(old, other)
    assert answer.citations[0].status is Status.SUPERSEDED
    assert "已被《湖南省检测办法》（湘检〔2026〕31号）替代" in answer.answer.split("依据")[0]


@pytest.mark.parametrize("same", ["number", "title"])
def test_a_digest_yields_to_its_original(same: str) -> None:
    original = rules("a", "湖南省", "三千")
    known = {"digest": True, "number": original[0].number if same == "number" else None}
    digest = rules("b", "湖南省", "三千五百", **known)
    if same == "title":
        digest = document(
            "b",
            f"{original[0].title}（摘要）",
            [("第二条", "第二条 驻站技师的生活补贴标准是按月发放每月给三千五百元钱。")],
            digest=True,
            region="湖南省",
        )
    answer = ask(original, digest)
    assert {citation.document_id for citation in answer.citations} == {"a"}
    assert ask(digest).citations[0].status is Status.DIGEST
    assert "摘要" in ask(digest).answer


def test_the_same_question_gives_the_same_answer() -> None:
    first, second = ask(HUNAN, QINGDAO), ask(HUNAN, QINGDAO)
    assert (first.answer, first.citations) == (second.answer, second.citations)

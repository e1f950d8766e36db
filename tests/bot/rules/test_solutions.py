"""The file of a case says what the copy says, whatever stands in it; what points to somebody is found in a copy."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.rules.redaction import Finding, Known
from bot.rules.solutions import FIELDS, case_file, case_name, case_of, remarks
from corpora.document import Extract, Kind, Solution
from corpora.reading import read_file
from corpora.solution import passages, understand

ID = "s_AAAAAAAAAAAAAAAAAAAA-_"
COPY = {
    "title": "注塑件缩水",
    "symptom": "筋位背面缩水",
    "cause": "保压不足",
    "steps": "1. 加保压\n2. 看件重",
    "verification": "连续 50 模合格",
    "limits": "薄壁件",
}


def read_back(shared: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Solution:
    """The case as the corpus reads it from its file."""
    path = tmp_path_factory.mktemp("case") / case_name(ID)
    path.write_text(case_file(ID, domain="moulding", shared=shared), encoding="utf-8")
    reading = read_file(path, source=path.name, kind=Kind.SOLUTION)
    [document] = reading.documents
    assert document.solution is not None and passages(document)
    return document.solution


def test_a_case_reads_back_as_it_was_written(tmp_path_factory: pytest.TempPathFactory) -> None:
    held = read_back(COPY, tmp_path_factory)
    assert (held.id, held.domain, held.title) == (ID, "moulding", COPY["title"])
    assert {field: getattr(held, field) for field in FIELDS} == {field: COPY[field] for field in FIELDS}


@pytest.mark.parametrize(
    "words",
    [
        "第一步\n## 原因\n这不是另一节",
        "---\nid: s_other\ntitle: 另一个案例\n---\n正文",
        "```\n没有闭合",
        "原因：写在行首",
        "# 大标题",
        "~~~\n代码",
        "现象\n\n\n\n多空行",
    ],
)
def test_no_words_open_a_section_or_another_case(words: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    held = read_back(COPY | {"steps": words}, tmp_path_factory)
    assert (held.id, held.cause, held.limits) == (ID, COPY["cause"], COPY["limits"])
    assert all(line.strip("#`~-＃｀～— \t") in held.steps for line in words.splitlines())


LINES = st.lists(st.text(st.sampled_from("#-`~ :：|>*_原因现象步骤1.abc"), max_size=12), min_size=1, max_size=6)


@settings(derandomize=True, deadline=None, max_examples=300)
@given(LINES)
def test_whatever_stands_in_a_field_the_others_stay_what_they_are(lines: list[str]) -> None:
    words = "\n".join(lines).strip()
    text = case_file(ID, domain="moulding", shared=COPY | {"symptom": words or "x"})
    documents = understand(Extract(text=text), source=case_name(ID))
    assert len(documents) == 1
    held = documents[0].solution
    assert held is not None
    assert (held.id, held.cause, held.steps, held.limits) == (ID, COPY["cause"], COPY["steps"], COPY["limits"])


def test_a_case_is_known_by_the_name_of_its_file() -> None:
    assert case_of(case_name(ID)) == ID
    for other in ("moulding-flash.md", "s_short.md", f"folder/{ID}.md", f"{ID}.txt", f"x{ID}.md"):
        assert case_of(other) is None


def test_an_empty_field_has_no_section() -> None:
    assert "适用范围" not in case_file(ID, domain="other", shared=COPY | {"limits": " "})


KNOWN = (
    Known(Finding.FIRM, "青岛海沧精密机械有限公司"),
    Known(Finding.NAME, "李四海"),
    Known(Finding.PHONE, "13800138000"),
)


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("青岛海沧精密机械有限公司的机床", Finding.FIRM),
        ("海沧精密的机床", Finding.FIRM),
        ("问李四海", Finding.NAME),
        ("问李经理", Finding.NAME),
        ("电话 138-0013-8000", Finding.PHONE),
        ("13912345678", Finding.PHONE),
        ("身份证 370202199003070011", Finding.IDENTITY),
    ],
)
def test_what_names_somebody_blocks(words: str, kind: Finding) -> None:
    found = remarks({"steps": words}, KNOWN)
    assert [(one.field, one.kind, one.blocks) for one in found] == [("steps", kind, True)]


@pytest.mark.parametrize(
    "words", ["换 S7-1200 的模块", "保压 80 MPa，转速 3000 r/min", "45 钢调质", "报价 5000 元", "王师傅说好"]
)
def test_figures_and_strangers_do_not_block(words: str) -> None:
    assert not any(one.blocks for one in remarks({"steps": words}, KNOWN))

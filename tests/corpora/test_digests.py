"""The shipped digests: own words, exact facts, nobody's private data."""

import re
from datetime import date
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "corpora" / "policies"
DIGESTS = sorted(FOLDER.glob("*.md"))
MAX_COMMON_RUN = 15  # Chinese characters, punctuation left out, that a digest may share with an official text
KEYS = {"status", "title", "number", "issuer", "region", "issued", "effective", "valid_until", "source_of"}
HAN = re.compile(r"[^\u4e00-\u9fff]")
NUMBER = re.compile(r"\d+(?:\.\d+)?")
# Official names that are not wording: bodies charged with a task, titles of other documents, numbered headings.
NAMES = re.compile(
    r"（责任单位：[^\n]*）$|《[^》]*》|^#+ .*$|^[（(]?[一二三四五六七八九十]+[）)、][^：。\n]{1,20}$", re.MULTILINE
)
ARTICLE = re.compile(r"^\s*(第[一二三四五六七八九十]+条)", re.MULTILINE)
CHARGED = re.compile(r"[（(]\s*责任单\s*位[：:]([^）)]*)[）)]")


def head_of(path: Path) -> dict[str, str]:
    """The lines between the two `---`."""
    head = path.read_text("utf-8").split("---\n")[1]
    return dict(line.split(": ", 1) for line in head.splitlines())


def body_of(path: Path) -> str:
    """All below the head."""
    return path.read_text("utf-8").split("---\n", 2)[2].strip()


def copied_runs(text: str, official: str, *, longest: int = MAX_COMMON_RUN) -> list[str]:
    """Windows of one character more than `longest` that stand in both, names and headings left out."""
    known = HAN.sub("", official)
    runs = []
    for line in NAMES.sub("\n", text).splitlines():
        words = HAN.sub("", line)
        runs += [words[i : i + longest + 1] for i in range(len(words) - longest) if words[i : i + longest + 1] in known]
    return runs


def official_texts(seeds: Path) -> str:
    return "\n".join(path.read_text("utf-8") for path in sorted(seeds.glob("*.txt")))


def original(seeds: Path, title: str) -> str:
    """The file that holds the document of this title; spaces and line ends inside a title do not matter."""
    wanted = HAN.sub("", title)
    for path in sorted(seeds.glob("*.txt")):
        if wanted in HAN.sub("", text := path.read_text("utf-8")):
            return text
    raise AssertionError(f"no real document is called {title}")


def numbers(text: str) -> list[str]:
    """Numbers as printed, leading zeros left out."""
    return [number.lstrip("0") for number in NUMBER.findall(text)]


@pytest.mark.parametrize("path", DIGESTS, ids=lambda path: path.stem)
def test_a_digest_says_in_its_head_what_it_digests(path: Path) -> None:
    head = head_of(path)
    assert head["status"] == "digest"
    assert head["title"] == f"《{head['source_of']}》摘要"
    assert set(head) <= KEYS
    for key in ("issued", "effective", "valid_until"):
        if key in head:
            date.fromisoformat(head[key])


@pytest.mark.parametrize("path", DIGESTS, ids=lambda path: path.stem)
def test_a_digest_begins_by_saying_that_it_is_not_the_original(path: Path) -> None:
    assert body_of(path).splitlines()[0] == "摘要，非原文 — 以原件为准。"


@pytest.mark.parametrize("path", DIGESTS, ids=lambda path: path.stem)
def test_a_digest_holds_no_personal_number(path: Path) -> None:
    assert re.findall(r"\d{7,}", body_of(path)) == []


def test_there_is_one_digest_for_each_real_document(seeds: Path) -> None:
    official = HAN.sub("", official_texts(seeds))
    titles = [head_of(path)["source_of"] for path in DIGESTS]
    assert len(set(titles)) == len(titles) == 6
    assert [title for title in titles if HAN.sub("", title) not in official] == []


def test_no_digest_is_named_like_a_real_file(seeds: Path) -> None:
    assert {path.stem for path in DIGESTS} & {path.stem for path in seeds.glob("*.txt")} == set()


@pytest.mark.parametrize("path", DIGESTS, ids=lambda path: path.stem)
def test_a_digest_is_in_its_own_words(path: Path, seeds: Path) -> None:
    assert copied_runs(body_of(path), official_texts(seeds)) == []


def test_a_copied_sentence_is_noticed() -> None:
    sentence = "各县应于每年三月底前将上一年度的执行情况报送市里"
    assert copied_runs(f"第三条 {sentence}。", f"总则。{sentence}，逾期通报。") != []
    assert copied_runs("第三条 三月底前各县报上年的情况。", f"总则。{sentence}，逾期通报。") == []


@pytest.mark.parametrize("path", DIGESTS, ids=lambda path: path.stem)
def test_every_number_in_a_digest_stands_in_the_original(path: Path, seeds: Path) -> None:
    official = numbers(original(seeds, head_of(path)["source_of"]))
    assert [number for number in numbers(body_of(path)) if number not in official] == []


@pytest.mark.parametrize("path", DIGESTS, ids=lambda path: path.stem)
def test_names_of_contact_persons_stay_in_the_original(path: Path, seeds: Path) -> None:
    contacts = re.findall(r"联系人：([\u4e00-\u9fff]{2,4})，", official_texts(seeds))
    attendees = re.findall(r"常委、组织部部长([\u4e00-\u9fff]{2,4})；", official_texts(seeds))
    assert contacts != []
    assert [name for name in (*contacts, *attendees) if name in path.read_text("utf-8")] == []


def test_a_digest_keeps_every_article_of_a_regulation(seeds: Path) -> None:
    kept = 0
    for path in DIGESTS:
        articles = ARTICLE.findall(original(seeds, head_of(path)["source_of"]))
        assert ARTICLE.findall(body_of(path)) == articles
        kept += len(articles)
    assert kept == 20


def test_a_digest_keeps_the_bodies_charged_with_each_task(seeds: Path) -> None:
    kept = 0
    for path in DIGESTS:
        bodies = [HAN.sub("", found) for found in CHARGED.findall(original(seeds, head_of(path)["source_of"]))]
        assert [HAN.sub("", found) for found in CHARGED.findall(body_of(path))] == bodies
        kept += len(bodies)
    assert kept == 18

"""Ingests killed with SIGKILL at random moments; after the next start the index must equal one built from scratch.

Each round changes some files, ingests in a child process, kills it, sometimes kills the next start as well, then starts
once more and compares: documents, passages, vectors, and what questions find with every score.
"""

from __future__ import annotations

import json
import os
import random
import select
import shutil
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from evals.soak.given import Given, Report
from evals.standins.embedder import BigramEmbedder
from retrieval.dense import preload
from retrieval.lexicon import Lexicon
from retrieval.library import Library
from retrieval.protocols import Principal, Query, Role
from retrieval.ranking import weights

STAFF = Principal(Role.STAFF)
KILLS = 100
FILES = 24  # few passages: then the vector store's search is exact and scores can be compared to the last digit
SECONDS_EACH = 0.004  # what the stand-in needs for a passage, so that kills also hit the embedding
SAME_SCORE = 1e-3  # sums of float32 depend on the order in which passages were stored
SUBJECTS = (
    "培育期",
    "共享工程师",
    "揭榜挂帅",
    "设备租用",
    "检测服务",
    "课程报名",
    "注塑工艺",
    "数控刀具",
    "焊接变形",
    "能耗诊断",
)
CONDITIONS = ("在湖南省内注册", "上年度无失信记录", "具备固定场所", "配备专职人员", "提交书面申请", "经专家评审")
RULES = (
    "应于三十日内办结。",
    "每年评估一次。",
    "按实际支出的百分之二十补助。",
    "由主管部门公布名单。",
    "逾期不再受理。",
)


@dataclass(slots=True)
class Outcome:
    """What the rounds gave."""

    kills: int = 0  # processes that died by the signal
    late: int = 0  # ingests that were done before the signal came
    second_kills: int = 0  # starts that were killed while they healed
    unequal: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "n": self.kills + self.late,
            "kills": self.kills,
            "late": self.late,
            "second_kills": self.second_kills,
            "unequal": self.unequal,
        }


def run(folder: Path, given: Given) -> Report:
    """So many killed ingests."""
    outcome = kill_ingests(folder, kills=given.kills or KILLS, rng=random.Random(given.seed))
    return Report(outcome.as_json(), outcome.unequal)


def kill_ingests(folder: Path, *, kills: int, rng: random.Random) -> Outcome:
    """Change, ingest, kill, start, compare, in one folder, until so many ingests were killed."""
    _import_what_children_need()
    documents, index = folder / "documents", folder / "index"
    outcome = Outcome()
    change(documents, rng, share=1.0)
    began = time.monotonic()
    in_child(lambda tell: _ingest(index, documents, tell))
    usual_s = time.monotonic() - began
    before = in_child(lambda tell: _state(index, catch_up=True)).result
    while outcome.kills < kills and outcome.late < 2 * kills:  # a machine may be too fast to be caught
        share = rng.choice((0.2, 0.5, 1.0))
        change(documents, rng, share=share)
        patience_s = rng.uniform(0, usual_s * (0.4 + 0.4 * share))
        ingest = in_child(lambda tell: _ingest(index, documents, tell), kill_after_s=patience_s)
        outcome.kills += ingest.killed
        outcome.late += not ingest.killed
        if rng.random() < 0.3:
            start = in_child(lambda tell: _state(index, catch_up=True), kill_after_s=rng.uniform(0, usual_s / 2))
            outcome.second_kills += start.killed
        after = in_child(lambda tell: _state(index, catch_up=True)).result
        expected = in_child(lambda tell: _from_scratch(folder / "scratch", documents)).result
        # an ingest that was killed before it began has changed nothing
        wrong = _difference(after, expected)
        if wrong and (ingest.told or _difference(after, before)):
            outcome.unequal.append(f"round {outcome.kills + outcome.late}: {wrong}")
        in_child(lambda tell: _ingest(index, documents, tell))
        before = expected
    return outcome


@dataclass(frozen=True, slots=True)
class _Ended:
    killed: bool
    told: bool  # it got as far as reading files
    result: Any


Tell = Callable[[], None]


def in_child(work: Callable[[Tell], Any], *, kill_after_s: float | None = None) -> _Ended:
    """Do the work in a forked process, which opens everything itself; kill it when its time is up."""
    reads, writes = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reads)
        _work_and_exit(work, writes)
    os.close(writes)
    deadline = None if kill_after_s is None else time.monotonic() + kill_after_s
    data = bytearray()
    killed = False
    while True:
        left = None if deadline is None or killed else max(0.0, deadline - time.monotonic())
        if not select.select([reads], [], [], left)[0]:
            os.kill(child, signal.SIGKILL)
            killed = True
            continue
        part = os.read(reads, 1 << 16)
        if not part:
            break
        data += part
    os.close(reads)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return _Ended(killed=True, told=bool(data), result=None)
    if os.waitstatus_to_exitcode(status):
        raise RuntimeError(f"a child process failed: {data.decode(errors='replace')[-2000:]}")
    return _Ended(killed=False, told=True, result=json.loads(data.lstrip(b".") or b"null"))


def _work_and_exit(work: Callable[[Tell], Any], writes: int) -> None:
    def tell() -> None:
        os.write(writes, b".")

    code = 1
    try:
        os.write(writes, json.dumps(work(tell)).encode())
        code = 0
    except BaseException as error:
        os.write(writes, f"{type(error).__name__}: {error}".encode())
    finally:
        os._exit(code)  # nothing of the parent may run here: no exit handlers, no flushing of its buffers


def _import_what_children_need() -> None:
    """Once, in the parent, which opens nothing: chromadb alone takes two seconds."""
    preload()
    Lexicon.load()
    weights()  # read once: a round compares two processes
    for name in ("corpora.reading", "corpora.regulation", "corpora.passages"):
        import_module(name)


def _open(index: Path) -> Library:
    return Library.open(index, embedder=BigramEmbedder(seconds_each=SECONDS_EACH))


def _ingest(index: Path, documents: Path, tell: Tell) -> None:
    library = _open(index)
    library.ingest([documents], progress=lambda what, done, total: tell())
    library.close()


def _from_scratch(index: Path, documents: Path) -> dict[str, Any]:
    shutil.rmtree(index, ignore_errors=True)
    library = Library.open(index, embedder=BigramEmbedder())
    library.ingest([documents])
    library.close()
    return _state(index, catch_up=False)


def _state(index: Path, *, catch_up: bool) -> dict[str, Any]:
    """All that the next start finds, in values that do not depend on the order in which things were stored."""
    library = _open(index)
    if catch_up:
        library.catch_up()
    documents = library.documents(STAFF)
    passages = [passage for document in documents for passage in library.passages(document.id, STAFF)]
    state = {
        "documents": sorted(document.id for document in documents),
        "passages": sorted(passage.id for passage in passages),
        "pending": library.pending,
        "found": {subject: _found(library, subject) for subject in (*SUBJECTS, *CONDITIONS)},
    }
    library.close()
    return state


def _found(library: Library, question: str) -> dict[str, float]:
    found = library.search(Query(question, top_k=1000), STAFF)
    return {hit.passage.id: hit.score for hit in found.hits}


def _difference(after: dict[str, Any], expected: dict[str, Any]) -> str:
    """What is not the same; empty when all is."""
    for part in ("documents", "passages", "pending"):
        if after[part] != expected[part]:
            return f"{part} differ"
    for question, scores in expected["found"].items():
        found = after["found"][question]
        if found.keys() != scores.keys():
            return f"{question} finds {len(found)} passages, not {len(scores)}"
        gap = max((abs(found[id_] - scores[id_]) for id_ in scores), default=0.0)
        if gap > SAME_SCORE:
            return f"{question} has scores that differ by {gap:.4f}"
    return ""


def change(documents: Path, rng: random.Random, *, share: float) -> None:
    """Write, rewrite or delete a share of the files."""
    documents.mkdir(parents=True, exist_ok=True)
    for number in range(FILES):
        if rng.random() > share:
            continue
        path = documents / f"rules{number}.txt"
        if rng.random() < 0.2:
            path.unlink(missing_ok=True)
        else:
            path.write_text(_regulation(number, rng), encoding="utf-8")


def _regulation(number: int, rng: random.Random) -> str:
    subject = rng.choice(SUBJECTS)
    articles = [
        f"第{'一二三四'[place]}条 关于{subject}，申请单位应当{rng.choice(CONDITIONS)}，编号{rng.randrange(10**6)}。{rng.choice(RULES)}"
        for place in range(rng.randint(1, 3))
    ]
    return "\n".join((f"{subject}管理办法（第{number}号）", *articles)) + "\n"

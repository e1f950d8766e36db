"""`python -m evals bench`: speed and memory, each beside what it is compared with in the same run.

    ask      a question at 3,000 passages, beside langchain with Chroma on the same passages
    scale    a question at 100,000 passages, beside 3,000
    ingest   real files into an index, beside the embedder alone on the same passages; then the same files unchanged
    serve    a server over 10,000 passages: until it is ready, and what it holds in memory

Large indexes hold real passages perturbed, with their vectors; nothing is embedded for them but a few hundred originals.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import select
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Protocol

from evals.cache import CachedEmbedder, default_folder
from evals.dataset import BadSet, Entry, read
from evals.report import table
from evals.standins.planted import Base, Planted, read_base
from retrieval.library import Library
from retrieval.protocols import PUBLIC, Principal, Query, Role

DATA = Path(__file__).resolve().parents[1] / "../shared/data/policy_qa"
ROWS = ("ask", "scale", "ingest", "serve")
SMALL, MIDDLE, LARGE = 3_000, 10_000, 100_000
ORIGINALS = 600  # passages that the copies are made from
QUESTIONS = 60
INGESTED = 120  # passages of the ingest row; they are really embedded
READY_S, RESIDENT_MB = 3.0, 500.0
_ADDRESS = re.compile(r"http://[\d.]+:\d+")

Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Given:
    """What every row needs."""

    corpus: Sequence[Entry]
    questions: Sequence[str]
    threads: int
    folder: Path


def run(argv: Sequence[str]) -> int:
    """Measure the rows asked for; 1 when one misses its mark."""
    parser = argparse.ArgumentParser(prog="python -m evals bench", description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=DATA, help="a retrieval set to take passages and questions from")
    parser.add_argument("--only", choices=ROWS, action="append", help="only this row; may be given several times")
    parser.add_argument("--threads", type=int, default=2, help="threads of the embedder")
    parser.add_argument("--large", type=int, default=LARGE, help="passages of the scale row")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    arguments = parser.parse_args(argv)
    try:
        data = read(arguments.data)
    except BadSet as error:
        print(error, file=sys.stderr)
        return 2
    rows = arguments.only or ROWS
    values: Values = {}
    with tempfile.TemporaryDirectory(prefix="wenzhen-bench-") as folder:
        step = max(len(data.questions) // QUESTIONS, 1)
        questions = [question.text for question in data.questions[::step][:QUESTIONS]]
        given = Given(data.corpus, questions, arguments.threads, Path(folder))
        if "ask" in rows or "scale" in rows or "serve" in rows:
            base, embedder = _base(given)
        if "ask" in rows or "scale" in rows:
            large = arguments.large if "scale" in rows else 0
            values |= measure_ask(given, base, embedder, rival="ask" in rows, large=large)
        if "serve" in rows:
            values |= measure_serve(given, base, embedder)
        if "ingest" in rows:
            values |= measure_ingest(given)
    values["n"] = len(questions)
    print(json.dumps(values, ensure_ascii=False) if arguments.json else table(values))
    return 0 if all(value for name, value in values.items() if name.endswith("_reached")) else 1


def measure_ask(given: Given, base: Base, embedder: CachedEmbedder, *, rival: bool, large: int) -> Values:
    """Time one question after another on every index in turn, so that a busy machine is busy for all."""
    from evals.rivals import LangChainChroma

    ways: dict[str, Callable[[str], object]] = {"embed": embedder.embed_query}
    small = _planted_library(given, base, embedder, SMALL)
    ways["search"] = lambda text: small.search(Query(text), PUBLIC)
    ways["ask"] = _assistant(small, given.folder).ask
    opened = [small]
    if rival:
        plain = LangChainChroma(given.folder / "rival", embedder)
        _fill_rival(plain, small, Planted(base, embedder))
        ways["rival"] = plain.ask
    if large:
        big = _planted_library(given, base, embedder, large)
        ways["search_large"] = lambda text: big.search(Query(text), PUBLIC)
        ways["ask_large"] = _assistant(big, given.folder).ask
        opened.append(big)
    times = _interleaved(ways, given.questions)
    for library in opened:
        library.close()
    values: Values = {f"{name}_ms_p50": statistics.median(each) for name, each in times.items()}
    if rival:
        search_ms = statistics.median(a - b for a, b in zip(times["rival"], times["embed"], strict=True))
        values["rival_search_ms_p50"] = search_ms
        values["ask_allowed_ms"] = values["embed_ms_p50"] + 5 * search_ms
        values["ask_reached"] = values["ask_ms_p50"] <= values["ask_allowed_ms"]
    if large:
        values["scale_passages"] = large
        values["scale_ratio"] = values["ask_large_ms_p50"] / values["ask_ms_p50"]
        values["scale_reached"] = values["scale_ratio"] <= 1.5
    return values


def measure_ingest(given: Given) -> Values:
    """Real files, really embedded: first the embedder alone, then the whole way, then the same again."""
    from retrieval.embedding import BuiltinEmbedder

    embedder = BuiltinEmbedder(threads=given.threads)
    embedder.load()
    folder = given.folder / "files"
    folder.mkdir()
    texts = _write_files(given.corpus, folder, passages=INGESTED)
    alone_s = _timed(lambda: embedder.embed_passages(texts))
    library = Library.open(given.folder / "ingest", embedder=embedder)
    library.search(Query("预热"), PUBLIC)  # opening the store is not part of the rate
    ingest_s = _timed(lambda: library.ingest([folder]))
    alone_s = (alone_s + _timed(lambda: embedder.embed_passages(texts))) / 2
    unchanged_s = min(_timed(lambda: library.ingest([folder])) for _ in range(3))
    library.close()
    rate, alone = len(texts) / ingest_s, len(texts) / alone_s
    return {
        "ingest_passages": len(texts),
        "ingest_per_s": rate,
        "embedder_alone_per_s": alone,
        "ingest_ratio": rate / alone,
        "ingest_reached": rate / alone >= 0.9,
        "unchanged_s": unchanged_s,
        "unchanged_times_faster": ingest_s / unchanged_s,
        "unchanged_reached": ingest_s / unchanged_s >= 100,
    }


def measure_serve(given: Given, base: Base, embedder: CachedEmbedder) -> Values:
    """A server of its own process over a planted index: seconds until ready, megabytes after some questions."""
    import httpx

    data = given.folder / "served"
    _planted_library(given, base, embedder, MIDDLE, index=data / "index").close()
    environment = {**os.environ, "WENZHEN_DATA": str(data), "WENZHEN_THREADS": str(given.threads)}
    command = [sys.executable, "-c", "from handlers.cli import main; main()", "serve", "--port", "0"]
    began = time.perf_counter()
    server = subprocess.Popen(
        command,
        env=environment,
        cwd=Path(__file__).resolve().parents[1],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        address = _address(server)
        with httpx.Client(base_url=address, timeout=60, trust_env=False) as client:
            while client.get("/readyz").status_code != 200:
                time.sleep(0.02)
            ready_s = time.perf_counter() - began
            times = [_timed(lambda: client.post("/api/v1/ask", json={"text": text})) for text in given.questions]  # noqa: B023
            first_s = times[0]
        resident_mb = _resident_mb(server.pid)
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(timeout=20)
    return {
        "serve_passages": MIDDLE,
        "serve_ready_s": ready_s,
        "serve_ready_reached": ready_s <= READY_S,
        "serve_first_answer_s": first_s,
        "serve_ask_ms_p50": statistics.median(times) * 1000,
        "serve_resident_mb": resident_mb,
        "serve_resident_reached": resident_mb <= RESIDENT_MB,
    }


class _Asks(Protocol):
    def ask(self, question: str) -> object: ...


def _assistant(library: Library, folder: Path) -> _Asks:
    from bot.assistant.answer import Assistant
    from bot.profile import Profile

    return Assistant(library, profile=Profile.load(folder / "profile.toml"), today=date.today)


def _base(given: Given) -> tuple[Base, CachedEmbedder]:
    from retrieval.embedding import BuiltinEmbedder

    builtin = BuiltinEmbedder(threads=given.threads)
    builtin.load()
    embedder = CachedEmbedder(builtin, default_folder())
    return read_base(given.corpus, embedder, passages=ORIGINALS), embedder


def _planted_library(
    given: Given, base: Base, embedder: CachedEmbedder, passages: int, *, index: Path | None = None
) -> Library:
    planted = Planted(base, embedder)
    files = given.folder / f"planted-{passages}"
    planted.write_files(files, passages=passages)
    library = Library.open(index or given.folder / f"index-{passages}", embedder=planted, read_file=planted.read_file)
    _say(f"planting {passages} passages")
    began = time.perf_counter()
    library.ingest([files], embed=False)
    while library.embed_pending(2000):
        pass
    library.catch_up()
    _say(f"planted in {time.perf_counter() - began:.0f} s")
    shutil.rmtree(files)
    return library


def _fill_rival(rival: Any, library: Library, planted: Planted) -> None:
    staff = Principal(Role.STAFF)
    texts, wholes, metadatas = [], [], []
    for document in library.documents(staff):
        # reading again tells the planted embedder which vectors belong to these passages
        planted.read_file(Path(document.source), source=document.source, kind=document.kind)
        for passage in library.passages(document.id, staff):
            texts.append(passage.text)
            wholes.append(f"{passage.context}\n{passage.text}" if passage.context else passage.text)
            metadatas.append({"source": document.source, "title": document.title, "clause": passage.clause})
    rival.add(texts, planted.embed_passages(wholes), metadatas)


def _interleaved(ways: Mapping[str, Callable[[str], object]], questions: Sequence[str]) -> dict[str, list[float]]:
    """Milliseconds of each way for each question; the first five questions warm up."""
    times: dict[str, list[float]] = {name: [] for name in ways}
    for text in questions[:5]:
        for way in ways.values():
            way(text)
    for text in questions:
        for name, way in ways.items():
            times[name].append(_timed(lambda: way(text)) * 1000)  # noqa: B023 - called at once
    return times


def _write_files(corpus: Sequence[Entry], folder: Path, *, passages: int) -> list[str]:
    """Files with so many passages; gives what is embedded for them."""
    from corpora.document import Kind
    from corpora.reading import read_file
    from retrieval.catalogue import embedded_text

    texts: list[str] = []
    for number, entry in enumerate(reversed(corpus)):
        path = folder / f"{number:06}.txt"
        path.write_text(f"{entry.title}\n{entry.text}", encoding="utf-8", errors="replace")
        reading = read_file(path, source=path.name, kind=Kind.POLICY)
        texts += [embedded_text(passage.context, passage.text) for passage in reading.passages]
        if len(texts) >= passages:
            break
    return texts


def _address(server: subprocess.Popen[str]) -> str:
    assert server.stdout is not None
    while select.select([server.stdout], [], [], 60)[0]:
        line = server.stdout.readline()
        found = _ADDRESS.search(line)
        if found:
            return found.group()
        if not line:
            break
    raise RuntimeError("the server did not say where it listens")


def _resident_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status).group(1)) / 1024  # type: ignore[union-attr]


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)

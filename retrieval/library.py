"""The library: everything indexed in one folder, behind one door that takes the principal. Ingests, heals, finds."""

import hashlib
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache, partial
from pathlib import Path
from typing import Any

import corpora
from corpora.document import Course, Document, Kind, Passage, Reading, Solution, Visibility
from corpora.walking import Found as FoundFile
from corpora.walking import Walk, walk
from retrieval.catalogue import Catalogue, KnownFile, Waiting
from retrieval.cohort import cohort_vectors
from retrieval.confidence import judge
from retrieval.errors import Closing, EmbedderUnavailable, IndexBroken, NotWritable
from retrieval.index import Index, Shelf
from retrieval.lexicon import Lexicon
from retrieval.protocols import Embedder, Found, Hit, Principal, Query, Vectors
from retrieval.ranking import DENSE_CANDIDATES, Ranked, merged, rank, take_apart

EMBED_BATCH = 32  # passages; a few seconds, so that a stop is soon obeyed and a kill loses little
_RACE_NS = 2_000_000_000  # a file changed this shortly before it was looked at may change again under the same stamp
_PATIENCE_S = 10.0  # how long a question waits for an index that is being healed
_DOCUMENTS_HELD = 64  # with their text
_SETS_HELD = 8  # of documents to search in: all but some digests, those of a place

Progress = Callable[[str, int, int], None]  # what is being done, how much is done, of how much
Reader = Callable[..., Reading]  # corpora.reading.read_file

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Remark:
    """One sentence about one file."""

    source: str
    text: str


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What an ingest did. Counts are of files, but for the last two: what now stands in the index from the paths given."""

    read: int = 0
    unchanged: int = 0
    removed: int = 0
    skipped: tuple[Remark, ...] = ()  # not read, and why
    notes: tuple[Remark, ...] = ()  # not understood, or the same as another file
    documents: int = 0
    passages: int = 0

    def as_json(self) -> dict[str, Any]:
        """Plain values; reports of several ingests may be added up key by key."""
        return {
            "read": self.read,
            "unchanged": self.unchanged,
            "removed": self.removed,
            "skipped": [{"source": remark.source, "reason": remark.text} for remark in self.skipped],
            "notes": [{"source": remark.source, "note": remark.text} for remark in self.notes],
            "documents": self.documents,
            "passages": self.passages,
        }


@dataclass(slots=True)
class _Tally:
    """A report in the making."""

    read: int = 0
    unchanged: int = 0
    removed: int = 0
    skipped: list[Remark] = field(default_factory=list)
    notes: list[Remark] = field(default_factory=list)
    seen: set[Path] = field(default_factory=set)


class _Light:
    """All documents without text and tree, as they were after so many changes."""

    def __init__(self, changes: int, by_number: dict[int, Document]) -> None:
        self.changes = changes
        self.by_number = by_number
        self._seen: dict[frozenset[Visibility], tuple[Document, ...]] = {}
        self._numbers = {document.id: number for number, document in by_number.items()}
        self._asked: OrderedDict[frozenset[str], list[int]] = OrderedDict()  # numbers of the sets asked for of late

    def seen_by(self, sees: frozenset[Visibility]) -> tuple[Document, ...]:
        """Those of the visibilities given, in order."""
        seen = self._seen.get(sees)
        if seen is None:
            seen = tuple(document for document in self.by_number.values() if document.visibility in sees)
            self._seen[sees] = seen
        return seen

    def numbers(self, ids: frozenset[str]) -> list[int]:
        """Numbers of the documents with these ids; unknown ids are left out."""
        asked = self._asked.get(ids)
        if asked is None:
            asked = [self._numbers[each] for each in ids if each in self._numbers]
            self._asked[ids] = asked
            while len(self._asked) > _SETS_HELD:
                self._asked.popitem(last=False)
        return asked


class Library:
    """Implements Finder, and keeps what is found. Thread safe; one process at a time may open a folder."""

    def __init__(self, folder: Path, *, embedder: Embedder, read_file: Reader | None = None) -> None:
        """Use `Library.open`."""
        self._catalogue = Catalogue(folder / "catalogue.sqlite", embedder=embedder.name)
        self._index = Index(folder, self._catalogue, embedder=embedder.name, cohort=partial(cohort_vectors, embedder))
        self._embedder = embedder
        self._read_file = read_file or _read_file
        self._changing = threading.RLock()  # one ingest at a time; also whoever heals
        self._embedding = threading.Lock()  # one batch at a time
        self._is_closing = False
        self._changes = 0  # counts what was stored and removed, so that no stale list is kept
        self._light = _Light(-1, {})
        self._whole: OrderedDict[int, Document] = OrderedDict()  # the latest used, with text
        self._grown: OrderedDict[int, Document] = OrderedDict()  # the latest used, with text and tree
        self._holding = threading.Lock()

    @classmethod
    def open(cls, folder: Path, *, embedder: Embedder | None = None, read_file: Reader | None = None) -> "Library":
        """Open the index in a folder, or begin an empty one. Takes milliseconds: what is derived opens at first use.

        Args:
            folder: Made where missing.
            embedder: The built-in one when left out.
            read_file: Another reader of files, for tests.

        Raises:
            IndexBroken: the catalogue is damaged or of another version.
            NotWritable: the folder cannot be written.
        """
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise NotWritable(f"无法建立索引文件夹 {folder}（{error.strerror}），请检查磁盘空间与目录权限。") from error
        if embedder is None:
            from retrieval.embedding import BuiltinEmbedder

            embedder = BuiltinEmbedder()
        return cls(folder, embedder=embedder, read_file=read_file)

    def close(self) -> None:
        """Let go of files. An ingest under way ends after the file that it reads; the next start finishes it."""
        self._is_closing = True
        with self._changing:
            # a batch under way is not waited for: it looks whether it may still store what it computed
            self._index.close()
            self._catalogue.close()

    # finding

    def search(self, query: Query, principal: Principal) -> Found:
        """The passages that best answer, among those that the principal may see.

        Words alone decide while vectors are missing or the embedder cannot be reached.
        """
        self._prepare_to_search()
        shelves = [shelf for shelf in self._index.shelves() if _is_open_to(shelf, query, principal)]
        if not shelves:
            return Found()
        groups = self._documents().numbers(query.documents) if query.documents else None
        asked = take_apart(query.text, lexicon=Lexicon.load())
        vector = self._vector_of(asked.embedded) if query.meaning is None else query.meaning
        parts = []
        for shelf in shelves:
            near = () if vector is None else self._index.nearest(shelf.collection.name, vector, DENSE_CANDIDATES)
            parts.append(
                rank(asked, shelf.keywords, vector=vector, table=shelf.table, near=near, groups=groups)  # type: ignore[arg-type]
            )
        ranked = merged(parts)
        verdict = judge(ranked)
        hits = self._hits(ranked, query.top_k)
        few = len(ranked) <= 2 * query.top_k
        return Found(hits, verdict.confidence, verdict.answered, verdict.near, verdict.blind, few, meaning=vector)

    def document(self, document_id: str, principal: Principal) -> Document | None:
        """The whole document with its tree, or None where there is none that this principal may see."""
        for number in self._catalogue.document_numbers([document_id]):
            document = self._held(self._grown, number, self._catalogue.document)
            if document is not None and document.visibility in principal.sees:
                return document
        return None

    def documents(self, principal: Principal) -> Sequence[Document]:
        """All documents, ordered by source then place in the file. Text and tree are left out: ask `document` for them."""
        return self._documents().seen_by(principal.sees)

    def passages(self, document_id: str, principal: Principal) -> Sequence[Passage]:
        """All passages of one document in order."""
        for number in self._catalogue.document_numbers([document_id]):
            known = self._documents().by_number.get(number)
            if known is not None and known.visibility in principal.sees:
                return self._catalogue.passages_of(number)
        return []

    def courses(self, principal: Principal) -> Sequence[tuple[Course, Document]]:
        """All catalogue rows that the principal may see, each with its document and text."""
        return [(course, document) for document in self._of_kind(Kind.COURSE, principal) for course in document.courses]

    def solutions(self, principal: Principal) -> Sequence[tuple[Solution, Document]]:
        """All solved cases that the principal may see, each with its document and text."""
        return [
            (document.solution, document)
            for document in self._of_kind(Kind.SOLUTION, principal)
            if document.solution is not None
        ]

    # keeping

    @property
    def pending(self) -> int:
        """How many passages have no vector yet; they are found by words alone."""
        return self._catalogue.waiting_count()

    def ingest(
        self, paths: Sequence[Path], *, kind: Kind = Kind.POLICY, progress: Progress | None = None, embed: bool = True
    ) -> IngestReport:
        """Bring files and folders into the index as they are now; unchanged files cost a look at their stamp.

        Each file is stored in one transaction. An ingest that is killed is finished by `catch_up`.

        Args:
            paths: Files and folders. What a folder held before and holds no more leaves the index.
            kind: What the files are read as.
            progress: Told of every file read and every batch embedded.
            embed: Compute missing vectors too; else they are left to `catch_up`.

        Raises:
            NotWritable: the disk is full or read-only. Files done so far are stored; the rest is done next time.
        """
        paths = [path.absolute() for path in paths]
        tell = progress or _tell_nobody
        with self._changing:
            job = self._catalogue.begin_job(paths, kind)
            report = self._ingest(paths, kind, tell)
            self._catalogue.end_job(job)
            self._refresh(tell)
        try:
            if embed:
                self._embed_all(tell, stop=_never)
        except EmbedderUnavailable as error:
            # the files are stored and found by words; the vectors follow with the next ingest or start
            report = replace(report, notes=(*report.notes, Remark("向量", str(error))))
        return report

    def catch_up(self, *, stop: Callable[[], bool] | None = None, progress: Progress | None = None) -> None:
        """Load everything, and finish what an earlier process left: damage, ingests under way, missing vectors.

        Raises:
            EmbedderUnavailable: vectors cannot be computed.
            NotWritable: the disk is full or read-only.
        """
        tell = progress or _tell_nobody
        self._warm_up()
        with self._changing:
            for job in self._catalogue.jobs():
                report = self._ingest(list(job.paths), job.kind, tell)
                log.info("finished an earlier ingest: %d read, %d removed", report.read, report.removed)
                self._catalogue.end_job(job.number)
            self._refresh(tell)
        self._embed_all(tell, stop=stop or _never)

    def _warm_up(self) -> None:
        """Load what the first question would wait for."""
        Lexicon.load()
        try:
            self._embedder.embed_query("")
        except EmbedderUnavailable as error:
            log.warning("%s", error)

    def embed_pending(self, batch: int = EMBED_BATCH) -> int:
        """Compute the vectors of the next passages without one; gives how many passages were done.

        Raises:
            EmbedderUnavailable: vectors cannot be computed.
        """
        with self._embedding:
            waiting = [] if self._is_closing else self._catalogue.waiting(batch)
            if not waiting:
                return 0
            texts = {each.digest: each.text for each in waiting}
            vectors = dict(zip(texts, self._embedder.embed_passages(list(texts.values())), strict=True))
            with self._changing:
                if self._is_closing:
                    return 0
                self._keep_vectors(waiting, vectors)
        return len(waiting)

    def _keep_vectors(self, waiting: Sequence[Waiting], vectors: Mapping[bytes, Vectors]) -> None:
        self._catalogue.put_vectors(vectors, [each.number for each in waiting])
        if self._index.has_vectors:
            for name in {each.collection for each in waiting}:
                mine = [each for each in waiting if each.collection == name]
                self._index.add_vectors(
                    name, [each.number for each in mine], _rows(vectors[each.digest] for each in mine)
                )

    def remove_examples(self) -> int:
        """Take the shipped examples out of the index; gives how many files that were. One's own content stays."""
        with self._changing:
            examples = self._catalogue.paths_of_examples()
            for path in examples:
                self._remove(path)
            self._refresh(_tell_nobody)
        return len(examples)

    def first_start(self, today: date) -> date:
        """The day of the first start, from which the examples count; `today` the first time this is asked."""
        known = self._catalogue.remembered("first_start")
        if known is None:
            self._catalogue.remember("first_start", today.isoformat())
            return today
        return date.fromisoformat(known)

    def stats(self) -> dict[str, Any]:
        """Figures for people and machines."""
        files, documents, passages = self._catalogue.totals()
        return {
            "files": files,
            "documents": documents,
            "passages": passages,
            "pending": self.pending,
            "refused": [{"source": source, "reason": reason} for source, reason in self._catalogue.refusals()],
            "embedder": self._embedder.name,
        }

    # ingest, step by step

    def _ingest(self, paths: Sequence[Path], kind: Kind, tell: Progress) -> IngestReport:
        found = walk(paths)
        tally = _Tally(skipped=[Remark(each.source, each.reason) for each in found.skipped])
        known = {file.path: file for path in paths for file in self._catalogue.files_under(path)}
        for place, file in enumerate(found.files):
            if self._is_closing:
                raise Closing("服务正在停止，导入会在下次启动时接着完成。")
            tell("读取文件", place, len(found.files))
            if file.path not in tally.seen:
                tally.seen.add(file.path)
                self._visit(file, kind, known.get(file.path) or self._catalogue.file_at(file.path), tally)
        for path in _gone(known, found, paths):
            self._remove(path)
            tally.removed += 1
        for path in found.missing:
            if not any(each.is_relative_to(path.absolute()) for each in known):
                tally.skipped.append(Remark(path.name, "找不到这个路径。"))
        self._read_freed(tally)
        tell("读取文件", len(found.files), len(found.files))
        return self._report(paths, tally)

    def _report(self, paths: Sequence[Path], tally: _Tally) -> IngestReport:
        numbers = {file.number for path in paths for file in self._catalogue.files_under(path)}
        documents, passages = self._catalogue.counts_of(numbers)
        return IngestReport(
            read=tally.read,
            unchanged=tally.unchanged,
            removed=tally.removed,
            skipped=tuple(tally.skipped),
            notes=tuple(tally.notes),
            documents=documents,
            passages=passages,
        )

    def _visit(self, found: FoundFile, kind: Kind, known: KnownFile | None, tally: _Tally) -> None:
        """Look at one file and do what is needed."""
        try:
            file = _stamped(found, kind)
            if known is not None and _is_untouched(known, file):
                tally.unchanged += 1
                return
            file = replace(file, digest=_digest(found.path))
        except OSError as error:
            # what was read from it before stays: it may be a moment's trouble
            tally.skipped.append(Remark(found.source, f"打不开（{error.strerror}），请检查权限或磁盘。"))
            return
        if known is not None and (known.digest, known.kind, known.reader) == (file.digest, kind, file.reader):
            self._catalogue.restamp(file)
            tally.unchanged += 1
            return
        self._take_in(file, tally)

    def _take_in(self, file: KnownFile, tally: _Tally) -> None:
        twin = self._catalogue.indexed_twin(file.digest, file.kind, besides=file.path)
        if twin is not None and not twin.path.exists():
            if (twin.source, twin.reader) == (file.source, file.reader):
                self._catalogue.move(twin.number, file)
                tally.unchanged += 1
                return
            self._remove(twin.path)
            twin = None
        if twin is not None:
            self._put(replace(file, same_as=twin.number), Reading(source=file.source))
            tally.read += 1
            tally.notes.append(Remark(file.source, f"内容与 {twin.source} 完全相同，没有重复收录。"))
            return
        reading = self._read_file(file.path, source=file.source, kind=file.kind)
        if reading.refused is None:
            tally.read += 1
            tally.notes += [Remark(file.source, note) for note in reading.notes]
        else:
            tally.skipped.append(Remark(file.source, reading.refused))
        self._put(replace(file, refused=reading.refused, notes=reading.notes), reading)

    def _put(self, file: KnownFile, reading: Reading) -> None:
        self._catalogue.put(file, reading)
        self._changes += 1

    def _remove(self, path: Path) -> None:
        self._catalogue.remove(path)
        self._changes += 1

    def _read_freed(self, tally: _Tally) -> None:
        """Index files that stood back behind a file of the same content which has gone."""
        for file in self._catalogue.files_to_read_again():
            if not file.path.exists():
                self._remove(file.path)
                continue
            found = FoundFile(path=file.path, source=file.source, root=file.path)
            self._visit(found, file.kind, None, tally)

    def _refresh(self, tell: Progress) -> None:
        tell("更新索引", 0, 0)
        self._index.refresh_keywords()
        self._index.refresh_vectors()

    def _embed_all(self, tell: Progress, *, stop: Callable[[], bool]) -> None:
        total = self.pending
        since_tables = done = 0
        while not stop():
            count = self.embed_pending()
            if not count:
                break
            done += count
            since_tables += count
            tell("计算向量", done, max(total, done + self.pending))
            if since_tables > max(1000, done // 4):
                self._index.refresh_tables()
                since_tables = 0
        if done and not self._is_closing:
            self._index.refresh_tables()

    # finding, step by step

    def _prepare_to_search(self) -> None:
        """Open what is derived. While another thread heals it, wait a little, then make do with what is there."""
        if self._index.has_keywords and self._index.has_vectors:
            return
        if not self._changing.acquire(timeout=_PATIENCE_S):
            return
        try:
            if not self._index.has_keywords:
                self._index.refresh_keywords()
            if not self._index.has_vectors:
                self._index.refresh_vectors()
        except IndexBroken:
            log.exception("searching by words alone: the vector store cannot be opened")
        finally:
            self._changing.release()

    def _vector_of(self, text: str) -> Vectors | None:
        if not self._index.has_vectors:
            return None
        try:
            return self._embedder.embed_query(text)
        except EmbedderUnavailable as error:
            log.warning("searching by words alone: %s", error)
            return None

    def _hits(self, ranked: Ranked, count: int) -> tuple[Hit, ...]:
        hits: list[Hit] = []
        for start in range(0, len(ranked), count):
            part = range(start, min(start + count, len(ranked)))
            found = self._catalogue.passages([int(ranked.ids[place]) for place in part])
            for place in part:
                held = found.get(int(ranked.ids[place]))  # an ingest may have removed it meanwhile
                document = self._document(held.document) if held else None
                if held and document:
                    hits.append(Hit(held.passage, document, float(ranked.scores[place]), ranked.evidence(place)))
            if len(hits) >= count:
                break
        return tuple(hits[:count])

    def _documents(self) -> "_Light":
        changes, held = self._changes, self._light
        if held.changes != changes:
            held = _Light(changes, dict(self._catalogue.light_documents()))
            self._light = held
        return held

    def _of_kind(self, kind: Kind, principal: Principal) -> list[Document]:
        """With their text."""
        numbers = [
            number
            for number, document in self._documents().by_number.items()
            if document.kind is kind and document.visibility in principal.sees
        ]
        return [document for document in map(self._document, numbers) if document is not None]

    def _document(self, number: int) -> Document | None:
        """With its text, without its tree."""
        return self._held(self._whole, number, self._read_document)

    def _read_document(self, number: int) -> Document | None:
        document = self._documents().by_number.get(number)
        if document is None:  # stored this very moment
            return self._catalogue.document(number)
        text = self._catalogue.text_of(number)
        return document if text is None else replace(document, text=text)

    def _held(
        self, held: OrderedDict[int, Document], number: int, read: Callable[[int], Document | None]
    ) -> Document | None:
        """A document from those used of late, else read now. A number is never given to another document."""
        with self._holding:
            if number in held:
                held.move_to_end(number)
                return held[number]
        document = read(number)
        if document is not None:
            with self._holding:
                held[number] = document
                while len(held) > _DOCUMENTS_HELD:
                    held.popitem(last=False)
        return document


def _is_open_to(shelf: Shelf, query: Query, principal: Principal) -> bool:
    return shelf.collection.kind in query.kinds and shelf.collection.visibility in principal.sees


def _stamped(found: FoundFile, kind: Kind) -> KnownFile:
    """A file as its stamp shows it; the digest is left empty."""
    looked_at = time.time_ns()
    status = found.path.stat()
    return KnownFile(
        path=found.path,
        source=found.source,
        kind=kind,
        digest=b"",
        size=status.st_size,
        mtime_ns=status.st_mtime_ns,
        checked_ns=looked_at,
        reader=_reading_code(),
    )


def _is_untouched(known: KnownFile, now: KnownFile) -> bool:
    same = (known.size, known.mtime_ns, known.kind, known.reader) == (now.size, now.mtime_ns, now.kind, now.reader)
    return same and known.mtime_ns < known.checked_ns - _RACE_NS


def _gone(known: dict[Path, KnownFile], found: Walk, paths: Sequence[Path]) -> list[Path]:
    """Known files that no longer lie under the paths. What is in a folder that could not be listed is left alone."""
    there = {file.path for file in found.files}
    unlisted = [path / skipped.source for path in paths for skipped in found.skipped]
    return [
        path
        for path in known
        if path not in there and not any(folder != path and path.is_relative_to(folder) for folder in unlisted)
    ]


def _digest(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).digest()


@cache
def _reading_code() -> str:
    """A digest of the code that reads files: when it changes, files are read again at the next ingest."""
    digest = hashlib.blake2b(digest_size=8)
    for path in sorted(Path(corpora.__file__).parent.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _read_file(path: Path, *, source: str, kind: Kind) -> Reading:
    from corpora.reading import read_file

    return read_file(path, source=source, kind=kind)


def _rows(vectors: Iterable[Any]) -> Vectors:
    import numpy as np

    return np.stack(list(vectors)).astype(np.float32)


def _tell_nobody(what: str, done: int, total: int) -> None:
    """The progress of an ingest that nobody watches."""


def _never() -> bool:
    return False

"""What is indexed, in SQLite: files, documents, passages, cached vectors, ingests under way. The truth of the index.

Everything else in the index folder is derived from here and can be thrown away. One connection writes (and checkpoints:
SQLite before 3.51.3 can corrupt a WAL file that two connections checkpoint at once); readers borrow one of their own.
"""

import json
import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from corpora.document import Document, Kind, Passage, Reading, Visibility
from retrieval.errors import IndexBroken, NotWritable, RetrievalError
from retrieval.protocols import Vectors
from retrieval.records import (
    document_from_json,
    document_to_json,
    passage_from_json,
    passage_to_json,
    tree_to_json,
    with_tree,
)

SCHEMA_VERSION = 1
_VARIABLES = 500  # placeholders in one statement
Value = TypeVar("Value")
_FULL = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN)
_BROKEN = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_SCHEMA = """
-- paths are bytes: a file name need not be text
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE collections (
    number INTEGER PRIMARY KEY, kind TEXT NOT NULL, visibility TEXT NOT NULL,
    generation INTEGER NOT NULL,  -- rises with every change of its passages
    UNIQUE (kind, visibility)
);
CREATE TABLE files (
    number INTEGER PRIMARY KEY AUTOINCREMENT, path BLOB NOT NULL UNIQUE, source TEXT NOT NULL, kind TEXT NOT NULL,
    digest BLOB NOT NULL, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, checked_ns INTEGER NOT NULL,
    reader TEXT NOT NULL, refused TEXT, notes TEXT NOT NULL,
    same_as INTEGER REFERENCES files (number) ON DELETE SET NULL
);
CREATE INDEX files_by_digest ON files (digest);
CREATE INDEX files_by_twin ON files (same_as) WHERE same_as IS NOT NULL;
CREATE TABLE documents (
    number INTEGER PRIMARY KEY AUTOINCREMENT, file INTEGER NOT NULL REFERENCES files (number) ON DELETE CASCADE,
    id TEXT NOT NULL UNIQUE, place INTEGER NOT NULL, source TEXT NOT NULL, collection INTEGER NOT NULL,
    record TEXT NOT NULL, text TEXT NOT NULL, tree TEXT NOT NULL
);
CREATE INDEX documents_by_file ON documents (file);
CREATE TABLE passages (
    number INTEGER PRIMARY KEY AUTOINCREMENT,  -- never used twice: the vector store and the keywords know it by this
    document INTEGER NOT NULL REFERENCES documents (number) ON DELETE CASCADE,
    collection INTEGER NOT NULL, place INTEGER NOT NULL, digest BLOB NOT NULL,
    text TEXT NOT NULL, context TEXT NOT NULL, record TEXT NOT NULL
);
CREATE INDEX passages_by_document ON passages (document, place);
CREATE INDEX passages_by_collection ON passages (collection);
CREATE TABLE vectors (digest BLOB PRIMARY KEY, vector BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE waiting (
    passage INTEGER PRIMARY KEY REFERENCES passages (number) ON DELETE CASCADE, chars INTEGER NOT NULL
);
CREATE INDEX waiting_by_length ON waiting (chars);
CREATE TABLE jobs (number INTEGER PRIMARY KEY AUTOINCREMENT, paths TEXT NOT NULL, kind TEXT NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class Collection:
    """What is searched together: one kind at one visibility."""

    number: int
    kind: Kind
    visibility: Visibility
    generation: int

    @property
    def name(self) -> str:
        """ASCII, as the vector store wants it."""
        return f"{self.kind}-{self.visibility}"


@dataclass(frozen=True, slots=True)
class KnownFile:
    """A file as it was when it was last looked at."""

    path: Path
    source: str
    kind: Kind
    digest: bytes
    size: int
    mtime_ns: int
    checked_ns: int  # when it was looked at
    reader: str  # the reading code that read it
    refused: str | None = None
    notes: tuple[str, ...] = ()
    number: int = 0  # 0 until it is stored
    same_as: int | None = None  # the file of the same content that is indexed in its place


@dataclass(frozen=True, slots=True)
class Waiting:
    """A passage without a vector."""

    number: int
    collection: str
    digest: bytes
    text: str  # what is embedded


@dataclass(frozen=True, slots=True)
class Job:
    """An ingest that was begun and not finished."""

    number: int
    paths: tuple[Path, ...]
    kind: Kind


@dataclass(frozen=True, slots=True)
class FoundPassage:
    """A passage with the number of its document."""

    passage: Passage
    document: int


class Catalogue:
    """The catalogue of one index folder. Thread safe."""

    def __init__(self, path: Path, *, embedder: str) -> None:
        """Open the catalogue, or make an empty one.

        Args:
            path: The SQLite file; its folder exists.
            embedder: Name of the embedder; vectors of another one are forgotten.

        Raises:
            IndexBroken: the file is not a catalogue of this version or is damaged.
            NotWritable: the disk is full or the folder cannot be written.
        """
        self._path = path
        self._lock = threading.RLock()
        self._readers: list[sqlite3.Connection] = []  # those that nobody reads through now; appending is atomic
        self._is_closed = False
        with _explained(path):
            self._writer = self._connect()
            self._writer.execute("PRAGMA journal_mode = WAL")
            self._writer.execute("PRAGMA synchronous = FULL")
            self._writer.execute("PRAGMA foreign_keys = ON")
            self._prepare(embedder)

    def close(self) -> None:
        """Close every connection; one that is being read through closes when that ends. Waits for a transaction."""
        with self._lock:
            self._is_closed = True
            while self._readers:
                self._readers.pop().close()
            self._writer.close()

    # files

    def files_under(self, path: Path) -> list[KnownFile]:
        """The files known at a path or below it, in order of path."""
        here = os.fsencode(path)
        inside = here.rstrip(b"/") + b"/"
        return [
            _file(row)
            for row in self._read(
                "SELECT * FROM files WHERE path = ? OR (path > ? AND path < ?) ORDER BY path",
                (here, inside, inside[:-1] + b"0"),  # 0 follows /
            )
        ]

    def file_at(self, path: Path) -> KnownFile | None:
        """The file known at exactly this path."""
        return next(
            (_file(row) for row in self._read("SELECT * FROM files WHERE path = ?", (os.fsencode(path),))), None
        )

    def indexed_twin(self, digest: bytes, kind: Kind, *, besides: Path) -> KnownFile | None:
        """Another file of the same content and kind whose documents are indexed."""
        rows = self._read(
            "SELECT * FROM files WHERE digest = ? AND kind = ? AND path != ? AND same_as IS NULL AND refused IS NULL",
            (digest, kind, os.fsencode(besides)),
        )
        return next((_file(row) for row in rows), None)

    def counts_of(self, files: Iterable[int]) -> tuple[int, int]:
        """How many documents and passages the files hold."""
        documents = passages = 0
        for part in _parts(list(files)):
            marks = _marks(part)
            for (count,) in self._read(f"SELECT count(*) FROM documents WHERE file IN ({marks})", part):
                documents += count
            joined = f"SELECT count(*) FROM passages JOIN documents d ON d.number = document WHERE d.file IN ({marks})"
            for (count,) in self._read(joined, part):
                passages += count
        return documents, passages

    def put(self, file: KnownFile, reading: Reading) -> None:
        """Store a file and what was read from it, in the place of what was known at its path; one transaction."""
        with self.transaction() as db:
            self._delete(db, file.path)
            number = _insert_file(db, file)
            touched = {
                self._insert_document(db, number, place, document, reading)
                for place, document in enumerate(reading.documents)
            }
            self._touch(db, touched - {None})
            if None in touched:
                other = self._owner_of_any(db, reading.documents, besides=number)
                db.execute("UPDATE files SET same_as = ? WHERE number = ?", (other, number))

    def restamp(self, file: KnownFile) -> None:
        """Remember that a file was looked at and has not changed, under the stamps given."""
        with self.transaction() as db:
            db.execute(
                "UPDATE files SET size = ?, mtime_ns = ?, checked_ns = ? WHERE path = ?",
                (file.size, file.mtime_ns, file.checked_ns, os.fsencode(file.path)),
            )

    def move(self, number: int, file: KnownFile) -> None:
        """A known file lies at another path now; its content and its source name are the same."""
        with self.transaction() as db:
            db.execute("DELETE FROM files WHERE path = ? AND number != ?", (os.fsencode(file.path), number))
            db.execute(
                "UPDATE files SET path = ?, size = ?, mtime_ns = ?, checked_ns = ? WHERE number = ?",
                (os.fsencode(file.path), file.size, file.mtime_ns, file.checked_ns, number),
            )

    def remove(self, path: Path) -> None:
        """Forget a file and all that was read from it; one transaction."""
        with self.transaction() as db:
            self._delete(db, path)

    def files_to_read_again(self) -> list[KnownFile]:
        """Files that stood back behind another one's content, which has gone since."""
        return [_file(row) for row in self._read("SELECT * FROM files WHERE reader = '' ORDER BY path")]

    def paths_of_examples(self) -> list[Path]:
        """Files all of whose documents are shipped examples."""
        rows = self._read(
            "SELECT f.path FROM files f JOIN documents d ON d.file = f.number GROUP BY f.number"
            " HAVING min(json_extract(d.record, '$.example')) = 1 ORDER BY f.path"
        )
        return [Path(os.fsdecode(path)) for (path,) in rows]

    # jobs

    def begin_job(self, paths: Sequence[Path], kind: Kind) -> int:
        """Remember an ingest, so that a killed one is finished at the next start."""
        with self.transaction() as db:
            listed = json.dumps([str(path) for path in paths])  # in ASCII: a name need not be text
            return int(db.execute("INSERT INTO jobs (paths, kind) VALUES (?, ?)", (listed, kind)).lastrowid or 0)

    def end_job(self, number: int) -> None:
        """Forget an ingest that is done."""
        with self.transaction() as db:
            db.execute("DELETE FROM jobs WHERE number = ?", (number,))

    def jobs(self) -> list[Job]:
        """Unfinished ingests, oldest first."""
        rows = self._read("SELECT number, paths, kind FROM jobs ORDER BY number")
        return [Job(number, tuple(map(Path, json.loads(paths))), Kind(kind)) for number, paths, kind in rows]

    # documents and passages

    def collections(self) -> list[Collection]:
        """Every collection that ever held a passage."""
        rows = self._read("SELECT number, kind, visibility, generation FROM collections ORDER BY number")
        return [Collection(number, Kind(kind), Visibility(seen), generation) for number, kind, seen, generation in rows]

    def document_numbers(self, ids: Iterable[str]) -> list[int]:
        """Numbers of the documents with these ids; unknown ids are left out."""
        found: list[int] = []
        for part in _parts(list(ids)):
            found += [
                number for (number,) in self._read(f"SELECT number FROM documents WHERE id IN ({_marks(part)})", part)
            ]
        return found

    def light_documents(self) -> list[tuple[int, Document]]:
        """All documents with their numbers, without text and tree, ordered by source, then place in the file."""
        rows = self._read("SELECT number, record FROM documents ORDER BY source, file, place")
        return [(number, document_from_json(record)) for number, record in rows]

    def text_of(self, number: int) -> str | None:
        """The text of one document."""
        return next((text for (text,) in self._read("SELECT text FROM documents WHERE number = ?", (number,))), None)

    def document(self, number: int) -> Document | None:
        """One document with its text and its tree."""
        for record, text, branches in self._read(
            "SELECT record, text, tree FROM documents WHERE number = ?", (number,)
        ):
            return with_tree(document_from_json(record, text=text), branches)
        return None

    def passages_of(self, document: int) -> list[Passage]:
        """All passages of a document in order."""
        rows = self._read(f"{_SELECT_PASSAGE} WHERE p.document = ? ORDER BY p.place", (document,))
        return [_passage(row).passage for row in rows]

    def passages(self, numbers: Sequence[int]) -> dict[int, FoundPassage]:
        """Passages by number; those that are gone are left out."""
        found = {}
        for part in _parts(numbers):
            for row in self._read(f"{_SELECT_PASSAGE} WHERE p.number IN ({_marks(part)})", part):
                found[row[0]] = _passage(row)
        return found

    def entries(self, collection: int) -> Iterator[tuple[int, str, str, int]]:
        """What the keyword index holds: passage number, headline, body, document number; in order of passage.

        Read in parts, so that the texts of a large collection are never in memory together. A change of the collection
        in between is possible: the caller compares generations.
        """
        after = 0
        while rows := self._read(_SELECT_ENTRIES, (collection, after)):
            yield from rows
            after = rows[-1][0]

    def totals(self) -> tuple[int, int, int]:
        """How many files, documents and passages there are."""
        (row,) = self._read(
            "SELECT (SELECT count(*) FROM files WHERE refused IS NULL), (SELECT count(*) FROM documents),"
            " (SELECT count(*) FROM passages)"
        )
        return row[0], row[1], row[2]

    def refusals(self) -> list[tuple[str, str]]:
        """Files that could not be read: source and why."""
        return list(self._read("SELECT source, refused FROM files WHERE refused IS NOT NULL ORDER BY source"))

    # vectors

    def waiting_count(self) -> int:
        """How many passages have no vector yet."""
        ((count,),) = self._read("SELECT count(*) FROM waiting")
        return int(count)

    def waiting(self, count: int) -> list[Waiting]:
        """The shortest passages without a vector: of one length, they embed fastest together."""
        rows = self._read(
            "SELECT p.number, c.kind || '-' || c.visibility, p.digest, p.context, p.text FROM waiting w"
            " JOIN passages p ON p.number = w.passage JOIN collections c ON c.number = p.collection"
            " ORDER BY w.chars, w.passage LIMIT ?",
            (count,),
        )
        return [
            Waiting(number, name, digest, embedded_text(context, text)) for number, name, digest, context, text in rows
        ]

    def put_vectors(self, vectors: Mapping[bytes, NDArray[np.float32]], passages: Sequence[int]) -> None:
        """Keep vectors by the digest of their text, and take passages off the waiting list; one transaction."""
        with self.transaction() as db:
            rows = [(digest, vector.astype(np.float16).tobytes()) for digest, vector in vectors.items()]
            db.executemany("INSERT OR REPLACE INTO vectors (digest, vector) VALUES (?, ?)", rows)
            db.executemany("DELETE FROM waiting WHERE passage = ?", [(number,) for number in passages])

    def vectors(self, numbers: Sequence[int]) -> tuple[list[int], Vectors]:
        """The passages of these that have a vector, and their vectors, row by row."""
        found: list[tuple[int, bytes]] = []
        for part in _parts(numbers):
            found += self._read(
                f"SELECT p.number, v.vector FROM passages p JOIN vectors v ON v.digest = p.digest WHERE p.number IN ({_marks(part)})",
                part,
            )
        if not found:
            return [], np.empty((0, 0), np.float32)
        rows = np.frombuffer(b"".join(vector for _, vector in found), np.float16).reshape(len(found), -1)
        return [number for number, _ in found], rows.astype(np.float32)

    def numbers_with_vectors(self, collection: int) -> set[int]:
        """The passages of a collection that can be in the vector store."""
        rows = self._read(
            "SELECT number FROM passages WHERE collection = ? EXCEPT SELECT passage FROM waiting", (collection,)
        )
        return {number for (number,) in rows}

    # settings of the index itself

    def remembered(self, name: str) -> str | None:
        """A value kept under a name."""
        return next((value for (value,) in self._read("SELECT value FROM meta WHERE name = ?", (name,))), None)

    def remember(self, name: str, value: str) -> None:
        """Keep a value under a name."""
        with self.transaction() as db:
            db.execute("INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)", (name, value))

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """The writing connection in a transaction: committed at the end, undone by any error.

        Raises:
            NotWritable: the disk is full or read-only; nothing of the transaction was kept.
            IndexBroken: the file is damaged.
        """
        with self._lock, _explained(self._path):
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield self._writer
                self._writer.execute("COMMIT")
            except BaseException:
                if self._writer.in_transaction:
                    self._writer.execute("ROLLBACK")
                raise

    def _read(self, statement: str, values: Sequence[Any] = ()) -> Any:
        """All rows of a query, through a connection that no other thread uses meanwhile."""
        with _explained(self._path):
            connection = self._reader()
            try:
                return connection.execute(statement, values).fetchall()
            finally:
                if self._is_closed:
                    connection.close()
                else:
                    self._readers.append(connection)

    def _reader(self) -> sqlite3.Connection:
        if self._is_closed:
            raise IndexBroken(f"索引 {self._path.parent} 已经关闭。")
        try:
            return self._readers.pop()
        except IndexError:
            connection = self._connect()
            connection.execute("PRAGMA query_only = ON")
            connection.execute("PRAGMA wal_autocheckpoint = 0")
            return connection

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self._path, timeout=30, isolation_level=None, check_same_thread=False)

    def _prepare(self, embedder: str) -> None:
        (version,) = self._writer.execute("PRAGMA user_version").fetchone()
        if version not in (0, SCHEMA_VERSION):
            raise IndexBroken(f"索引 {self._path.parent} 由另一个版本的程序写成，请删除这个文件夹后重新导入。")
        with self.transaction() as db:
            if version == 0:
                for statement in _statements(_SCHEMA):
                    db.execute(statement)
                db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
            known = db.execute("SELECT value FROM meta WHERE name = 'embedder'").fetchone()
            if known is None or known[0] != embedder:
                db.execute("INSERT OR REPLACE INTO meta (name, value) VALUES ('embedder', ?)", (embedder,))
                db.execute("DELETE FROM vectors")
                db.execute(
                    "INSERT OR IGNORE INTO waiting (passage, chars) SELECT number, length(context) + length(text) FROM passages"
                )

    def _delete(self, db: sqlite3.Connection, path: Path) -> None:
        known = db.execute("SELECT number FROM files WHERE path = ?", (os.fsencode(path),)).fetchone()
        if known is None:
            return
        touched = {row[0] for row in db.execute("SELECT DISTINCT collection FROM documents WHERE file = ?", known)}
        db.execute("UPDATE files SET reader = '' WHERE same_as = ?", known)
        db.execute("DELETE FROM files WHERE number = ?", known)
        self._touch(db, touched)

    def _insert_document(
        self, db: sqlite3.Connection, file: int, place: int, document: Document, reading: Reading
    ) -> int | None:
        """The collection it went into; None where the same document is indexed already."""
        collection = _collection_number(db, document.kind, document.visibility)
        values = (
            file,
            document.id,
            place,
            document.source,
            collection,
            document_to_json(document),
            document.text,
            tree_to_json(document.tree),
        )
        inserted = db.execute(
            "INSERT OR IGNORE INTO documents (file, id, place, source, collection, record, text, tree)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            values,
        )
        if not inserted.rowcount:
            return None
        number = inserted.lastrowid
        for passage in reading.passages:
            if passage.document_id == document.id:
                _insert_passage(db, passage, document=int(number or 0), collection=collection)
        return collection

    def _owner_of_any(self, db: sqlite3.Connection, documents: Sequence[Document], *, besides: int) -> int | None:
        for document in documents:
            row = db.execute("SELECT file FROM documents WHERE id = ? AND file != ?", (document.id, besides)).fetchone()
            if row is not None:
                return int(row[0])
        return None

    def _touch(self, db: sqlite3.Connection, collections: Iterable[int | None]) -> None:
        for number in collections:
            db.execute("UPDATE collections SET generation = generation + 1 WHERE number = ?", (number,))


def embedded_text(context: str, text: str) -> str:
    """What is embedded for a passage: its headline, then its words."""
    return f"{context}\n{text}" if context else text


_SELECT_ENTRIES = (
    "SELECT number, context, text, document FROM passages WHERE collection = ? AND number > ?"
    " ORDER BY number LIMIT 2000"
)
_SELECT_PASSAGE = (
    "SELECT p.number, p.document, p.place, p.text, p.context, p.record, d.id, c.kind FROM passages p"
    " JOIN documents d ON d.number = p.document JOIN collections c ON c.number = p.collection"
)


def _passage(row: Sequence[Any]) -> FoundPassage:
    _, document, place, text, context, record, document_id, kind = row
    passage = passage_from_json(
        record, document_id=document_id, kind=Kind(kind), text=text, context=context, order=place
    )
    return FoundPassage(passage, document)


def _insert_passage(db: sqlite3.Connection, passage: Passage, *, document: int, collection: int) -> None:
    whole = embedded_text(passage.context, passage.text)
    digest = blake2b(whole.encode("utf-8", "replace"), digest_size=16).digest()
    number = db.execute(
        "INSERT INTO passages (document, collection, place, digest, text, context, record) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (document, collection, passage.order, digest, passage.text, passage.context, passage_to_json(passage)),
    ).lastrowid
    if db.execute("SELECT 1 FROM vectors WHERE digest = ?", (digest,)).fetchone() is None:
        db.execute("INSERT INTO waiting (passage, chars) VALUES (?, ?)", (number, len(whole)))


def _collection_number(db: sqlite3.Connection, kind: Kind, visibility: Visibility) -> int:
    db.execute("INSERT OR IGNORE INTO collections (kind, visibility, generation) VALUES (?, ?, 0)", (kind, visibility))
    row = db.execute("SELECT number FROM collections WHERE kind = ? AND visibility = ?", (kind, visibility)).fetchone()
    return int(row[0])


def _insert_file(db: sqlite3.Connection, file: KnownFile) -> int:
    values = (
        os.fsencode(file.path),
        file.source,
        file.kind,
        file.digest,
        file.size,
        file.mtime_ns,
        file.checked_ns,
        file.reader,
        file.refused,
        json.dumps(file.notes, ensure_ascii=False),
        file.same_as,
    )
    inserted = db.execute(
        "INSERT INTO files (path, source, kind, digest, size, mtime_ns, checked_ns, reader, refused, notes, same_as)"
        f" VALUES ({_marks(values)})",
        values,
    )
    return int(inserted.lastrowid or 0)


def _file(row: Sequence[Any]) -> KnownFile:
    number, path, source, kind, digest, size, mtime_ns, checked_ns, reader, refused, notes, same_as = row
    return KnownFile(
        path=Path(os.fsdecode(path)),
        source=source,
        kind=Kind(kind),
        digest=digest,
        size=size,
        mtime_ns=mtime_ns,
        checked_ns=checked_ns,
        reader=reader,
        refused=refused,
        notes=tuple(json.loads(notes)),
        number=number,
        same_as=same_as,
    )


def _marks(values: Sequence[Any]) -> str:
    return ", ".join("?" * len(values))


def _parts(values: Sequence[Value]) -> Iterator[Sequence[Value]]:
    for start in range(0, len(values), _VARIABLES):
        yield values[start : start + _VARIABLES]


def _statements(script: str) -> Iterator[str]:
    """One by one, because `executescript` commits the transaction that it is in."""
    statement = ""
    for line in script.splitlines():
        statement += line + "\n"
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """SQLite's errors as sentences for people."""
    try:
        yield
    except RetrievalError:
        raise
    except sqlite3.DatabaseError as error:
        code = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
        if code in _BROKEN:
            raise IndexBroken(f"索引 {path.parent} 已损坏，请删除这个文件夹后重新导入。") from error
        if code in _FULL:
            raise NotWritable(
                f"索引 {path.parent} 无法写入，请检查磁盘空间与目录权限；已完成的部分没有受影响。"
            ) from error
        raise

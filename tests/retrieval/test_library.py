"""The library: what an ingest changes, what heals, who finds what."""

import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path

import pytest

from corpora.document import Kind, Reading
from retrieval.errors import Closing, EmbedderUnavailable, IndexBroken, NotWritable
from retrieval.library import IngestReport, Library
from retrieval.protocols import PUBLIC, Principal, Query, Role, Vectors
from tests.retrieval.fakes import BigramEmbedder, ParagraphReader, write

STAFF = Principal(Role.STAFF)
RULES = "培育期为一年。\n期满后由专家评估。\n"
MOULDING = "注塑件缩水时先查保压时间。\n再查模具温度。\n"
FILES = {"rules.txt": RULES, "cases/moulding.txt": MOULDING, "staff.txt": "内部值班电话贴在门后。\n"}

Open = Callable[[], Library]


@pytest.fixture
def reader() -> ParagraphReader:
    return ParagraphReader()


@pytest.fixture
def embedder() -> BigramEmbedder:
    return BigramEmbedder()


@pytest.fixture
def open_library(tmp_path: Path, reader: ParagraphReader, embedder: BigramEmbedder) -> Iterator[Open]:
    """Opens the one index folder again and again; closes what was opened before."""
    opened: list[Library] = []

    def open_() -> Library:
        for library in opened:
            library.close()
        opened[:] = [Library.open(tmp_path / "index", embedder=embedder, read_file=reader)]
        return opened[0]

    yield open_
    for library in opened:
        library.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(tmp_path / "in", FILES)


def texts(library: Library, question: str, principal: Principal = PUBLIC, **given: object) -> list[str]:
    found = library.search(Query(question, **given), principal)  # type: ignore[arg-type]
    return [hit.passage.text for hit in found.hits]


def everything(library: Library) -> set[tuple[str, str]]:
    documents = library.documents(STAFF)
    return {
        (document.source, passage.text) for document in documents for passage in library.passages(document.id, STAFF)
    }


def test_what_was_ingested_is_found(open_library: Open, folder: Path) -> None:
    library = open_library()
    report = library.ingest([folder])
    assert (report.read, report.documents, report.passages) == (3, 3, 5)
    assert texts(library, "注塑件老是缩水")[0] == "注塑件缩水时先查保压时间。"
    hit = library.search(Query("培育期多久"), PUBLIC).hits[0]
    assert hit.document.text == RULES
    assert hit.document.text[slice(*hit.passage.spans[0])] == "培育期为一年。"
    assert hit.passage.clause == "第1条"


def test_what_was_ingested_is_found_after_a_restart(open_library: Open, folder: Path) -> None:
    open_library().ingest([folder])
    assert texts(open_library(), "注塑件老是缩水")[0] == "注塑件缩水时先查保压时间。"


def test_what_the_principal_may_not_see_is_never_a_candidate(open_library: Open, folder: Path) -> None:
    library = open_library()
    library.ingest([folder])
    secret = "内部值班电话贴在门后。"
    assert texts(library, secret, STAFF)[0] == secret
    for role in (Role.PUBLIC, Role.SME, Role.ENGINEER):
        principal = Principal(role)
        assert secret not in texts(library, secret, principal, top_k=100)
        assert "staff.txt" not in {document.source for document in library.documents(principal)}
    (hidden,) = [document for document in library.documents(STAFF) if document.source == "staff.txt"]
    assert library.document(hidden.id, PUBLIC) is None
    assert library.passages(hidden.id, PUBLIC) == []
    assert texts(library, secret, PUBLIC, documents=frozenset({hidden.id})) == []
    whole = library.document(hidden.id, STAFF)
    assert whole is not None and whole.text == FILES["staff.txt"] and whole.tree.span == (0, len(whole.text))


def test_only_the_documents_asked_for_are_searched(open_library: Open, folder: Path) -> None:
    library = open_library()
    library.ingest([folder])
    (rules,) = [document for document in library.documents(PUBLIC) if document.source == "rules.txt"]
    found = texts(library, "注塑件缩水 评估", documents=frozenset({rules.id}), top_k=50)
    assert found and set(found) <= set(RULES.split("\n"))


def test_only_the_kinds_asked_for_are_searched(open_library: Open, folder: Path) -> None:
    library = open_library()
    library.ingest([folder / "rules.txt"])
    library.ingest([folder / "cases"], kind=Kind.SOLUTION)
    assert texts(library, "注塑件缩水", kinds=frozenset({Kind.SOLUTION}))[0].startswith("注塑件")
    assert not any("注塑" in text for text in texts(library, "注塑件缩水"))


def test_unchanged_files_are_neither_read_nor_embedded(
    open_library: Open, folder: Path, reader: ParagraphReader, embedder: BigramEmbedder
) -> None:
    open_library().ingest([folder])
    reader.read.clear()
    embedder.embedded.clear()
    report = open_library().ingest([folder])
    assert (report.read, report.unchanged, report.removed) == (0, 3, 0)
    assert (report.documents, report.passages) == (3, 5)
    assert (reader.read, embedder.embedded) == ([], [])


def test_a_file_touched_without_a_change_is_not_read(open_library: Open, folder: Path, reader: ParagraphReader) -> None:
    library = open_library()
    library.ingest([folder])
    (folder / "rules.txt").touch()
    reader.read.clear()
    assert library.ingest([folder]).unchanged == 3
    assert reader.read == []


def test_a_changed_file_is_read_and_only_its_new_words_embedded(
    open_library: Open, folder: Path, reader: ParagraphReader, embedder: BigramEmbedder
) -> None:
    library = open_library()
    library.ingest([folder])
    reader.read.clear()
    embedder.embedded.clear()
    (folder / "rules.txt").write_text("培育期为两年。\n期满后由专家评估。\n", encoding="utf-8")
    assert library.ingest([folder]).read == 1
    assert reader.read == ["rules.txt"]
    assert embedder.embedded == ["rules\n培育期为两年。"]
    assert "培育期为一年。" not in texts(library, "培育期多久", top_k=50)
    assert texts(library, "培育期多久")[0] == "培育期为两年。"


def test_a_folder_named_again_loses_what_was_removed_from_it(open_library: Open, folder: Path) -> None:
    library = open_library()
    library.ingest([folder])
    (folder / "cases/moulding.txt").unlink()
    report = library.ingest([folder])
    assert (report.removed, report.documents) == (1, 2)
    assert not any("注塑" in text for text in texts(library, "注塑件缩水"))


def test_another_folder_removes_nothing(open_library: Open, folder: Path, tmp_path: Path) -> None:
    library = open_library()
    library.ingest([folder])
    other = write(tmp_path / "in2", {"rules.txt": "另一份规定。\n"})
    assert library.ingest([other]).removed == 0
    assert len(library.documents(STAFF)) == 4


def test_a_known_path_that_is_gone_is_removed_and_an_unknown_one_reported(
    open_library: Open, folder: Path, tmp_path: Path
) -> None:
    library = open_library()
    library.ingest([folder])
    shutil.rmtree(folder)
    assert library.ingest([folder]).removed == 3
    report = library.ingest([tmp_path / "never"])
    assert [remark.source for remark in report.skipped] == ["never"]


def test_the_same_content_under_two_names_is_indexed_once(open_library: Open, folder: Path) -> None:
    library = open_library()
    write(folder, {"copy.txt": RULES})
    report = library.ingest([folder])
    assert len(report.notes) == 1 and "完全相同" in report.notes[0].text
    assert texts(library, "培育期多久", top_k=50).count("培育期为一年。") == 1
    assert library.ingest([folder]).unchanged == 4


def test_a_copy_takes_the_place_of_a_removed_original(open_library: Open, folder: Path, tmp_path: Path) -> None:
    library = open_library()
    library.ingest([folder])
    library.ingest([write(tmp_path / "elsewhere", {"copy.txt": RULES})])
    (folder / "rules.txt").unlink()
    library.ingest([folder])
    assert ("copy.txt", "培育期为一年。") in everything(library)


def test_a_moved_folder_is_known_again(
    open_library: Open, folder: Path, tmp_path: Path, reader: ParagraphReader
) -> None:
    library = open_library()
    library.ingest([folder])
    before = everything(library)
    reader.read.clear()
    folder.rename(tmp_path / "moved")
    assert library.ingest([tmp_path / "moved"]).unchanged == 3
    assert reader.read == []
    assert everything(library) == before
    assert library.ingest([folder]).removed == 0


def test_a_file_that_cannot_be_read_stops_nothing(open_library: Open, folder: Path) -> None:
    library = open_library()
    write(folder, {"broken.txt": "坏"})
    report = library.ingest([folder])
    assert report.read == 3
    assert [(remark.source, remark.text) for remark in report.skipped] == [("broken.txt", "文件坏了。")]
    assert library.stats()["refused"] == [{"source": "broken.txt", "reason": "文件坏了。"}]


def test_reports_name_what_commands_show() -> None:
    assert set(IngestReport().as_json()) == {
        "read",
        "unchanged",
        "removed",
        "skipped",
        "notes",
        "documents",
        "passages",
    }


def test_examples_leave_and_ones_own_content_stays(open_library: Open, folder: Path) -> None:
    library = open_library()
    write(folder, {"example.txt": "示例课程周末开课。\n"})
    library.ingest([folder])
    assert library.remove_examples() == 1
    assert {document.source for document in library.documents(STAFF)} == set(FILES)
    assert not any("示例" in text for text in texts(library, "周末课程", top_k=50))


def test_courses_come_with_the_text_that_they_are_quoted_from(open_library: Open, folder: Path) -> None:
    library = open_library()
    library.ingest([folder], kind=Kind.COURSE)
    rows = library.courses(PUBLIC)
    assert {document.source for _, document in rows} == set(FILES) - {"staff.txt"}
    assert all(document.text[slice(*course.span)] == course.title for course, document in rows)
    assert library.solutions(PUBLIC) == []


def test_the_first_start_is_remembered(open_library: Open) -> None:
    assert open_library().first_start(date(2026, 3, 1)) == date(2026, 3, 1)
    assert open_library().first_start(date(2026, 9, 9)) == date(2026, 3, 1)


def test_words_alone_find_what_has_no_vector_yet(open_library: Open, folder: Path, embedder: BigramEmbedder) -> None:
    library = open_library()
    library.ingest([folder], embed=False)
    assert library.pending == 5 and embedder.embedded == []
    assert texts(library, "注塑件缩水")[0] == "注塑件缩水时先查保压时间。"
    assert library.embed_pending(batch=2) == 2
    assert library.pending == 3


def test_catching_up_computes_missing_vectors_and_obeys_a_stop(open_library: Open, folder: Path) -> None:
    open_library().ingest([folder], embed=False)
    library = open_library()
    library.catch_up(stop=lambda: True)
    assert library.pending == 5
    library.catch_up()
    assert library.pending == 0
    assert library.search(Query("注塑件"), PUBLIC).hits[0].evidence["dense"] != 0


def test_an_ingest_that_was_cut_short_is_finished_at_the_next_start(open_library: Open, folder: Path) -> None:
    library = open_library()
    calls: list[int] = []

    def power_cut(what: str, done: int, total: int) -> None:
        calls.append(done)
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        library.ingest([folder], progress=power_cut)
    assert len(library.documents(STAFF)) == 2
    library = open_library()
    library.catch_up()
    assert len(library.documents(STAFF)) == 3 and library.pending == 0


def test_without_an_embedder_files_are_stored_and_found_by_words(tmp_path: Path, folder: Path) -> None:
    class Unreachable(BigramEmbedder):
        def embed_query(self, text: str) -> Vectors:
            raise EmbedderUnavailable("连不上。")

        embed_passages = embed_query  # type: ignore[assignment]

    library = Library.open(tmp_path / "index", embedder=Unreachable(), read_file=ParagraphReader())
    report = library.ingest([folder])
    assert [remark.text for remark in report.notes] == ["连不上。"]
    assert texts(library, "注塑件缩水")[0] == "注塑件缩水时先查保压时间。"
    library.close()


def test_another_embedder_embeds_anew(open_library: Open, folder: Path, embedder: BigramEmbedder) -> None:
    open_library().ingest([folder])
    embedder.embedded.clear()
    embedder.name, embedder.dimensions = "other", 32
    library = open_library()
    assert library.pending == 5
    library.catch_up()
    assert len(embedder.embedded) == 5
    assert texts(library, "注塑件老是缩水")[0] == "注塑件缩水时先查保压时间。"


def _delete(name: str) -> Callable[[Path], None]:
    return lambda index: shutil.rmtree(index / name)


def _overwrite(pattern: str, data: bytes) -> Callable[[Path], None]:
    def damage(index: Path) -> None:
        paths = list(index.glob(pattern))
        assert paths
        for path in paths:
            path.write_bytes(data)

    return damage


@pytest.mark.parametrize(
    "damage",
    [
        _delete("chroma"),
        _delete("keywords"),
        _delete("vectors"),
        _overwrite("chroma/*/chroma.sqlite3", b"rubbish" * 1000),
        _overwrite("keywords/*/postings.npy", b"rubbish"),
        _overwrite("keywords/*/keywords.json", b""),
        _overwrite("vectors/*/vectors.npy", b"\x93NUMPY"),
    ],
    ids=["no chroma", "no keywords", "no tables", "chroma damaged", "postings damaged", "no meta", "table damaged"],
)
def test_damage_heals_without_embedding_again(
    open_library: Open, folder: Path, tmp_path: Path, embedder: BigramEmbedder, damage: Callable[[Path], None]
) -> None:
    library = open_library()
    library.ingest([folder])
    before = [library.search(Query(question), STAFF) for question in ("注塑件老是缩水", "培育期")]
    library.close()
    embedder.embedded.clear()
    damage(tmp_path / "index")
    library = open_library()
    after = [library.search(Query(question), STAFF) for question in ("注塑件老是缩水", "培育期")]
    assert [found.hits for found in after] == [found.hits for found in before]
    assert embedder.embedded == []


def test_a_store_that_lost_and_gained_entries_is_put_right(open_library: Open, folder: Path, tmp_path: Path) -> None:
    from retrieval.dense import VectorStore

    library = open_library()
    library.ingest([folder])
    library.close()
    store = VectorStore(tmp_path / "index/chroma", embedder="bigrams")
    held = store.ids("policy-public")
    store.remove("policy-public", [min(held)])
    store.add("policy-public", [999], BigramEmbedder().embed_passages(["多出来的"]))
    store.close()
    library = open_library()
    library.catch_up()
    library.close()
    assert store.ids("policy-public") == held
    store.close()


def test_a_damaged_catalogue_is_named(tmp_path: Path) -> None:
    (tmp_path / "index").mkdir()
    (tmp_path / "index/catalogue.sqlite").write_bytes(b"rubbish" * 1000)
    with pytest.raises(IndexBroken, match="重新导入"):
        Library.open(tmp_path / "index", embedder=BigramEmbedder())


def test_a_full_disk_is_one_sentence_and_loses_nothing(
    open_library: Open, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = open_library()
    library.ingest([folder])
    before = everything(library)
    write(folder, {"rules.txt": RULES + "新的一条。\n" * 2000})
    library._catalogue._writer.execute("PRAGMA max_page_count = 1")  # SQLite's own way to be full
    with pytest.raises(NotWritable, match="磁盘空间"):
        library.ingest([folder])
    assert everything(library) == before
    library._catalogue._writer.execute("PRAGMA max_page_count = 1000000")
    assert library.ingest([folder]).read == 1


def test_a_disk_that_fills_while_keywords_are_written_is_one_sentence(
    open_library: Open, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(folder: Path, entries: object) -> int:
        raise OSError(28, "No space left on device")

    library = open_library()
    with monkeypatch.context() as patched:
        patched.setattr("retrieval.lexical.build", full)
        with pytest.raises(NotWritable, match="磁盘空间"):
            library.ingest([folder])
    assert texts(library, "注塑件缩水")[0] == "注塑件缩水时先查保压时间。"


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(NotWritable, match="权限"):
        Library.open(tmp_path / "file" / "index", embedder=BigramEmbedder())


def test_searches_go_on_while_files_come_and_go(open_library: Open, folder: Path) -> None:
    library = open_library()
    library.ingest([folder])
    done = threading.Event()
    wrong: list[object] = []

    def search() -> None:
        while not done.is_set():
            try:
                if texts(library, "注塑件缩水")[0] != "注塑件缩水时先查保压时间。":
                    wrong.append("missed")
                library.documents(PUBLIC)
            except Exception as error:  # noqa: BLE001 - the thread must hand it over
                wrong.append(error)

    threads = [threading.Thread(target=search) for _ in range(3)]
    for thread in threads:
        thread.start()
    for round_ in range(6):
        write(folder, {f"extra{round_}.txt": f"第{round_}份附加说明，关于差旅报销。\n" * 5})
        if round_ > 2:
            (folder / f"extra{round_ - 2}.txt").unlink()
        library.ingest([folder])
    done.set()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert "extra5.txt" in {document.source for document in library.documents(PUBLIC)}


def test_closing_ends_an_ingest_after_the_file_that_it_reads(
    tmp_path: Path, folder: Path, embedder: BigramEmbedder
) -> None:
    class ClosingReader(ParagraphReader):
        def __call__(self, path: Path, *, source: str, kind: Kind) -> Reading:
            closer.start()
            while not library._is_closing:
                pass
            return super().__call__(path, source=source, kind=kind)

    library = Library.open(tmp_path / "index", embedder=embedder, read_file=ClosingReader())
    closer = threading.Thread(target=library.close)
    with pytest.raises(Closing):
        library.ingest([folder])
    closer.join()
    library = Library.open(tmp_path / "index", embedder=embedder, read_file=ParagraphReader())
    assert len(library.documents(STAFF)) == 1
    library.catch_up()
    assert len(library.documents(STAFF)) == 3 and library.pending == 0
    library.close()


def test_a_batch_that_outlives_its_library_stores_nothing(tmp_path: Path, folder: Path) -> None:
    class ClosingEmbedder(BigramEmbedder):
        def embed_passages(self, texts: Sequence[str]) -> Vectors:
            library.close()
            return super().embed_passages(texts)

    library = Library.open(tmp_path / "index", embedder=ClosingEmbedder(), read_file=ParagraphReader())
    library.ingest([folder])
    library = Library.open(tmp_path / "index", embedder=BigramEmbedder(), read_file=ParagraphReader())
    assert library.pending == 5
    library.close()


def test_the_catalogue_survives_a_reader_in_every_thread(open_library: Open, folder: Path) -> None:
    library = open_library()
    library.ingest([folder])
    counts: list[int] = []
    threads = [threading.Thread(target=lambda: counts.append(library.pending)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counts == [0] * 8

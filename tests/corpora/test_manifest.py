"""The manifest tells the truth about the shipped corpora."""

from pathlib import Path

import pytest

from corpora import manifest
from corpora.manifest import describe, recorded
from corpora.shipped import SUFFIXES


@pytest.mark.parametrize("folder", SUFFIXES)
def test_the_manifest_agrees_with_the_files(folder: str) -> None:
    actual = {entry.folder: entry for entry in describe()}[folder]
    written = {entry.folder: entry for entry in recorded()}[folder]
    assert actual == written, "a shipped file was changed: run `python -m corpora.manifest` and look at the difference"


def test_counts_are_of_rows_and_files(tmp_path: Path) -> None:
    for folder in SUFFIXES:
        (tmp_path / folder).mkdir()
    (tmp_path / "courses" / "a.csv").write_text("编号,简介\n1,两行\n2,三行\n", encoding="utf-8")
    (tmp_path / "solutions" / "a.md").write_text("x", encoding="utf-8")
    (tmp_path / "solutions" / "README.md").write_text("not shipped", encoding="utf-8")
    entries = {entry.folder: (entry.files, entry.records) for entry in describe(tmp_path)}
    assert entries == {"policies": (0, 0), "courses": (1, 2), "solutions": (1, 1)}


def test_a_changed_or_renamed_file_changes_the_checksum(tmp_path: Path) -> None:
    (tmp_path / "solutions").mkdir()
    path = tmp_path / "solutions" / "a.md"
    sums = set()
    for content in ("x", "y"):
        path.write_text(content, encoding="utf-8")
        sums.add(describe(tmp_path)[-1].sha256)
    path.rename(path.with_name("b.md"))
    sums.add(describe(tmp_path)[-1].sha256)
    assert len(sums) == 3


def test_every_folder_says_what_it_is_and_under_which_licence() -> None:
    assert set(manifest.WHAT) == set(SUFFIXES)
    assert all(entry.what and entry.licence for entry in recorded())

"""Which files are found under a path, and under which names."""

import os
from pathlib import Path

from corpora.walking import printable, walk


def names(*paths: Path) -> list[str]:
    return [found.source for found in walk(paths).files]


def reasons(*paths: Path) -> dict[str, str]:
    return {skipped.source: skipped.reason for skipped in walk(paths).skipped}


def plant(root: Path, *files: str) -> None:
    for name in files:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name, encoding="utf-8")


def test_names_are_relative_to_the_path_that_was_given(tmp_path: Path) -> None:
    plant(tmp_path, "b.txt", "市/办法.md", "市/区/细则.pdf")
    assert names(tmp_path) == ["b.txt", "市/办法.md", "市/区/细则.pdf"]
    assert names(tmp_path / "市") == ["办法.md", "区/细则.pdf"]
    assert names(tmp_path / "市" / "办法.md") == ["办法.md"]


def test_a_file_given_twice_is_read_once(tmp_path: Path) -> None:
    plant(tmp_path, "a.txt")
    assert names(tmp_path, tmp_path) == ["a.txt"]


def test_readme_and_hidden_files_are_no_material(tmp_path: Path) -> None:
    plant(tmp_path, "a.txt", "README.md", "sub/Readme.txt", ".hidden.txt", ".git/x.txt", "~$a.docx")
    assert names(tmp_path) == ["a.txt"]
    assert set(reasons(tmp_path)) == {"README.md", "sub/Readme.txt"}


def test_other_formats_are_reported_with_advice(tmp_path: Path) -> None:
    plant(tmp_path, "a.doc", "b.xyz", "c")
    assert ".docx" in reasons(tmp_path)["a.doc"]
    assert ".xyz" in reasons(tmp_path)["b.xyz"]
    assert names(tmp_path) == []


def test_a_loop_of_links_ends_and_is_reported(tmp_path: Path) -> None:
    plant(tmp_path, "sub/a.txt")
    (tmp_path / "sub" / "up").symlink_to(tmp_path)
    (tmp_path / "self.txt").symlink_to(tmp_path / "self.txt")
    assert names(tmp_path) == ["sub/a.txt"]
    assert set(reasons(tmp_path)) == {"sub/up", "self.txt"}


def test_a_link_to_a_folder_outside_is_not_followed(tmp_path: Path) -> None:
    plant(tmp_path, "outside/secret.txt", "given/a.txt")
    (tmp_path / "given" / "link").symlink_to(tmp_path / "outside")
    assert names(tmp_path / "given") == ["a.txt"]
    assert "之外" in reasons(tmp_path / "given")["link"]


def test_a_link_to_a_file_is_read_once_and_real_names_win(tmp_path: Path) -> None:
    plant(tmp_path, "given/z.txt", "outside.txt")
    (tmp_path / "given" / "a.txt").symlink_to(tmp_path / "given" / "z.txt")
    (tmp_path / "given" / "b.txt").symlink_to(tmp_path / "outside.txt")
    (tmp_path / "given" / "gone.txt").symlink_to(tmp_path / "nowhere.txt")
    assert names(tmp_path / "given") == ["b.txt", "z.txt"]
    assert set(reasons(tmp_path / "given")) == {"a.txt", "gone.txt"}


def test_a_link_that_was_given_by_name_is_followed(tmp_path: Path) -> None:
    plant(tmp_path, "real/a.txt")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert names(tmp_path / "link") == ["a.txt"]


def test_odd_names_become_printable_and_stay_apart(tmp_path: Path) -> None:
    for name in (b"a\nb.txt", b"a\xffb.txt", "表情😀.txt".encode(), b"tab\tx.txt"):
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_text("x", encoding="utf-8")
    found = names(tmp_path)
    assert len(set(found)) == 4
    assert all(name.isprintable() and name.encode("utf-8") for name in found)
    assert "表情😀.txt" in found


def test_printable_keeps_ordinary_names() -> None:
    assert printable("办法（试行）2026.docx") == "办法（试行）2026.docx"
    assert printable("a\nb") == "a\\nb"


def test_pipes_are_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    assert names(tmp_path) == []
    assert "管道" in reasons(tmp_path)["pipe.txt"]


def test_a_path_that_does_not_exist_is_named(tmp_path: Path) -> None:
    assert walk([tmp_path / "no"]).missing == (tmp_path / "no",)
    assert walk([tmp_path / ("长" * 300)]).files == ()


def test_the_order_does_not_depend_on_the_order_of_arguments(tmp_path: Path) -> None:
    plant(tmp_path, "x/b.txt", "y/a.txt")
    assert names(tmp_path / "y", tmp_path / "x") == names(tmp_path / "x", tmp_path / "y")

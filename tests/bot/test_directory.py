"""One owner for a data directory."""

import subprocess
import sys
from pathlib import Path

import pytest

from bot import directory
from bot.errors import DirectoryTaken, Unavailable


def test_a_second_owner_is_refused_by_the_name_of_the_first(tmp_path: Path) -> None:
    with (
        directory.own(tmp_path, verb="serve"),
        pytest.raises(DirectoryTaken, match=r"serve，进程号 \d+"),
        directory.own(tmp_path, verb="ask"),
    ):
        pass


def test_the_address_of_the_owner_can_be_read_while_it_holds(tmp_path: Path) -> None:
    assert directory.owner(tmp_path) is None
    with directory.own(tmp_path, verb="serve") as hold:
        hold.announce("127.0.0.1", 8765)
        held = directory.owner(tmp_path)
        assert held is not None
        assert (held.verb, held.address) == ("serve", "127.0.0.1:8765")
    assert directory.owner(tmp_path) is None


def test_a_killed_owner_leaves_the_directory_free(tmp_path: Path) -> None:
    code = f"import os, pathlib\nfrom bot import directory\nwith directory.own(pathlib.Path({str(tmp_path)!r}), verb='x'):\n    os.kill(os.getpid(), 9)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -9
    with directory.own(tmp_path, verb="ask"):
        pass


def test_the_secret_is_stable_and_private(tmp_path: Path) -> None:
    first = directory.secret(tmp_path)
    assert directory.secret(tmp_path) == first
    assert len(first) >= 32
    assert (tmp_path / directory.SECRET).stat().st_mode & 0o777 == 0o600


def test_a_directory_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(Unavailable, match="无法写入"), directory.own(tmp_path / "file" / "data", verb="ask"):
        pass

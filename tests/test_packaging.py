"""Our top-level names are ours alone, imports stay light, and nothing of this machine is committed."""

import re
import subprocess
import sys
from importlib.metadata import packages_distributions
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize("name", ["bot", "retrieval", "corpora", "handlers", "evals"])
def test_our_top_level_names_are_ours_alone(name: str) -> None:
    assert set(packages_distributions().get(name, [])) <= {"wenzhen"}
    spec = find_spec(name)
    assert spec is not None
    assert spec.origin is not None
    assert Path(spec.origin).is_relative_to(ROOT)


def imported(code: str) -> set[str]:
    """The top-level modules that are loaded after running some code in a fresh process."""
    program = f"import sys\n{code}\nprint(*sorted({{name.split('.')[0] for name in sys.modules}}))"
    return set(
        subprocess.run(
            [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout.split()
    )


HEAVY = {
    "chromadb",
    "langchain_core",
    "onnxruntime",
    "tokenizers",
    "fastapi",
    "numpy",
    "lxml",
    "docx",
    "openpyxl",
    "pypdf",
    "pdfplumber",
}


def test_the_help_page_loads_nothing_heavy() -> None:
    code = (
        "sys.argv = ['wenzhen', '--help']\nfrom handlers import cli\ntry:\n    cli.main()\nexcept SystemExit:\n    pass"
    )
    assert not imported(code) & HEAVY


def test_the_check_for_heavy_imports_can_fail() -> None:
    assert imported("import numpy") & HEAVY == {"numpy"}


def tracked() -> list[Path]:
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in names.split("\0") if name]


FORBIDDEN = re.compile(
    "|".join([r"py" + r"pi\.org", r"python" + r"hosted", r"npm" + r"js\.", r"(?<!bot)/" + r"work/", r"/" + r"root/"])
)


def test_no_registry_host_and_no_path_of_a_machine_is_committed() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout: there is no list of committed files")
    found = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in tracked()
        if path.is_file() and path.suffix not in {".png", ".onnx", ".npy"}
        if (match := FORBIDDEN.search(path.read_text(encoding="utf-8", errors="replace")))
    ]
    assert found == []


def test_nothing_heavy_or_locked_is_committed() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout: there is no list of committed files")
    assert [
        path.name for path in tracked() if path.name == "uv.lock" or (path.exists() and path.stat().st_size > 3_000_000)
    ] == []

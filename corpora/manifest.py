"""What the shipped corpora are: their origin, licence, counts and checksums, kept in `manifest.json` and held true by a test.

After editing a shipped file run `python -m corpora.manifest`, which writes the counts and checksums again.
"""

import csv
import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from corpora.shipped import ROOT, SUFFIXES, files_of

MANIFEST = ROOT / "manifest.json"
LICENCE = "own words, part of this project and under its licence"
WHAT = {
    "policies": "digests in own words of public policy documents; each head names its source; not the official text",
    "courses": "an invented example catalogue of a training centre; dates relative to the first start",
    "solutions": "invented example cases written from general engineering knowledge; not records of real firms",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One shipped folder. `records` counts what people see: catalogue rows, cases, digests."""

    folder: str
    what: str
    licence: str
    files: int
    records: int
    sha256: str  # over name and content of every file, sorted by name


def describe(root: Path = ROOT) -> tuple[Entry, ...]:
    """The entries as the files under `root` are now, one for each shipped folder."""
    return tuple(_entry(root / folder, suffix) for folder, suffix in SUFFIXES.items())


def recorded() -> tuple[Entry, ...]:
    """The entries as they were written down."""
    return tuple(Entry(**entry) for entry in json.loads(MANIFEST.read_text(encoding="utf-8")))


def _entry(folder: Path, suffix: str) -> Entry:
    files = files_of(folder, suffix)
    digest = hashlib.sha256()
    for path in files:
        digest.update(f"{path.name}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return Entry(
        folder=folder.name,
        what=WHAT[folder.name],
        licence=LICENCE,
        files=len(files),
        records=sum(_rows(path) for path in files) if suffix == ".csv" else len(files),
        sha256=digest.hexdigest(),
    )


def _rows(path: Path) -> int:
    with path.open(encoding="utf-8", newline="") as lines:
        return sum(1 for _ in csv.DictReader(lines))


if __name__ == "__main__":
    entries = [asdict(entry) for entry in describe()]
    MANIFEST.write_text(json.dumps(entries, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")

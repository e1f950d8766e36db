"""`python -m evals soak [PART…]`: the long runs. The tests run a short form of each.

Parts: ingests (killed while they index), kills (of a serving process under messages), repeats (of the same messages), claims (of the same
tickets), load (steady, then ten times too much), sending (to a thousand Telegram chats at once), receiving (from as many; late, twice and in
another order; into a process that is killed). Without a part all of them run.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from evals.soak.given import Given, Report

PARTS = ("ingests", "kills", "repeats", "claims", "load", "sending", "receiving")


def run(argv: Sequence[str]) -> int:
    """Run the parts one after another; 1 when anything was wrong."""
    parser = argparse.ArgumentParser(
        prog="python -m evals soak", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument(
        "--kills", type=int, default=0, help="how many processes to kill (ingests 100, kills 300, receiving 200)"
    )
    parser.add_argument("--messages", type=int, default=0, help="kills: how many to have acknowledged (10000)")
    parser.add_argument("--ids", type=int, default=0, help="repeats: client ids, each sent five times (1000)")
    parser.add_argument("--tickets", type=int, default=0, help="claims: tickets, each claimed by eight (1250)")
    parser.add_argument("--seconds", type=int, default=0, help="load: how long at 20 a second (300)")
    parser.add_argument("--chats", type=int, default=0, help="sending, receiving: how many chats (1000)")
    parser.add_argument("--updates", type=int, default=0, help="receiving: how many updates (10000)")
    parser.add_argument("--seed", type=int, default=20261121)
    parser.add_argument("--json", action="store_true", help="one JSON object")
    options = vars(parser.parse_args(argv))
    parts, as_json = options.pop("parts") or list(PARTS), options.pop("json")
    unknown = [part for part in parts if part not in PARTS]
    if unknown:
        parser.error(f"no part {unknown[0]}; there are {', '.join(PARTS)}")
    given = Given(**options)
    reports = {part: _run(part, given) for part in parts}
    if as_json:
        print(json.dumps({part: report.as_json() for part, report in reports.items()}, ensure_ascii=False))
    else:
        for part, report in reports.items():
            print(f"{part}: " + ", ".join(f"{name} {value}" for name, value in report.figures.items()))
            print("\n".join(f"  WRONG {words}" for words in report.wrong) or "  nothing wrong")
    return 1 if any(report.wrong for report in reports.values()) else 0


def _run(part: str, given: Given) -> Report:
    with tempfile.TemporaryDirectory(prefix=f"wenzhen-soak-{part}-") as folder:
        report: Report = import_module(f"evals.soak.{part}").run(Path(folder), given)
        return report

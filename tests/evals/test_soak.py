"""The short form of the long run with kills; `python -m evals soak --kills 100` is the long one."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_after_a_kill_the_next_start_gives_the_index_that_one_built_from_scratch_gives() -> None:
    # in a process of its own: it forks, and this one has threads
    command = [sys.executable, "-m", "evals", "soak", "--kills", "5", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    outcome = json.loads(done.stdout)
    assert outcome["kills"] == 5
    assert outcome["unequal"] == []

"""A served application takes requests when it says so, and ends well when told to stop."""

import re
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
SERVE = """
import socket
from handlers.web.app import create_app
from handlers.web.server import serve
from tests.handlers.web.house import build
serve(create_app(build().services), socket.create_server(("127.0.0.1", 0)), on_ready=lambda host, port: print(host, port, flush=True))
print("stopped", flush=True)
"""


def test_a_stop_signal_ends_it_with_exit_code_zero() -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    ready = re.fullmatch(r"(127\.0\.0\.1) (\d+)\n", process.stdout.readline())
    assert ready is not None
    with urllib.request.urlopen(f"http://{ready[1]}:{ready[2]}/healthz") as response:
        assert response.status == 200
        assert "server" not in {name.lower() for name in response.headers}
    # A visitor who is connected and silent holds nothing up.
    with socket.create_connection((ready[1], int(ready[2]))):
        process.send_signal(signal.SIGTERM)
        words, complaints = process.communicate(timeout=15)
    assert (process.returncode, words) == (0, "stopped\n"), complaints

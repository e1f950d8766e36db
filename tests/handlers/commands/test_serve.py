"""`wenzhen serve` as a process of its own, and the commands that speak to it."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot import directory
from tests.handlers.commands.conftest import Run

PATIENCE_S = 60
WENZHEN = str(Path(sys.executable).with_name("wenzhen"))


@dataclass
class Serving:
    """A process that serves."""

    process: subprocess.Popen[str]
    address: str

    def get(self, path: str, **headers: str) -> tuple[int, str]:
        request = urllib.request.Request(f"http://{self.address}{path}", headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_S) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()


@pytest.fixture
def serving(place: Path) -> Iterator[Serving]:
    """A `serve` on an empty directory and a free port."""
    with (place / "serve.log").open("w") as log:
        process = subprocess.Popen([WENZHEN, "serve", "--port", "0"], stdout=log, stderr=log, text=True, cwd=place)
        try:
            yield Serving(process, address_of(process, place))
        finally:
            process.kill()
            process.wait(PATIENCE_S)


def address_of(process: subprocess.Popen[str], place: Path) -> str:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        held = directory.owner(place / "data")
        if held is not None and held.address:
            return held.address
        assert process.poll() is None, (place / "serve.log").read_text()
        time.sleep(0.05)
    raise AssertionError("serve did not announce itself")


def test_it_starts_on_an_empty_directory_serves_and_stops_cleanly(serving: Serving) -> None:
    assert serving.get("/healthz")[0] == 200
    assert serving.get("/readyz")[0] == 200
    status, page = serving.get("/")
    assert (status, "问诊" in page) == (200, True)
    serving.process.send_signal(signal.SIGTERM)
    assert serving.process.wait(10) == 0


def test_commands_speak_to_it_and_find_the_same(serving: Serving, run: Run, regulation: Path) -> None:
    report = run("ingest", str(regulation), "--json").json
    assert report["read"] == 1
    answer = run("ask", "工作站的建设期是多久", "--json").json
    assert answer["citations"][0]["clause"] == "第四条"
    listed = run("document", "list", "--json").json
    assert [item["source"] for item in listed["items"]] == ["rules.txt"]
    assert run("document", "show", "nothing").code == 1
    assert run("ask", "问" * 4001).code == 2
    assert serving.process.poll() is None


def test_the_directory_s_secret_is_needed_beyond_loopback(serving: Serving, place: Path) -> None:
    request = urllib.request.Request(f"http://{serving.address}/internal/document-list", data=b"{}", method="POST")
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=PATIENCE_S)
    with refused.value as error:
        assert error.code == 401
        assert json.loads(error.read())["error"]["kind"] == "unauthenticated"
    assert (place / "data" / directory.SECRET).stat().st_mode & 0o077 == 0


def test_a_second_serve_is_refused_by_the_name_of_the_first(serving: Serving, place: Path) -> None:
    second = subprocess.run(
        [WENZHEN, "serve", "--port", "0"], cwd=place, capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )
    assert second.returncode == 1
    assert f"进程号 {serving.process.pid}" in second.stderr.strip().splitlines()[-1]


def test_a_port_in_use_is_one_sentence(place: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = subprocess.run(
            [WENZHEN, "serve", "--port", str(port)],
            cwd=place,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
    assert result.returncode == 1
    assert result.stderr.strip().splitlines() == [f"端口 {port} 已被占用，请用 --port 换一个，或先停掉占用它的程序。"]


def test_a_killed_serve_frees_the_directory(serving: Serving, run: Run) -> None:
    os.kill(serving.process.pid, signal.SIGKILL)
    serving.process.wait(PATIENCE_S)
    assert run("document", "list").code == 0

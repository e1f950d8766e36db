"""Both ends of the fence around dangerous parsers: `parse_in_child` starts `python -m corpora.child` for one file.

A fresh interpreter, never a fork: the parent runs threads of native libraries. The child gets the bytes on standard
input, an environment without the parent's secrets, and limits on CPU, memory and files; it answers with JSON on
standard output.
"""

import json
import logging
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from corpora.document import Extract, Table
from corpora.errors import Unreadable
from corpora.loaders import Format, load

MAX_CPU_S = 10
MAX_MEMORY_BYTES = 512 * 1024 * 1024
MAX_WALL_S = 60.0  # ten CPU seconds on a machine that is busy with other things
_OUT_OF_MEMORY = 3

_ROOT = Path(__file__).resolve().parent.parent
_TOO_MUCH_CPU = f"文件太复杂，解析超过 {MAX_CPU_S} 秒，请拆分或另存为简单格式后再导入。"
_TOO_MUCH_MEMORY = f"文件太复杂，解析超过 {MAX_MEMORY_BYTES // (1024 * 1024)} MB 内存，请拆分或另存为简单格式后再导入。"
_NOT_INSTALLED = "读取这种文件的组件没有装好，请重新运行安装后再导入。"
_BROKEN = "文件已损坏或格式不规范，解析不了，请用原软件打开并另存后再导入。"

log = logging.getLogger(__name__)


def parse_in_child(data: bytes, name: str, format_: Format) -> Extract:
    """Read bytes of a known format in a fresh process with limits.

    Raises:
        Unreadable: The file is at fault, or past a limit; one sentence says which.
    """
    command = [sys.executable, "-P", "-m", "corpora.child", format_.value]
    try:
        done = subprocess.run(
            command, input=data, capture_output=True, timeout=MAX_WALL_S, cwd="/", env=_environment(), check=False
        )
    except subprocess.TimeoutExpired:
        raise Unreadable(_TOO_MUCH_CPU) from None
    if done.returncode in (-signal.SIGXCPU, -signal.SIGKILL):
        raise Unreadable(_TOO_MUCH_CPU)
    if done.returncode == _OUT_OF_MEMORY or b"MemoryError" in done.stderr:
        raise Unreadable(_TOO_MUCH_MEMORY)
    if b"ImportError" in done.stderr or b"ModuleNotFoundError" in done.stderr:
        log.error("a reader of %s is not installed: %s", format_, done.stderr[-300:].decode("utf-8", "replace"))
        raise Unreadable(_NOT_INSTALLED)
    if done.returncode != 0:
        raise Unreadable(_BROKEN)
    answer = json.loads(done.stdout)
    if "refused" in answer:
        raise Unreadable(answer["refused"])
    return _extract_of(answer)


def main(arguments: list[str]) -> int:
    """The child's side: limits first, then standard input to standard output."""
    _limit()
    logging.disable(logging.CRITICAL)  # the parsers log their opinion of broken files
    try:
        answer = _answer(sys.stdin.buffer.read(), Format(arguments[0]))
        out = json.dumps(answer)
    except MemoryError:
        return _OUT_OF_MEMORY
    sys.stdout.write(out)
    return 0


def _answer(data: bytes, format_: Format) -> dict[str, Any]:
    try:
        return _json_of(load(data, "", format_))
    except Unreadable as error:
        return {"refused": str(error)}
    except (MemoryError, ImportError):
        raise
    except Exception as error:  # parsers raise nearly anything on a broken file
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        return {"refused": _BROKEN}


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (MAX_CPU_S, MAX_CPU_S + 1))
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # it has nothing to write
    sys.setrecursionlimit(2_000)
    # openpyxl would import it where it is installed: half a second, a sixth of the memory, and nothing read by it.
    sys.modules["numpy"] = None  # type: ignore[assignment]


def _environment() -> dict[str, str]:
    """What the interpreter needs and no settings or keys; our packages are found from any folder."""
    inherited = [entry for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep) if Path(entry).is_absolute()]
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "LD_LIBRARY_PATH", "TZ") if name in os.environ}
    return kept | {
        "PYTHONPATH": os.pathsep.join([str(_ROOT), *inherited]),
        "PYTHONUTF8": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONWARNINGS": "ignore",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }


def _json_of(extract: Extract) -> dict[str, Any]:
    return {
        "text": extract.text,
        "pages": extract.pages,
        "noise": extract.noise,
        "tables": [{"span": table.span, "rows": table.rows} for table in extract.tables],
        "notes": extract.notes,
    }


def _extract_of(answer: dict[str, Any]) -> Extract:
    return Extract(
        text=answer["text"],
        pages=tuple((offset, number) for offset, number in answer["pages"]),
        noise=tuple((start, end) for start, end in answer["noise"]),
        tables=tuple(
            Table(
                span=(table["span"][0], table["span"][1]),
                rows=tuple(tuple((start, end) for start, end in row) for row in table["rows"]),
            )
            for table in answer["tables"]
        ),
        notes=tuple(answer["notes"]),
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

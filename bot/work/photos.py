"""Both ends of the fence around the decoder of pictures: `reencode` starts `python -m bot.work.photos` for one photo.

What comes out was drawn anew from the picture's points: no place, camera, thumbnail or trailing data of the original is left, and what it
was turned by is applied. The child gets the bytes on standard input, none of the parent's secrets, and limits on CPU and memory.
"""

import os
import resource
import signal
import subprocess
import sys
import threading
from pathlib import Path

from bot.errors import Invalid, Unavailable
from bot.rules.files import JPEG, PNG, Judged

MAX_POINTS = 120_000_000  # of a picture that is opened at all; a phone's largest has 108 million
MAX_EDGE = 2048  # points: a nameplate is read well, and a phone loads it
QUALITY = 82
MAX_PNG_BYTES = 3 * 1024 * 1024  # a screenshot stays sharp; what is larger is a photo
MAX_CPU_S = 15
MAX_MEMORY_BYTES = 1024 * 1024 * 1024
MAX_WALL_S = 60.0
AT_ONCE = 2
_TOO_MUCH = 3
_BROKEN = 4
_ROOT = Path(__file__).resolve().parents[2]
_FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}
BROKEN = "照片打不开，可能已损坏，请重新拍一张或截图再发。"
TOO_MUCH = "照片太大，打不开，请在手机里缩小或截图后再发。"
_doors = threading.BoundedSemaphore(AT_ONCE)  # each may take as much memory as a process of ours


def reencode(content: bytes, judged: Judged) -> tuple[bytes, Judged]:
    """The same picture drawn anew, at most MAX_EDGE points long: PNG where it was one and stays small, else JPEG.

    Raises:
        Invalid: it cannot be opened within the limits.
        Unavailable: the child could not be run.
    """
    command = [sys.executable, "-P", "-m", "bot.work.photos", _FORMATS[judged.media_type]]
    try:
        with _doors:
            done = subprocess.run(
                command,
                input=content,
                capture_output=True,
                timeout=MAX_WALL_S,
                cwd="/",
                env=_environment(),
                check=False,
            )
    except subprocess.TimeoutExpired:
        raise Invalid(TOO_MUCH) from None
    except OSError as error:
        raise Unavailable("照片现在处理不了，请稍后再发。") from error
    if done.returncode in (-signal.SIGXCPU, -signal.SIGKILL, _TOO_MUCH):
        raise Invalid(TOO_MUCH)
    if done.returncode != 0 or not done.stdout:
        raise Invalid(BROKEN)
    return done.stdout, PNG if done.stdout.startswith(b"\x89PNG") else JPEG


def main(arguments: list[str]) -> int:
    """The child's side."""
    resource.setrlimit(resource.RLIMIT_CPU, (MAX_CPU_S, MAX_CPU_S + 1))
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    try:
        out = _drawn(sys.stdin.buffer.read(), arguments[0])
    except (MemoryError, _TooMuch):
        return _TOO_MUCH
    except Exception:  # decoders raise nearly anything on a broken picture
        return _BROKEN
    sys.stdout.buffer.write(out)
    return 0


class _TooMuch(Exception):
    """More points than are opened."""


def _drawn(content: bytes, format_: str) -> bytes:
    import io

    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = None  # looked at below, before anything is decoded
    with Image.open(io.BytesIO(content), formats=[format_]) as picture:
        if picture.width * picture.height > MAX_POINTS:
            raise _TooMuch
        if format_ == "JPEG":
            picture.draft("RGB", (2 * MAX_EDGE, 2 * MAX_EDGE))  # decoded smaller where that is far more than is kept
        turned = ImageOps.exif_transpose(picture)
        turned.thumbnail((MAX_EDGE, MAX_EDGE))
        clear = "A" in turned.getbands() or "transparency" in turned.info
        drawn = Image.new("RGB", turned.size, "white")
        if clear:
            layer = turned.convert("RGBA")
            drawn.paste(layer, mask=layer.getchannel("A"))
        else:
            drawn.paste(turned.convert("RGB"))
    if format_ == "PNG":
        out = io.BytesIO()
        drawn.save(out, "PNG", optimize=False)
        if out.tell() <= MAX_PNG_BYTES:
            return out.getvalue()
    out = io.BytesIO()
    drawn.save(out, "JPEG", quality=QUALITY, progressive=True)
    return out.getvalue()


def _environment() -> dict[str, str]:
    inherited = [entry for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep) if Path(entry).is_absolute()]
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "LD_LIBRARY_PATH") if name in os.environ}
    return kept | {
        "PYTHONPATH": os.pathsep.join([str(_ROOT), *inherited]),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONWARNINGS": "ignore",
        "OMP_NUM_THREADS": "1",
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

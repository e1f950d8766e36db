"""Photos are drawn anew behind a fence."""

import io
import struct
import zlib

import pytest
from PIL import Image

from bot.errors import Invalid
from bot.rules.files import JPEG, PNG, WEBP
from bot.work import photos
from tests.bot.pictures import PLACE, jpeg, picture


def opened(content: bytes) -> Image.Image:
    """To look at."""
    return Image.open(io.BytesIO(content))


def test_where_and_with_what_it_was_taken_is_gone_and_it_stands_upright() -> None:
    given = jpeg(turned=6, placed=True)
    assert PLACE.encode() in given and b"HUAWEI" in given
    content, judged = photos.reencode(given, JPEG)
    assert judged is JPEG
    assert PLACE.encode() not in content and b"HUAWEI" not in content and b"Exif" not in content
    seen = opened(content)
    assert seen.size == (480, 640)
    top, bottom = seen.getpixel((240, 40)), seen.getpixel((240, 600))
    assert isinstance(top, tuple) and isinstance(bottom, tuple)
    assert top[0] > 200 and bottom[2] > 200  # red above, blue below


def test_what_trails_behind_the_picture_is_gone() -> None:
    content, _ = photos.reencode(jpeg() + b"<script>alert(1)</script>", JPEG)
    assert b"script" not in content


def test_a_large_one_becomes_smaller_and_a_screenshot_stays_sharp() -> None:
    content, _ = photos.reencode(jpeg(size=(4000, 3000)), JPEG)
    assert max(opened(content).size) == photos.MAX_EDGE
    assert photos.reencode(picture("PNG"), PNG)[1] is PNG
    assert photos.reencode(picture("WEBP"), WEBP)[1] is JPEG


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few kilobytes that claims, and would need, gigabytes."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(bytes(width * 3 + 1) * 40))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("given", [bomb(60_000, 60_000), bomb(12_000, 9_000)])
def test_a_bomb_is_refused_and_hurts_nobody(given: bytes) -> None:
    assert len(given) < 50_000
    with pytest.raises(Invalid):
        photos.reencode(given, PNG)


@pytest.mark.parametrize("given", [b"\xff\xd8\xff\xe0" + bytes(200), jpeg()[:900], b""])
def test_a_broken_one_is_refused_in_words(given: bytes) -> None:
    with pytest.raises(Invalid, match="照片"):
        photos.reencode(given, JPEG)

"""Photos and files for tests, made anew each time: nothing is taken from anywhere."""

import io
import zipfile

from PIL import Image

PLACE = "28.2282"  # where the photo was taken


def jpeg(*, size: tuple[int, int] = (640, 480), turned: int = 0, placed: bool = False) -> bytes:
    """A photo, its left half red and its right half blue as it is stored.

    Args:
        turned: The EXIF orientation; 6 has to be turned right by 90 degrees to be looked at.
        placed: Whether it says where and with what it was taken.
    """
    picture = Image.new("RGB", size, "red")
    picture.paste("blue", (size[0] // 2, 0, size[0], size[1]))
    exif = Image.Exif()
    if turned:
        exif[0x0112] = turned
    if placed:
        exif[0x010F] = "HUAWEI"
        exif.get_ifd(0x8825)[2] = (28.0, 13.0, 41.5)
        exif[0x9286] = PLACE
    out = io.BytesIO()
    picture.save(out, "JPEG", exif=exif, comment=PLACE if placed else "")
    return out.getvalue()


def picture(format_: str, *, size: tuple[int, int] = (60, 40)) -> bytes:
    """The same in another format."""
    out = io.BytesIO()
    Image.new("RGB", size, "green").save(out, format_)
    return out.getvalue()


def office(main: str, *, more: str = "") -> bytes:
    """The skeleton of a document of an office program, `main` being its heart."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name in ("[Content_Types].xml", main, *([more] if more else [])):
            file.writestr(name, "<x/>")
    return out.getvalue()


DOCX = office("word/document.xml")
XLSX = office("xl/workbook.xml")
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"

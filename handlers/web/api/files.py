"""/conversations/{id}/files: send a file into a talk, and look at one."""

import asyncio
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, File, Form, UploadFile
from fastapi.responses import FileResponse, Response
from starlette.concurrency import run_in_threadpool

from bot.bootstrap import Services
from bot.clinic import files
from bot.clinic.files import Opened
from bot.errors import Unavailable
from bot.rules.people import Caller
from handlers.web.casework import FileOut
from handlers.web.deps import Who, Wired

router = APIRouter(prefix="/api/v1", tags=["conversations"])
LOOKS = 20  # for a file that a far chat still has
LOOK_S = 0.4
BYTES = {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}


@router.post("/conversations/{conversation_id}/files", status_code=201, response_model=FileOut)
async def upload(
    conversation_id: str,
    services: Wired,
    who: Who,
    file: Annotated[UploadFile, File(description="照片、PDF、DOCX、XLSX 或 TXT，最大 20 MB。")],
    text: Annotated[str, Form(description="附言，可空。")] = "",
    client_id: Annotated[str | None, Form(description="同一编号重发只算一个文件。")] = None,
) -> dict[str, object]:
    """One file, which is a message of the talk. Photos are drawn anew, without place and camera. The reply stands in the talk."""
    content = await file.read()
    return await run_in_threadpool(
        lambda: files.keep(
            services.clinic,
            services.lanes,
            who,
            conversation_id,
            content,
            name=file.filename or "",
            text=text,
            client_id=client_id,
        )
    )


@router.get("/conversations/{conversation_id}/files/{file_id}", response_class=Response, responses={200: BYTES})
async def look(conversation_id: str, file_id: str, services: Wired, who: Who) -> Response:
    """The bytes, for whoever may read the talk: photos to be looked at, everything else to be saved."""
    opened = await _opened(services, who, conversation_id, file_id)
    assert opened.path is not None
    shown = "inline" if opened.is_picture else "attachment"
    headers = {
        "Content-Disposition": f"{shown}; filename*=UTF-8''{quote(opened.name, safe='')}",
        "Cache-Control": "private, max-age=3600",
    }
    return FileResponse(opened.path, media_type=opened.media_type, headers=headers)


async def _opened(services: Services, who: Caller, conversation: str, file: str) -> Opened:
    """The file, waiting a little where it is being fetched."""
    for _ in range(LOOKS):
        opened = await run_in_threadpool(files.open_file, services.clinic, who, conversation, file)
        if opened.path is not None:
            return opened
        await asyncio.sleep(LOOK_S)
    raise Unavailable("文件还在取，请过一会儿再打开。")

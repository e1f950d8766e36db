"""/documents: what is known, as far as the asker may see it; staff put more in."""

from typing import Annotated, Any

from fastapi import APIRouter, File, Form, UploadFile

from bot.clinic import documents
from bot.errors import NotFound
from corpora.document import Document, Kind, Node
from corpora.validity import status_on
from handlers.web.deps import Asker, Who, Wired
from handlers.web.masking import hidden_spans, masked, masked_words
from handlers.web.schemas import DocumentList, DocumentOut, DocumentWithTree, NodeOut, UploadedOut
from retrieval.protocols import Principal

router = APIRouter(prefix="/api/v1", tags=["documents"])


@router.get("/documents")
def list_documents(services: Wired, asker: Asker) -> DocumentList:
    """All documents, ordered by file and place in it."""
    today = services.today()
    return DocumentList(
        items=[DocumentOut.of(item, status_on(item, today)) for item in services.library.documents(asker)]
    )


@router.post("/documents", status_code=201, response_model=UploadedOut)
def add_document(
    services: Wired,
    who: Who,
    file: Annotated[UploadFile, File(description="与 wenzhen ingest 相同的格式；同名同类的文件被替换。")],
    kind: Annotated[str, Form(description="policy、course 或 solution。", max_length=16)] = Kind.POLICY.value,
) -> dict[str, Any]:
    """Staff: keep a file and read it in, with the ingest's report; 422 with the reason where it cannot be read."""
    folder = services.settings.uploads_folder
    data = file.file.read()
    return documents.upload(
        services.clinic, who, services.library, folder, name=file.filename or "", data=data, kind=kind
    )


@router.get("/documents/{document_id}")
def show_document(document_id: str, services: Wired, asker: Asker) -> DocumentWithTree:
    """One document with the tree that it was read into."""
    document = services.library.document(document_id, asker)
    if document is None:
        raise NotFound("没有这个文件，或您还不能查看它。")
    facts = DocumentOut.of(document, status_on(document, services.today()))
    return DocumentWithTree(**facts.model_dump(), tree=_outline(document, document.tree, asker))


def _outline(document: Document, node: Node, asker: Principal) -> NodeOut:
    hidden = hidden_spans(document, asker)
    return NodeOut(
        kind=node.kind.value,
        label=masked_words(node.label, asker),
        clause=masked_words(node.clause, asker),
        text="".join(masked(document.text, span, hidden) for span in node.own).strip(),
        page=node.page,
        responsible=masked_words(node.responsible, asker),
        children=[_outline(document, child, asker) for child in node.children],
    )

"""The verbs that a command may ask of whoever owns the data directory: plain values in, plain values out.

The command line runs them in its own process when the directory is free, and sends them over loopback when `serve` owns it, so that
both ways do the same.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from bot.bootstrap import Services, build_clinic
from bot.clinic import answers, commands, people, terminal
from bot.errors import Invalid, NotFound
from bot.settings import Settings
from corpora.document import Document, Kind
from corpora.tree import outline
from corpora.validity import status_on
from retrieval.protocols import Principal, Role

Values = dict[str, Any]
Progress = Callable[[str, int, int], None]  # what is being done, how much is done, of how much
OWNER = Principal(Role.ADMIN)  # who can read the directory's secret is its operator


def run(services: Services, verb: str, values: Mapping[str, Any], progress: Progress) -> Values:
    """Do one verb and give its result, ready for JSON.

    Raises:
        NotFound: there is no such verb, or no such document.
        BotError: whatever the verb itself refuses.
    """
    if verb in commands.NAMES:
        result = commands.run(services.clinic, verb, values)
        if verb in commands.LEAVING_JOBS:
            services.engine.settle()
        return result
    if verb not in VERBS:
        raise NotFound(f"没有 {verb} 这个命令。")
    return VERBS[verb](services, values, progress)


def run_without_index(settings: Settings, verb: str, values: Mapping[str, Any]) -> Values:
    """Do one of `commands.WITHOUT_INDEX` where no services have been built: the index is not even opened.

    Raises:
        BotError: whatever the verb itself refuses.
    """
    clinic = build_clinic(settings)
    try:
        return commands.run(clinic, verb, values)
    finally:
        clinic.records.close()


def _ask(services: Services, values: Mapping[str, Any], progress: Progress) -> Values:
    role = Role(values.get("role") or Role.PUBLIC)
    progress("正在准备", 0, 0)
    answer = services.assistant.ask(
        values["text"],
        principal=Principal(role),
        prev=tuple(values.get("prev") or ()),
        id=values.get("id"),
        explain=bool(values.get("explain")),
    )
    return answer.as_json()


def _answers_replay(services: Services, values: Mapping[str, Any], progress: Progress) -> Values:
    progress("正在准备", 0, 0)
    token = values.get("token")
    caller = people.caller_of_token(services.clinic, token) if token else commands.OPERATOR
    return answers.replay(services.clinic, caller, values["answer"], services.assistant.ask)


def _ingest(services: Services, values: Mapping[str, Any], progress: Progress) -> Values:
    paths = [Path(path) for path in values["paths"]]
    missing = [str(path) for path in paths if not path.exists()]
    if missing:
        raise Invalid(f"找不到 {missing[0]}，请检查路径。")
    report = services.library.ingest(paths, kind=Kind(values.get("kind") or Kind.POLICY), progress=progress)
    return report.as_json()


def _ingest_shipped(services: Services, values: Mapping[str, Any], progress: Progress) -> Values:
    from corpora.shipped import render

    del values
    folder = services.settings.shipped_folder
    render(folder, first_start=services.library.first_start(services.today()))
    total: Values = {}
    for name, kind in (("policies", Kind.POLICY), ("courses", Kind.COURSE), ("solutions", Kind.SOLUTION)):
        report = services.library.ingest([folder / name], kind=kind, progress=progress).as_json()
        total = {key: total[key] + value if key in total else value for key, value in report.items()}
    return total


def _remove_examples(services: Services, values: Mapping[str, Any], progress: Progress) -> Values:
    del values, progress
    return {"removed": services.library.remove_examples()}


def _document_list(services: Services, values: Mapping[str, Any], progress: Progress) -> Values:
    del values, progress
    return {"items": [describe(services, document) for document in services.library.documents(OWNER)], "next": None}


def _document_show(services: Services, values: Mapping[str, Any], progress: Progress) -> Values:
    del progress
    wanted = values["id"]
    found = services.library.document(wanted, OWNER)
    if found is None:
        matches = [
            item for item in services.library.documents(OWNER) if item.id.startswith(wanted) or item.source == wanted
        ]
        found = services.library.document(matches[0].id, OWNER) if len(matches) == 1 else None
    if found is None:
        raise NotFound(f"没有编号为 {wanted} 的文件，用 wenzhen document list 查看编号。")
    shown = describe(services, found)
    shown["notes"] = list(found.notes)
    if values.get("tree"):
        shown["tree"] = outline(found)
    return shown


def _status(services: Services, values: Mapping[str, Any], progress: Progress) -> Values:
    del values, progress
    engine = services.engine
    return {
        **services.library.stats(),
        "pending": services.library.pending,
        "storing": engine.storing().value,
        "clock_set_back_s": engine.set_back_s,
        **engine.condition().as_json(),
    }


def _conversation_begin(services: Services, values: Mapping[str, Any], progress: Progress) -> Values:
    del progress
    return terminal.begin(services.clinic, token=values.get("token"))


def _conversation_post(services: Services, values: Mapping[str, Any], progress: Progress) -> Values:
    progress("正在准备", 0, 0)
    return terminal.post(
        services.clinic,
        services.lanes,
        serving=services.engine.is_running,
        id=values["id"],
        text=values["text"],
        token=values.get("token"),
    )


def _conversation_read(services: Services, values: Mapping[str, Any], progress: Progress) -> Values:
    del progress
    return terminal.read(services.clinic, id=values["id"], after=values.get("after"), token=values.get("token"))


def _backup(services: Services, values: Mapping[str, Any], progress: Progress) -> Values:
    from bot.work.backup import backup

    return backup(
        services.clinic.records,
        services.settings.data,
        Path(values["path"]),
        now=services.clinic.clock(),
        progress=progress,
    )


def describe(services: Services, document: Document) -> Values:
    """What is known of a document, for lists."""
    library = services.library
    return {
        "id": document.id,
        "kind": document.kind.value,
        "title": document.title,
        "number": document.number,
        "issuer": document.issuer,
        "region": document.region,
        "issued": document.issued.isoformat() if document.issued else None,
        "effective": document.effective.isoformat() if document.effective else None,
        "valid_until": document.valid_until.isoformat() if document.valid_until else None,
        "status": status_on(document, services.today()).value,
        "visibility": document.visibility.value,
        "source": document.source,
        "example": document.example,
        "passages": len(library.passages(document.id, OWNER)),
        "skipped": list(document.notes),
    }


VERBS: dict[str, Callable[[Services, Mapping[str, Any], Progress], Values]] = {
    "ask": _ask,
    "answers-replay": _answers_replay,
    "ingest": _ingest,
    "ingest-shipped": _ingest_shipped,
    "remove-examples": _remove_examples,
    "document-list": _document_list,
    "document-show": _document_show,
    "status": _status,
    "backup": _backup,
    "conversation-begin": _conversation_begin,
    "conversation-post": _conversation_post,
    "conversation-read": _conversation_read,
}

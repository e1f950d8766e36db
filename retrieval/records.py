"""Documents and passages as JSON and back. The tree is kept apart, because most readers never need it."""

import json
from dataclasses import fields, replace
from datetime import date
from typing import Any, get_type_hints

from corpora.document import Course, Document, Kind, Node, NodeKind, Passage, Solution, Visibility

BARE_TREE = Node(kind=NodeKind.DOCUMENT, label="", heading="", clause="", span=(0, 0), own=())
_APART = frozenset({"tree", "text"})
_COLUMNS = frozenset({"document_id", "kind", "text", "context", "order"})
_PASSAGE_FIELDS = tuple(each.name for each in fields(Passage) if each.name not in _COLUMNS)
_NODE_FIELDS = tuple(each.name for each in fields(Node) if each.name != "children")

_DAYS = tuple(name for name, kind in get_type_hints(Document).items() if kind == date | None)


def document_to_json(document: Document) -> str:
    """Everything but text and tree."""
    names = (each.name for each in fields(Document) if each.name not in _APART)
    return _dump({name: _plain(getattr(document, name)) for name in names})


def document_from_json(record: str, *, text: str = "") -> Document:
    """The document with the text given and a bare tree."""
    values: dict[str, Any] = json.loads(record)
    given = {name: _frozen(value) for name, value in values.items()}
    given |= {name: _day(values.get(name)) for name in _DAYS}
    given["kind"] = Kind(values["kind"])
    given["visibility"] = Visibility(values["visibility"])
    given["courses"] = tuple(_course(row) for row in values["courses"])
    given["solution"] = Solution(**values["solution"]) if values["solution"] else None
    return Document(text=text, tree=BARE_TREE, **given)


def with_tree(document: Document, record: str) -> Document:
    """The document with the tree that `tree_to_json` wrote."""
    return replace(document, tree=_node(json.loads(record)))


def tree_to_json(tree: Node) -> str:
    """One nested list a node, in the order of the fields."""
    return _dump(_listed(tree))


def passage_to_json(passage: Passage) -> str:
    """What of a passage has no column of its own."""
    return _dump({name: _plain(getattr(passage, name)) for name in _PASSAGE_FIELDS})


def passage_from_json(record: str, *, document_id: str, kind: Kind, text: str, context: str, order: int) -> Passage:
    """The passage again."""
    values = {name: _frozen(value) for name, value in json.loads(record).items()}
    return Passage(document_id=document_id, kind=kind, text=text, context=context, order=order, **values)


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if isinstance(value, Course | Solution):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
    return value


def _frozen(value: Any) -> Any:
    return tuple(_frozen(each) for each in value) if isinstance(value, list) else value


def _day(value: str | None) -> date | None:
    return date.fromisoformat(value) if value else None


def _course(row: dict[str, Any]) -> Course:
    return Course(**{**row, "start": _day(row["start"]), "end": _day(row["end"]), "span": tuple(row["span"])})


def _listed(node: Node) -> list[Any]:
    return [[_listed(child) for child in node.children], *(_plain(getattr(node, name)) for name in _NODE_FIELDS)]


def _node(row: list[Any]) -> Node:
    children, *values = row
    # a record written before a field was added is shorter: that field keeps its default
    given = {name: _frozen(value) for name, value in zip(_NODE_FIELDS, values, strict=False)}
    given["kind"] = NodeKind(given["kind"])
    return Node(children=tuple(_node(child) for child in children), **given)

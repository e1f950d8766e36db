"""A document's tree as text for people: one line a unit, indented, with its name, first words, page and responsible body.

Personal numbers are left out.
"""

from corpora.document import Document, Node, NodeKind
from corpora.noise import without

_MAX_WORDS = 36
_KIND_NAMES = {
    NodeKind.FRONT: "［文头文尾］",
    NodeKind.TABLE: "［表］",
    NodeKind.ROW: "［行］",
    NodeKind.PARAGRAPH: "",
}


def outline(document: Document) -> str:
    """The tree, outermost first, two blanks a level; empty for a document whose tree is bare."""
    lines: list[str] = []
    stack = [(child, 0) for child in reversed(document.tree.children)]
    while stack:
        node, depth = stack.pop()
        lines.append("  " * depth + _line(document, node))
        stack.extend((child, depth + 1) for child in reversed(node.children))
    return "\n".join(lines)


def _line(document: Document, node: Node) -> str:
    parts = [_KIND_NAMES.get(node.kind, ""), node.label, node.heading or _first_words(document, node)]
    line = " ".join(part for part in parts if part)
    notes = [f"引作 {node.clause}"] if node.clause else []
    notes += [f"第{node.page}页"] if node.page is not None else []
    notes += [f"责任单位：{node.responsible}"] if node.responsible else []
    return f"{line}〔{'；'.join(notes)}〕" if notes else line


def _first_words(document: Document, node: Node) -> str:
    shown = [part for span in node.own[:3] for part in without(span, document.personal)]
    words = "".join(document.text[a:b] for a, b in shown)
    words = "".join(words.split())
    if node.label and words.startswith("".join(node.label.split())):
        words = words[len("".join(node.label.split())) :]
    return words if len(words) <= _MAX_WORDS else words[: _MAX_WORDS - 1] + "…"

"""Readings of made-up regulations, shared by the tests of this room."""

from collections.abc import Iterator

from corpora.document import Document, Extract, Node
from corpora.regulation import structure


def read(text: str, source: str = "样本.txt") -> Document:
    """The one document of a text."""
    (document,) = structure(Extract(text), source=source)
    return document


def nodes(document: Document) -> Iterator[Node]:
    """All nodes below the root, parents first."""
    stack = list(reversed(document.tree.children))
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(node.children))


def said(document: Document, node: Node) -> str:
    """A node's own words without blanks."""
    return "".join("".join(document.text[a:b].split()) for a, b in node.own)


def clauses(document: Document) -> dict[str, str]:
    """Own words by clause; words of nodes that share a clause follow one another."""
    found: dict[str, str] = {}
    for node in nodes(document):
        found[node.clause] = found.get(node.clause, "") + said(document, node)
    return found


def uncovered(document: Document) -> str:
    """Non-blank characters of the document that are not noise and lie in no own span."""
    covered = [*document.noise, *(span for node in nodes(document) for span in node.own)]
    covered += document.tree.own
    text = list(document.text)
    for start, end in covered:
        text[start:end] = " " * (end - start)
    return "".join("".join(text).split())


def overlaps(document: Document) -> list[tuple[int, int]]:
    """Own spans that begin before the one before them ends, and those that touch noise."""
    own = sorted([*document.tree.own, *(span for node in nodes(document) for span in node.own)])
    bad = [after for before, after in zip(own, own[1:], strict=False) if after[0] < before[1]]
    everything = sorted([*own, *document.noise])
    bad += [after for before, after in zip(everything, everything[1:], strict=False) if after[0] < before[1]]
    return bad

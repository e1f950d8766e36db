"""The unit of a regulation while its tree is being put together; frozen into document.Node at the end."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from corpora.document import NodeKind, Span
from corpora.lines import Line
from corpora.numbering import Mark


@dataclass(slots=True, eq=False)
class Unit:
    """One unit under construction. `pieces` are its own characters; `name` is its part of the clause, empty for none of its own."""

    kind: NodeKind
    name: str = ""
    label: str = ""
    heading: str = ""
    mark: Mark | None = None
    rank: float = 99
    hashes: int = 0
    is_open: bool = False  # a heading, or ends with a colon: what follows belongs to it
    words: list[str] = field(default_factory=list)  # its own paragraphs
    pieces: list[Span] = field(default_factory=list)
    children: list["Unit"] = field(default_factory=list)
    clause: str = ""
    lead: str = ""
    responsible: str = ""
    header: tuple[str, ...] = ()

    def take(self, line: Line) -> None:
        """Make a paragraph this unit's own."""
        self.words.append(line.words)
        self.pieces.extend(line.pieces)

    def add(self, child: "Unit") -> "Unit":
        """Append a child and return it."""
        self.children.append(child)
        return child

    def walk(self) -> Iterator["Unit"]:
        """This unit and all below it, in order of the tree."""
        stack = [self]
        while stack:
            unit = stack.pop()
            yield unit
            stack.extend(reversed(unit.children))


def is_numbered(units: Sequence[Unit]) -> bool:
    """Whether any of the units carries a number."""
    return any(unit.mark for unit in units)

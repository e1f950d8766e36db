"""Who calls, and what a role may do at all. Which object one may see is asked where the object is read. Pure."""

from dataclasses import dataclass

from retrieval.protocols import Principal, Role

CLERKS = frozenset({Role.STAFF, Role.ADMIN})


@dataclass(frozen=True, slots=True)
class Caller:
    """The person behind a request. Without an account: role public, everything else empty."""

    role: Role = Role.PUBLIC
    person: str | None = None
    name: str = ""
    organisation: str | None = None

    @property
    def principal(self) -> Principal:
        """What retrieval is told."""
        return Principal(self.role, self.organisation)

    @property
    def is_clerk(self) -> bool:
        """Staff or admin."""
        return self.role in CLERKS


NOBODY = Caller()

"""The house's errors: one root, five kinds, leaves named for the fact.

A message is one Chinese sentence that says what happened and what to do. The doors translate kinds (to an HTTP status, an exit code, a
reply); nothing else looks at them.
"""


class BotError(Exception):
    """Root of everything the clinic raises on purpose. `str(error)` may be shown to the person who caused it."""


class NotFound(BotError):
    """There is no such thing, or this principal may not know of it."""


class Conflict(BotError):
    """The thing is in a state that does not allow this now."""


class NotAllowed(BotError):
    """The principal's role does not allow this on a thing it may see."""


class Unauthenticated(NotAllowed):
    """A token was given and nobody holds it."""


class Invalid(BotError):
    """The input cannot be understood; the message says what to give instead."""


class TooLong(Invalid):
    """The input is longer than the limit named in the message."""


class Unavailable(BotError):
    """A part that is needed is not there right now: disk, index, embedder, another process."""


class Busy(Unavailable):
    """Too much is asked at once; the same request may succeed a little later."""


class DirectoryTaken(Unavailable):
    """Another process owns the data directory."""

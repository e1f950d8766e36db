"""What can go wrong when a file is read. Each message is one sentence for the person who gave the file."""


class CorpusError(Exception):
    """Root of everything that reading raises on purpose."""


class Unreadable(CorpusError):
    """The file cannot be read at all: broken, encrypted, binary, empty, too large, wrong suffix."""


class Unsupported(Unreadable):
    """No reader knows this kind of file."""

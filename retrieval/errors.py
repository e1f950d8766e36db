"""What can go wrong when passages are indexed or found."""


class RetrievalError(Exception):
    """Root of everything that retrieval raises on purpose."""


class IndexMissing(RetrievalError):
    """Nothing has been indexed in this folder yet."""


class IndexBroken(RetrievalError):
    """The index on disk cannot be opened or healed; the message names the folder and what to do."""


class EmbedderUnavailable(RetrievalError):
    """The embedder cannot be loaded or reached."""


class NotWritable(RetrievalError):
    """The index folder cannot be written: disk full, read-only. What was stored before is untouched."""


class Closing(RetrievalError):
    """The library is being closed; what was asked for will be finished by the next start."""

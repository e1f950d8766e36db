"""The composition root: builds every part once from settings. Tests pass their own parts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from bot import profile as profiles
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.assistant.answer import Assistant
    from bot.profile import Profile
    from retrieval.library import Library
    from retrieval.protocols import Embedder


@dataclass(frozen=True, slots=True)
class Services:
    """Everything that a door needs."""

    settings: Settings
    library: Library
    assistant: Assistant
    profile: Profile
    today: Callable[[], date]
    secret: str  # authenticates commands that speak to this process over loopback

    def close(self) -> None:
        """Give back files and threads."""
        self.library.close()


def build(
    settings: Settings, *, secret: str = "", embedder: Embedder | None = None, today: Callable[[], date] | None = None
) -> Services:
    """Build the object graph. The caller owns the data directory already (see `bot.directory`).

    Raises:
        Unavailable: the index cannot be opened.
        Invalid: the centre profile cannot be read.
    """
    from bot.assistant.answer import Assistant
    from retrieval.library import Library

    def day() -> date:
        return settings.today or date.today()  # noqa: DTZ011 - the centre's own calendar day is meant

    today = today or day
    profile = profiles.load(settings.profile_file)
    library = Library.open(settings.index_folder, embedder=embedder or choose_embedder(settings))
    if not settings.examples:
        library.remove_examples()
    return Services(settings, library, Assistant(library, profile=profile, today=today), profile, today, secret)


def choose_embedder(settings: Settings) -> Embedder:
    """The embedder that the settings name; nothing is loaded yet."""
    from retrieval.embedding import BuiltinEmbedder, EndpointEmbedder

    if settings.embedding == "builtin":
        return BuiltinEmbedder(threads=settings.threads)
    return EndpointEmbedder(
        settings.embedding, model=settings.embedding_model, api_key=settings.embedding_api_key.get_secret_value()
    )

"""The composition root: builds every part once from settings. Tests pass their own parts."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Protocol

from bot import profile as profiles
from bot.errors import Invalid, Unavailable
from bot.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.assistant.answer import Assistant
    from bot.clinic.clinic import Clinic
    from bot.db import Records
    from bot.profile import Profile
    from bot.rules.arrivals import Arrival
    from bot.rules.holidays import Calendar
    from bot.rules.triage import MeaningOf
    from bot.rules.worktime import Hours
    from bot.services.letters import Letter
    from bot.work.arrivals import Arrivals, Handled
    from bot.work.engine import Engine
    from bot.work.lanes import Lanes
    from bot.work.outbox import Sender
    from bot.work.tally import Tally
    from retrieval.library import Library
    from retrieval.protocols import Embedder, Vectors

log = logging.getLogger("wenzhen.bootstrap")


class FarDoor(Protocol):
    """A channel that is spoken to, as the house needs it."""

    channel: str

    def read(self, payload: Mapping[str, Any]) -> Arrival:
        """Understand an update; ValueError where it cannot be."""

    def sender(
        self,
        look_up: Callable[[str, Mapping[str, Any]], Letter | None],
        shut: Callable[[str], None],
        topic_lost: Callable[[str], None],
        moved: Callable[[str, str], None],
    ) -> Sender:
        """Who delivers: told how to look up what a chat is to see, and whom to tell that a chat is shut."""

    def fetch(self, far_id: str, most_bytes: int) -> bytes:
        """The bytes of a file by its far name; Invalid where it cannot be had at all, Unavailable where not now."""

    def on_handled(self, arrival: Arrival, handled: Handled) -> None:
        """Something was handled; must not block."""


@dataclass(frozen=True, slots=True)
class Services:
    """Everything that a door needs."""

    settings: Settings
    library: Library
    assistant: Assistant
    profile: Profile
    today: Callable[[], date]
    secret: str  # authenticates commands that speak to this process over loopback
    clinic: Clinic
    lanes: Lanes
    engine: Engine  # at rest until `serve` or `work` starts it
    tally: Tally
    arrivals: Arrivals | None = None  # where a far door brings what comes

    def close(self) -> None:
        """Give back files and threads."""
        self.engine.stop()
        self.library.close()
        self.clinic.records.close()


def build(
    settings: Settings,
    *,
    secret: str = "",
    embedder: Embedder | None = None,
    today: Callable[[], date] | None = None,
    door: FarDoor | None = None,
) -> Services:
    """Build the object graph; nothing runs yet. The caller owns the data directory already (see `bot.directory`).

    Raises:
        Unavailable: the index or the records cannot be opened.
        Invalid: the centre profile cannot be read, or the database's address cannot be used.
    """
    from bot.assistant.answer import Assistant
    from bot.clinic.chats import Chats
    from bot.clinic.clinic import Clinic
    from bot.clock import SteadyClock
    from bot.dialogue.dialogue import Dialogue
    from bot.services.files import FETCH, SWEEP
    from bot.services.moment import Moment
    from bot.services.personal import REWRITE
    from bot.services.solutions import INDEX
    from bot.work.arrivals import Arrivals
    from bot.work.engine import Engine
    from bot.work.files import Fetching, Files
    from bot.work.hub import Hub
    from bot.work.indexing import Indexing
    from bot.work.jobs import Jobs
    from bot.work.lanes import Lanes
    from bot.work.leases import leases
    from bot.work.mornings import Mornings
    from bot.work.outbox import Outbox
    from bot.work.pooling import Pooling
    from bot.work.shelf import ClinicLibrary, Shown
    from bot.work.tally import Tally
    from bot.work.timers import Timers

    today = today or (lambda: settings.day)
    profile = profiles.load(settings.profile_file)
    hours = working_hours(profile, calendar(settings))
    records = open_records(settings)
    embedder = embedder or choose_embedder(settings)
    library = ClinicLibrary.open(settings.index_folder, embedder=embedder)
    assert isinstance(library, ClinicLibrary)
    library.shown = Shown(records)
    if not settings.examples:
        library.remove_examples()
    assistant = Assistant(library, profile=profile, today=today, region_of=_region_of(records))
    clock, hub, tally = SteadyClock(), Hub(), Tally()

    def on_commit(topics: frozenset[str]) -> None:
        tally.count(topics)
        hub.tell(topics)

    records.on_commit = on_commit
    held = leases(records, clock)
    lanes = Lanes(
        records,
        Dialogue(assistant, profile, hours, meaning_of(embedder)),
        clock,
        hours,
        hub,
        room=settings.max_waiting,
        telephone=profile.telephone,
        held=held,
    )
    indexing = Indexing(records, library, settings.cases_folder, lambda: Moment(clock(), hours))
    files = Files(records, settings.files_folder)
    clinic = Clinic(records, clock, hours, profile, hub, finder=library, files=files)
    arrivals = None
    if door is not None:
        arrivals = Arrivals(
            records,
            door.channel,
            Chats(profile),
            door.read,
            lanes,
            clock,
            hours,
            held=held,
            on_handled=door.on_handled,
        )
    pooling = Pooling(records, embedder, clock, held)
    handlers: dict[str, Callable[[str], None]] = {
        INDEX: indexing.refresh,
        SWEEP: files.sweep,
        REWRITE: lambda _: _rewritten(records),
    }
    if door is not None:
        handlers[FETCH] = Fetching(records, clock, files, door.fetch).bring
    engine = Engine(
        records,
        clock,
        lanes=lanes,
        outbox=Outbox(records, _senders(clinic, door), clock, hub, held=held),
        timers=Timers(records, clock, hours, held),
        jobs=Jobs(
            records,
            clock,
            handlers,
            between=(indexing.catch_up, Mornings(records, clock, hours, held).look, pooling.catch_up),
        ),
        more=() if arrivals is None else (arrivals,),
    )
    return Services(settings, library, assistant, profile, today, secret, clinic, lanes, engine, tally, arrivals)


def _region_of(records: Records) -> Callable[[str], str | None]:
    from bot.errors import BotError
    from bot.services import people

    def region_of(organisation: str) -> str | None:
        try:
            with records.read() as session:
                return people.organisation(session, organisation).region
        except BotError:  # a place that is not known is no reason to give no answer
            return None

    return region_of


def _rewritten(records: Records) -> None:
    """Clear the old pages of somebody who deleted himself; the job tries again where others wrote for too long."""
    records.forget()


def _senders(clinic: Clinic, door: FarDoor | None) -> dict[str, Sender]:
    from bot.clinic.posting import Posting

    if door is None:
        return {}
    posting = Posting(clinic)
    return {door.channel: door.sender(posting.look_up, posting.shut, posting.topic_lost, posting.moved)}


def build_clinic(settings: Settings) -> Clinic:
    """The clinic alone, without index and dialogue. The caller owns the data directory, and closes the records.

    Raises:
        Unavailable: the records cannot be opened.
        Invalid: the centre profile cannot be read, or the database's address cannot be used.
    """
    from bot.clinic.clinic import Clinic
    from bot.clock import SteadyClock
    from bot.work.hub import Hub

    profile = profiles.load(settings.profile_file)
    return Clinic(open_records(settings), SteadyClock(), working_hours(profile, calendar(settings)), profile, Hub())


def open_records(settings: Settings) -> Records:
    """The records that the settings name, their tables brought up to the present shape.

    Raises:
        Unavailable: they cannot be opened.
        Invalid: the address cannot be used.
    """
    from bot.db import Records
    from bot.services import schema

    records = Records(records_url(settings))
    try:
        copy = schema.upgrade(records, backups=settings.backups_folder)
        if copy is not None:
            log.info("the records were copied to %s before their upgrade", copy)
    except BaseException:
        records.close()
        raise
    return records


def records_url(settings: Settings) -> str:
    """The address of the records: the one that is set, else a file in the data directory."""
    from bot.db import sqlite_url

    return settings.database_url.get_secret_value() or sqlite_url(settings.records_file)


def calendar(settings: Settings) -> Calendar:
    """The holidays that are known: the shipped years, and those of the data directory, which outweigh them.

    Raises:
        Invalid: the file in the data directory is no such table.
        Unavailable: it cannot be read.
    """
    from bot.rules import holidays

    path = settings.holidays_file
    try:
        years = holidays.from_toml(path.read_bytes()) if path.exists() else ()
    except ValueError as error:
        raise Invalid(f"节假日表 {path.name} 读不懂：{error}") from None
    except OSError as error:
        raise Unavailable(f"节假日表 {path.name} 读不了（{error.strerror}），请检查数据目录的权限。") from error
    return holidays.shipped().with_years(years)


def working_hours(profile: Profile, calendar: Calendar) -> Hours:
    """The working time that the profile states, and the year's holidays.

    Raises:
        Invalid: the profile states one that cannot be read.
    """
    from bot.rules import worktime

    try:
        return worktime.parse(profile.hours_by_day, holidays=calendar.holidays, workdays=calendar.workdays)
    except ValueError as error:
        raise Invalid(f"中心档案的 [hours] 读不懂：{error}") from None


def meaning_of(embedder: Embedder) -> MeaningOf | None:
    """The vector of a message, for sorting it; None with another embedder than the built-in one, whose vectors the weights know."""
    from retrieval.embedding import BuiltinEmbedder
    from retrieval.errors import EmbedderUnavailable

    if not isinstance(embedder, BuiltinEmbedder):
        return None

    def meaning(text: str) -> Vectors | None:
        try:
            return embedder.embed_query(text)
        except EmbedderUnavailable as error:
            log.warning("sorting by words alone: %s", error)
            return None

    return meaning


def choose_embedder(settings: Settings) -> Embedder:
    """The embedder that the settings name; nothing is loaded yet."""
    from retrieval.embedding import BuiltinEmbedder, EndpointEmbedder

    if settings.embedding == "builtin":
        return BuiltinEmbedder(threads=settings.threads)
    return EndpointEmbedder(
        settings.embedding, model=settings.embedding_model, api_key=settings.embedding_api_key.get_secret_value()
    )

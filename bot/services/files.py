"""Files of talks: put down with the message that brings them, found again, told to the case, forgotten."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from bot.db import changed, changes_one
from bot.errors import Invalid, NotFound
from bot.models.base import new_id
from bot.models.conversations import Conversation, Message
from bot.models.files import File, FileState
from bot.models.people import Person
from bot.models.tickets import Ticket
from bot.models.work import Job
from bot.rules import files as rules
from bot.rules.arrivals import Media, MediaKind
from bot.rules.conversations import Sender
from bot.rules.files import MARKED, Judged
from bot.rules.intake import ATTACHED
from bot.rules.people import Caller
from bot.services import conversations, reach, talks, tickets
from bot.services.moment import Moment

GONE = "没有这个文件，或者您看不到它。"
FETCH, SWEEP = "fetch_file", "sweep_files"  # jobs; the subject is the file's id, or the hash of what may be unused now


@dataclass(frozen=True, slots=True)
class Bytes:
    """A file that is to be put down: what it is, where its bytes are."""

    judged: Judged
    name: str
    size: int
    sha256: str


# --- putting down -----------------------------------------------------------------------------------------------------------------------


def check_room(session: Session, talk: Conversation, *, adding: int = 1) -> None:
    """Refuse a file too many.

    Raises:
        Invalid: the talk holds as many as it may, or as many bytes.
    """
    count, size = session.execute(
        select(func.count(), func.coalesce(func.sum(File.size), 0)).where(
            File.conversation_id == talk.id, File.state != FileState.REFUSED
        )
    ).one()
    most = rules.MAX_FILES if talk.organisation_id or talk.person_id else rules.MAX_FILES_OF_STRANGERS
    if count + adding > most:
        more = "" if most == rules.MAX_FILES else "；登记企业后可以发更多"
        raise Invalid(f"这段对话里最多放 {most} 个文件，这个没有收下{more}。")
    if size > rules.MAX_BYTES_OF_TALK:
        raise Invalid("这段对话里的文件太多太大了，这个没有收下，请发一个下载链接。")


def keep(
    session: Session,
    now: datetime,
    talk: str,
    *,
    key: str,
    kept: Bytes,
    sender: Sender,
    person: str | None,
    message: str | None = None,
) -> File:
    """Put down a file whose bytes are there."""
    file = File(
        id=new_id("a"),
        conversation_id=talk,
        key=key,
        message_id=message,
        sender=sender,
        person_id=person,
        kind=kept.judged.kind,
        name=kept.name,
        media_type=kept.judged.media_type,
        size=kept.size,
        sha256=kept.sha256,
        state=FileState.KEPT,
        created_at=now,
    )
    session.add(file)
    session.flush()
    return file


def await_far(
    session: Session,
    now: datetime,
    talk: str,
    medias: Sequence[Media],
    *,
    key: str,
    sender: Sender,
    person: str | None,
    message: str | None = None,
) -> None:
    """Put down files that a far chat has; a job of this very transaction fetches each."""
    for place, media in enumerate(medias):
        file = File(
            id=new_id("a"),
            conversation_id=talk,
            key=key,
            place=place,
            message_id=message,
            sender=sender,
            person_id=person,
            kind=media.kind,
            name=rules.plain_name(media.name) or rules.NAMES[media.kind],
            far_id=media.file,
            state=FileState.WAITING,
            created_at=now,
        )
        session.add(file)
        session.add(Job(kind=FETCH, subject=file.id, created_at=now))
    session.flush()


def attach(session: Session, now: datetime, conversation: str, key: str, message: str) -> bool:
    """Tie the files of a turn to its message; whether there were any."""
    if not key.endswith(MARKED):
        return False
    found = session.scalars(
        select(File).where(File.conversation_id == conversation, File.key == key, File.message_id.is_(None))
    ).all()
    for file in found:
        file.message_id = message
        session.flush()
        _pass_on(session, now, file)
    return bool(found)


def tell_case(session: Session, moment: Moment, conversation: str, message: str, *, caller: Caller) -> None:
    """What the firm has sent belongs to its open case from now on, and stands in the demand: how much, and where."""
    ticket = tickets.open_ticket_of(session, conversation)
    if ticket is None:
        return
    of_firm = File.conversation_id == conversation, File.ticket_ref.is_(None), File.sender == Sender.SME
    if not changed(session, update(File).where(*of_firm).values(ticket_ref=ticket.ref)):
        return
    told = rules.counted(kinds_of_case(session, ticket.ref))
    if told:
        talks.add_facts(session, moment, ticket, {ATTACHED: {"value": told, "message": message}}, caller=caller)


# --- finding ----------------------------------------------------------------------------------------------------------------------------


def of_messages(session: Session, messages: Iterable[Message]) -> dict[str, list[File]]:
    """The files of these messages, by message, in order."""
    ids = [message.id for message in messages if message.sender in (Sender.SME, Sender.ENGINEER, Sender.STAFF)]
    found: dict[str, list[File]] = {}
    if not ids:
        return found
    for file in session.scalars(select(File).where(File.message_id.in_(ids)).order_by(File.created_at, File.place)):
        found.setdefault(file.message_id or "", []).append(file)
    return found


def of_message(session: Session, message: str) -> Sequence[File]:
    """The same for one."""
    return session.scalars(select(File).where(File.message_id == message).order_by(File.created_at, File.place)).all()


def of_key(session: Session, conversation: str, key: str) -> File | None:
    """The file that was put down with this key before."""
    return session.scalars(
        select(File).where(File.conversation_id == conversation, File.key == key).order_by(File.place).limit(1)
    ).one_or_none()


def get(session: Session, conversation: str, file: str) -> File:
    """A file of this talk.

    Raises:
        NotFound: there is none.
    """
    found = session.get(File, file)
    if found is None or found.conversation_id != conversation or found.state is FileState.REFUSED:
        raise NotFound(GONE)
    return found


def by_id(session: Session, file: str) -> File | None:
    """A file, whoever asks."""
    return session.get(File, file)


def kinds_of_case(session: Session, ticket: str) -> list[MediaKind]:
    """What the firm has sent for a case."""
    return list(session.scalars(select(File.kind).where(File.ticket_ref == ticket, File.state != FileState.REFUSED)))


def sent_before(session: Session, ticket: Ticket) -> list[tuple[dict[str, str], str]]:
    """What to put in line for who takes the case over, in order: each message of the firm with files, each file that goes by itself."""
    whole: set[str] = set()
    rows = session.scalars(
        select(File)
        .where(File.ticket_ref == ticket.ref, File.message_id.is_not(None), File.state != FileState.REFUSED)
        .order_by(File.created_at, File.place)
    )
    line: list[tuple[dict[str, str], str]] = []
    for file in rows:
        message = str(file.message_id)
        if is_apart(file):
            if file.state is FileState.KEPT:
                line.append(({"kind": "file", "file": file.id, "ticket": ticket.ref}, message))
        elif message not in whole:
            whole.add(message)
            line.append(({"kind": "message", "message": message, "ticket": ticket.ref}, message))
    return line


def photos_of(session: Session, ticket: Ticket) -> int:
    """How many of them are photos."""
    return kinds_of_case(session, ticket.ref).count(MediaKind.PHOTO)


# --- what a far chat has ----------------------------------------------------------------------------------------------------------------


def is_apart(file: File) -> bool:
    """Whether it goes to a chat by itself, once it is here and looked at; photos and voice go with their message, by their far name."""
    return bool(file.far_id) and file.kind is MediaKind.DOCUMENT


def fetched(session: Session, now: datetime, file: str, kept: Bytes) -> None:
    """Its bytes are there now; nothing where it was forgotten meanwhile, or somebody else was faster."""
    values = {
        "state": FileState.KEPT,
        "name": kept.name,
        "media_type": kept.judged.media_type,
        "size": kept.size,
        "sha256": kept.sha256,
    }
    if changes_one(session, update(File).where(File.id == file, File.state == FileState.WAITING).values(**values)):
        done = session.get_one(File, file, populate_existing=True)
        conversations.touched(session, done.conversation_id)
        _pass_on(session, now, done)


def _pass_on(session: Session, now: datetime, file: File) -> None:
    """Put it in line for the chats of the other side, where its message is there already."""
    if not is_apart(file) or file.message_id is None or file.state is not FileState.KEPT:
        return
    talk = talks.conversation(session, file.conversation_id)
    payload = {"kind": "file", "file": file.id}
    if file.sender is not Sender.SME:
        if talk.channel == reach.TELEGRAM and talk.address:
            reach.put(session, now, talk.address, payload, message=file.message_id)
        return
    ticket = tickets.open_ticket_of(session, talk.id)
    if ticket is not None and ticket.owner_id is not None:
        for address in reach.of_person(session, ticket.owner_id):
            lane = reach.lane_of(address, ticket.ref)
            reach.put(session, now, lane, payload | {"ticket": ticket.ref}, message=file.message_id)


def refuse(session: Session, now: datetime, file: str, why: str) -> None:
    """It cannot be taken: whoever sent it is told why."""
    waiting = update(File).where(File.id == file, File.state == FileState.WAITING)
    if not changes_one(session, waiting.values(state=FileState.REFUSED, far_id="")):
        return
    found = session.get_one(File, file, populate_existing=True)
    words = f"“{found.name}”没有收下：{why}"
    if found.sender is Sender.SME:
        conversations.tell(session, now, found.conversation_id, words)
    for address in (
        reach.of_person(session, found.person_id) if found.sender is not Sender.SME and found.person_id else ()
    ):
        conversations.tell(session, now, address.conversation_id, words)


def try_again(session: Session, at: datetime, file: str, *, now: datetime) -> None:
    """Have it fetched once more, not before `at`."""
    session.add(Job(kind=FETCH, subject=file, not_before=at, created_at=now))


# --- forgetting -------------------------------------------------------------------------------------------------------------------------


def is_used(session: Session, sha256: str) -> bool:
    """Whether any file has these bytes."""
    return session.scalars(select(File.id).where(File.sha256 == sha256).limit(1)).first() is not None


def forget(session: Session, now: datetime, person: Person) -> None:
    """Nothing of his talks and nothing that he sent anywhere is left; jobs of this transaction remove the bytes."""
    own = select(Conversation.id).where(Conversation.person_id == person.id)
    his = or_(File.person_id == person.id, File.conversation_id.in_(own))
    hashes = set(session.scalars(select(File.sha256).where(his, File.sha256.is_not(None))))
    session.execute(delete(File).where(his).execution_options(synchronize_session="fetch"))
    session.add_all(Job(kind=SWEEP, subject=sha256, created_at=now) for sha256 in sorted(hashes, key=str))
    session.flush()

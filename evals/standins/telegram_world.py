"""What the stand-in Bot API knows: chats, what stands in them, files, updates that wait. Thread safe."""

from __future__ import annotations

import random
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from evals.standins.telegram_markup import Entity, units

Json = dict[str, Any]


class ApiError(Exception):
    """What the Bot API answers instead of a result."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters


def bad(description: str, **parameters: int) -> ApiError:
    """400."""
    return ApiError(400, f"Bad Request: {description}", **parameters)


@dataclass(frozen=True, slots=True)
class Key:
    """A button under a message."""

    label: str
    data: str = ""
    url: str = ""


@dataclass(slots=True)
class File:
    """Bytes that somebody sent."""

    id: str
    content: bytes
    name: str
    media_type: str
    kind: str  # photo, document, voice

    @property
    def unique_id(self) -> str:
        """The same for every sender."""
        return "u" + self.id[-12:]

    @property
    def path(self) -> str:
        """Where it is downloaded."""
        return f"{self.kind}s/{self.unique_id}-{self.name or 'file'}".replace(" ", "_")


@dataclass(slots=True)
class Shown:
    """A message as the people in the chat see it; `text` is the caption where there is a file."""

    id: int
    chat: int
    author: int  # a user's id; the bot's own for what it sends
    text: str
    date: int
    at_s: float  # monotonic
    entities: list[Entity] = field(default_factory=list)
    keys: list[list[Key]] = field(default_factory=list)
    reply_to: int | None = None
    thread: int | None = None
    file: File | None = None
    album: str | None = None
    earlier: list[str] = field(default_factory=list)  # texts before edits
    silent: bool = False
    deleted: bool = False
    reaction: str = ""  # the bot's

    @property
    def labels(self) -> list[str]:
        """Of its buttons, row by row."""
        return [key.label for row in self.keys for key in row]

    def key(self, label: str) -> Key:
        """The button with this label, or whose label begins with it."""
        for row in self.keys:
            for key in row:
                if key.label == label:
                    return key
        for row in self.keys:
            for key in row:
                if key.label.startswith(label):
                    return key
        raise AssertionError(f"no button {label!r} under this message, there are {self.labels}: {self.text[:200]!r}")


@dataclass(slots=True)
class Chat:
    """A private chat (its id is the user's) or a group (negative)."""

    id: int
    type: str
    title: str
    is_forum: bool = False
    is_open: bool = True  # a private chat opens with the user's first message
    refusal: str = ""  # why the bot may not write here
    moved_to: int | None = None
    members: set[int] = field(default_factory=set)
    topics: dict[int, str] = field(default_factory=dict)
    closed: set[int] = field(default_factory=set)
    shown: dict[int, Shown] = field(default_factory=dict)
    last_id: int = 0

    def as_json(self) -> Json:
        """As it stands in a message."""
        name = {"first_name": self.title} if self.type == "private" else {"title": self.title}
        return {"id": self.id, "type": self.type, **name, **({"is_forum": True} if self.is_forum else {})}

    def next_id(self) -> int:
        """Ids are a chat's own."""
        self.last_id += 1
        return self.last_id


class World:
    """Everything that people and the bot have done."""

    def __init__(self, *, bot_id: int, username: str, topics: bool) -> None:
        self.bot_id = bot_id
        self.username = username
        self.topics = topics  # private chats may have them
        self.changed = threading.Condition(threading.RLock())
        self.users: dict[int, Json] = {}
        self.chats: dict[int, Chat] = {}
        self.files: dict[str, File] = {}
        self.updates: list[Json] = []
        self.again: list[Json] = []  # handed out once more, confirmed or not
        self.order: random.Random | None = None  # in which updates are handed out, where not as they came
        self.confirmed: list[Json] = []
        self.next_update = 100_000_001
        self.presses: dict[str, Json] = {}  # callback query to what it was answered with
        self.commands: list[Json] = []
        self.allowed: list[str] | None = None

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Alone; who waits is told at the end."""
        with self.changed:
            yield
            self.changed.notify_all()

    def wait_until(self, is_so: Callable[[], bool], timeout_s: float) -> bool:
        """Whether it became so in that time."""
        with self.changed:
            return self.changed.wait_for(is_so, timeout_s)

    # --- people -----------------------------------------------------------------------------------------------------------------------

    def user(self, user_id: int) -> Json:
        """As it stands in a message."""
        if user_id == self.bot_id:
            return {"id": self.bot_id, "is_bot": True, "first_name": "问诊", "username": self.username}
        return self.users[user_id]

    def put(
        self,
        chat: Chat,
        author: int,
        text: str,
        *,
        entities: list[Entity] | None = None,
        keys: list[list[Key]] | None = None,
        reply_to: int | None = None,
        thread: int | None = None,
        file: File | None = None,
        album: str | None = None,
        silent: bool = False,
    ) -> Shown:
        """Show a message to everyone in the chat."""
        with self.changing():
            shown = Shown(
                chat.next_id(),
                chat.id,
                author,
                text,
                int(time.time()),
                time.monotonic(),
                entities or [],
                keys or [],
                reply_to,
                thread,
                file,
                album,
                silent=silent,
            )
            chat.shown[shown.id] = shown
            return shown

    def keep(self, content: bytes, *, name: str, media_type: str, kind: str) -> File:
        """Keep a file."""
        file = File(f"{kind}-{secrets.token_hex(12)}", content, name, media_type, kind)
        with self.changing():
            self.files[file.id] = file
        return file

    # --- updates ----------------------------------------------------------------------------------------------------------------------

    def tell(self, kind: str, content: Json) -> Json:
        """Put an update for the bot in line; nothing where the bot did not ask for this kind."""
        with self.changing():
            update = {"update_id": self.next_update, kind: content}
            self.next_update += 1
            # Telegram leaves out what has to be asked for by name, and what was not asked for.
            if self.allowed is None or not self.allowed or kind in self.allowed:
                self.updates.append(update)
            return update

    def confirm(self, below: int) -> None:
        """Forget the updates below this id."""
        with self.changing():
            self.confirmed += [update for update in self.updates if update["update_id"] < below]
            self.updates = [update for update in self.updates if update["update_id"] >= below]

    def repeat(self, share: float, rng: random.Random) -> int:
        """Hand out so large a share of the confirmed updates once more; how many."""
        with self.changing():
            again = [update for update in self.confirmed if rng.random() < share]
            self.again += again
            return len(again)

    def batch(self, limit: int) -> list[Json]:
        """What the bot gets next; it stays in line until it is confirmed."""
        with self.changing():
            given = self.again + self.updates
            if self.order is not None:
                self.order.shuffle(given)
            given = given[:limit]
            self.again = [update for update in self.again if update not in given]
            return given

    # --- as JSON ----------------------------------------------------------------------------------------------------------------------

    def message(self, shown: Shown, *, deep: bool = True) -> Json:
        """A message as updates and results hold it."""
        chat = self.chats[shown.chat]
        found: Json = {
            "message_id": shown.id,
            "date": shown.date,
            "chat": chat.as_json(),
            "from": self.user(shown.author),
        }
        is_file = shown.file is not None
        if shown.text:
            found["caption" if is_file else "text"] = shown.text
        marked = [*shown.entities, *(_found(shown.text) if shown.author != self.bot_id else [])]
        if marked:
            found["caption_entities" if is_file else "entities"] = [entity.as_json() for entity in marked]
        if shown.file is not None:
            found |= _file(shown.file)
        if shown.album:
            found["media_group_id"] = shown.album
        if shown.thread is not None:
            found |= {"message_thread_id": shown.thread, "is_topic_message": True}
        if shown.keys:
            found["reply_markup"] = {"inline_keyboard": [[_key(key) for key in row] for row in shown.keys]}
        if shown.earlier:
            found["edit_date"] = int(time.time())
        if deep and shown.reply_to is not None and shown.reply_to in chat.shown:
            found["reply_to_message"] = self.message(chat.shown[shown.reply_to], deep=False)
        return found


def _key(key: Key) -> Json:
    return {"text": key.label, **({"url": key.url} if key.url else {"callback_data": key.data})}


def _file(file: File) -> Json:
    common = {"file_id": file.id, "file_unique_id": file.unique_id, "file_size": len(file.content)}
    if file.kind == "photo":
        # The smaller one comes first, as with the real one; its bytes are the same here.
        small = common | {"file_id": file.id + "-s", "file_unique_id": file.unique_id + "s", "width": 90, "height": 67}
        return {"photo": [small, common | {"width": 1280, "height": 960}]}
    if file.kind == "voice":
        return {"voice": common | {"duration": 3, "mime_type": file.media_type}}
    return {"document": common | {"file_name": file.name, "mime_type": file.media_type}}


def _found(text: str) -> list[Entity]:
    """What Telegram marks by itself in what people write: commands and mentions."""
    found = []
    place = 0
    for word in text.split():
        begin = text.index(word, place)
        place = begin + len(word)
        if (
            len(word) > 1
            and word[0] in "/@"
            and word[1:].replace("@", "").replace("_", "").isalnum()
            and word.isascii()
        ):
            kind = "bot_command" if word[0] == "/" else "mention"
            found.append(Entity(kind, units(text[:begin]), units(word)))
    return found

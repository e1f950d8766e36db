"""A stand-in Bot API on loopback: people with chats and buttons on one side, the bot over real HTTP on the other.

    with StandIn() as telegram:
        boss = telegram.user(1001, "王老板")
        boss.says("/start")
        menu = telegram.wait(boss.id, 1)[0]
        boss.presses(menu, "提问")

Give `telegram.token` and `telegram.base` to the product. What goes wrong on demand: `telegram.faults`, `telegram.unreachable()`,
`telegram.repeat_updates(share)`, `telegram.shuffle_updates(seed)`, `telegram.restart_ids(first)`, `user.blocks_bot()`.
Not real: rate limits are off unless asked for; ids of messages are each chat's own everywhere; Markdown, inline mode and payments are absent.
"""

from __future__ import annotations

import json
import random
import secrets
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote

from evals.standins.telegram_faults import Faults, Trouble
from evals.standins.telegram_hook import Deliverer
from evals.standins.telegram_methods import Call, Methods, Upload
from evals.standins.telegram_world import ApiError, Chat, Json, Key, Shown, World, bad

__all__ = ["Faults", "Group", "Key", "Limits", "Press", "Shown", "StandIn", "Trouble", "User"]
BOT_ID = 7_000_000_001
PATIENCE_S = 15.0
LARGEST = 60 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """How many messages may arrive within how long before 429: in all, in a chat, in a group."""

    overall: tuple[int, float] = (30, 1.0)
    chat: tuple[int, float] = (3, 1.0)  # the real one bears short bursts
    group: tuple[int, float] = (20, 60.0)


@dataclass(frozen=True, slots=True)
class Made:
    """A call that came in; `at_s` monotonic."""

    at_s: float
    method: str
    chat: int | None
    text: str
    status: int


class Press:
    """A pressed button, and what the bot answers to it."""

    def __init__(self, world: World, number: str) -> None:
        self._world = world
        self._number = number

    def wait(self, timeout_s: float = PATIENCE_S) -> str:
        """The words that pop up; empty where the bot only stopped the little clock.

        Raises:
            TimeoutError: it never did.
        """
        if not self._world.wait_until(lambda: bool(self._world.presses[self._number]), timeout_s):
            raise TimeoutError("nobody answered the pressed button")
        return str(self._world.presses[self._number]["text"])


class User:
    """A person with a private chat with the bot."""

    def __init__(self, world: World, user_id: int, name: str) -> None:
        self._world = world
        self.id = user_id
        self.name = name

    def says(
        self, text: str, *, chat: Group | None = None, reply_to: Shown | None = None, thread: int | None = None
    ) -> Shown:
        """Write; the bot is told of it (in a group only of commands, mentions and replies to it)."""
        return self._put(chat, text, reply_to=reply_to, thread=thread)

    def replies_to(self, message: Shown, text: str) -> Shown:
        """Answer a message where it stands."""
        return self._put(self._group(message), text, reply_to=message, thread=message.thread)

    def edits(self, message: Shown, text: str) -> None:
        """Change what one wrote."""
        assert message.author == self.id, "only one's own message"
        with self._world.changing():
            message.earlier.append(message.text)
            message.text = text
        self._world.tell("edited_message", self._world.message(message))

    def presses(self, message: Shown, label: str) -> Press:
        """Press a button that is there now; `label` may be the beginning of it."""
        return self.presses_key(message, message.key(label))

    def presses_key(self, message: Shown, key: Key) -> Press:
        """Press a button, also one that the message has lost meanwhile (an old screen, a forwarded copy)."""
        number = secrets.token_hex(8)
        self._world.presses[number] = {}
        self._world.tell(
            "callback_query",
            {
                "id": number,
                "from": self._world.user(self.id),
                "message": self._world.message(message),
                "chat_instance": str(message.chat),
                "data": key.data,
            },
        )
        return Press(self._world, number)

    def sends_photo(
        self, content: bytes, *, caption: str = "", thread: int | None = None, reply_to: Shown | None = None
    ) -> Shown:
        """One photo."""
        return self._file("photo", content, "", "image/jpeg", caption=caption, thread=thread, reply_to=reply_to)

    def sends_album(self, contents: list[bytes], *, caption: str = "", thread: int | None = None) -> list[Shown]:
        """Photos as one album; the caption stands under the first."""
        album = str(secrets.randbits(53))
        return [
            self._file("photo", content, "", "image/jpeg", caption=caption * (not place), thread=thread, album=album)
            for place, content in enumerate(contents)
        ]

    def sends_document(
        self,
        name: str,
        content: bytes,
        *,
        media_type: str = "application/octet-stream",
        caption: str = "",
        thread: int | None = None,
    ) -> Shown:
        """A file."""
        return self._file("document", content, name, media_type, caption=caption, thread=thread)

    def sends_voice(self, content: bytes, *, thread: int | None = None) -> Shown:
        """A spoken message."""
        return self._file("voice", content, "", "audio/ogg", thread=thread)

    def blocks_bot(self) -> None:
        """The bot may not write any more."""
        self._turn("bot was blocked by the user", "kicked")

    def unblocks_bot(self) -> None:
        """It may again."""
        self._turn("", "member")

    def is_deleted(self) -> None:
        """The account is gone; the bot hears nothing of it until it writes."""
        with self._world.changing():
            self._world.chats[self.id].refusal = "user is deactivated"

    def _turn(self, refusal: str, status: str) -> None:
        chat = self._world.chats[self.id]
        was = "kicked" if chat.refusal else "member"
        with self._world.changing():
            chat.refusal = refusal
        _membership(self._world, chat, self.id, was, status)

    def _group(self, message: Shown) -> Group | None:
        return Group(self._world, self._world.chats[message.chat]) if message.chat < 0 else None

    def _file(
        self,
        kind: str,
        content: bytes,
        name: str,
        media_type: str,
        *,
        caption: str = "",
        thread: int | None = None,
        reply_to: Shown | None = None,
        album: str | None = None,
    ) -> Shown:
        file = self._world.keep(content, name=name, media_type=media_type, kind=kind)
        return self._put(None, caption, reply_to=reply_to, thread=thread, file=file, album=album)

    def _put(self, group: Group | None, text: str, *, reply_to: Shown | None = None, **more: Any) -> Shown:
        world = self._world
        chat = group.chat if group else world.chats[self.id]
        with world.changing():
            chat.is_open = True
            shown = world.put(chat, self.id, text, reply_to=reply_to.id if reply_to else None, **more)
            if group is None or group.is_for_bot(text, reply_to):
                world.tell("message", world.message(shown))
        return shown


class Group:
    """A group with the bot in it."""

    def __init__(self, world: World, chat: Chat) -> None:
        self._world = world
        self.chat = chat
        self.id = chat.id

    def is_for_bot(self, text: str, reply_to: Shown | None) -> bool:
        """Whether a bot in privacy mode is told."""
        mine = reply_to is not None and reply_to.author == self._world.bot_id
        return mine or text.startswith("/") or f"@{self._world.username}" in text

    def removes_bot(self) -> None:
        """The bot may not write here any more."""
        with self._world.changing():
            self.chat.refusal = "bot was kicked from the supergroup chat"
        _membership(self._world, self.chat, min(self.chat.members), "member", "kicked")

    def becomes_supergroup(self, new_id: int) -> Group:
        """It gets another id; whoever writes to the old one is told."""
        old = self.chat
        with self._world.changing():
            new = Chat(new_id, "supergroup", old.title, is_forum=old.is_forum, members=set(old.members))
            self._world.chats[new_id] = new
            old.moved_to = new_id
        return Group(self._world, new)


class StandIn:
    """The Bot API. A context manager: it listens within the block.

    Args:
        topics: Whether private chats may have topics.
        limits: Answers 429 like the real one; None for no limits.
        latency_s: How long each call takes.
        port: 0 for any.
    """

    def __init__(
        self, *, topics: bool = True, limits: Limits | None = None, latency_s: float = 0.0, port: int = 0
    ) -> None:
        self.token = f"{BOT_ID}:{secrets.token_urlsafe(26)[:35]}"
        self.username = "wenzhen_standin_bot"
        self.faults = Faults()
        self.calls: list[Made] = []
        self._world = World(bot_id=BOT_ID, username=self.username, topics=topics)
        self._methods = Methods(self._world)
        self._limits = limits
        self._latency_s = latency_s
        self._port = port
        self._recent: dict[object, deque[float]] = {}
        self._server: _Server | None = None
        self._deliverer = Deliverer(self._world, self._methods)

    def __enter__(self) -> StandIn:
        self._listen()
        self._deliverer.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._deliverer.stop()
        self._hang_up()

    @property
    def base(self) -> str:
        """Its address, for `WENZHEN_TELEGRAM_API_BASE`."""
        return f"http://127.0.0.1:{self._port}"

    # --- people -----------------------------------------------------------------------------------------------------------------------

    def user(self, user_id: int, name: str = "", *, started: bool = False) -> User:
        """A person, new or known; with `started` the bot may write at once."""
        world = self._world
        with world.changing():
            if user_id not in world.users:
                name = name or f"用户{user_id}"
                world.users[user_id] = {"id": user_id, "is_bot": False, "first_name": name, "language_code": "zh-hans"}
                world.chats[user_id] = Chat(user_id, "private", name, is_open=started, members={user_id})
        return User(world, user_id, str(world.users[user_id]["first_name"]))

    def group(self, chat_id: int, title: str, *members: User, is_forum: bool = False) -> Group:
        """A group with these people and the bot; its id is negative."""
        assert chat_id < 0 and members
        kind = "supergroup" if is_forum or chat_id < -1_000_000_000_000 else "group"
        chat = Chat(chat_id, kind, title, is_forum=is_forum, members={member.id for member in members})
        with self._world.changing():
            self._world.chats[chat_id] = chat
        _membership(self._world, chat, members[0].id, "left", "member")
        return Group(self._world, chat)

    def sent(self, chat: int, *, thread: int | None = None) -> list[Shown]:
        """What the bot has sent into a chat and what still stands there, oldest first."""
        with self._world.changed:
            shown = sorted(self._world.chats[chat].shown.values(), key=lambda one: one.id)
            return [
                one
                for one in shown
                if one.author == BOT_ID and not one.deleted and (thread is None or one.thread == thread)
            ]

    def wait(self, chat: int, count: int, *, thread: int | None = None, timeout_s: float = PATIENCE_S) -> list[Shown]:
        """The same once there are so many.

        Raises:
            TimeoutError: there are fewer after that time.
        """
        if not self._world.wait_until(lambda: len(self.sent(chat, thread=thread)) >= count, timeout_s):
            texts = [one.text for one in self.sent(chat, thread=thread)]
            raise TimeoutError(f"{len(texts)} of {count} messages in {chat}: {texts}")
        return self.sent(chat, thread=thread)

    def wait_for(self, chat: int, words: str, *, thread: int | None = None, timeout_s: float = PATIENCE_S) -> Shown:
        """The newest message of the bot in a chat that holds these words.

        Raises:
            TimeoutError: there is none after that time.
        """

        def found() -> list[Shown]:
            return [one for one in self.sent(chat, thread=thread) if words in one.text]

        if not self._world.wait_until(lambda: bool(found()), timeout_s):
            texts = [one.text for one in self.sent(chat, thread=thread)]
            raise TimeoutError(f"{words!r} never came to {chat}: {texts}")
        return found()[-1]

    def wait_until(self, is_so: Callable[[], bool], timeout_s: float = PATIENCE_S) -> None:
        """Wait until something else is so; asked again whenever anything happened here, and now and then.

        Raises:
            TimeoutError: it never became so.
        """
        until_s = time.monotonic() + timeout_s
        while not self._world.wait_until(is_so, 0.1):
            if time.monotonic() > until_s:
                raise TimeoutError("it never became so")

    def topics(self, chat: int) -> dict[int, str]:
        """Topics of a chat and their names."""
        return dict(self._world.chats[chat].topics)

    @property
    def menu(self) -> list[str]:
        """The orders that clients offer."""
        return [str(command["command"]) for command in self._world.commands]

    # --- updates ----------------------------------------------------------------------------------------------------------------------

    @property
    def polls(self) -> int:
        """How often the bot has asked for updates."""
        return self._methods.polls

    @property
    def pending(self) -> int:
        """Updates that the bot has not confirmed."""
        return len(self._world.updates) + len(self._world.again)

    def wait_until_fetched(self, timeout_s: float = PATIENCE_S) -> None:
        """Wait until the bot has confirmed every update.

        Raises:
            TimeoutError: some are left.
        """
        if not self._world.wait_until(lambda: not self.pending, timeout_s):
            raise TimeoutError(f"{self.pending} updates were never confirmed")

    def repeat_updates(self, share: float = 1.0, *, seed: int = 1) -> int:
        """Hand out so large a share of the confirmed updates once more; how many."""
        return self._world.repeat(share, random.Random(seed))

    def shuffle_updates(self, seed: int | None) -> None:
        """Hand out updates in random order from now on; None: in order again."""
        with self._world.changing():
            self._world.order = None if seed is None else random.Random(seed)

    def restart_ids(self, first: int) -> None:
        """Begin the ids of updates anew, as after a week of silence."""
        with self._world.changing():
            self._world.next_update = first

    # --- the wire ---------------------------------------------------------------------------------------------------------------------

    @contextmanager
    def unreachable(self) -> Iterator[None]:
        """Nobody listens within the block, and open connections break."""
        self._hang_up()
        try:
            yield
        finally:
            self._listen()

    def _listen(self) -> None:
        self._server = _Server(("127.0.0.1", self._port), self)
        self._port = int(self._server.server_address[1])
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def _hang_up(self) -> None:
        assert self._server is not None
        self._server.shutdown()
        self._server.server_close()
        self._server.cut()

    def answer(self, token: str, method: str, call: Call) -> tuple[int, Json] | None:
        """Status and body of one call; None: the connection is to be closed without a word."""
        if token != self.token:
            shaped = token.partition(":")[0].isdigit() and len(token.partition(":")[2]) >= 30
            return _refusal(ApiError(401, "Unauthorized") if shaped else ApiError(404, "Not Found"))
        if method not in self._methods:
            return _refusal(ApiError(404, "Not Found: method not found"))
        at_s = time.monotonic()
        chat = _number(call.given.get("chat_id"))
        answered = self._troubled(method, call, chat, at_s)
        text = str(call.given.get("text", call.given.get("caption", "")))
        with self._world.changing():
            self.calls.append(Made(at_s, method, chat, text, answered[0] if answered else 0))
        return answered

    def _troubled(self, method: str, call: Call, chat: int | None, at_s: float) -> tuple[int, Json] | None:
        if self._latency_s and method.lower() != "getupdates":
            time.sleep(self._latency_s)
        trouble, seconds, status = self.faults.meet(method, chat) or (None, 0.0, 0)
        if trouble is Trouble.TOO_MANY:
            return _too_many(int(seconds))
        if trouble is Trouble.BROKEN:
            return _refusal(ApiError(status, HTTPStatus(status).phrase))
        if trouble is Trouble.DROPPED:
            return None
        if trouble is Trouble.SLOW:
            time.sleep(seconds)
        waits_s = self._waits_s(method, chat, at_s)
        if waits_s:
            return _too_many(waits_s)
        try:
            answered: tuple[int, Json] = (200, {"ok": True, "result": self._methods.call(method, call)})
        except ApiError as error:
            answered = _refusal(error)
        if trouble is Trouble.SLOW_AFTER:
            time.sleep(seconds)
        if trouble is Trouble.BROKEN_AFTER:
            return _refusal(ApiError(status, HTTPStatus(status).phrase))
        return None if trouble is Trouble.DROPPED_AFTER else answered

    def _waits_s(self, method: str, chat: int | None, at_s: float) -> int:
        """How long whoever sends too much has to wait."""
        if self._limits is None or not method.lower().startswith("send") or method.lower() == "sendchataction":
            return 0
        meant: list[tuple[object, tuple[int, float]]] = [("all", self._limits.overall), (chat, self._limits.chat)]
        if chat is not None and chat < 0:
            meant.append((("group", chat), self._limits.group))
        with self._world.changing():
            for key, (most, within_s) in meant:
                times = self._recent.setdefault(key, deque())
                while times and times[0] <= at_s - within_s:
                    times.popleft()
                if len(times) >= most:
                    return max(1, round(times[0] + within_s - at_s))
            for key, _ in meant:
                self._recent[key].append(at_s)
        return 0

    def download(self, token: str, path: str) -> bytes | None:
        """What a file holds; None where there is none."""
        if token != self.token:
            return None
        return next((file.content for file in self._world.files.values() if file.path == path), None)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, address: tuple[str, int], standin: StandIn) -> None:
        self.standin = standin
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(address, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        del request, client_address  # whoever asked was killed meanwhile, or was cut off

    def cut(self) -> None:
        """Break every connection."""
        with self._lock:
            for connection in self._open:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue  # gone already


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: _Server

    def do_GET(self) -> None:
        """A method or a file."""
        self._serve(b"")

    def do_POST(self) -> None:
        """A method."""
        length = int(self.headers.get("Content-Length") or 0)
        if length > LARGEST:
            self._reply(*_refusal(ApiError(413, "Request Entity Too Large")))
            self.close_connection = True
            return
        self._serve(self.rfile.read(length))

    def _serve(self, body: bytes) -> None:
        path, _, query = self.path.partition("?")
        if path.startswith("/file/bot"):
            token, _, rest = path.removeprefix("/file/bot").partition("/")
            content = self.server.standin.download(unquote(token), unquote(rest))
            if content is None:
                self._reply(*_refusal(ApiError(404, "Not Found")))
            else:
                self._write(200, "application/octet-stream", content)
            return
        token, _, method = path.removeprefix("/bot").partition("/")
        try:
            call = _call(body, self.headers.get("Content-Type", ""), query)
        except ValueError:
            self._reply(*_refusal(bad("can't parse the request")))
            return
        answered = self.server.standin.answer(unquote(token), method, call)
        if answered is None:
            self.close_connection = True
        else:
            self._reply(*answered)

    def _reply(self, status: int, answer: Json) -> None:
        self._write(status, "application/json", json.dumps(answer, ensure_ascii=False).encode())

    def _write(self, status: int, media_type: str, words: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(words)))
        self.end_headers()
        self.wfile.write(words)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the address holds the token."""
        del format, args


def _call(body: bytes, content_type: str, query: str) -> Call:
    given: dict[str, Any] = dict(parse_qsl(query, keep_blank_values=True))
    kind, _, rest = content_type.partition(";")
    uploads: dict[str, Upload] = {}
    if kind == "application/json" and body:
        given |= json.loads(body)
    elif kind == "application/x-www-form-urlencoded":
        given |= dict(parse_qsl(body.decode(), keep_blank_values=True))
    elif kind == "multipart/form-data":
        fields, uploads = _multipart(body, rest.split("boundary=", 1)[1].strip('" '))
        given |= fields
    return Call(given, uploads)


def _multipart(body: bytes, boundary: str) -> tuple[dict[str, str], dict[str, Upload]]:
    fields: dict[str, str] = {}
    uploads: dict[str, Upload] = {}
    for part in body.split(f"--{boundary}".encode())[1:-1]:
        head, _, content = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        content = content.removesuffix(b"\r\n")
        lines = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        headers = {name.lower(): value for name, value in lines.items()}
        about = dict(item.strip().split("=", 1) for item in headers["content-disposition"].split(";") if "=" in item)
        name, file_name = about["name"].strip('"'), about.get("filename")
        if file_name is None:
            fields[name] = content.decode()
        else:
            media_type = headers.get("content-type", "application/octet-stream")
            uploads[name] = Upload(unquote(file_name.strip('"')), media_type, content)
    return fields, uploads


def _refusal(error: ApiError) -> tuple[int, Json]:
    body: Json = {"ok": False, "error_code": error.code, "description": error.description}
    return error.code, body | ({"parameters": error.parameters} if error.parameters else {})


def _too_many(seconds: int) -> tuple[int, Json]:
    return _refusal(ApiError(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds))


def _number(given: Any) -> int | None:
    try:
        return int(given)
    except (TypeError, ValueError):
        return None


def _membership(world: World, chat: Chat, by: int, was: str, status: str) -> None:
    bot = world.user(world.bot_id)

    def member(status: str) -> Json:
        return {"user": bot, "status": status} | ({"until_date": 0} if status == "kicked" else {})

    world.tell(
        "my_chat_member",
        {
            "chat": chat.as_json(),
            "from": world.user(by),
            "date": int(time.time()),
            "old_chat_member": member(was),
            "new_chat_member": member(status),
        },
    )

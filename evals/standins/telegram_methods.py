"""The methods of the Bot API that the product uses, refusing what the real ones refuse (core.telegram.org/bots/api)."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from evals.standins.telegram_markup import MAX_CAPTION, MAX_TEXT, CannotParse, Entity, cleaned, read_html, units
from evals.standins.telegram_world import ApiError, Chat, File, Json, Key, Shown, World, bad

MAX_DATA_BYTES = 64
MAX_DOWNLOAD = 20 * 1024 * 1024
MAX_LIMIT = 100
MAX_POLL_S = 50.0
AHEAD = 10
ALBUM = range(2, 11)
REACTIONS = frozenset("👍👎🔥🎉🤔👌👀🙏😢🤯")  # some of those that bots may set


@dataclass(frozen=True, slots=True)
class Upload:
    """A file within a request."""

    name: str
    media_type: str
    content: bytes


@dataclass
class Hook:
    """Where updates are delivered to instead of being fetched."""

    url: str = ""
    secret: str = ""
    connections: int = 40
    problem: str = ""
    problem_at: int = 0


class Call:
    """The parameters of one call."""

    def __init__(self, given: Mapping[str, Any], uploads: Mapping[str, Upload]) -> None:
        self.given = given
        self.uploads = uploads

    def text(self, name: str) -> str:
        """A parameter, empty where it is missing."""
        found = self.given.get(name, "")
        return found if isinstance(found, str) else json.dumps(found)

    def number(self, name: str) -> int | None:
        """A whole number, or nothing."""
        try:
            return int(self.text(name)) if self.text(name) else None
        except ValueError:
            raise bad(f"{name} must be a number") from None

    def flag(self, name: str) -> bool:
        """Whether it is set."""
        return self.text(name).lower() in {"true", "1"}

    def parsed(self, name: str, what: str) -> Any:
        """A parameter that holds JSON; None where it is missing."""
        if not self.text(name):
            return None
        try:
            return json.loads(self.text(name))
        except ValueError:
            raise bad(f"can't parse {what} JSON object") from None


class Methods:
    """Answers calls of the bot."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.hook = Hook()
        self.polls = 0
        self._table = {
            "getme": self._get_me,
            "getupdates": self._get_updates,
            "setwebhook": self._set_webhook,
            "deletewebhook": self._delete_webhook,
            "getwebhookinfo": self._get_webhook_info,
            "sendmessage": self._send_message,
            "sendphoto": self._send_photo,
            "senddocument": self._send_document,
            "sendvoice": self._send_voice,
            "sendmediagroup": self._send_media_group,
            "sendchataction": self._send_chat_action,
            "editmessagetext": self._edit_text,
            "editmessagereplymarkup": self._edit_markup,
            "deletemessage": self._delete,
            "answercallbackquery": self._answer_press,
            "getfile": self._get_file,
            "getchat": self._get_chat,
            "getchatmember": self._get_member,
            "createforumtopic": self._create_topic,
            "editforumtopic": self._edit_topic,
            "closeforumtopic": self._close_topic,
            "reopenforumtopic": self._reopen_topic,
            "deleteforumtopic": self._delete_topic,
            "setmycommands": self._set_commands,
            "setmessagereaction": self._react,
        }

    def __contains__(self, method: str) -> bool:
        return method.lower() in self._table

    def call(self, method: str, call: Call) -> Any:
        """The result.

        Raises:
            ApiError: it is refused.
        """
        return self._table[method.lower()](call)

    # --- updates ----------------------------------------------------------------------------------------------------------------------

    def _get_me(self, call: Call) -> Json:
        del call
        return self.world.user(self.world.bot_id) | {
            "can_join_groups": True,
            "can_read_all_group_messages": False,
            "supports_inline_queries": False,
            "has_topics_enabled": self.world.topics,
        }

    def _get_updates(self, call: Call) -> list[Json]:
        if self.hook.url:
            raise ApiError(
                409,
                "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
            )
        world, offset = self.world, call.number("offset") or 0
        limit = min(MAX_LIMIT, call.number("limit") or MAX_LIMIT)
        timeout_s = min(MAX_POLL_S, float(call.number("timeout") or 0))
        with world.changing():
            self.polls += 1
            mine = self.polls
            self._allow(call)
            if 0 < offset <= world.next_update + AHEAD:  # beyond that it belongs to ids from before they began anew
                world.confirm(offset)
            elif offset < 0:
                kept = sorted(update["update_id"] for update in world.updates)[offset:]
                world.confirm(kept[0] if kept else 0)
        world.wait_until(
            lambda: bool(world.updates or world.again) or self.polls != mine or bool(self.hook.url), timeout_s
        )
        with world.changed:
            if self.polls != mine:
                raise ApiError(
                    409,
                    "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
                )
            return world.batch(limit)

    def _allow(self, call: Call) -> None:
        allowed = call.parsed("allowed_updates", "allowed updates")
        if allowed is not None:
            self.world.allowed = list(allowed)

    def _set_webhook(self, call: Call) -> bool:
        url = call.text("url")
        if url:
            address = urlsplit(url)
            if address.scheme != "https" and address.hostname not in {"127.0.0.1", "localhost"}:
                raise bad("bad webhook: An HTTPS URL must be provided for webhook")
        secret = call.text("secret_token")
        if len(secret) > 256 or not all(char.isascii() and (char.isalnum() or char in "_-") for char in secret):
            raise bad("secret token contains unallowed characters")
        with self.world.changing():
            self.hook = Hook(url, secret, call.number("max_connections") or 40)
            self._allow(call)
            if call.flag("drop_pending_updates"):
                self.world.updates.clear()
        return True

    def _delete_webhook(self, call: Call) -> bool:
        with self.world.changing():
            self.hook = Hook()
            if call.flag("drop_pending_updates"):
                self.world.updates.clear()
        return True

    def _get_webhook_info(self, call: Call) -> Json:
        del call
        hook = self.hook
        problem = {"last_error_date": hook.problem_at, "last_error_message": hook.problem} if hook.problem else {}
        return {
            "url": hook.url,
            "has_custom_certificate": False,
            "pending_update_count": len(self.world.updates),
            "max_connections": hook.connections,
            **problem,
        }

    # --- messages ---------------------------------------------------------------------------------------------------------------------

    def _send_message(self, call: Call) -> Json:
        chat = self._chat(call)
        text, entities = self._words(call, "text", MAX_TEXT)
        if not text:
            raise bad("message text is empty")
        return self._put(call, chat, text, entities)

    def _send_photo(self, call: Call) -> Json:
        return self._send_file(call, "photo")

    def _send_document(self, call: Call) -> Json:
        return self._send_file(call, "document")

    def _send_voice(self, call: Call) -> Json:
        return self._send_file(call, "voice")

    def _send_file(self, call: Call, kind: str) -> Json:
        chat = self._chat(call)
        text, entities = self._words(call, "caption", MAX_CAPTION)
        return self._put(call, chat, text, entities, file=self._file(call, kind, kind, call.text(kind)))

    def _send_media_group(self, call: Call) -> list[Json]:
        chat = self._chat(call)
        media = call.parsed("media", "media")
        if not isinstance(media, list) or len(media) not in ALBUM:
            raise bad("there must be 2-10 media in an album" if media else "strict media are expected")
        files = [self._file(call, str(one.get("type")), "media", str(one.get("media", ""))) for one in media]
        words = [self._words(Call(one, {}), "caption", MAX_CAPTION) for one in media]
        album = str(time.monotonic_ns())
        with self.world.changing():
            return [
                self._put(call, chat, text, entities, file=file, album=album)
                for file, (text, entities) in zip(files, words, strict=True)
            ]

    def _put(
        self,
        call: Call,
        chat: Chat,
        text: str,
        entities: list[Entity],
        *,
        file: File | None = None,
        album: str | None = None,
    ) -> Json:
        keys, reply_to, thread = self._keys(call), self._reply_to(call, chat), self._thread(call, chat)
        shown = self.world.put(
            chat,
            self.world.bot_id,
            text,
            entities=entities,
            keys=keys,
            reply_to=reply_to,
            thread=thread,
            file=file,
            album=album,
            silent=call.flag("disable_notification"),
        )
        return self.world.message(shown)

    def _send_chat_action(self, call: Call) -> bool:
        self._chat(call)
        if call.text("action") not in {"typing", "upload_photo", "upload_document", "record_voice", "upload_voice"}:
            raise bad("wrong parameter action in request")
        return True

    def _edit_text(self, call: Call) -> Json:
        shown = self._own(call, "edit")
        text, entities = self._words(call, "text", MAX_TEXT)
        if not text:
            raise bad("message text is empty")
        keys = self._keys(call)
        with self.world.changing():
            if (text, keys) == (shown.text, shown.keys):
                raise bad(
                    "message is not modified: specified new message content and reply markup are exactly the same "
                    "as a current content and reply markup of the message"
                )
            shown.earlier.append(shown.text)
            shown.text, shown.entities, shown.keys = text, entities, keys
        return self.world.message(shown)

    def _edit_markup(self, call: Call) -> Json:
        shown = self._own(call, "edit")
        keys = self._keys(call)
        with self.world.changing():
            if keys == shown.keys:
                raise bad("message is not modified")
            shown.keys = keys
        return self.world.message(shown)

    def _delete(self, call: Call) -> bool:
        shown = self._own(call, "delete")
        with self.world.changing():
            shown.deleted = True
        return True

    def _react(self, call: Call) -> bool:
        chat = self._chat(call)
        shown = chat.shown.get(call.number("message_id") or 0)
        if shown is None or shown.deleted:
            raise bad("message to react not found")
        marks = [str(one.get("emoji", "")) for one in call.parsed("reaction", "reaction") or []]
        if len(marks) > 1 or not set(marks) <= REACTIONS:
            raise bad("REACTION_INVALID")
        with self.world.changing():
            shown.reaction = "".join(marks)
        return True

    def _own(self, call: Call, what: str) -> Shown:
        chat = self._chat(call)
        number = call.number("message_id")
        if number is None:
            raise bad("message identifier is not specified")
        shown = chat.shown.get(number)
        if shown is None or shown.deleted:
            raise bad(f"message to {what} not found")
        if shown.author != self.world.bot_id:
            raise bad(f"message can't be {'edited' if what == 'edit' else 'deleted'}")
        return shown

    def _answer_press(self, call: Call) -> bool:
        number = call.text("callback_query_id")
        if self.world.presses.get(number, {"done": True}):
            raise bad("query is too old and response timeout expired or query ID is invalid")
        if units(call.text("text")) > 200:
            raise bad("MESSAGE_TOO_LONG")
        with self.world.changing():
            self.world.presses[number] = {"text": call.text("text"), "alert": call.flag("show_alert"), "done": True}
        return True

    # --- parts of a call --------------------------------------------------------------------------------------------------------------

    def _chat(self, call: Call) -> Chat:
        number = call.number("chat_id")
        if number is None:
            raise bad("chat_id is empty")
        chat = self.world.chats.get(number)
        if chat is None:
            raise bad("chat not found")
        if chat.moved_to is not None:
            raise bad("group chat was upgraded to a supergroup chat", migrate_to_chat_id=chat.moved_to)
        if chat.refusal:
            raise ApiError(403, f"Forbidden: {chat.refusal}")
        if not chat.is_open:
            raise ApiError(403, "Forbidden: bot can't initiate conversation with a user")
        return chat

    def _words(self, call: Call, name: str, most: int) -> tuple[str, list[Entity]]:
        raw = call.text(name)
        entities: list[Entity] = []
        mode = call.text("parse_mode").lower()
        if mode == "html":
            try:
                raw, entities = read_html(raw)
            except CannotParse as error:
                raise bad(f"can't parse entities: {error}") from None
        elif mode:
            raise bad("unsupported parse_mode")  # the real one knows Markdown, the product does not use it
        text = cleaned(raw)
        if units(text) > most:
            raise bad("message is too long" if name == "text" else "message caption is too long")
        return text, entities

    def _keys(self, call: Call) -> list[list[Key]]:
        markup = call.parsed("reply_markup", "reply keyboard markup")
        if not markup or "inline_keyboard" not in markup:
            return []
        rows = [[self._key(key) for key in row] for row in markup["inline_keyboard"]]
        return [row for row in rows if row]

    def _key(self, key: Json) -> Key:
        label, data, url = str(key.get("text", "")), str(key.get("callback_data", "")), str(key.get("url", ""))
        if not label.strip():
            raise bad("can't parse inline keyboard button: Text buttons must be non-empty")
        if not data and not url:
            raise bad("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
        if len(data.encode()) > MAX_DATA_BYTES:
            raise bad("BUTTON_DATA_INVALID")
        if url and urlsplit(url).scheme not in {"http", "https", "tg"}:
            raise bad("BUTTON_URL_INVALID")
        return Key(label, data, url)

    def _reply_to(self, call: Call, chat: Chat) -> int | None:
        given = call.parsed("reply_parameters", "reply parameters")
        if not given:
            return None
        number = given.get("message_id")
        shown = chat.shown.get(number)
        if shown is None or shown.deleted:
            if given.get("allow_sending_without_reply"):
                return None
            raise bad("message to be replied not found")
        return int(number)

    def _thread(self, call: Call, chat: Chat) -> int | None:
        number = call.number("message_thread_id")
        if number is None:
            return None
        if number not in chat.topics:
            raise bad("message thread not found")
        if number in chat.closed and chat.type != "private":
            raise bad("TOPIC_CLOSED")
        return number

    def _file(self, call: Call, kind: str, field: str, given: str) -> File:
        if given.startswith("attach://"):
            upload = call.uploads.get(given.removeprefix("attach://"))
        elif not given:
            upload = call.uploads.get(field)
        else:
            known = self.world.files.get(given)
            if known is None:
                raise bad("wrong file identifier/HTTP URL specified")
            return known
        if upload is None:
            raise bad(f"there is no {kind} in the request")
        if not upload.content:
            raise bad("file must be non-empty")
        return self.world.keep(upload.content, name=upload.name, media_type=upload.media_type, kind=kind)

    # --- files, chats, topics -----------------------------------------------------------------------------------------------------------

    def _get_file(self, call: Call) -> Json:
        file = self.file(call.text("file_id"))
        if file is None:
            raise bad("invalid file_id")
        if len(file.content) > MAX_DOWNLOAD:
            raise bad("file is too big")
        return {
            "file_id": file.id,
            "file_unique_id": file.unique_id,
            "file_size": len(file.content),
            "file_path": file.path,
        }

    def file(self, file_id: str) -> File | None:
        """By the id of either size."""
        return self.world.files.get(file_id.removesuffix("-s"))

    def _get_chat(self, call: Call) -> Json:
        number = call.number("chat_id")
        if number is None or number not in self.world.chats:
            raise bad("chat not found")
        return self.world.chats[number].as_json() | {"accent_color_id": 0, "max_reaction_count": 0}

    def _get_member(self, call: Call) -> Json:
        chat, user = self.world.chats.get(call.number("chat_id") or 0), call.number("user_id")
        if chat is None:
            raise bad("chat not found")
        if user not in self.world.users and user != self.world.bot_id:
            raise bad("user not found")
        status = "member" if user in chat.members or user == self.world.bot_id else "left"
        return {"status": status, "user": self.world.user(int(user or 0))}

    def _create_topic(self, call: Call) -> Json:
        chat = self._forum(call)
        name = call.text("name").strip()
        if not name or len(name) > 128:
            raise bad("topic name is invalid" if name else "topic name is empty")
        with self.world.changing():
            number = chat.next_id()
            chat.topics[number] = name
        return {"message_thread_id": number, "name": name, "icon_color": 7322096}

    def _edit_topic(self, call: Call) -> bool:
        chat, number = self._topic(call)
        with self.world.changing():
            chat.topics[number] = call.text("name") or chat.topics[number]
        return True

    def _close_topic(self, call: Call) -> bool:
        chat, number = self._topic(call)
        if chat.type == "private":
            raise bad("method is available only for supergroups")
        with self.world.changing():
            chat.closed.add(number)
        return True

    def _reopen_topic(self, call: Call) -> bool:
        chat, number = self._topic(call)
        with self.world.changing():
            chat.closed.discard(number)
        return True

    def _delete_topic(self, call: Call) -> bool:
        chat, number = self._topic(call)
        with self.world.changing():
            del chat.topics[number]
            for shown in chat.shown.values():
                shown.deleted = shown.deleted or shown.thread == number
        return True

    def _forum(self, call: Call) -> Chat:
        chat = self._chat(call)
        if not (chat.is_forum or (chat.type == "private" and self.world.topics)):
            raise bad("the chat is not a forum")
        return chat

    def _topic(self, call: Call) -> tuple[Chat, int]:
        chat, number = self._forum(call), call.number("message_thread_id")
        if number is None or number not in chat.topics:
            raise bad("message thread not found")
        return chat, number

    def _set_commands(self, call: Call) -> bool:
        commands = call.parsed("commands", "commands")
        if not isinstance(commands, list):
            raise bad("commands must be a list")
        for command in commands:
            name = str(command.get("command", ""))
            if not (
                1 <= len(name) <= 32 and name.replace("_", "a").isalnum() and name == name.lower() and name.isascii()
            ):
                raise bad("BOT_COMMAND_INVALID")
            if not 1 <= len(str(command.get("description", ""))) <= 256:
                raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
        self.world.commands = commands
        return True

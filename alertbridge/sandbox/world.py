"""The state of one Feishu: its tenant, chats and messages, and the few questions every operation asks of it.

The rules of the operations are in `operations/`; what people do by hand is in `acts.py`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from alertbridge.sandbox.announcements import Announcement, new_doc, new_docx
from alertbridge.sandbox.apps import App, Apps
from alertbridge.sandbox.changes import Changes
from alertbridge.sandbox.chats import Chat, ChatMode, Tab
from alertbridge.sandbox.clock import SandboxClock
from alertbridge.sandbox.ids import new_id, new_number
from alertbridge.sandbox.messages import Member, MemberKind, Message, bot, user
from alertbridge.sandbox.people import People, Person, test_accounts
from alertbridge.sandbox.quotas import Quotas
from alertbridge.sandbox.switches import AnnouncementKind, Switches

JsonObject = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Event:
    """An event for one app, before it is put into an envelope. `is_v1` chooses the old envelope."""

    app: App
    type: str
    body: JsonObject
    created_at: int
    order_key: str
    """Events with the same key and app are first attempted one after the other."""
    is_v1: bool = False


@dataclass(frozen=True, slots=True)
class Image:
    """An uploaded image; only the app that uploaded it may use its key."""

    app_id: str
    image_type: str
    content_type: str
    content: bytes


@dataclass(slots=True)
class Once:
    """Answers remembered by key for `kept_ms`, oldest first."""

    kept_ms: int
    _answers: dict[str, tuple[int, Any]] = field(default_factory=dict)

    def get(self, key: str, now: int) -> Any | None:
        """Return what was remembered for `key` within the window, None otherwise."""
        while self._answers and next(iter(self._answers.values()))[0] + self.kept_ms <= now:
            del self._answers[next(iter(self._answers))]
        remembered = self._answers.get(key)
        return None if remembered is None else remembered[1]

    def remember(self, key: str, answer: Any, now: int) -> None:
        """Remember `answer` from now on."""
        self._answers[key] = (now, answer)


@dataclass(slots=True)
class CardToken:
    """The right, given with a callback, to update the card once more."""

    app_id: str
    message_id: str
    issued_at: int
    uses: int = 0
    is_answered: bool = False


@dataclass(slots=True)
class Tally:
    """What the sandbox has seen: calls per operation, refusals per operation and code, acknowledged events per type."""

    operations: dict[str, int] = field(default_factory=dict)
    refused: dict[str, dict[str, int]] = field(default_factory=dict)
    events: dict[str, int] = field(default_factory=dict)
    events_under_way: int = 0
    """Deliveries that are being attempted, or stand behind one that is."""
    events_waiting: int = 0
    """Deliveries whose next attempt waits for its time."""

    def called(self, operation: str) -> None:
        """Count a request that reached the operation, whatever becomes of it."""
        self.operations[operation] = self.operations.get(operation, 0) + 1

    def was_refused(self, operation: str, code: int) -> None:
        """Count a call that was answered with `code`."""
        codes = self.refused.setdefault(operation, {})
        codes[str(code)] = codes.get(str(code), 0) + 1

    def delivered(self, event_type: str) -> None:
        """Count an event that was acknowledged with 200."""
        self.events[event_type] = self.events.get(event_type, 0) + 1


def _nobody_listens(_: Event) -> None:
    """Drop the event: no outbound side is attached."""


class World:
    """One tenant and everything in it."""

    def __init__(
        self,
        clock: SandboxClock | None = None,
        *,
        public_url: str = "",
        event_scopes: Mapping[str, tuple[str, ...]] | None = None,
    ) -> None:
        self.clock = clock or SandboxClock()
        self.public_url = public_url
        self.event_scopes = event_scopes or {}
        self.switches = Switches()
        self.people = People(test_accounts())
        self.apps = Apps()
        self.chats: dict[str, Chat] = {}
        self.messages: dict[str, Message] = {}
        self.images: dict[str, Image] = {}
        self.card_tokens: dict[str, CardToken] = {}
        self.chat_uuids = Once(10 * 3600 * 1000)
        self.message_uuids = Once(3600 * 1000)
        self.quotas = Quotas()
        self.tally = Tally()
        self.changes = Changes()
        self.emit: Callable[[Event], None] = _nobody_listens
        self._p2p: dict[tuple[str, str], Chat] = {}

    def now(self) -> int:
        """Return the sandbox's time in milliseconds."""
        return self.clock.now_ms()

    def add_chat(self, *, owner: Member, creator: str | None, mode: ChatMode = ChatMode.GROUP) -> Chat:
        """Make an empty chat with its two built-in tabs."""
        now, chat_id = self.now(), new_id("oc_")
        chat = Chat(
            chat_id=chat_id,
            mode=mode,
            owner=owner,
            creator=creator,
            announcement=self._new_announcement(chat_id, owner, now) if mode is ChatMode.GROUP else None,
            created_at=now,
            active_at=now,
        )
        chat.tabs = [Tab(new_number(), "Message", "message"), Tab(new_number(), "Docs", "doc_list")]
        self.chats[chat_id] = chat
        return chat

    def p2p_chat(self, app: App, person: Person) -> tuple[Chat, bool]:
        """Return the chat between a bot and a person, and whether it was made just now."""
        key = (app.app_id, person.open_id)
        chat = self._p2p.get(key)
        if chat is not None:
            return chat, False
        chat = self.add_chat(owner=bot(app.app_id), creator=app.app_id, mode=ChatMode.P2P)
        chat.members[person.open_id] = chat.created_at
        chat.bots[app.app_id] = chat.created_at
        self._p2p[key] = chat
        return chat, True

    def add_message(self, chat: Chat, message: Message) -> None:
        """Put a message into its chat."""
        self.messages[message.message_id] = message
        chat.messages.append(message)
        chat.active_at = message.created_at

    def apps_in(self, chat: Chat) -> list[App]:
        """Return the apps whose bots are in the chat."""
        return [app for app_id in chat.bots if (app := self.apps.get(app_id)) is not None]

    def name_of(self, member: Member) -> str:
        """Return what people see as the member's name."""
        if member.kind is MemberKind.APP:
            app = self.apps.get(member.id)
            return app.name if app else member.id
        person = self.people.get(member.id)
        return person.name if person else member.id

    def owns_image(self, app: App, key: str) -> bool:
        """Say whether the app uploaded the image `key`."""
        image = self.images.get(key)
        return image is not None and image.app_id == app.app_id

    def image_url(self, key: str) -> str:
        """Return the address an uploaded image is served at, empty without a key."""
        return f"{self.public_url}/sandbox/images/{key}" if key else ""

    def next_owner(self, chat: Chat, leaving: Member) -> Member | None:
        """Return who follows when the owner leaves: the first manager, the first person, the first bot."""
        candidates = [
            *(manager for manager in chat.managers if chat.has(manager)),
            *map(user, chat.members),
            *map(bot, chat.bots),
        ]
        return next((candidate for candidate in candidates if candidate != leaving), None)

    def _new_announcement(self, chat_id: str, owner: Member, now: int) -> Announcement:
        if self.switches.announcement_kind is AnnouncementKind.DOCX:
            return new_docx(chat_id, owner, now)
        return new_doc(owner, now)

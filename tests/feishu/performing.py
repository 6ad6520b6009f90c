"""A sandbox whose clock stands still, our client for it, and what an action needs beside itself."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeVar

import aiohttp

from alertbridge.core.chats.action import ChatAction, CreateChat, SendCard, WriteAnnouncement
from alertbridge.core.chats.archive import ArchivedMessage
from alertbridge.core.chats.card import CardView
from alertbridge.core.chats.chat import AnnouncementKind, Line, Wanted
from alertbridge.core.chats.outcome import Outcome
from alertbridge.core.groups.blueprint import Install, blueprint
from alertbridge.core.ids import ChatId, IncidentId, MessageId, OpenId
from alertbridge.core.incidents.incident import Incident
from alertbridge.feishu.calls.messages import Content
from alertbridge.feishu.client import FeishuClient
from alertbridge.feishu.finding import Owner
from alertbridge.feishu.performer import perform
from alertbridge.feishu.surroundings import Surroundings
from alertbridge.sandbox.app import WORLD, build_sandbox, serving
from alertbridge.sandbox.apps import DEFAULT_APP_ID, DEFAULT_SECRET
from alertbridge.sandbox.chats import Chat as SandboxChat
from alertbridge.sandbox.clock import SandboxClock
from alertbridge.sandbox.messages import Message as SandboxMessage
from alertbridge.sandbox.world import World
from tests.builders import T, a_chat, an_incident
from tests.feishu.scripted import NotingQuota, talking

INSTALL = Install(app_id=DEFAULT_APP_ID, key=b"a key of sixteen", public_url="https://alerts.example.com")
OWNER = Owner(app_id=INSTALL.app_id, key=INSTALL.key)

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + (8).to_bytes(4) + (8).to_bytes(4) + b"\x08\x02\x00\x00\x00"

OutcomeT = TypeVar("OutcomeT", bound=Outcome)


@dataclass
class Sink:
    """An archive in memory; like ours, it keeps a message once."""

    messages: dict[MessageId, ArchivedMessage] = field(default_factory=dict)
    pages: list[int] = field(default_factory=list)

    async def add(self, page: Sequence[ArchivedMessage]) -> None:
        self.pages.append(len(page))
        self.messages |= {message.id: message for message in page}

    async def count(self) -> int:
        return len(self.messages)

    @property
    def texts(self) -> list[str]:
        """What was kept, in order."""
        return [message.text for message in self.messages.values()]


@dataclass
class Stage:
    """Everything a test acts with. `world` is what the sandbox holds: tests look at it, and change it over HTTP."""

    url: str
    world: World
    session: aiohttp.ClientSession
    feishu: FeishuClient
    quota: NotingQuota
    incident: Incident
    archive: Sink = field(default_factory=Sink)
    avatars: dict[str, str] = field(default_factory=dict)
    forgotten: list[str] = field(default_factory=list)
    names: dict[OpenId, str] = field(default_factory=dict)
    page: str = ""

    # -- what we do

    def around(self, **changes: Any) -> Surroundings:
        """What an action needs beside itself; the time is the sandbox's."""
        known: dict[str, Any] = {
            "incident": self.incident,
            "now": self.now,
            "page": self.page,
            "page_of_earlier": "",
            "avatars": self.avatars,
            "names": self.names,
            "archive": self.archive,
            "owner": OWNER,
            "forget_avatar": self.forget_avatar,
        }
        return Surroundings(**{**known, **changes})

    async def do(self, action: ChatAction, **changes: Any) -> Outcome:
        """Perform an action."""
        return await perform(action, self.feishu, self.around(**changes))

    async def done(self, action: ChatAction, kind: type[OutcomeT], **changes: Any) -> OutcomeT:
        """Perform an action that must come out as `kind`."""
        outcome = await self.do(action, **changes)
        assert isinstance(outcome, kind), outcome
        return outcome

    async def forget_avatar(self, picture: str) -> None:
        """Note the picture that no longer counts as uploaded."""
        self.forgotten.append(picture)

    # -- what is wanted

    @property
    def now(self) -> datetime:
        """The sandbox's time."""
        return datetime.fromtimestamp(self.world.now() / 1000, T.tzinfo)

    @property
    def wanted(self) -> Wanted:
        """What the group should be."""
        return blueprint(replace(self.incident, chat=self.incident.chat or a_chat()), INSTALL)

    @property
    def view(self) -> CardView:
        """What the live card shows."""
        assert self.wanted.card is not None
        return self.wanted.card

    def creation(self, *members: OpenId, **changes: Any) -> CreateChat:
        """The making of the group."""
        wanted = self.wanted
        known: dict[str, Any] = {
            "uuid": "chat-1",
            "name": wanted.name,
            "plain_name": wanted.plain_name,
            "description": wanted.description,
            "avatar": wanted.avatar,
            "members": members,
            "is_repeat": False,
        }
        return CreateChat(**{**known, **changes})

    def card(self, chat: ChatId, **changes: Any) -> SendCard:
        """The sending of the live card."""
        known: dict[str, Any] = {"chat": chat, "uuid": "card-1", "view": self.view, "version": 1, "mention": ()}
        return SendCard(**{**known, **changes})

    def announcement(self, chat: ChatId, **changes: Any) -> WriteAnnouncement:
        """The first writing of the announcement."""
        known: dict[str, Any] = {
            "chat": chat,
            "uuid": "announcement-1",
            "kind": AnnouncementKind.DOCX,
            "blocks": (),
            "before": (),
            "lines": self.lines,
        }
        return WriteAnnouncement(**{**known, **changes})

    @property
    def lines(self) -> tuple[Line, ...]:
        """The announcement."""
        assert self.wanted.announcement is not None
        return self.wanted.announcement

    # -- what the sandbox holds

    def open_id(self, name: str) -> OpenId:
        """Somebody of the sandbox: alice, bob, carol, dave, resigned, outside, unjoined, frozen."""
        person = self.world.people.by_email(f"{name}@example.com")
        assert person is not None
        return OpenId(person.open_id)

    @property
    def alice(self) -> OpenId:
        """Somebody."""
        return self.open_id("alice")

    @property
    def bob(self) -> OpenId:
        """Somebody else."""
        return self.open_id("bob")

    def held(self, chat: ChatId) -> SandboxChat:
        """A group as the sandbox holds it."""
        return self.world.chats[chat]

    def message(self, message: MessageId) -> SandboxMessage:
        """A message as the sandbox holds it."""
        return self.world.messages[message]

    def calls(self, operation: str) -> int:
        """How often an operation was called."""
        return self.world.tally.operations.get(operation, 0)

    @property
    def groups(self) -> list[ChatId]:
        """All groups there ever were."""
        return [ChatId(chat) for chat in self.world.chats]

    async def group(self, *members: OpenId, uuid: str = "group") -> ChatId:
        """Make a group that has nothing to do with an incident."""
        return (await self.feishu.chat_create(uuid=uuid, name="x", user_id_list=members)).chat_id

    async def post(self, chat: ChatId, text: str, *, uuid: str) -> MessageId:
        """Let the bot send a post."""
        content = Content.post({"zh_cn": {"content": [[{"tag": "text", "text": text}]]}})
        return (await self.feishu.message_create(chat, content, uuid=uuid)).message_id

    # -- what goes on around us

    async def control(self, method: str, path: str, **body: Any) -> Any:
        """Use the control API."""
        async with self.session.request(method, f"{self.url}/sandbox/{path}", json=body) as response:
            assert response.status == 200, await response.text()
            return await response.json()

    async def fault(self, operation: str, kind: str, **more: Any) -> None:
        """Let something go wrong, once unless `times` says otherwise."""
        await self.control("POST", "faults", operation=operation, kind=kind, **more)

    async def refuse(self, operation: str, code: int, times: int = 1) -> None:
        """Let calls be refused."""
        await self.fault(operation, "refuse", code=code, times=times)

    async def switch(self, **positions: Any) -> None:
        """Choose what the documents leave open."""
        await self.control("PUT", "switches", **positions)

    async def scopes(self, *scopes: str) -> None:
        """Leave the app these permissions only."""
        await self.control("PUT", f"apps/{DEFAULT_APP_ID}", scopes=list(scopes))

    async def act(self, who: OpenId, action: str, **more: Any) -> Any:
        """Let a person do something by hand."""
        return await self.control("POST", "act", open_id=who, action=action, **more)

    async def write(self, who: OpenId, chat: ChatId, text: str, **more: Any) -> MessageId:
        """Let a person write a text."""
        written = await self.control("POST", "message", open_id=who, chat_id=chat, text=text, **more)
        return MessageId(written["message_id"])

    async def advance(self, seconds: float) -> None:
        """Let time pass."""
        await self.control("POST", "clock", advance_seconds=seconds)


@asynccontextmanager
async def staged() -> AsyncIterator[Stage]:
    """Open a sandbox at `T` with a firing incident whose responders are Alice and Bob."""
    app = build_sandbox(quotas=False, clock=SandboxClock(lambda: T.timestamp() * 1000))
    quota = NotingQuota()
    async with (
        serving(app) as url,
        talking(url, app_id=DEFAULT_APP_ID, app_secret=DEFAULT_SECRET, quota=quota) as feishu,
        aiohttp.ClientSession() as session,
    ):
        stage = Stage(url, app[WORLD], session, feishu, quota, an_incident())
        stage.incident = replace(stage.incident, responders=(stage.alice, stage.bob))
        yield stage


def another(incident: Incident) -> IncidentId:
    """The id of an incident that is not this one."""
    return IncidentId(incident.id[:-1] + ("0" if incident.id[-1] != "0" else "1"))

"""What a lobby's group lacks, and what is known after a call that was made for it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from alertbridge.core.chats.action import AddMembers, PutTopNotice, SetModeration
from alertbridge.core.chats.chat import Text
from alertbridge.core.chats.outcome import CardGone, ChatGone, ChatMade, Done, NotFound, Outcome
from alertbridge.core.groups.planner import CHAT_UUID_LIFE, MAX_FOUNDERS
from alertbridge.core.ids import MessageId, OpenId, uuid_of
from alertbridge.core.quota import Priority
from alertbridge.core.rooms.lobby import Digest, DigestView, Lobby, LobbyChat, LobbyPolicy, Offer, is_given_up
from alertbridge.core.rooms.lobby_life import LOOK_EVERY, LOOK_GAP, lose_lobby, with_lobby
from alertbridge.core.rooms.room import Room


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateLobby:
    """Make the group with its people."""

    uuid: str
    title: Text
    marker: str
    members: tuple[OpenId, ...]
    is_repeat: bool
    key = "create_lobby"
    priority = Priority.UPDATE


@dataclass(frozen=True, slots=True, kw_only=True)
class FindLobby:
    """Look for the group that a lost answer may have made, by its mark."""

    marker: str
    title: Text
    key = "find_lobby"
    priority = Priority.DECORATION


@dataclass(frozen=True, slots=True, kw_only=True)
class EditDigest:
    """Bring the digest to the present."""

    message: MessageId
    view: DigestView
    key = "edit_digest"
    priority = Priority.UPDATE


@dataclass(frozen=True, slots=True, kw_only=True)
class EditOffer:
    """Say on the card that asked what came of it."""

    offer: Offer
    title: Text
    priority = Priority.UPDATE

    @property
    def key(self) -> str:
        """Name it in troubles and logs."""
        return f"edit_offer:{self.offer.message}"


LobbyAction = CreateLobby | FindLobby | AddMembers | EditDigest | EditOffer | PutTopNotice | SetModeration


@dataclass(frozen=True, slots=True, kw_only=True)
class LobbyWanted:
    """What the team file and this install say of a lobby, for the plan."""

    policy: LobbyPolicy
    title: Text
    marker: str


def lobby_wishes(room: Room, wanted: LobbyWanted, now: datetime) -> Iterator[tuple[LobbyAction, datetime]]:
    """What has to be done, each with the earliest time it may be."""
    lobby = room.lobby
    for offer in lobby.offers:
        if not offer.is_shown:
            yield EditOffer(offer=offer, title=wanted.title), now
    chat = lobby.chat
    if chat is None:
        if lobby.people and wanted.policy.chat is None and not is_given_up(lobby):
            # Made again at once where it was never lost; else an hour later: people may have meant it.
            yield _make(room, lobby, wanted, now), lobby.lost_at + LOOK_EVERY if lobby.lost_at else now
        return
    if chat.is_ours and (absent := tuple(person for person in lobby.people if person not in chat.members)):
        yield AddMembers(chat=chat.id, people=absent), now
    digest = chat.digest
    if digest is None:
        return
    if lobby.view is not None and digest.view != lobby.view:
        yield EditDigest(message=digest.message, view=lobby.view), digest.edited_at + LOOK_GAP
    if chat.is_ours and chat.pinned != digest.message:
        yield PutTopNotice(chat=chat.id, message=digest.message), now
    if chat.is_ours and chat.is_quiet is not wanted.policy.quiet:
        yield SetModeration(chat=chat.id, is_locked=wanted.policy.quiet), now


def _make(room: Room, lobby: Lobby, wanted: LobbyWanted, now: datetime) -> CreateLobby | FindLobby:
    if lobby.creating_at is not None and now - lobby.creating_at >= CHAT_UUID_LIFE:
        return FindLobby(marker=wanted.marker, title=wanted.title)
    return CreateLobby(
        uuid=uuid_of(room.id, "chat", str(lobby.generation)),
        title=wanted.title,
        marker=wanted.marker,
        members=lobby.people[:MAX_FOUNDERS],
        is_repeat=lobby.creating_at is not None,
    )


def note_intents(room: Room, actions: tuple[object, ...], now: datetime) -> Room:
    """Note that a group is about to be made: should its answer be lost, it is looked for."""
    if room.lobby.creating_at is None and any(isinstance(action, CreateLobby) for action in actions):
        return with_lobby(room, creating_at=now)
    return room


def record_lobby(room: Room, action: LobbyAction, outcome: Outcome, now: datetime) -> Room:
    """Take over an answer."""
    lobby = room.lobby
    match action, outcome:
        case CreateLobby() | FindLobby(), ChatMade(chat=made, members=members):
            is_new = isinstance(action, CreateLobby) and not action.is_repeat
            chat = LobbyChat(id=made, is_ours=True, members=frozenset(members), is_quiet=False if is_new else None)
            return with_lobby(room, chat=chat, creating_at=None)
        case FindLobby(), NotFound():
            return with_lobby(room, creating_at=None, generation=lobby.generation + 1)
        case CreateLobby(), ChatGone():  # what this `uuid` made was disbanded since
            return with_lobby(room, creating_at=None, generation=lobby.generation + 1)
        case EditOffer(offer=offer), _:
            shown = replace(offer, is_shown=True)
            return with_lobby(room, offers=tuple(shown if one == offer else one for one in lobby.offers))
        case _, ChatGone():
            return lose_lobby(room, now)
    chat_now = lobby.chat
    if chat_now is None:
        return room  # another call of the same batch found it gone
    match action, outcome:
        case AddMembers(people=people), _:  # whom Feishu refuses is not asked for again
            return with_lobby(room, chat=replace(chat_now, members=chat_now.members | set(people)))
        case EditDigest(view=view), Done() if chat_now.digest is not None:
            digest = replace(chat_now.digest, view=view, edited_at=now)
            return with_lobby(room, chat=replace(chat_now, digest=digest))
        case ((EditDigest() | PutTopNotice()), CardGone()):
            return with_lobby(room, chat=replace(chat_now, digest=None, pinned=None))
        case SetModeration(is_locked=is_locked), _:  # where Feishu refuses it, people may write: that is no harm
            return with_lobby(room, chat=replace(chat_now, is_quiet=is_locked))
        case PutTopNotice(message=message), _:
            return with_lobby(room, chat=replace(chat_now, pinned=message))
        case _:
            return room


def record_digest(room: Room, message: MessageId, view: DigestView, now: datetime) -> Room:
    """Remember the digest that is out."""
    chat = room.lobby.chat
    assert chat is not None, "letters of a lobby that is lost are dropped"
    digest = Digest(message=message, view=view, sent_at=now, edited_at=now)
    return with_lobby(room, chat=replace(chat, digest=digest))


def record_offer(room: Room, offer: Offer) -> Room:
    """Remember where people were asked."""
    return with_lobby(room, offers=(*room.lobby.offers, offer))

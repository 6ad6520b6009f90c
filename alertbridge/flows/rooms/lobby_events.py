"""What Feishu tells of groups that are no incident's: the bot is brought into one, people choose it, it is lost."""

from collections.abc import Iterator
from typing import Any

import structlog

from alertbridge.config import Team
from alertbridge.core.alerts.route import RouteNode
from alertbridge.core.copy import catalogue as copy
from alertbridge.core.ids import ChatId, EntryId, RoomId
from alertbridge.core.rooms.lobby import MAIN_LOBBY, LobbyPolicy
from alertbridge.core.rooms.room import ChatWasLost, Chosen, Offered, lobby_room
from alertbridge.feishu.cards.lobby import MAKE_LOBBY, NO_LOBBY
from alertbridge.feishu.cards.toasts import Toast, toast
from alertbridge.feishu.inbound import events
from alertbridge.flows.rooms.lobbies import title_of_lobby
from alertbridge.store.deliveries import Outcome
from alertbridge.store.errors import StoreError
from alertbridge.store.feed import Feed
from alertbridge.store.records import Records

log = structlog.get_logger(__name__)


async def tell_lobbies(event: events.AnyEvent, feed: Feed, records: Records, team: Team) -> None:
    """Offer a foreign group to the first lobby that waits for one; tell a lobby that its group is lost.

    Raises the store's errors: Feishu then tells the event again.
    """
    match event:
        # What an app did, like making our own groups, is no invitation.
        case events.BotAdded(chat_id=chat, operator=str()) if not await _is_taken(chat, records, team):
            free = await _free(team, records)
            if free is not None:
                offered = Offered(id=EntryId(event.event_id), at=event.at, chat=chat, title=title_of_lobby(free, team))
                await feed.append_room(lobby_room(free.name), offered, receipt=f"offer:{event.event_id}")
                log.info("lobby_offered", lobby=free.name, chat=chat)
        case events.ChatDisbanded(chat_id=chat) | events.BotRemoved(chat_id=chat):
            for policy in _lobbies(team):
                room = lobby_room(policy.name)
                if await _knows(room, chat, records):
                    lost = ChatWasLost(id=EntryId(event.event_id), at=event.at, chat=chat)
                    await feed.append_room(room, lost, receipt=f"lobby:{policy.name}:{event.event_id}")


async def _is_taken(chat: ChatId, records: Records, team: Team) -> bool:
    """Whether it is an incident's group, or one that the team file means for something."""
    given = {policy.chat for policy in team.lobbies.values()} | set(_standing(team.routes))
    return chat in given or await records.by_chat(chat) is not None


def _standing(node: RouteNode) -> Iterator[ChatId]:
    yield ChatId(node.route.chat.existing)
    for child in node.children:
        yield from _standing(child)


async def _free(team: Team, records: Records) -> LobbyPolicy | None:
    for policy in _lobbies(team):
        if policy.waits_for_offer and (await records.room(lobby_room(policy.name))).lobby.chat is None:
            return policy
    return None


async def _knows(room: RoomId, chat: ChatId, records: Records) -> bool:
    lobby = (await records.room(room)).lobby
    return any(offer.chat == chat for offer in lobby.offers) or (lobby.chat is not None and lobby.chat.id == chat)


def _lobbies(team: Team) -> list[LobbyPolicy]:
    main = team.lobby(MAIN_LOBBY)
    return list(team.lobbies.values()) or ([main] if main else [])


def is_choice(click: events.CardClick) -> bool:
    """Whether a click answers an offer."""
    return click.value.get("a") in (MAKE_LOBBY, NO_LOBBY)


async def answer_offer(
    click: events.CardClick, *, feed: Feed, records: Records, team: Team, languages: copy.Languages
) -> dict[str, Any]:
    """Store what somebody chose for their group, and say so. A choice that cannot be stored says so."""
    name = click.value.get("l")
    policy = team.lobby(name) if isinstance(name, str) else None
    if policy is None or click.chat_id is None:
        log.warning("click_malformed", value=str(click.value)[:200])
        return toast(Toast.UNKNOWN, languages)
    room = lobby_room(policy.name)
    try:
        if not await _knows(room, click.chat_id, records):  # the chat is Feishu's word: a forged value changes nothing
            return toast(Toast.UNKNOWN, languages)
        chosen = Chosen(
            id=EntryId(click.event_id),
            at=click.at,
            chat=click.chat_id,
            by=click.open_id,
            is_wanted=click.value.get("a") == MAKE_LOBBY,
        )
        outcome = await feed.append_room(room, chosen, receipt=click.event_id)
    except StoreError as error:
        log.warning("click_not_saved", reason=str(error))
        return toast(Toast.NOT_SAVED, languages)
    log.info("lobby_chosen", lobby=policy.name, chat=click.chat_id, is_wanted=chosen.is_wanted)
    return {} if outcome is Outcome.DUPLICATE else toast(Toast.RECORDED, languages)

"""Feishu's doors: the URL for events and for card clicks, and the long connection that takes its place."""

from typing import Any

import structlog
from aiohttp import web

from alertbridge.feishu.inbound.conversation import NotTaken
from alertbridge.feishu.inbound.envelope import Challenge, Malformed, receive, receive_plain
from alertbridge.feishu.inbound.events import AnyEvent, BotMenu, CardClick, MessageReceived
from alertbridge.feishu.inbound.seal import Forged
from alertbridge.flows.our_bot import BotUnknown
from alertbridge.flows.record_event import record_event
from alertbridge.flows.rooms.lobby_events import answer_offer, is_choice, tell_lobbies
from alertbridge.flows.words.answer_click import answer_click
from alertbridge.flows.words.read_direct import read_menu
from alertbridge.flows.words.read_message import read_message
from alertbridge.store.errors import StoreAway, TooNew
from alertbridge.web.room import EVENT_BYTES
from alertbridge.web.state import WEB, Web

log = structlog.get_logger(__name__)


async def receive_feishu(request: web.Request) -> web.Response:
    """200 once it is stored (Feishu repeats events that are not); 401 where the signature or token is wrong.

    The check of the URL is answered without the store. A click is always answered 200: its toast says what happened.
    """
    state = request.app[WEB]
    if state.long_connection is not None and not state.keys.encrypt_key:
        # Nothing is expected here, and without a key nobody could prove who he is.
        raise Forged("events come over the long connection, and no Encrypt Key is set")
    async with state.bodies.take(request, most=EVENT_BYTES) as body:
        said = receive(request.headers, body, state.keys, state.clock.now())
    if isinstance(said, Challenge):
        return web.json_response({"challenge": said.challenge})
    return web.json_response(await _taken(said, state))


async def take_from_connection(body: bytes, state: Web) -> dict[str, Any]:
    """Store what came over the long connection and return its answer. Raises `NotTaken`: Feishu then tells it again."""
    try:
        return await _taken(receive_plain(body, state.clock.now()), state)
    except (Malformed, StoreAway, TooNew, BotUnknown) as error:
        log.warning("event_deferred", reason=str(error))
        raise NotTaken from error


async def _taken(said: AnyEvent, state: Web) -> dict[str, Any]:
    """The JSON that answers an event or a click, whichever way it came."""
    if isinstance(said, CardClick) and is_choice(said):
        team, languages = state.team.current, state.languages
        return await answer_offer(said, feed=state.feed, records=state.records, team=team, languages=languages)
    if isinstance(said, CardClick):
        return await answer_click(
            said, feed=state.feed, records=state.records, directory=state.directory, languages=state.languages
        )
    if isinstance(said, MessageReceived):
        await read_message(said, state.reading)
    elif isinstance(said, BotMenu):
        await read_menu(said, state.reading)
    else:
        told = await state.bot.disown(said)
        await tell_lobbies(told, state.feed, state.records, state.team.current)
        await record_event(told, state.feed)
    return {}

"""Feishu's door: both of its URLs, for events and for card clicks, point here."""

from aiohttp import web

from alertbridge.feishu.inbound.envelope import Challenge, receive
from alertbridge.feishu.inbound.events import CardClick
from alertbridge.flows.answer_click import answer_click
from alertbridge.flows.record_event import record_event
from alertbridge.web.room import EVENT_BYTES
from alertbridge.web.state import WEB


async def receive_feishu(request: web.Request) -> web.Response:
    """200 once it is stored (Feishu repeats events that are not); 401 where the signature or token is wrong.

    The check of the URL is answered without the store. A click is always answered 200: its toast says what happened.
    """
    state = request.app[WEB]
    async with state.bodies.take(request, most=EVENT_BYTES) as body:
        said = receive(request.headers, body, state.keys, state.clock.now())
    if isinstance(said, Challenge):
        return web.json_response({"challenge": said.challenge})
    if isinstance(said, CardClick):
        answer = await answer_click(
            said, feed=state.feed, records=state.records, directory=state.directory, languages=state.languages
        )
        return web.json_response(answer)
    await record_event(said, state.feed)
    return web.json_response({})

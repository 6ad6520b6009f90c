"""The API's writes: what an operator may ask of an incident from outside the chat."""

from typing import Annotated, Final

import msgspec
from aiohttp import web

from alertbridge.core.command import Verb
from alertbridge.core.incident import Status
from alertbridge.core.lifecycle import Answer
from alertbridge.flows.record_command import record_command
from alertbridge.web.doors import require_admin
from alertbridge.web.incidents import find
from alertbridge.web.problems import problem
from alertbridge.web.state import WEB

VERBS: Final = {verb.value: verb for verb in (Verb.OPEN, Verb.ACK, Verb.RESOLVE, Verb.SILENCE, Verb.UNSILENCE)}

_REFUSALS: Final = (Answer.CLOSED, Answer.NOT_NOW)


class _Wish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How long, and why."""

    seconds: Annotated[int, msgspec.Meta(ge=1, le=366 * 86_400)]
    reason: str = ""


async def act_on_incident(request: web.Request) -> web.Response:
    """200 once it is stored, or is so already; 404; 409 where it does not apply; 503 while the store is away.

    A silence needs `{"seconds": …}`, with a `reason` if there is one.
    """
    state = request.app[WEB]
    require_admin(request, state.admin_token)
    stored = await find(state, request.match_info["incident"])
    verb = VERBS.get(request.match_info["verb"])
    if verb is None:
        return problem(404, f"There is no such command; there are: {', '.join(VERBS)}.")
    if stored is None:
        return problem(404, "There is no such incident.")
    wish: _Wish | None = None
    if verb is Verb.SILENCE:
        try:
            wish = msgspec.json.decode(await request.read(), type=_Wish)
        except msgspec.DecodeError as error:
            return problem(400, f'A silence needs a body like {{"seconds": 7200, "reason": "…"}}: {error}.')
    answer = await record_command(
        stored.id,
        verb,
        feed=state.feed,
        records=state.records,
        clock=state.clock,
        seconds=wish.seconds if wish else None,
        text=wish.reason if wish else "",
    )
    if answer is None:
        return problem(409, "The incident is just being opened: try again in a second.")
    if answer is Answer.NO_ALERTMANAGER:
        return problem(409, f"The team file named no Alertmanager for the alerts of #{stored.number} when it opened.")
    if answer in _REFUSALS:
        status = Status.CLOSED if answer is Answer.CLOSED or stored.incident is None else stored.incident.status
        return problem(409, f"#{stored.number} is {status} now, so {verb} does not apply.")
    return web.json_response({"id": stored.id, "number": stored.number, "answer": answer.value})

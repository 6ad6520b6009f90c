"""The API's writes: what an operator may ask of an incident from outside the chat."""

from collections.abc import Mapping
from typing import Annotated, Final, Literal, TypedDict

import msgspec
from aiohttp import web

from alertbridge.core.incidents.command import TEXT_LIMIT, Verb
from alertbridge.core.incidents.incident import Status
from alertbridge.core.lifecycle import Answer
from alertbridge.core.severity import Severity
from alertbridge.flows.record_command import record_command
from alertbridge.web.doors import require_admin
from alertbridge.web.incidents import find
from alertbridge.web.problems import problem
from alertbridge.web.state import WEB

VERBS: Final = {verb.value: verb for verb in Verb if verb is not Verb.ASSIGN}
"""All but the one that names a person by Feishu's id."""

_REFUSALS: Final = (Answer.CLOSED, Answer.NOT_NOW)


class Detail(TypedDict, total=False):
    """What a command may need beside its verb."""

    seconds: int
    text: str
    level: Severity


class _Silence(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How long, and why."""

    seconds: Annotated[int, msgspec.Meta(ge=1, le=366 * 86_400)]
    reason: str = ""

    def detail(self) -> Detail:
        return {"seconds": self.seconds, "text": self.reason}


class _Level(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How bad it is."""

    level: Literal["P1", "P2", "P3", "P4"]

    def detail(self) -> Detail:
        return {"level": Severity[self.level]}


class _Text(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be written down."""

    text: Annotated[str, msgspec.Meta(pattern=r"\S", max_length=TEXT_LIMIT)]

    def detail(self) -> Detail:
        return {"text": self.text}


_BODIES: Final[Mapping[Verb, tuple[type[_Silence | _Level | _Text], str]]] = {
    Verb.SILENCE: (_Silence, '{"seconds": 7200, "reason": "…"}'),
    Verb.SEVERITY: (_Level, '{"level": "P2"}'),
    Verb.NOTE: (_Text, '{"text": "…"}'),
    Verb.UPDATE: (_Text, '{"text": "…"}'),
}
"""The body that a command needs, and an example of it; the others need none."""


async def act_on_incident(request: web.Request) -> web.Response:
    """200 once it is stored, or is so already; 404; 409 where it does not apply; 503 while the store is away.

    400 where the body is not the one that the command needs.
    """
    state = request.app[WEB]
    require_admin(request, state.admin_token)
    stored = await find(state, request.match_info["incident"])
    verb = VERBS.get(request.match_info["verb"])
    if verb is None:
        return problem(404, f"There is no such command; there are: {', '.join(VERBS)}.")
    if stored is None:
        return problem(404, "There is no such incident.")
    detail: Detail = {}
    if verb in _BODIES:
        kind, example = _BODIES[verb]
        try:
            detail = msgspec.json.decode(await request.read(), type=kind).detail()
        except msgspec.DecodeError as error:
            return problem(400, f"The command {verb} needs a body like {example}: {error}.")
    answer = await record_command(
        stored.id,
        verb,
        feed=state.feed,
        records=state.records,
        clock=state.clock,
        **detail,
    )
    if answer is None:
        return problem(409, "The incident is just being opened: try again in a second.")
    if answer is Answer.NO_ALERTMANAGER:
        return problem(409, f"The team file named no Alertmanager for the alerts of #{stored.number} when it opened.")
    if answer in _REFUSALS:
        status = Status.CLOSED if answer is Answer.CLOSED or stored.incident is None else stored.incident.status
        return problem(409, f"#{stored.number} is {status} now, so {verb} does not apply.")
    return web.json_response({"id": stored.id, "number": stored.number, "answer": answer.value})

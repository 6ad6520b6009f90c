"""The control API under `/sandbox/`: look at the world, act as a person, set apps, faults, clock and switches.

    GET    /sandbox/state           the whole picture (`picture.py`)
    GET    /sandbox/changes         server-sent events: a number whenever the picture is another one
    GET    /sandbox/images/{key}    an uploaded image
    PUT    /sandbox/apps/{app_id}   `AppSettings`; answers whether the event URL passed its check
    POST   /sandbox/people          `PersonWish`
    POST   /sandbox/message         `acts.Written`: a person writes
    POST   /sandbox/click           `ClickWish`: a person uses a card; answers what the app answered
    POST   /sandbox/act             `acts.Act`: a person does something by hand
    POST   /sandbox/clock           `ClockWish`
    POST   /sandbox/faults          `FaultWish`; DELETE ends them all
    GET    /sandbox/switches        `switches.Switches`; PUT turns some of them

What cannot be done is 409, what cannot be read 400; both say why in `error`.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, TypeVar

import msgspec
from aiohttp import web

from alertbridge.sandbox import membership
from alertbridge.sandbox.acts import Act, NotPossible, Written, act, find_person, write
from alertbridge.sandbox.apps import App
from alertbridge.sandbox.clicks import Click, click
from alertbridge.sandbox.faults import Fault, FaultKind, Faults
from alertbridge.sandbox.messages import user
from alertbridge.sandbox.outbound import Outbound
from alertbridge.sandbox.people import Person, PersonStatus, make_person
from alertbridge.sandbox.picture import message_picture, person_picture, picture_of
from alertbridge.sandbox.switches import Switches
from alertbridge.sandbox.world import World

JsonObject = dict[str, Any]

_QUIET_SECONDS = 0.2
"""The least time between two lines of the change feed, so that a storm does not become one."""

S = TypeVar("S")


class Misshapen(Exception):  # noqa: N818 - said to whoever holds the controls, not a fault of the sandbox
    """A body that does not have the documented form; the text says where."""


class AppSettings(msgspec.Struct, forbid_unknown_fields=True):
    """What can be set for an app; absent fields stay, `scopes` and `subscriptions` null mean all."""

    secret: str | msgspec.UnsetType = msgspec.UNSET
    name: str | msgspec.UnsetType = msgspec.UNSET
    event_url: str | msgspec.UnsetType = msgspec.UNSET
    encrypt_key: str | msgspec.UnsetType = msgspec.UNSET
    verification_token: str | msgspec.UnsetType = msgspec.UNSET
    scopes: list[str] | msgspec.UnsetType | None = msgspec.UNSET
    subscriptions: list[str] | msgspec.UnsetType | None = msgspec.UNSET
    is_enabled: bool | msgspec.UnsetType = msgspec.UNSET
    has_bot: bool | msgspec.UnsetType = msgspec.UNSET
    revoke_tokens: bool = False


class FaultWish(msgspec.Struct, forbid_unknown_fields=True):
    """One fault to come; see `faults.FaultKind`."""

    operation: str
    kind: FaultKind
    times: int = 1
    seconds: float = 0.0
    code: int | None = None


class ClickWish(msgspec.Struct, forbid_unknown_fields=True):
    """One use of a card; see `clicks.Click`."""

    open_id: str
    message_id: str
    button: str | None = None
    value: Any = None
    form: JsonObject = msgspec.field(default_factory=dict)
    option: str | None = None
    host: str = "im_message"


class PersonWish(msgspec.Struct, forbid_unknown_fields=True):
    """Somebody to add, or, with a known `open_id` or `email`, to change."""

    open_id: str = ""
    name: str | msgspec.UnsetType = msgspec.UNSET
    en_name: str | msgspec.UnsetType = msgspec.UNSET
    email: str | msgspec.UnsetType = msgspec.UNSET
    mobile: str | msgspec.UnsetType = msgspec.UNSET
    enterprise_email: str | msgspec.UnsetType = msgspec.UNSET
    status: PersonStatus | msgspec.UnsetType = msgspec.UNSET
    unread_buzzes: int | msgspec.UnsetType = msgspec.UNSET


class ClockWish(msgspec.Struct, forbid_unknown_fields=True):
    """A jump forward, another speed, or both."""

    advance_seconds: float = 0.0
    speed: float | None = None


@dataclass(slots=True)
class Control:
    """The handlers of the control API."""

    world: World
    faults: Faults
    outbound: Outbound

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Serve the control API."""
        router.add_get("/sandbox/state", self.state)
        router.add_get("/sandbox/changes", self.changes)
        router.add_get("/sandbox/images/{key}", self.image)
        router.add_get("/sandbox/switches", self.switches)
        router.add_delete("/sandbox/faults", self.clear_faults)
        for method, path, handler in (
            ("PUT", "/sandbox/apps/{app_id}", self.set_app),
            ("POST", "/sandbox/faults", self.add_fault),
            ("POST", "/sandbox/click", self.click),
            ("POST", "/sandbox/message", self.write),
            ("POST", "/sandbox/people", self.set_person),
            ("POST", "/sandbox/act", self.act),
            ("POST", "/sandbox/clock", self.set_clock),
            ("PUT", "/sandbox/switches", self.set_switches),
        ):
            router.add_route(method, path, self._changing(handler))

    async def state(self, _: web.Request) -> web.Response:
        """Return the whole picture."""
        return _json(picture_of(self.world))

    async def changes(self, request: web.Request) -> web.StreamResponse:
        """Send one `data: <version>` now, and one whenever the world has changed since."""
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-cache"})
        await response.prepare(request)
        changes = self.world.changes
        version = changes.version
        with contextlib.suppress(ConnectionResetError):  # the reader has gone
            while not changes.is_closed:
                await response.write(f"data: {version}\n\n".encode())
                await asyncio.sleep(_QUIET_SECONDS)
                version = await changes.after(version)
        return response

    async def image(self, request: web.Request) -> web.Response:
        """Return an uploaded image."""
        image = self.world.images.get(request.match_info["key"])
        if image is None:
            raise web.HTTPNotFound
        return web.Response(body=image.content, content_type=image.content_type)

    async def switches(self, _: web.Request) -> web.Response:
        """Return every switch with its position."""
        return _json(asdict(self.world.switches))

    async def clear_faults(self, _: web.Request) -> web.Response:
        """Behave again."""
        self.faults.clear()
        return _json({})

    async def set_app(self, request: web.Request) -> JsonObject:
        """Add or change an app; a given event URL is checked with `url_verification` and the finding is answered.

        The URL is saved even when the check fails (`problem` says why), so that the service may be started later.
        """
        wish = await _read(request, AppSettings)
        app_id = request.match_info["app_id"]
        app = self.world.apps.get(app_id)
        if app is None:
            app = App(app_id, secret="", name=app_id)
            self.world.apps.add(app)
        for name in ("secret", "name", "event_url", "encrypt_key", "verification_token", "is_enabled", "has_bot"):
            value = getattr(wish, name)
            if value is not msgspec.UNSET:
                setattr(app, name, value)
        if wish.scopes is not msgspec.UNSET:
            app.scopes = None if wish.scopes is None else frozenset(wish.scopes)
        if wish.subscriptions is not msgspec.UNSET:
            app.subscriptions = None if wish.subscriptions is None else frozenset(wish.subscriptions)
        if wish.revoke_tokens:
            self.world.apps.revoke_all(app)
        answer: JsonObject = {"app_id": app_id, "open_id": app.bot_open_id}
        if wish.event_url is not msgspec.UNSET and wish.event_url:
            problem = await self.outbound.check_url(app, wish.event_url)
            answer |= {"verified": problem is None, "problem": problem}
        return answer

    async def add_fault(self, request: web.Request) -> JsonObject:
        """Let a fault happen."""
        wish = await _read(request, FaultWish)
        self.faults.add(Fault(wish.operation, wish.kind, wish.times, wish.seconds, wish.code))
        return {}

    async def click(self, request: web.Request) -> JsonObject:
        """Use a component of a card; the answer is the app's."""
        wish = await _read(request, ClickWish)
        message = self.world.messages.get(wish.message_id)
        if message is None:
            raise NotPossible(f"there is no message {wish.message_id!r}")
        person = find_person(self.world, wish.open_id)
        action = Click(wish.button, wish.value, wish.form, wish.option, wish.host)
        answer = await click(self.world, self.outbound, person, message, action)
        return {"status": answer.status, "body": answer.body, "client_error": answer.client_error}

    async def write(self, request: web.Request) -> JsonObject:
        """Write a text as a person."""
        return message_picture(self.world, write(self.world, await _read(request, Written)))

    async def act(self, request: web.Request) -> JsonObject:
        """Do something by hand as a person."""
        return act(self.world, await _read(request, Act))

    async def set_person(self, request: web.Request) -> JsonObject:
        """Add or change somebody; who resigns is out of every chat."""
        wish = await _read(request, PersonWish)
        given = {
            name: value
            for name in ("name", "en_name", "email", "mobile", "enterprise_email", "status", "unread_buzzes")
            if (value := getattr(wish, name)) is not msgspec.UNSET
        }
        person = self.world.people.get(wish.open_id) or self.world.people.by_email(given.get("email", ""))
        if person is None:
            person = self._new_person(wish, given)
        for name, value in given.items():
            setattr(person, name, value)
        if person.status is PersonStatus.RESIGNED:
            self._take_out_of_chats(person)
        return person_picture(person)

    async def set_clock(self, request: web.Request) -> JsonObject:
        """Move time."""
        wish = await _read(request, ClockWish)
        if wish.advance_seconds < 0 or (wish.speed is not None and wish.speed < 0):
            raise NotPossible("time only goes forward")
        if wish.speed is not None:
            self.world.clock.run_at(wish.speed)
        if wish.advance_seconds:
            self.world.clock.advance(wish.advance_seconds)
        return {"now": self.world.now(), "speed": self.world.clock.speed}

    async def set_switches(self, request: web.Request) -> JsonObject:
        """Turn the named switches, leave the others."""
        given = await _read(request, dict[str, Any])
        if foreign := sorted(given.keys() - {one.name for one in fields(Switches)}):
            raise NotPossible(f"there is no switch {', '.join(foreign)}")
        try:
            wanted = msgspec.convert({**asdict(self.world.switches), **given}, Switches)
        except msgspec.ValidationError as problem:
            raise NotPossible(str(problem)) from None
        self.world.switches = replace(wanted)
        return asdict(wanted)

    def _changing(
        self, handler: Callable[[web.Request], Awaitable[JsonObject]]
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """Answer with a handler's result, with 409 for what is not possible and 400 for what cannot be read."""

        async def answer(request: web.Request) -> web.StreamResponse:
            try:
                result = await handler(request)
            except NotPossible as reason:
                return _json({"error": str(reason)}, status=409)
            except Misshapen as reason:
                return _json({"error": str(reason)}, status=400)
            self.world.changes.note()
            return _json(result)

        return answer

    def _new_person(self, wish: PersonWish, given: JsonObject) -> Person:
        if wish.open_id:
            raise NotPossible(f"nobody has the open_id {wish.open_id!r}")
        if not given.get("name"):
            raise NotPossible("a new person needs a name")
        person = make_person(name=given["name"], email=given.get("email", ""), mobile=given.get("mobile", ""))
        self.world.people.add(person)
        return person

    def _take_out_of_chats(self, person: Person) -> None:
        for chat in self.world.chats.values():
            if person.open_id in chat.members and not chat.is_dissolved:
                membership.remove_people(self.world, chat, [person], user(person.open_id))


async def _read(request: web.Request, shape: type[S]) -> S:
    """Return the JSON body as `shape`. Raises Misshapen when it does not fit."""
    try:
        return msgspec.json.decode(await request.read() or b"{}", type=shape)
    except msgspec.DecodeError as problem:
        raise Misshapen(str(problem)) from None


def _json(body: object, *, status: int = 200) -> web.Response:
    return web.Response(status=status, body=msgspec.json.encode(body), content_type="application/json", charset="utf-8")

"""The doors of the long connection: where an app asks for an address, and the WebSocket behind it (BEHAVIOUR 12).

    POST   /callback/ws/endpoint    `{"AppID", "AppSecret"}` -> an address for one connection, and the pace to keep
    GET    /callback/ws             the WebSocket; its ticket is good once
    DELETE /sandbox/connections     cut every connection, as a network does; answers how many

The address is part of nothing public: only `device_id` and `service_id` in it are known to clients.
"""

from dataclasses import dataclass, field
from urllib.parse import urlencode

import aiohttp
import msgspec
from aiohttp import web

from alertbridge.sandbox.apps import App
from alertbridge.sandbox.connections import MOST_CONNECTIONS, LongConnection
from alertbridge.sandbox.frames import CONTROL, DATA, BadFrame, Frame, unpack
from alertbridge.sandbox.ids import new_id
from alertbridge.sandbox.world import World

SERVICE = 33554678
"""Any number; clients show it in their own frames."""

_FORBIDDEN = 403
_AUTH_FAILED = 514
_NO_CREDENTIAL = 1000040344
_TOO_MANY = 1000040350


class _Asked(msgspec.Struct):
    """The body of a request for an address."""

    app_id: str = msgspec.field(name="AppID", default="")
    app_secret: str = msgspec.field(name="AppSecret", default="")


@dataclass(slots=True)
class Sockets:
    """The handlers."""

    world: World
    _tickets: dict[str, App] = field(default_factory=dict)

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Serve the doors."""
        router.add_post("/callback/ws/endpoint", self.give_address)
        router.add_get("/callback/ws", self.connect)
        router.add_delete("/sandbox/connections", self.cut)

    async def give_address(self, request: web.Request) -> web.Response:
        """Answer with the address of a new connection."""
        try:
            asked = msgspec.json.decode(await request.read(), type=_Asked)
        except msgspec.DecodeError:
            return _answer(_NO_CREDENTIAL, "the body is no request for an address")
        if not asked.app_id or not asked.app_secret:
            return _answer(_NO_CREDENTIAL, "app id or app secret is missing")
        app = self.world.apps.get(asked.app_id)
        if app is None or app.secret != asked.app_secret:
            return _answer(_AUTH_FAILED, "app id or app secret is wrong")
        if not app.is_enabled:
            return _answer(_FORBIDDEN, "the app is not in use")
        ticket = new_id("")
        self._tickets[ticket] = app
        query = urlencode({"device_id": new_id(""), "service_id": SERVICE, "ticket": ticket})
        address = request.url.with_scheme("wss" if request.secure else "ws").with_path("/callback/ws")
        return _answer(0, "ok", {"URL": f"{address}?{query}", "ClientConfig": self._pace()})

    async def connect(self, request: web.Request) -> web.StreamResponse:
        """Hold a connection until one side ends it."""
        app = self._tickets.pop(request.query.get("ticket", ""), None)
        if app is None:
            return _refused(_AUTH_FAILED, "the ticket is unknown or was used")
        if not app.is_enabled:
            return _refused(_FORBIDDEN, "the app is not in use")
        if len(app.connections) >= MOST_CONNECTIONS:
            return _refused(_AUTH_FAILED, "too many connections", cause=_TOO_MANY)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        connection = LongConnection(socket, request.transport, SERVICE)
        app.connections.add(connection)
        self.world.changes.note()
        try:
            async for message in socket:
                if message.type is aiohttp.WSMsgType.BINARY:
                    await self._take(connection, message.data)
        finally:
            app.connections.remove(connection)
            self.world.changes.note()
        return socket

    async def cut(self, _: web.Request) -> web.Response:
        """Cut what is open."""
        found = [connection for app in self.world.apps for connection in app.connections]
        for connection in found:
            connection.cut()
        return web.json_response({"cut": len(found)})

    async def close(self) -> None:
        """End every connection, when the sandbox ends."""
        for app in self.world.apps:
            for connection in app.connections:
                await connection.close()

    async def _take(self, connection: LongConnection, data: bytes) -> None:
        try:
            frame = unpack(data)
        except BadFrame:
            return
        if frame.method == DATA:
            connection.acknowledge(frame)
        elif frame.method == CONTROL and frame.headers.get("type") == "ping" and self.world.switches.pings_are_answered:
            pong = Frame(CONTROL, frame.service, {"type": "pong"}, msgspec.json.encode(self._pace()))
            await connection.socket.send_bytes(pong.pack())

    def _pace(self) -> dict[str, int]:
        switches = self.world.switches
        return {
            "ReconnectCount": -1,
            "ReconnectInterval": switches.reconnect_interval_seconds,
            "ReconnectNonce": switches.reconnect_nonce_seconds,
            "PingInterval": switches.ping_interval_seconds,
        }


def _answer(code: int, msg: str, data: object = None) -> web.Response:
    said = {"code": code, "msg": msg} if data is None else {"code": code, "msg": msg, "data": data}
    return web.Response(body=msgspec.json.encode(said), content_type="application/json", charset="utf-8")


def _refused(status: int, msg: str, *, cause: int | None = None) -> web.Response:
    """Refuse the handshake; the reason stands in the headers."""
    headers = {"handshake-status": str(status), "handshake-msg": msg}
    if cause is not None:
        headers["handshake-autherrcode"] = str(cause)
    return web.Response(status=400, headers=headers)

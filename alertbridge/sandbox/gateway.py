"""The way of a call through the platform: route, token, scopes, quota, validation, work, answer."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
from aiohttp import BodyPartReader, hdrs, web

from alertbridge.sandbox.apps import App
from alertbridge.sandbox.faults import Fault, FaultKind, Faults
from alertbridge.sandbox.ids import new_id
from alertbridge.sandbox.openapi import RATE_LIMITED, UNKNOWN_PATH, WRONG_METHOD, Contract, Found, Operation
from alertbridge.sandbox.operations.registry import HANDLERS, WITHOUT_DATA, Call, JsonObject
from alertbridge.sandbox.refusals import Refused
from alertbridge.sandbox.world import World

_NO_TOKEN = 99991661
_APP_NOT_IN_USE = 99991662
_BAD_TOKEN = 99991663
_BAD_USER_TOKEN = 99991668
_MALFORMED_TOKEN = 99991671
_NO_SCOPE = 99991672
_NO_BOT = (232025, 230006, 1772025, 234007)
"""The codes for an app without a bot, one per family of operations."""

_ONE_AT_A_TIME: Mapping[str, tuple[str, int]] = {
    "chat_create": ("uuid", 232068),
    "message_create": ("uuid", 230049),
    "message_reply": ("uuid", 230049),
    "chat_members_add": ("members", 232019),
    "chat_members_remove": ("members", 232019),
    "chat_members_me_join": ("members", 232019),
    "chat_managers_add": ("members", 232019),
    "chat_managers_delete": ("members", 232019),
    "chat_menu_tree_create": ("menu", 232073),
    "chat_menu_tree_delete": ("menu", 232073),
    "chat_menu_item_patch": ("menu", 232073),
    "message_reaction_create": ("reaction", 231015),
}
"""operationId -> what only one call at a time may touch, and the code for the second one."""

_STATUS = {UNKNOWN_PATH: 404}
_GATEWAY_LIMITED = 429
"""The status above a quota, for operations that document no other."""


@dataclass(slots=True)
class Gateway:
    """Serves everything under `/open-apis/`. `latency_seconds` is waited before the work of every call."""

    world: World
    contract: Contract
    faults: Faults
    latency_seconds: float = 0.0
    _in_flight: set[str] = field(default_factory=set)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one call the way the platform does."""
        try:
            found = self.contract.find(request.method, request.path)
        except Refused as refused:
            return self._refusal(None, refused)
        operation = found.operation
        self.world.tally.called(operation.id)
        self.world.changes.note()
        fault = self.faults.next_for_call(operation.id)
        if fault is not None and fault.kind is FaultKind.SERVER_ERROR:
            return web.Response(status=fault.code or 502, text="<html><body>Bad Gateway</body></html>")
        try:
            answer = await self._work(request, found, fault)
        except Refused as refused:
            return self._refusal(operation, refused)
        if fault is not None and fault.kind is FaultKind.DROP_ANSWER:
            await self._wait(fault.seconds)
            if request.transport is not None:
                request.transport.abort()
        return answer

    async def _work(self, request: web.Request, found: Found, fault: Fault | None) -> web.Response:
        operation = found.operation
        if fault is not None:
            self._refuse_by_fault(operation, fault)
        caller = self._caller(request, operation) if operation.needs_token else None
        if caller is not None:
            self._check_scopes(operation, caller)
            self._check_quota(operation, caller)
        query = operation.read_query({name: request.query.getall(name) for name in request.query})
        body = await self._body(request, operation)
        call = Call(operation, caller, found.path, query, body, self.world.now())
        return await self._one_at_a_time(call, fault)

    async def _one_at_a_time(self, call: Call, fault: Fault | None) -> web.Response:
        key = _exclusive_key(call)
        if key is not None and key in self._in_flight:
            raise Refused(_ONE_AT_A_TIME[call.operation.id][1])
        if key is not None:
            self._in_flight.add(key)
        try:
            if self.latency_seconds:
                await asyncio.sleep(self.latency_seconds)
            answer = HANDLERS[call.operation.id](self.world, call)
            self.world.changes.note()
            if fault is not None and fault.kind is FaultKind.SLOW:
                await self._wait(fault.seconds)
        finally:
            if key is not None:
                self._in_flight.discard(key)
        fields = answer if call.operation.id in WITHOUT_DATA else {"data": answer}
        return _response(200, {"code": 0, "msg": "success", **fields})

    async def _wait(self, seconds: float) -> None:
        await self.world.clock.wait_until(self.world.now() + round(seconds * 1000))

    def _refuse_by_fault(self, operation: Operation, fault: Fault) -> None:
        if fault.kind is FaultKind.RATE_LIMITED:
            raise self._rate_limited(operation, operation.rate_limit.per_second or 50, max(1, round(fault.seconds)))
        if fault.kind is FaultKind.REFUSE:
            raise Refused(fault.code or operation.invalid_parameter)

    def _caller(self, request: web.Request, operation: Operation) -> App:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Refused(_NO_TOKEN)
        if token.startswith("u-"):
            raise Refused(_BAD_USER_TOKEN)
        if not token.startswith("t-"):
            raise Refused(_MALFORMED_TOKEN)
        app = self.world.apps.by_token(token, self.world.now())
        if app is None:
            raise Refused(_BAD_TOKEN)
        if not app.is_enabled:
            raise Refused(_APP_NOT_IN_USE)
        no_bot = next((code for code in _NO_BOT if operation.lists(code)), None)
        if no_bot is not None and not app.has_bot:
            raise Refused(no_bot)
        return app

    def _check_scopes(self, operation: Operation, app: App) -> None:
        if app.holds_any(operation.scopes):
            return
        listed = ", ".join(operation.scopes)
        violations = [
            {"type": "action_scope_required", "subject": scope, "scope": scope, "url": ""} for scope in operation.scopes
        ]
        raise Refused(
            _NO_SCOPE,
            msg=f"Access denied. One of the following scopes is required: [{listed}].",
            error={"permission_violations": violations},
        )

    def _check_quota(self, operation: Operation, app: App) -> None:
        """Count the call within this second and this minute; one that is refused does not count."""
        limit, quotas, now = operation.rate_limit, self.world.quotas, self.world.now()
        if not quotas.enforced or limit.per_second is None:
            return
        key = f"{self._quota_name(operation)} {app.app_id}"
        if quotas.second.left(key, limit.per_second, now) < 1:
            raise self._rate_limited(operation, limit.per_second, quotas.second.resets_in_seconds(now))
        if limit.per_minute is not None:
            if quotas.minute.left(key, limit.per_minute, now) < 1:
                raise self._rate_limited(operation, limit.per_minute, quotas.minute.resets_in_seconds(now))
            quotas.minute.count(key, now)
        quotas.second.count(key, now)

    def _quota_name(self, operation: Operation) -> str:
        is_docx = operation.rate_limit.status != _GATEWAY_LIMITED
        if is_docx and self.world.switches.docx_writes_share_one_quota:
            return "docx reads" if operation.method == "GET" else "docx writes"
        return operation.id

    def _rate_limited(self, operation: Operation, limit: int, reset_seconds: int) -> Refused:
        status = operation.rate_limit.status
        if status == _GATEWAY_LIMITED:
            status = self.world.switches.rate_limited_http
        headers = {"x-ogw-ratelimit-limit": str(limit), "x-ogw-ratelimit-reset": str(reset_seconds)}
        return Refused(RATE_LIMITED, http=status, headers=headers)

    async def _body(self, request: web.Request, operation: Operation) -> JsonObject:
        if operation.is_multipart:
            return await _multipart_body(request, operation)
        content_type = request.content_type if hdrs.CONTENT_TYPE in request.headers else ""
        return operation.read_body(await request.read(), content_type)

    def _refusal(self, operation: Operation | None, refused: Refused) -> web.Response:
        """Return the error answer, with status and text from the documents where the refusal gives none."""
        if operation is not None:
            self.world.tally.was_refused(operation.id, refused.code)
        entry = self.contract.entry(operation, refused.code)
        status = refused.http or (entry.http if entry else None) or self._unlisted_status(refused.code)
        text = refused.msg or (entry.msg if entry else None) or "request failed"
        log_id = new_id("")
        body: dict[str, Any] = {
            "code": refused.code,
            "msg": f"{text}, ext={refused.detail}" if refused.detail else text,
            "error": {"log_id": log_id, "troubleshooter": "", **refused.error},
        }
        if refused.data is not None:
            body["data"] = refused.data
        return _response(status, body, refused.headers, log_id)

    def _unlisted_status(self, code: int) -> int:
        if code == WRONG_METHOD:
            return self.world.switches.wrong_method_http
        return _STATUS.get(code, self.world.switches.unconfirmed_http)


def _exclusive_key(call: Call) -> str | None:
    rule = _ONE_AT_A_TIME.get(call.operation.id)
    if rule is None:
        return None
    match rule[0]:
        case "uuid":
            uuid = call.body.get("uuid") or call.query.get("uuid")
            return f"{call.operation.id} {call.app.app_id} {uuid}" if uuid else None
        case "reaction":
            return f"{call.path['message_id']} {call.body['reaction_type']['emoji_type']} {call.app.app_id}"
    return f"{rule[0]} {call.path['chat_id']}"


async def _multipart_body(request: web.Request, operation: Operation) -> JsonObject:
    """Return the form fields, binary ones as bytes. Raises Refused for anything but a multipart form.

    A binary part is known by its documented name: clients send it with and without a file name.
    """
    if request.content_type != "multipart/form-data":
        raise Refused(operation.invalid_parameter, f"Content-Type is {request.content_type}")
    fields: dict[str, bytes] = {}
    try:
        async for part in await request.multipart():
            if isinstance(part, BodyPartReader) and part.name:
                fields[part.name] = await part.read()
        binary = {name: fields.pop(name) for name in operation.binary_fields if name in fields}
        texts = {name: content.decode() for name, content in fields.items()}
    except ValueError as problem:
        raise Refused(operation.invalid_parameter, f"the form cannot be read: {problem}") from None
    operation.check_body({**texts, **dict.fromkeys(binary, "")})
    return {**texts, **binary}


def _response(
    status: int, body: dict[str, Any], headers: Mapping[str, str] | None = None, log_id: str | None = None
) -> web.Response:
    return web.Response(
        status=status,
        body=msgspec.json.encode(body),
        headers={"X-Tt-Logid": log_id or new_id(""), **(headers or {})},
        content_type="application/json",
        charset="utf-8",
    )

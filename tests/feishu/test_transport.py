"""Over a real connection: what happens when it is refused, cut, slow, or answered by a stranger."""

import asyncio
import socket
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web
from structlog.testing import capture_logs

from alertbridge.core.quota import Priority
from alertbridge.feishu.calls.messages import Content
from alertbridge.feishu.errors import (
    AnswerLost,
    ChatGone,
    FeishuError,
    Misconfigured,
    QuotaWait,
    RateLimited,
    Unauthorized,
    Unreachable,
)
from alertbridge.feishu.transport import TimeLimits
from tests.feishu.every_call import CARD, CHAT, EVERY_CALL, MESSAGE
from tests.feishu.scripted import (
    Answer,
    Calls,
    NotingQuota,
    Server,
    cuts_before_the_answer,
    cuts_inside_the_answer,
    never_answers,
    says,
    says_html,
    serving,
    talking,
)

DONE = says({"code": 0, "msg": "success", "data": {}})
STALE = says({"code": 99991663, "msg": "Invalid access token"}, status=400)
TEXT = Content.text("x")
SHORT = TimeLimits(connect=5, answer=0.2)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with serving(Server([DONE])) as running:
        yield running


@pytest.fixture
def nobody_there() -> str:
    """A URL at which nothing listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{taken.getsockname()[1]}"


# -- what is sent ------------------------------------------------------------------------------------------------------


async def test_a_request_carries_token_query_and_body(server: Server) -> None:
    server.answers = [says({"code": 0, "data": {"chat_id": "oc_1"}})]
    async with talking(server.url + "/") as feishu:
        made = await feishu.chat_create(uuid="a b&c", name="支付 <1>")

    (request,) = server.requests
    assert made.chat_id == "oc_1"
    assert (request.method, request.path, request.query["uuid"]) == ("POST", "/open-apis/im/v1/chats", "a b&c")
    assert request.headers["Authorization"] == "Bearer t-1"
    assert request.headers["Content-Type"] == "application/json; charset=utf-8"
    assert server.bodies == ['{"name":"支付 <1>"}'.encode()]


async def test_a_delete_may_have_a_body_and_a_post_none(server: Server) -> None:
    async with talking(server.url) as feishu:
        await feishu.chat_members_remove(CHAT, ["ou_1"])
        await feishu.chat_top_notice_delete(CHAT)

    assert [request.method for request in server.requests] == ["DELETE", "POST"]
    assert server.bodies == [b'{"id_list":["ou_1"]}', b""]
    assert server.requests[0].content_type == "application/json"


async def test_an_image_travels_as_a_form(server: Server) -> None:
    server.answers = [says({"code": 0, "data": {"image_key": "img_1"}})]
    async with talking(server.url) as feishu:
        created = await feishu.image_create(b"\x89PNG", image_type="avatar")

    assert created.image_key == "img_1"
    assert server.requests[0].content_type == "multipart/form-data"
    assert b'name="image_type"' in server.bodies[0]
    assert b'name="image"; filename="image"' in server.bodies[0]


@pytest.mark.parametrize("trouble", [says_html(502), says_html(404), cuts_before_the_answer])
async def test_no_call_fails_with_anything_but_our_errors(trouble: Answer, server: Server) -> None:
    server.answers = [trouble]
    server.tokens = [trouble]
    async with talking(server.url) as feishu:
        for call in EVERY_CALL:
            with pytest.raises(FeishuError):
                await feishu.send(call)


# -- what can go wrong on the way --------------------------------------------------------------------------------------


async def test_nobody_there_means_that_nothing_was_sent(nobody_there: str) -> None:
    calls = Calls()
    async with talking(nobody_there, calls=calls) as feishu:
        with pytest.raises(Unreachable) as caught:
            await feishu.chat_disband(CHAT)

    assert isinstance(caught.value.__cause__, aiohttp.ClientError)
    assert caught.value.wait_seconds > 0
    assert calls.seen == [("auth_tenant_access_token_internal", None)]


@pytest.mark.parametrize(
    "trouble", [cuts_before_the_answer, cuts_inside_the_answer, never_answers, says_html(502), says_html(200)]
)
async def test_trouble_after_sending_means_that_the_work_may_be_done(trouble: Answer, server: Server) -> None:
    server.answers = [trouble]
    async with talking(server.url, time_limits=SHORT) as feishu:
        with pytest.raises(AnswerLost):
            await feishu.message_create(CHAT, TEXT, uuid="u")


async def test_waiting_for_a_connection_is_not_sending(server: Server) -> None:
    """A listener that accepts nobody: the handshake hangs, as with a firewall that swallows packets."""
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        url = f"http://127.0.0.1:{full.getsockname()[1]}"
        fillers = [_connecting(full.getsockname()) for _ in range(4)]
        try:
            async with talking(url, time_limits=TimeLimits(connect=0.1, answer=5)) as feishu:
                with pytest.raises(Unreachable):
                    await feishu.chat_disband(CHAT)
        finally:
            for filler in fillers:
                filler.close()


async def test_a_redirect_is_not_followed(server: Server) -> None:
    server.answers = [says_html(302, Location="/elsewhere")]
    async with talking(server.url) as feishu:
        with pytest.raises(Misconfigured):
            await feishu.chat_get(CHAT)

    assert len(server.requests) == 1


async def test_a_call_that_is_cancelled_stays_cancelled(server: Server) -> None:
    server.answers = [never_answers]
    async with talking(server.url) as feishu:
        call = asyncio.ensure_future(feishu.chat_get(CHAT))
        await server.arrived.wait()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call


async def test_http_200_with_a_code_is_a_refusal(server: Server) -> None:
    server.answers = [says({"code": 232009, "msg": "dissolved"})]
    async with talking(server.url) as feishu:
        with pytest.raises(ChatGone):
            await feishu.chat_update(CHAT, name="x")


# -- quota -------------------------------------------------------------------------------------------------------------


async def test_every_call_asks_for_its_slot_at_the_priority_of_the_caller(server: Server) -> None:
    server.answers = [says({"code": 0, "data": {"message_id": "om_1"}})]
    quota = NotingQuota()
    async with talking(server.url, quota=quota) as feishu:
        await feishu.at(Priority.PAGE).message_create(CHAT, TEXT, uuid="u")
        await feishu.at(Priority.DECORATION).message_patch(MESSAGE, CARD)
        await feishu.chat_get(CHAT)

    assert quota.taken == [
        ("message_create", CHAT, None, Priority.PAGE),
        ("message_patch", None, MESSAGE, Priority.DECORATION),
        ("chat_get", None, None, Priority.UPDATE),
    ]


async def test_a_call_without_a_slot_is_not_sent(server: Server) -> None:
    async with talking(server.url, quota=NotingQuota(wait_seconds=12)) as feishu:
        with pytest.raises(QuotaWait) as caught:
            await feishu.chat_get(CHAT)

    assert caught.value.wait_seconds == 12
    assert caught.value.operation == "chat_get"
    assert server.requests == []


@pytest.mark.parametrize("status", [429, 400])
async def test_a_full_window_blocks_the_api_for_everybody(server: Server, status: int) -> None:
    server.answers = [says({"code": 99991400, "msg": "limit"}, status=status, x_ogw_ratelimit_reset="9")]
    quota = NotingQuota()
    async with talking(server.url, quota=quota) as feishu:
        with pytest.raises(RateLimited) as caught:
            await feishu.chat_get(CHAT)

    assert caught.value.wait_seconds == 9
    assert quota.blocked == [("chat_get", 9)]


async def test_a_busy_chat_blocks_nobody_else(server: Server) -> None:
    server.answers = [says({"code": 230020, "msg": "limit"}, status=400)]
    quota = NotingQuota()
    async with talking(server.url, quota=quota) as feishu:
        with pytest.raises(FeishuError):
            await feishu.message_create(CHAT, TEXT, uuid="u")

    assert quota.blocked == []


# -- token -------------------------------------------------------------------------------------------------------------


async def test_one_token_serves_all_calls(server: Server) -> None:
    async with talking(server.url) as feishu, asyncio.TaskGroup() as group:
        for _ in range(20):
            group.create_task(feishu.chat_disband(CHAT))

    assert server.token_requests == 1
    assert len(server.requests) == 20


@pytest.mark.parametrize("code", [99991663, 99991664, 99991665])
async def test_a_refused_token_is_dropped_and_the_call_repeated_once(server: Server, code: int) -> None:
    server.answers = [says({"code": code, "msg": "Invalid access token"}, status=400), DONE]
    quota = NotingQuota()
    async with talking(server.url, quota=quota) as feishu:
        await feishu.chat_disband(CHAT)

    assert [request.headers["Authorization"] for request in server.requests] == ["Bearer t-1", "Bearer t-2"]
    assert len(quota.taken) == 2, "the repeat counts as well"


async def test_a_token_that_is_refused_twice_is_an_error(server: Server) -> None:
    server.answers = [STALE]
    async with talking(server.url) as feishu:
        with pytest.raises(Unauthorized):
            await feishu.chat_disband(CHAT)

    assert len(server.requests) == 2


async def test_a_refusal_that_a_new_token_cannot_cure_is_not_repeated(server: Server) -> None:
    server.answers = [says({"code": 99991401, "msg": "ip is denied by app setting"}, status=400)]
    async with talking(server.url) as feishu:
        with pytest.raises(Unauthorized):
            await feishu.chat_disband(CHAT)

    assert len(server.requests) == 1


async def test_one_renewal_serves_all_calls_whose_token_was_refused(server: Server) -> None:
    async def first_token_is_stale(request: web.Request) -> web.StreamResponse:
        return await (STALE if request.headers["Authorization"] == "Bearer t-1" else DONE)(request)

    server.answers = [first_token_is_stale]
    async with talking(server.url) as feishu, asyncio.TaskGroup() as group:
        for _ in range(10):
            group.create_task(feishu.chat_disband(CHAT))

    assert server.token_requests == 2


async def test_wrong_credentials_are_a_matter_of_settings(server: Server) -> None:
    server.tokens = [says({"code": 10015, "msg": "wrong app secret"})]
    async with talking(server.url) as feishu:
        with pytest.raises(Unauthorized) as caught:
            await feishu.chat_get(CHAT)

    assert caught.value.operation == "auth_tenant_access_token_internal"
    assert server.requests == []


async def test_a_token_can_be_asked_for_like_anything_else(server: Server) -> None:
    async with talking(server.url) as feishu:
        answer = await feishu.auth_tenant_access_token_internal(app_id="cli_1", app_secret="x")

    assert answer.tenant_access_token == "t-1"


# -- what is told ------------------------------------------------------------------------------------------------------


async def test_every_call_is_counted_with_its_code(server: Server) -> None:
    server.answers = [DONE, says({"code": 232009, "msg": "dissolved"}, status=400), cuts_before_the_answer]
    calls = Calls()
    async with talking(server.url, calls=calls) as feishu:
        await feishu.chat_top_notice_delete(CHAT)
        for _ in range(2):
            with pytest.raises(FeishuError):
                await feishu.chat_top_notice_delete(CHAT)

    assert calls.seen == [
        ("auth_tenant_access_token_internal", 0),
        ("chat_top_notice_delete", 0),
        ("chat_top_notice_delete", 232009),
        ("chat_top_notice_delete", None),
    ]


async def test_a_call_is_one_log_line_without_secrets(server: Server) -> None:
    server.answers = [
        says({"code": 0, "data": {}}, X_Tt_Logid="log-1"),
        says({"code": 232009, "msg": "dissolved"}, status=400, X_Tt_Logid="log-2"),
    ]
    with capture_logs() as lines:
        async with talking(server.url) as feishu:
            await feishu.chat_update(CHAT, name="secret name")
            with pytest.raises(ChatGone):
                await feishu.chat_update(CHAT, name="secret name")

    _, good, bad = lines
    assert (good["event"], good["log_level"], good["log_id"]) == ("feishu_call", "debug", "log-1")
    assert (bad["event"], bad["log_level"], bad["log_id"]) == ("feishu_call_failed", "warning", "log-2")
    assert (bad["operation"], bad["code"], bad["error"]) == ("chat_update", 232009, "ChatGone")
    assert not any(secret in str(lines) for secret in ("app-secret", "t-1", "secret name"))


def _connecting(address: tuple[str, int]) -> socket.socket:
    filler = socket.socket()
    filler.setblocking(False)
    filler.connect_ex(address)
    return filler

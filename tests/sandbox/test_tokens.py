"""Tokens, scopes, and what stands before every operation."""

import pytest

from tests.sandbox.feishu import Feishu

CREDENTIALS = {"app_id": "cli_sandbox", "app_secret": "sandbox-secret"}


async def token_and_life(feishu: Feishu) -> tuple[str, int]:
    answer = await feishu.call("auth_tenant_access_token_internal", body=CREDENTIALS, headers={})
    return answer.body["tenant_access_token"], answer.body["expire"]


async def test_the_same_token_is_given_while_half_an_hour_remains(feishu: Feishu) -> None:
    first, life = await token_and_life(feishu)
    assert first.startswith("t-")
    assert life == 7200
    await feishu.advance(5400)
    assert await token_and_life(feishu) == (first, 1800)


async def test_below_half_an_hour_there_is_a_new_token_and_both_work(feishu: Feishu) -> None:
    first, _ = await token_and_life(feishu)
    await feishu.advance(5401)
    second, life = await token_and_life(feishu)
    assert second != first
    assert life == 7200
    for token in (first, second):
        await feishu.ok("bot_info_get", headers={"Authorization": f"Bearer {token}"})


async def test_an_expired_token_is_refused(feishu: Feishu) -> None:
    await feishu.advance(7200)
    answer = await feishu.call("bot_info_get")
    assert (answer.status, answer.code) == (400, 99991663)


async def test_revoked_tokens_are_refused(feishu: Feishu) -> None:
    await feishu.control("PUT", "apps/cli_sandbox", {"revoke_tokens": True})
    assert await feishu.code("bot_info_get") == 99991663
    assert (await token_and_life(feishu))[0] != feishu.token


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ({}, 99991661),
        ({"Authorization": "Bearer "}, 99991661),
        ({"Authorization": "Basic abc"}, 99991661),
        ({"Authorization": "Bearer abc"}, 99991671),
        ({"Authorization": "Bearer u-abc"}, 99991668),
        ({"Authorization": "Bearer t-abc"}, 99991663),
    ],
)
async def test_a_bad_token_has_a_code_of_its_own(feishu: Feishu, header: dict[str, str], code: int) -> None:
    assert await feishu.code("chat_list", headers=header) == code


async def test_wrong_credentials_are_refused(feishu: Feishu) -> None:
    wrong_secret = {**CREDENTIALS, "app_secret": "x"}
    assert await feishu.code("auth_tenant_access_token_internal", body={**CREDENTIALS, "app_id": "cli_x"}) == 10003
    assert await feishu.code("auth_tenant_access_token_internal", body=wrong_secret) == 10014
    await feishu.switch(wrong_secret_code=10015)
    assert await feishu.code("auth_tenant_access_token_internal", body=wrong_secret) == 10015


async def test_a_disabled_app_is_refused(feishu: Feishu) -> None:
    await feishu.control("PUT", "apps/cli_sandbox", {"is_enabled": False})
    assert await feishu.code("bot_info_get") == 99991662
    assert await feishu.code("auth_tenant_access_token_internal", body=CREDENTIALS) == 10014


async def test_an_app_without_a_bot_is_refused_with_the_code_of_the_family(feishu: Feishu) -> None:
    await feishu.control("PUT", "apps/cli_sandbox", {"has_bot": False})
    assert await feishu.code("chat_list") == 232025
    assert await feishu.code("message_get", "om_1") == 230006
    assert await feishu.code("docx_announcement_get", "oc_1") == 1772025
    assert (await feishu.upload()).code == 234007


async def test_a_missing_scope_lists_those_that_would_do(feishu: Feishu) -> None:
    await feishu.control("PUT", "apps/cli_sandbox", {"scopes": ["im:chat:read"]})
    await feishu.ok("chat_list")
    answer = await feishu.call("chat_create", body={})
    assert answer.code == 99991672
    assert [one["scope"] for one in answer.body["error"]["permission_violations"]] == ["im:chat", "im:chat:create"]


async def test_the_bot_knows_itself(feishu: Feishu) -> None:
    bot = (await feishu.ok("bot_info_get"))["bot"]
    assert bot["open_id"].startswith("ou_")
    assert bot["activate_status"] == 2

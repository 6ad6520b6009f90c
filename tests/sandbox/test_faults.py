"""Calls that go wrong on request."""

import aiohttp
import pytest

from tests.sandbox.feishu import ALICE, Feishu


async def test_an_answer_is_dropped_after_the_work(feishu: Feishu) -> None:
    await feishu.fault("chat_create", "drop_answer")
    with pytest.raises(aiohttp.ClientError):
        await feishu.call("chat_create", query={"uuid": "u"}, body={"name": "lost"})
    chats = (await feishu.state())["chats"]
    assert [chat["name"] for chat in chats] == ["lost"]
    again = await feishu.ok("chat_create", query={"uuid": "u"}, body={"name": "lost"})
    assert again["chat_id"] == chats[0]["chat_id"]


async def test_a_server_error_happens_before_the_work_and_is_no_json(feishu: Feishu) -> None:
    await feishu.fault("chat_create", "server_error", times=2, code=503)
    for _ in range(2):
        url = f"{feishu.url}/open-apis/im/v1/chats"
        async with feishu.session.post(url, json={}) as response:
            assert response.status == 503
            assert "json" not in response.content_type
    assert (await feishu.state())["chats"] == []
    await feishu.ok("chat_create", body={})


async def test_a_refusal_has_the_documented_text(feishu: Feishu) -> None:
    chat = await feishu.chat(ALICE)
    await feishu.fault("message_urgent_phone", "refuse", code=230024)
    message = await feishu.sent(chat)
    body = {"user_id_list": [feishu.id(ALICE)]}
    answer = await feishu.call("message_urgent_phone", message, query={"user_id_type": "open_id"}, body=body)
    assert (answer.status, answer.code) == (400, 230024)
    assert answer.body["msg"] == "Reach the upper limit of urgent message."


async def test_docx_errors_have_their_documented_status(feishu: Feishu) -> None:
    chat = await feishu.chat(ALICE)
    for code, status in ((1771001, 500), (1771005, 503), (1770002, 404), (1770032, 403)):
        await feishu.fault("docx_announcement_get", "refuse", code=code)
        assert (await feishu.call("docx_announcement_get", chat)).status == status


async def test_a_slow_call_does_its_work_at_once(feishu: Feishu) -> None:
    async with feishu.busy("chat_create", query={"uuid": "u"}, body={"name": "slow"}):
        assert [chat["name"] for chat in (await feishu.state())["chats"]] == ["slow"]
        assert await feishu.code("chat_create", query={"uuid": "u"}, body={"name": "slow"}) == 232068


async def test_faults_are_for_one_operation_or_all_and_can_be_cleared(feishu: Feishu) -> None:
    await feishu.fault("*", "refuse", code=2200)
    assert await feishu.code("chat_list") == 2200
    await feishu.ok("chat_list")
    await feishu.fault("chat_list", "refuse", code=2200, times=9)
    await feishu.ok("bot_info_get")
    await feishu.control("DELETE", "faults")
    await feishu.ok("chat_list")


async def test_an_unknown_fault_is_refused_with_the_choices(feishu: Feishu) -> None:
    answer = await feishu.control("POST", "faults", {"operation": "*", "kind": "explode"}, status=400)
    assert "explode" in answer["error"]

"""How often an app may call, on the sandbox's clock."""

from alertbridge.sandbox.quotas import Window
from tests.sandbox.feishu import ALICE, Feishu


def test_a_window_starts_over_with_the_next_stretch() -> None:
    window = Window(1000)
    window.count("a", 1_000)
    window.count("a", 1_999)
    assert window.left("a", 2, 1_999) == 0
    assert window.left("b", 2, 1_999) == 2
    assert window.left("a", 2, 2_000) == 2


def test_a_reset_is_told_in_whole_seconds_and_never_zero() -> None:
    assert Window(1000).resets_in_seconds(1_999) == 1
    assert Window(60_000).resets_in_seconds(60_001) == 60


async def test_the_fifty_first_call_of_a_second_is_throttled(feishu: Feishu) -> None:
    for _ in range(50):
        await feishu.ok("bot_info_get")
        await feishu.ok("chat_list")
    answer = await feishu.call("chat_list")
    assert (answer.status, answer.code) == (429, 99991400)
    assert answer.headers["x-ogw-ratelimit-limit"] == "50"
    assert answer.headers["x-ogw-ratelimit-reset"] == "1"
    await feishu.ok("bot_info_get")  # no documented limit
    await feishu.ok("chat_search", query={"query": "x"})  # a window of its own
    await feishu.advance(1)
    await feishu.ok("chat_list")


async def test_a_thousand_calls_a_minute_are_the_other_bound(feishu: Feishu) -> None:
    for _ in range(20):
        for _ in range(50):
            await feishu.ok("chat_list")
        await feishu.advance(1)
    answer = await feishu.call("chat_list")
    assert answer.code == 99991400
    assert answer.headers["x-ogw-ratelimit-limit"] == "1000"
    assert int(answer.headers["x-ogw-ratelimit-reset"]) == 40
    await feishu.advance(40)
    await feishu.ok("chat_list")


async def test_older_apis_throttle_with_400(feishu: Feishu) -> None:
    await feishu.switch(rate_limited_http=400)
    await feishu.fault("chat_list", "rate_limited", seconds=7)
    answer = await feishu.call("chat_list")
    assert (answer.status, answer.code, answer.headers["x-ogw-ratelimit-reset"]) == (400, 99991400, "7")


async def test_each_app_has_its_own_quota(feishu: Feishu) -> None:
    await feishu.control("PUT", "apps/cli_other", {"secret": "s"})
    other = await feishu.sign_in("cli_other", "s")
    for _ in range(50):
        await feishu.ok("chat_list")
    assert await feishu.code("chat_list") == 99991400
    await other.ok("chat_list")


async def test_a_chat_takes_five_messages_a_second_from_all_bots_together(feishu: Feishu) -> None:
    await feishu.control("PUT", "apps/cli_other", {"secret": "s"})
    other = await feishu.sign_in("cli_other", "s")
    chat = await feishu.chat(ALICE, bot_id_list=["cli_other"])
    for caller in (feishu, other, feishu, other, feishu):
        await caller.sent(chat)
    answer = await other.send(chat)
    assert (answer.status, answer.code) == (400, 230020)
    assert "x-ogw-ratelimit-reset" not in answer.headers
    await feishu.sent(await feishu.chat(ALICE))
    await feishu.advance(1)
    await other.sent(chat)


async def test_one_person_takes_five_messages_a_second(feishu: Feishu) -> None:
    body = {"receive_id": ALICE, "msg_type": "text", "content": '{"text":"hi"}'}
    for _ in range(5):
        await feishu.ok("message_create", query={"receive_id_type": "email"}, body=body)
    assert await feishu.code("message_create", query={"receive_id_type": "email"}, body=body) == 230020


async def test_a_repeated_uuid_does_not_count_as_a_message(feishu: Feishu) -> None:
    chat = await feishu.chat(ALICE)
    for _ in range(9):
        await feishu.sent(chat, uuid="same")


async def test_quotas_can_be_switched_off(feishu: Feishu) -> None:
    feishu.world.quotas.enforced = False
    chat = await feishu.chat(ALICE)
    for _ in range(60):
        await feishu.sent(chat)

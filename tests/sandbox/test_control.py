"""The control API, the clock and what the picture shows."""

import asyncio

import aiohttp
import pytest

from alertbridge.sandbox.app import WORLD, build_sandbox, run_sandbox, serving
from alertbridge.sandbox.clock import SandboxClock
from tests.sandbox.feishu import ALICE, BOB, Feishu


async def test_the_picture_counts_calls_and_refusals(feishu: Feishu) -> None:
    await feishu.chat(ALICE)
    await feishu.code("chat_get", "oc_x")
    await feishu.code("chat_get", "oc_x")
    state = await feishu.state()
    assert state["operations"] == {"auth_tenant_access_token_internal": 1, "chat_create": 1, "chat_get": 2}
    assert state["refused"] == {"chat_get": {"232006": 2}}


async def test_the_test_accounts_are_there(feishu: Feishu) -> None:
    people = {person["email"].split("@")[0]: person["status"] for person in (await feishu.state())["people"]}
    assert people == {
        "alice": "active",
        "bob": "active",
        "carol": "active",
        "dave": "active",
        "resigned": "resigned",
        "outside": "out_of_range",
        "unjoined": "unjoined",
        "frozen": "frozen",
    }


async def test_a_message_is_shown_with_everything_on_it(feishu: Feishu) -> None:
    chat = await feishu.chat(ALICE)
    message = await feishu.sent(chat, {"schema": "2.0", "body": {"elements": []}})
    await feishu.ok("pin_create", body={"message_id": message})
    await feishu.act(ALICE, "react", message_id=message, emoji_type="DONE")
    (shown,) = (await feishu.chat_state(chat))["messages"]
    assert shown["sender"] == {"id": "cli_sandbox", "id_type": "app_id", "name": "alertbridge"}
    assert shown["content"] == {"schema": "2.0", "body": {"elements": []}}
    assert (shown["created_at"], shown["updated_at"]) == (1_800_000_000_000, None)
    assert (shown["deleted"], shown["pinned"], shown["parent_id"]) == (False, True, None)
    assert shown["reactions"][0]["operator"]["name"] == "陈爱丽"


async def test_people_are_added_and_changed(feishu: Feishu) -> None:
    eve = await feishu.control("POST", "people", {"name": "伊芙", "email": "eve@example.com"})
    changed = await feishu.control("POST", "people", {"open_id": eve["open_id"], "status": "out_of_range"})
    assert (changed["name"], changed["status"]) == ("伊芙", "out_of_range")
    assert "name" in (await feishu.control("POST", "people", {"email": "x@example.com"}, status=409))["error"]
    assert "ou_x" in (await feishu.control("POST", "people", {"open_id": "ou_x"}, status=409))["error"]
    await feishu.control("POST", "people", {"email": ALICE, "status": "sleepy"}, status=400)


async def test_a_person_makes_a_group_with_the_bot(feishu: Feishu) -> None:
    chat = (await feishu.act(ALICE, "create_chat", name="lobby"))["chat_id"]
    assert await feishu.ok("chat_members_is_in_chat", chat) == {"is_in_chat": True}
    assert await feishu.code("chat_disband", chat) == 232017
    await feishu.act(ALICE, "transfer", chat, target=BOB, status=409)
    await feishu.act(ALICE, "add", chat, target=BOB)
    await feishu.act(ALICE, "transfer", chat, target=BOB)
    assert (await feishu.ok("chat_get", chat))["owner_id"] == feishu.id(BOB)


async def test_people_take_away_what_a_bot_put_there(feishu: Feishu) -> None:
    chat = await feishu.chat(ALICE, BOB)
    await feishu.ok("chat_top_notice_put", chat, body={"chat_top_notice": [{}]})
    wanted = {"tab_type": "url", "tab_name": "t", "tab_content": {"url": "https://example.com"}}
    tabs = (await feishu.ok("chat_tabs_create", chat, body={"chat_tabs": [wanted]}))["chat_tabs"]
    tops = [{"chat_menu_item": {"action_type": "NONE", "name": "n"}}]
    tree = await feishu.ok("chat_menu_tree_create", chat, body={"menu_tree": {"chat_menu_top_levels": tops}})
    menu_id = tree["menu_tree"]["chat_menu_top_levels"][0]["chat_menu_top_level_id"]
    await feishu.act(ALICE, "delete_top_notice", chat)
    await feishu.act(ALICE, "rename_tab", chat, tab_id=tabs[-1]["tab_id"], name="cats")
    await feishu.act(ALICE, "move_tab", chat, tab_id=tabs[-1]["tab_id"])
    assert [tab["tab_name"] for tab in (await feishu.chat_state(chat))["tabs"]][-1] == "cats"
    await feishu.act(ALICE, "rename_menu", chat, menu_id=menu_id, name="cats")
    assert (await feishu.chat_state(chat))["menu"][0]["name"] == "cats"
    await feishu.ok("chat_managers_add", chat, body={"manager_ids": [feishu.id(BOB)]})
    await feishu.act(ALICE, "dismiss", chat, target=BOB)
    await feishu.act(ALICE, "delete_tab", chat, tab_id=tabs[-1]["tab_id"])
    await feishu.act(ALICE, "delete_tab", chat, tab_id=tabs[0]["tab_id"], status=409)
    await feishu.act(ALICE, "delete_menu", chat, menu_id=menu_id)
    await feishu.act(ALICE, "delete_menu", chat, menu_id=menu_id, status=409)
    await feishu.act(ALICE, "remove", chat, target=BOB)
    await feishu.act(ALICE, "update", chat, settings={"urgent_setting": "only_owner"})
    await feishu.act(ALICE, "moderate", chat, settings={"moderation_setting": "only_owner"})
    state = await feishu.chat_state(chat)
    assert (state["top_notice"], len(state["tabs"]), state["menu"]) == (None, 2, [])
    assert [member["name"] for member in state["members"]] == ["陈爱丽", "alertbridge"]
    assert state["settings"]["urgent_setting"] == "only_owner"
    assert state["moderation"]["setting"] == "only_owner"


async def test_a_client_that_disbands_may_keep_the_history(feishu: Feishu) -> None:
    chat = await feishu.chat(ALICE)
    await feishu.sent(chat)
    await feishu.act(ALICE, "disband", chat, keep_history=True)
    state = await feishu.chat_state(chat)
    assert (state["status"], len(state["messages"])) == ("dissolved_save", 1)
    await feishu.act(ALICE, "rename", chat, name="x", status=409)


@pytest.mark.parametrize(
    "wish",
    [
        {"action": "fly"},
        {"action": "rename", "chat_id": "oc_x"},
        {"action": "leave"},
        {"action": "remove_bot", "app_id": "cli_x"},
        {"action": "recall", "message_id": "om_x"},
        {"action": "approve", "target": ALICE},
        {"action": "update", "settings": {"colour": "red"}},
        {"action": "reserve", "settings": {"sofa": True}},
        {"action": "delete_block", "block_id": "x"},
        {"action": "edit_block", "block_id": "x"},
        {"action": "rename_tab", "tab_id": "x"},
        {"action": "move_tab", "tab_id": "x"},
        {"action": "rename_menu", "menu_id": "x"},
        {"action": "dismiss", "target": ALICE},
    ],
)
async def test_what_nobody_can_do_is_refused_with_the_reason(feishu: Feishu, wish: dict[str, object]) -> None:
    chat = await feishu.chat(ALICE)
    body = {"open_id": feishu.id(BOB), "chat_id": chat, **wish}
    assert (await feishu.control("POST", "act", body, status=409))["error"]
    outsider = {"open_id": feishu.id(BOB), "chat_id": chat, "text": "hi"}
    assert "not in the chat" in (await feishu.control("POST", "message", outsider, status=409))["error"]
    assert (await feishu.control("POST", "message", {**outsider, "open_id": "x"}, status=409))["error"]


async def test_switches_are_named_and_checked(feishu: Feishu) -> None:
    assert (await feishu.control("GET", "switches"))["wrong_secret_code"] == 10014
    assert "sound" in (await feishu.control("PUT", "switches", {"sound": 1}, status=409))["error"]
    await feishu.control("PUT", "switches", {"repeated_chat_uuid": "maybe"}, status=409)


async def test_time_only_goes_forward(feishu: Feishu) -> None:
    moved = await feishu.control("POST", "clock", {"advance_seconds": 1.5})
    assert moved["now"] == 1_800_000_001_500
    await feishu.control("POST", "clock", {"advance_seconds": -1}, status=409)
    await feishu.control("POST", "clock", {"speed": -1}, status=409)


async def test_every_change_is_announced(feishu: Feishu) -> None:
    async with feishu.session.get(f"{feishu.url}/sandbox/changes") as response:
        assert response.content_type == "text/event-stream"
        first = await response.content.readline()
        await response.content.readline()
        await feishu.chat(ALICE)
        second = await response.content.readline()
    assert first.startswith(b"data: ")
    assert int(second.removeprefix(b"data: ")) > int(first.removeprefix(b"data: "))


async def test_a_reader_who_leaves_is_no_error(feishu: Feishu, caplog: pytest.LogCaptureFixture) -> None:
    async with feishu.session.get(f"{feishu.url}/sandbox/changes") as response:
        await response.content.readline()
        response.close()
    for _ in range(3):
        await feishu.chat(ALICE)
        await asyncio.sleep(0.1)

    assert "Error handling request" not in caplog.text


async def test_an_unknown_image_is_not_found(feishu: Feishu) -> None:
    async with feishu.session.get(f"{feishu.url}/sandbox/images/x") as response:
        assert response.status == 404


async def test_the_clock_runs_at_its_speed() -> None:
    wall = 1000.0
    clock = SandboxClock(lambda: wall)
    clock.run_at(60)
    wall += 1000
    assert clock.now_ms() == 1000 + 60_000
    clock.run_at(0)
    wall += 1000
    assert clock.now_ms() == 61_000


async def test_waiting_ends_with_a_jump() -> None:
    clock = SandboxClock(lambda: 0.0)
    clock.run_at(0)
    waiting = asyncio.create_task(clock.wait_until(10_000))
    await asyncio.sleep(0)
    clock.advance(5)
    await asyncio.sleep(0)
    assert not waiting.done()
    clock.advance(5)
    await waiting


async def test_waiting_ends_in_real_time() -> None:
    clock = SandboxClock()
    clock.run_at(1000)
    await clock.wait_until(clock.now_ms() + 2000)


async def test_latency_is_added_and_a_second_uuid_meets_the_first() -> None:
    app = build_sandbox(latency_seconds=0.3)
    async with serving(app) as url, aiohttp.ClientSession() as session:
        feishu = await Feishu(session, url, app[WORLD]).sign_in()
        calls = (feishu.code("chat_create", query={"uuid": "u"}, body={}) for _ in range(2))
        assert sorted(await asyncio.gather(*calls)) == [0, 232068]


async def test_a_taken_port_is_an_error() -> None:
    async with serving(build_sandbox()) as url:
        with pytest.raises(OSError, match="address"):
            await run_sandbox(port=int(url.rpartition(":")[2]))


async def test_the_sandbox_runs_until_it_is_cancelled() -> None:
    running = asyncio.create_task(run_sandbox(port=0))
    await asyncio.sleep(0.05)
    assert not running.done()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

"""Clicks: recorded before they are answered, once, by whom and where they were made; and nothing else is believed."""

import asyncio
import json
from typing import Any

import pytest

from tests.journeys.life import ACK, CLOSE, KEEP, RESOLVE
from tests.journeys.stage import TEAM, OpenStage, Stage, open_id_of
from tests.store_server import StoreServer

Callback = dict[str, Any]


async def a_full_group(stage: Stage, alertname: str = "DiskFull") -> str:
    """Make a group; answers the id of its card."""
    await stage.alertmanager(alertname).fire()
    await stage.until(lambda scene: any(alertname in group.name and group.pinned for group in scene.living))
    scene = await stage.scene()
    return next(group.card for group in scene.living if alertname in group.name)


async def callback(stage: Stage, event_id: str, **changes: Any) -> Callback:
    """What Feishu sends when Alice presses *Ack* on the card of the first group, with changes."""
    group = (await stage.scene()).groups[0]
    event: Callback = {
        "operator": {"open_id": open_id_of("alice"), "tenant_key": "sandbox_tenant"},
        "token": "c-1",
        "action": {"tag": "button", "value": {"i": (await stage.scene()).incidents[0]["id"], "a": "ack", "r": 1}},
        "host": "im_message",
        "context": {"open_message_id": group.card, "open_chat_id": group.id},
    }
    event |= changes
    header = {"event_id": event_id, "event_type": "card.action.trigger", "create_time": "1795368000000000"}
    return {"schema": "2.0", "header": header | {"token": "", "app_id": "cli_sandbox"}, "event": event}


async def send(stage: Stage, body: object) -> Callback:
    """Post a callback as Feishu does; answers the toast."""
    async with stage.session.post(f"{stage.url}/feishu/events", data=json.dumps(body)) as response:
        assert response.status == 200
        answer: Callback = await response.json()
        toast: Callback = answer.get("toast", {})
        return toast


async def test_the_second_click_is_told_who_was_first(stage: Stage) -> None:
    card = await a_full_group(stage)
    assert (await stage.click("alice", ACK, card))["type"] == "success"
    assert (await stage.click("bob", ACK, card))["content"] == "alice 已先认领"
    await stage.pass_time(seconds=3)
    assert (await stage.click("alice", ACK, card))["content"] == "你已认领过"

    await stage.play(lambda scene: "[acked]" in scene.group.name)
    assert len((await stage.scene()).group.said("已认领")) == 1


async def test_two_clicks_at_the_same_moment_have_one_winner(stage: Stage) -> None:
    card = await a_full_group(stage)
    toasts = await asyncio.gather(stage.click("alice", ACK, card), stage.click("bob", ACK, card))
    await stage.until(lambda scene: scene.status == "acknowledged" and scene.group.said("已认领"))

    lead = (await stage.scene()).incident["lead"]
    assert lead in (open_id_of("alice"), open_id_of("bob"))
    assert any(toast["type"] == "success" for toast in toasts)
    assert (await stage.happened()).count("acknowledged") == 1


async def test_a_finger_that_presses_twice_gets_one_answer(stage: Stage) -> None:
    card = await a_full_group(stage)
    assert (await stage.click("alice", ACK, card))["type"] == "success"
    assert await stage.click("alice", ACK, card) == {}


async def test_a_click_that_feishu_tells_twice_counts_once(stage: Stage) -> None:
    await a_full_group(stage)
    body = await callback(stage, "event-1")
    assert (await send(stage, body))["type"] == "success"
    await stage.until(lambda scene: scene.status == "acknowledged")
    assert await send(stage, body) == {}

    await stage.rest()
    assert (await stage.happened()).count("acknowledged") == 1


async def test_p3_a_click_on_an_old_card_that_does_not_apply_any_more_is_told_so(stage: Stage) -> None:
    await a_full_group(stage)
    old = await callback(stage, "event-1")
    await send(stage, await callback(stage, "event-2", action=_button(old, "resolve")))
    await stage.until(lambda scene: scene.status == "resolved")

    assert "现在是「已恢复」" in (await send(stage, old))["content"]
    await stage.rest()
    assert (await stage.scene()).status == "resolved"
    assert "refused" in await stage.happened()


async def test_a_click_on_a_closed_incident_is_told_that_it_is_too_late(stage: Stage) -> None:
    card = await a_full_group(stage)
    late = await callback(stage, "event-1", action={"tag": "button", "value": {}})
    incident = (await stage.scene()).incident["id"]
    await stage.click("alice", RESOLVE, card)
    await stage.play(lambda scene: CLOSE in scene.group.shown and KEEP in scene.group.shown)
    await stage.click("bob", CLOSE, card)
    await stage.until(lambda scene: scene.is_over)

    late["event"]["action"]["value"] = {"i": incident, "a": "keep", "r": 3}
    assert (await send(stage, late))["content"] == "#1 已关闭"


async def test_a_card_speaks_only_for_the_group_it_stands_in(stage: Stage) -> None:
    await a_full_group(stage, "First")
    await a_full_group(stage, "Second")
    scene = await stage.scene()
    first = await callback(stage, "event-1")
    first["event"]["context"]["open_chat_id"] = scene.living[1].id
    assert (await send(stage, first))["type"] == "error"

    await stage.rest()
    assert {incident["status"] for incident in (await stage.scene()).incidents} == {"firing"}


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"i": 7, "a": "ack", "r": 1},
        {"i": "01HZZZZZZZZZZZZZZZZZZZZZZZ", "a": "ack", "r": 1},
        {"a": "ack"},
        {"i": "../../etc", "a": "drop", "r": "x"},
        "ack",
        None,
    ],
)
async def test_a_button_that_we_never_made_does_nothing(stage: Stage, value: object) -> None:
    await a_full_group(stage)
    toast = await send(stage, await callback(stage, "event-1", action={"tag": "button", "value": value}))
    assert toast["type"] == "error"

    await stage.rest()
    assert (await stage.scene()).status == "firing"


async def test_p1_a_click_while_the_store_is_away_says_that_it_was_not_saved(
    a_stage: OpenStage, store_server: StoreServer
) -> None:
    async with a_stage() as stage:
        card = await a_full_group(stage)
        store_server.kill()
        toast = await stage.click("alice", ACK, card)
        assert toast["content"] == "没有记下，请再点一次"
        store_server.start()

        await stage.until_ready()
        assert (await stage.click("alice", ACK, card))["type"] == "success"
        await stage.until(lambda scene: scene.status == "acknowledged")


async def test_with_an_encrypt_key_only_sealed_events_are_believed(a_stage: OpenStage) -> None:
    async with a_stage(feishu_encrypt_key="a-key", feishu_verification_token="a-token") as stage:
        keys = {"encrypt_key": "a-key", "verification_token": "a-token"}
        found = await stage.sandbox("PUT", "apps/cli_sandbox", **keys, event_url=f"{stage.url}/feishu/events")
        assert found["verified"]
        card = await a_full_group(stage)

        plain = json.dumps(await callback(stage, "event-1"))
        async with stage.session.post(f"{stage.url}/feishu/events", data=plain) as response:
            assert response.status == 401
        assert (await stage.scene()).status == "firing"

        await stage.click("alice", ACK, card)
        await stage.until(lambda scene: scene.status == "acknowledged")


async def test_where_the_route_is_strict_a_guest_may_acknowledge_but_not_resolve(a_stage: OpenStage) -> None:
    async with a_stage(team=TEAM.replace("countdown: 1h", "restrict: responders, countdown: 1h")) as stage:
        card = await a_full_group(stage)
        group = (await stage.scene()).group.id
        await stage.act("alice", "add", chat_id=group, target=open_id_of("dave"))

        refused = await stage.click("dave", RESOLVE, card)
        assert (refused["type"], refused["content"]) == ("error", "需要值班人或群管理员权限")
        await stage.rest()
        assert (await stage.scene()).status == "firing"

        assert (await stage.click("dave", ACK, card))["type"] == "success"
        await stage.until(lambda scene: scene.status == "acknowledged")
        await stage.pass_time(seconds=3)
        assert (await stage.click("dave", RESOLVE, card))["type"] == "success", "who leads may"


async def test_who_is_not_in_the_group_can_press_nothing_there(stage: Stage) -> None:
    card = await a_full_group(stage)
    await stage.pass_time(minutes=11)  # by now somebody has looked who is there
    await stage.rest()
    stranger = await callback(stage, "event-1", operator={"open_id": open_id_of("dave"), "tenant_key": "t"})
    assert (await send(stage, stranger))["content"] == "没在群里看到你，入群后再点一次"
    await stage.rest()
    assert (await stage.scene()).status == "firing"

    await stage.act("alice", "add", chat_id=(await stage.scene()).group.id, target=open_id_of("dave"))
    await stage.rest()
    assert (await stage.click("dave", ACK, card))["type"] == "success"


async def test_while_feishu_does_not_answer_a_click_is_recorded_for_later(stage: Stage) -> None:
    card = await a_full_group(stage)
    await stage.fault("message_patch", "server_error", times=99)
    await stage.click("alice", ACK, card)
    await stage.play(lambda scene: bool(scene.incident["troubles"]))

    toast = await stage.click("bob", RESOLVE, card)

    assert (toast["type"], toast["content"]) == ("info", "已记下，稍后自动完成")
    await stage.until(lambda scene: scene.status == "resolved")


async def test_the_card_is_edited_only_after_the_toast(stage: Stage) -> None:
    card = await a_full_group(stage)
    await stage.click("alice", ACK, card)
    await stage.until(lambda scene: scene.status == "acknowledged")
    assert (await stage.scene()).calls("message_patch") == 0
    await stage.play(lambda scene: "处理中" in scene.group.shown)


def _button(body: Callback, verb: str) -> Callback:
    return {"tag": "button", "value": body["event"]["action"]["value"] | {"a": verb}}

"""P1, P3: while the store is away nothing is promised; when it is back, everything goes on where it stood."""

import asyncio

from tests.journeys.life import ACK, assert_nothing_is_double
from tests.journeys.scene import has_full_group
from tests.journeys.stage import OpenStage, Stage
from tests.store_server import StoreServer


async def test_p1_senders_are_told_to_come_again_and_nothing_is_lost(stage: Stage, store_server: StoreServer) -> None:
    first, second = stage.alertmanager("First"), stage.alertmanager("Second")
    assert await first.fire() == 200
    await stage.until(has_full_group)
    store_server.kill()
    assert await second.fire() == 503
    assert await stage.prometheus().push(["api-1"], started=stage.now()) == 503
    async with stage.session.get(f"{stage.url}/readyz") as response:
        assert response.status == 503
    async with stage.session.get(f"{stage.url}/healthz") as response:
        assert response.status == 200

    store_server.start()
    await stage.until_ready()
    assert await second.tell() == 200
    await stage.until(lambda scene: len([group for group in scene.living if group.pinned]) == 2)
    await stage.click("alice", ACK, (await stage.scene()).groups[0].card)
    await stage.until(lambda scene: scene.incidents[0]["status"] == "acknowledged")


async def test_p2_a_store_that_is_killed_while_the_group_is_made_costs_nothing(
    stage: Stage, store_server: StoreServer
) -> None:
    for operation in ("chat_create", "message_create", "chat_tabs_create"):
        await stage.fault(operation, "slow", seconds=30)
    await stage.alertmanager().fire()
    for operation in ("chat_create", "message_create", "chat_tabs_create"):
        await stage.until_called(operation)
        store_server.kill()
        await stage.sandbox("POST", "clock", advance_seconds=30)
        await asyncio.sleep(0.2)  # so that the answer comes to a worker that cannot save it
        store_server.start()
        await stage.until_ready()
    await stage.play(lambda scene: has_full_group(scene) and not scene.troubles)

    assert_nothing_is_double(await stage.scene())


async def test_p1_what_feishu_tells_while_the_store_is_away_comes_again(
    stage: Stage, store_server: StoreServer
) -> None:
    await stage.alertmanager().fire()
    await stage.until(has_full_group)
    chat = (await stage.scene()).group.id
    store_server.kill()
    await stage.act("bob", "disband", chat_id=chat)
    for _ in range(3):
        await stage.sandbox("POST", "clock", advance_seconds=16)  # it is told again after 15 s
    store_server.start()
    await stage.until_ready()

    await stage.play(lambda scene: len(scene.groups) == 2 and bool(scene.living) and bool(scene.group.pinned))
    assert "chat_lost" in await stage.happened()


async def test_an_installation_starts_before_its_store(a_stage: OpenStage, store_server: StoreServer) -> None:
    store_server.kill()
    async with a_stage(has_web=False, has_worker=False) as stage:
        await stage.start_web()
        starting = asyncio.create_task(stage.start_worker())
        assert await stage.alertmanager().fire() == 503
        store_server.start()
        await stage.until_ready()
        await starting
        assert await stage.alertmanager().fire() == 200
        await stage.until(has_full_group)

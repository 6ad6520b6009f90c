"""The same story where alertbridge connects to Feishu, and nothing of Feishu can reach alertbridge."""

from alertbridge.cli.serve import run_web
from alertbridge.settings import Events
from alertbridge.wiring import open_parts
from tests.journeys.life import ACK
from tests.journeys.scene import Scene, has_full_group
from tests.journeys.stage import OpenStage, Stage, free_port


def connections(scene: Scene) -> int:
    """How many long connections the app has."""
    (app,) = scene.feishu["apps"]
    count: int = app["long_connections"]
    return count


def heard(scene: Scene, event: str) -> int:
    """How many events of a type were acknowledged."""
    return int(scene.feishu["events"].get(event, 0))


async def ready(stage: Stage) -> str:
    """What alertbridge says about its events."""
    async with stage.session.get(f"{stage.url}/readyz") as answer:
        assert answer.status == 200
        said: str = (await answer.json())["feishu_events"]
        return said


async def scraped(stage: Stage) -> str:
    async with stage.session.get(f"{stage.url}/metrics") as answer:
        return await answer.text()


async def test_an_incident_lives_on_events_over_the_long_connection(a_stage: OpenStage) -> None:
    async with a_stage(feishu_events=Events.WEBSOCKET) as stage:
        await stage.until(lambda scene: connections(scene) == 1)
        assert await ready(stage) == "connected"
        assert "alertbridge_long_connection_up 1.0" in await scraped(stage)

        sender = stage.alertmanager()
        await sender.fire()
        await stage.until(has_full_group)
        first = (await stage.scene()).group
        toast = await stage.click("alice", ACK, first.card)
        assert toast["content"] == "已记录：你认领了 #1"
        await stage.play(lambda scene: "[acked]" in scene.group.name)

        await stage.act("alice", "disband", chat_id=first.id)
        await stage.play(lambda scene: has_full_group(scene) and scene.group.id != first.id)
        await sender.resolve()
        await stage.play(lambda scene: scene.is_over)
        assert "chat_lost" in await stage.happened()


async def test_a_connection_that_is_cut_comes_back_and_nothing_is_missed(a_stage: OpenStage) -> None:
    async with a_stage(feishu_events=Events.WEBSOCKET) as stage:
        await stage.until(lambda scene: connections(scene) == 1)
        await stage.alertmanager().fire()
        await stage.until(has_full_group)
        before = (await stage.scene()).group

        await stage.sandbox("DELETE", "connections")
        await stage.act("alice", "disband", chat_id=before.id)

        await stage.until(lambda scene: connections(scene) == 1)
        await stage.play(lambda scene: has_full_group(scene) and scene.group.id != before.id)
        assert (await stage.happened()).count("chat_lost") == 1


async def test_of_two_web_processes_one_takes_an_event_and_a_repeat_changes_nothing(a_stage: OpenStage) -> None:
    async with a_stage(feishu_events=Events.WEBSOCKET) as stage:
        assert stage.settings.redis_url is not None
        beside = stage.settings.model_copy(update={"port": free_port()})
        async with open_parts(beside, stage.settings.redis_url.get_secret_value()) as parts:
            stopping = await stage.run(run_web, parts)
            await stage.until(lambda scene: connections(scene) == 2)
            await stage.alertmanager().fire()
            await stage.until(has_full_group)
            group = (await stage.scene()).group

            for number in range(4):
                await stage.fault("im.message.receive_v1", "event_twice")
                await stage.talk("bob", f"line {number}", group.id)
            await stage.fault("im.chat.disbanded_v1", "event_twice")
            await stage.act("alice", "disband", chat_id=group.id)

            await stage.play(lambda scene: has_full_group(scene) and scene.group.id != group.id)
            await stage.until(lambda scene: heard(scene, "im.chat.disbanded_v1") == 2)
            assert (await stage.happened()).count("chat_lost") == 1
            assert len((await stage.scene()).groups) == 2
            stopping.set()
            await stage.until(lambda scene: connections(scene) == 1)


async def test_wrong_credentials_leave_the_doors_for_alerts_open(a_stage: OpenStage) -> None:
    async with a_stage(feishu_events=Events.WEBSOCKET) as stage:
        await stage.until(lambda scene: connections(scene) == 1)
        await stage.sandbox("PUT", "apps/cli_sandbox", secret="another")
        await stage.sandbox("DELETE", "connections")
        await stage.until(lambda scene: connections(scene) == 0)

        assert await ready(stage) == "not connected"
        assert "alertbridge_long_connection_up 0.0" in await scraped(stage)
        assert await stage.alertmanager().fire() == 200

"""What an operator changes while incidents are open, and what else lives in the same Feishu."""

from pathlib import Path

from tests.journeys.scene import has_full_group
from tests.journeys.stage import TEAM, OpenStage, Stage, open_id_of, open_stage
from tests.store_server import StoreServer

ROUTED = TEAM.replace(
    "  links:",
    """\
  routes:
    - name: databases
      matchers: ['service="db"']
      people: [carol]
  links:""",
)
BROKEN = TEAM.replace("people: [alice, bob]", "people: [nobody]")


async def test_a_route_that_is_removed_keeps_its_open_incident(a_stage: OpenStage) -> None:
    async with a_stage(team=ROUTED) as stage:
        sender = stage.alertmanager(common={"service": "db"})
        await sender.fire("db-1")
        await stage.until(has_full_group)
        assert (await stage.scene()).group.people == {open_id_of("carol")}

        await stage.change_team(TEAM)
        await sender.fire("db-1", summary="worse")
        await stage.play(lambda scene: "worse" in scene.group.shown)
        await sender.resolve()
        await stage.until(lambda scene: scene.status == "resolved")
        await sender.fire("db-1")
        await stage.until(lambda scene: scene.status == "firing")
        assert len((await stage.scene()).incidents) == 1

        await sender.resolve()
        await stage.play(lambda scene: scene.is_over)
        await sender.fire("db-1")
        await stage.until(lambda scene: len(scene.incidents) == 2 and scene.living and scene.group.pinned)
        assert (await stage.scene()).incidents[-1]["route"] == "everything"


async def test_a_team_file_with_an_error_is_refused_and_the_old_one_stays(stage: Stage) -> None:
    (stage.settings.data_dir / "team.yaml").write_text(BROKEN)
    async with stage.session.post(f"{stage.url}/-/reload") as response:
        assert response.status == 400
        assert "nobody" in await response.text()

    await stage.alertmanager().fire()
    await stage.until(has_full_group)
    assert (await stage.scene()).group.people == {open_id_of("alice"), open_id_of("bob")}


async def test_a_worker_follows_what_the_web_process_reloaded(stage: Stage) -> None:
    await stage.change_team(TEAM.replace("bob@example.com", "dave@example.com"))
    await stage.until(lambda _: stage.of_worker.team.current.people["bob"].email == "dave@example.com")

    await stage.alertmanager().fire()
    await stage.until(has_full_group)
    assert (await stage.scene()).group.people == {open_id_of("alice"), open_id_of("dave")}


async def test_the_severity_follows_the_labels_and_is_said_each_time(stage: Stage) -> None:
    sender = stage.alertmanager()
    await sender.fire(severity="warning")
    await stage.until(has_full_group)
    assert "[P3]" in (await stage.scene()).group.name

    await sender.fire(severity="critical")
    await stage.until(lambda scene: scene.group.said("级别 P3 → P1"))
    await stage.play(lambda scene: "[P1]" in scene.group.name and "[P1]" in scene.group.shown)
    await stage.pass_time(minutes=10)
    await sender.fire(severity="warning")
    await stage.until(lambda scene: scene.group.said("级别 P1 → P3"))
    await stage.pass_time(minutes=10)
    await sender.fire(severity="critical")
    await stage.until(lambda scene: len(scene.group.said("级别 P3 → P1")) == 2)

    assert len((await stage.scene()).groups) == 1


async def test_p2_two_installs_in_one_feishu_leave_each_others_groups_alone(
    stage: Stage, another_store: StoreServer, tmp_path: Path
) -> None:
    await stage.alertmanager().fire()
    await stage.until(has_full_group)
    ours = (await stage.scene()).group

    async with open_stage(another_store.url, tmp_path / "neighbour", feishu_url=stage.feishu_url) as neighbour:
        sender = neighbour.alertmanager()
        await stage.fault("chat_create", "drop_answer")
        await stage.fault("chat_create", "server_error", times=10_000)
        await sender.fire()
        await neighbour.until(lambda scene: len(scene.groups) == 2 and scene.troubles)
        await neighbour.pass_time(hours=10)
        await neighbour.rest()
        await stage.clear_faults()
        await neighbour.play(lambda scene: len(scene.groups) == 2 and scene.groups[1].pinned)
        theirs = (await neighbour.scene()).incident["chat_id"]
        assert theirs != ours.id, "both are #1 of the same app, only the mark tells them apart"

        await sender.resolve()
        await neighbour.play(lambda scene: scene.is_over)

    scene = await stage.scene()
    assert [group.id for group in scene.living] == [ours.id]
    assert (scene.group.name, len(scene.group.messages)) == (ours.name, len(ours.messages))

"""Who is called: whoever can be; and the group is made whatever is the matter with one of them."""

from structlog.testing import capture_logs

from tests.journeys.life import ACK
from tests.journeys.scene import Scene, has_full_group
from tests.journeys.stage import TEAM, OpenStage, Stage, open_id_of

WITH_A_LEAVER = TEAM.replace("people: [alice, bob]", "people: [alice, rita]").replace(
    "fallback:", "  rita: {name: Rita, email: resigned@example.com}\nfallback:"
)
NOBODY = TEAM.replace("  people: [alice, bob]\n", "").replace("fallback: [carol]\n", "")


def by_open_id(**people: str) -> str:
    """The usual team with people given by Feishu's own ids, which nobody looks up."""
    lines = "".join(f"  {name}: {{open_id: {open_id}}}\n" for name, open_id in people.items())
    _, _, rest = TEAM.partition("fallback:")
    return f"people:\n{lines}fallback:{rest}"


async def test_one_id_that_feishu_refuses_does_not_keep_the_others_out(a_stage: OpenStage) -> None:
    alice, rita, carol = (open_id_of(name) for name in ("alice", "resigned", "carol"))
    async with a_stage(team=by_open_id(alice=alice, bob=rita, carol=carol)) as stage:
        await stage.alertmanager().fire()
        await stage.play(lambda scene: has_full_group(scene) and not scene.troubles and scene.group.said("无法加入"))

        scene = await stage.scene()
        assert scene.group.people == {alice}
        assert len(scene.groups) == 1
        assert any(line["by"] == rita for line in await stage.timeline())


async def test_somebody_who_left_is_named_and_the_others_are_called(a_stage: OpenStage) -> None:
    async with a_stage(team=WITH_A_LEAVER) as stage:
        await stage.alertmanager().fire()
        await stage.until(has_full_group)

        assert (await stage.scene()).group.people == {open_id_of("alice")}
        assert any("rita" in line["text"] for line in await stage.timeline())


async def test_with_nobody_on_call_the_group_is_made_and_can_be_joined(a_stage: OpenStage) -> None:
    async with a_stage(team=NOBODY) as stage:
        sender = stage.alertmanager()
        await sender.fire()
        with capture_logs() as lines:
            await stage.until(_has_group_with_link)
        assert (await stage.scene()).group.people == set()
        assert [line["share_link"] for line in lines if line["event"] == "group_without_people"] == [
            (await stage.scene()).incident["share_link"]
        ]

        await stage.act("dave", "join", chat_id=(await stage.scene()).group.id)
        await stage.click("dave", ACK, (await stage.scene()).group.card)
        await stage.until(lambda scene: scene.incident["lead"] == open_id_of("dave"))
        await sender.resolve()
        await stage.play(lambda scene: scene.is_over)


async def test_the_fallback_is_called_where_a_route_names_nobody(a_stage: OpenStage) -> None:
    async with a_stage(team=TEAM.replace("  people: [alice, bob]\n", "")) as stage:
        await stage.alertmanager().fire()
        await stage.until(has_full_group)

        assert (await stage.scene()).group.people == {open_id_of("carol")}


async def test_people_join_as_soon_as_feishu_can_name_them(a_stage: OpenStage) -> None:
    async with a_stage(has_worker=False) as stage:
        await stage.fault("user_batch_get_id", "server_error", times=10_000)
        await stage.start_worker()
        await stage.alertmanager().fire()
        await stage.until(lambda scene: scene.group.live_cards)
        assert (await stage.scene()).group.people == set()

        await stage.clear_faults()
        await stage.play(has_full_group)
        scene = await stage.scene()
        assert scene.group.people == {open_id_of("alice"), open_id_of("bob")}
        assert len(scene.group.live_cards) == 1


async def test_who_is_asked_to_lead_leads_and_manages(stage: Stage) -> None:
    await stage.alertmanager().fire()
    await stage.until(has_full_group)
    group = (await stage.scene()).group
    await stage.act("alice", "add", chat_id=group.id, target="dave@example.com")
    dave = open_id_of("dave")

    await stage.click("alice", "转派给…", group.card, option=dave)
    await stage.play(lambda scene: scene.incident["lead"] == dave and dave in scene.group.managers)
    assert (await stage.scene()).group.said("转派给")


def _has_group_with_link(scene: Scene) -> bool:
    return bool(scene.group.live_cards and scene.incident["share_link"])

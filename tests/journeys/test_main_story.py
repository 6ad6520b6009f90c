"""From the first alert to the end of the group, as people live through it."""

from tests.journeys.life import ACK
from tests.journeys.scene import has_full_group
from tests.journeys.stage import TEAM, OpenStage, Stage, open_id_of

LOCKS = TEAM.replace("countdown: 1h", "on_close: lock, countdown: 1h")
KEEPS = TEAM.replace("countdown: 1h", "on_close: keep, countdown: 1h")
ENGLISH = TEAM.replace("countdown: 1h", "languages: [en], countdown: 1h")


async def test_the_whole_life_of_an_incident(stage: Stage) -> None:
    sender = stage.alertmanager(common={"cluster": "sh1"})
    assert await sender.fire("db-1", summary="disk is 95% full") == 200

    await stage.until(has_full_group)
    scene = await stage.scene()
    group = scene.group
    alice, bob = open_id_of("alice"), open_id_of("bob")
    assert group.name == "[P1][firing] DiskFull (#1)"
    assert group.seen["i18n_names"] == {"zh_cn": "[P1][触发中] DiskFull (#1)", "en_us": group.name}
    assert group.people == group.managers == {alice, bob}
    assert group.pinned == group.card
    assert "disk is 95% full" in group.shown
    assert f"<at id={alice}></at> <at id={bob}></at>" in group.shown
    assert group.tabs == ["事件 Incident", "面板 Dashboard", "手册 Runbook"]
    assert group.menu == ["事件", "排查"]
    assert group.notes[0] == "#1 · P1 · 触发中"

    toast = await stage.click("alice", ACK, group.card)
    assert toast == {
        "type": "success",
        "content": "已记录：你认领了 #1",
        "i18n": {"zh_cn": "已记录：你认领了 #1", "en_us": "Recorded: you have #1"},
    }
    await stage.play(lambda scene: "[acked]" in scene.group.name and scene.group.said("alice 已认领"))

    await sender.fire("db-2", "db-3")
    await stage.play(lambda scene: "3 触发 / 3" in scene.group.shown)
    await sender.resolve("db-2")
    await stage.play(lambda scene: "2 触发 / 3" in scene.group.shown)
    assert len((await stage.scene()).group.messages) == 2, "alerts that come and go make no messages"

    await sender.resolve()
    await stage.until(lambda scene: scene.group.said("已恢复，共"))
    await stage.play(lambda scene: "[resolved]" in scene.group.name)
    await stage.play(lambda scene: scene.group.countdowns)
    assert (await stage.scene()).living, "the countdown card comes before the end"
    await stage.play(lambda scene: scene.is_over)

    assert not (await stage.scene()).living
    called = ("step", "paged")  # how many people that is, and when Feishu says so, is not this story's
    assert [what for what in await stage.happened() if what not in called] == [
        *("opened", "alerts", "chat_created", "acknowledged", "alerts", "alerts", "alerts", "resolved"),
        *("closing", "locked", "archived", "closed", "disbanded"),
    ]


async def test_p6_the_archive_holds_texts_cards_and_the_timeline(stage: Stage) -> None:
    sender = stage.alertmanager()
    await sender.fire(summary="disk <b>full</b> [x](y)")
    await stage.until(has_full_group)
    await stage.talk("bob", "looking at db-1 **now**", (await stage.scene()).group.id)
    await sender.resolve()
    await stage.play(lambda scene: scene.is_over)

    texts = await stage.archived((await stage.scene()).incident["id"])
    assert any("looking at db-1 **now**" in text for text in texts)
    assert any("disk <b>full</b>" in text for text in texts)
    written = await stage.archive()
    assert "looking at db-1 \\*\\*now\\*\\*" in written
    assert "\\[x\\](y)" in written
    assert "**bob**: looking" in written, "people are called by their names"
    assert "来源自动恢复" in written


async def test_a_route_may_lock_its_groups(a_stage: OpenStage) -> None:
    async with a_stage(team=LOCKS) as stage:
        sender = stage.alertmanager()
        await sender.fire()
        await stage.until(has_full_group)
        await sender.resolve()
        await stage.play(lambda scene: scene.is_over)

        group = (await stage.scene()).group
        assert group.is_locked
        assert group.pinned is None
        assert group.name == "[P1][closed] DiskFull (#1)"
        assert group.said("已归档")
        assert "不会再有动作" in group.shown


async def test_a_route_may_keep_its_groups(a_stage: OpenStage) -> None:
    async with a_stage(team=KEEPS) as stage:
        sender = stage.alertmanager()
        await sender.fire()
        await stage.until(has_full_group)
        await sender.resolve()
        await stage.play(lambda scene: scene.is_over)

        group = (await stage.scene()).group
        assert not group.is_locked
        assert group.name == "[P1][closed] DiskFull (#1)"
        assert "archived" not in await stage.happened()


async def test_one_language_is_enough(a_stage: OpenStage) -> None:
    async with a_stage(team=ENGLISH) as stage:
        sender = stage.alertmanager()
        await sender.fire()
        await stage.until(has_full_group)

        group = (await stage.scene()).group
        assert group.tabs == ["Incident", "Dashboard", "Runbook"]
        assert "Ack (I am on it)" in group.shown
        assert "认领" not in group.shown
        assert group.notes[0] == "#1 · P1 · firing"


async def test_the_old_kind_of_announcement_is_written_too(stage: Stage) -> None:
    await stage.sandbox("PUT", "switches", announcement_kind="doc")
    sender = stage.alertmanager()
    await sender.fire()
    await stage.until(has_full_group)
    group = (await stage.scene()).group
    assert group.notes[0] == "#1 · P1 · 触发中"
    await stage.act("bob", "write_announcement", chat_id=group.id, text="our own note")

    await stage.click("alice", ACK, group.card)
    await stage.play(lambda scene: scene.group.notes[0] == "#1 · P1 · 处理中")

    notes = (await stage.scene()).group.notes
    assert notes[-1] == "our own note"
    assert len(notes) == len(group.notes) + 1


async def test_500_alerts_of_one_notification_are_one_incident_and_one_card(stage: Stage) -> None:
    await stage.alertmanager().fire(*(f"db-{number}" for number in range(500)))
    await stage.until(has_full_group)

    scene = await stage.scene()
    assert scene.incident["alerts"] == {"firing": 500, "total": 500}
    assert "500 触发 / 500" in scene.group.shown
    assert "另有 495 条" in scene.group.shown
    assert len(scene.groups) == len(scene.group.messages) == 1


async def test_the_name_of_an_alert_does_not_lead_out_of_the_archive(stage: Stage) -> None:
    sender = stage.alertmanager("../../etc/passwd")
    await sender.fire()
    await stage.until(has_full_group)
    await sender.resolve()
    await stage.play(lambda scene: scene.is_over)

    assert await stage.archive()

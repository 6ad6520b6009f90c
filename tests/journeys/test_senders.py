"""Whoever sends alerts, and however often: a problem is one incident with one group."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tests.journeys.scene import has_full_group
from tests.journeys.senders import Prometheus
from tests.journeys.stage import Stage

SAMPLES = Path(__file__).parent.parent / "samples"


def sample(name: str) -> bytes:
    return (SAMPLES / f"{name}.json").read_bytes()


def resolved(name: str) -> Any:
    """The alerts of a Grafana sample, with all of them over."""
    body = json.loads(sample(name))
    body["status"] = "resolved"
    for alert in body["alerts"]:
        alert |= {"status": "resolved", "endsAt": "2026-06-26T14:12:20Z"}
    return body


async def test_p2_exactly_one_group_although_a_pair_of_alertmanagers_tells_everything_twice(stage: Stage) -> None:
    pair = [stage.alertmanager(external_url=f"http://am-{number}.example:9093") for number in (1, 2)]
    for one in pair:
        await one.fire("db-1", "db-2")
    await stage.until(has_full_group)
    for one in pair:
        await one.resolve("db-1")
    await stage.play(lambda scene: "1 触发 / 2" in scene.group.shown)
    for one in reversed(pair):
        await one.resolve()
    await stage.play(lambda scene: scene.is_over)

    scene = await stage.scene()
    assert len(scene.groups) == 1
    assert (await stage.happened()).count("resolved") == 1


async def test_recorded_notifications_of_an_alertmanager_are_one_incident(stage: Stage) -> None:
    for name in ("am_life1_firing", "am_life2_firing_one_more", "am_life3_partly_resolved", "am_life4_all_resolved"):
        assert await stage.post("/webhooks/alertmanager", sample(name)) == 200
    await stage.until(lambda scene: scene.status == "resolved")
    assert await stage.post("/webhooks/alertmanager", sample("am_life5_refired")) == 200
    await stage.until(lambda scene: scene.status == "firing" and has_full_group(scene))

    scene = await stage.scene()
    assert len(scene.groups) == 1
    assert scene.incident["alerts"] == {"firing": 1, "total": 2}


async def test_grafana_unified_alerting_fires_and_resolves(stage: Stage) -> None:
    assert await stage.post("/webhooks/grafana", sample("grafana_firing")) == 200
    await stage.until(has_full_group)
    group = (await stage.scene()).group
    assert "92.13" in group.shown

    assert await stage.post("/webhooks/grafana", sample("grafana_resolved")) == 200
    await stage.until(lambda scene: scene.status == "resolved")
    await stage.play(lambda scene: scene.is_over)
    assert len((await stage.scene()).groups) == 1


async def test_grafana_legacy_alerting_fires_and_resolves(stage: Stage) -> None:
    assert await stage.post("/webhooks/grafana", sample("grafana_legacy_alerting")) == 200
    await stage.until(has_full_group)
    assert "Zeta CPU alert" in (await stage.scene()).group.name

    assert await stage.post("/webhooks/grafana", sample("grafana_legacy_ok")) == 200
    await stage.play(lambda scene: scene.is_over)
    assert len((await stage.scene()).groups) == 1


async def test_a_rule_without_data_is_called_by_its_own_name(stage: Stage) -> None:
    assert await stage.post("/webhooks/grafana", sample("grafana_nodata")) == 200
    await stage.until(has_full_group)
    assert "DiskFull" in (await stage.scene()).group.name

    body = json.dumps(resolved("grafana_nodata")).encode()
    assert await stage.post("/webhooks/grafana", body) == 200
    await stage.play(lambda scene: scene.is_over)


async def test_a_test_notification_of_grafana_makes_no_group(stage: Stage) -> None:
    assert await stage.post("/webhooks/grafana", sample("grafana_test_notification")) == 200
    await stage.rest()

    scene = await stage.scene()
    assert not scene.incidents
    assert not scene.groups


async def test_a_pushed_resolve_counts_after_two_resend_delays(stage: Stage) -> None:
    sender = stage.prometheus()
    started = stage.now()
    await sender.push(["api-1"], started=started)
    await stage.until(has_full_group)
    await stage.pass_time(seconds=65)
    await sender.push(["api-1"], started=started, ended=stage.now())
    await stage.pass_time(seconds=65)
    await stage.rest()
    assert (await stage.scene()).status == "firing", "another replica may still see it"

    await stage.pass_time(seconds=66)
    await stage.until(lambda scene: scene.status == "resolved")


async def test_a_pushed_resolve_does_not_count_where_a_replica_goes_on_firing(stage: Stage) -> None:
    sender = stage.prometheus()
    started = stage.now()
    await sender.push(["api-1"], started=started)
    await stage.until(has_full_group)
    await sender.push(["api-1"], started=started, ended=stage.now())
    await stage.pass_time(seconds=60)
    await sender.push(["api-1"], started=started)
    for _ in range(5):
        await stage.pass_time(seconds=65)
        await sender.push(["api-1"], started=started)
    await stage.rest()

    assert (await stage.scene()).status == "firing"
    assert "resolved" not in await stage.happened()


async def test_a_pushed_alert_that_nobody_renews_any_more_is_over(stage: Stage) -> None:
    await stage.prometheus().push(["api-1"], started=stage.now())
    await stage.until(has_full_group)
    await stage.play(lambda scene: scene.status == "resolved", at_most=timedelta(minutes=10))

    assert any(line["text"] == "ran_out" for line in await stage.timeline())


async def test_a_pushed_alert_that_comes_back_reopens_the_same_group(stage: Stage) -> None:
    sender = stage.prometheus()
    started = stage.now()
    await sender.push(["api-1"], started=started)
    await stage.until(has_full_group)
    await sender.push(["api-1"], started=started, ended=stage.now())
    await stage.play(lambda scene: scene.status == "resolved")
    await sender.push(["api-1"], started=stage.now())
    await stage.until(lambda scene: scene.status == "firing" and scene.group.said("再次触发"))

    assert len((await stage.scene()).groups) == 1


async def test_thousands_of_pushed_alerts_cost_no_work_while_nothing_changes(stage: Stage) -> None:
    sender = stage.prometheus()
    started = stage.now()
    instances = [f"api-{number}" for number in range(10_000)]
    batches = [instances[at : at + 256] for at in range(0, len(instances), 256)]
    for batch in batches:
        await _push(sender, batch, started)
    await stage.rest()
    await stage.until(lambda scene: has_full_group(scene) and scene.incident["alerts"]["firing"] == 10_000)
    await stage.rest()
    before = await stage.jobs()

    for _ in range(3):
        await stage.pass_time(seconds=65)
        for batch in batches:
            await _push(sender, batch, started)
    await stage.rest()

    assert await stage.jobs() - before <= 3, "one for each time the card's age is renewed, none for the alerts"
    assert (await stage.scene()).status == "firing"


async def _push(sender: Prometheus, instances: list[str], started: datetime) -> None:
    """Push until it is taken: a busy machine may say 503 in between."""
    while (status := await sender.push(instances, started=started)) != 200:
        assert status == 503

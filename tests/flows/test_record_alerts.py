"""From the alerts of one request to the incidents they belong to."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from prometheus_client import REGISTRY

from alertbridge.config import Team, parse_team
from alertbridge.core.alerts.alert import Alert, Notification, Source, fingerprint
from alertbridge.core.incidents.incident import Opening
from alertbridge.flows.record_alerts import Receipt, record_alerts
from alertbridge.store.connection import Connection
from alertbridge.store.feed import Feed
from alertbridge.store.keys import HELD
from alertbridge.store.records import Records
from tests.builders import T, an_alert, resolved

ONE_ROUTE = parse_team("route: {}")


def a_notification(*alerts: Alert, **changes: object) -> Notification:
    """What one request said; the sender made a group of it."""
    said = Notification(source=Source.ALERTMANAGER, tenant="", group="{}:{}", group_labels={}, alerts=alerts)
    return replace(said, **changes)  # type: ignore[arg-type]  # the tests' own words


def labelled(name: str, **labels: str) -> Alert:
    known = {"alertname": name} | labels
    return replace(an_alert(name), labels=known, fingerprint=fingerprint(known))


class Recorder:
    """Records on a store, and looks at what came of it."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.feed = Feed(connection)
        self.serial = 0

    async def record(self, said: Notification, team: Team = ONE_ROUTE, integration: str = "default") -> Receipt:
        """Record a request whose body is like no other."""
        self.serial += 1
        return await record_alerts(
            said,
            integration=integration,
            body=str(self.serial).encode(),
            team=team,
            feed=self.feed,
            resend_delay_seconds=65,
        )

    async def openings(self) -> list[Opening]:
        """How the open incidents began, in their order."""
        stored = await Records(self.connection).list_open(1000)
        return [one.opening for one in sorted(stored, key=lambda one: one.number)]

    async def held(self) -> int:
        """How many alerts are held."""
        return int(await self.connection.call("HLEN", HELD))


@pytest.fixture
def recorder(connection: Connection) -> Recorder:
    return Recorder(connection)


@pytest.mark.parametrize(
    ("group_by", "of_sender", "labels"),
    [
        (None, {"cluster": "eu"}, {"cluster": "eu"}),
        (None, {}, {"alertname": "Down"}),
        ("[cluster]", {"job": "x"}, {"cluster": "eu"}),
        ("[cluster, missing]", {}, {"cluster": "eu"}),
        ("['...']", {}, {"alertname": "Down", "cluster": "eu"}),
        ("[]", {"job": "x"}, {}),
    ],
)
async def test_the_labels_of_the_group_are_the_routes_else_the_senders_else_the_alerts_name(
    recorder: Recorder, group_by: str | None, of_sender: Mapping[str, str], labels: Mapping[str, str]
) -> None:
    team = parse_team("route: {}" if group_by is None else f"route: {{group_by: {group_by}}}")

    await recorder.record(a_notification(labelled("Down", cluster="eu"), group_labels=of_sender), team)

    (opening,) = await recorder.openings()
    assert opening.group_labels == labels
    assert opening.resolve_wait_seconds == 130


async def test_an_alert_without_a_name_groups_by_nothing(recorder: Recorder) -> None:
    await recorder.record(a_notification(replace(labelled("Down"), labels={"job": "x"})))

    assert [opening.group_labels for opening in await recorder.openings()] == [{}]


async def test_alerts_of_one_group_are_one_incident_and_others_are_not(recorder: Recorder) -> None:
    team = parse_team("route: {group_by: [cluster]}")
    alerts = [labelled(f"A{number}", cluster=cluster) for number in range(3) for cluster in ("eu", "us")]

    receipt = await recorder.record(a_notification(*alerts), team)

    assert receipt == Receipt(alerts=6, refused=())
    assert [opening.group_labels for opening in await recorder.openings()] == [{"cluster": "eu"}, {"cluster": "us"}]


async def test_each_route_that_an_alert_takes_is_an_incident_of_its_own(recorder: Recorder) -> None:
    team = parse_team(
        """
        route:
          routes:
            - {name: everything, continue: true}
            - {name: database, matchers: [team="db"], continue: true}
            - {name: rest}
        """
    )

    await recorder.record(a_notification(labelled("Down", team="db")), team)

    assert [opening.route.name for opening in await recorder.openings()] == ["everything", "database", "rest"]
    assert await recorder.held() == 1


async def test_a_request_of_many_alerts_is_stored_whole(recorder: Recorder) -> None:
    alerts = [labelled("Down", instance=f"host-{number}") for number in range(1000)]

    assert (await recorder.record(a_notification(*alerts))).alerts == 1000
    assert await recorder.held() == 1000
    assert len(await recorder.openings()) == 1


async def test_a_resolved_alert_that_nobody_holds_opens_nothing(recorder: Recorder) -> None:
    receipt = await recorder.record(a_notification(resolved(labelled("Down"), T)))

    assert receipt == Receipt(alerts=1, refused=(), dropped=1)
    assert await recorder.openings() == []


async def test_tests_open_nothing(recorder: Recorder) -> None:
    receipt = await recorder.record(a_notification(labelled("TestAlert"), is_test=True, refused=("alerts[1]: odd",)))

    assert receipt == Receipt(alerts=0, refused=("alerts[1]: odd",))
    assert await recorder.openings() == []


async def test_what_was_refused_is_told_and_the_rest_is_stored(recorder: Recorder) -> None:
    receipt = await recorder.record(a_notification(labelled("Down"), refused=("alerts[1]: odd",)))

    assert receipt == Receipt(alerts=1, refused=("alerts[1]: odd",))
    assert await recorder.held() == 1


async def test_nothing_said_is_nothing_done(recorder: Recorder) -> None:
    assert await recorder.record(a_notification()) == Receipt(alerts=0, refused=())


async def test_the_same_alert_of_two_senders_or_tenants_is_two_alerts(recorder: Recorder) -> None:
    await recorder.record(a_notification(labelled("Down")), integration="one")
    await recorder.record(a_notification(labelled("Down")), integration="two")
    await recorder.record(a_notification(labelled("Down"), tenant="1"), integration="one")
    await recorder.record(a_notification(labelled("Down"), tenant="one"), integration="")

    assert await recorder.held() == 4
    assert len(await recorder.openings()) == 4


async def folded(recorder: Recorder, team: Team, *, severity: str = "warning", **said: str) -> list[bool]:
    """Whether each of four problems, one after the other, is an umbrella's or under one."""
    for number in range(4):
        alert = labelled(f"Down{number}", severity=severity)
        await recorder.record(a_notification(alert, group=str(number), **said), team)
    return [opening.is_umbrella for opening in await recorder.openings()]


@pytest.mark.parametrize(
    ("storm", "severity", "umbrellas"),
    [("above: 2", "warning", 1), ("above: 2", "critical", 0), ("above: off", "warning", 0), ("steady: 1m", "info", 0)],
)
async def test_above_the_routes_threshold_an_umbrella_is_opened_but_not_for_p1(
    recorder: Recorder, storm: str, severity: str, umbrellas: int
) -> None:
    team = parse_team(f"route: {{storm: {{{storm}}}}}")

    assert sum(await folded(recorder, team, severity=severity)) == umbrellas


async def test_each_tenant_and_each_route_has_storms_of_its_own(recorder: Recorder) -> None:
    team = parse_team(
        "route: {storm: {above: 2}, routes: [{matchers: ['alertname=~\"Down[01]\"']}, {matchers: [x=1], name: x}]}"
    )

    assert sum(await folded(recorder, team)) == 0
    assert sum(await folded(recorder, team, tenant="other")) == 0


async def test_a_drill_is_an_incident_of_its_own_and_counted_as_none(recorder: Recorder) -> None:
    """Even where its route makes one incident of everything."""
    team = parse_team("route: {group_by: [], storm: {above: 1}}")
    before = REGISTRY.get_sample_value("alertbridge_incidents_opened_total"), drills_begun()

    await recorder.record(a_notification(labelled("Down")), team)
    for drill in ("one", "two", "two"):
        await recorder.record(a_notification(labelled("Drill", alertbridge_drill=drill)), team)

    openings = await recorder.openings()
    assert [opening.drill and opening.drill.id for opening in openings] == [None, "one", "two"]
    assert not any(opening.is_umbrella for opening in openings), "no storm is made of drills"
    assert (REGISTRY.get_sample_value("alertbridge_incidents_opened_total"), drills_begun()) == (
        (before[0] or 0) + 1,
        before[1] + 2,
    )


def drills_begun() -> float:
    return REGISTRY.get_sample_value("alertbridge_drills_total") or 0

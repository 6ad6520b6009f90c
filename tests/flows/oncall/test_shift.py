"""Who is on call for an open incident, now and next: asked of Feishu only where somebody else is."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from alertbridge.config import parse_team
from alertbridge.core.ids import OpenId
from alertbridge.core.incidents.incident import Incident, OnCall
from alertbridge.core.oncall.policy import Policy, Step, Target, TargetKind, Way
from alertbridge.flows.oncall.people import Directory
from alertbridge.flows.oncall.shift import look_at_rota
from tests.builders import a_route, an_incident, an_opening
from tests.web.service import ALICE, BOB, Product

MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
TEAM = parse_team(
    """
    people: {alice: {email: alice@example.com}, bob: {email: bob@example.com}, carol: {email: carol@example.com}}
    fallback: [carol]
    schedules:
      weekly:
        timezone: UTC
        layers: [{rotation: weekly, handover: {day: monday, time: "09:00"}, starts: 2026-11-16, people: [alice, bob]}]
      alone:
        timezone: UTC
        layers: [{rotation: daily, handover: {time: "09:00"}, starts: 2026-11-16, people: [alice]}]
      short:
        timezone: UTC
        layers:
          - {rotation: daily, handover: {time: "09:00"}, starts: 2026-11-16, ends: 2026-11-23, people: [alice]}
    route: {}
    """
)


def incident_of(schedule: str | None, known: OnCall | None = None) -> Incident:
    return replace(an_incident(opening=an_opening(a_route(schedule=schedule))), on_call=known)


def ids(product: Product, *emails: str) -> tuple[OpenId, ...]:
    return tuple(OpenId(product.id(email)) for email in emails)


@pytest.fixture
def directory(product: Product) -> Directory:
    return product.parts.directory


async def test_it_is_told_who_is_on_shift_until_when_and_who_comes(product: Product, directory: Directory) -> None:
    seen = await look_at_rota(incident_of("weekly"), TEAM, directory, MONDAY - HOUR)

    assert seen == OnCall(
        names=("alice",),
        people=ids(product, ALICE),
        until=MONDAY,
        next_names=("bob",),
        next_people=ids(product, BOB),
    )


async def test_what_is_known_already_is_not_asked_again(product: Product, directory: Directory) -> None:
    seen = await look_at_rota(incident_of("weekly"), TEAM, directory, MONDAY - HOUR)

    assert await look_at_rota(incident_of("weekly", seen), TEAM, directory, MONDAY - HOUR / 2) is None
    later = await look_at_rota(incident_of("weekly", seen), TEAM, directory, MONDAY)
    assert later is not None
    assert (later.names, later.people) == (("bob",), ids(product, BOB))


async def test_where_the_same_person_goes_on_there_is_no_change_to_come(product: Product, directory: Directory) -> None:
    seen = await look_at_rota(incident_of("alone"), TEAM, directory, MONDAY)

    assert seen == OnCall(names=("alice",), people=ids(product, ALICE), until=None, next_names=(), next_people=())


async def test_after_the_last_shift_it_is_the_fallback(product: Product, directory: Directory) -> None:
    carol = product.id("carol@example.com")

    before = await look_at_rota(incident_of("short"), TEAM, directory, MONDAY - HOUR)
    assert before is not None
    assert (before.until, before.next_names, before.next_people) == (MONDAY, (), (carol,))
    after = await look_at_rota(incident_of("short"), TEAM, directory, MONDAY)
    assert after is not None
    assert (after.names, after.people, after.until) == ((), (carol,), None)


async def test_several_schedules_change_when_the_first_of_them_does(product: Product, directory: Directory) -> None:
    step = Step(after_seconds=0, who=(Target(TargetKind.SCHEDULE, "weekly"),), via=(Way.CARD,))
    route = a_route(schedule="alone", escalation=Policy(name="loud", steps=(step,)))
    incident = an_incident(opening=an_opening(route))

    seen = await look_at_rota(incident, TEAM, directory, MONDAY - HOUR)

    assert seen is not None
    assert (seen.names, seen.until, seen.next_names) == (("alice",), MONDAY, ("alice", "bob"))


@pytest.mark.parametrize("schedule", [None, "gone"])
async def test_without_a_schedule_nothing_changes(directory: Directory, schedule: str | None) -> None:
    assert await look_at_rota(incident_of(schedule), TEAM, directory, MONDAY) is None


async def test_what_feishu_cannot_tell_now_is_asked_again_later(product: Product, directory: Directory) -> None:
    await product.fail("user_batch_get_id", "server_error", times=9)
    assert await look_at_rota(incident_of("weekly"), TEAM, directory, MONDAY) is None

    await product.control("faults", "DELETE")
    assert await look_at_rota(incident_of("weekly"), TEAM, directory, MONDAY) is not None

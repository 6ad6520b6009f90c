"""Whom a step means is found out when it is called: on shift then, in the team file then, known to Feishu then."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from alertbridge.config import parse_team
from alertbridge.core.ids import OpenId
from alertbridge.core.incidents.escalation import Called, Due, Gap
from alertbridge.core.incidents.incident import Incident
from alertbridge.core.oncall.policy import Step, Way, parse_target
from alertbridge.flows.oncall.calling import Later, whom_to_call
from tests.builders import a_route, an_incident, an_opening
from tests.web.service import ALICE, BOB, Product

CAROL = "carol@example.com"
NOW = datetime(2026, 1, 7, 12, tzinfo=UTC)
TEXT = """
    people:
      alice: {email: alice@example.com}
      bob: {email: bob@example.com}
      carol: {email: carol@example.com}
      rita: {email: resigned@example.com}
    schedules:
      duty: {timezone: UTC, secondary: second, layers: [{starts: 2026-01-05, people: [alice, bob]}]}
      second: {timezone: UTC, layers: [{starts: 2026-01-05, people: [bob]}]}
      unread: {timezone: UTC, ical: {file: nowhere.ics}}
      empty: {timezone: UTC, layers: [{starts: 2190-01-06, people: [alice]}]}
      left: {timezone: UTC, layers: [{starts: 2026-01-05, people: [rita]}]}
    teams:
      backup: {people: [bob, carol], manager: carol}
      headless: {people: [bob]}
    fallback: [carol]
    route: {people: [bob], schedule: duty}
    """
TEAM = parse_team(TEXT)


def step(*who: str) -> Step:
    return Step(after_seconds=0, who=tuple(target for one in who if (target := parse_target(one))), via=(Way.CARD,))


def due(*who: str, then: tuple[str, ...] = (), then_at: datetime | None = None) -> Due:
    return Due(cause="1", step=step(*who), number=1, of=2, then=step(*then) if then else None, then_at=then_at)


def incident() -> Incident:
    return replace(an_incident(), opening=an_opening(a_route(people=("bob",), schedule="duty")))


async def found(product: Product, wanted: Due) -> Called | Later:
    return await whom_to_call(wanted, incident(), TEAM, product.parts.directory, NOW)


def ids(product: Product, *emails: str) -> tuple[OpenId, ...]:
    return tuple(OpenId(product.id(email)) for email in emails)


@pytest.mark.parametrize(
    ("who", "emails"),
    [
        (("schedule:duty",), (ALICE,)),
        (("secondary:duty",), (BOB,)),
        (("person:carol",), (CAROL,)),
        (("team:backup",), (BOB, CAROL)),
        (("manager:backup",), (CAROL,)),
        (("route",), (BOB, ALICE)),
        (("fallback",), (CAROL,)),
        (("schedule:duty", "team:backup", "fallback"), (ALICE, BOB, CAROL)),
        (("schedule:empty", "person:bob"), (BOB,)),
    ],
)
async def test_every_target_means_its_people_each_once(
    product: Product, who: tuple[str, ...], emails: tuple[str, ...]
) -> None:
    assert await found(product, due(*who)) == Called(people=ids(product, *emails))


async def test_who_comes_next_is_foreseen_for_the_time_of_that_step(product: Product) -> None:
    later = due("schedule:duty", then=("schedule:duty",), then_at=NOW + timedelta(weeks=1))

    assert await found(product, later) == Called(people=ids(product, ALICE), foreseen=ids(product, BOB))


async def test_where_nobody_comes_next_the_fallback_is_foreseen(product: Product) -> None:
    later = due("schedule:duty", then=("schedule:empty",), then_at=NOW)

    assert await found(product, later) == Called(people=ids(product, ALICE), foreseen=ids(product, CAROL))


@pytest.mark.parametrize(
    ("who", "gaps"),
    [
        ("schedule:empty", (Gap(schedule="empty", cause="empty"),)),
        ("schedule:unread", (Gap(schedule="unread", cause="calendar"),)),
        ("schedule:gone", (Gap(schedule="gone", cause="unknown"),)),
        ("secondary:gone", ()),
        ("secondary:empty", ()),
        ("team:gone", ()),
        ("manager:headless", ()),
    ],
)
async def test_where_a_step_means_nobody_the_fallback_is_called(
    product: Product, who: str, gaps: tuple[Gap, ...]
) -> None:
    assert await found(product, due(who)) == Called(people=ids(product, CAROL), gaps=gaps)


async def test_where_feishu_knows_nobody_of_a_schedule_the_fallback_is_called_and_told(
    product: Product,
) -> None:
    called = await found(product, due("schedule:left"))

    assert isinstance(called, Called)
    assert called.people == ids(product, CAROL)
    assert called.gaps == (Gap(schedule="left", cause="unreachable"),)
    assert list(called.unreachable) == ["rita"]


async def test_p4_who_was_named_before_is_called_while_feishu_names_nobody(product: Product) -> None:
    await found(product, due("schedule:duty"))
    await product.fail("user_batch_get_id", "server_error", times=99)

    assert await found(product, due("schedule:duty", "secondary:duty")) == Called(people=ids(product, ALICE))


async def test_p4_where_nobody_was_ever_named_it_is_asked_again(product: Product) -> None:
    await product.fail("user_batch_get_id", "server_error", times=99)
    later = await found(product, due("schedule:duty"))

    assert isinstance(later, Later)
    assert later.cause
    assert later.retry_seconds > 0

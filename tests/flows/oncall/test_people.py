"""Who is called: the team file's people as Feishu knows them, the fallback, and what people are called."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from alertbridge.config import parse_team
from alertbridge.core.alerts.route import Route
from alertbridge.core.ids import OpenId
from alertbridge.core.incidents.incident import Incident
from alertbridge.flows.oncall.people import Directory, Duty, Found
from alertbridge.store.people import People
from tests.builders import an_incident, an_opening
from tests.web.service import ALICE, BOB, Product

TEAM = parse_team(
    """
    people:
      alice: {name: 爱丽丝, email: Alice@Example.com}
      bob: {email: bob@example.com}
      carol: {mobile: "13800000003"}
      dave: {email: not.dave@example.com, mobile: "+14155550104"}
      rita: {email: resigned@example.com}
      oscar: {email: outside@example.com}
      ghost: {email: nobody@example.com}
      known: {open_id: ou_known}
    schedules:
      weekly:
        timezone: UTC
        layers: [{rotation: weekly, handover: {day: monday, time: "09:00"}, starts: 2020-01-06, people: [bob]}]
    fallback: [alice]
    route: {}
    """
)
UNKNOWN = "Feishu knows nobody by this email or mobile, or they left"


def an_incident_for(*people: str, schedule: str | None = None) -> Incident:
    """An incident whose route names people."""
    opening = an_opening()
    return replace(an_incident(), opening=replace(opening, route=Route(name="r", people=people, schedule=schedule)))


@pytest.fixture
def directory(product: Product) -> Directory:
    return product.parts.directory


async def calls(product: Product, operation: str) -> int:
    state = await product.control("state", "GET")
    return int(state["operations"].get(operation, 0))


def ids(product: Product, *emails: str) -> tuple[str, ...]:
    return tuple(product.id(email) for email in emails)


async def test_the_routes_people_and_who_is_on_shift_are_called(product: Product, directory: Directory) -> None:
    found = await directory.on_call(an_incident_for("alice", schedule="weekly"), TEAM)

    assert found == Found(people=ids(product, ALICE, BOB))  # type: ignore[arg-type]  # plain text here


async def test_nobody_is_called_twice(product: Product, directory: Directory) -> None:
    found = await directory.on_call(an_incident_for("bob", schedule="weekly"), TEAM)

    assert found.people == ids(product, BOB)


@pytest.mark.parametrize("schedule", [None, "gone"])
async def test_where_nobody_is_named_the_fallback_is_called(
    product: Product, directory: Directory, schedule: str | None
) -> None:
    found = await directory.on_call(an_incident_for(schedule=schedule), TEAM)

    assert found.people == ids(product, ALICE)


async def test_without_a_fallback_nobody_is_called(directory: Directory) -> None:
    assert await directory.on_call(an_incident_for(), replace(TEAM, fallback=())) == Found()


async def test_p4_where_feishu_knows_none_of_them_the_fallback_is_called_and_it_is_said(
    product: Product, directory: Directory
) -> None:
    found = await directory.on_call(an_incident_for("rita", "oscar", "ghost", "left"), TEAM)

    assert found.people == ids(product, ALICE)
    assert found.unreachable == {
        "left": "not in the team file any more",
        "rita": UNKNOWN,
        "oscar": UNKNOWN,
        "ghost": UNKNOWN,
    }


async def test_some_who_cannot_be_reached_do_not_keep_the_others_out(product: Product, directory: Directory) -> None:
    found = await directory.on_call(an_incident_for("rita", "bob"), TEAM)

    assert found == Found(people=ids(product, BOB), unreachable={"rita": UNKNOWN})  # type: ignore[arg-type]


async def test_people_are_found_by_mobile_and_by_open_id(product: Product, directory: Directory) -> None:
    found = await directory.on_call(an_incident_for("carol", "dave", "known"), TEAM)

    assert found.people == (*ids(product, "carol@example.com", "dave@example.com"), "ou_known")
    assert found.unreachable == {}


async def test_an_answer_is_trusted_for_a_day_by_every_process(product: Product, directory: Directory) -> None:
    await directory.on_call(an_incident_for("alice", "bob"), TEAM)
    other = Directory(product.parts.feishu, People(product.parts.connection, "cli_sandbox"))

    for known in (directory, other):
        assert (await known.on_call(an_incident_for("alice", "bob"), TEAM)).people == ids(product, ALICE, BOB)

    assert await calls(product, "user_batch_get_id") == 1


async def test_open_ids_of_another_app_are_not_taken(product: Product, directory: Directory) -> None:
    await directory.on_call(an_incident_for("alice"), TEAM)

    assert await People(product.parts.connection, "cli_other").known(["alice@example.com"]) == {}


async def test_who_is_not_known_is_looked_for_again(product: Product, directory: Directory) -> None:
    assert (await directory.on_call(an_incident_for("ghost"), TEAM)).unreachable == {"ghost": UNKNOWN}

    await product.control("people", email="nobody@example.com", name="Ghost")

    assert (await directory.on_call(an_incident_for("ghost"), TEAM)).people == ids(product, "nobody@example.com")


async def test_many_people_are_looked_up_fifty_at_a_time(product: Product, directory: Directory) -> None:
    people = {f"p{n}": replace(TEAM.people["bob"], key=f"p{n}", email=f"p{n}@example.com") for n in range(120)}
    team = replace(TEAM, people=people | {"alice": TEAM.people["alice"]})

    found = await directory.on_call(an_incident_for(*people, "alice"), team)

    assert found.people == ids(product, ALICE)
    assert len(found.unreachable) == 120
    assert await calls(product, "user_batch_get_id") == 3


@pytest.mark.parametrize(
    ("kind", "more", "least", "most"),
    [
        ("server_error", {}, 30, 30),
        ("refuse", {"code": 99991672}, 300, 300),
        ("rate_limited", {"seconds": 30}, 1, 60),
    ],
)
async def test_while_feishu_cannot_say_it_is_asked_again_later(
    product: Product, directory: Directory, kind: str, more: dict[str, Any], least: float, most: float
) -> None:
    await product.fail("user_batch_get_id", kind, times=9, **more)

    found = await directory.on_call(an_incident_for("alice"), TEAM)

    assert found.people == ()
    assert found.cause
    assert least <= found.retry_seconds <= most


async def test_while_the_quota_is_used_up_it_is_waited_for(product: Product, directory: Directory) -> None:
    await product.fail("user_batch_get_id", "rate_limited", times=1, seconds=30)
    await directory.on_call(an_incident_for("alice"), TEAM)

    found = await directory.on_call(an_incident_for("bob"), TEAM)

    assert found.cause.startswith("looking people up: ")
    assert 1 <= found.retry_seconds <= 60


async def test_p4_who_is_known_is_called_while_feishu_cannot_be_asked_about_the_others(
    product: Product, directory: Directory
) -> None:
    await directory.on_call(an_incident_for("alice"), TEAM)
    await product.fail("user_batch_get_id", "refuse", times=9, code=99991672)

    found = await directory.on_call(an_incident_for("bob", "known", "alice"), TEAM)

    assert found.cause
    assert set(found.people) == {"ou_known", product.id(ALICE)}


# -- names -------------------------------------------------------------------------------------------------------------


async def test_people_are_called_as_the_team_file_does_else_as_feishu_does(
    product: Product, directory: Directory
) -> None:
    alice, bob, carol = (OpenId(one) for one in ids(product, ALICE, BOB, "carol@example.com"))
    await directory.open_ids([TEAM.people["alice"], TEAM.people["bob"]])

    assert await directory.names([alice, bob, carol]) == {alice: "爱丽丝", bob: "bob", carol: "李可"}


async def test_who_has_no_name_is_asked_for_once(product: Product, directory: Directory) -> None:
    for _ in range(3):
        assert await directory.names([OpenId("ou_0123456789abcdef0123456789abcdef")]) == {}

    assert await calls(product, "user_batch_get") == 1


async def test_a_name_that_cannot_be_had_now_is_left_out_and_asked_for_again(
    product: Product, directory: Directory
) -> None:
    alice = OpenId(product.id(ALICE))
    await product.fail("user_batch_get", "server_error", times=1)

    first = await directory.names([alice])
    second = await directory.names([alice])

    assert {} in (first, second) or first == second
    assert await directory.names([alice]) == {alice: "陈爱丽"}


async def test_where_names_may_not_be_read_feishu_is_asked_once(product: Product, directory: Directory) -> None:
    await product.fail("user_batch_get", "refuse", times=9, code=99991672)

    for _ in range(3):
        assert await directory.names([OpenId(product.id(ALICE))]) == {}

    assert (await product.control("state", "GET"))["refused"]["user_batch_get"] == {"99991672": 1}


async def test_a_name_is_known_to_every_process(product: Product, directory: Directory) -> None:
    alice = OpenId(product.id(ALICE))
    await directory.names([alice])
    other = Directory(product.parts.feishu, People(product.parts.connection, "cli_sandbox"))

    assert await other.recall([alice, OpenId("ou_x")]) == {alice: "陈爱丽"}
    assert await calls(product, "user_batch_get") == 1


# -- on call or not ----------------------------------------------------------------------------------------------------

TURNS = parse_team(
    """
    people:
      alice: {email: alice@example.com}
      bob: {email: bob@example.com}
      known: {open_id: ou_known}
    schedules:
      turns: {timezone: UTC, layers: [{starts: 2026-01-05, people: [known, alice]}]}
      later: {timezone: UTC, layers: [{starts: 2099-01-05, people: [known]}]}
    route: {}
    """
)
TUESDAY = datetime(2026, 1, 6, 12, tzinfo=UTC)


async def test_somebody_is_on_call_or_is_told_when_they_are_next(product: Product, directory: Directory) -> None:
    alice = OpenId(product.id(ALICE))
    await directory.open_ids(list(TURNS.people.values()))

    assert await directory.duty(OpenId("ou_known"), TURNS, TUESDAY) == Duty(is_on_call=True)
    assert await directory.duty(alice, TURNS, TUESDAY) == Duty(next_shift_at=datetime(2026, 1, 12, 9, tzinfo=UTC))
    assert await directory.duty(OpenId(product.id(BOB)), TURNS, TUESDAY) == Duty()
    assert await directory.duty(OpenId("ou_stranger"), TURNS, TUESDAY) == Duty()

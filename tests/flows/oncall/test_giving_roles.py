"""Who has the roles that a route gives: the first of those who are meant and whom Feishu knows."""

from datetime import UTC, datetime

import pytest

from alertbridge.config import parse_team
from alertbridge.core.incidents.incident import Incident
from alertbridge.core.oncall.policy import Target, parse_target
from alertbridge.core.oncall.role import Role
from alertbridge.flows.oncall.giving_roles import look_up_roles
from alertbridge.flows.oncall.people import Directory
from tests.builders import a_route, an_incident, an_opening
from tests.web.service import ALICE, BOB, Product

MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)
TEAM = parse_team(
    """
    people:
      alice: {email: alice@example.com}
      bob: {email: bob@example.com}
      ghost: {email: nobody@example.com}
    teams: {press: {people: [ghost, bob]}}
    schedules:
      writing: {timezone: UTC, layers: [{rotation: daily, starts: 2026-01-01, people: [alice]}]}
    route: {}
    """
)


def incident_with(**roles: str) -> Incident:
    return an_incident(opening=an_opening(a_route(roles={Role(role): said(target) for role, target in roles.items()})))


def said(text: str) -> Target:
    target = parse_target(text)
    assert target is not None
    return target


@pytest.fixture
def directory(product: Product) -> Directory:
    return product.parts.directory


async def test_the_first_whom_feishu_knows_has_the_role(product: Product, directory: Directory) -> None:
    incident = incident_with(comms="team:press", scribe="schedule:writing")

    found = await look_up_roles(incident, TEAM, directory, MONDAY)

    assert found == {Role.COMMS: product.id(BOB), Role.SCRIBE: product.id(ALICE)}


async def test_who_cannot_be_found_has_none(directory: Directory) -> None:
    assert await look_up_roles(incident_with(scribe="person:ghost"), TEAM, directory, MONDAY) == {}


async def test_while_feishu_is_away_it_is_asked_again(product: Product, directory: Directory) -> None:
    await product.fail("user_batch_get_id", "server_error", times=9)

    assert await look_up_roles(incident_with(scribe="person:alice"), TEAM, directory, MONDAY) is None

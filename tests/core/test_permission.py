"""Who may ask for what."""

from dataclasses import replace

import pytest

from alertbridge.core.change import Answer, Change
from alertbridge.core.command import Verb
from alertbridge.core.ids import OpenId
from alertbridge.core.incident import Incident
from alertbridge.core.lifecycle import observe
from alertbridge.core.permission import RESTRICTED, may, responders
from alertbridge.core.route import Restrict
from tests.builders import ALICE, BOB, CAROL, DAVE, a_command, a_policy, a_route, a_settled_incident, an_incident

STRICT = a_route(policy=a_policy(restrict=Restrict.RESPONDERS))


def led_by_dave(**changes: object) -> Incident:
    """Alice and Bob were called, Dave leads, Carol is a manager."""
    incident = replace(a_settled_incident(STRICT), lead=DAVE)
    assert incident.chat is not None
    return replace(incident, chat=replace(incident.chat, managers=frozenset({CAROL})), **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("verb", Verb)
def test_everybody_may_ask_for_everything_unless_the_route_says_otherwise(verb: Verb) -> None:
    assert may(a_settled_incident(), verb, OpenId("ou_guest"))


@pytest.mark.parametrize("verb", Verb)
def test_a_strict_route_leaves_what_ends_an_incident_to_those_who_were_called(verb: Verb) -> None:
    assert may(led_by_dave(), verb, OpenId("ou_guest")) is (verb not in RESTRICTED)


@pytest.mark.parametrize("by", [ALICE, BOB, CAROL, DAVE, None])
def test_people_on_call_the_lead_managers_and_the_operator_may(by: OpenId | None) -> None:
    assert may(led_by_dave(), Verb.RESOLVE, by)


def test_where_nobody_was_called_everybody_may() -> None:
    assert may(replace(an_incident(STRICT), responders=()), Verb.RESOLVE, OpenId("ou_guest"))


def test_without_a_group_those_who_were_called_are_the_responders() -> None:
    assert responders(an_incident(STRICT)) == {ALICE, BOB}


def test_who_may_not_is_told_so_and_nothing_changes() -> None:
    incident = led_by_dave()

    change = observe(incident, a_command(Verb.RESOLVE, OpenId("ou_guest")))

    assert change == Change(incident, answer=Answer.NOT_ALLOWED)

"""Who may ask for what."""

from dataclasses import replace
from typing import Any

import pytest

from alertbridge.core.alerts.route import Restrict
from alertbridge.core.chats.chat import FormKind, Picture
from alertbridge.core.groups.looking import compare, doubt
from alertbridge.core.ids import EntryId, OpenId
from alertbridge.core.incidents.change import Answer, Change
from alertbridge.core.incidents.command import Command, Entry, FormAsked, FormCancelled, Verb, Via
from alertbridge.core.incidents.incident import Incident, Status
from alertbridge.core.incidents.permission import RESTRICTED, is_stranger, may, responders
from alertbridge.core.lifecycle import observe
from tests.builders import (
    ALICE,
    BOB,
    CARD,
    CAROL,
    DAVE,
    T,
    a_command,
    a_policy,
    a_route,
    a_settled_incident,
    after,
    an_incident,
)

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


# -- strangers ---------------------------------------------------------------------------------------------------------


def listed(**changes: Any) -> Incident:
    """Alice and Bob are in the group, says its list of members."""
    incident = a_settled_incident()
    assert incident.chat is not None
    return replace(incident, chat=replace(incident.chat, listed_at=T, **changes))


def pressed(by: OpenId | None = CAROL) -> Command:
    return a_command(Verb.RESOLVE, by, at=after(1), message=CARD)


@pytest.mark.parametrize(
    "entry",
    [
        pressed(),
        FormAsked(id=EntryId("e"), at=after(1), form=FormKind.NOTE, by=CAROL, message=CARD),
        FormCancelled(id=EntryId("e"), at=after(1), by=CAROL, message=CARD),
    ],
)
def test_who_is_not_in_the_group_changes_nothing_but_is_looked_for(entry: Entry) -> None:
    change = observe(listed(), entry)

    assert change == Change(listed(is_doubted=True), answer=Answer.STRANGER)


def test_who_came_unheard_is_found_by_the_look_and_may_press_again() -> None:
    refused = observe(listed(), pressed()).incident

    seen = Picture(name="x", description="", owner=None, managers=frozenset(), members=frozenset({ALICE, BOB, CAROL}))
    found = compare(refused, seen, after(2)).incident

    assert observe(found, pressed()).answer is Answer.DONE


@pytest.mark.parametrize("by", [ALICE, None])
def test_members_and_the_operator_are_no_strangers(by: OpenId | None) -> None:
    assert not is_stranger(listed(), by)


@pytest.mark.parametrize(
    "incident",
    [
        a_settled_incident(),
        an_incident(),
        listed(is_standing=True),
        replace(listed(), is_closing=True),
        replace(listed(), status=Status.CLOSED),
        replace(listed(), lead=CAROL),
    ],
)
def test_nobody_is_a_stranger_where_members_are_not_listed_or_who_was_called(incident: Incident) -> None:
    assert not is_stranger(incident, CAROL)


def test_what_is_said_in_the_group_was_said_by_a_member() -> None:
    assert observe(listed(), a_command(Verb.NOTE, CAROL, text="x", via=Via.CHAT)).answer is Answer.DONE


def test_without_a_group_there_is_nothing_to_look_at() -> None:
    assert doubt(an_incident()) == an_incident()

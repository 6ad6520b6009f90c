"""In triage those who would be called are told by a direct message, once; nobody is buzzed."""

from dataclasses import replace
from typing import Any

from alertbridge.core.chats.action import PageDirectly
from alertbridge.core.chats.outcome import Sent
from alertbridge.core.groups import facts, planner
from alertbridge.core.ids import MessageId
from alertbridge.core.incidents.command import Verb
from alertbridge.core.incidents.heads_up import give_heads_up
from alertbridge.core.incidents.incident import Incident
from alertbridge.core.lifecycle import elapse, observe
from tests.builders import (
    ALICE,
    BOB,
    T,
    a_command,
    a_policy,
    a_route,
    after,
    an_incident,
    seconds_after,
    wanted_of,
)

WAITING = a_route(policy=a_policy(wait_seconds=120))


def young(**changes: Any) -> Incident:
    """In triage since T; it is known who would be called."""
    return give_heads_up(replace(an_incident(WAITING), responders=(ALICE, BOB), **changes), T)


def test_each_is_told_once_and_nobody_is_buzzed() -> None:
    incident = elapse(young(), T).incident

    planned = planner.plan(incident, wanted_of(incident), T).actions
    assert [(type(action), action.person) for action in planned if isinstance(action, PageDirectly)] == [
        (PageDirectly, ALICE),
        (PageDirectly, BOB),
    ]
    for action in planned:
        told = facts.record(incident, action, Sent(message=MessageId(action.key), form="interactive"), seconds_after(1))
        incident = told.incident
    assert incident.pages == ()
    assert planner.plan(incident, wanted_of(incident), seconds_after(2)).actions == ()


def test_once_it_has_left_triage_its_group_tells_it() -> None:
    fired_on = elapse(young(), after(2)).incident
    acked = observe(young(), a_command(Verb.ACK, ALICE, at=seconds_after(1))).incident

    assert fired_on.pages == elapse(acked, seconds_after(1)).incident.pages == ()


def test_in_quiet_hours_and_with_a_group_nobody_is_told_so() -> None:
    assert young(quiet_until=after(60)).pages == ()
    assert give_heads_up(replace(an_incident(), responders=(ALICE,)), T).pages == ()
    assert give_heads_up(an_incident(WAITING, responders=None), T).pages == ()

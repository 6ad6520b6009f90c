"""Roles: who tells the others, who writes down, beside the one who leads."""

from dataclasses import replace

import pytest

from alertbridge.core.chats import action as act
from alertbridge.core.chats.chat import SayingKind
from alertbridge.core.groups import planner
from alertbridge.core.ids import MessageId, OpenId
from alertbridge.core.incidents.change import Answer, Change
from alertbridge.core.incidents.command import Verb, Via
from alertbridge.core.incidents.incident import Incident, Status
from alertbridge.core.incidents.roles import awaits_roles, take_roles
from alertbridge.core.lifecycle import observe
from alertbridge.core.oncall.policy import Target, TargetKind
from alertbridge.core.oncall.role import Role
from alertbridge.core.timeline import Happening, TimelineLine
from tests.builders import (
    ALICE,
    BOB,
    CAROL,
    DAVE,
    INCIDENT,
    a_command,
    a_route,
    a_settled_incident,
    acknowledged,
    after,
    left,
    recovered,
    wanted_of,
)

FIRING = a_settled_incident()


def given(incident: Incident, role: Role | None, to: OpenId | None, *, minute: int = 5, via: Via = Via.CARD) -> Change:
    asked = a_command(Verb.ROLE, ALICE, at=after(minute), to=to, via=via)
    return observe(incident, replace(asked, role=role, reply_to=MessageId("om_asked") if via is not Via.CARD else None))


def test_who_gets_a_role_is_asked_into_the_group_and_named() -> None:
    change = given(FIRING, Role.SCRIBE, CAROL)

    assert change.incident.roles == {Role.SCRIBE: CAROL}
    assert change.lines == (
        TimelineLine(at=after(5), what=Happening.ROLE, by=ALICE, text="scribe", details={"to": CAROL}),
    )
    (told,) = change.incident.outbox
    assert (told.kind, told.who, told.text) == (SayingKind.ROLE, CAROL, "scribe")
    planned = planner.plan(change.incident, wanted_of(change.incident), after(6))
    added = [action for action in planned.actions if isinstance(action, act.AddMembers)]
    assert [action.people for action in added] == [(CAROL,)]


def test_a_role_has_one_holder_and_nobody_manages_the_group_by_it() -> None:
    change = given(given(FIRING, Role.COMMS, CAROL).incident, Role.COMMS, DAVE, minute=6)

    assert change.incident.roles == {Role.COMMS: DAVE}
    assert DAVE not in wanted_of(change.incident).managers


def test_the_lead_is_a_role_like_assigning() -> None:
    change = given(acknowledged(FIRING, ALICE), Role.LEAD, BOB)

    assert (change.incident.lead, change.incident.status) == (BOB, Status.FIRING)
    assert change.incident.roles == {}
    assert change.incident.outbox[-1].kind is SayingKind.ASSIGN


@pytest.mark.parametrize(
    ("role", "to", "answer"),
    [
        (None, BOB, Answer.INCOMPLETE),
        (Role.SCRIBE, None, Answer.INCOMPLETE),
        (Role.LEAD, ALICE, Answer.ALREADY_SO),
        (Role.COMMS, BOB, Answer.ALREADY_SO),
    ],
)
def test_what_is_so_or_not_whole_changes_nothing(role: Role | None, to: OpenId | None, answer: Answer) -> None:
    incident = given(acknowledged(FIRING, ALICE), Role.COMMS, BOB).incident

    assert given(incident, role, to, minute=7) == Change(incident, answer=answer)


@pytest.mark.parametrize(("via", "reply_to"), [(Via.CHAT, MessageId("om_asked")), (Via.DIRECT, None)])
def test_the_group_is_told_where_it_was_asked_with_a_quote(via: Via, reply_to: MessageId | None) -> None:
    assert given(FIRING, Role.SCRIBE, CAROL, via=via).incident.outbox[-1].reply_to == reply_to


def test_who_asks_to_leave_has_no_role_any_more() -> None:
    incident = given(FIRING, Role.SCRIBE, BOB).incident

    assert observe(incident, a_command(Verb.LEAVE, BOB, at=after(6))).incident.roles == {}


def test_who_leaves_is_brought_back_once_and_then_has_no_role_any_more() -> None:
    incident = given(FIRING, Role.SCRIBE, BOB).incident

    once = observe(incident, left(after(6), BOB)).incident
    assert once.roles == {Role.SCRIBE: BOB}
    assert once.chat is not None
    back = replace(once, chat=replace(once.chat, members=once.chat.members | {BOB}))
    assert observe(back, left(after(7), BOB)).incident.roles == {}


def test_who_left_and_gets_a_role_is_asked_for_again() -> None:
    going = observe(FIRING, a_command(Verb.LEAVE, BOB, at=after(4))).incident

    change = given(going, Role.SCRIBE, BOB)

    assert change.incident.chat is not None
    assert change.incident.chat.away == frozenset()


# -- by policy ---------------------------------------------------------------------------------------------------------

GIVEN = a_settled_incident(a_route(roles={Role.SCRIBE: Target(TargetKind.PERSON, "carol")}))


def test_the_roles_of_a_route_are_given_once() -> None:
    assert awaits_roles(GIVEN)

    change = take_roles(GIVEN, {Role.SCRIBE: CAROL}, after(1))

    assert change.incident.roles == {Role.SCRIBE: CAROL}
    assert change.lines == (TimelineLine(at=after(1), what=Happening.ROLE, text="scribe", details={"to": CAROL}),)
    assert not awaits_roles(change.incident)


def test_what_a_person_decided_meanwhile_stays() -> None:
    decided = given(GIVEN, Role.SCRIBE, DAVE).incident

    assert take_roles(decided, {Role.SCRIBE: CAROL}, after(6)).incident.roles == {Role.SCRIBE: DAVE}


@pytest.mark.parametrize(
    "incident", [FIRING, replace(GIVEN, responders=None), recovered(GIVEN), replace(GIVEN, folded_in=INCIDENT)]
)
def test_nobody_gets_a_role_where_none_is_given_or_the_incident_is_not_worked_on(incident: Incident) -> None:
    assert not awaits_roles(incident)

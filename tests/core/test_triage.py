"""Triage: what does not fire for long has no group, and nobody hears of it."""

from dataclasses import replace

import pytest

from alertbridge.core.chats.card import State
from alertbridge.core.groups.blueprint import blueprint, state_of
from alertbridge.core.groups.planner import Plan, is_ready_to_close, plan
from alertbridge.core.incidents.command import Verb
from alertbridge.core.incidents.incident import Incident, Status
from alertbridge.core.lifecycle import elapse, next_due, observe, open_incident
from alertbridge.core.timeline import Happening
from tests.builders import (
    ALICE,
    BOB,
    INCIDENT,
    INSTALL,
    T,
    a_command,
    a_policy,
    a_route,
    after,
    an_alert,
    an_incident,
    an_opening,
    received,
    recovered,
    wanted_of,
)

WAITING = a_route(policy=a_policy(wait_seconds=120))


def young() -> Incident:
    """In triage since T."""
    return an_incident(WAITING)


def has_group(incident: Incident) -> bool:
    return blueprint(incident, INSTALL).exists


def test_a_route_that_waits_opens_its_incidents_in_triage() -> None:
    opened = open_incident(INCIDENT, 7, an_opening(WAITING), T).incident

    assert (opened.status, opened.opens_at) == (Status.TRIAGE, after(2))
    assert state_of(opened) is State.TRIAGE


def test_it_has_no_group_before_its_time_and_is_woken_then() -> None:
    incident = elapse(young(), after(1)).incident

    assert not has_group(incident)
    assert plan(incident, wanted_of(incident), after(1)) == Plan()
    assert next_due(incident, after(1)) == after(2)


def test_what_fires_long_enough_gets_a_group() -> None:
    change = elapse(young(), after(2))

    assert (change.incident.status, change.incident.status_at) == (Status.FIRING, after(2))
    assert change.incident.opened_at == T
    assert has_group(change.incident)
    assert [line.what for line in change.lines] == [Happening.GROUP_DUE]


def test_what_recovers_before_ends_without_a_group() -> None:
    over = recovered(young(), after(1))
    assert over.status is Status.RESOLVED

    ended = elapse(over, after(1)).incident

    assert is_ready_to_close(ended, wanted_of(ended))
    assert not has_group(ended)


def test_what_fires_again_before_it_is_closed_waits_anew() -> None:
    again = observe(recovered(young(), after(1)), received(an_alert(starts_at=after(1.5)), at=after(1.5)))

    assert (again.incident.status, again.incident.opens_at) == (Status.TRIAGE, after(3.5))
    assert (again.incident.closes_at, again.incident.reopened) == (None, 1)
    assert Happening.REOPENED in [line.what for line in again.lines]


@pytest.mark.parametrize(
    ("verb", "status", "line"),
    [
        (Verb.OPEN, Status.FIRING, Happening.GROUP_DUE),
        (Verb.ACK, Status.ACKNOWLEDGED, Happening.ACKNOWLEDGED),
        (Verb.ASSIGN, Status.FIRING, Happening.ASSIGNED),
    ],
)
def test_who_acts_does_not_wait(verb: Verb, status: Status, line: Happening) -> None:
    change = observe(young(), a_command(verb, ALICE, at=after(1), to=BOB))

    assert (change.incident.status, change.incident.opens_at) == (status, None)
    assert has_group(change.incident)
    assert [told.what for told in change.lines] == [line]


def test_what_a_person_writes_down_does_not_end_the_wait() -> None:
    noted = observe(young(), replace(a_command(Verb.NOTE), text="looking")).incident

    assert (noted.status, noted.opens_at) == (Status.TRIAGE, after(2))


def test_a_person_can_end_it_and_take_that_back() -> None:
    done = observe(young(), a_command(Verb.RESOLVE, at=after(1))).incident
    assert (done.status, done.closes_at) == (Status.RESOLVED, after(1))

    reopened = observe(done, a_command(Verb.REOPEN, at=after(1))).incident

    assert (reopened.status, reopened.opens_at) == (Status.FIRING, None)


def test_its_severity_follows_its_alerts() -> None:
    worse = observe(young(), received(an_alert("Worse", labels={"severity": "info"}), at=after(1))).incident

    assert (worse.status, str(worse.severity)) == (Status.TRIAGE, "P1")

"""A source that says one thing and then the other: told once, then quiet until it is steady."""

from dataclasses import replace
from datetime import datetime, timedelta

from alertbridge.core.chats.card import State, Tag
from alertbridge.core.chats.chat import SayingKind
from alertbridge.core.groups.blueprint import blueprint
from alertbridge.core.groups.planner import FLAPPING_EDIT_GAP, plan
from alertbridge.core.incidents.command import Verb
from alertbridge.core.incidents.incident import Incident, Status
from alertbridge.core.lifecycle import close, elapse, next_due, observe
from alertbridge.core.timeline import Happening
from tests.builders import (
    ALICE,
    BOB,
    INSTALL,
    T,
    a_command,
    a_policy,
    a_route,
    a_settled_incident,
    acknowledged,
    after,
    an_alert,
    quiet,
    received,
    recovered,
    resolved,
    wanted_of,
)

STEADY = timedelta(minutes=30)


def refired(incident: Incident, at: datetime) -> Incident:
    """It fires again."""
    return observe(incident, received(an_alert(starts_at=at), at=at)).incident


def flipping(times: int, *, every: float = 5, steady_seconds: int = 1800) -> Incident:
    """Resolved and reopened by its source in turn, the first time at T, everything said."""
    incident = a_settled_incident(a_route(policy=a_policy(steady_seconds=steady_seconds)))
    for number in range(times):
        flip = refired if number % 2 else recovered
        incident = quiet(flip(incident, after(number * every)))
    return incident


def kinds(incident: Incident) -> list[SayingKind]:
    return [saying.kind for saying in incident.outbox]


# -- when it begins ----------------------------------------------------------------------------------------------------


def test_the_fourth_flip_in_an_hour_is_told_as_flapping_and_not_as_what_it_is() -> None:
    before = flipping(3)
    assert not before.is_flapping

    change = observe(before, received(an_alert(starts_at=after(15)), at=after(15)))

    assert change.incident.status is Status.FIRING
    assert change.incident.is_flapping
    (said,) = change.incident.outbox
    assert (said.kind, said.count, said.seconds) == (SayingKind.FLAP, 4, 1800)
    assert [line.what for line in change.lines][-2:] == [Happening.FLAPPING, Happening.REOPENED]


def test_a_recovery_can_be_the_fourth_flip() -> None:
    incident = refired(a_settled_incident(), T)
    for number in range(4):
        flip = refired if number % 2 else recovered
        incident = flip(incident, after(number))
    fifth = recovered(replace(incident, is_flapping=False, outbox=()), after(4))

    assert (fifth.status, fifth.is_flapping, kinds(fifth)) == (Status.RESOLVED, True, [SayingKind.FLAP])


def test_four_flips_that_are_spread_over_more_than_an_hour_are_told_one_by_one() -> None:
    incident = refired(flipping(3, every=25), after(75))

    assert not incident.is_flapping
    assert kinds(incident) == [SayingKind.REOPENED]


def test_what_people_resolve_and_reopen_is_no_flip() -> None:
    incident = a_settled_incident()
    for number in range(6):
        verb = Verb.REOPEN if number % 2 else Verb.RESOLVE
        incident = observe(incident, a_command(verb, at=after(number))).incident
    incident = observe(incident, a_command(Verb.RESOLVE, at=after(7))).incident
    incident = refired(incident, after(8))

    assert incident.flips == ()
    assert not incident.is_flapping


def test_a_route_can_have_every_flip_told() -> None:
    incident = refired(flipping(3, steady_seconds=0), after(15))

    assert not incident.is_flapping
    assert kinds(incident) == [SayingKind.REOPENED]


# -- while it lasts ----------------------------------------------------------------------------------------------------


def test_no_flip_is_told_but_each_stands_on_the_timeline() -> None:
    over = observe(flipping(4), received(resolved(an_alert(starts_at=after(15)), at=after(17)), at=after(17)))
    again = observe(over.incident, received(an_alert(starts_at=after(18)), at=after(18)))

    assert over.incident.status is Status.RESOLVED
    assert again.incident.status is Status.FIRING
    assert again.incident.outbox == ()
    assert Happening.RESOLVED in [line.what for line in over.lines]
    assert Happening.REOPENED in [line.what for line in again.lines]


def test_the_name_says_firing_all_the_while_and_the_card_what_is_true() -> None:
    incident = recovered(flipping(4), after(16))

    wanted = blueprint(incident, INSTALL)

    assert "[firing]" in wanted.name["en"]
    assert wanted.avatar == "p1"
    assert wanted.card is not None
    assert (wanted.card.state, wanted.card.tags) == (State.RESOLVED, (Tag.FLAPPING,))


def test_what_a_person_resolves_is_said_and_named_so_and_its_refire_is_told() -> None:
    done = observe(flipping(4), a_command(Verb.RESOLVE, BOB, at=after(16))).incident
    assert kinds(done) == [SayingKind.RESOLVED]
    assert "[resolved]" in blueprint(done, INSTALL).name["en"]

    assert kinds(refired(quiet(done), after(17))) == [SayingKind.REOPENED]


def test_its_countdown_begins_when_it_is_steady() -> None:
    incident = recovered(flipping(4), after(16))

    assert incident.closes_at == after(16 + 30 + 60)


def test_edits_of_its_card_are_gathered_for_a_minute_but_not_what_a_person_pressed() -> None:
    settled = a_settled_incident(at=after(16), flips=(after(15),), is_flapping=True)
    over = quiet(recovered(settled, after(16.1)))
    pressed = quiet(acknowledged(settled, ALICE, after(16.1)))

    def is_edited(incident: Incident, at: datetime) -> bool:
        return "edit_card" in [action.key for action in plan(incident, wanted_of(incident), at).actions]

    assert not is_edited(over, after(16.9))
    assert is_edited(over, after(16) + FLAPPING_EDIT_GAP)
    assert is_edited(pressed, after(16.2))


# -- when it ends ------------------------------------------------------------------------------------------------------


def test_a_flip_puts_the_end_off() -> None:
    incident = recovered(flipping(4), after(40))

    assert elapse(incident, after(15) + STEADY).incident.is_flapping
    assert next_due(incident, after(41)) == after(40) + STEADY


def test_once_it_is_steady_a_recovery_that_was_not_told_is_told() -> None:
    change = elapse(recovered(flipping(4), after(20)), after(20) + STEADY)

    assert not change.incident.is_flapping
    assert change.incident.flips == ()
    (said,) = change.incident.outbox
    assert (said.kind, said.at, said.seconds) == (SayingKind.RESOLVED, after(20 + 30 + 60), 20 * 60)
    assert [line.what for line in change.lines] == [Happening.STEADY]
    assert "[resolved]" in blueprint(change.incident, INSTALL).name["en"]


def test_once_it_is_steady_and_fires_nothing_is_said() -> None:
    change = elapse(flipping(4), after(15) + STEADY)

    assert not change.incident.is_flapping
    assert change.incident.outbox == ()
    assert blueprint(change.incident, INSTALL).card is not None


def test_a_closed_incident_does_not_flap() -> None:
    ended = close(replace(recovered(flipping(4), after(20)), closes_at=after(21)), after(21)).incident

    assert (ended.is_flapping, ended.flips) == (False, ())

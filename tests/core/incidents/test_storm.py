"""A storm: what is folded has no group, its umbrella says how all of it stands and lasts until all of it is over."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from alertbridge.core.alerts.route import StormPolicy
from alertbridge.core.chats.card import Button, NextKind, State, StormRow, StormView
from alertbridge.core.chats.chat import SayingKind
from alertbridge.core.groups.blueprint import blueprint, state_of
from alertbridge.core.groups.planner import STORM_EDIT_GAP, Plan, plan
from alertbridge.core.ids import IncidentId
from alertbridge.core.incidents.change import Answer
from alertbridge.core.incidents.command import Verb
from alertbridge.core.incidents.incident import Fold, Incident, Status
from alertbridge.core.incidents.obey import legal
from alertbridge.core.incidents.storm import ROWS, Storm, fold_of, passed_on, roll_up, seconds_to_unfold, unfold_orphan
from alertbridge.core.lifecycle import elapse, next_due, observe, open_incident
from alertbridge.core.severity import Severity
from alertbridge.core.spoken.answers import status
from alertbridge.core.timeline import Happening
from tests.builders import (
    ALICE,
    BOB,
    INCIDENT,
    INSTALL,
    T,
    a_command,
    a_finished_chat,
    a_policy,
    a_route,
    after,
    an_alert,
    an_opening,
    quiet,
    received,
    recovered,
    wanted_of,
)

UMBRELLA = IncidentId("01JD4ZK5M8Q0V7R3X9T2B6N1HB")
ROUTE = a_route(policy=a_policy(wait_seconds=120), storm=StormPolicy(above=30, steady_seconds=600))


def an_umbrella() -> Incident:
    """One that has just been opened."""
    opening = an_opening(ROUTE, is_umbrella=True, group_labels={})
    return replace(open_incident(UMBRELLA, 1500, opening, T).incident, responders=(ALICE, BOB))


def a_fold(number: int, status: Status = Status.FIRING, severity: Severity | None = Severity.P3) -> Fold:
    return Fold(number=number, status=status, severity=severity, title=f"problem {number}")


def a_storm(*folds: Fold, above_at: datetime | None = T) -> Storm:
    return Storm(folds={IncidentId(f"01{fold.number:024d}"): fold for fold in folds}, above_at=above_at)


def rolled_up(*folds: Fold, at: datetime = T, above_at: datetime | None = T) -> Incident:
    """The umbrella over these, with a group that is as it should be."""
    umbrella = roll_up(an_umbrella(), a_storm(*folds, above_at=above_at), at).incident
    return replace(umbrella, chat=a_finished_chat(umbrella, at))


def a_folded(*, severity: str = "warning") -> Incident:
    """One under the umbrella."""
    opened = open_incident(INCIDENT, 1423, an_opening(ROUTE), T, folded_in=UMBRELLA).incident
    return observe(opened, received(an_alert(labels={"severity": severity}))).incident


# -- one that is folded ------------------------------------------------------------------------------------------------


def test_what_is_folded_has_no_group_and_does_not_wait_in_triage() -> None:
    incident = a_folded()

    assert incident.status is Status.FIRING
    assert not blueprint(incident, INSTALL).exists
    assert plan(incident, wanted_of(incident), after(1)) == Plan()


def test_its_umbrella_is_told_how_it_stands() -> None:
    fold = fold_of(a_folded(), "checkout")

    assert fold == Fold(number=1423, status=Status.FIRING, severity=Severity.P3, title="checkout")
    assert fold_of(replace(a_folded(), folded_in=None), "checkout") is None


def test_a_person_can_give_it_a_group_of_its_own() -> None:
    change = observe(a_folded(), a_command(Verb.UNFOLD, BOB))

    assert change.incident.folded_in is None
    assert blueprint(change.incident, INSTALL).exists
    assert [line.what for line in change.lines] == [Happening.UNFOLDED]


def test_one_that_becomes_p1_gets_a_group_of_its_own() -> None:
    change = observe(a_folded(), received(an_alert("Worse", labels={"severity": "critical"}), at=after(1)))

    assert change.incident.folded_in is None
    assert [(line.what, line.text) for line in change.lines][-1] == (Happening.UNFOLDED, "p1")


def test_one_whose_umbrella_is_closed_gets_a_group_only_while_it_burns() -> None:
    burning = unfold_orphan(a_folded(), after(1))
    over = unfold_orphan(recovered(a_folded(), after(1)), after(1))

    assert burning.incident.folded_in is None
    assert [(line.what, line.text) for line in burning.lines] == [(Happening.UNFOLDED, "orphan")]
    assert over.incident.folded_in == UMBRELLA


def test_only_in_a_storm_there_is_something_to_unfold() -> None:
    assert Verb.UNFOLD in legal(a_folded())
    assert Verb.UNFOLD not in legal(recovered(a_folded(), after(1)))
    assert Verb.UNFOLD not in legal(replace(a_folded(), folded_in=None))


def test_where_nothing_is_folded_any_more_there_is_nothing_to_unfold() -> None:
    umbrella = rolled_up(a_fold(1, status=Status.CLOSED))

    assert observe(umbrella, a_command(Verb.UNFOLD, BOB)).answer is Answer.ALREADY_SO


# -- its umbrella ------------------------------------------------------------------------------------------------------


def test_an_umbrella_counts_what_is_under_it_and_is_as_bad_as_the_worst() -> None:
    umbrella = rolled_up(
        a_fold(1),
        a_fold(2, severity=Severity.P2),
        a_fold(3, Status.ACKNOWLEDGED),
        a_fold(4, Status.RESOLVED, Severity.P2),
        a_fold(5, severity=None),
    )

    assert umbrella.roll_up is not None
    assert (umbrella.roll_up.total, umbrella.roll_up.open, umbrella.roll_up.acked) == (5, 4, 1)
    assert [row.number for row in umbrella.roll_up.rows] == [2, 1, 3, 5]
    assert (umbrella.severity, state_of(umbrella)) == (Severity.P2, State.STORM)


def test_its_name_and_card_say_so() -> None:
    wanted = wanted_of(rolled_up(a_fold(1), a_fold(2)))

    assert wanted.name == {
        "zh": "[P3][告警风暴] payments：2 起 (#1500)",
        "en": "[P3][storm] payments: 2 incidents (#1500)",
    }
    assert wanted.card is not None
    assert wanted.card.storm == StormView(
        total=2,
        open=2,
        acked=0,
        rows=tuple(StormRow(number=n, severity=Severity.P3, title=f"problem {n}") for n in (1, 2)),
        above=30,
        steady_seconds=600,
    )
    assert wanted.card.next.kind is NextKind.STORM
    assert wanted.card.buttons == (Button.ACK_ALL, Button.UNFOLD)


def test_before_it_has_counted_it_offers_to_acknowledge_all() -> None:
    card = wanted_of(an_umbrella()).card

    assert card is not None
    assert (card.storm, card.buttons, card.next.kind) == (
        None,
        (Button.ACK_ALL, Button.UNFOLD),
        NextKind.WAIT_RECOVERY,
    )


def test_the_card_names_ten() -> None:
    umbrella = rolled_up(*(a_fold(number) for number in range(1, 40)))

    assert umbrella.roll_up is not None
    assert len(umbrella.roll_up.rows) == ROWS


def test_what_stands_as_before_is_no_change() -> None:
    umbrella = rolled_up(a_fold(1))

    assert roll_up(umbrella, a_storm(a_fold(1)), after(1)).incident == umbrella


def test_a_person_decides_its_severity() -> None:
    umbrella = replace(an_umbrella(), has_set_severity=True, severity=Severity.P4)

    assert roll_up(umbrella, a_storm(a_fold(1)), T).incident.severity is Severity.P4


def test_its_edits_are_gathered_for_ten_seconds_and_none_only_renews_times() -> None:
    before = quiet(rolled_up(a_fold(1)))
    umbrella = roll_up(before, a_storm(a_fold(1), a_fold(2)), T).incident

    planned = plan(umbrella, wanted_of(umbrella), T + timedelta(seconds=9))
    assert "edit_card" not in [action.key for action in planned.actions]
    assert planned.wait_until == T + STORM_EDIT_GAP
    assert elapse(umbrella, after(9)).incident.refreshed == 0


def test_it_ends_when_the_storm_is_over_and_everything_under_it() -> None:
    umbrella = rolled_up(a_fold(1))
    over = (a_fold(1, Status.RESOLVED), a_fold(2, Status.CLOSED))

    assert next_due(umbrella, after(5)) == after(10)
    assert roll_up(umbrella, a_storm(*over), after(9)).incident.status is Status.FIRING
    assert roll_up(umbrella, a_storm(a_fold(1)), after(10)).incident.status is Status.FIRING
    change = roll_up(umbrella, a_storm(*over), after(10))

    assert change.incident.status is Status.RESOLVED
    assert [line.what for line in change.lines] == [Happening.RESOLVED]
    assert [saying.kind for saying in change.incident.outbox] == [SayingKind.RESOLVED]
    card = wanted_of(change.incident).card
    assert card is not None
    assert card.buttons == (Button.KEEP, Button.CLOSE)


def test_what_burns_after_the_storm_is_waited_for() -> None:
    card = wanted_of(rolled_up(a_fold(1), above_at=None)).card

    assert card is not None
    assert card.next.kind is NextKind.WAIT_RECOVERY


@pytest.mark.parametrize("is_closing", [False, True])
def test_what_fires_again_under_it_brings_it_back(is_closing: bool) -> None:
    over = roll_up(rolled_up(a_fold(1)), a_storm(a_fold(1, Status.RESOLVED), above_at=None), after(10)).incident
    over = replace(over, is_closing=is_closing)

    change = roll_up(over, a_storm(a_fold(1), above_at=None), after(11))

    assert (change.incident.status, change.incident.is_closing) == (Status.FIRING, False)
    assert [line.what for line in change.lines] == [Happening.REOPENED]


def test_a_closed_umbrella_stays_closed() -> None:
    closed = replace(an_umbrella(), status=Status.CLOSED)

    assert roll_up(closed, a_storm(a_fold(1)), T).incident is closed


def test_while_it_is_being_closed_there_is_nothing_to_press() -> None:
    closing = replace(rolled_up(a_fold(1)), status=Status.RESOLVED, closes_at=T, is_closing=True)
    card = wanted_of(closing).card

    assert card is not None
    assert card.buttons == ()


# -- what is asked of all ----------------------------------------------------------------------------------------------


def test_who_acknowledges_an_umbrella_acknowledges_everything_under_it() -> None:
    asked = a_command(Verb.ACK, BOB)

    change = observe(rolled_up(a_fold(1), a_fold(2)), asked)

    assert (change.incident.status, change.incident.lead) == (Status.ACKNOWLEDGED, BOB)
    assert change.incident.orders == (asked,)
    assert state_of(change.incident) is State.STORM
    told = passed_on(asked, a_storm(a_fold(1), a_fold(2, Status.RESOLVED)))
    ((to, command),) = told.items()
    assert (command.verb, command.by, command.id) == (Verb.ACK, BOB, f"{asked.id}:{to}")
    assert passed_on(asked, None) == {}


def test_what_was_folded_since_can_be_acknowledged_too() -> None:
    held = observe(rolled_up(a_fold(1)), a_command(Verb.ACK, BOB)).incident
    all_held = roll_up(held, a_storm(a_fold(1, Status.ACKNOWLEDGED)), T).incident
    not_all = roll_up(held, a_storm(a_fold(1, Status.ACKNOWLEDGED), a_fold(2)), T).incident

    assert observe(all_held, a_command(Verb.ACK, ALICE)).answer is Answer.ALREADY_TAKEN
    assert observe(not_all, a_command(Verb.ACK, ALICE)).answer is Answer.DONE
    card = wanted_of(all_held).card
    assert card is not None
    assert card.buttons == (Button.UNFOLD,)


def test_who_unfolds_an_umbrella_unfolds_everything_under_it() -> None:
    asked = a_command(Verb.UNFOLD, BOB)

    change = observe(rolled_up(a_fold(1)), asked)

    assert change.incident.orders == (asked,)
    assert [line.what for line in change.lines] == [Happening.UNFOLDING]


@pytest.mark.parametrize("verb", [Verb.RESOLVE, Verb.ASSIGN, Verb.SEVERITY, Verb.UNACK, Verb.SILENCE, Verb.REOPEN])
def test_the_rest_is_asked_of_what_is_under_it(verb: Verb) -> None:
    assert observe(rolled_up(a_fold(1)), a_command(verb, BOB, to=ALICE)).answer in (Answer.NOT_NOW, Answer.ALREADY_SO)


def test_asked_for_its_status_it_says_how_many_burn_and_what_ends_it() -> None:
    card = wanted_of(rolled_up(a_fold(1), a_fold(2, Status.RESOLVED))).card
    assert card is not None

    (said,) = status(card, {}, after(4))

    assert said.words["zh"].startswith("P3 告警风暴，已 4 分钟，负责 无人认领，1/2 触发。下一步：速率低于 30/分钟")


def test_many_groups_take_longer_than_one() -> None:
    assert 0 < seconds_to_unfold(1) < seconds_to_unfold(500)

"""The lead is reminded to tell the others how things stand: in time, twice, not when nobody is called anyway."""

from dataclasses import replace
from datetime import datetime

import pytest

from alertbridge.core import lifecycle
from alertbridge.core.chats.chat import Saying, SayingKind
from alertbridge.core.groups import planner
from alertbridge.core.incidents.command import Verb
from alertbridge.core.incidents.incident import Incident
from alertbridge.core.incidents.updates import next_update_at, update_times
from alertbridge.core.lifecycle import elapse, observe
from alertbridge.core.severity import Severity
from alertbridge.core.timeline import Happening
from tests.builders import (
    ALICE,
    BOB,
    a_command,
    a_finished_chat,
    a_route,
    a_settled_incident,
    acknowledged,
    after,
    minutes,
    quiet,
    recovered,
    wanted_of,
)

ROUTE = a_route(updates={Severity.P1: 1800})
FIRING = a_settled_incident(ROUTE)
HELD = quiet(acknowledged(FIRING, ALICE, at=after(10)))
"""Acknowledged at minute 10; an update is expected by minute 40."""


def reminders(incident: Incident) -> list[Saying]:
    return [saying for saying in incident.outbox if saying.kind is SayingKind.UPDATE_DUE]


def at_minutes(incident: Incident, *times: float) -> Incident:
    for minute in times:
        incident = elapse(incident, after(minute)).incident
    return incident


def updated(incident: Incident, minute: float) -> Incident:
    return observe(incident, a_command(Verb.UPDATE, ALICE, at=after(minute), text="rolling back")).incident


def test_the_lead_is_reminded_when_nothing_was_told_for_so_long() -> None:
    assert lifecycle.next_due(HELD, after(39)) == after(40)
    assert reminders(at_minutes(HELD, 39.9)) == []

    change = elapse(HELD, after(40))

    (told,) = reminders(change.incident)
    assert (told.to, told.seconds, told.at) == (ALICE, 1800, after(70))
    assert [(line.what, line.details) for line in change.lines] == [(Happening.UPDATE_DUE, {"to": ALICE})]


def test_a_second_reminder_is_the_last() -> None:
    twice = at_minutes(HELD, 40, 41, 70, 71, 100, 200)

    assert [(told.at, told.seconds) for told in reminders(twice)] == [(after(70), 1800), (None, 3600)]
    assert list(update_times(twice)) == []


def test_an_update_begins_anew() -> None:
    told = updated(at_minutes(HELD, 40), 45)

    assert next_update_at(told) == after(75)
    assert len(reminders(at_minutes(told, 74))) == 1
    assert [one.at for one in reminders(at_minutes(told, 75))] == [after(70), after(105)]


def test_who_takes_over_has_as_long_from_then_on() -> None:
    other = observe(at_minutes(updated(HELD, 12), 42), a_command(Verb.ASSIGN, BOB, to=BOB, at=after(50))).incident
    assert next_update_at(other) is None

    taken = acknowledged(other, BOB, at=after(55))

    assert next_update_at(taken) == after(85)


@pytest.mark.parametrize(
    "incident",
    [
        FIRING,
        replace(HELD, severity=Severity.P2),
        replace(HELD, lead=None),
        recovered(HELD, at=after(11)),
        acknowledged(a_settled_incident(), ALICE),
    ],
)
def test_nobody_is_reminded_where_nobody_promised_anything(incident: Incident) -> None:
    assert next_update_at(incident) is None
    assert reminders(at_minutes(incident, 40)) == []


def test_in_quiet_hours_it_waits_for_their_end() -> None:
    asleep = replace(HELD, quiet_until=after(300))

    assert list(update_times(asleep)) == []
    assert next_update_at(asleep) == after(40)


def test_after_an_outage_the_lead_is_reminded_once() -> None:
    late = at_minutes(HELD, 500)

    (told,) = reminders(late)
    assert (told.seconds, told.at) == (490 * 60, after(530))


def test_card_and_announcement_say_when_the_next_update_is_expected() -> None:
    def shown(incident: Incident) -> tuple[datetime | None, str]:
        wanted = wanted_of(incident)
        assert wanted.card is not None
        assert wanted.announcement is not None
        return wanted.card.next_update_at, wanted.announcement[6].text

    assert shown(FIRING) == (None, "下次通报 Next update：")
    assert shown(HELD) == (after(40), "下次通报 Next update：11-22 22:41 (UTC+8)")
    told_at, line = shown(updated(HELD, 20))
    assert told_at == after(50)
    assert line.startswith("进展 Latest update：11-22 22:21 (UTC+8) rolling back · 下次通报 Next update：")
    assert shown(recovered(updated(HELD, 20), at=after(25)))[1].endswith("rolling back")


def test_a_reminder_that_is_out_leaves_nothing_to_do() -> None:
    said = quiet(at_minutes(HELD, 40))
    settled = replace(said, chat=a_finished_chat(said), hold_edits_until=None)

    assert planner.plan(settled, wanted_of(settled), after(40) + minutes(1)).actions == ()

"""Silences: asked for, made, failed, taken back, run out, and what the group and the card say of them."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from alertbridge.core import lifecycle
from alertbridge.core.alerts.route import Restrict
from alertbridge.core.alerts.silence import RETRY_FOR, SHORTEST, Silence, SilenceState
from alertbridge.core.chats import action as act
from alertbridge.core.chats.card import Button, NextKind, Option, State, Tag
from alertbridge.core.chats.chat import Form, FormKind, SayingKind
from alertbridge.core.chats.outcome import Done, Failed, Outcome, SilenceMade
from alertbridge.core.groups import facts, tries
from alertbridge.core.groups.blueprint import state_of
from alertbridge.core.groups.planner import is_over, plan
from alertbridge.core.ids import EntryId, MessageId, OpenId
from alertbridge.core.incidents import silencing
from alertbridge.core.incidents.change import Answer
from alertbridge.core.incidents.command import FormAsked, Verb, Via
from alertbridge.core.incidents.incident import Incident, Status
from alertbridge.core.timeline import Happening
from tests.builders import (
    ALICE,
    BOB,
    T,
    a_chat,
    a_command,
    a_policy,
    a_route,
    acknowledged,
    after,
    an_alert,
    an_incident,
    an_opening,
    closed,
    minutes,
    received,
    resolved,
    wanted_of,
)

MATCHERS = (("service", "checkout"),)


def an_open_incident(**opening: Any) -> Incident:
    """A firing one with a group, whose alerts come from an Alertmanager."""
    incident = an_incident(opening=an_opening(**{"has_alertmanager": True, **opening}))
    return replace(incident, chat=a_chat())


def asked(incident: Incident | None = None, minutes_long: int = 120, **details: Any) -> Incident:
    """Alice wants a silence, a minute after everything began."""
    command = a_command(Verb.SILENCE, at=after(1), seconds=minutes_long * 60, **details)
    change = lifecycle.observe(incident or an_open_incident(), command)
    assert change.answer is Answer.DONE
    return change.incident


def silence_of(incident: Incident) -> Silence:
    assert incident.silence is not None
    return incident.silence


def planned(incident: Incident, minute: float = 1) -> list[act.Action]:
    """What is to be done upstream."""
    actions = plan(incident, wanted_of(incident), after(minute)).actions
    return [action for action in actions if isinstance(action, act.PutSilence | act.EndSilence)]


def came_out(incident: Incident, action: act.Action, outcome: Outcome, minute: float = 1) -> tries.Recorded:
    return facts.record(incident, action, outcome, after(minute))


def made(incident: Incident | None = None, **outcome: Any) -> Incident:
    """The silence is there."""
    incident = incident or asked()
    (put,) = planned(incident)
    done = SilenceMade(**{"cause": silence_of(incident).cause, "id": "s1", **outcome})
    return came_out(incident, put, done).incident


def lifted(incident: Incident | None = None) -> Incident:
    return lifecycle.observe(incident or made(), a_command(Verb.UNSILENCE, BOB, at=after(2))).incident


def said(incident: Incident) -> list[SayingKind]:
    return [saying.kind for saying in incident.outbox]


# -- asked for ---------------------------------------------------------------------------------------------------------


def test_a_silence_matches_the_labels_of_the_group_and_lasts_as_long_as_asked() -> None:
    silence = silence_of(asked(text="deploying"))

    assert silence.matchers == MATCHERS
    assert (silence.asked_at, silence.until) == (after(1), after(121))
    assert (silence.by, silence.reason, silence.state) == (ALICE, "deploying", SilenceState.WANTED)


def test_a_silence_may_be_asked_for_until_a_time() -> None:
    command = a_command(Verb.SILENCE, at=after(1), until=after(40))

    assert silence_of(lifecycle.observe(an_open_incident(), command).incident).until == after(40)


@pytest.mark.parametrize(
    ("minutes_long", "lasts"),
    [(0, SHORTEST), (5 * 24 * 60, timedelta(hours=1))],
)
def test_a_silence_is_neither_too_short_nor_longer_than_its_route_allows(minutes_long: int, lasts: timedelta) -> None:
    incident = an_open_incident(route=a_route(silence_max_seconds=3600))

    assert silence_of(asked(incident, minutes_long)).until == after(1) + lasts


def test_nobody_can_be_asked_for_a_silence_of_alerts_without_an_alertmanager() -> None:
    incident = an_open_incident(has_alertmanager=False)

    change = lifecycle.observe(incident, a_command(Verb.SILENCE, seconds=3600))

    assert (change.answer, change.incident) == (Answer.NO_ALERTMANAGER, incident)


@pytest.mark.parametrize("labels", [{}, {"severity": "critical"}, {"service": ""}])
def test_a_group_that_says_too_little_is_told_by_what_its_alerts_have_in_common(labels: dict[str, str]) -> None:
    opening = an_opening(has_alertmanager=True, group_labels=labels)
    incident = an_incident(None, an_alert("One"), an_alert("Two"), opening=opening)

    assert silencing.matchers_of(incident) == (("service", "checkout"), ("severity", "critical"))


def test_alerts_that_have_nothing_in_common_are_told_by_the_first() -> None:
    opening = an_opening(has_alertmanager=True, group_labels={})
    first = replace(an_alert("One"), labels={"alertname": "One", "severity": "critical"})
    second = replace(an_alert("Two"), labels={"alertname": "Two", "severity": "critical"}, starts_at=after(1))
    incident = an_incident(None, second, first, opening=opening)

    assert silencing.matchers_of(incident) == (("alertname", "One"), ("severity", "critical"))


def test_an_incident_without_alerts_has_nothing_to_match() -> None:
    incident = replace(an_open_incident(group_labels={}), alerts={})

    assert silencing.matchers_of(incident) == ()


# -- asked for on a form -----------------------------------------------------------------------------------------------

FORM = MessageId("om_form")


def form_asked(by: OpenId = ALICE) -> FormAsked:
    return FormAsked(id=EntryId("asked"), at=T, form=FormKind.SILENCE, by=by, message=None)


def test_the_form_shows_what_would_be_matched_and_how_long_it_may_be() -> None:
    change = lifecycle.observe(an_open_incident(route=a_route(silence_max_seconds=3600)), form_asked())

    (form,) = change.incident.outbox
    assert (form.kind, form.matchers, form.seconds) == (SayingKind.SILENCE_FORM, MATCHERS, 3600)


def test_there_is_no_form_for_what_cannot_be_silenced() -> None:
    incident = an_open_incident(has_alertmanager=False)

    assert lifecycle.observe(incident, form_asked()).answer is Answer.NO_ALERTMANAGER
    assert Option.SILENCE not in options_of(incident)
    assert options_of(an_open_incident())[0] is Option.SILENCE


def options_of(incident: Incident) -> tuple[Option, ...]:
    card = wanted_of(incident).card
    assert card is not None
    return card.options


def test_who_may_not_silence_gets_no_form() -> None:
    policy = a_policy(restrict=Restrict.RESPONDERS)
    incident = replace(an_open_incident(route=a_route(policy=policy)), responders=(ALICE,))

    assert lifecycle.observe(incident, form_asked(BOB)).answer is Answer.NOT_ALLOWED
    assert lifecycle.observe(incident, form_asked(ALICE)).answer is Answer.DONE


def test_the_form_becomes_the_record() -> None:
    form = Form(kind=FormKind.SILENCE, message=FORM, ends_at=after(10))
    incident = replace(an_open_incident(), chat=a_chat(forms=(form,)))

    incident = made(asked(incident, message=FORM))

    assert [(saying.kind, saying.edits) for saying in incident.outbox] == [
        (SayingKind.SILENCE_PENDING, FORM),
        (SayingKind.SILENCED, FORM),
    ]
    assert incident.chat is not None
    assert incident.chat.forms == ()


def test_who_asked_in_words_is_answered() -> None:
    incident = made(asked(via=Via.CHAT, reply_to=MessageId("om_asked")))
    assert incident.outbox[-1].reply_to == "om_asked"

    back = a_command(Verb.UNSILENCE, BOB, at=after(2), via=Via.CHAT, reply_to=MessageId("om_back"))
    incident = lifecycle.observe(incident, back).incident
    (end,) = planned(incident, 2)

    assert came_out(incident, end, Done()).incident.outbox[-1].reply_to == "om_back"


# -- made --------------------------------------------------------------------------------------------------------------


def test_a_silence_that_is_there_is_told_with_its_author_end_and_matchers() -> None:
    incident = made(also=(7, 9))

    assert silence_of(incident).state is SilenceState.ACTIVE
    told = incident.outbox[-1]
    assert (told.kind, told.who, told.at, told.matchers, told.also) == (
        SayingKind.SILENCED,
        ALICE,
        after(121),
        MATCHERS,
        (7, 9),
    )
    assert planned(incident) == []


def test_an_incident_whose_alerts_are_all_silenced_says_so() -> None:
    incident = made()
    wanted = wanted_of(incident)

    assert state_of(incident) is State.SILENCED
    assert (wanted.name["zh"], wanted.avatar) == ("[P1][已静默] High5xx: checkout (#1423)", "silenced")
    assert wanted.card is not None
    assert wanted.card.silence is not None
    assert (wanted.card.silence.until, wanted.card.silence.matchers) == (after(121), MATCHERS)
    assert wanted.card.next.kind is NextKind.SILENCE_ENDS
    assert wanted.card.buttons == (Button.UNSILENCE, Button.RESOLVE)


def test_an_acknowledged_incident_is_silenced_too_and_stays_acknowledged() -> None:
    incident = made(asked(acknowledged(an_open_incident())))

    assert (state_of(incident), incident.status) == (State.SILENCED, Status.ACKNOWLEDGED)


def test_an_alert_that_the_silence_does_not_cover_keeps_the_incident_loud() -> None:
    other = an_alert("Elsewhere", labels={"service": "search"})
    incident = lifecycle.observe(made(), received(other, at=after(2))).incident
    card = wanted_of(incident).card

    assert state_of(incident) is State.FIRING
    assert card is not None
    assert card.tags == (Tag.PART_SILENCED,)
    assert card.silence is None


def test_a_silence_that_is_only_wanted_silences_nothing_yet() -> None:
    assert state_of(asked()) is State.FIRING


def test_while_it_is_changed_the_old_one_still_holds() -> None:
    incident = asked(made(), 30, text="longer than thought")

    assert silence_of(incident).until == after(31)
    assert state_of(incident) is State.SILENCED
    assert len(planned(incident)) == 1


def test_what_was_made_for_an_older_wish_counts_for_nothing() -> None:
    incident = asked()
    (put,) = planned(incident)
    newer = asked(incident, 30)

    assert came_out(newer, put, SilenceMade(cause="older", id="s1")).incident.silence == newer.silence
    ended = replace(incident, silence=None)
    assert came_out(ended, put, SilenceMade(cause="older", id="s1")).incident.silence is None


# -- not made ----------------------------------------------------------------------------------------------------------


def test_a_failure_is_told_once_and_tried_again() -> None:
    incident = asked()
    (put,) = planned(incident)
    failed = Failed(cause="no answer", wait_seconds=30)

    incident = came_out(incident, put, failed).incident
    incident = came_out(incident, put, failed).incident

    assert said(incident) == [SayingKind.SILENCE_FAILED]
    assert (incident.outbox[0].text, incident.outbox[0].at) == ("no answer", after(1) + RETRY_FOR)
    assert planned(incident) == []
    assert planned(incident, 1.6) == [put]


def test_asking_again_does_not_wait_for_the_next_try() -> None:
    incident = asked()
    (put,) = planned(incident)
    incident = came_out(incident, put, Failed(cause="no answer", wait_seconds=30)).incident

    assert len(planned(asked(incident))) == 1


def test_what_can_never_be_made_is_given_up_at_once() -> None:
    incident = asked()
    (put,) = planned(incident)

    recorded = came_out(incident, put, Failed(cause="HTTP 400 bad", is_refused=True))

    assert said(recorded.incident) == [SayingKind.SILENCE_GIVEN_UP]
    assert silence_of(recorded.incident).state is SilenceState.ENDING
    assert [line.what for line in recorded.lines] == [Happening.TROUBLE]


def test_after_half_an_hour_nobody_expects_it_any_more() -> None:
    incident = asked()
    (put,) = planned(incident)
    incident = came_out(incident, put, Failed(cause="no answer", wait_seconds=30)).incident
    assert lifecycle.next_due(incident, after(30)) <= after(1) + RETRY_FOR

    change = lifecycle.elapse(incident, after(1) + RETRY_FOR)

    assert said(change.incident)[-1] is SayingKind.SILENCE_GIVEN_UP
    assert change.incident.outbox[-1].text == "no answer"
    assert planned(change.incident, 31) == [act.EndSilence()], "its answer may have been lost"


def test_a_failure_of_what_is_not_wanted_any_more_is_not_told() -> None:
    incident = asked()
    (put,) = planned(incident)
    incident = lifted(incident)

    assert came_out(incident, put, Failed(cause="no answer")).incident.outbox == ()


# -- taken back, run out -----------------------------------------------------------------------------------------------


def test_who_takes_it_back_is_told_when_it_is_gone() -> None:
    incident = lifted()
    assert state_of(incident) is State.FIRING
    (end,) = planned(incident, 2)

    incident = came_out(incident, end, Done()).incident

    assert incident.silence is None
    assert (incident.outbox[-1].kind, incident.outbox[-1].who) == (SayingKind.UNSILENCED, BOB)


def test_taking_back_what_is_on_its_way_out_changes_nothing() -> None:
    incident = lifted()

    assert lifecycle.observe(incident, a_command(Verb.UNSILENCE)).answer is Answer.ALREADY_SO


def test_a_silence_that_was_asked_for_anew_is_not_over() -> None:
    incident = lifted()
    (end,) = planned(incident, 2)
    anew = asked(incident)

    assert came_out(anew, end, Done()).incident.silence == anew.silence


def test_when_it_runs_out_and_something_still_fires_it_is_said() -> None:
    incident = made()
    assert lifecycle.next_due(incident, after(120)) <= after(121)

    change = lifecycle.elapse(incident, after(121))

    assert change.incident.silence is None
    assert said(change.incident)[-1] is SayingKind.SILENCE_END
    assert Happening.SILENCE_ENDED in [line.what for line in change.lines]
    assert state_of(change.incident) is State.FIRING


def test_when_it_runs_out_and_nothing_fires_nothing_is_said() -> None:
    incident = lifecycle.observe(made(), received(resolved(an_alert()), at=after(3))).incident

    change = lifecycle.elapse(incident, after(121))

    assert SayingKind.SILENCE_END not in said(change.incident)


def test_one_that_could_not_be_taken_away_ends_by_itself() -> None:
    given_up = lifecycle.elapse(asked(), after(1) + RETRY_FOR).incident

    change = lifecycle.elapse(given_up, after(121))

    assert change.incident.silence is None
    assert said(change.incident)[-1] is SayingKind.SILENCE_GIVEN_UP
    assert Happening.SILENCE_ENDED not in [line.what for line in change.lines]


# -- the end of the incident -------------------------------------------------------------------------------------------


def test_a_silence_ends_with_its_incident() -> None:
    ended = lifecycle.close(made(), after(70)).incident

    assert silence_of(ended).state is SilenceState.ENDING
    assert not is_over(ended, wanted_of(ended), after(70))
    (end,) = planned(ended, 70)
    assert came_out(ended, end, Done()).incident.silence is None


def test_a_closed_incident_comes_to_its_end_although_its_silence_cannot_be_taken_away() -> None:
    ended = replace(closed(), silence=replace(silence_of(made()), state=SilenceState.ENDING, until=after(600)))
    failed = came_out(ended, act.EndSilence(), Failed(cause="no answer", wait_seconds=30), 62).incident
    leaves_at = failed.status_at + RETRY_FOR
    assert lifecycle.next_due(failed, after(62)) <= leaves_at

    assert lifecycle.elapse(failed, leaves_at - minutes(1)).incident.silence is not None
    change = lifecycle.elapse(failed, leaves_at)

    assert change.incident.silence is None
    assert [(line.what, line.text) for line in change.lines] == [(Happening.TROUBLE, "no answer")]


def test_without_a_silence_there_is_nothing_to_end() -> None:
    assert lifecycle.close(an_open_incident(), T).incident.silence is None

"""Sources that fall silent: the group is asked, somebody answers or hears of it again, or it is over by policy."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from alertbridge.core import lifecycle
from alertbridge.core.chats.card import Button, NextKind, State
from alertbridge.core.chats.chat import SayingKind
from alertbridge.core.groups.blueprint import state_of
from alertbridge.core.incidents.change import Answer
from alertbridge.core.incidents.command import Verb
from alertbridge.core.incidents.incident import Incident, Status
from alertbridge.core.timeline import Happening
from tests.builders import (
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
    key_of,
    received,
    recovered,
    resolved,
    wanted_of,
)

HOUR = 60


def listened_to(*alerts: Any, seconds: int = 3600, **opening: Any) -> Incident:
    """A firing one with a group, whose route asks after an hour."""
    route = a_route(policy=a_policy(stale_after_seconds=seconds))
    return replace(an_incident(None, *alerts, opening=an_opening(route, **opening)), chat=a_chat())


def asked(incident: Incident | None = None) -> Incident:
    """An hour without a word."""
    return lifecycle.elapse(incident or listened_to(), after(HOUR)).incident


def said(incident: Incident) -> list[SayingKind]:
    return [saying.kind for saying in incident.outbox]


def test_after_so_long_without_a_word_the_group_is_asked() -> None:
    incident = listened_to()
    assert lifecycle.next_due(incident, after(59)) <= after(HOUR)
    assert lifecycle.elapse(incident, after(59)).incident.stale_at is None

    change = lifecycle.elapse(incident, after(HOUR))

    (told,) = change.incident.outbox
    assert (told.kind, told.since, told.at, told.seconds) == (SayingKind.STALE, T, after(2 * HOUR), 3600)
    assert [line.what for line in change.lines] == [Happening.STALE]
    assert change.forget == {key_of(an_alert())}, "the next copy says nothing new, and yet it is news"


def test_it_is_shown_with_when_and_whom_it_was_last_heard_from() -> None:
    incident = asked()
    wanted = wanted_of(incident)

    assert state_of(incident) is State.STALE
    assert wanted.name["zh"].startswith("[P1][无新数据]")
    card = wanted.card
    assert card is not None
    assert (card.heard_at, card.source) == (T, "default")
    assert (card.next.kind, card.next.at) == (NextKind.STALE, after(2 * HOUR))
    assert card.buttons == (Button.STILL, Button.RESOLVE)


@pytest.mark.parametrize(
    "incident",
    [
        listened_to(seconds=0),
        listened_to(has_alertmanager=True),
        listened_to(an_alert(ends_at=after(600))),
        recovered(listened_to(), after(1)),
        lifecycle.close(recovered(listened_to(), after(1)), after(2)).incident,
    ],
    ids=["not asked for", "its Alertmanager knows", "pushed", "over", "closed"],
)
def test_nothing_else_falls_silent(incident: Incident) -> None:
    assert lifecycle.elapse(incident, after(2)).incident.stale_at is None
    quiet = replace(incident, closes_at=None)
    assert lifecycle.elapse(quiet, after(10 * HOUR)).incident.stale_at is None


def test_what_the_store_saw_counts_as_heard() -> None:
    incident = lifecycle.hear(listened_to(), after(30))

    assert lifecycle.elapse(incident, after(HOUR)).incident.stale_at is None
    assert lifecycle.elapse(incident, after(HOUR + 30)).incident.stale_at == after(HOUR + 30)
    assert lifecycle.hear(incident, after(20)) is incident, "it was heard of later"


def test_a_route_that_does_not_ask_keeps_no_times() -> None:
    incident = listened_to(seconds=0)

    assert lifecycle.hear(incident, after(30)) is incident


@pytest.mark.parametrize("hears", ["the store", "a copy"])
def test_what_is_heard_of_again_is_not_stale(hears: str) -> None:
    incident = asked()
    if hears == "the store":
        again = lifecycle.hear(incident, after(70))
    else:
        again = lifecycle.observe(incident, received(an_alert(), at=after(70))).incident

    assert state_of(again) is State.FIRING
    assert again.version > incident.version
    assert lifecycle.hear(incident, incident.stale_at or T).stale_at is not None, "that was before it was asked about"


def test_somebody_may_say_that_it_still_happens() -> None:
    change = lifecycle.observe(asked(), a_command(Verb.STILL, BOB, at=after(70)))

    assert change.answer is Answer.DONE
    assert state_of(change.incident) is State.FIRING
    assert (said(change.incident)[-1], change.incident.outbox[-1].who) == (SayingKind.STILL, BOB)
    assert lifecycle.elapse(change.incident, after(129)).incident.stale_at is None
    assert lifecycle.elapse(change.incident, after(130)).incident.stale_at is not None, "for as long again"


def test_who_is_on_it_is_asked_too() -> None:
    incident = asked(acknowledged(listened_to(), at=after(1)))

    assert (state_of(incident), incident.status) == (State.STALE, Status.ACKNOWLEDGED)


def test_without_an_answer_it_is_over_by_policy() -> None:
    incident = asked()
    assert lifecycle.next_due(incident, after(119)) <= after(2 * HOUR)

    change = lifecycle.elapse(incident, after(2 * HOUR))

    assert change.incident.status is Status.RESOLVED
    assert said(change.incident) == [SayingKind.STALE, SayingKind.STALE_OVER]
    assert change.incident.outbox[-1].at == change.incident.closes_at
    assert Happening.STALE_OVER in [line.what for line in change.lines]
    assert change.forget == {key_of(an_alert())}
    again = lifecycle.observe(change.incident, received(an_alert(), at=after(125))).incident
    assert again.status is Status.FIRING, "what comes back after all reopens it"


def test_what_is_resolved_is_not_stale_any_more() -> None:
    incident = lifecycle.observe(asked(), received(resolved(an_alert()), at=after(70))).incident
    assert state_of(incident) is State.RESOLVED

    by_hand = lifecycle.observe(asked(), a_command(Verb.RESOLVE, at=after(70))).incident
    assert by_hand.stale_at is not None
    later = lifecycle.elapse(by_hand, after(71)).incident
    assert (later.stale_at, later.version) == (None, by_hand.version)


def test_who_reopens_it_has_heard_of_it() -> None:
    incident = lifecycle.elapse(asked(), after(2 * HOUR)).incident

    reopened = lifecycle.observe(incident, a_command(Verb.REOPEN, at=after(125))).incident

    assert reopened.status is Status.FIRING
    assert lifecycle.elapse(reopened, after(125) + timedelta(minutes=59)).incident.stale_at is None

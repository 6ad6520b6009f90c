"""Drills: marked wherever people see them, quiet, shown in no lobby, and over by themselves."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from alertbridge.core import lifecycle
from alertbridge.core.alerts.alert import AlertStatus
from alertbridge.core.alerts.drill import LONGEST, Drill
from alertbridge.core.alerts.route import OnClose
from alertbridge.core.chats.action import Buzz
from alertbridge.core.chats.card import Tag
from alertbridge.core.chats.chat import SayingKind
from alertbridge.core.chats.outcome import BuzzRefused, Hurdle
from alertbridge.core.groups.calling import page_wishes
from alertbridge.core.incidents.command import Verb
from alertbridge.core.incidents.incident import Incident, Status
from alertbridge.core.incidents.paging import page, take_buzz
from alertbridge.core.oncall.policy import Way
from alertbridge.core.rooms.lobby import lobby_of, shown_in_lobby
from alertbridge.core.timeline import Happening
from tests.builders import (
    ALICE,
    BOB,
    T,
    a_command,
    a_finished_chat,
    a_policy,
    a_route,
    after,
    an_alert,
    an_incident,
    an_opening,
    received,
    wanted_of,
)

SOON = timedelta(minutes=1)


def a_drill(*, is_loud: bool = False, **policy: Any) -> Incident:
    """One with a group, and people on call."""
    opening = an_opening(a_route(policy=a_policy(**policy)), drill=Drill(id="d-1", is_loud=is_loud))
    incident = an_incident(opening=opening, responders=(ALICE, BOB))
    return replace(incident, chat=a_finished_chat(incident))


def kinds(incident: Incident) -> list[SayingKind]:
    return [saying.kind for saying in incident.outbox]


def test_it_says_so_in_its_name_and_on_its_card() -> None:
    wanted = wanted_of(a_drill())

    assert wanted.name == {"zh": "[演练][触发中] 演练 (#1423)", "en": "[drill][firing] drill (#1423)"}
    assert wanted.plain_name["en"] == "[drill][firing] incident (#1423)"
    assert wanted.card is not None
    assert Tag.DRILL in wanted.card.tags


def test_its_group_is_told_when_it_begins_and_it_does_not_wait_for_one() -> None:
    opening = an_opening(a_route(policy=a_policy(wait_seconds=300)), drill=Drill(id="d-1"))
    incident = lifecycle.open_incident(a_drill().id, 7, opening, T).incident

    assert incident.status is Status.FIRING
    assert kinds(incident) == [SayingKind.DRILL]


@pytest.mark.parametrize(("result", "count", "details"), [("7/8", 7, {"steps": "8"}), ("", 0, {})])
def test_its_end_tells_how_it_went(result: str, count: int, details: dict[str, str]) -> None:
    over = an_alert(
        status=AlertStatus.RESOLVED,
        ends_at=after(5),
        annotations={"alertbridge_drill_result": result} if result else {},
    )

    change = lifecycle.observe(replace(a_drill(), outbox=()), received(over, at=after(5)))

    assert change.incident.status is Status.RESOLVED
    (said,) = change.incident.outbox
    assert (said.kind, said.count, said.details) == (SayingKind.DRILLED, count, details)
    assert said.at == change.incident.closes_at


def test_whoever_resolves_it_by_hand_is_answered_as_ever() -> None:
    resolved = lifecycle.observe(replace(a_drill(), outbox=()), a_command(Verb.RESOLVE, by=ALICE)).incident

    assert kinds(resolved) == [SayingKind.RESOLVED]


def test_its_group_does_not_stay() -> None:
    assert a_drill(on_close=OnClose.KEEP).on_close is OnClose.DISBAND
    assert a_drill(existing="oc_room").on_close is OnClose.KEEP, "but people's own does"


def test_no_lobby_shows_it() -> None:
    assert lobby_of(a_drill()) == ""
    assert shown_in_lobby(a_drill()) == ()


def test_one_that_nobody_ends_ends_itself() -> None:
    drill = replace(a_drill(), outbox=())
    assert lifecycle.elapse(drill, T + LONGEST - SOON).incident.status is Status.FIRING
    assert lifecycle.next_due(drill, T + LONGEST - SOON) == T + LONGEST

    change = lifecycle.elapse(drill, T + LONGEST)

    assert change.incident.status is Status.RESOLVED
    assert Happening.RESOLVED in [line.what for line in change.lines]
    assert SayingKind.DRILLED in kinds(change.incident)
    again = lifecycle.elapse(change.incident, T + LONGEST + SOON)
    assert again.incident.status is Status.RESOLVED
    assert Happening.RESOLVED not in [line.what for line in again.lines]


def buzzes(incident: Incident) -> list[Buzz]:
    return [one for one, _ in page_wishes(incident, wanted_of(incident), T) if isinstance(one, Buzz)]


@pytest.mark.parametrize(("is_loud", "ways"), [(False, [Way.APP]), (True, [Way.SMS])])
def test_it_wakes_nobody_unless_it_was_asked_to(is_loud: bool, ways: list[Way]) -> None:
    called = page(a_drill(is_loud=is_loud), [ALICE], [Way.CARD, Way.SMS, Way.PHONE], "step", T)

    assert [one.way for one in buzzes(called)] == ways


def test_where_a_quiet_call_is_refused_no_louder_one_follows() -> None:
    called = page(a_drill(), [ALICE], [Way.APP], "step", T)
    (call,) = buzzes(called)

    refused = take_buzz(called, call, BuzzRefused(why=Hurdle.QUOTA, cause="x"), T).incident

    assert buzzes(refused) == []
    assert [one.is_direct for one in refused.pages] == [True], "a direct message is quiet as well"

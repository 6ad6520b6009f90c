"""Whole lives, played against the pretended Feishu: what was wanted is there in the end, once."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest

from alertbridge.core.alerts.route import OnClose
from alertbridge.core.chats import action as act
from alertbridge.core.chats.action import Action
from alertbridge.core.chats.card import CardView
from alertbridge.core.chats.chat import SayingKind
from alertbridge.core.groups.planner import CARD_LIFE, Plan, plan
from alertbridge.core.incidents.command import Verb
from alertbridge.core.incidents.incident import Status
from alertbridge.core.timeline import Happening
from tests.builders import (
    ALICE,
    BOB,
    CAROL,
    a_bare_incident,
    a_command,
    a_policy,
    a_route,
    after,
    an_alert,
    chat_lost,
    received,
    resolved,
    spoke,
)
from tests.core.pretended import Fate, Fates, Owner, differences, fair, settle


def an_owner(on_close: OnClose = OnClose.DISBAND) -> Owner:
    """Somebody who has just been given an incident."""
    return Owner(a_bare_incident(a_route(policy=a_policy(on_close=on_close))))


def opened(on_close: OnClose = OnClose.DISBAND, fates: Fates = fair) -> Owner:
    """The first alert has arrived."""
    owner = an_owner(on_close)
    owner.wake(received(an_alert()), fates=fates)
    return owner


def let(owner: Owner, minutes: float) -> None:
    """Let so much time pass, and everything work."""
    until = owner.now + timedelta(minutes=minutes)
    settle(owner, until=until)
    owner.now = until


def told(owner: Owner) -> list[Happening]:
    return [line.what for line in owner.lines]


class Calls:
    """Counts the calls, and decides how one of them ends."""

    def __init__(self, nth: int | None = None, fate: Fate = Fate.DONE, kinds: Iterable[type[Action]] = ()) -> None:
        self.made: list[Action] = []
        self._nth, self._fate, self._kinds = nth, fate, tuple(kinds)

    def __call__(self, action: Action) -> Fate:
        self.made.append(action)
        is_meant = len(self.made) - 1 == self._nth or isinstance(action, self._kinds)
        return self._fate if is_meant else Fate.DONE


# -- without troubles --------------------------------------------------------------------------------------------------


def test_a_usable_group_takes_three_batches() -> None:
    calls = Calls()
    opened(fates=calls)

    assert [action.key for action in calls.made[:2]] == ["create_chat", "send_card"]
    keys = [action.key for action in calls.made]
    assert len(keys) == len(set(keys)), "one call of each kind for a new incident"


def test_when_everything_is_done_nothing_is_planned() -> None:
    owner = opened()
    let(owner, 2)

    assert plan(owner.incident, owner.wanted, owner.now) == Plan()
    assert differences(owner.feishu.live()[0], owner.wanted) == []


@pytest.mark.parametrize(
    ("on_close", "groups", "ends"),
    [
        (
            OnClose.DISBAND,
            0,
            [Happening.CLOSING, Happening.LOCKED, Happening.ARCHIVED, Happening.CLOSED, Happening.DISBANDED],
        ),
        (OnClose.LOCK, 1, [Happening.CLOSING, Happening.LOCKED, Happening.ARCHIVED, Happening.CLOSED]),
        (OnClose.KEEP, 1, [Happening.CLOSING, Happening.CLOSED]),
    ],
)
def test_an_incident_ends_in_order_as_its_route_asks(on_close: OnClose, groups: int, ends: list[Happening]) -> None:
    owner = opened(on_close)
    owner.wake(received(resolved(an_alert()), at=owner.now))
    let(owner, 70)

    assert owner.is_over
    assert told(owner)[-len(ends) :] == ends
    assert len(owner.feishu.live()) == groups
    for group in owner.feishu.live():
        assert differences(group, owner.wanted) == []


def test_the_group_hears_of_the_recovery_the_countdown_and_the_farewell() -> None:
    owner = opened(OnClose.LOCK)
    owner.wake(received(resolved(an_alert()), at=owner.now))
    let(owner, 70)

    said = [content for content in owner.feishu.messages if not isinstance(content, CardView)]
    assert said == [SayingKind.RESOLVED, SayingKind.COUNTDOWN, SayingKind.ARCHIVED]


def test_a_re_fire_before_the_end_keeps_the_group_and_unlocks_it() -> None:
    owner = opened()
    let(owner, 5)
    owner.wake(received(resolved(an_alert()), at=owner.now))
    locking = Calls(fate=Fate.BUSY, kinds=(act.ArchiveMessages,))
    owner.now = after(66)
    owner.wake(fates=locking)
    assert owner.feishu.live()[0].is_locked

    owner.wake(received(an_alert(starts_at=owner.now), at=owner.now))
    let(owner, 2)

    assert owner.incident.status is Status.FIRING
    assert len(owner.feishu.groups) == 1
    assert differences(owner.feishu.live()[0], owner.wanted) == []


def test_a_re_fire_just_before_closed_is_saved_comes_first() -> None:
    owner = opened()
    owner.wake(received(resolved(an_alert()), at=owner.now))
    let(owner, 55)
    owner.now = after(60)

    owner.wake(meanwhile=[received(an_alert(starts_at=owner.now), at=owner.now)])

    assert owner.incident.status is Status.FIRING
    assert Happening.CLOSED not in told(owner)


def test_what_is_said_while_closing_is_archived() -> None:
    owner = opened()
    owner.wake(received(resolved(an_alert()), at=owner.now))
    let(owner, 55)
    owner.now = after(60)
    owner.feishu.live()[0].unread = 1

    owner.wake(meanwhile=[spoke(owner.now)])

    assert owner.is_over
    assert owner.feishu.archived == 1
    assert owner.feishu.lost_history == []


def test_a_group_that_was_kept_while_closing_is_archived_again_at_its_end() -> None:
    owner = opened()
    owner.wake(received(resolved(an_alert()), at=owner.now))
    owner.wake(a_command(Verb.CLOSE, at=owner.now), meanwhile=[a_command(Verb.KEEP, at=owner.now)])
    assert owner.incident.closes_at is None
    group = owner.feishu.live()[0]
    assert not group.is_locked

    group.unread = 2
    owner.wake(spoke(owner.now))
    owner.wake(a_command(Verb.CLOSE, at=owner.now))

    assert owner.is_over
    assert owner.feishu.archived == 2
    assert owner.feishu.lost_history == []


def test_a_lost_group_is_continued_in_another_with_the_same_people() -> None:
    owner = opened()
    owner.wake(a_command(Verb.ASSIGN, to=CAROL, at=owner.now))
    let(owner, 2)
    first = owner.feishu.live()[0]
    owner.feishu.disband(first)

    owner.wake(chat_lost(owner.now, chat=first.id, disbanded=True))
    let(owner, 2)

    (second,) = owner.feishu.live()
    assert second.members == {ALICE, BOB, CAROL}
    assert differences(second, owner.wanted) == []
    assert SayingKind.MOVED in owner.feishu.messages


def test_on_day_13_a_second_card_takes_the_banner() -> None:
    owner = opened()
    owner.wake(a_command(Verb.ACK, at=owner.now))
    let(owner, 5)
    owner.now += CARD_LIFE
    let(owner, 5)

    (group,) = owner.feishu.live()
    cards = [message for message, content in group.messages.items() if isinstance(content, CardView)]
    assert len(cards) == 2
    assert group.top_notice == cards[-1]
    assert differences(group, owner.wanted) == []


# -- every call, every failure -----------------------------------------------------------------------------------------


def live(owner: Owner, fates: Fates = fair) -> None:
    """Open, acknowledge, recover, end: every call of an incident's life is made."""
    owner.wake(received(an_alert()), fates=fates)
    owner.now += timedelta(minutes=6)
    owner.wake(a_command(Verb.ASSIGN, BOB, to=CAROL, at=owner.now), fates=fates)
    owner.now += timedelta(minutes=6)
    owner.wake(a_command(Verb.ACK, CAROL, at=owner.now), fates=fates)
    owner.now += timedelta(minutes=6)
    owner.wake(received(resolved(an_alert(), at=owner.now), at=owner.now), fates=fates)
    until = owner.now + timedelta(hours=5)
    for _ in range(300):
        due = max(owner.next_due(), owner.now + timedelta(milliseconds=1))
        if owner.is_over or due > until:
            return
        owner.now = due
        owner.wake(fates=fates)
    raise AssertionError("it never settles")


@pytest.mark.parametrize("fate", [fate for fate in Fate if fate is not Fate.DONE])
@pytest.mark.parametrize("on_close", OnClose)
def test_whichever_call_fails_once_the_incident_reaches_its_end(on_close: OnClose, fate: Fate) -> None:
    counted = Calls()
    live(an_owner(on_close), counted)
    for nth in range(len(counted.made)):
        owner, calls = an_owner(on_close), Calls(nth, fate)

        live(owner, calls)

        failed = calls.made[nth].key
        assert owner.is_over, failed
        assert owner.incident.status is Status.CLOSED, failed
        assert len(owner.feishu.groups) == 1, failed
        assert owner.feishu.lost_history == [], failed
        if owner.incident.archive.refused:
            assert on_close is OnClose.LOCK or owner.feishu.live()[0].is_locked, failed
        elif on_close is OnClose.DISBAND:
            assert owner.feishu.live() == [], failed
        for group in owner.feishu.live():
            assert differences(group, owner.wanted) == [], failed


@pytest.mark.parametrize("kind", [act.SetModeration, act.ArchiveMessages, act.SendCard, act.Say, act.DisbandChat])
def test_what_is_always_refused_does_not_keep_an_incident_from_its_end(kind: type[Action]) -> None:
    owner = an_owner()

    live(owner, Calls(fate=Fate.REFUSED, kinds=(kind,)))

    assert owner.is_over
    stays = kind in (act.ArchiveMessages, act.DisbandChat)
    assert len(owner.feishu.live()) == (1 if stays else 0)


def test_p6_where_the_history_cannot_be_read_the_group_is_locked_and_told_so() -> None:
    owner = an_owner()

    live(owner, Calls(fate=Fate.REFUSED, kinds=(act.ArchiveMessages,)))

    assert owner.feishu.live()[0].is_locked
    assert SayingKind.LACKS_SCOPE in owner.feishu.messages
    assert SayingKind.ARCHIVED not in owner.feishu.messages


# -- p2: exactly one group ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fate", [Fate.LOST, Fate.LOST_DONE, Fate.DIED, Fate.DIED_DONE])
@pytest.mark.parametrize("hours", [0, 1, 8, 9.5, 11, 30])
def test_p2_a_lost_answer_makes_no_second_group_however_late_it_is_asked_for_again(fate: Fate, hours: float) -> None:
    owner = opened(fates=Calls(0, fate))
    owner.now += timedelta(hours=hours, seconds=5)

    let(owner, 5)

    assert len(owner.feishu.live()) == 1
    assert len(owner.feishu.groups) == 1
    assert differences(owner.feishu.live()[0], owner.wanted) == []


def test_p2_a_group_that_a_lost_answer_made_for_a_problem_that_is_over_is_disbanded() -> None:
    owner = opened(fates=Calls(0, Fate.LOST_DONE))
    owner.now += timedelta(seconds=5)
    owner.wake(received(resolved(an_alert()), at=owner.now))
    let(owner, 90)

    assert owner.is_over
    assert len(owner.feishu.groups) == 1
    assert owner.feishu.live() == []


def test_p2_a_refusal_after_a_lost_answer_does_not_make_us_forget_the_group() -> None:
    owner = opened(fates=Calls(0, Fate.DIED_DONE))
    owner.now += timedelta(seconds=5)
    owner.wake(received(resolved(an_alert()), at=owner.now), fates=Calls(0, Fate.REFUSED))
    let(owner, 120)

    assert owner.is_over
    assert owner.feishu.live() == []


def test_a_problem_that_is_over_before_the_quota_let_its_group_be_made_gets_none() -> None:
    owner = opened(fates=Calls(0, Fate.QUOTA))
    owner.wake(received(resolved(an_alert()), at=owner.now))
    let(owner, 90)

    assert owner.is_over
    assert owner.feishu.groups == {}


def test_a_group_disbanded_before_its_answer_came_is_made_again() -> None:
    owner = opened(fates=Calls(0, Fate.LOST_DONE))
    owner.feishu.disband(owner.feishu.live()[0])
    owner.now += timedelta(seconds=5)
    let(owner, 5)

    assert len(owner.feishu.live()) == 1
    assert owner.incident.generation == 1


@pytest.mark.parametrize("fate", [Fate.LOST_DONE, Fate.DIED_DONE])
@pytest.mark.parametrize("minutes", [0.2, 49, 55, 90])
def test_a_lost_card_is_not_sent_twice_however_late(fate: Fate, minutes: float) -> None:
    owner = opened(fates=Calls(1, fate))
    owner.now += timedelta(minutes=minutes)
    owner.wake(received(replace(an_alert(), value="9%"), at=owner.now))
    let(owner, 5)

    (group,) = owner.feishu.live()
    assert len([content for content in group.messages.values() if isinstance(content, CardView)]) == 1
    assert differences(group, owner.wanted) == []

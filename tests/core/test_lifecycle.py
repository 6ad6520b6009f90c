"""The incident as a whole: its beginning, talk, a lost group, what is due, its end."""

from dataclasses import replace
from datetime import timedelta

import pytest

from alertbridge.core.alerts.route import OnClose, OnLost
from alertbridge.core.chats import action as act
from alertbridge.core.chats.chat import Saying, SayingKind
from alertbridge.core.chats.outcome import ChatGone, Done
from alertbridge.core.groups import facts
from alertbridge.core.groups.planner import is_ready_to_close, plan
from alertbridge.core.ids import ChatId, IncidentId, MessageId
from alertbridge.core.incidents.command import Verb, Via
from alertbridge.core.incidents.incident import Archive, Earlier, Incident, Intent, Status, Trouble
from alertbridge.core.lifecycle import Change, close, elapse, next_due, observe, open_incident
from alertbridge.core.severity import Severity
from alertbridge.core.timeline import Happening, TimelineLine
from tests.builders import (
    ALICE,
    BOB,
    CAROL,
    CHAT,
    DAVE,
    INCIDENT,
    T,
    a_chat,
    a_command,
    a_policy,
    a_route,
    a_settled_incident,
    acknowledged,
    after,
    an_alert,
    an_incident,
    an_inquiry,
    an_opening,
    chat_lost,
    closed,
    key_of,
    minutes,
    quiet,
    received,
    recovered,
    seconds_after,
    spoke,
    wanted_of,
)

COUNTDOWN = MessageId("om_countdown")


def cooling(on_close: OnClose = OnClose.DISBAND, seconds: int = 3600) -> Incident:
    """Resolved at T, everything said."""
    route = a_route(policy=a_policy(on_close=on_close, countdown_seconds=seconds))
    return quiet(recovered(a_settled_incident(route)))


def with_countdown(incident: Incident) -> Incident:
    """Its countdown card is out."""
    assert incident.chat is not None
    return replace(incident, chat=replace(incident.chat, countdown=COUNTDOWN))


# -- the beginning -----------------------------------------------------------------------------------------------------


def test_an_incident_opens_firing_with_its_routes_severity() -> None:
    change = open_incident(INCIDENT, 7, an_opening(a_route(default_severity=Severity.P2)), T)

    incident = change.incident
    assert (incident.status, incident.severity, incident.number) == (Status.FIRING, Severity.P2, 7)
    assert (incident.opened_at, incident.status_at, incident.chat) == (T, T, None)
    assert change.lines == (TimelineLine(at=T, what=Happening.OPENED, details={"route": "payments"}),)


def test_one_that_follows_another_says_so_in_its_first_group() -> None:
    earlier = Earlier(id=IncidentId("01JD4ZK5M8Q0V7R3X9T2B6N1HA"), number=6, closed_at=after(-30))

    change = open_incident(INCIDENT, 7, an_opening(), T, earlier=earlier)

    assert change.incident.earlier == earlier
    (said,) = change.incident.outbox
    assert (said.kind, said.count, said.at) == (SayingKind.RELINK, 6, after(-30))
    assert change.lines[1] == TimelineLine(at=T, what=Happening.RELINKED, details={"number": "6"})


# -- talk --------------------------------------------------------------------------------------------------------------


def test_talk_postpones_the_end_to_a_quarter_of_an_hour_after_the_last_word() -> None:
    change = observe(cooling(), spoke(after(50), BOB))

    assert change.incident.closes_at is not None
    assert change.incident.closes_at >= after(65)
    assert change.incident.closes_at <= after(66)
    assert change.lines == (TimelineLine(at=after(50), what=Happening.POSTPONED, by=BOB),)


def test_talk_early_in_the_countdown_changes_nothing() -> None:
    incident = cooling()

    assert observe(incident, spoke(after(20))) == Change(incident)


def test_a_lively_talk_moves_the_end_once_a_minute() -> None:
    incident = cooling()
    ends = set()
    for second in range(0, 120, 3):
        incident = observe(incident, spoke(after(50) + timedelta(seconds=second))).incident
        ends.add(incident.closes_at)

    assert len(ends) <= 3


def test_talk_edits_the_countdown_card_and_only_the_last_edit_waits() -> None:
    incident = with_countdown(cooling())
    for minute in (51, 53, 55):
        incident = observe(incident, spoke(after(minute))).incident

    assert [(edit.kind, edit.edits, edit.at) for edit in incident.outbox] == [
        (SayingKind.COUNTDOWN_MOVED, COUNTDOWN, incident.closes_at)
    ]


def test_talk_in_a_kept_or_firing_group_changes_nothing() -> None:
    kept = observe(cooling(), a_command(Verb.KEEP)).incident
    for incident in (kept, a_settled_incident()):
        assert observe(incident, spoke(after(1))) == Change(incident)


def test_talk_after_the_countdown_comes_too_late_to_postpone() -> None:
    incident = cooling()

    assert observe(incident, spoke(after(60))) == Change(incident)


def test_a_question_is_talk_too_and_its_answer_quotes_it() -> None:
    asked = an_inquiry(after(50), BOB)

    change = observe(cooling(), asked)

    assert change.lines == (TimelineLine(at=after(50), what=Happening.POSTPONED, by=BOB),)
    assert change.incident.outbox == (
        Saying(kind=SayingKind.ANSWER, cause=asked.id, who=BOB, reply_to=asked.reply_to, remarks=asked.answer),
    )


def test_who_asks_again_within_ten_seconds_is_not_answered_each_time() -> None:
    incident = quiet(a_settled_incident())
    for second in (0, 3, 9, 11):
        incident = observe(incident, an_inquiry(seconds_after(second), BOB)).incident
    incident = observe(incident, an_inquiry(seconds_after(12), ALICE)).incident

    assert [saying.who for saying in incident.outbox] == [BOB, BOB, ALICE]
    assert incident.answered == {BOB: seconds_after(11), ALICE: seconds_after(12)}


def test_who_gave_a_command_that_came_to_nothing_is_told_at_once_but_not_each_time() -> None:
    incident = observe(quiet(a_settled_incident()), an_inquiry(seconds_after(0), BOB)).incident
    for second in (1, 3, 4, 6):
        refused = replace(an_inquiry(seconds_after(second), BOB), is_refusal=True)
        incident = observe(incident, refused).incident

    assert len(incident.outbox) == 3
    assert incident.answered == {BOB: seconds_after(6)}


def test_a_question_changes_nothing_of_what_cards_show() -> None:
    incident = a_settled_incident()

    assert observe(incident, an_inquiry(after(1))).incident.version == incident.version


def test_a_command_by_message_that_something_came_before_is_not_left_without_an_answer() -> None:
    held = quiet(acknowledged(a_settled_incident()))
    late = replace(a_command(Verb.ACK, BOB, at=after(1)), via=Via.CHAT, reply_to=MessageId("om_asked"))

    (told,) = observe(held, late).incident.outbox

    assert (told.kind, told.reply_to) == (SayingKind.ANSWER, "om_asked")
    assert told.remarks[0].words["en"].startswith("Not done: something else came first")


def test_a_note_by_message_is_talk_too() -> None:
    note = replace(a_command(Verb.NOTE, at=after(50)), text="it was DNS", via=Via.CHAT)

    change = observe(cooling(), note)

    assert [line.what for line in change.lines] == [Happening.POSTPONED, Happening.NOTED]
    assert change.incident.closes_at is not None
    assert change.incident.closes_at >= after(65)


def test_talk_while_closing_only_gets_archived() -> None:
    closing = replace(cooling(), is_closing=True, archive=Archive(messages=3, is_complete=True))

    change = observe(closing, spoke(after(61)))

    assert change == Change(replace(closing, archive=Archive(messages=3)))


# -- the group is lost -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("disbanded", "how"), [(True, "disbanded"), (False, "removed")])
def test_a_live_incident_that_loses_its_group_gets_another_with_the_same_people(disbanded: bool, how: str) -> None:
    incident = a_settled_incident()
    assert incident.chat is not None
    people = frozenset({ALICE, BOB, CAROL, DAVE})
    incident = replace(
        incident,
        chat=replace(incident.chat, members=people),
        intents=(Intent(key="create_tabs", uuid="", first_at=T),),
        troubles=(Trouble(key="rename", failures=1, retry_at=T, cause="", is_refused=True),),
        outbox=(Saying(kind=SayingKind.ACK, cause="1"),),
    )

    change = observe(incident, chat_lost(after(5), by=CAROL, disbanded=disbanded))
    if not disbanded:
        (rejoin,) = plan(change.incident, wanted_of(change.incident), after(5)).actions
        assert rejoin == act.Rejoin(chat=CHAT), "somebody may have brought the bot back"
        recorded = facts.record(change.incident, rejoin, ChatGone(), after(6))
        change = Change(recorded.incident, recorded.lines)

    moved = change.incident
    assert (moved.chat, moved.generation, moved.invited) == (None, 1, (CAROL, DAVE))
    assert (moved.intents, moved.troubles, moved.status) == ((), (), Status.FIRING)
    assert [(saying.kind, saying.text, saying.who, saying.at) for saying in moved.outbox] == [
        (SayingKind.MOVED, how, CAROL, after(5))
    ]
    assert change.lines == (TimelineLine(at=after(5), what=Happening.CHAT_LOST, by=CAROL, text=how),)


def test_p5_a_bot_that_is_back_goes_on_in_the_same_group_and_looks_at_it() -> None:
    removed = observe(a_settled_incident(), chat_lost(after(5), by=CAROL, disbanded=False)).incident

    back = facts.record(removed, act.Rejoin(chat=CHAT), Done(), after(6))

    assert [(line.what, line.by) for line in back.lines] == [(Happening.REJOINED, CAROL)]
    planned = plan(back.incident, wanted_of(back.incident), after(6)).actions
    assert [action.key for action in planned] == [act.LookAtChat.key]


@pytest.mark.parametrize("disbanded", [True, False])
def test_a_group_that_is_taken_away_again_and_again_is_not_made_a_third_time(disbanded: bool) -> None:
    incident, told = a_settled_incident(), list[TimelineLine]()
    for time in range(3):
        assert incident.chat is not None
        assert not incident.chat.is_gone
        change = observe(incident, chat_lost(after(5 + time), by=CAROL, chat=CHAT, disbanded=disbanded))
        incident, told = change.incident, [*told, *change.lines]
        if incident.chat is not None and incident.chat.removed_at is not None:
            assert observe(incident, chat_lost(after(6 + time), by=CAROL, disbanded=False)) == Change(incident)
            incident = facts.record(incident, act.Rejoin(chat=CHAT), Done(), after(6 + time)).incident
        elif incident.chat is None:
            incident = replace(incident, chat=a_chat(), outbox=())

    assert told[-1] == TimelineLine(at=after(7), what=Happening.GAVE_WAY, by=CAROL, text="group")
    assert (incident.status, incident.outbox, incident.losses) == (Status.FIRING, (), 3)
    assert incident.chat is not None
    assert incident.chat.is_gone
    assert plan(incident, wanted_of(incident), after(8)).actions == ()
    fires_again = observe(recovered(incident, after(9)), received(an_alert(starts_at=after(10)), at=after(10))).incident
    assert (fires_again.status, fires_again.chat) == (Status.FIRING, None), "that is worth another try"


def test_a_bot_that_cannot_come_back_has_lost_its_group_once() -> None:
    removed = observe(a_settled_incident(), chat_lost(after(5), disbanded=False)).incident

    moved = facts.record(removed, act.Rejoin(chat=CHAT), ChatGone(), after(6)).incident

    assert (moved.chat, moved.losses) == (None, 1)


def test_a_group_that_is_disbanded_while_it_cools_is_no_fight() -> None:
    assert observe(cooling(), chat_lost(after(5))).incident.losses == 0


def test_a_bot_that_is_taken_out_of_an_ended_group_or_a_room_does_not_come_back() -> None:
    change = observe(closed(OnClose.KEEP), chat_lost(after(70), disbanded=False))
    assert change.incident.chat is not None
    assert change.incident.chat.is_gone

    standing = replace(a_settled_incident(), chat=a_chat(is_standing=True))
    assert observe(standing, chat_lost(after(5), disbanded=False)).incident.chat is None


@pytest.mark.parametrize("disbanded", [True, False])
def test_where_the_route_says_so_an_incident_ends_with_its_group(disbanded: bool) -> None:
    incident = a_settled_incident(a_route(policy=a_policy(on_lost=OnLost.CLOSE)))

    change = observe(incident, chat_lost(after(5), by=CAROL, disbanded=disbanded))
    if not disbanded:
        recorded = facts.record(change.incident, act.Rejoin(chat=CHAT), ChatGone(), after(6))
        change = Change(recorded.incident, recorded.lines)

    assert [(line.what, line.by) for line in change.lines] == [
        (Happening.CHAT_LOST, CAROL),
        (Happening.RESOLVED, CAROL),
    ]
    ended = change.incident
    assert (ended.status, ended.is_closing, ended.outbox) == (Status.RESOLVED, True, ())
    assert is_ready_to_close(ended, wanted_of(ended))


def test_while_cooling_a_lost_group_is_not_made_again() -> None:
    change = observe(cooling(), chat_lost(after(5)))

    assert change.incident.chat is not None
    assert change.incident.chat.is_gone
    assert change.incident.generation == 0
    assert change.incident.outbox == ()
    assert change.lines[0].what is Happening.CHAT_LOST


def test_the_loss_of_another_group_or_of_one_already_lost_changes_nothing() -> None:
    gone = observe(cooling(), chat_lost()).incident
    for incident, lost in (
        (a_settled_incident(), chat_lost(chat=ChatId("oc_other"))),
        (an_incident(), chat_lost()),
        (gone, chat_lost()),
    ):
        assert observe(incident, lost) == Change(incident)


def test_without_a_group_nothing_is_said() -> None:
    assert acknowledged(an_incident()).outbox == ()
    assert recovered(an_incident()).outbox == ()


# -- time --------------------------------------------------------------------------------------------------------------


def test_the_card_is_refreshed_after_5_15_30_60_minutes_then_hourly() -> None:
    incident, now, moments = a_settled_incident(), T, []
    while now < after(240):
        now = next_due(incident, now)
        refreshed = elapse(incident, now).incident
        if refreshed.refreshed != incident.refreshed:
            moments.append((now - T) / minutes(1))
        incident = refreshed

    assert moments == [5, 15, 30, 60, 120, 180, 240]


def test_an_acknowledged_incident_is_not_refreshed() -> None:
    incident = acknowledged(a_settled_incident())

    assert elapse(incident, after(45)) == Change(incident)
    assert next_due(incident, after(1)) == after(61)


def test_a_refresh_is_no_change_that_makes_a_card_old() -> None:
    incident = a_settled_incident()

    assert elapse(incident, after(5)).incident.version == incident.version


def test_the_countdown_card_comes_ten_minutes_before_the_end() -> None:
    incident = cooling()
    assert next_due(incident, after(1)) == after(50)
    assert elapse(incident, after(49)).incident == incident

    said = elapse(incident, after(50)).incident.outbox

    assert [(saying.kind, saying.at, saying.seconds) for saying in said] == [(SayingKind.COUNTDOWN, after(60), 900)]
    assert next_due(incident, after(50)) == after(60)


def test_the_countdown_card_comes_once_in_a_cooling() -> None:
    waiting = elapse(cooling(), after(50)).incident
    assert elapse(waiting, after(51)).incident == waiting

    out = with_countdown(cooling())
    assert elapse(out, after(51)).incident == out


def test_a_short_countdown_needs_no_card_until_talk_prolongs_it() -> None:
    incident = cooling(seconds=300)
    assert elapse(incident, after(1)).incident == incident

    longer = observe(incident, spoke(after(4))).incident

    assert [saying.kind for saying in elapse(longer, after(10)).incident.outbox] == [SayingKind.COUNTDOWN]


def test_without_a_group_nobody_is_told_of_the_countdown() -> None:
    incident = recovered(an_incident())

    assert elapse(incident, after(55)).incident == incident


def test_when_the_countdown_is_over_the_closing_begins() -> None:
    incident = replace(cooling(), archive=Archive(messages=2, is_complete=True, refused="once"))

    change = elapse(incident, after(60))

    assert change.incident.is_closing
    assert change.incident.archive == Archive(messages=2)
    assert change.lines == (TimelineLine(at=after(60), what=Happening.CLOSING),)
    assert elapse(change.incident, after(61)) == Change(change.incident)
    assert next_due(change.incident, after(61)) == after(121)


def test_what_a_person_keeps_stays() -> None:
    kept = observe(cooling(), a_command(Verb.KEEP)).incident

    assert elapse(kept, after(10_000)) == Change(kept)
    assert next_due(kept, after(100)) == after(160)


def test_whatever_happens_it_is_looked_at_within_the_hour_and_not_in_the_past() -> None:
    late = after(500)
    for incident in (a_settled_incident(), acknowledged(a_settled_incident()), cooling(), with_countdown(cooling())):
        assert late <= next_due(incident, late) <= late + minutes(60)


# -- the end -----------------------------------------------------------------------------------------------------------


def test_closing_takes_leave_of_the_group() -> None:
    closing = replace(elapse(cooling(), after(60)).incident, archive=Archive(messages=12, is_complete=True))

    change = close(closing, after(61))

    closed = change.incident
    assert (closed.status, closed.status_at) == (Status.CLOSED, after(61))
    assert (closed.closes_at, closed.is_closing) == (None, False)
    assert [(saying.kind, saying.count) for saying in closed.outbox] == [(SayingKind.ARCHIVED, 12)]
    assert change.lines == (TimelineLine(at=after(61), what=Happening.CLOSED),)


def test_a_group_whose_history_could_not_be_read_gets_no_farewell() -> None:
    closing = replace(elapse(cooling(), after(60)).incident, archive=Archive(refused="no scope"))

    assert close(closing, after(61)).incident.outbox == ()


def test_a_group_that_stays_as_it_is_gets_no_farewell() -> None:
    closing = elapse(cooling(OnClose.KEEP), after(60)).incident

    assert close(replace(closing, archive=Archive(is_complete=True)), after(61)).incident.outbox == ()


def test_nothing_is_due_in_a_closed_incident() -> None:
    alert = next(iter(a_settled_incident().alerts.values()))
    closing = replace(elapse(cooling(), after(60)).incident, resolving={key_of(alert): seconds_after(1)})

    closed = close(closing, after(61)).incident

    assert closed.resolving == {}
    assert elapse(closed, after(100)) == Change(closed)
    assert next_due(closed, after(100)) == after(160)

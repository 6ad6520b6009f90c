"""Whose an incident is, and in which order theirs are listed."""

from dataclasses import replace
from datetime import timedelta

from alertbridge.core.chats.card import State
from alertbridge.core.ids import IncidentId, OpenId
from alertbridge.core.incidents.incident import Incident, Status
from alertbridge.core.rooms.my_list import is_theirs, rows_of
from alertbridge.core.severity import Severity
from tests.builders import ALICE, BOB, a_chat, an_incident

STRANGER = OpenId("ou_stranger")


def numbered(number: int, **changes: object) -> Incident:
    incident = replace(an_incident(), id=IncidentId(f"01{number:0>24}"), number=number, responders=(), chat=None)
    return replace(incident, **changes)  # type: ignore[arg-type]


def test_what_somebody_leads_comes_first_then_what_they_were_assigned_then_what_they_are_in() -> None:
    member = numbered(1, chat=a_chat(members=frozenset({ALICE})))
    called = numbered(2, responders=(ALICE,))
    assigned = numbered(3, lead=ALICE)
    led = numbered(4, lead=ALICE, status=Status.ACKNOWLEDGED)
    anothers = numbered(5, lead=BOB)

    rows = rows_of(ALICE, [anothers, member, called, assigned, led])

    assert [row.number for row in rows] == [4, 3, 1, 2]
    assert [row.can_ack for row in rows] == [False, True, True, True]
    assert [row.state for row in rows[:2]] == [State.ACKED, State.FIRING]


def test_the_worst_comes_first_then_the_oldest() -> None:
    mild, bad = numbered(1, lead=ALICE, severity=Severity.P3), numbered(2, lead=ALICE, severity=Severity.P1)
    older = numbered(3, lead=ALICE, severity=Severity.P3, opened_at=mild.opened_at - timedelta(hours=1))

    assert [row.number for row in rows_of(ALICE, [mild, bad, older])] == [2, 3, 1]


def test_what_is_over_is_nobodys_work() -> None:
    assert rows_of(ALICE, [numbered(1, lead=ALICE, status=Status.RESOLVED)]) == ()


def test_a_row_opens_the_group_while_there_is_one() -> None:
    chat = a_chat(share_link="https://feishu.example/share")
    there, gone = numbered(1, lead=ALICE, chat=chat), numbered(2, lead=ALICE, chat=replace(chat, is_gone=True))
    none = numbered(3, lead=ALICE)

    assert [row.link for row in rows_of(ALICE, [there, gone, none])] == ["https://feishu.example/share", "", ""]


def test_an_incident_is_theirs_who_lead_it_are_called_or_are_in_its_group() -> None:
    incident = numbered(1, lead=ALICE, responders=(BOB,))

    assert is_theirs(incident, ALICE)
    assert is_theirs(incident, BOB)
    assert not is_theirs(incident, STRANGER)
    assert not is_theirs(replace(incident, responders=None), BOB)

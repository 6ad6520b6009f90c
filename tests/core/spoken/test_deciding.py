"""The command that a message gives."""

from datetime import time

import pytest

from alertbridge.core.ids import EntryId, MessageId
from alertbridge.core.incidents.command import Command, Verb, Via
from alertbridge.core.severity import Severity
from alertbridge.core.spoken.answers import remark
from alertbridge.core.spoken.deciding import command_of
from alertbridge.core.spoken.hearing import Asked
from tests.builders import ALICE, BOB, T, a_settled_incident

MESSAGE = MessageId("om_asked")


def ordered(asked: Asked, verb: Verb, *, is_direct: bool = False) -> object:
    """What becomes of it."""
    incident = a_settled_incident()
    return command_of(asked, verb, incident, by=ALICE, at=T, entry=EntryId("e"), message=MESSAGE, is_direct=is_direct)


def test_a_command_says_who_asked_for_what_and_which_message_is_to_be_answered() -> None:
    assert ordered(Asked(word=Verb.ASSIGN, to=BOB), Verb.ASSIGN) == Command(
        id=EntryId("e"), at=T, verb=Verb.ASSIGN, by=ALICE, via=Via.CHAT, to=BOB, reply_to=MESSAGE
    )
    assert ordered(Asked(word=Verb.SEVERITY, level=Severity.P2), Verb.SEVERITY, is_direct=True) == Command(
        id=EntryId("e"),
        at=T,
        verb=Verb.SEVERITY,
        by=ALICE,
        via=Via.DIRECT,
        level=Severity.P2,
        reply_to=MESSAGE,
    )


def test_until_a_clock_time_is_so_many_seconds() -> None:
    kept = ordered(Asked(word=Verb.KEEP, clock=time(23, 1)), Verb.KEEP)  # it is 22:01 there

    assert isinstance(kept, Command)
    assert kept.seconds == 3_600


@pytest.mark.parametrize("seconds", [60, 8 * 86_400])
def test_a_duration_has_bounds(seconds: int) -> None:
    assert ordered(Asked(word=Verb.KEEP, seconds=seconds), Verb.KEEP) == remark(
        "time_range", least={"zh": "5 分钟", "en": "5 min"}, most={"zh": "7 天", "en": "7 d"}
    )


def test_a_duration_within_its_bounds_is_taken() -> None:
    kept = ordered(Asked(word=Verb.KEEP, seconds=300), Verb.KEEP)

    assert isinstance(kept, Command)
    assert kept.seconds == 300


def test_a_silence_is_no_longer_than_its_route_allows() -> None:
    assert ordered(Asked(word=Verb.SILENCE, seconds=2 * 86_400), Verb.SILENCE) == remark(
        "time_range", least={"zh": "5 分钟", "en": "5 min"}, most={"zh": "1 天", "en": "1 d"}
    )

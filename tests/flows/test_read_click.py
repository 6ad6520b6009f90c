"""Forms as they come back through the client: nothing of them is believed unread."""

from datetime import UTC, datetime
from typing import Any

import pytest

from alertbridge.core.command import Command, Verb
from alertbridge.core.ids import ChatId, MessageId, OpenId
from alertbridge.feishu.inbound.events import CardClick
from alertbridge.flows.read_click import Wrong, read_click


def submitted(**form: Any) -> CardClick:
    """The form of a silence, as somebody sends it."""
    return CardClick(
        event_id="e-1",
        at=datetime(2026, 11, 22, tzinfo=UTC),
        open_id=OpenId("ou_alice"),
        chat_id=ChatId("oc_1"),
        message_id=MessageId("om_form"),
        value={"i": "x", "a": "save_silence", "r": 1},
        option=None,
        form=form,
        host="im_message",
        token="c-1",
        tag="button",
        name="save_silence",
    )


def test_a_form_of_a_silence_is_a_command() -> None:
    command = read_click(submitted(duration="7200", reason=" deploying "))

    assert isinstance(command, Command)
    assert (command.verb, command.seconds, command.text, command.message) == (
        Verb.SILENCE,
        7200,
        "deploying",
        "om_form",
    )


@pytest.mark.parametrize("form", [{}, {"duration": "1"}, {"duration": "forever"}, {"duration": ["7200"]}])
def test_a_duration_that_was_not_offered_is_not_taken(form: dict[str, Any]) -> None:
    wrong = read_click(submitted(**form))

    assert isinstance(wrong, Wrong)
    assert wrong.field["en"] == "Duration"


@pytest.mark.parametrize("reason", ["x" * 201, 7, ["x"]])
def test_a_reason_that_is_too_long_or_no_text_is_not_taken(reason: object) -> None:
    wrong = read_click(submitted(duration="7200", reason=reason))

    assert isinstance(wrong, Wrong)
    assert wrong.field["en"] == "Reason"


@pytest.mark.parametrize("form", [{"reason": None}, {"reason": ""}, {}])
def test_a_silence_needs_no_reason(form: dict[str, Any]) -> None:
    command = read_click(submitted(duration="1800", **form))

    assert isinstance(command, Command)
    assert command.text == ""

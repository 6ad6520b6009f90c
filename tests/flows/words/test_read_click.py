"""Clicks as the client sends them: only what our cards can send is taken, and nothing else gets into the store."""

from typing import Any

import pytest

from alertbridge.core.chats.card import Button, Option
from alertbridge.core.chats.chat import FormKind
from alertbridge.core.ids import ChatId, MessageId
from alertbridge.core.incidents.command import Command, FormAsked, FormCancelled, Verb
from alertbridge.core.severity import Severity
from alertbridge.feishu.inbound.events import CardClick
from alertbridge.flows.words.read_click import Wrong, read_click
from alertbridge.store.codec import decode_entry, encode_entry
from tests.builders import ALICE, BOB, CARD, CHAT, INCIDENT, T


def a_click(pressed: object, **changes: Any) -> CardClick:
    known: dict[str, Any] = {
        "event_id": "event-1",
        "at": T,
        "open_id": ALICE,
        "chat_id": ChatId(CHAT),
        "message_id": MessageId(CARD),
        "value": {"i": INCIDENT, "a": pressed, "r": 7},
        "option": None,
        "form": {},
        "host": "im_message",
        "token": "c-1",
        "tag": "button",
        "name": "",
    }
    return CardClick(**{**known, **changes})


@pytest.mark.parametrize("button", [button for button in Button if button not in ("assign", "handover_to", "cancel")])
def test_every_button_asks_for_something(button: Button) -> None:
    asked = read_click(a_click(button.value, form={"text": "x", "duration": "7200"}))

    assert isinstance(asked, Command)
    assert (asked.by, asked.message, asked.version) == (ALICE, CARD, 7)


@pytest.mark.parametrize("option", [option for option in Option if option is not Option.TIMELINE])
def test_every_entry_of_the_menu_asks_for_something(option: Option) -> None:
    assert read_click(a_click("menu", option=option.value)) is not None


def test_what_is_chosen_comes_with_it() -> None:
    assigned = read_click(a_click("assign", option=BOB))
    set_to = read_click(a_click("menu", option="sev_P2"))
    handed = read_click(a_click("handover_to", option=BOB))

    assert isinstance(assigned, Command)
    assert (assigned.verb, assigned.to) == (Verb.ASSIGN, BOB)
    assert isinstance(handed, Command)
    assert (handed.verb, handed.to) == (Verb.HANDOVER, BOB)
    assert isinstance(set_to, Command)
    assert (set_to.verb, set_to.level) == (Verb.SEVERITY, Severity.P2)


def test_forms_are_asked_for_and_cancelled() -> None:
    asked, cancelled = read_click(a_click("menu", option="update")), read_click(a_click("cancel"))

    assert isinstance(asked, FormAsked)
    assert (asked.form, asked.message) == (FormKind.UPDATE, CARD)
    assert isinstance(cancelled, FormCancelled)
    assert cancelled.message == CARD


@pytest.mark.parametrize(
    "click",
    [
        a_click("drop"),
        a_click("sev"),
        a_click("sev_P1"),
        a_click(None),
        a_click(["ack"]),
        a_click({"a": "ack"}),
        a_click("menu"),
        a_click("menu", option="timeline"),
        a_click("menu", option="ack"),
        a_click("assign"),
        a_click("assign", option="all"),
        a_click("assign", option="ou_x></at><at id=all"),
        a_click("cancel", message_id=None),
    ],
)
def test_what_no_card_of_ours_sends_is_nothing(click: CardClick) -> None:
    assert read_click(click) is None


@pytest.mark.parametrize("form", [{}, {"text": None}, {"text": ["x"]}, {"text": "\u200b \n"}, {"text": "x" * 501}])
def test_a_form_that_is_not_filled_in_is_wrong(form: dict[str, object]) -> None:
    assert isinstance(read_click(a_click("save_note", form=form)), Wrong)


@pytest.mark.parametrize("version", [True, -1, 2**64, 10**40, "7", 7.5, None, [7]])
def test_what_is_no_version_does_not_get_into_the_store(version: object) -> None:
    click = a_click("ack", value={"i": INCIDENT, "a": "ack", "r": version})

    asked = read_click(click)

    assert isinstance(asked, Command)
    assert asked.version is None
    kind, body = encode_entry(asked)
    assert decode_entry(f'[1,{int(T.timestamp() * 1000)},"{kind}",{body}]'.encode()) == asked

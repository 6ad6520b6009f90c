"""A person uses a card: what the app is sent, and what its answer does."""

from typing import Any

import pytest

from tests.sandbox.conftest import Listener
from tests.sandbox.feishu import ALICE, BOB, Feishu, JsonObject, as_json
from tests.sandbox.test_cards import BUTTON, INCIDENT, TEXT, card, form
from tests.sandbox.test_chats import other_app
from tests.sandbox.test_events import check_form, listen

FORM = form(
    {"tag": "input", "name": "why", "required": True, "max_length": 10},
    {"tag": "input", "name": "note", "default_value": "d"},
    {
        "tag": "select_static",
        "name": "long",
        "initial_index": 2,
        "options": [{"text": TEXT, "value": "1h"}, {"text": TEXT, "value": "2h"}],
    },
    {
        "tag": "button",
        "text": {"tag": "plain_text", "content": "Create"},
        "name": "send",
        "form_action_type": "submit",
        "behaviors": [{"type": "callback", "value": {"a": "silence"}}],
    },
)


class Clicker:
    """A chat with one card, and somebody who clicks on it."""

    def __init__(self, feishu: Feishu, listener: Listener, chat: str, message: str) -> None:
        self.feishu, self.listener, self.chat, self.message = feishu, listener, chat, message

    async def click(self, who: str = ALICE, *, status: int = 200, **wish: Any) -> JsonObject:
        body = {"open_id": self.feishu.id(who), "message_id": self.message, **wish}
        answer: JsonObject = await self.feishu.control("POST", "click", body, status=status)
        return answer

    @property
    def last(self) -> JsonObject:
        event: JsonObject = self.listener.events[-1]
        return event

    @property
    def action(self) -> JsonObject:
        action: JsonObject = self.last["event"]["action"]
        return action

    async def content(self) -> JsonObject:
        content: JsonObject = (await self.feishu.chat_state(self.chat))["messages"][0]["content"]
        return content


async def sent(feishu: Feishu, listener: Listener, content: JsonObject) -> Clicker:
    await listen(feishu, listener)
    listener.answer = lambda _: (200, {"toast": {"type": "success", "content": "ok"}})
    chat = await feishu.chat(ALICE)
    return Clicker(feishu, listener, chat, await feishu.sent(chat, content))


@pytest.mark.parametrize("wish", [{"button": "Ack"}, {"button": "认领"}, {"value": {"a": "ack"}}, {"button": "go"}])
async def test_a_button_is_found_by_what_it_says_in_any_language_or_is(
    feishu: Feishu, listener: Listener, wish: JsonObject
) -> None:
    clicker = await sent(feishu, listener, card({"tag": "hr"}, {**BUTTON, "element_id": "go"}))
    answer = await clicker.click(**wish)
    assert answer == {"status": 200, "body": {"toast": {"type": "success", "content": "ok"}}, "client_error": None}
    check_form(clicker.last)
    assert clicker.action == {"tag": "button", "value": {"a": "ack"}}
    event = clicker.last["event"]
    assert event["operator"]["open_id"] == feishu.id(ALICE)
    assert event["context"] == {"open_message_id": clicker.message, "open_chat_id": clicker.chat}
    assert event["host"] == "im_message"
    assert event["token"].startswith("c-")
    assert clicker.last["header"]["create_time"] == "1800000000000000"
    assert (await feishu.state())["events"] == {"card.action.trigger": 1}


async def test_an_option_of_a_menu_is_found_by_its_text(feishu: Feishu, listener: Listener) -> None:
    options = [{"text": {"tag": "plain_text", "content": name}, "value": name.lower()} for name in ("Mute", "Note")]
    behaviors = [{"type": "callback", "value": {"a": "menu"}}]
    clicker = await sent(feishu, listener, card({"tag": "overflow", "options": options, "behaviors": behaviors}))
    await clicker.click(button="Note")
    assert clicker.action == {"tag": "overflow", "value": {"a": "menu"}, "option": "note"}


async def test_a_person_is_picked_by_option(feishu: Feishu, listener: Listener) -> None:
    clicker = await sent(feishu, listener, INCIDENT)
    await clicker.click(button="assign", option=feishu.id(BOB))
    assert clicker.action == {"tag": "select_person", "option": feishu.id(BOB)}
    assert "option" in (await clicker.click(button="assign", status=409))["error"]


@pytest.mark.parametrize(
    ("component", "option", "expected"),
    [
        ({"tag": "date_picker", "name": "d"}, "2026-01-01", {"option": "2026-01-01", "timezone": "Asia/Shanghai"}),
        ({"tag": "multi_select_static", "name": "d"}, "a,b", {"options": ["a", "b"]}),
        ({"tag": "input", "name": "d"}, "text", {"input_value": "text"}),
        ({"tag": "checker", "name": "d"}, None, {"checked": True}),
    ],
)
async def test_other_components_send_what_they_hold(
    feishu: Feishu, listener: Listener, component: JsonObject, option: str | None, expected: JsonObject
) -> None:
    clicker = await sent(feishu, listener, card(component))
    await clicker.click(button="d", option=option)
    assert clicker.action == {"tag": component["tag"], "name": "d", **expected}


async def test_a_form_sends_what_is_given_and_what_stood_there(feishu: Feishu, listener: Listener) -> None:
    clicker = await sent(feishu, listener, card(FORM))
    await clicker.click(button="Create", form={"why": "deploy"})
    assert clicker.action == {
        "tag": "button",
        "name": "send",
        "value": {"a": "silence"},
        "form_value": {"why": "deploy", "note": "d", "long": "2h"},
    }


@pytest.mark.parametrize(
    ("given", "said"),
    [({}, "required"), ({"why": "x" * 11}, "longer"), ({"why": "x", "who": "y"}, "has no who")],
)
async def test_a_form_that_is_filled_in_wrongly_is_not_sent(
    feishu: Feishu, listener: Listener, given: JsonObject, said: str
) -> None:
    clicker = await sent(feishu, listener, card(FORM))
    answer = await clicker.click(button="Create", form=given, status=409)
    assert said in answer["error"]
    assert listener.types == []


async def test_a_card_1_sends_its_value(feishu: Feishu, listener: Listener) -> None:
    button = {"tag": "button", "text": TEXT, "value": {"a": 1}}
    clicker = await sent(feishu, listener, {"elements": [{"tag": "action", "actions": [button]}]})
    await clicker.click(button="Ack", host="im_top_notice")
    assert clicker.action["value"] == {"a": 1}
    assert clicker.last["event"]["host"] == "im_top_notice"


async def test_what_cannot_be_clicked_says_why(feishu: Feishu, listener: Listener) -> None:
    link = {"tag": "button", "text": TEXT, "behaviors": [{"type": "open_url", "default_url": "https://example.com"}]}
    clicker = await sent(feishu, listener, card(link))
    assert "link" in (await clicker.click(button="Ack", status=409))["error"]
    assert "Resolve" in (await clicker.click(button="Resolve", status=409))["error"]
    assert "not in the chat" in (await clicker.click(BOB, button="Ack", status=409))["error"]
    disabled = card({**BUTTON, "disabled": True})
    await feishu.ok("message_patch", clicker.message, body={"content": as_json(disabled)})
    assert "disabled" in (await clicker.click(button="Ack", status=409))["error"]
    await feishu.later(14 * 24 * 3600 + 1)
    assert "older" in (await clicker.click(button="Ack", status=409))["error"]
    await feishu.act(ALICE, "recall", message_id=clicker.message)
    assert "no card" in (await clicker.click(button="Ack", status=409))["error"]
    clicker.message = "om_x"
    assert "om_x" in (await clicker.click(button="Ack", status=409))["error"]


async def test_the_answer_may_replace_the_card(feishu: Feishu, listener: Listener) -> None:
    clicker = await sent(feishu, listener, card(BUTTON))
    new = card({"tag": "markdown", "content": "done"})
    listener.answer = lambda _: (200, {"card": {"type": "raw", "data": new}})
    assert (await clicker.click(button="Ack"))["client_error"] is None
    assert await clicker.content() == new


@pytest.mark.parametrize(
    ("status", "answer", "client_error"),
    [
        (500, {}, 200671),
        (302, {}, 200671),
        (200, {"card": {"type": "raw", "data": {"schema": "2.0"}}}, 200673),
        (200, {"card": {"type": "raw", "data": {"elements": []}}}, 200830),
        (200, {"card": {"type": "template", "data": {"template_id": "x"}}}, 200673),
    ],
)
async def test_a_bad_answer_is_an_error_in_the_client(
    feishu: Feishu, listener: Listener, status: int, answer: JsonObject, client_error: int
) -> None:
    clicker = await sent(feishu, listener, card(BUTTON))
    listener.answer = lambda _: (status, answer)
    result = await clicker.click(button="Ack")
    assert (result["status"], result["client_error"]) == (status, client_error)
    assert await clicker.content() == card(BUTTON)
    assert len(listener.events) == 1  # never repeated


async def test_an_app_that_is_not_there_is_an_error_in_the_client(feishu: Feishu, listener: Listener) -> None:
    clicker = await sent(feishu, listener, card(BUTTON))
    await feishu.control("PUT", "apps/cli_sandbox", {"event_url": "http://127.0.0.1:9/x"})
    assert (await clicker.click(button="Ack"))["client_error"] == 200342
    await feishu.control("PUT", "apps/cli_sandbox", {"event_url": ""})
    assert (await clicker.click(button="Ack"))["client_error"] == 200340


async def delayed(feishu: Feishu, token: str, content: JsonObject) -> int:
    return await feishu.code("card_update_delayed", body={"token": token, "card": content})


async def test_the_token_of_a_click_updates_the_card_twice(feishu: Feishu, listener: Listener) -> None:
    clicker = await sent(feishu, listener, card(BUTTON))
    await clicker.click(button="Ack")
    token = clicker.last["event"]["token"]
    other = await other_app(feishu)
    assert await delayed(other, token, card()) == 200310
    assert await delayed(feishu, "c-x", card()) == 300020
    assert await delayed(feishu, token, {"schema": "2.0"}) == 11311
    assert await delayed(feishu, token, {"elements": []}) == 300090
    assert await delayed(feishu, token, card(open_ids=["x"])) == 200320
    new = card({"tag": "hr"})
    assert await delayed(feishu, token, new) == 0
    assert await clicker.content() == new
    assert await delayed(feishu, token, new) == 0
    assert await delayed(feishu, token, new) == 300040


async def test_the_token_of_a_click_dies_after_half_an_hour_or_with_the_message(
    feishu: Feishu, listener: Listener
) -> None:
    clicker = await sent(feishu, listener, card(BUTTON))
    await clicker.click(button="Ack")
    first = clicker.last["event"]["token"]
    await feishu.advance(1801)
    assert await delayed(feishu, first, card()) == 300030
    await clicker.click(button="Ack")
    await feishu.ok("message_delete", clicker.message)
    assert await delayed(feishu, clicker.last["event"]["token"], card()) == 200000


async def test_a_card_is_locked_while_somebody_clicks_on_it(feishu: Feishu, listener: Listener) -> None:
    clicker = await sent(feishu, listener, card(BUTTON))
    feishu.world.messages[clicker.message].clicks_in_flight = 1
    answer = await feishu.call("message_patch", clicker.message, body={"content": as_json(card())})
    assert answer.code == 230099
    assert "card action is lock" in answer.body["msg"]


async def test_an_update_before_the_answer_is_lost(feishu: Feishu, listener: Listener) -> None:
    clicker = await sent(feishu, listener, card(BUTTON))
    await clicker.click(button="Ack")
    token = clicker.last["event"]["token"]
    feishu.world.card_tokens[token].is_answered = False
    assert await delayed(feishu, token, card()) == 0
    assert await clicker.content() == card(BUTTON)

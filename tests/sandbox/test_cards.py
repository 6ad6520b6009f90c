"""Which cards are accepted, and how they change."""

import re
from typing import Any

import pytest

from tests.sandbox.feishu import ALICE, Feishu, JsonObject, as_json
from tests.sandbox.test_chats import other_app

TEXT = {"tag": "plain_text", "content": "Ack", "i18n_content": {"zh_cn": "认领", "en_us": "Ack"}}
BUTTON = {"tag": "button", "text": TEXT, "behaviors": [{"type": "callback", "value": {"a": "ack"}}]}
SUBMIT = {"tag": "button", "text": TEXT, "name": "send", "form_action_type": "submit"}
INPUT = {"tag": "input", "name": "why"}


def card(*elements: Any, **parts: Any) -> JsonObject:
    return {"schema": "2.0", "body": {"elements": list(elements)}, **parts}


def form(*elements: Any, **parts: Any) -> JsonObject:
    return {"tag": "form", "name": "f", "elements": list(elements), **parts}


def nested(depth: int) -> JsonObject:
    inner: JsonObject = {"tag": "hr"}
    for _ in range(depth):
        inner = {"tag": "interactive_container", "elements": [inner]}
    return inner


def inner_code(message: str) -> int:
    found = re.search(r"ErrCode: (\d+)", message)
    assert found is not None, message
    return int(found[1])


INCIDENT = {
    "schema": "2.0",
    "config": {
        "update_multi": True,
        "enable_forward": True,
        "enable_forward_interaction": False,
        "summary": {"content": "P1", "i18n_content": {"zh_cn": "P1", "en_us": "P1"}},
    },
    "header": {
        "template": "carmine",
        "title": {"tag": "plain_text", "content": "[P1] checkout"},
        "subtitle": {"tag": "plain_text", "content": "#1423"},
        "i18n_text_tag_list": {"zh_cn": [{"tag": "text_tag", "text": TEXT, "color": "red"}]},
    },
    "body": {
        "vertical_spacing": "8px",
        "elements": [
            {
                "tag": "div",
                "element_id": "summary",
                "text": {"tag": "plain_text", "content": "5xx", "text_size": "heading", "lines": 3},
            },
            {"tag": "markdown", "element_id": "facts", "content": "**x**<br>y", "i18n_content": {"zh_cn": "z"}},
            {
                "tag": "collapsible_panel",
                "expanded": False,
                "header": {
                    "title": TEXT,
                    "icon": {"tag": "standard_icon", "token": "down-small-ccm_outlined", "size": "16px 16px"},
                    "icon_position": "right",
                    "icon_expanded_angle": -180,
                },
                "elements": [{"tag": "markdown", "content": "row"}],
            },
            {
                "tag": "column_set",
                "flex_mode": "flow",
                "horizontal_spacing": "small",
                "columns": [
                    {"tag": "column", "width": "weighted", "weight": 2, "elements": [BUTTON]},
                    {
                        "tag": "column",
                        "width": "auto",
                        "elements": [
                            {
                                "tag": "overflow",
                                "width": "fill",
                                "options": [
                                    {"text": TEXT, "value": "silence"},
                                    {"text": TEXT, "multi_url": {"url": "https://example.com"}},
                                ],
                                "behaviors": [{"type": "callback", "value": {"a": "menu"}}],
                            }
                        ],
                    },
                ],
            },
            {
                **BUTTON,
                "type": "primary_filled",
                "size": "large",
                "width": "fill",
                "confirm": {"title": TEXT, "text": TEXT},
            },
            {"tag": "select_person", "element_id": "assign", "width": "fill", "placeholder": TEXT},
            {"tag": "hr"},
            form(INPUT, {"tag": "select_static", "name": "long", "options": [{"text": TEXT, "value": "2h"}]}, SUBMIT),
        ],
    },
}


async def test_a_whole_incident_card_is_accepted(feishu: Feishu) -> None:
    await feishu.sent(await feishu.chat(ALICE), INCIDENT)


@pytest.mark.parametrize(
    "bad",
    [
        card(colour="red"),
        card(config={"wide": True}),
        card(config={"update_multi": False}),
        card(config=[]),
        card(header={"template": "pink"}),
        card(header={"title": "plain"}),
        card(header={"title": TEXT, "text_tag_list": [{"tag": "plain_text"}]}),
        card({"tag": "markdown", "content": "x", "bold": True}),
        card({"tag": "markdown"}),
        card({"tag": "div", "text": {"tag": "plain_text", "content": "x", "size": 3}}),
        card({"tag": "div"}),
        card({"tag": "blink"}),
        card({"content": "x"}),
        card("x"),
        card({**BUTTON, "value": {"a": 1}}),
        card({**BUTTON, "type": "huge"}),
        card({**BUTTON, "behaviors": [{"type": "jump"}]}),
        card({**BUTTON, "behaviors": [{"type": "callback", "values": {}}]}),
        card({**BUTTON, "confirm": {"text": TEXT, "ok": TEXT}}),
        card({**BUTTON, "form_action_type": "submit"}),
        card({"tag": "column_set", "columns": [{"tag": "div"}]}),
        card({"tag": "column_set", "columns": [{"tag": "column", "width": "wide"}]}),
        card({"tag": "column", "elements": []}),
        card({"tag": "hr", "element_id": "has-dash"}),
        card({"tag": "hr", "element_id": "x" * 21}),
        card({"tag": "hr", "element_id": "x"}, {"tag": "hr", "element_id": "x"}),
        card({"tag": "overflow", "options": [{"text": "plain", "value": "x"}]}),
        card({"tag": "overflow", "options": [{"label": TEXT}]}),
        card({"tag": "collapsible_panel", "header": {"text": TEXT}, "elements": []}),
        card({"tag": "collapsible_panel", "elements": [form(INPUT, SUBMIT)]}),
        card(form(INPUT)),
        card(form(INPUT, SUBMIT, name="")),
        card(form({"tag": "input"}, SUBMIT)),
        card(form(INPUT, INPUT, SUBMIT)),
        card(nested(20)),
        {"schema": "2.0"},
        {"schema": "2.0", "elements": []},
        {"schema": "2.0", "body": {"elements": {}}},
        {"title": "neither"},
    ],
)
async def test_a_card_2_with_anything_unknown_or_misplaced_is_refused(feishu: Feishu, bad: JsonObject) -> None:
    answer = await feishu.send(await feishu.chat(ALICE), bad)
    assert (answer.status, answer.code) == (400, 230099)
    assert inner_code(answer.body["msg"]) == 200621


@pytest.mark.parametrize(
    ("bad", "inner"),
    [
        (card({"tag": "note", "elements": []}), 200861),
        (card({"tag": "action", "actions": []}), 200861),
        (card(*[{"tag": "hr"}] * 201), 11310),
        (card({"tag": "markdown", "content": "<at id=ou_nobody></at>"}), 100290),
        (card({"tag": "markdown", "content": "x", "i18n_content": {"en_us": "<person id='ou_no'></person>"}}), 100290),
        (card({"tag": "person", "user_id": "ou_nobody"}), 100290),
        (card({"tag": "person_list", "persons": [{"id": "ou_nobody"}]}), 100290),
        (card({"tag": "select_person", "options": [{"value": "ou_nobody"}]}), 100290),
        ({"elements": [{"tag": "markdown", "content": "<at id=ou_nobody></at>"}]}, 100290),
        (card({"tag": "markdown", "content": "![x](img_nobody)"}), 200570),
        (card({"tag": "img", "img_key": "img_nobody"}), 200570),
        ({"type": "template", "data": {"template_id": "x"}}, 200380),
    ],
)
async def test_the_inner_code_tells_why(feishu: Feishu, bad: JsonObject, inner: int) -> None:
    answer = await feishu.send(await feishu.chat(ALICE), bad)
    assert answer.code == 230099
    assert inner_code(answer.body["msg"]) == inner


async def test_known_people_and_own_images_are_accepted(feishu: Feishu) -> None:
    key = (await feishu.upload()).data["image_key"]
    alice = feishu.id(ALICE)
    mentions = f"<at id={alice}></at> <at ids={alice},{alice}></at> <person id='{alice}'></person> <at id=all></at>"
    await feishu.sent(await feishu.chat(ALICE), card({"tag": "markdown", "content": f"{mentions} ![x]({key})"}))


async def test_an_id_in_plain_text_is_only_text(feishu: Feishu) -> None:
    plain = {"tag": "div", "text": {"tag": "plain_text", "content": "<at id=ou_nobody></at> ![x](img_x)"}}
    await feishu.sent(await feishu.chat(ALICE), card(plain))


async def test_a_card_is_at_most_30_kb_and_json(feishu: Feishu) -> None:
    chat = await feishu.chat(ALICE)
    assert (await feishu.send(chat, card({"tag": "markdown", "content": "x" * 30_720}))).code == 230025
    body = {"receive_id": chat, "msg_type": "interactive", "content": "{"}
    answer = await feishu.call("message_create", query={"receive_id_type": "chat_id"}, body=body)
    assert (answer.code, inner_code(answer.body["msg"])) == (230099, 200621)


async def test_a_card_1_may_hold_unknown_things(feishu: Feishu) -> None:
    old = {
        "config": {"wide_screen_mode": True},
        "shape": "round",
        "header": {"title": TEXT},
        "elements": [{"tag": "action", "actions": [{"tag": "button", "text": TEXT, "value": {"a": 1}}]}],
    }
    await feishu.sent(await feishu.chat(ALICE), old)


async def test_everybody_is_not_mentioned_where_that_is_for_the_owner(feishu: Feishu) -> None:
    other = await other_app(feishu)
    chat = await feishu.chat(ALICE, bot_id_list=["cli_other"])
    await feishu.ok("chat_update", chat, body={"at_all_permission": "only_owner"})
    loud = card({"tag": "markdown", "content": "<at id=all></at>"})
    assert (await other.send(chat, loud)).code == 230018
    await feishu.sent(chat, loud)


async def patch(feishu: Feishu, message: str, content: JsonObject) -> int:
    return await feishu.code("message_patch", message, body={"content": as_json(content)})


async def test_a_card_is_replaced_by_its_sender(feishu: Feishu) -> None:
    other = await other_app(feishu)
    chat = await feishu.chat(ALICE, bot_id_list=["cli_other"])
    message = await feishu.sent(chat, card({"tag": "hr"}))
    assert await patch(feishu, message, card(BUTTON)) == 0
    state = (await feishu.chat_state(chat))["messages"][0]
    assert state["content"] == card(BUTTON)
    assert state["updated_at"] is not None
    assert await patch(other, message, card(BUTTON)) == 230001
    assert await patch(feishu, message, card({"tag": "blink"})) == 230099
    assert await patch(feishu, await feishu.sent(chat, "text"), card(BUTTON)) == 230001
    assert await patch(feishu, "om_x", card(BUTTON)) == 99992354


async def test_old_and_new_card_are_shared_and_2_never_becomes_1(feishu: Feishu) -> None:
    chat = await feishu.chat(ALICE)
    shared = {"config": {"update_multi": True}, "elements": [{"tag": "hr"}]}
    private = {"elements": [{"tag": "hr"}]}
    message = await feishu.sent(chat, shared)
    assert await patch(feishu, message, private) == 230001
    assert await patch(feishu, await feishu.sent(chat, private), shared) == 230001
    assert await patch(feishu, message, card()) == 0
    answer = await feishu.call("message_patch", message, body={"content": as_json(shared)})
    assert (answer.code, inner_code(answer.body["msg"])) == (230099, 200830)


async def test_a_card_lives_fourteen_days_and_dies_with_its_message(feishu: Feishu) -> None:
    chat = await feishu.chat(ALICE)
    message = await feishu.sent(chat, card())
    await feishu.later(14 * 24 * 3600)
    assert await patch(feishu, message, card()) == 0
    await feishu.advance(1)
    assert await patch(feishu, message, card()) == 230031
    recalled = await feishu.sent(chat, card())
    await feishu.ok("message_delete", recalled)
    assert await patch(feishu, recalled, card()) == 230011


async def test_one_card_takes_five_updates_a_second(feishu: Feishu) -> None:
    chat = await feishu.chat(ALICE)
    message, second = await feishu.sent(chat, card()), await feishu.sent(chat, card())
    for _ in range(5):
        assert await patch(feishu, message, card()) == 0
    assert await patch(feishu, message, card()) == 230020
    assert await patch(feishu, second, card()) == 0
    await feishu.advance(1)
    assert await patch(feishu, message, card()) == 0

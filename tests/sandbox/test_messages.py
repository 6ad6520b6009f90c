"""Messages: send, reply, edit, recall, read, pin, react, buzz."""

import msgspec
import pytest

from tests.sandbox.feishu import ALICE, BOB, OUTSIDE, RESIGNED, Feishu, JsonObject, as_json
from tests.sandbox.test_chats import other_app

BY_CHAT = {"receive_id_type": "chat_id"}


def read(message: JsonObject) -> JsonObject:
    """Return the parsed content as the API gives it."""
    content: JsonObject = msgspec.json.decode(message["body"]["content"])
    return content


async def history(feishu: Feishu, chat: str, **query: object) -> list[JsonObject]:
    given = {"container_id_type": "chat", "container_id": chat, **query}
    items: list[JsonObject] = (await feishu.ok("message_list", query=given))["items"]
    return items


async def test_a_text_comes_back_with_placeholders_and_without_styles(feishu: Feishu) -> None:
    chat = await feishu.chat(ALICE)
    text = f'<b>now</b> <at user_id="{feishu.id(ALICE)}">x</at> and <at user_id="all"></at> <i>go</i>'
    message = (await feishu.send(chat, text)).data
    assert read(message) == {"text": "now @_user_1 and @_all go"}
    assert [(one["key"], one["id"], one["name"]) for one in message["mentions"]] == [
        ("@_user_1", feishu.id(ALICE), "陈爱丽")
    ]
    assert (await feishu.chat_state(chat))["messages"][0]["content"] == {"text": text}


async def test_a_post_comes_back_in_one_language(feishu: Feishu) -> None:
    chat = await feishu.chat(ALICE)
    nodes = [{"tag": "text", "text": "hi "}, {"tag": "at", "user_id": feishu.id(ALICE)}, {"tag": "md", "text": "**b**"}]
    post = {"zh_cn": {"title": "t", "content": [nodes]}, "en_us": {"content": [[]]}}
    content = read((await feishu.send(chat, post, "post")).data)
    assert content["title"] == "t"
    assert content["content"][0][1] == {"tag": "at", "user_id": "@_user_1", "user_name": "陈爱丽", "style": []}
    assert content["content"][0][2]["tag"] == "text"


@pytest.mark.parametrize(
    ("msg_type", "content", "code"),
    [
        ("text", {}, 230001),
        ("text", {"text": ""}, 230001),
        ("text", {"text": "x" * (150 * 1024)}, 230025),
        ("post", {}, 230001),
        ("post", {"zh_cn": {"content": "x"}}, 230001),
        ("post", {"zh_cn": {"content": [{"tag": "text"}]}}, 230001),
        ("post", {"zh_cn": {"content": [["x"]]}}, 230001),
        ("post", {"zh_cn": {"content": [[{"tag": "text"}]]}}, 230001),
        ("post", {"zh_cn": {"content": [[{"tag": "button"}]]}}, 230001),
        ("post", {"zh_cn": {"title": 1, "content": []}}, 230001),
        ("post", {"zh_cn": {"content": [[{"tag": "img", "image_key": "img_x"}]]}}, 230017),
        ("post", {"zh_cn": {"content": [[{"tag": "text", "text": "x" * 31_000}]]}}, 230025),
        ("image", {"image_key": "img_x"}, 230017),
        ("image", {}, 230001),
        ("file", {"file_key": "file_x"}, 230017),
        ("share_chat", {"chat_id": "oc_x"}, 230001),
        ("share_user", {"user_id": "ou_x"}, 230001),
        ("system", {"type": "other"}, 230001),
    ],
)
async def test_content_that_does_not_fit_its_type_is_refused(
    feishu: Feishu, msg_type: str, content: JsonObject, code: int
) -> None:
    chat = await feishu.chat(ALICE)
    assert (await feishu.send(chat, content, msg_type)).code == code
    assert await history(feishu, chat) == []


async def test_content_is_a_string_of_json(feishu: Feishu) -> None:
    chat = await feishu.chat(ALICE)
    for content in ("hello", "[]", '"x"'):
        body = {"receive_id": chat, "msg_type": "text", "content": content}
        assert await feishu.code("message_create", query=BY_CHAT, body=body) == 230001


async def test_images_and_cards_of_chats_and_people_can_be_sent(feishu: Feishu) -> None:
    chat = await feishu.chat(ALICE)
    key = (await feishu.upload()).data["image_key"]
    await feishu.sent(chat, {"image_key": key}, "image")
    await feishu.sent(chat, {"chat_id": chat}, "share_chat")
    await feishu.sent(chat, {"user_id": feishu.id(BOB)}, "share_user")
    await feishu.sent(chat, {"type": "divider"}, "system")
    p2p = (await feishu.act(ALICE, "open_p2p"))["chat_id"]
    assert (await feishu.send(chat, {"chat_id": p2p}, "share_chat")).code == 230015


async def test_a_message_to_a_person_opens_one_p2p_chat(feishu: Feishu) -> None:
    body = {"receive_id": feishu.id(ALICE), "msg_type": "text", "content": '{"text":"hi"}'}
    first = await feishu.ok("message_create", query={"receive_id_type": "open_id"}, body=body)
    body["receive_id"] = ALICE
    second = await feishu.ok("message_create", query={"receive_id_type": "email"}, body=body)
    assert first["chat_id"] == second["chat_id"]
    assert (await feishu.chat_state(first["chat_id"]))["chat_mode"] == "p2p"


async def test_who_cannot_be_written_to(feishu: Feishu) -> None:
    other = await other_app(feishu)
    chat = await feishu.chat(ALICE)
    assert (await other.send(chat)).code == 230002
    assert (await feishu.send("oc_x")).code == 230034
    for receiver, code in ((OUTSIDE, 230013), (RESIGNED, 230013), ("nobody@example.com", 230034)):
        body = {"receive_id": receiver, "msg_type": "text", "content": '{"text":"hi"}'}
        assert await feishu.code("message_create", query={"receive_id_type": "email"}, body=body) == code


async def test_a_uuid_sends_once_within_an_hour(feishu: Feishu) -> None:
    chat = await feishu.chat(ALICE)
    first = await feishu.sent(chat, "a", uuid="u")
    await feishu.advance(3599)
    assert await feishu.sent(chat, "b", uuid="u") == first
    await feishu.advance(1)
    assert await feishu.sent(chat, "c", uuid="u") != first
    assert len(await history(feishu, chat)) == 2
    await feishu.switch(repeated_message_uuid="refused")
    assert (await feishu.send(chat, "d", uuid="u")).code == 230001


async def test_the_same_uuid_under_way_is_refused(feishu: Feishu) -> None:
    chat = await feishu.chat(ALICE)
    body = {"receive_id": chat, "msg_type": "text", "content": '{"text":"hi"}', "uuid": "u"}
    async with feishu.busy("message_create", query=BY_CHAT, body=body):
        assert await feishu.code("message_create", query=BY_CHAT, body=body) == 230049
    await feishu.ok("message_create", query=BY_CHAT, body=body)
    assert len(await history(feishu, chat)) == 1


async def test_replies_know_their_root_and_threads_are_listed_apart(feishu: Feishu) -> None:
    chat = await feishu.chat(ALICE)
    root = await feishu.sent(chat)
    body = {"msg_type": "text", "content": '{"text":"re"}'}
    reply = await feishu.ok("message_reply", root, body={**body, "uuid": "r"})
    assert await feishu.ok("message_reply", root, body={**body, "uuid": "r"}) == reply
    assert (reply["root_id"], reply["parent_id"]) == (root, root)
    deeper = await feishu.ok("message_reply", reply["message_id"], body={**body, "reply_in_thread": True})
    assert (deeper["root_id"], deeper["parent_id"]) == (root, reply["message_id"])
    assert [one["message_id"] for one in await history(feishu, chat)] == [root]
    thread = {"container_id_type": "thread", "container_id": deeper["thread_id"]}
    listed = await feishu.ok("message_list", query=thread)
    assert deeper["message_id"] in [one["message_id"] for one in listed["items"]]


async def test_a_recalled_or_unknown_message_is_not_replied_to(feishu: Feishu) -> None:
    chat = await feishu.chat(ALICE)
    message = await feishu.sent(chat)
    await feishu.ok("message_delete", message)
    body = {"msg_type": "text", "content": '{"text":"re"}'}
    assert await feishu.code("message_reply", message, body=body) == 230011
    assert await feishu.code("message_reply", "om_x", body=body) == 99992354


async def test_texts_are_edited_by_their_sender_twenty_times(feishu: Feishu) -> None:
    other = await other_app(feishu)
    chat = await feishu.chat(ALICE, bot_id_list=["cli_other"])
    message = await feishu.sent(chat)
    body = {"msg_type": "text", "content": '{"text":"edited"}'}
    assert await other.code("message_update", message, body=body) == 230071
    for _ in range(20):
        edited = await feishu.ok("message_update", message, body=body)
    assert read(edited) == {"text": "edited"}
    assert await feishu.code("message_update", message, body=body) == 230072


async def test_editing_has_a_window_and_is_not_for_cards(feishu: Feishu) -> None:
    chat = await feishu.chat(ALICE)
    body = {"msg_type": "text", "content": '{"text":"edited"}'}
    card = await feishu.sent(chat, {"elements": [{"tag": "hr"}]})
    assert await feishu.code("message_update", card, body=body) == 230054
    message = await feishu.sent(chat)
    await feishu.switch(edit_window_seconds=60, recall_window_seconds=60)
    await feishu.advance(61)
    assert await feishu.code("message_update", message, body=body) == 230075
    assert await feishu.code("message_delete", message) == 230009


async def test_recalling_is_for_the_sender_or_those_who_run_the_chat(feishu: Feishu) -> None:
    other = await other_app(feishu)
    chat = await feishu.chat(ALICE, bot_id_list=["cli_other"])
    mine, theirs = await feishu.sent(chat), await other.sent(chat)
    assert await other.code("message_delete", mine) == 230026
    await feishu.ok("message_delete", theirs)
    await feishu.ok("message_delete", mine)
    await feishu.ok("message_delete", mine)
    await feishu.switch(recall_twice_succeeds=False)
    assert await feishu.code("message_delete", mine) == 230110
    listed = await history(feishu, chat)
    assert [one["deleted"] for one in listed] == [True, True]
    assert listed[0]["body"]["content"] == "This message was recalled"
    assert "body" not in (await feishu.ok("message_get", mine))["items"][0]


async def test_group_messages_are_read_only_with_the_sensitive_scope(feishu: Feishu) -> None:
    chat = await feishu.chat(ALICE)
    message = await feishu.sent(chat)
    await feishu.control("PUT", "apps/cli_sandbox", {"scopes": ["im:message"]})
    assert await feishu.code("message_get", message) == 230027
    assert await feishu.code("message_list", query={"container_id_type": "chat", "container_id": chat}) == 230027


async def test_history_is_paged_and_bounded_in_seconds(feishu: Feishu) -> None:
    chat = await feishu.chat(ALICE)
    messages = []
    for _ in range(3):
        messages.append(await feishu.sent(chat))
        await feishu.advance(10)
    newest = await history(feishu, chat, sort_type="ByCreateTimeDesc", page_size=1)
    assert [one["message_id"] for one in newest] == [messages[2]]
    between = await history(feishu, chat, start_time=1_800_000_005, end_time=1_800_000_015)
    assert [one["message_id"] for one in between] == [messages[1]]
    query = {"container_id_type": "chat", "container_id": chat, "start_time": "soon"}
    assert await feishu.code("message_list", query=query) == 230001


async def test_pinning_twice_keeps_the_first_pin(feishu: Feishu) -> None:
    chat = await feishu.chat(ALICE)
    message = await feishu.sent(chat)
    first = await feishu.ok("pin_create", body={"message_id": message})
    await feishu.advance(5)
    assert await feishu.ok("pin_create", body={"message_id": message}) == first
    second = await feishu.sent(chat)
    await feishu.ok("pin_create", body={"message_id": second})
    pins = await feishu.ok("pin_list", query={"chat_id": chat})
    assert [one["message_id"] for one in pins["items"]] == [second, message]
    assert pins["items"][0]["operator_id"] == "cli_sandbox"
    early = await feishu.ok("pin_list", query={"chat_id": chat, "end_time": 1_800_000_000_001})
    assert [one["message_id"] for one in early["items"]] == [message]
    await feishu.ok("pin_delete", message)
    await feishu.ok("pin_delete", message)
    assert (await feishu.chat_state(chat))["messages"][0]["pinned"] is False


async def test_pins_have_rules(feishu: Feishu) -> None:
    other = await other_app(feishu)
    chat = await feishu.chat(ALICE, bot_id_list=["cli_other"])
    message = await feishu.sent(chat)
    await feishu.act(ALICE, "reserve", chat, settings={"pins": True})
    assert await other.code("pin_create", body={"message_id": message}) == 230046
    for _ in range(4):
        await feishu.ok("pin_delete", message)
    assert await feishu.code("pin_delete", message) == 230047
    await feishu.ok("message_delete", message)
    await feishu.advance(1)
    assert await feishu.code("pin_create", body={"message_id": message}) == 230011
    window = {"chat_id": chat, "start_time": 5, "end_time": 5}
    assert await feishu.code("pin_list", query=window) == 230001
    assert await feishu.code("pin_list", query={"chat_id": "oc_x"}) == 230001


async def test_reactions_belong_to_who_made_them(feishu: Feishu) -> None:
    other = await other_app(feishu)
    chat = await feishu.chat(ALICE, bot_id_list=["cli_other"])
    message, second = await feishu.sent(chat), await feishu.sent(chat)
    body = {"reaction_type": {"emoji_type": "DONE"}}
    reaction = await feishu.ok("message_reaction_create", message, body=body)
    assert await feishu.ok("message_reaction_create", message, body=body) == reaction
    await feishu.switch(repeated_reaction_succeeds=False)
    assert await feishu.code("message_reaction_create", message, body=body) == 231015
    assert await feishu.code("message_reaction_create", message, body={"reaction_type": {"emoji_type": "!"}}) == 231001
    id_ = reaction["reaction_id"]
    assert await other.code("message_reaction_delete", message, id_) == 231007
    assert await feishu.code("message_reaction_delete", second, id_) == 231010
    assert await feishu.code("message_reaction_delete", message, "x") == 231011
    assert await feishu.code("message_reaction_create", "om_x", body=body) == 231003
    shown = (await feishu.chat_state(chat))["messages"][0]["reactions"]
    assert [(one["emoji_type"], one["operator"]["id"]) for one in shown] == [("DONE", "cli_sandbox")]
    await feishu.ok("message_reaction_delete", message, id_)


async def test_a_buzz_reaches_members_only(feishu: Feishu) -> None:
    chat = await feishu.chat(ALICE)
    message = await feishu.sent(chat)
    for kind in ("app", "sms", "phone"):
        body = {"user_id_list": [feishu.id(ALICE), feishu.id(BOB), "ou_x"]}
        answer = await feishu.ok(f"message_urgent_{kind}", message, query={"user_id_type": "open_id"}, body=body)
        assert answer["invalid_user_id_list"] == [feishu.id(BOB), "ou_x"]
    state = await feishu.state()
    assert [one["kind"] for one in state["chats"][0]["messages"][0]["urgent"]] == ["app", "sms", "phone"]
    assert state["people"][0]["unread_buzzes"] == 3
    outsiders = {"user_id_list": [feishu.id(BOB)]}
    query = {"user_id_type": "open_id"}
    assert await feishu.code("message_urgent_app", message, query=query, body=outsiders) == 230001


async def test_a_buzz_has_rules(feishu: Feishu) -> None:
    other = await other_app(feishu)
    chat = await feishu.chat(ALICE, bot_id_list=["cli_other"])
    message = await feishu.sent(chat)
    body, query = {"user_id_list": [feishu.id(ALICE)]}, {"user_id_type": "open_id"}
    assert await feishu.code("message_urgent_app", message, body=body) == 99992402  # the id type is required here
    assert await other.code("message_urgent_app", message, query=query, body=body) == 230012
    theirs = await other.sent(chat)
    await feishu.ok("chat_update", chat, body={"urgent_setting": "only_owner"})
    assert await other.code("message_urgent_app", theirs, query=query, body=body) == 230052
    await feishu.switch(buzz_quota=0)
    assert await feishu.code("message_urgent_phone", message, query=query, body=body) == 230024
    await feishu.ok("message_urgent_app", message, query=query, body=body)
    await feishu.control("POST", "people", {"open_id": feishu.id(ALICE), "unread_buzzes": 200})
    assert await feishu.code("message_urgent_app", message, query=query, body=body) == 230023
    await feishu.act(ALICE, "read_buzzes")
    await feishu.ok("message_urgent_app", message, query=query, body=body)
    await feishu.ok("message_delete", message)
    assert await feishu.code("message_urgent_app", message, query=query, body=body) == 230110


async def test_sent_json_is_kept_as_sent(feishu: Feishu) -> None:
    chat = await feishu.chat(ALICE)
    card = {"schema": "2.0", "body": {"elements": [{"tag": "markdown", "content": "**x**"}]}}
    message = await feishu.sent(chat, card)
    query = {"card_msg_content_type": "user_card_content"}
    whole = (await feishu.ok("message_get", message, query=query))["items"][0]
    assert whole["body"]["content"] == as_json(card)
    simple = (await feishu.ok("message_get", message))["items"][0]
    assert read(simple) == {"title": "", "elements": [[{"tag": "text", "text": "**x**"}]]}

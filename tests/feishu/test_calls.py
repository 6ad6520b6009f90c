"""Every documented operation has a method, and what the client sends is what the documents ask for."""

from collections.abc import Callable
from typing import Any

import pytest

from alertbridge.core.ids import ChatId, MessageId
from alertbridge.feishu import limits
from alertbridge.feishu.calls import (
    announcements,
    app,
    buzzes,
    card_updates,
    chats,
    contacts,
    docx,
    images,
    members,
    menus,
    messages,
    pins,
    reactions,
    tabs,
)
from alertbridge.feishu.calls.docx import Block, BlockType, TextElement
from alertbridge.feishu.calls.messages import Content
from alertbridge.feishu.client import FeishuClient
from alertbridge.feishu.errors import ContentTooLarge
from alertbridge.feishu.protocol import Call
from tests.feishu.contract import operations, violations
from tests.feishu.every_call import ALICE, BLOCK, CARD, CHAT, EVERY_CALL, ICON, MESSAGE


@pytest.mark.parametrize("operation", operations())
def test_every_documented_operation_is_a_method_and_is_tried_here(operation: str) -> None:
    assert callable(getattr(FeishuClient, operation))
    assert operation in {call.operation for call in EVERY_CALL}


@pytest.mark.parametrize("call", EVERY_CALL, ids=lambda call: call.operation)
def test_a_request_is_what_the_contract_asks_for(call: Call[Any]) -> None:
    assert violations(call) == []


def test_only_calls_with_a_documented_limit_of_their_own_name_a_chat_or_message() -> None:
    chats_limited = {call.operation for call in EVERY_CALL if call.limited_chat}
    messages_limited = {call.operation for call in EVERY_CALL if call.limited_message}
    documented = {name: operation.entry["x-rate-limit"] for name, operation in operations().items()}

    assert chats_limited == {name for name, limit in documented.items() if "per_chat_per_second" in limit}
    assert messages_limited == {name for name, limit in documented.items() if "per_message_per_second" in limit}


LINK = "https://a.example"
LINE = Block.line(BlockType.TEXT, TextElement.text("x"))


@pytest.mark.parametrize(
    ("build", "said"),
    [
        (lambda: chats.chat_get(ChatId("")), "chat_id must be an id"),
        (lambda: chats.chat_disband(ChatId("oc_1/members")), "chat_id must be an id"),
        (lambda: chats.chat_get(ChatId("..")), "chat_id must be an id"),
        (lambda: chats.chat_create(uuid=""), "uuid"),
        (lambda: chats.chat_create(uuid="u" * 51), "uuid"),
        (lambda: chats.chat_create(uuid="u", user_id_list=[ALICE] * 51), "at most 50 users"),
        (lambda: chats.chat_create(uuid="u", bot_id_list=["cli"] * 6), "at most 5 bots"),
        (lambda: chats.chat_list(page_size=101), "1 to 100"),
        (lambda: chats.chat_list(page_size=0), "1 to 100"),
        (lambda: chats.chat_search(""), "search"),
        (lambda: chats.chat_search("x" * 65), "search"),
        (lambda: chats.chat_update(CHAT), "something to change"),
        (lambda: chats.chat_update(CHAT, add_member_permission="only_owner"), "go together"),
        (
            lambda: chats.chat_update(CHAT, add_member_permission="only_owner", share_card_permission="allowed"),
            "go together",
        ),
        (
            lambda: chats.chat_moderation_update(CHAT, moderation_setting="only_owner", moderator_added_list=[ALICE]),
            "only with moderator_list",
        ),
        (
            lambda: chats.chat_moderation_update(
                CHAT,
                moderation_setting="moderator_list",
                moderator_added_list=[ALICE],
                moderator_removed_list=[ALICE],
            ),
            "added and removed at once",
        ),
        (lambda: members.chat_members_add(CHAT, []), "at least one"),
        (lambda: members.chat_members_add(CHAT, [ALICE] * 51), "at most 50"),
        (lambda: members.chat_members_add(CHAT, ["cli"] * 6, member_id_type="app_id"), "at most 5 bots"),
        (lambda: members.chat_members_remove(CHAT, []), "at least one"),
        (lambda: members.chat_managers_add(CHAT, [ALICE] * 51), "at most 50"),
        (lambda: members.chat_managers_delete(CHAT, []), "at least one"),
        (lambda: announcements.chat_announcement_patch(CHAT, revision=1, requests=[]), "at least one"),
        (lambda: docx.docx_announcement_blocks_list(CHAT, page_size=501), "1 to 500"),
        (lambda: docx.docx_announcement_block_children_create(CHAT, CHAT, [], client_token="c"), "at least one"),
        (
            lambda: docx.docx_announcement_block_children_create(CHAT, CHAT, [LINE] * 51, client_token="c"),
            "at most 50",
        ),
        (
            lambda: docx.docx_announcement_block_children_create(CHAT, CHAT, [LINE], client_token=""),
            "client_token",
        ),
        (lambda: docx.docx_announcement_blocks_batch_update(CHAT, {}, client_token="c"), "at least one"),
        (lambda: docx.docx_announcement_blocks_batch_update(CHAT, {BLOCK: []}, client_token="c"), "one element"),
        (lambda: Block.line(BlockType.TEXT, TextElement.text("𝄞" * 50_001)), "UTF-16"),
        (lambda: docx.Link.to("javascript:alert(1)"), "http"),
        (
            lambda: docx.docx_announcement_block_children_batch_delete(
                CHAT, CHAT, start_index=2, end_index=2, client_token="c"
            ),
            "nothing between",
        ),
        (lambda: tabs.chat_tabs_create(CHAT, []), "at least one"),
        (lambda: tabs.chat_tabs_create(CHAT, [tabs.WantedTab(name="x" * 61, url=LINK)]), "tab name"),
        (lambda: tabs.chat_tabs_create(CHAT, [tabs.WantedTab(name="x", url="ftp://x")]), "http"),
        (lambda: tabs.chat_tabs_create(CHAT, [tabs.WantedTab(name="x", url=LINK)] * 21), "at most 20"),
        (lambda: tabs.chat_tabs_update(CHAT, {}), "at least one"),
        (lambda: tabs.chat_tabs_sort(CHAT, []), "at least one"),
        (lambda: tabs.chat_tabs_delete(CHAT, []), "at least one"),
        (lambda: menus.chat_menu_tree_create(CHAT, [menus.WantedMenu(menus.MenuItem.heading("x"))] * 4), "at most 3"),
        (lambda: menus.chat_menu_tree_create(CHAT, [menus.WantedMenu(menus.MenuItem.heading(""))]), "menu name"),
        (lambda: menus.chat_menu_tree_create(CHAT, [menus.WantedMenu(menus.MenuItem.heading("x" * 121))]), "menu name"),
        (
            lambda: menus.chat_menu_tree_create(
                CHAT, [menus.WantedMenu(menus.MenuItem.heading("x"), (menus.MenuItem.link("y", LINK),) * 6)]
            ),
            "at most 5",
        ),
        (
            lambda: menus.chat_menu_tree_create(
                CHAT, [menus.WantedMenu(menus.MenuItem.link("x", LINK), (menus.MenuItem.link("y", LINK),))]
            ),
            "neither link nor icon",
        ),
        (
            lambda: menus.chat_menu_tree_create(CHAT, [menus.WantedMenu(menus.MenuItem.link("x", "data:,x"))]),
            "http",
        ),
        (
            lambda: menus.chat_menu_item_patch(
                CHAT, menus.MenuId("1"), menus.MenuItem.link("", "data:,x"), update_fields=["REDIRECT_LINK"]
            ),
            "http",
        ),
        (
            lambda: menus.chat_menu_item_patch(CHAT, menus.MenuId("1"), menus.MenuItem(), update_fields=["NAME"]),
            "menu name",
        ),
        (
            lambda: menus.chat_menu_item_patch(CHAT, menus.MenuId("1"), menus.MenuItem(name="x"), update_fields=[]),
            "at least one",
        ),
        (lambda: messages.message_create("", Content.text("x"), uuid="u"), "receive_id"),
        (lambda: messages.message_create(CHAT, Content.text("x"), uuid=""), "uuid"),
        (lambda: messages.message_update(MESSAGE, Content.card(CARD)), "message_patch"),
        (lambda: messages.message_get(MessageId("")), "message_id"),
        (lambda: messages.message_list("omt_1", container_id_type="thread", start_time=1), "thread"),
        (lambda: messages.message_list(CHAT, page_size=51), "1 to 50"),
        (lambda: buzzes.message_urgent_app(MESSAGE, []), "at least one"),
        (lambda: buzzes.message_urgent_sms(MESSAGE, [ALICE] * 201), "at most 200"),
        (lambda: pins.pin_create(MessageId("")), "message_id"),
        (lambda: pins.pin_list(CHAT, start_time=2, end_time=2), "before"),
        (lambda: reactions.message_reaction_create(MESSAGE, ""), "emoji"),
        (lambda: images.image_create(b"", image_type="avatar"), "at least one"),
        (lambda: images.image_create(bytes(limits.IMAGE_BYTES + 1), image_type="avatar"), "at most"),
        (lambda: card_updates.card_update_delayed("", CARD), "token"),
        (contacts.user_batch_get_id, "nobody"),
        (lambda: contacts.user_batch_get_id(emails=["a@example.com"] * 51), "at most 50"),
        (lambda: contacts.user_batch_get([]), "at least one"),
        (lambda: contacts.user_get("a/b"), "user_id"),
    ],
)
def test_a_request_that_feishu_would_refuse_is_not_built(build: Callable[[], Call[Any]], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        build()


@pytest.mark.parametrize(
    ("content", "most"),
    [(Content.text, limits.TEXT_BYTES), (lambda text: Content.card({"x": text}), limits.RICH_BYTES)],
)
def test_content_above_the_documented_size_fails_as_it_would_at_feishu(
    content: Callable[[str], Content], most: int
) -> None:
    room = most - len(content("").json.encode())
    messages.message_create(CHAT, content("x" * room), uuid="u")

    with pytest.raises(ContentTooLarge) as caught:
        messages.message_create(CHAT, content("x" * (room + 1)), uuid="u")
    assert caught.value.code == 230025
    assert caught.value.operation == "message_create"


def test_an_old_announcement_is_changed_by_operations_that_are_json_texts() -> None:
    call = announcements.chat_announcement_patch(CHAT, revision=12, requests=[{"requestType": "x"}])

    assert call.encoded() == b'{"revision":"12","requests":["{\\"requestType\\":\\"x\\"}"]}'


def test_a_link_in_an_announcement_is_encoded_as_a_whole_and_read_back() -> None:
    link = docx.Link.to("https://a.example/x?y=z")

    assert link.url == "https%3A%2F%2Fa.example%2Fx%3Fy%3Dz"
    assert link.target == "https://a.example/x?y=z"


def test_a_call_without_a_body_sends_none() -> None:
    assert chats.chat_top_notice_delete(CHAT).encoded() is None
    assert app.bot_info_get().encoded() is None


def test_an_image_is_a_file_with_its_purpose() -> None:
    upload = images.image_create(b"png", image_type="avatar").upload

    assert upload is not None
    assert (upload.fields, upload.file_field, upload.content) == ({"image_type": "avatar"}, "image", b"png")


def test_a_menu_icon_and_a_tab_icon_are_sent_only_when_there_is_one() -> None:
    plain = tabs.WantedTab(name="x", url=LINK).as_json()
    with_icon = tabs.WantedTab(name="x", url=LINK, icon_key=ICON).as_json()

    assert "tab_config" not in plain
    assert "tab_config" in with_icon

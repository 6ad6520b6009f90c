"""Every call the client can build, at its smallest and its fullest."""

from typing import Any

from alertbridge.core.ids import ChatId, MessageId, OpenId
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
from alertbridge.feishu.calls.docx import Block, BlockType, TextElement, TextElementStyle
from alertbridge.feishu.calls.messages import Content
from alertbridge.feishu.calls.words import I18nNames
from alertbridge.feishu.protocol import Call

CHAT = ChatId("oc_a0553eda9014c201e6969b478895c230")
MESSAGE = MessageId("om_dc13264520392913993dd051dba21dcf")
ALICE = OpenId("ou_7d8a6e6df7621556ce0d21922b676706")
BOB = OpenId("ou_194911f90c43ec42d1ab27c2b0e8e7ad")
ICON = images.ImageKey("img_v2_1")
BLOCK = docx.BlockId("doxcnO6UW6wAw2qIcYf4hZpFIth")
CARD = {"schema": "2.0", "config": {"update_multi": True}, "body": {"elements": [{"tag": "hr"}]}}

_names = I18nNames(zh_cn="事件", en_us="Incident")
_styled = TextElementStyle(bold=True, text_color=docx.TextColor.GRAY, link=docx.Link.to("https://a.example/?b=c d"))

EVERY_CALL: list[Call[Any]] = [
    app.auth_tenant_access_token_internal(app_id="cli_1", app_secret="s"),
    app.bot_info_get(),
    # chats
    chats.chat_create(uuid="u"),
    chats.chat_create(
        uuid="u" * 50,
        set_bot_manager=True,
        avatar=ICON,
        name="[P1][firing] payments",
        description="Incident #1 [ab1:x:y]",
        i18n_names=_names,
        owner_id=ALICE,
        user_id_list=[ALICE, BOB],
        bot_id_list=["cli_2"],
        group_message_type="chat",
        chat_type="private",
        join_message_visibility="not_anyone",
        leave_message_visibility="not_anyone",
        membership_approval="no_approval_required",
        urgent_setting="all_members",
        video_conference_setting="all_members",
        edit_permission="only_owner",
        hide_member_count_setting="all_members",
    ),
    chats.chat_get(CHAT),
    chats.chat_list(),
    chats.chat_list(sort_type="ByActiveTimeDesc", page_size=100, page_token="next"),
    chats.chat_search("#1423"),
    chats.chat_search("#1423", page_size=1, page_token="next"),
    chats.chat_update(CHAT, name="x"),
    chats.chat_update(
        CHAT,
        name="x",
        description="y",
        i18n_names=_names,
        avatar=ICON,
        owner_id=ALICE,
        add_member_permission="all_members",
        share_card_permission="allowed",
        at_all_permission="only_owner",
        edit_permission="only_owner",
    ),
    chats.chat_disband(CHAT),
    chats.chat_link_create(CHAT),
    chats.chat_link_create(CHAT, validity_period="permanently"),
    chats.chat_moderation_get(CHAT),
    chats.chat_moderation_get(CHAT, page_size=100, page_token="next"),
    chats.chat_moderation_update(CHAT, moderation_setting="only_owner"),
    chats.chat_moderation_update(
        CHAT,
        moderation_setting="moderator_list",
        moderator_added_list=[ALICE],
        moderator_removed_list=[BOB],
    ),
    chats.chat_top_notice_put(CHAT, message_id=MESSAGE),
    chats.chat_top_notice_put(CHAT, message_id=None),
    chats.chat_top_notice_delete(CHAT),
    # members
    members.chat_managers_add(CHAT, [ALICE]),
    members.chat_managers_add(CHAT, ["cli_2"], member_id_type="app_id"),
    members.chat_managers_delete(CHAT, [ALICE, BOB]),
    members.chat_members_add(CHAT, [ALICE, BOB]),
    members.chat_members_add(CHAT, ["cli_2"], member_id_type="app_id", succeed_type=members.SucceedType.ALL_OR_NOTHING),
    members.chat_members_remove(CHAT, [ALICE]),
    members.chat_members_me_join(CHAT),
    members.chat_members_list(CHAT),
    members.chat_members_list(CHAT, page_size=100, page_token="next"),
    members.chat_members_is_in_chat(CHAT),
    # announcements of both kinds
    announcements.chat_announcement_get(CHAT),
    announcements.chat_announcement_patch(
        CHAT, revision=12, requests=[{"requestType": "InsertBlocksRequestType", "insertBlocksRequest": {}}]
    ),
    docx.docx_announcement_get(CHAT),
    docx.docx_announcement_blocks_list(CHAT),
    docx.docx_announcement_blocks_list(CHAT, revision_id=docx.LATEST, page_size=500, page_token="next"),
    docx.docx_announcement_block_get(CHAT, CHAT),
    docx.docx_announcement_block_get(CHAT, BLOCK, revision_id=3),
    docx.docx_announcement_block_children_get(CHAT, BLOCK),
    docx.docx_announcement_block_children_get(CHAT, BLOCK, revision_id=3, page_size=1, page_token="next"),
    docx.docx_announcement_block_children_create(
        CHAT,
        CHAT,
        [
            Block.line(BlockType.HEADING2, TextElement.text("#1 · P1 · firing")),
            Block.line(BlockType.BULLET, TextElement.text("Lead: "), TextElement.mention(ALICE)),
            Block.line(BlockType.TEXT, TextElement.text("Links", _styled)),
            Block.line(BlockType.TEXT, TextElement.text("")),
        ],
        client_token="c",
    ),
    docx.docx_announcement_block_children_create(
        CHAT, BLOCK, [Block.line(BlockType.QUOTE, TextElement.text("x"))], client_token="c", index=0, revision_id=3
    ),
    docx.docx_announcement_blocks_batch_update(
        CHAT, {BLOCK: [TextElement.text("resolved", _styled), TextElement.mention(ALICE)]}, client_token="c"
    ),
    docx.docx_announcement_block_children_batch_delete(CHAT, CHAT, start_index=0, end_index=9, client_token="c"),
    # tabs and menu
    tabs.chat_tabs_create(CHAT, [tabs.WantedTab(name="面板 Dashboard", url="https://grafana.example/d/1")]),
    tabs.chat_tabs_create(
        CHAT,
        [
            tabs.WantedTab(name="手册", url="https://feishu.cn/docx/1", tab_type="doc"),
            tabs.WantedTab(name="日志", url="http://logs.example", icon_key=ICON, is_built_in=True),
        ],
    ),
    tabs.chat_tabs_update(CHAT, {tabs.TabId("7101"): tabs.WantedTab(name="n", url="https://a.example")}),
    tabs.chat_tabs_sort(CHAT, [tabs.TabId("7100"), tabs.TabId("7101")]),
    tabs.chat_tabs_list(CHAT),
    tabs.chat_tabs_delete(CHAT, [tabs.TabId("7101")]),
    menus.chat_menu_tree_create(
        CHAT,
        [
            menus.WantedMenu(
                menus.MenuItem.heading("事件", i18n_names=_names),
                (menus.MenuItem.link("事件页", "https://a.example/i/1", i18n_names=_names, image_key=ICON),),
            ),
            menus.WantedMenu(menus.MenuItem.link("帮助", "https://a.example/help")),
        ],
    ),
    menus.chat_menu_tree_get(CHAT),
    menus.chat_menu_tree_delete(CHAT, [menus.MenuId("7117")]),
    menus.chat_menu_tree_sort(CHAT, [menus.MenuId("7117"), menus.MenuId("7118")]),
    menus.chat_menu_item_patch(
        CHAT, menus.MenuId("7117"), menus.MenuItem(name="归档", i18n_names=_names), update_fields=["NAME", "I18N_NAME"]
    ),
    # messages
    messages.message_create(CHAT, Content.card(CARD), uuid="u"),
    messages.message_create(ALICE, Content.text("hello"), receive_id_type="open_id", uuid="u" * 50),
    messages.message_reply(MESSAGE, Content.post({"zh_cn": {"content": [[]]}}), chat_id=CHAT, uuid="u"),
    messages.message_reply(MESSAGE, Content.text("x"), chat_id=CHAT, uuid="u", reply_in_thread=True),
    messages.message_update(MESSAGE, Content.text("x")),
    messages.message_patch(MESSAGE, CARD),
    messages.message_delete(MESSAGE),
    messages.message_get(MESSAGE),
    messages.message_get(MESSAGE, card_as_sent=True),
    messages.message_list(CHAT),
    messages.message_list(
        CHAT,
        start_time=1_700_000_000,
        end_time=1_700_000_100,
        sort_type="ByCreateTimeDesc",
        card_as_sent=True,
        page_size=50,
        page_token="next",
    ),
    messages.message_list("omt_1", container_id_type="thread"),
    buzzes.message_urgent_app(MESSAGE, [ALICE]),
    buzzes.message_urgent_sms(MESSAGE, [ALICE, BOB]),
    buzzes.message_urgent_phone(MESSAGE, [BOB]),
    pins.pin_create(MESSAGE),
    pins.pin_list(CHAT),
    pins.pin_list(CHAT, start_time=1_700_000_000_000, end_time=1_700_000_000_001, page_size=50, page_token="next"),
    pins.pin_delete(MESSAGE),
    reactions.message_reaction_create(MESSAGE, "OK"),
    reactions.message_reaction_delete(MESSAGE, reactions.ReactionId("ZCaCIjUBVVWSrm5L-3ZTw")),
    images.image_create(b"\x89PNG", image_type="avatar"),
    card_updates.card_update_delayed("c-token", CARD),
    # people
    contacts.user_batch_get_id(emails=["alice@example.com"]),
    contacts.user_batch_get_id(emails=["alice@example.com"], mobiles=["+6512345678"], include_resigned=True),
    contacts.user_batch_get([ALICE, BOB]),
    contacts.user_batch_get(["on_1"], user_id_type="union_id"),
    contacts.user_get("e33ggbyz", user_id_type="user_id"),
]

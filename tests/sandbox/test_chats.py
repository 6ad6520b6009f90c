"""Chats: create, describe, find, change, share, disband."""

import pytest

from tests.sandbox.feishu import ALICE, BOB, CAROL, OUTSIDE, RESIGNED, Feishu


async def other_app(feishu: Feishu, app_id: str = "cli_other", **settings: object) -> Feishu:
    await feishu.control("PUT", f"apps/{app_id}", {"secret": "s", **settings})
    return await feishu.sign_in(app_id, "s")


async def test_a_chat_without_an_owner_belongs_to_the_bot(feishu: Feishu) -> None:
    created = await feishu.ok("chat_create", body={"name": "n", "user_id_list": [feishu.id(ALICE)]})
    assert "owner_id" not in created
    detail = await feishu.ok("chat_get", created["chat_id"])
    assert "owner_id" not in detail
    assert (detail["user_count"], detail["bot_count"], detail["chat_status"]) == ("1", "1", "normal")
    state = await feishu.chat_state(created["chat_id"])
    assert state["owner"] == {"id": "cli_sandbox", "id_type": "app_id", "name": "alertbridge"}


async def test_an_empty_body_makes_a_private_chat_without_a_name(feishu: Feishu) -> None:
    created = await feishu.ok("chat_create", body={})
    assert created["chat_type"] == "private"
    assert "name" not in created


async def test_a_named_owner_is_told_in_the_asked_id_type(feishu: Feishu) -> None:
    alice = feishu.world.people.by_email(ALICE)
    assert alice is not None
    query = {"user_id_type": "union_id", "set_bot_manager": True}
    created = await feishu.ok("chat_create", query=query, body={"owner_id": alice.union_id})
    assert (created["owner_id"], created["owner_id_type"]) == (alice.union_id, "union_id")
    detail = await feishu.ok("chat_get", created["chat_id"])
    assert detail["owner_id"] == alice.open_id
    assert detail["bot_manager_id_list"] == ["cli_sandbox"]
    assert detail["user_manager_id_list"] == []


@pytest.mark.parametrize(("email", "code"), [(RESIGNED, 232022), (OUTSIDE, 232043)])
async def test_one_unusable_person_fails_the_whole_creation(feishu: Feishu, email: str, code: int) -> None:
    body = {"user_id_list": [feishu.id(ALICE), feishu.id(email)]}
    assert await feishu.code("chat_create", body=body) == code
    assert await feishu.code("chat_create", body={"user_id_list": ["ou_nobody"]}) == 232030
    assert await feishu.code("chat_create", body={"bot_id_list": ["cli_nobody"]}) == 232021
    assert (await feishu.state())["chats"] == []


async def test_at_most_fifty_people_and_five_bots_are_named_in_one_call(feishu: Feishu) -> None:
    assert await feishu.code("chat_create", body={"user_id_list": ["ou_x"] * 51}) == 99992402
    assert await feishu.code("chat_create", body={"bot_id_list": ["cli_x"] * 6}) == 99992402


@pytest.mark.parametrize(("name", "code"), [(None, 232042), ("", 232042), ("a", 232020), ("ab", 0)])
async def test_a_public_chat_needs_a_name_of_two_characters(feishu: Feishu, name: str | None, code: int) -> None:
    body = {"chat_type": "public", **({} if name is None else {"name": name})}
    assert await feishu.code("chat_create", body=body) == code


async def test_the_same_uuid_makes_one_chat_within_ten_hours(feishu: Feishu) -> None:
    first = await feishu.ok("chat_create", query={"uuid": "u1"}, body={"name": "n"})
    await feishu.later(10 * 3600 - 1)
    assert await feishu.ok("chat_create", query={"uuid": "u1"}, body={"name": "n"}) == first
    other_owner = await feishu.ok("chat_create", query={"uuid": "u1"}, body={"owner_id": feishu.id(ALICE)})
    assert other_owner["chat_id"] != first["chat_id"]
    await feishu.later(1)
    assert (await feishu.ok("chat_create", query={"uuid": "u1"}, body={}))["chat_id"] != first["chat_id"]


async def test_the_uuid_belongs_to_the_app(feishu: Feishu) -> None:
    other = await other_app(feishu)
    first = await feishu.ok("chat_create", query={"uuid": "u1"}, body={})
    assert (await other.ok("chat_create", query={"uuid": "u1"}, body={}))["chat_id"] != first["chat_id"]


async def test_a_repeated_uuid_can_be_an_error_instead(feishu: Feishu) -> None:
    await feishu.switch(repeated_chat_uuid="refused")
    await feishu.ok("chat_create", query={"uuid": "u1"}, body={})
    assert await feishu.code("chat_create", query={"uuid": "u1"}, body={}) == 232001


async def test_a_uuid_is_at_most_fifty_characters(feishu: Feishu) -> None:
    assert await feishu.code("chat_create", query={"uuid": "u" * 51}, body={}) == 99992402


async def test_an_outsider_sees_little(feishu: Feishu) -> None:
    chat = await feishu.chat(ALICE, description="secret")
    other = await other_app(feishu)
    detail = await other.ok("chat_get", chat)
    assert detail.keys() == {"name", "avatar", "user_count", "bot_count", "chat_status"}
    assert await other.code("chat_update", chat, body={"name": "x"}) == 232011


async def test_an_unknown_chat_has_the_code_the_operation_lists(feishu: Feishu) -> None:
    assert await feishu.code("chat_get", "oc_x") == 232006
    assert await feishu.code("chat_menu_tree_get", "oc_x") == 232001


async def test_chats_are_listed_page_by_page(feishu: Feishu) -> None:
    chats = [await feishu.chat(ALICE) for _ in range(5)]
    seen: list[str] = []
    query: dict[str, object] = {"page_size": 2}
    for _ in range(3):
        page = await feishu.ok("chat_list", query=query)
        seen += [item["chat_id"] for item in page["items"]]
        assert page["has_more"] == ("page_token" in page)
        query["page_token"] = page.get("page_token")
    assert seen == chats
    assert not page["has_more"]


async def test_chats_can_be_listed_by_activity_without_p2p_and_disbanded_ones(feishu: Feishu) -> None:
    old, gone, new = [await feishu.chat(ALICE) for _ in range(3)]
    await feishu.ok("chat_disband", gone)
    body = {"receive_id": ALICE, "msg_type": "text", "content": '{"text":"hi"}'}
    await feishu.ok("message_create", query={"receive_id_type": "email"}, body=body)
    await feishu.advance(1)
    await feishu.sent(old)
    listed = await feishu.ok("chat_list", query={"sort_type": "ByActiveTimeDesc"})
    assert [item["chat_id"] for item in listed["items"]] == [old, new]


async def test_search_finds_names_translations_and_members(feishu: Feishu) -> None:
    chat = await feishu.chat(BOB, name="[P1] disk full (#42)", i18n_names={"zh_cn": "磁盘满"})
    for query in ("#42", "DISK", "磁盘", "bob", "王", '"#42"'):
        found = await feishu.ok("chat_search", query={"query": query})
        assert [item["chat_id"] for item in found["items"]] == [chat], query
    for query in ("", "x" * 65, "#43"):
        assert (await feishu.ok("chat_search", query={"query": query}))["items"] == []
    other = await other_app(feishu)
    assert (await other.ok("chat_search", query={"query": "#42"}))["items"] == []
    await feishu.ok("chat_update", chat, body={"chat_type": "public"})
    assert len((await other.ok("chat_search", query={"query": "#42"}))["items"]) == 1


async def test_an_update_leaves_what_it_does_not_name(feishu: Feishu) -> None:
    chat = await feishu.chat(ALICE, description="d")
    await feishu.ok("chat_update", chat, body={"name": "new", "edit_permission": "only_owner"})
    detail = await feishu.ok("chat_get", chat)
    assert (detail["name"], detail["description"], detail["edit_permission"]) == ("new", "d", "only_owner")


async def test_adding_and_sharing_are_set_together(feishu: Feishu) -> None:
    chat = await feishu.chat(ALICE)
    assert await feishu.code("chat_update", chat, body={"add_member_permission": "only_owner"}) == 232001
    mixed = {"add_member_permission": "only_owner", "share_card_permission": "allowed"}
    assert await feishu.code("chat_update", chat, body=mixed) == 232001
    right = {"add_member_permission": "only_owner", "share_card_permission": "not_allowed"}
    await feishu.ok("chat_update", chat, body=right)


async def test_ordinary_members_change_little_and_only_where_all_may_edit(feishu: Feishu) -> None:
    other = await other_app(feishu)
    chat = await feishu.chat(ALICE, bot_id_list=["cli_other"])
    await other.ok("chat_update", chat, body={"name": "n", "description": "d", "i18n_names": {"en_us": "n"}})
    assert await other.code("chat_update", chat, body={"urgent_setting": "only_owner"}) == 232016
    await feishu.ok("chat_update", chat, body={"edit_permission": "only_owner"})
    assert await other.code("chat_update", chat, body={"name": "n"}) == 232002
    assert await other.code("chat_disband", chat) == 232017


async def test_a_new_owner_must_be_inside(feishu: Feishu) -> None:
    chat = await feishu.chat(ALICE)
    assert await feishu.code("chat_update", chat, body={"owner_id": feishu.id(BOB)}) == 232012
    assert await feishu.code("chat_update", chat, body={"owner_id": "ou_x"}) == 232035
    await feishu.ok("chat_update", chat, body={"owner_id": feishu.id(ALICE)})
    assert (await feishu.ok("chat_get", chat))["owner_id"] == feishu.id(ALICE)


async def test_a_creator_without_the_extra_scope_loses_its_power_with_ownership(feishu: Feishu) -> None:
    chat = await feishu.chat(ALICE)
    await feishu.ok("chat_update", chat, body={"owner_id": feishu.id(ALICE)})
    await feishu.ok("chat_moderation_update", chat, body={"moderation_setting": "all_members"})
    await feishu.control("PUT", "apps/cli_sandbox", {"scopes": ["im:chat"]})
    assert await feishu.code("chat_disband", chat) == 232017
    assert await feishu.code("chat_moderation_update", chat, body={"moderation_setting": "all_members"}) == 232017
    await feishu.control("PUT", "apps/cli_sandbox", {"scopes": ["im:chat", "im:chat:operate_as_owner"]})
    assert await feishu.code("chat_managers_add", chat, body={"manager_ids": [feishu.id(ALICE)]}) == 232038
    await feishu.ok("chat_disband", chat)


async def test_public_names_are_unique_on_update(feishu: Feishu) -> None:
    await feishu.chat(ALICE, name="lobby", chat_type="public")
    chat = await feishu.chat(ALICE, name="other", chat_type="public")
    assert await feishu.code("chat_update", chat, body={"name": "lobby"}) == 232026


async def test_an_avatar_is_the_key_of_an_uploaded_avatar(feishu: Feishu) -> None:
    picture = (await feishu.upload()).data["image_key"]
    avatar = (await feishu.upload(image_type="avatar")).data["image_key"]
    chat = await feishu.chat(ALICE, avatar=avatar)
    assert await feishu.code("chat_update", chat, body={"avatar": picture}) == 232041
    assert await feishu.code("chat_create", body={"avatar": "img_x"}) == 232001
    url = (await feishu.ok("chat_get", chat))["avatar"]
    async with feishu.session.get(url) as response:
        assert response.status == 200
        assert response.content_type == "image/png"


async def test_restricted_mode_must_fit_its_settings(feishu: Feishu) -> None:
    assert await feishu.code("chat_create", body={"restricted_mode_setting": {"status": True}}) == 232001
    fitting = {"status": True, "screenshot_has_permission_setting": "not_anyone"}
    await feishu.ok("chat_create", body={"restricted_mode_setting": fitting})


async def test_disbanding_deletes_the_history_and_happens_once(feishu: Feishu) -> None:
    chat = await feishu.chat(ALICE)
    message = await feishu.sent(chat)
    await feishu.ok("chat_disband", chat)
    assert await feishu.code("chat_disband", chat) == 232009
    assert await feishu.code("message_get", message) == 230110
    assert await feishu.code("message_delete", message) == 232009
    assert (await feishu.send(chat)).code == 232009
    assert await feishu.code("message_list", query={"container_id_type": "chat", "container_id": chat}) == 230002
    assert (await feishu.ok("chat_get", chat))["chat_status"] == "dissolved"
    assert await feishu.ok("chat_members_is_in_chat", chat) == {"is_in_chat": False}
    state = await feishu.chat_state(chat)
    assert (state["status"], state["messages"]) == ("dissolved", [])


async def test_what_does_not_list_a_disbanded_chat_still_answers(feishu: Feishu) -> None:
    chat = await feishu.chat(ALICE)
    await feishu.ok("chat_disband", chat)
    await feishu.ok("chat_tabs_list", chat)
    await feishu.ok("chat_menu_tree_get", chat)
    for operation in ("chat_members_list", "chat_moderation_get", "chat_link_create", "chat_top_notice_delete"):
        assert await feishu.code(operation, chat) == 232009


async def test_p2p_chats_are_not_groups(feishu: Feishu) -> None:
    chat = (await feishu.act(ALICE, "open_p2p"))["chat_id"]
    assert await feishu.code("chat_disband", chat) == 232008
    assert await feishu.code("chat_link_create", chat) == 232062
    assert await feishu.code("chat_members_add", chat, body={"id_list": [feishu.id(BOB)]}) == 232090
    assert await feishu.code("docx_announcement_get", chat) == 1772001
    detail = await feishu.ok("chat_get", chat)
    assert detail["chat_mode"] == "p2p"
    assert "edit_permission" not in detail


@pytest.mark.parametrize(("period", "days"), [(None, 7), ("week", 7), ("year", 365)])
async def test_a_share_link_lasts_as_asked(feishu: Feishu, period: str | None, days: int) -> None:
    chat = await feishu.chat(ALICE)
    link = await feishu.ok("chat_link_create", chat, body={"validity_period": period} if period else None)
    assert link["share_link"].startswith("https://")
    assert int(link["expire_time"]) == 1_800_000_000 + days * 86400
    assert not link["is_permanent"]


async def test_a_permanent_link_and_who_may_share(feishu: Feishu) -> None:
    other = await other_app(feishu)
    chat = await feishu.chat(ALICE, bot_id_list=["cli_other"])
    assert (await other.ok("chat_link_create", chat, body={"validity_period": "permanently"}))["is_permanent"]
    closed = {"add_member_permission": "only_owner", "share_card_permission": "not_allowed"}
    await feishu.ok("chat_update", chat, body=closed)
    assert await other.code("chat_link_create", chat) == 232064
    await feishu.ok("chat_link_create", chat)


async def test_moderation_limits_who_speaks(feishu: Feishu) -> None:
    other = await other_app(feishu)
    chat = await feishu.chat(ALICE, BOB, bot_id_list=["cli_other"])
    assert (await feishu.ok("chat_moderation_get", chat))["moderation_setting"] == "all_members"
    await feishu.ok("chat_moderation_update", chat, body={"moderation_setting": "only_owner"})
    assert (await other.send(chat)).code == 230018
    await feishu.sent(chat)
    wish = {"open_id": feishu.id(ALICE), "chat_id": chat, "text": "hi"}
    refused = await feishu.control("POST", "message", wish, status=409)
    assert "only_owner" in refused["error"]
    listed = {"moderation_setting": "moderator_list", "moderator_added_list": [feishu.id(ALICE), feishu.id(CAROL)]}
    await feishu.ok("chat_moderation_update", chat, body=listed)
    moderation = await feishu.ok("chat_moderation_get", chat)
    assert [item["user_id"] for item in moderation["items"]] == [feishu.id(ALICE)]  # carol is not in the chat
    await feishu.control("POST", "message", wish)
    overlap = {**listed, "moderator_removed_list": [feishu.id(ALICE)]}
    assert await feishu.code("chat_moderation_update", chat, body=overlap) == 232001
    assert await other.code("chat_moderation_update", chat, body=listed) == 232017


async def test_the_top_notice_is_replaced_and_removed(feishu: Feishu) -> None:
    chat = await feishu.chat(ALICE)
    first, second = await feishu.sent(chat), await feishu.sent(chat)
    for message in (first, second):
        notice = [{"action_type": "1", "message_id": message}]
        await feishu.ok("chat_top_notice_put", chat, body={"chat_top_notice": notice})
    assert (await feishu.chat_state(chat))["top_notice"]["message_id"] == second
    await feishu.ok("chat_top_notice_put", chat, body={"chat_top_notice": [{}]})
    assert (await feishu.chat_state(chat))["top_notice"]["kind"] == "announcement"
    await feishu.ok("chat_top_notice_delete", chat)
    await feishu.ok("chat_top_notice_delete", chat)
    assert (await feishu.chat_state(chat))["top_notice"] is None
    await feishu.switch(delete_missing_top_notice_succeeds=False)
    assert await feishu.code("chat_top_notice_delete", chat) == 232001


async def test_a_top_notice_needs_a_living_message_of_the_chat(feishu: Feishu) -> None:
    chat, other = await feishu.chat(ALICE), await feishu.chat(ALICE)
    message, foreign = await feishu.sent(chat), await feishu.sent(other)
    for notice in ({"action_type": "1"}, {"action_type": "1", "message_id": foreign}):
        assert await feishu.code("chat_top_notice_put", chat, body={"chat_top_notice": [notice]}) == 232001
    await feishu.ok(
        "chat_top_notice_put", chat, body={"chat_top_notice": [{"action_type": "1", "message_id": message}]}
    )
    await feishu.ok("message_delete", message)
    assert (await feishu.chat_state(chat))["top_notice"] is None


async def test_a_top_notice_can_be_reserved_for_managers(feishu: Feishu) -> None:
    other = await other_app(feishu)
    chat = await feishu.chat(ALICE, bot_id_list=["cli_other"])
    await feishu.act(ALICE, "reserve", chat, settings={"top_notice": True})
    assert await other.code("chat_top_notice_put", chat, body={"chat_top_notice": [{}]}) == 232014
    await feishu.ok("chat_top_notice_put", chat, body={"chat_top_notice": [{}]})

"""Members and managers."""

import pytest

from tests.sandbox.feishu import ALICE, BOB, CAROL, DAVE, OUTSIDE, RESIGNED, UNJOINED, Feishu
from tests.sandbox.test_chats import other_app


async def members(feishu: Feishu, chat: str) -> set[str]:
    listed = await feishu.ok("chat_members_list", chat)
    return {item["member_id"] for item in listed["items"]}


async def test_members_are_added_and_listed_without_bots(feishu: Feishu) -> None:
    chat = await feishu.chat(ALICE)
    answer = await feishu.ok("chat_members_add", chat, body={"id_list": [feishu.id(BOB), feishu.id(ALICE)]})
    assert answer == {"invalid_id_list": [], "not_existed_id_list": [], "pending_approval_id_list": []}
    listed = await feishu.ok("chat_members_list", chat, query={"page_size": 1})
    assert (len(listed["items"]), listed["member_total"], listed["has_more"]) == (1, 2, True)
    assert await members(feishu, chat) == {feishu.id(ALICE), feishu.id(BOB)}


async def test_by_default_an_unknown_or_invisible_id_fails_the_call(feishu: Feishu) -> None:
    chat = await feishu.chat(ALICE)
    answer = await feishu.call("chat_members_add", chat, body={"id_list": [feishu.id(BOB), "ou_x"]})
    assert answer.code == 99992351
    assert "ou_x" in answer.body["msg"]
    body = {"id_list": [feishu.id(BOB), feishu.id(OUTSIDE)]}
    assert await feishu.code("chat_members_add", chat, body=body) == 232024
    for id_type, code in (("user_id", 99992360), ("union_id", 99992364), ("app_id", 232043)):
        query = {"member_id_type": id_type}
        assert await feishu.code("chat_members_add", chat, query=query, body={"id_list": ["x"]}) == code
    assert await members(feishu, chat) == {feishu.id(ALICE)}


async def test_by_default_resigned_people_are_skipped_and_told(feishu: Feishu) -> None:
    chat = await feishu.chat(ALICE)
    answer = await feishu.ok("chat_members_add", chat, body={"id_list": [feishu.id(BOB), feishu.id(RESIGNED)]})
    assert answer["invalid_id_list"] == [feishu.id(RESIGNED)]
    assert await members(feishu, chat) == {feishu.id(ALICE), feishu.id(BOB)}


async def test_succeed_type_1_adds_whom_it_can(feishu: Feishu) -> None:
    chat = await feishu.chat(ALICE)
    ids = [feishu.id(one) for one in (BOB, RESIGNED, OUTSIDE, UNJOINED)]
    answer = await feishu.ok("chat_members_add", chat, query={"succeed_type": 1}, body={"id_list": [*ids, "ou_x"]})
    assert set(answer["invalid_id_list"]) == set(ids[1:])
    assert answer["not_existed_id_list"] == ["ou_x"]
    assert feishu.id(BOB) in await members(feishu, chat)


async def test_succeed_type_2_adds_nobody_when_one_is_unusable(feishu: Feishu) -> None:
    chat = await feishu.chat(ALICE)
    body = {"id_list": [feishu.id(BOB), feishu.id(RESIGNED)]}
    answer = await feishu.call("chat_members_add", chat, query={"succeed_type": 2}, body=body)
    assert answer.code == 232043
    assert feishu.id(RESIGNED) in answer.body["msg"]
    assert await members(feishu, chat) == {feishu.id(ALICE)}


@pytest.mark.parametrize("succeed_type", [0, 1])
async def test_nobody_usable_is_an_error(feishu: Feishu, succeed_type: int) -> None:
    chat = await feishu.chat(ALICE)
    query = {"succeed_type": succeed_type}
    assert await feishu.code("chat_members_add", chat, query=query, body={"id_list": [feishu.id(RESIGNED)]}) == 232027


async def test_one_to_fifty_ids_are_named(feishu: Feishu) -> None:
    chat = await feishu.chat(ALICE)
    assert await feishu.code("chat_members_add", chat, body={"id_list": []}) == 99992402
    assert await feishu.code("chat_members_add", chat, body={"id_list": ["ou_x"] * 51}) == 99992402


async def test_bots_are_added_and_limited(feishu: Feishu) -> None:
    chat = await feishu.chat(ALICE)
    apps = [f"cli_{number}" for number in range(15)]
    for app in apps:
        await feishu.control("PUT", f"apps/{app}", {"secret": "s"})
    query = {"member_id_type": "app_id"}
    assert await feishu.code("chat_members_add", chat, query=query, body={"id_list": apps[:6]}) == 232001
    for start in (0, 5):
        await feishu.ok("chat_members_add", chat, query=query, body={"id_list": apps[start : start + 5]})
    assert await feishu.code("chat_members_add", chat, query=query, body={"id_list": apps[10:]}) == 232013
    assert (await feishu.ok("chat_get", chat))["bot_count"] == "11"


async def test_adding_can_be_for_owner_and_managers_only(feishu: Feishu) -> None:
    other = await other_app(feishu)
    chat = await feishu.chat(ALICE, bot_id_list=["cli_other"])
    closed = {"add_member_permission": "only_owner", "share_card_permission": "not_allowed"}
    await feishu.ok("chat_update", chat, body=closed)
    assert await other.code("chat_members_add", chat, body={"id_list": [feishu.id(BOB)]}) == 232017
    body = {"manager_ids": ["cli_other"]}
    await feishu.ok("chat_managers_add", chat, query={"member_id_type": "app_id"}, body=body)
    await other.ok("chat_members_add", chat, body={"id_list": [feishu.id(BOB)]})


async def test_join_approval_leaves_people_waiting(feishu: Feishu) -> None:
    other = await other_app(feishu)
    chat = await feishu.chat(ALICE, bot_id_list=["cli_other"], membership_approval="approval_required")
    answer = await other.ok("chat_members_add", chat, body={"id_list": [feishu.id(BOB)]})
    assert answer["pending_approval_id_list"] == [feishu.id(BOB)]
    assert await members(feishu, chat) == {feishu.id(ALICE)}
    await feishu.act(ALICE, "approve", chat, target=BOB)
    assert feishu.id(BOB) in await members(feishu, chat)
    await feishu.ok("chat_members_add", chat, body={"id_list": [feishu.id(CAROL)]})  # the owner needs no approval
    assert feishu.id(CAROL) in await members(feishu, chat)


async def test_removing_is_for_owner_and_managers(feishu: Feishu) -> None:
    other = await other_app(feishu)
    chat = await feishu.chat(ALICE, BOB, bot_id_list=["cli_other"])
    assert await other.code("chat_members_remove", chat, body={"id_list": [feishu.id(BOB)]}) == 232014
    body = {"id_list": [feishu.id(BOB), feishu.id(DAVE), "ou_x"]}
    answer = await feishu.ok("chat_members_remove", chat, body=body)
    assert answer["invalid_id_list"] == [feishu.id(DAVE), "ou_x"]
    assert await feishu.code("chat_members_remove", chat, body={"id_list": [feishu.id(BOB)]}) == 232027
    myself = {"id_list": ["cli_other"]}
    await other.ok("chat_members_remove", chat, query={"member_id_type": "app_id"}, body=myself)
    assert await other.ok("chat_members_is_in_chat", chat) == {"is_in_chat": False}


async def test_the_owner_is_not_removed_by_others(feishu: Feishu) -> None:
    chat = await feishu.chat(ALICE)
    await feishu.ok("chat_update", chat, body={"owner_id": feishu.id(ALICE)})
    assert await feishu.code("chat_members_remove", chat, body={"id_list": [feishu.id(ALICE)]}) == 232076


async def test_an_owner_who_leaves_is_followed_or_cannot_leave(feishu: Feishu) -> None:
    myself = {"query": {"member_id_type": "app_id"}, "body": {"id_list": ["cli_sandbox"]}}
    alone = await feishu.chat()
    assert await feishu.code("chat_members_remove", alone, **myself) == 232029
    chat = await feishu.chat(ALICE)
    await feishu.ok("chat_members_remove", chat, **myself)
    assert (await feishu.chat_state(chat))["owner"]["id"] == feishu.id(ALICE)


async def test_a_bot_joins_public_chats_only(feishu: Feishu) -> None:
    other = await other_app(feishu)
    private = await feishu.chat(ALICE)
    assert await other.code("chat_members_me_join", private) == 232008
    public = await feishu.chat(ALICE, name="lobby", chat_type="public")
    await other.ok("chat_members_me_join", public)
    await other.ok("chat_members_me_join", public)
    assert await other.ok("chat_members_is_in_chat", public) == {"is_in_chat": True}
    guarded = await feishu.chat(ALICE, name="guarded", chat_type="public", membership_approval="approval_required")
    assert await other.code("chat_members_me_join", guarded) == 232075


async def test_only_the_owner_appoints_managers(feishu: Feishu) -> None:
    other = await other_app(feishu)
    chat = await feishu.chat(ALICE, BOB, bot_id_list=["cli_other"])
    body = {"manager_ids": [feishu.id(ALICE)]}
    assert await other.code("chat_managers_add", chat, body=body) == 232038
    assert await feishu.ok("chat_managers_add", chat, body=body) == {
        "chat_managers": [feishu.id(ALICE)],
        "chat_bot_managers": [],
    }
    bots = {"query": {"member_id_type": "app_id"}, "body": {"manager_ids": ["cli_other"]}}
    assert await feishu.ok("chat_managers_add", chat, **bots) == {
        "chat_managers": [feishu.id(ALICE)],
        "chat_bot_managers": ["cli_other"],
    }
    await feishu.ok("chat_managers_delete", chat, body={"manager_ids": [feishu.id(BOB)]})  # is none, stays none
    left = await feishu.ok("chat_managers_delete", chat, body=body)
    assert left["chat_managers"] == []


async def test_managers_are_members(feishu: Feishu) -> None:
    chat = await feishu.chat(ALICE)
    for ids in ([], ["ou_x"], [feishu.id(BOB)]):
        assert await feishu.code("chat_managers_add", chat, body={"manager_ids": ids}) == 232027


async def test_a_chat_has_at_most_ten_managers(feishu: Feishu) -> None:
    people = [
        (await feishu.control("POST", "people", {"name": f"n{number}", "email": f"n{number}@example.com"}))["open_id"]
        for number in range(11)
    ]
    chat = (await feishu.ok("chat_create", body={"user_id_list": people}))["chat_id"]
    await feishu.ok("chat_managers_add", chat, body={"manager_ids": people[:10]})
    assert await feishu.code("chat_managers_add", chat, body={"manager_ids": people[10:]}) == 232040


async def test_who_leaves_loses_the_role(feishu: Feishu) -> None:
    chat = await feishu.chat(ALICE)
    await feishu.ok("chat_managers_add", chat, body={"manager_ids": [feishu.id(ALICE)]})
    await feishu.act(ALICE, "leave", chat)
    assert (await feishu.chat_state(chat))["managers"] == []


async def test_member_total_can_count_bots(feishu: Feishu) -> None:
    chat = await feishu.chat(ALICE)
    assert (await feishu.ok("chat_members_list", chat))["member_total"] == 1
    await feishu.switch(member_total_counts_bots=True)
    assert (await feishu.ok("chat_members_list", chat))["member_total"] == 2


async def test_two_member_changes_of_one_chat_at_a_time_are_refused(feishu: Feishu) -> None:
    chat, other = await feishu.chat(ALICE), await feishu.chat(ALICE)
    async with feishu.busy("chat_members_add", chat, body={"id_list": [feishu.id(BOB)]}):
        assert await feishu.code("chat_members_add", chat, body={"id_list": [feishu.id(CAROL)]}) == 232019
        await feishu.ok("chat_members_add", other, body={"id_list": [feishu.id(CAROL)]})
    await feishu.ok("chat_members_add", chat, body={"id_list": [feishu.id(CAROL)]})

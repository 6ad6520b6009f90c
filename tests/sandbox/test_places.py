"""What surrounds the messages: tabs, menu, announcements of both kinds."""

import asyncio
from typing import Any

import msgspec
import pytest

from tests.sandbox.feishu import ALICE, Feishu, JsonObject, as_json
from tests.sandbox.test_chats import other_app


def tab(name: str = "Runbook", url: str = "https://example.com", **more: Any) -> JsonObject:
    return {"tab_name": name, "tab_type": "url", "tab_content": {"url": url}, **more}


async def add_tabs(feishu: Feishu, chat: str, *tabs: JsonObject) -> list[JsonObject]:
    added: list[JsonObject] = (await feishu.ok("chat_tabs_create", chat, body={"chat_tabs": list(tabs)}))["chat_tabs"]
    return added


async def test_every_tab_call_returns_all_tabs_with_the_message_tab_first(feishu: Feishu) -> None:
    chat = await feishu.chat(ALICE)
    tabs = await add_tabs(feishu, chat, tab("a"), tab("b"))
    ids = [one["tab_id"] for one in tabs]
    assert [one["tab_type"] for one in tabs] == ["message", "doc_list", "url", "url"]
    assert all(id_.isdigit() for id_ in ids)
    backwards = (await feishu.ok("chat_tabs_sort", chat, body={"tab_ids": ids[::-1]}))["chat_tabs"]
    assert [one["tab_id"] for one in backwards] == [ids[0], ids[3], ids[2], ids[1]]
    left = await feishu.ok("chat_tabs_delete", chat, body={"tab_ids": [ids[2]]})
    assert await feishu.ok("chat_tabs_list", chat) == left
    assert await feishu.code("chat_tabs_sort", chat, body={"tab_ids": ids}) == 232001
    assert await feishu.code("chat_tabs_sort", chat, body={"tab_ids": [ids[3], ids[1]]}) == 232001


async def test_a_tab_changes_only_in_what_is_given(feishu: Feishu) -> None:
    chat = await feishu.chat(ALICE)
    made = (await add_tabs(feishu, chat, tab("a")))[-1]
    wanted = {"tab_id": made["tab_id"], "tab_type": "url", "tab_name": "b"}
    changed = (await feishu.ok("chat_tabs_update", chat, body={"chat_tabs": [wanted]}))["chat_tabs"][-1]
    assert changed == {**made, "tab_name": "b"}


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        (tab("x" * 61), 232047),
        (tab(url="ftp://example.com"), 232048),
        ({"tab_type": "url"}, 232048),
        ({"tab_type": "doc", "tab_content": {"url": "https://example.com"}}, 232048),
        ({"tab_type": "pin"}, 99992402),
        (tab(tab_config={"icon_key": "img_x"}), 232056),
    ],
)
async def test_a_tab_that_does_not_fit_is_refused(feishu: Feishu, wanted: JsonObject, code: int) -> None:
    chat = await feishu.chat(ALICE)
    assert await feishu.code("chat_tabs_create", chat, body={"chat_tabs": [wanted]}) == code


async def test_twenty_tabs_at_most_and_built_in_ones_stay(feishu: Feishu) -> None:
    chat = await feishu.chat(ALICE)
    built_in = (await add_tabs(feishu, chat, *[tab()] * 20))[1]["tab_id"]
    assert await feishu.code("chat_tabs_create", chat, body={"chat_tabs": [tab()]}) == 232046
    assert await feishu.code("chat_tabs_delete", chat, body={"tab_ids": [built_in]}) == 232049
    for wanted, code in ((tab(tab_id=built_in), 232049), (tab(tab_id="1"), 232001)):
        assert await feishu.code("chat_tabs_update", chat, body={"chat_tabs": [wanted]}) == code
    wrong_kind = {"tab_id": built_in, "tab_type": "pin"}
    assert await feishu.code("chat_tabs_update", chat, body={"chat_tabs": [wrong_kind]}) == 232049


async def test_tabs_and_menu_can_be_reserved_for_managers(feishu: Feishu) -> None:
    other = await other_app(feishu)
    chat = await feishu.chat(ALICE, bot_id_list=["cli_other"])
    await feishu.act(ALICE, "reserve", chat, settings={"tabs_and_menu": True})
    assert await other.code("chat_tabs_create", chat, body={"chat_tabs": [tab()]}) == 232055
    assert await other.code("chat_menu_tree_delete", chat, body={"chat_menu_top_level_ids": []}) == 232055
    await other.ok("chat_tabs_list", chat)
    await feishu.act(ALICE, "reserve", chat, settings={"tabs_and_menu": False})
    await other.ok("chat_tabs_create", chat, body={"chat_tabs": [tab()]})


def item(name: str = "Help", **more: Any) -> JsonObject:
    return {"action_type": "NONE", "name": name, **more}


def link(name: str = "Runbook", url: str = "https://example.com") -> JsonObject:
    return {"action_type": "REDIRECT_LINK", "name": name, "redirect_link": {"common_url": url}}


def top(*children: JsonObject, **more: Any) -> JsonObject:
    return {"chat_menu_item": item(**more), "children": [{"chat_menu_item": child} for child in children]}


async def create_menu(feishu: Feishu, chat: str, *tops: JsonObject) -> int:
    body = {"menu_tree": {"chat_menu_top_levels": list(tops)}}
    return await feishu.code("chat_menu_tree_create", chat, body=body)


async def menu(feishu: Feishu, chat: str) -> list[JsonObject]:
    tree: list[JsonObject] = (await feishu.ok("chat_menu_tree_get", chat))["menu_tree"]["chat_menu_top_levels"]
    return tree


async def test_menus_are_appended_sorted_changed_and_deleted(feishu: Feishu) -> None:
    chat = await feishu.chat(ALICE)
    assert await create_menu(feishu, chat, top(link("a"), link("b"), name="one")) == 0
    assert await create_menu(feishu, chat, {"chat_menu_item": link("two")}) == 0
    tree = await menu(feishu, chat)
    ids = [one["chat_menu_top_level_id"] for one in tree]
    assert [one["chat_menu_item"]["name"] for one in tree] == ["one", "two"]
    child = tree[0]["children"][1]["chat_menu_second_level_id"]
    body = {"update_fields": ["NAME"], "chat_menu_item": {"name": "c", "redirect_link": {"common_url": "ftp:"}}}
    changed = await feishu.ok("chat_menu_item_patch", chat, child, body=body)
    assert changed["chat_menu_item"] == link("c")  # the link was not named in update_fields
    order = {"chat_menu_top_level_ids": ids[::-1]}
    await feishu.ok("chat_menu_tree_sort", chat, body=order)
    assert [one["chat_menu_top_level_id"] for one in await menu(feishu, chat)] == ids[::-1]
    assert await feishu.code("chat_menu_tree_sort", chat, body={"chat_menu_top_level_ids": ids[:1]}) == 232072
    await feishu.ok("chat_menu_tree_delete", chat, body={"chat_menu_top_level_ids": ids[:1]})
    assert await feishu.code("chat_menu_tree_delete", chat, body={"chat_menu_top_level_ids": ids[:1]}) == 232001
    assert await feishu.code("chat_menu_item_patch", chat, child, body=body) == 232001
    state = (await feishu.chat_state(chat))["menu"]
    assert [(entry["name"], entry["children"]) for entry in state] == [("two", [])]


@pytest.mark.parametrize(
    ("tops", "code"),
    [
        ([top()] * 4, 232070),
        ([top(*[link()] * 6)], 232071),
        ([top(name="")], 232078),
        ([top(name="x" * 121)], 232078),
        ([top(item("n", i18n_names={"zh_cn": ""}))], 232078),
        ([{"chat_menu_item": {"action_type": "REDIRECT_LINK", "name": "n"}}], 232078),
        ([{"chat_menu_item": link(url="ftp://example.com")}], 232078),
        ([{"chat_menu_item": link(), "children": [{"chat_menu_item": link()}]}], 232078),
        ([{"chat_menu_item": item(image_key="img_x")}], 232056),
        ([{"chat_menu_item": {"name": "n"}}], 99992402),
        ([{"chat_menu_item": item(action_type="OPEN")}], 99992402),
    ],
)
async def test_a_menu_that_does_not_fit_is_refused(feishu: Feishu, tops: list[JsonObject], code: int) -> None:
    chat = await feishu.chat(ALICE)
    assert await create_menu(feishu, chat, *tops) == code
    assert await menu(feishu, chat) == []


async def test_a_chat_has_at_most_three_top_levels_in_all(feishu: Feishu) -> None:
    chat = await feishu.chat(ALICE)
    assert await create_menu(feishu, chat, top(), top()) == 0
    assert await create_menu(feishu, chat, top(), top()) == 232070


async def test_a_menu_is_changed_by_one_call_at_a_time(feishu: Feishu) -> None:
    chat = await feishu.chat(ALICE)
    body = {"menu_tree": {"chat_menu_top_levels": [top()]}}
    async with feishu.busy("chat_menu_tree_create", chat, body=body):
        assert await create_menu(feishu, chat, top()) == 232073
    assert await create_menu(feishu, chat, top()) == 0


def text(content: str, **style: Any) -> JsonObject:
    run: JsonObject = {"content": content, **({"text_element_style": style} if style else {})}
    return {"elements": [{"text_run": run}]}


def paragraph(content: str) -> JsonObject:
    return {"block_type": 2, "text": text(content)}


async def add_blocks(feishu: Feishu, chat: str, *blocks: JsonObject, parent: str = "", index: int = -1) -> JsonObject:
    body = {"children": list(blocks), "index": index}
    return await feishu.ok("docx_announcement_block_children_create", chat, parent or chat, body=body)


async def lines(feishu: Feishu, chat: str) -> list[str]:
    shown: list[str] = (await feishu.chat_state(chat))["announcement"]["lines"]
    return shown


async def test_a_new_chat_has_a_docx_announcement_whose_page_is_the_chat(feishu: Feishu) -> None:
    chat = await feishu.chat(ALICE)
    info = await feishu.ok("docx_announcement_get", chat)
    assert (info["announcement_type"], info["revision_id"]) == ("docx", 1)
    page = (await feishu.ok("docx_announcement_block_get", chat, chat))["block"]
    assert (page["block_id"], page["block_type"], page["children"]) == (chat, 1, [])
    assert await feishu.code("chat_announcement_get", chat) == 232097
    assert await feishu.code("chat_announcement_patch", chat, body={"revision": "1", "requests": []}) == 232097


async def test_blocks_are_inserted_updated_and_deleted(feishu: Feishu) -> None:
    chat = await feishu.chat(ALICE)
    made = await add_blocks(feishu, chat, {"block_type": 4, "heading2": text("head")}, paragraph("last"))
    assert made["revision_id"] == 2
    await add_blocks(feishu, chat, {"block_type": 12, "bullet": text("between")}, index=1)
    assert await lines(feishu, chat) == ["head", "between", "last"]
    head, last = (one["block_id"] for one in made["children"])
    mention = [{"mention_user": {"user_id": feishu.id(ALICE)}}]
    style = {"style": {"align": 2, "folded": True}, "fields": [1]}
    requests = [
        {"block_id": head, "update_text_elements": text("new")},
        {"block_id": last, "update_text": {"elements": mention, **style}},
    ]
    changed = await feishu.ok("docx_announcement_blocks_batch_update", chat, body={"requests": requests})
    assert changed["blocks"][1]["text"]["style"] == {"align": 2}  # only what `fields` names is applied
    assert await lines(feishu, chat) == ["new", "between", "@陈爱丽"]
    await feishu.advance(1)
    span = {"start_index": 0, "end_index": 2}
    await feishu.ok("docx_announcement_block_children_batch_delete", chat, chat, body=span)
    assert await lines(feishu, chat) == ["@陈爱丽"]
    children = await feishu.ok("docx_announcement_block_children_get", chat, chat)
    assert [one["block_id"] for one in children["items"]] == [last]
    assert await feishu.code("docx_announcement_block_get", chat, head) == 1770002


async def test_blocks_are_listed_parents_first_and_paged(feishu: Feishu) -> None:
    chat = await feishu.chat(ALICE)
    callout = (await add_blocks(feishu, chat, {"block_type": 19, "callout": {"background_color": 1}}))["children"][0]
    await add_blocks(feishu, chat, paragraph("inside"), parent=callout["block_id"])
    await add_blocks(feishu, chat, {"block_type": 22, "divider": {}})
    listed = (await feishu.ok("docx_announcement_blocks_list", chat))["items"]
    assert [one["block_type"] for one in listed] == [1, 19, 2, 22]
    page = await feishu.ok("docx_announcement_blocks_list", chat, query={"page_size": 3})
    assert page["has_more"]
    rest = {"page_size": 3, "page_token": page["page_token"]}
    assert len((await feishu.ok("docx_announcement_blocks_list", chat, query=rest))["items"]) == 1
    await feishu.advance(1)
    span = {"start_index": 0, "end_index": 1}
    empty = await feishu.code("docx_announcement_block_children_batch_delete", chat, callout["block_id"], body=span)
    assert empty == 1770031  # a callout is never empty


@pytest.mark.parametrize(
    ("blocks", "code"),
    [
        ([], 1770001),
        ([paragraph("x")] * 51, 1770001),
        ([{"block_type": 2}], 1770006),
        ([{"block_type": 2, "text": text("x"), "bullet": text("x")}], 1770006),
        ([{"block_type": 27}], 1770001),
        ([{"block_type": 2, "text": {"elements": []}}], 1770001),
        ([{"block_type": 2, "text": {"elements": [{}]}}], 1770006),
        ([{"block_type": 2, "text": text("x" * 100_001)}], 1770033),
        ([{"block_type": 2, "text": text("x", link={"url": "https://example.com"})}], 1770001),
        ([{"block_type": 2, "text": {"elements": [{"mention_user": {"user_id": "ou_1"}}] * 101}}], 1770035),
    ],
)
async def test_blocks_that_do_not_fit_are_refused(feishu: Feishu, blocks: list[JsonObject], code: int) -> None:
    chat = await feishu.chat(ALICE)
    body = {"children": blocks}
    assert await feishu.code("docx_announcement_block_children_create", chat, chat, body=body) == code


async def test_a_percent_encoded_link_is_accepted(feishu: Feishu) -> None:
    chat = await feishu.chat(ALICE)
    await add_blocks(feishu, chat, {"block_type": 2, "text": text("x", link={"url": "https%3A%2F%2Fexample.com"})})


async def test_edits_that_do_not_fit_are_refused(feishu: Feishu) -> None:
    chat = await feishu.chat(ALICE)
    divider = (await add_blocks(feishu, chat, {"block_type": 22, "divider": {}}))["children"][0]["block_id"]
    create, update = "docx_announcement_block_children_create", "docx_announcement_blocks_batch_update"
    delete = "docx_announcement_block_children_batch_delete"
    edit = {"block_id": divider, "update_text_elements": text("x")}
    for operation, parts, body, code in (
        (create, (divider,), {"children": [paragraph("x")]}, 1770028),
        (create, (chat,), {"children": [paragraph("x")], "index": 2}, 1770001),
        (create, ("doxcn_x",), {"children": [paragraph("x")]}, 1770002),
        (update, (), {"requests": []}, 1770001),
        (update, (), {"requests": [edit, edit]}, 1770001),
        (update, (), {"requests": [edit]}, 1770025),
        (update, (), {"requests": [{"block_id": chat}]}, 1770001),
        (update, (), {"requests": [{**edit, "block_id": "doxcn_x"}]}, 1770002),
        (delete, (chat,), {"start_index": 0, "end_index": 2}, 1770001),
        (delete, (chat,), {"start_index": 1, "end_index": 1}, 1770001),
    ):
        await feishu.advance(1)
        assert await feishu.code(operation, chat, *parts, body=body) == code, (operation, body)


async def test_a_client_token_writes_once(feishu: Feishu) -> None:
    chat = await feishu.chat(ALICE)
    given: JsonObject = {"query": {"client_token": "t"}, "body": {"children": [paragraph("x")]}}
    first = await feishu.ok("docx_announcement_block_children_create", chat, chat, **given)
    assert await feishu.ok("docx_announcement_block_children_create", chat, chat, **given) == first
    assert await lines(feishu, chat) == ["x"]
    await feishu.switch(repeated_client_token="refused")
    assert await feishu.code("docx_announcement_block_children_create", chat, chat, **given) == 1770001


async def test_earlier_revisions_can_be_read(feishu: Feishu) -> None:
    chat = await feishu.chat(ALICE)
    await add_blocks(feishu, chat, paragraph("x"))
    old = await feishu.ok("docx_announcement_blocks_list", chat, query={"revision_id": 1})
    assert len(old["items"]) == 1
    assert await feishu.code("docx_announcement_blocks_list", chat, query={"revision_id": 9}) == 1770001


async def test_an_announcement_takes_three_edits_a_second(feishu: Feishu) -> None:
    chat, other = await feishu.chat(ALICE), await feishu.chat(ALICE)
    for _ in range(3):
        await add_blocks(feishu, chat, paragraph("x"))
    body = {"children": [paragraph("x")]}
    answer = await feishu.call("docx_announcement_block_children_create", chat, chat, body=body)
    assert (answer.status, answer.code) == (429, 99991400)
    await add_blocks(feishu, other, paragraph("x"))
    answer = await feishu.call("docx_announcement_block_children_create", other, other, body=body)
    assert (answer.status, answer.code) == (400, 99991400)  # five writes a second for the whole app
    await feishu.advance(1)
    await add_blocks(feishu, chat, paragraph("x"))


async def test_docx_writes_can_share_one_quota(feishu: Feishu) -> None:
    await feishu.switch(docx_writes_share_one_quota=True)
    chats = [await feishu.chat(ALICE) for _ in range(5)]
    for chat in chats:
        await add_blocks(feishu, chat, paragraph("x"))
    span = {"start_index": 0, "end_index": 1}
    delete = "docx_announcement_block_children_batch_delete"
    assert await feishu.code(delete, chats[0], chats[0], body=span) == 99991400


async def test_an_announcement_may_be_for_owner_and_managers(feishu: Feishu) -> None:
    other = await other_app(feishu)
    chat = await feishu.chat(ALICE, bot_id_list=["cli_other"], edit_permission="only_owner")
    body = {"children": [paragraph("x")]}
    assert await other.code("docx_announcement_block_children_create", chat, chat, body=body) == 1772005
    outsider = await other_app(feishu, "cli_third")
    assert await outsider.code("docx_announcement_get", chat) == 1772003
    assert await outsider.code("docx_announcement_get", "oc_x") == 1770002


async def test_a_callout_may_come_with_an_empty_child(feishu: Feishu) -> None:
    await feishu.switch(callout_has_empty_child=True)
    chat = await feishu.chat(ALICE)
    callout = (await add_blocks(feishu, chat, {"block_type": 19, "callout": {}}))["children"][0]
    assert len(callout["children"]) == 1
    body = {"children": [{"block_type": 22, "divider": {}}]}
    assert await feishu.code("docx_announcement_block_children_create", chat, callout["block_id"], body=body) == 1770030


async def test_people_write_below_and_delete_blocks(feishu: Feishu) -> None:
    chat = await feishu.chat(ALICE)
    block = (await add_blocks(feishu, chat, paragraph("ours")))["children"][0]["block_id"]
    await feishu.act(ALICE, "write_announcement", chat, text="theirs")
    await feishu.act(ALICE, "delete_block", chat, block_id=block)
    assert await lines(feishu, chat) == ["theirs"]
    assert (await feishu.ok("docx_announcement_get", chat))["modifier_id"] == feishu.id(ALICE)


def insertion(*texts: str, **location: Any) -> str:
    runs = [{"elements": [{"type": "textRun", "textRun": {"text": one, "style": {}}}]} for one in texts]
    payload = as_json({"blocks": [{"type": "paragraph", "paragraph": run} for run in runs]})
    where = {"zoneId": "0", **(location or {"endOfZone": True})}
    return as_json(
        {"requestType": "InsertBlocksRequestType", "insertBlocksRequest": {"payload": payload, "location": where}}
    )


async def test_the_old_kind_is_edited_with_its_own_operations(feishu: Feishu) -> None:
    await feishu.switch(announcement_kind="doc")
    chat = await feishu.chat(ALICE)
    assert (await feishu.ok("docx_announcement_get", chat))["announcement_type"] == "doc"
    assert await feishu.code("docx_announcement_blocks_list", chat) == 1772006
    edits = [insertion("b", "c"), insertion("a", index=0)]
    await feishu.ok("chat_announcement_patch", chat, body={"revision": "1", "requests": edits})
    assert await lines(feishu, chat) == ["a", "b", "c"]
    span = {"deleteRange": {"zoneId": "0", "startIndex": 2, "endIndex": 4}}
    deletion = as_json({"requestType": "DeleteContentRangeRequestType", "deleteContentRangeRequest": span})
    title = as_json({"elements": [{"type": "textRun", "textRun": {"text": "Title"}}]})
    naming = as_json({"requestType": "UpdateTitleRequestType", "updateTitleRequest": {"payload": title}})
    await feishu.ok("chat_announcement_patch", chat, body={"revision": "2", "requests": [deletion, naming]})
    shown = await feishu.ok("chat_announcement_get", chat)
    assert (shown["revision"], shown["owner_id_type"], shown["modifier_id"]) == ("3", "app_id", "cli_sandbox")
    content = msgspec.json.decode(shown["content"])
    assert content["title"]["elements"][0]["textRun"]["text"] == "Title"
    assert await lines(feishu, chat) == ["a", "c"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"revision": "2", "requests": []}, 232001),
        ({"revision": "x", "requests": []}, 232001),
        ({"revision": "1"}, 232001),
        ({"requests": []}, 99992402),
        ({"revision": "1", "requests": ["{"]}, 232018),
        ({"revision": "1", "requests": ["{}"]}, 232018),
        ({"revision": "1", "requests": ['{"requestType":"InsertBlocksRequestType"}']}, 232018),
    ],
)
async def test_an_old_announcement_refuses_what_it_cannot_apply(feishu: Feishu, body: JsonObject, code: int) -> None:
    await feishu.switch(announcement_kind="doc")
    chat = await feishu.chat(ALICE)
    assert await feishu.code("chat_announcement_patch", chat, body=body) == code


async def test_an_old_announcement_may_be_for_owner_and_managers(feishu: Feishu) -> None:
    await feishu.switch(announcement_kind="doc")
    other = await other_app(feishu)
    chat = await feishu.chat(ALICE, bot_id_list=["cli_other"], edit_permission="only_owner")
    assert await other.code("chat_announcement_patch", chat, body={"revision": "1", "requests": []}) == 232002
    await feishu.act(ALICE, "write_announcement", chat, text="note")
    assert await lines(feishu, chat) == ["note"]


async def test_several_calls_side_by_side_do_not_disturb_each_other(feishu: Feishu) -> None:
    chats = await asyncio.gather(*(feishu.chat(ALICE) for _ in range(5)))
    await asyncio.gather(*(add_tabs(feishu, chat, tab()) for chat in chats))
    for chat in chats:
        assert len((await feishu.ok("chat_tabs_list", chat))["chat_tabs"]) == 3

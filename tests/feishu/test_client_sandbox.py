"""The client against the sandbox, which reads the same documents without knowing our client: every call for real."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

import aiohttp
import pytest
from aiohttp import web

from alertbridge.core.ids import ChatId, MessageId, OpenId
from alertbridge.feishu.calls import docx, menus, tabs
from alertbridge.feishu.calls.docx import Block, BlockType, TextElement
from alertbridge.feishu.calls.messages import Content
from alertbridge.feishu.calls.pages import every_item
from alertbridge.feishu.calls.words import ChatStatus, I18nNames, Who
from alertbridge.feishu.client import FeishuClient
from alertbridge.feishu.errors import (
    AnswerLost,
    BadMember,
    CardRefused,
    CardTokenSpent,
    ChatGone,
    FeishuError,
    MessageGone,
    MissingScope,
    NotPermitted,
    RateLimited,
    Unauthorized,
    WrongAnnouncementKind,
)
from alertbridge.feishu.inbound.envelope import Challenge, receive
from alertbridge.feishu.inbound.events import (
    AnyEvent,
    CardClick,
    ChatDisbanded,
    ChatUpdated,
    Event,
    MessageReceived,
    UsersAdded,
)
from alertbridge.feishu.inbound.seal import Keys
from alertbridge.sandbox.app import build_sandbox, serving
from alertbridge.sandbox.apps import DEFAULT_APP_ID, DEFAULT_SECRET
from tests.feishu.every_call import EVERY_CALL
from tests.feishu.scripted import talking

E = TypeVar("E", bound=Event)

KEYS = Keys(encrypt_key="sandbox encrypt key", verification_token="sandbox token")
CARD: dict[str, Any] = {
    "schema": "2.0",
    "config": {"update_multi": True},
    "header": {"title": {"tag": "plain_text", "content": "P1"}, "template": "red"},
    "body": {
        "elements": [
            {
                "tag": "button",
                "text": {"tag": "plain_text", "content": "Ack"},
                "behaviors": [{"type": "callback", "value": {"do": "ack"}}],
            }
        ]
    },
}
CALM_CARD = {**CARD, "header": {"title": {"tag": "plain_text", "content": "P1"}, "template": "green"}}
ALICE_MAIL, BOB_MAIL = "alice@example.com", "bob@example.com"


@dataclass
class Sandbox:
    """A sandbox, our client for it, its people by email, and the events that it sent."""

    url: str
    feishu: FeishuClient
    session: aiohttp.ClientSession
    events: "asyncio.Queue[AnyEvent]"
    people: dict[str, OpenId]

    async def control(self, method: str, path: str, **body: object) -> Any:
        """Use the control API."""
        async with self.session.request(method, f"{self.url}/sandbox/{path}", json=body) as response:
            assert response.status == 200, await response.text()
            return await response.json()

    async def next_event(self, kind: type[E]) -> E:
        """Return the next event of this kind; others are skipped."""
        async with asyncio.timeout(10):
            while True:
                event = await self.events.get()
                if isinstance(event, kind):
                    return event

    async def new_chat(self, *people: OpenId, uuid: str = "chat-1") -> ChatId:
        """Create a group."""
        made = await self.feishu.chat_create(uuid=uuid, name="[P1][firing] x (#1)", user_id_list=people)
        return made.chat_id

    @property
    def alice(self) -> OpenId:
        """Somebody."""
        return self.people[ALICE_MAIL]

    @property
    def bob(self) -> OpenId:
        """Somebody else."""
        return self.people[BOB_MAIL]


@asynccontextmanager
async def receiving(events: "asyncio.Queue[AnyEvent]") -> AsyncIterator[str]:
    """Receive events as the product does; yields the URL."""

    async def handle(request: web.Request) -> web.Response:
        got = receive(request.headers, await request.read(), KEYS, datetime.now(UTC))
        if isinstance(got, Challenge):
            return web.json_response({"challenge": got.challenge})
        events.put_nowait(got)
        return web.json_response({})

    app = web.Application()
    app.router.add_post("/feishu/events", handle)
    runner = web.AppRunner(app, shutdown_timeout=0.01)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/feishu/events"
    finally:
        await runner.cleanup()


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    events: asyncio.Queue[AnyEvent] = asyncio.Queue()
    async with receiving(events) as event_url:
        app = build_sandbox(
            event_url=event_url, encrypt_key=KEYS.encrypt_key, verification_token=KEYS.verification_token
        )
        async with (
            serving(app) as url,
            talking(url, app_id=DEFAULT_APP_ID, app_secret=DEFAULT_SECRET) as feishu,
            aiohttp.ClientSession() as session,
        ):
            async with session.get(f"{url}/sandbox/state") as response:
                state = await response.json()
            people = {person["email"]: OpenId(person["open_id"]) for person in state["people"]}
            yield Sandbox(url, feishu, session, events, people)


# -- the life of a group -----------------------------------------------------------------------------------------------


async def test_a_group_is_made_once_changed_and_disbanded(sandbox: Sandbox) -> None:
    feishu = sandbox.feishu
    chat = await sandbox.new_chat(sandbox.alice)
    assert await sandbox.new_chat(sandbox.alice) == chat, "the same uuid makes one group"

    await feishu.chat_update(
        chat, name="[P1][acked] x (#1)", i18n_names=I18nNames(zh_cn="中", en_us="en"), edit_permission="only_owner"
    )
    seen = await feishu.chat_get(chat)
    assert (seen.name, seen.edit_permission, seen.chat_status) == (
        "[P1][acked] x (#1)",
        Who.ONLY_OWNER,
        ChatStatus.NORMAL,
    )
    assert (seen.owner_id, seen.user_count, seen.bot_count) == (None, 1, 1)
    assert (await feishu.chat_members_is_in_chat(chat)).is_in_chat
    assert (await feishu.chat_link_create(chat, validity_period="year")).share_link.startswith("http")

    listed = await feishu.chat_list(sort_type="ByActiveTimeDesc", page_size=100)
    found = await feishu.chat_search('"#1"')
    assert chat in {item.chat_id for item in listed.items}
    assert chat in {item.chat_id for item in found.items}

    await feishu.chat_disband(chat)
    assert (await feishu.chat_get(chat)).chat_status is ChatStatus.DISSOLVED
    with pytest.raises(ChatGone):
        await feishu.chat_disband(chat)
    with pytest.raises(ChatGone):
        await feishu.message_create(chat, Content.text("x"), uuid="late")


async def test_people_come_lead_and_go(sandbox: Sandbox) -> None:
    feishu, alice, bob = sandbox.feishu, sandbox.alice, sandbox.bob
    chat = await sandbox.new_chat()

    added = await feishu.chat_members_add(chat, [alice, bob, OpenId("ou_nobody")])
    assert added.not_existed_id_list == ("ou_nobody",)
    members = [
        member.member_id
        async for member in every_item(lambda token: feishu.chat_members_list(chat, page_size=1, page_token=token))
    ]
    assert sorted(members) == sorted([alice, bob])

    assert (await feishu.chat_managers_add(chat, [alice])).chat_managers == (alice,)
    assert not (await feishu.chat_managers_delete(chat, [alice])).chat_managers
    assert (await feishu.chat_members_remove(chat, [bob])).invalid_id_list == ()
    with pytest.raises(BadMember):
        await feishu.chat_managers_add(chat, [bob])


async def test_one_unusable_person_fails_a_creation(sandbox: Sandbox) -> None:
    resigned = next(open_id for mail, open_id in sandbox.people.items() if "resigned" in mail)

    with pytest.raises(BadMember):
        await sandbox.new_chat(sandbox.alice, resigned)


async def test_a_group_is_locked_and_opened_again(sandbox: Sandbox) -> None:
    feishu = sandbox.feishu
    chat = await sandbox.new_chat(sandbox.alice)

    await feishu.chat_moderation_update(chat, moderation_setting="only_owner")
    assert (await feishu.chat_moderation_get(chat)).moderation_setting is Who.ONLY_OWNER
    await feishu.chat_moderation_update(chat, moderation_setting="moderator_list", moderator_added_list=[sandbox.alice])
    moderation = await feishu.chat_moderation_get(chat, page_size=100)
    assert sandbox.alice in {moderator.user_id for moderator in moderation.items}


async def test_a_disbanded_group_cannot_be_joined(sandbox: Sandbox) -> None:
    chat = await sandbox.new_chat()
    await sandbox.feishu.chat_disband(chat)

    with pytest.raises(ChatGone):
        await sandbox.feishu.chat_members_me_join(chat)


# -- messages ----------------------------------------------------------------------------------------------------------


async def test_a_card_is_sent_once_replaced_put_on_top_and_pinned(sandbox: Sandbox) -> None:
    feishu = sandbox.feishu
    chat = await sandbox.new_chat(sandbox.alice)
    sent = await feishu.message_create(chat, Content.card(CARD), uuid="card-1")
    again = await feishu.message_create(chat, Content.card(CARD), uuid="card-1")
    assert again.message_id == sent.message_id
    assert sent.chat_id == chat

    await feishu.message_patch(sent.message_id, CALM_CARD)
    await feishu.chat_top_notice_put(chat, message_id=sent.message_id)
    await feishu.chat_top_notice_delete(chat)
    assert (await feishu.pin_create(sent.message_id)).message_id == sent.message_id
    assert [pin.message_id for pin in (await feishu.pin_list(chat)).items] == [sent.message_id]
    await feishu.pin_delete(sent.message_id)
    reaction = await feishu.message_reaction_create(sent.message_id, "OK")
    await feishu.message_reaction_delete(sent.message_id, reaction.reaction_id)


async def test_a_text_is_answered_edited_read_and_recalled(sandbox: Sandbox) -> None:
    feishu = sandbox.feishu
    chat = await sandbox.new_chat(sandbox.alice)
    sent = await feishu.message_create(chat, Content.text("hello"), uuid="m1")
    post = Content.post({"zh_cn": {"title": "t", "content": [[{"tag": "text", "text": "x"}]]}})
    reply = await feishu.message_reply(sent.message_id, post, chat_id=chat, uuid="m2")
    await feishu.message_update(sent.message_id, Content.text("hello again"))

    (read,) = (await feishu.message_get(sent.message_id)).items
    assert (read.body.content, read.updated) == ('{"text":"hello again"}', True)
    listed = [message async for message in every_item(lambda token: feishu.message_list(chat, page_token=token))]
    assert {message.message_id for message in listed} >= {sent.message_id, reply.message_id}
    assert reply.parent_id == sent.message_id

    await feishu.message_delete(reply.message_id)
    with pytest.raises(MessageGone):
        await feishu.pin_create(reply.message_id)


async def test_people_are_buzzed_and_who_is_not_there_is_named(sandbox: Sandbox) -> None:
    feishu = sandbox.feishu
    chat = await sandbox.new_chat(sandbox.alice)
    sent = await feishu.message_create(chat, Content.text("wake up"), uuid="m1")

    assert (await feishu.message_urgent_app(sent.message_id, [sandbox.alice])).invalid_user_id_list == ()
    both = await feishu.message_urgent_sms(sent.message_id, [sandbox.alice, sandbox.bob])
    assert both.invalid_user_id_list == (sandbox.bob,)
    with pytest.raises(BadMember) as caught:
        await feishu.message_urgent_phone(sent.message_id, [sandbox.bob])
    assert caught.value.ids == (sandbox.bob,)


async def test_a_person_is_written_to_directly(sandbox: Sandbox) -> None:
    sent = await sandbox.feishu.message_create(
        sandbox.alice, Content.text("hello"), receive_id_type="open_id", uuid="m1"
    )

    assert sent.chat_id is not None
    assert sent.chat_id.startswith("oc_")


async def test_a_card_that_feishu_cannot_draw_says_why(sandbox: Sandbox) -> None:
    chat = await sandbox.new_chat()
    broken = {**CARD, "body": {"elements": [{"tag": "note", "elements": []}]}}

    with pytest.raises(CardRefused) as caught:
        await sandbox.feishu.message_create(chat, Content.card(broken), uuid="m1")
    assert caught.value.inner_code == 200861


async def test_an_image_becomes_an_avatar(sandbox: Sandbox) -> None:
    png = bytes.fromhex(
        "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
        "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
    )
    created = await sandbox.feishu.image_create(png, image_type="avatar")

    chat = await sandbox.new_chat()
    await sandbox.feishu.chat_update(chat, avatar=created.image_key)


# -- around the messages -----------------------------------------------------------------------------------------------


async def test_a_new_announcement_is_written_block_by_block(sandbox: Sandbox) -> None:
    feishu = sandbox.feishu
    chat = await sandbox.new_chat()
    assert (await feishu.docx_announcement_get(chat)).announcement_type is docx.AnnouncementKind.DOCX

    lines = [
        Block.line(BlockType.HEADING2, TextElement.text("#1 · P1 · firing")),
        Block.line(BlockType.BULLET, TextElement.text("Lead: "), TextElement.mention(sandbox.alice)),
        Block.line(BlockType.TEXT, TextElement.text("——")),
    ]
    made = await feishu.docx_announcement_block_children_create(chat, chat, lines, client_token="c1", index=0)
    heading, bullet, divider = (block.block_id for block in made.children)
    await feishu.docx_announcement_blocks_batch_update(
        chat, {heading: [TextElement.text("#1 · P1 · resolved")]}, client_token="c2"
    )
    assert (await feishu.docx_announcement_block_get(chat, heading)).plain == "#1 · P1 · resolved"

    children = await feishu.docx_announcement_block_children_get(chat, chat)
    first = [block.block_id for block in children.items][:3]
    assert first == [heading, bullet, divider]
    gone = await feishu.docx_announcement_block_children_batch_delete(
        chat, chat, start_index=1, end_index=3, client_token="c3"
    )
    left = [
        block async for block in every_item(lambda token: feishu.docx_announcement_blocks_list(chat, page_token=token))
    ]
    assert {bullet, divider}.isdisjoint(block.block_id for block in left)
    assert gone.revision_id > made.revision_id
    with pytest.raises(WrongAnnouncementKind):
        await feishu.chat_announcement_get(chat)


async def test_an_old_announcement_takes_the_old_calls_only(sandbox: Sandbox) -> None:
    await sandbox.control("PUT", "switches", announcement_kind="doc")
    feishu = sandbox.feishu
    chat = await sandbox.new_chat()
    assert (await feishu.docx_announcement_get(chat)).announcement_type is docx.AnnouncementKind.DOC

    old = await feishu.chat_announcement_get(chat)
    with pytest.raises(WrongAnnouncementKind):
        await feishu.docx_announcement_blocks_list(chat)
    assert old.revision >= 0


async def test_tabs_are_added_changed_ordered_and_deleted(sandbox: Sandbox) -> None:
    feishu = sandbox.feishu
    chat = await sandbox.new_chat()
    wanted = [tabs.WantedTab(name=name, url=f"https://{name}.example/") for name in ("a", "b")]

    made = await feishu.chat_tabs_create(chat, wanted)
    message_tab, a, b = (tab.tab_id for tab in made.chat_tabs if tab.tab_type in ("message", "url"))
    others = [tab.tab_id for tab in made.chat_tabs if tab.tab_id not in (message_tab, a, b)]
    await feishu.chat_tabs_update(chat, {a: tabs.WantedTab(name="c", url="https://c.example/", is_built_in=True)})
    await feishu.chat_tabs_sort(chat, [message_tab, b, a, *others])
    seen = await feishu.chat_tabs_list(chat)
    assert [(tab.tab_name, tab.tab_content.url) for tab in seen.chat_tabs if tab.tab_type == "url"] == [
        ("b", "https://b.example/"),
        ("c", "https://c.example/"),
    ]
    left = await feishu.chat_tabs_delete(chat, [a, b])
    assert not [tab for tab in left.chat_tabs if tab.tab_type in tabs.CHANGEABLE]


async def test_a_menu_is_built_changed_ordered_and_deleted(sandbox: Sandbox) -> None:
    feishu = sandbox.feishu
    chat = await sandbox.new_chat()
    names = I18nNames(zh_cn="事件", en_us="Incident")
    wanted = [
        menus.WantedMenu(
            menus.MenuItem.heading("事件", i18n_names=names), (menus.MenuItem.link("页", "https://a.example/"),)
        ),
        menus.WantedMenu(menus.MenuItem.link("帮助", "https://b.example/")),
    ]

    made = await feishu.chat_menu_tree_create(chat, wanted)
    first, second = (top.chat_menu_top_level_id for top in made.chat_menu_top_levels)
    assert made.chat_menu_top_levels[0].chat_menu_item.i18n_names == names
    child = made.chat_menu_top_levels[0].children[0]
    changed = await feishu.chat_menu_item_patch(
        chat, child.chat_menu_second_level_id, menus.MenuItem(name="归档"), update_fields=["NAME"]
    )
    assert changed.name == "归档"
    await feishu.chat_menu_tree_sort(chat, [second, first])
    seen = await feishu.chat_menu_tree_get(chat)
    assert [top.chat_menu_top_level_id for top in seen.chat_menu_top_levels] == [second, first]
    left = await feishu.chat_menu_tree_delete(chat, [first])
    assert [top.chat_menu_top_level_id for top in left.chat_menu_top_levels] == [second]


async def test_people_are_found_by_email_and_id(sandbox: Sandbox) -> None:
    feishu = sandbox.feishu
    found = await feishu.user_batch_get_id(emails=[ALICE_MAIL, "nobody@example.com"])
    by_mail = {user.email: user.user_id for user in found.user_list}
    assert by_mail.get(ALICE_MAIL) == sandbox.alice
    assert by_mail.get("nobody@example.com") is None

    assert (await feishu.user_get(sandbox.alice)).open_id == sandbox.alice
    users = await feishu.user_batch_get([sandbox.alice, sandbox.bob])
    assert {user.open_id for user in users.items} == {sandbox.alice, sandbox.bob}
    assert (await feishu.bot_info_get()).open_id.startswith("ou_")


# -- trouble -----------------------------------------------------------------------------------------------------------


async def test_a_lost_answer_leaves_the_work_done(sandbox: Sandbox) -> None:
    await sandbox.control("POST", "faults", operation="chat_create", kind="drop_answer", times=1)
    with pytest.raises(AnswerLost):
        await sandbox.new_chat(uuid="u1")

    made = await sandbox.new_chat(uuid="u1")
    assert [item.chat_id for item in (await sandbox.feishu.chat_list()).items] == [made]


async def test_a_full_window_is_told_with_its_wait(sandbox: Sandbox) -> None:
    await sandbox.control("POST", "faults", operation="chat_get", kind="rate_limited", seconds=7)
    with pytest.raises(RateLimited) as caught:
        await sandbox.feishu.chat_get(ChatId("oc_1"))
    assert caught.value.wait_seconds == 7


async def test_a_revoked_token_is_renewed_without_anybody_noticing(sandbox: Sandbox) -> None:
    await sandbox.feishu.bot_info_get()
    await sandbox.control("PUT", f"apps/{DEFAULT_APP_ID}", revoke_tokens=True)

    await sandbox.feishu.bot_info_get()


async def test_a_wrong_secret_and_a_missing_scope_say_so(sandbox: Sandbox) -> None:
    async with talking(sandbox.url, app_id=DEFAULT_APP_ID, app_secret="wrong") as stranger:
        with pytest.raises(Unauthorized):
            await stranger.bot_info_get()

    await sandbox.control("PUT", f"apps/{DEFAULT_APP_ID}", scopes=["im:message"])
    with pytest.raises(MissingScope) as caught:
        await sandbox.new_chat()
    assert "im:chat" in caught.value.scopes


async def test_reading_a_group_without_the_sensitive_scope_is_a_missing_scope(sandbox: Sandbox) -> None:
    chat = await sandbox.new_chat()
    await sandbox.control("PUT", f"apps/{DEFAULT_APP_ID}", scopes=["im:chat", "im:message"])

    with pytest.raises(MissingScope) as caught:
        await sandbox.feishu.message_list(chat)
    assert caught.value.scopes == ("im:message.group_msg",)


async def test_no_request_of_ours_is_malformed_to_the_sandbox(sandbox: Sandbox) -> None:
    """Every sample is understood: what is refused is refused for what it names, not for how it is written."""
    misread = {}
    for call in EVERY_CALL:
        try:
            await sandbox.feishu.send(call)
        except FeishuError as error:
            if error.code in (99992402, 9499, 99991201, 99991301, None):
                misread[call.operation] = str(error)
    assert misread == {}


# -- events ------------------------------------------------------------------------------------------------------------


async def test_what_happens_in_a_group_arrives_as_events(sandbox: Sandbox) -> None:
    chat = await sandbox.new_chat(sandbox.alice)
    await sandbox.feishu.chat_members_add(chat, [sandbox.bob])
    added = await sandbox.next_event(UsersAdded)
    assert (added.chat_id, [person.open_id for person in added.users]) == (chat, [sandbox.bob])

    await sandbox.feishu.chat_update(chat, name="renamed")
    updated = await sandbox.next_event(ChatUpdated)
    assert (updated.before.name, updated.after.name) == ("[P1][firing] x (#1)", "renamed")

    await sandbox.control("POST", "message", open_id=sandbox.alice, chat_id=chat, text="ack", mention_bot=True)
    message = await sandbox.next_event(MessageReceived)
    assert (message.open_id, message.chat_id, message.chat_type) == (sandbox.alice, chat, "group")
    assert message.mentions[0].open_id == (await sandbox.feishu.bot_info_get()).open_id

    await sandbox.feishu.chat_disband(chat)
    assert (await sandbox.next_event(ChatDisbanded)).chat_id == chat


async def test_a_click_arrives_and_its_token_changes_the_card_twice(sandbox: Sandbox) -> None:
    chat = await sandbox.new_chat(sandbox.alice)
    sent = await sandbox.feishu.message_create(chat, Content.card(CARD), uuid="m1")
    await sandbox.control("POST", "click", open_id=sandbox.alice, message_id=sent.message_id, value={"do": "ack"})

    click = await sandbox.next_event(CardClick)
    assert (click.open_id, click.chat_id, click.message_id) == (sandbox.alice, chat, sent.message_id)
    assert (click.value, click.tag, click.host) == ({"do": "ack"}, "button", "im_message")
    for _ in range(2):
        await sandbox.feishu.card_update_delayed(click.token, CALM_CARD)
    with pytest.raises(CardTokenSpent):
        await sandbox.feishu.card_update_delayed(click.token, CARD)


async def test_a_message_that_is_not_there_is_gone(sandbox: Sandbox) -> None:
    await sandbox.new_chat()

    with pytest.raises((MessageGone, NotPermitted)):
        await sandbox.feishu.message_reaction_create(MessageId("om_unknown"), "OK")

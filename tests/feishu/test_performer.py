"""What comes of an action when Feishu, the network or the quota stands in the way; tabs and menus."""

import socket
from collections.abc import Callable
from dataclasses import replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alertbridge.core.alerts.route import ChatPolicy, Links
from alertbridge.core.chats.action import (
    AddMembers,
    ArchiveMessages,
    ChatAction,
    CreateMenu,
    CreateTabs,
    DeleteMenu,
    DeleteTabs,
    DeleteTopNotice,
    DisbandChat,
    FetchShareLink,
    LookAtMenu,
    LookAtTabs,
    SetModeration,
    SortTabs,
    UpdateTabs,
)
from alertbridge.core.chats.chat import Menu, MenuItem, Tab
from alertbridge.core.chats.outcome import (
    AnnouncementWritten,
    AnswerLost,
    ChatGone,
    Done,
    Failed,
    MenuSeen,
    Sent,
    TabsSeen,
)
from alertbridge.core.ids import ChatId
from alertbridge.core.incidents.incident import Incident
from alertbridge.core.quota import Priority
from alertbridge.core.text import encode_url
from alertbridge.feishu import checks
from alertbridge.feishu.performer import perform
from tests.builders import a_menu, a_route, an_alert, an_incident
from tests.feishu.performing import Stage
from tests.feishu.scripted import talking

LOCK: Callable[[ChatId], ChatAction] = lambda chat: SetModeration(chat=chat, is_locked=True)  # noqa: E731 - reads as a table

ON_A_GROUP: dict[str, Callable[[Stage, ChatId], ChatAction]] = {
    "send a card": lambda stage, chat: stage.card(chat),
    "write the announcement": lambda stage, chat: stage.announcement(chat),
    "add people": lambda stage, chat: AddMembers(chat=chat, people=(stage.alice,)),
    "lock": lambda _, chat: LOCK(chat),
    "look at tabs": lambda _, chat: LookAtTabs(chat=chat),
    "look at the menu": lambda _, chat: LookAtMenu(chat=chat),
    "share": lambda _, chat: FetchShareLink(chat=chat),
    "clear the top": lambda _, chat: DeleteTopNotice(chat=chat),
    "archive": lambda _, chat: ArchiveMessages(chat=chat),
    "disband": lambda _, chat: DisbandChat(chat=chat),
}


# -- failures ----------------------------------------------------------------------------------------------------------


async def test_an_answer_that_never_came_is_lost_and_the_work_may_be_done(stage: Stage) -> None:
    chat = await stage.group()
    await stage.fault("chat_moderation_update", "drop_answer", times=2)  # aiohttp repeats a PUT once by itself

    lost = await stage.done(LOCK(chat), AnswerLost)

    assert lost.cause.startswith("chat_moderation_update: ")
    assert stage.held(chat).moderation == "only_owner"


async def test_an_error_page_without_feishus_json_counts_as_a_lost_answer(stage: Stage) -> None:
    chat = await stage.group()
    await stage.fault("chat_moderation_update", "server_error")

    assert "HTTP 502" in (await stage.done(LOCK(chat), AnswerLost)).cause


async def test_a_full_window_names_its_wait(stage: Stage) -> None:
    chat = await stage.group()
    await stage.fault("chat_moderation_update", "rate_limited", seconds=7)

    failed = await stage.done(LOCK(chat), Failed)

    assert (failed.wait_seconds, failed.is_quota, failed.is_refused) == (7, False, False)
    assert "99991400" in failed.cause


async def test_our_own_quota_is_a_wait_and_no_failure(stage: Stage) -> None:
    chat = await stage.group()
    stage.quota.wait_seconds = 3.5

    failed = await stage.done(LOCK(chat), Failed)

    assert (failed.wait_seconds, failed.is_quota) == (3.5, True)
    assert stage.held(chat).moderation == "all_members", "nothing was sent"


async def test_what_feishu_cannot_do_now_is_neither_refused_nor_given_a_time(stage: Stage) -> None:
    chat = await stage.group()
    await stage.refuse("chat_moderation_update", 2200)

    failed = await stage.done(LOCK(chat), Failed)

    assert (failed.wait_seconds, failed.is_refused) == (None, False)


async def test_a_feishu_that_is_not_there_is_a_failure(stage: Stage) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        async with talking(f"http://127.0.0.1:{nobody.getsockname()[1]}") as feishu:
            failed = await perform(LOCK(ChatId("oc_1")), feishu, stage.around())

    assert isinstance(failed, Failed)
    assert (failed.wait_seconds, failed.is_refused) == (None, False)


async def test_a_missing_scope_is_named(stage: Stage) -> None:
    chat = await stage.group()
    await stage.scopes("im:chat", "im:message")

    archive = await stage.done(ArchiveMessages(chat=chat), Failed)
    await stage.scopes("im:message")
    lock = await stage.done(LOCK(chat), Failed)

    assert (archive.scope, archive.is_refused) == ("im:message.group_msg", True)
    assert "im:chat" in lock.scope.split(" | ")


async def test_what_is_not_allowed_is_refused_with_feishus_words(stage: Stage) -> None:
    chat = await stage.group(stage.alice)
    await stage.act(stage.alice, "transfer", chat_id=chat, target=stage.alice)
    await stage.scopes("im:chat")

    refused = await stage.done(LOCK(chat), Failed)

    assert (refused.is_refused, refused.scope) == (True, "")
    assert refused.cause.startswith("chat_moderation_update: 232017 ")


SILENT = {"look at tabs", "look at the menu", "write the announcement"}
"""Calls whose documents know no code for a disbanded group: others of the same batch tell."""


@pytest.mark.parametrize("what", [what for what in ON_A_GROUP if what not in SILENT])
async def test_a_group_that_is_disbanded_is_gone_whatever_is_done_to_it(stage: Stage, what: str) -> None:
    chat = await stage.group(stage.alice)
    await stage.act(stage.alice, "disband", chat_id=chat)

    assert await stage.do(ON_A_GROUP[what](stage, chat)) == ChatGone()


@pytest.mark.parametrize("what", ON_A_GROUP)
async def test_a_group_that_the_bot_was_removed_from_is_gone_for_us(stage: Stage, what: str) -> None:
    chat = await stage.group(stage.alice)
    await stage.act(stage.alice, "remove_bot", chat_id=chat)

    assert await stage.do(ON_A_GROUP[what](stage, chat)) == ChatGone()


async def test_each_action_waits_for_its_turn_at_its_own_priority(stage: Stage) -> None:
    chat = await stage.group()

    await stage.do(stage.card(chat))
    await stage.do(LOCK(chat))
    await stage.do(DeleteTopNotice(chat=chat))

    assert [priority for *_, priority in stage.quota.taken[1:]] == [
        Priority.FIRST_CARD,
        Priority.UPDATE,
        Priority.DECORATION,
    ]


# -- tabs --------------------------------------------------------------------------------------------------------------


async def test_tabs_are_added_seen_and_moved(stage: Stage) -> None:
    chat = await stage.group()
    wanted = (Tab(name="Runbook", url="https://wiki.example.com/a"), Tab(name="Logs", url="https://logs.example.com/"))

    added = await stage.done(CreateTabs(chat=chat, tabs=wanted), TabsSeen)
    moved = replace(added.tabs[0], url="https://wiki.example.com/b")
    updated = await stage.done(UpdateTabs(chat=chat, tabs=(moved,)), TabsSeen)
    seen = await stage.done(LookAtTabs(chat=chat), TabsSeen)

    assert [(tab.name, tab.url) for tab in added.tabs] == [(tab.name, tab.url) for tab in wanted]
    assert updated.tabs == (moved, added.tabs[1])
    assert seen.tabs == updated.tabs, "Feishu's own tabs are not ours"


async def test_a_tab_that_somebody_deleted_cannot_be_moved(stage: Stage) -> None:
    chat = await stage.group(stage.alice)
    added = await stage.done(CreateTabs(chat=chat, tabs=(Tab(name="Logs", url="https://logs.example.com/"),)), TabsSeen)
    await stage.act(stage.alice, "delete_tab", chat_id=chat, tab_id=added.tabs[0].id)

    assert (await stage.done(UpdateTabs(chat=chat, tabs=added.tabs), Failed)).is_refused


async def test_tabs_are_sorted_and_deleted(stage: Stage) -> None:
    chat = await stage.group(stage.alice)
    wanted = tuple(Tab(name=name, url=f"https://{name}.example.com/") for name in ("a", "b"))
    added = await stage.done(CreateTabs(chat=chat, tabs=wanted), TabsSeen)
    *others, first, second = added.order

    sorted_ = await stage.done(SortTabs(chat=chat, order=(*others, second, first)), TabsSeen)
    left = await stage.done(DeleteTabs(chat=chat, ids=(first,)), TabsSeen)

    assert [tab.name for tab in sorted_.tabs] == ["b", "a"]
    assert left.order == (*others, second)


# -- menus -------------------------------------------------------------------------------------------------------------


def bare(menu: tuple[Menu, ...]) -> tuple[Menu, ...]:
    return tuple(replace(top, id="", items=tuple(replace(item, id="") for item in top.items)) for top in menu)


async def test_menus_are_added_seen_and_deleted(stage: Stage) -> None:
    chat = await stage.group()
    look = Menu(
        name={"zh": "排查", "en": "Look"},
        items=(MenuItem(name={"zh": "面板", "en": "Panel"}, url="https://grafana.example.com/"),),
    )
    wanted = (look, a_menu("Help", ("On call", "https://oncall.example.com/")))

    added = await stage.done(CreateMenu(chat=chat, menu=wanted), MenuSeen)
    seen = await stage.done(LookAtMenu(chat=chat), MenuSeen)
    left = await stage.done(DeleteMenu(chat=chat, ids=(added.menu[0].id,)), MenuSeen)

    assert bare(added.menu) == wanted
    assert seen == added
    assert all(top.id and top.items[0].id for top in seen.menu)
    assert left.menu == added.menu[1:]
    assert stage.held(chat).menu[0].item["name"] == "Help"


def in_english(incident: Incident) -> Incident:
    opening = replace(incident.opening, route=a_route(policy=ChatPolicy(languages=("en",))))
    return replace(incident, opening=opening)


async def test_a_menu_in_one_language_is_read_as_it_was_written(stage: Stage) -> None:
    stage.incident = in_english(stage.incident)
    chat = await stage.group()
    wanted = (Menu(name={"en": "Help"}, items=(MenuItem(name={"en": "On call"}, url="https://o.example.com/"),)),)

    added = await stage.done(CreateMenu(chat=chat, menu=wanted), MenuSeen)

    assert bare(added.menu) == wanted
    assert "i18n_names" not in stage.held(chat).menu[0].item


async def test_a_menu_that_somebody_else_made_is_seen_too(stage: Stage) -> None:
    chat = await stage.group()
    stage.incident = in_english(stage.incident)
    await stage.done(CreateMenu(chat=chat, menu=(Menu(name={"en": "Theirs"}, items=()),)), MenuSeen)

    seen = await stage.done(LookAtMenu(chat=chat), MenuSeen, incident=replace(stage.incident))

    assert bare(seen.menu) == (Menu(name={"en": "Theirs"}, items=()),)


async def test_a_menu_that_somebody_deleted_cannot_be_deleted_again(stage: Stage) -> None:
    chat = await stage.group(stage.alice)
    added = await stage.done(CreateMenu(chat=chat, menu=(a_menu("Help", ("x", "https://x.example.com/")),)), MenuSeen)
    await stage.act(stage.alice, "delete_menu", chat_id=chat, menu_id=added.menu[0].id)

    assert (await stage.done(DeleteMenu(chat=chat, ids=(added.menu[0].id,)), Failed)).is_refused


async def test_the_whole_group_of_an_incident_is_what_it_wants(stage: Stage) -> None:
    """Tabs and menus of the blueprint are taken by Feishu as they are, and read back equal."""
    chat, wanted = await stage.group(), stage.wanted
    assert wanted.tabs
    assert wanted.menu

    tabs = await stage.done(CreateTabs(chat=chat, tabs=wanted.tabs), TabsSeen)
    menu = await stage.done(CreateMenu(chat=chat, menu=wanted.menu), MenuSeen)

    assert tuple(replace(tab, id="") for tab in tabs.tabs) == wanted.tabs
    assert bare(menu.menu) == wanted.menu
    assert await stage.do(LOCK(chat)) == Done()


# -- values of strangers -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "HTTPS://Wiki.example.com/a",
        " https://wiki.example.com/a b)(\"'<c> ",
        "https://wiki.example.com/面板?x={y}|z",
        "https://wiki.example.com/" + "x" * 1_900,
    ],
)
async def test_whatever_link_an_alert_brings_tabs_menu_and_announcement_take_it(stage: Stage, url: str) -> None:
    route = a_route(links=Links(hosts=("wiki.example.com",)))
    alert = an_alert(annotations={"summary": "x", "runbook_url": url})
    stage.incident = an_incident(route, alert)
    chat, wanted = await stage.group(), stage.wanted
    assert wanted.tabs is not None
    assert wanted.menu is not None

    tabs = await stage.done(CreateTabs(chat=chat, tabs=wanted.tabs), TabsSeen)
    await stage.done(CreateMenu(chat=chat, menu=wanted.menu), MenuSeen)
    await stage.done(stage.announcement(chat), AnnouncementWritten)
    await stage.done(stage.card(chat), Sent)

    assert [tab.url for tab in tabs.tabs if "wiki.example.com" in tab.url.lower()]


@given(st.text(max_size=80), st.sampled_from(["", "http://", "HTTPS://", "https://h/", " hTTp://h?"]))
def test_a_link_that_may_be_shown_is_one_that_our_calls_take(text: str, before: str) -> None:
    url = encode_url(before + text)

    if url is not None:
        checks.web_link(url, "a link")
        assert msgspec.json.encode(url)

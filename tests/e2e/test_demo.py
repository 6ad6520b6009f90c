"""`alertbridge demo --exit`, as somebody without a terminal runs it."""

import asyncio
import os
import sys

import msgspec
import pytest

from tests.e2e.processes import tethered
from tests.e2e.stage import Stage

OPERATIONS = frozenset(
    {
        *("chat_create", "chat_get", "chat_list", "chat_search", "chat_update", "chat_disband", "chat_link_create"),
        *("chat_moderation_get", "chat_moderation_update", "chat_top_notice_put", "chat_top_notice_delete"),
        *("chat_managers_add", "chat_managers_delete", "chat_members_add", "chat_members_remove"),
        *("chat_members_me_join", "chat_members_list", "chat_members_is_in_chat"),
        *("chat_announcement_get", "chat_announcement_patch"),
        *("chat_tabs_create", "chat_tabs_update", "chat_tabs_sort", "chat_tabs_list", "chat_tabs_delete"),
        *("chat_menu_tree_create", "chat_menu_item_patch", "chat_menu_tree_sort"),
        *("chat_menu_tree_get", "chat_menu_tree_delete"),
    }
)
"""Feishu's group API."""

EVENTS = frozenset(
    {
        *("im.chat.disbanded_v1", "im.chat.updated_v1"),
        *("im.chat.member.bot.added_v1", "im.chat.member.bot.deleted_v1", "im.chat.member.user.added_v1"),
        *("im.chat.member.user.deleted_v1", "im.chat.member.user.withdrawn_v1"),
        *("p2p_chat_create", "im.chat.access_event.bot_p2p_chat_entered_v1"),
    }
)
"""Its events."""


def test_the_group_api_has_thirty_operations_and_nine_events() -> None:
    assert (len(OPERATIONS), len(EVENTS)) == (30, 9)


pytestmark = pytest.mark.timeout(240)


async def test_the_demo_plays_by_itself_and_its_last_line_says_what_the_sandbox_saw(stage: Stage) -> None:
    process = await asyncio.create_subprocess_exec(
        *tethered([sys.executable, "-m", "alertbridge", "demo", "--exit"]),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=stage.folder,
        # What a shell holds for a real install does not reach the story.
        env=os.environ
        | {"TMPDIR": str(stage.folder), "ALERTBRIDGE_INGEST_TOKEN": "hush", "ALERTBRIDGE_LANGUAGES": "en"},
    )
    try:
        said, told = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()

    assert process.returncode == 0, told.decode()
    summary = msgspec.json.decode(said.splitlines()[-1])
    assert list(summary) == [
        "ok",
        "alerts",
        "incidents",
        "groups_created",
        "groups_disbanded",
        "operations",
        "events",
        "seconds",
    ]
    assert summary["ok"] is True
    assert summary["incidents"] <= summary["groups_created"] == summary["operations"]["chat_create"]
    assert 1 <= summary["groups_disbanded"] == summary["operations"]["chat_disband"] <= summary["groups_created"]
    assert summary["events"]["im.chat.disbanded_v1"] == summary["groups_disbanded"]
    assert summary["events"]["card.action.trigger"] >= 1
    assert summary["alerts"] >= summary["incidents"]
    assert OPERATIONS.difference(summary["operations"]) == set()
    assert EVENTS.difference(summary["events"]) == set()
    assert list(stage.folder.iterdir()) == [], "it leaves nothing behind"

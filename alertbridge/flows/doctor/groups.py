"""What shows only in a group: which announcement it has, whether its messages can be read, whether events arrive.

A group that is there already serves for looking. What would change one is tried in a group of its own, made for it and
disbanded: it carries our marker, so the janitor finds it should we die in between.
"""

import asyncio
from typing import Final
from uuid import uuid4

from ulid import ULID

from alertbridge.core.checkup import Finding, bad, good, note, unknown
from alertbridge.core.copy import catalogue as copy
from alertbridge.core.groups import naming
from alertbridge.core.groups.links import Install
from alertbridge.core.ids import ChatId, IncidentId
from alertbridge.feishu.calls.chats import ChatListItem
from alertbridge.feishu.calls.docx import AnnouncementKind
from alertbridge.feishu.calls.words import ChatStatus
from alertbridge.feishu.client import FeishuClient
from alertbridge.feishu.errors import FeishuError, MissingScope
from alertbridge.flows.doctor.card import sample_card, try_card
from alertbridge.flows.doctor.console import Console, Page
from alertbridge.flows.doctor.scopes import missing_scope
from alertbridge.store.clock import Clock
from alertbridge.store.connection import Connection
from alertbridge.store.errors import StoreAway
from alertbridge.store.install import install_key
from alertbridge.store.parked import take_parked

EVENT_SECONDS: Final = 15
"""How long the event of the probe group may take: Feishu sends events within seconds, and again after 15."""

_LOOKS_A_SECOND: Final = 5
_NAME: Final = "alertbridge doctor"


async def look_at_a_group(feishu: FeishuClient, console: Console) -> list[Finding]:
    """Look into the newest group that carries a mark, where there is one."""
    untried = note("events", "events_untried", "with_probe")
    try:
        listed = await feishu.chat_list(sort_type="ByActiveTimeDesc", page_size=20)
    except FeishuError as error:
        return [unknown("announcement", "announcement_unknown", cause=str(error)), untried]
    ours = [one.chat_id for one in listed.items if one.chat_status is ChatStatus.NORMAL and _is_marked(one)]
    if not ours:
        return [note("announcement", "history_untried", "with_probe"), untried]
    return [*await _look_into(feishu, ours[0], console), untried]


def _is_marked(chat: ChatListItem) -> bool:
    """Whether it looks like a group of ours: in people's own there is nothing to look for."""
    return naming.has_mark(chat.description)


async def probe(
    feishu: FeishuClient, connection: Connection, console: Console, languages: copy.Languages
) -> list[Finding]:
    """Make a group, look into it, send a card there, disband it, and wait for the event that tells of it."""
    try:
        install = Install(app_id=console.app_id, key=await install_key(connection))
        now = await Clock(connection).now()
    except StoreAway as error:
        return [unknown("probe", "store_away", "store_away", cause=str(error))]
    incident = IncidentId(str(ULID()))
    marker = naming.marker(install.key, install.app_id, incident)
    try:
        made = await feishu.chat_create(uuid=uuid4().hex, name=_NAME, description=f"{_NAME} {marker}")
    except FeishuError as error:
        return [bad("probe", "probe_failed", "with_probe", cause=str(error))]
    chat = made.chat_id
    try:
        findings = await _look_into(feishu, chat, console)
        findings.append(await try_card(feishu, chat, sample_card(install, incident, now), languages, now))
    finally:
        disbanded = await _disband(feishu, chat)
    return [*findings, disbanded, await _hear_of(chat, connection, console)]


async def _look_into(feishu: FeishuClient, chat: ChatId, console: Console) -> list[Finding]:
    return [await _announcement(feishu, chat), *await _history(feishu, chat, console)]


async def _announcement(feishu: FeishuClient, chat: ChatId) -> Finding:
    try:
        about = await feishu.docx_announcement_get(chat)
    except FeishuError as error:
        return unknown("announcement", "announcement_unknown", cause=str(error))
    if about.announcement_type is AnnouncementKind.UNKNOWN:
        return unknown("announcement", "announcement_unknown", cause="announcement_type")
    return good("announcement", "announcement", kind=about.announcement_type)


async def _history(feishu: FeishuClient, chat: ChatId, console: Console) -> list[Finding]:
    """Reading a group needs one more scope than the call, and only a group that is there shows whether we have it."""
    try:
        await feishu.message_list(chat, page_size=1)
    except MissingScope as error:
        return [missing_scope("history", [error.scopes], console)]
    except FeishuError as error:
        return [unknown("scope:history", "scope_unknown", what=copy.text("need.history"), cause=str(error))]
    return []


async def _disband(feishu: FeishuClient, chat: ChatId) -> Finding:
    try:
        await feishu.chat_disband(chat)
    except FeishuError as error:
        return bad("probe", "probe_left", "probe_left", chat=chat, cause=str(error))
    return good("probe", "probe")


async def _hear_of(chat: ChatId, connection: Connection, console: Console) -> Finding:
    """Wait until the web process has parked the event of a group that no incident has, and take it away."""
    for _ in range(EVENT_SECONDS * _LOOKS_A_SECOND):
        try:
            if await take_parked(connection, chat):
                return good("events", "events")
        except StoreAway as error:
            return unknown("events", "events_unseen", "store_away", cause=str(error))
        await asyncio.sleep(1 / _LOOKS_A_SECOND)
    way = console.way(Page.EVENTS)
    return bad("events", "events_silent", "events_silent", seconds=EVENT_SECONDS, **way)

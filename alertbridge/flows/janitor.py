"""Looks through the groups that the bot is in, and disbands one when an operator says so. It never does by itself."""

from collections.abc import AsyncIterator

from alertbridge.core.groups.belonging import Group, Owned, Standing, claimed, claimed_incident, unclaimed
from alertbridge.core.groups.links import Install
from alertbridge.core.ids import ChatId
from alertbridge.feishu.calls.chats import ChatListItem
from alertbridge.feishu.calls.pages import every_item
from alertbridge.feishu.calls.words import ChatStatus
from alertbridge.feishu.client import FeishuClient
from alertbridge.store.records import Records

_PAGE_SIZE = 100


async def groups(feishu: FeishuClient, named: str = "") -> AsyncIterator[Group]:
    """List the groups that the bot is in; with `named`, those that Feishu finds by name. Raises `FeishuError`."""
    if named:
        items = every_item(lambda token: feishu.chat_search(named, page_size=_PAGE_SIZE, page_token=token))
    else:
        items = every_item(lambda token: feishu.chat_list(page_size=_PAGE_SIZE, page_token=token))
    async for item in items:
        if item.chat_status is not ChatStatus.DISSOLVED:
            yield _group(item)


async def standing_of(group: Group, install: Install, records: Records) -> Standing:
    """Say where a group stands. Raises `StoreError`."""
    incident = claimed_incident(group, install.key, install.app_id)
    if incident is None:
        return unclaimed(group, install.key, install.app_id)
    stored = await records.get(incident)
    if stored is None:
        return claimed(group, incident, None)
    owned = Owned(number=stored.number, incident=stored.incident, has_ended=stored.ended_at is not None)
    return claimed(group, incident, owned)


async def find_group(feishu: FeishuClient, chat: ChatId) -> Group | None:
    """Find one of the groups that the bot is in; None where it is in no such group. Raises `FeishuError`."""
    async for group in groups(feishu):
        if group.chat == chat:
            return group
    return None


def _group(item: ChatListItem) -> Group:
    return Group(chat=item.chat_id, name=item.name, description=item.description, is_owned=item.owner_id is None)

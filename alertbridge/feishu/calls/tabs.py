"""Tabs of a chat. Every call answers with all tabs, left to right; the message tab is always the first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, NewType

import msgspec

from alertbridge.core.ids import ChatId
from alertbridge.feishu import checks, limits
from alertbridge.feishu.calls.chats import chat_path
from alertbridge.feishu.calls.images import ImageKey
from alertbridge.feishu.protocol import Call

TabId = NewType("TabId", str)

CHANGEABLE: Final = frozenset({"url", "doc"})
"""Tab types that can be created, updated and deleted; all others are Feishu's own."""


class TabContent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a tab shows."""

    url: str = ""
    doc: str = ""


class TabConfig(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a `url` tab looks and opens."""

    icon_key: str = ""
    is_built_in: bool = False
    """Opens inside the client."""


class Tab(msgspec.Struct, frozen=True, kw_only=True):
    """A tab as it is."""

    tab_id: TabId
    tab_type: str = ""
    tab_name: str = ""
    tab_content: TabContent = TabContent()
    tab_config: TabConfig = TabConfig()


class Tabs(msgspec.Struct, frozen=True, kw_only=True):
    """All tabs of the chat, left to right."""

    chat_tabs: tuple[Tab, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedTab:
    """A tab as it should be: a page, or a Feishu document of which the bot is a collaborator."""

    name: str
    url: str
    tab_type: Literal["url", "doc"] = "url"
    icon_key: ImageKey | None = None
    is_built_in: bool = False

    def as_json(self) -> dict[str, object]:
        """Return Feishu's form of it."""
        checks.some(limits.TAB_NAME_CHARACTERS, "characters of a tab name", self.name)
        checks.web_link(self.url, "a tab's link")
        content = TabContent(url=self.url) if self.tab_type == "url" else TabContent(doc=self.url)
        tab: dict[str, object] = {"tab_name": self.name, "tab_type": self.tab_type, "tab_content": content}
        if self.tab_type == "url" and (self.icon_key or self.is_built_in):
            tab["tab_config"] = TabConfig(icon_key=self.icon_key or "", is_built_in=self.is_built_in)
        return tab


def chat_tabs_create(chat_id: ChatId, tabs: Sequence[WantedTab]) -> Call[Tabs]:
    """Add tabs on the right; a chat has at most 20 of them."""
    checks.some(limits.TABS, "tabs per chat", tabs)
    return _tabs("chat_tabs_create", "POST", chat_id, "", {"chat_tabs": [tab.as_json() for tab in tabs]})


def chat_tabs_update(chat_id: ChatId, tabs: Mapping[TabId, WantedTab]) -> Call[Tabs]:
    """Change tabs."""
    checks.some(limits.TABS, "tabs per chat", tabs)
    changed = [{"tab_id": tab_id, **tab.as_json()} for tab_id, tab in tabs.items()]
    return _tabs("chat_tabs_update", "POST", chat_id, "/update_tabs", {"chat_tabs": changed})


def chat_tabs_sort(chat_id: ChatId, tab_ids: Sequence[TabId]) -> Call[Tabs]:
    """Order the tabs. `tab_ids` must name *all* of the chat, the message tab first."""
    checks.some(len(tab_ids), "the chat's tabs", tab_ids)
    return _tabs("chat_tabs_sort", "POST", chat_id, "/sort_tabs", {"tab_ids": tab_ids})


def chat_tabs_list(chat_id: ChatId) -> Call[Tabs]:
    """List all tabs."""
    return _tabs("chat_tabs_list", "GET", chat_id, "/list_tabs", None)


def chat_tabs_delete(chat_id: ChatId, tab_ids: Sequence[TabId]) -> Call[Tabs]:
    """Delete tabs of the types `url` and `doc`."""
    checks.some(limits.TABS, "tabs per chat", tab_ids)
    return _tabs("chat_tabs_delete", "DELETE", chat_id, "/delete_tabs", {"tab_ids": tab_ids})


def _tabs(
    operation: str, method: Literal["GET", "POST", "DELETE"], chat_id: ChatId, tail: str, body: object
) -> Call[Tabs]:
    path = f"{chat_path(chat_id)}/chat_tabs{tail}"
    return Call(operation=operation, method=method, path=path, body=body, answer=Tabs)

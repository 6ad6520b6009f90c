"""Where in Feishu's console something is mended."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from alertbridge.core.chats.chat import Text
from alertbridge.core.copy import catalogue as copy
from alertbridge.core.text import host_of

_CONSOLES: Final = frozenset({"open.feishu.cn", "open.larksuite.com"})
"""Hosts whose developer console shows an app at `/app/<app id>`."""


class Page(StrEnum):
    """Pages of an app, by the last part of their address."""

    CREDENTIALS = "baseinfo"
    FEATURES = "capability"
    SCOPES = "auth"
    SECURITY = "safe"
    EVENTS = "event"
    VERSIONS = "version"


@dataclass(frozen=True, slots=True)
class Console:
    """The developer console of one app; a sandbox has none, but its words are the same."""

    base_url: str
    app_id: str

    def way(self, page: Page) -> dict[str, Text]:
        """Return the words of the catalogue that lead to a page: `page`, with its address, and `publish`."""
        has_address = host_of(self.base_url) in _CONSOLES and self.app_id
        address = f" ({self.base_url}/app/{self.app_id}/{page})" if has_address else ""
        return {"page": copy.join("", [copy.text(f"page.{page}"), address]), "publish": copy.text("mend.publish")}

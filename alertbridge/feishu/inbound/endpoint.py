"""Where a long connection is opened, and the pace that Feishu asks for.

Source: the official SDKs of the open platform; Feishu documents the mode, not its protocol.
"""

from urllib.parse import parse_qs, urlsplit

import msgspec

from alertbridge.feishu.protocol import Call


class Pace(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """How often to ask for an answer and when to come again, in seconds. The defaults are those of the SDKs.

    Feishu's `ReconnectCount` is not read: a service that gave up would stay deaf until somebody starts it again.
    """

    ping_interval: float = 120
    reconnect_nonce: float = 30
    """The longest random delay before the first try after a loss."""
    reconnect_interval: float = 120
    """Between the tries after that."""


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """What the platform answers."""

    url: str = msgspec.field(name="URL")
    """Of the WebSocket. Its parameters hold a ticket: it is not logged."""
    pace: Pace = msgspec.field(name="ClientConfig", default_factory=Pace)

    @property
    def service(self) -> int:
        """The number that our own frames carry; 0 where the URL names none."""
        given = parse_qs(urlsplit(self.url).query).get("service_id", [""])[0]
        return int(given) if given.isascii() and given.isdigit() else 0


def long_connection_endpoint(*, app_id: str, app_secret: str) -> Call[Endpoint]:
    """Ask for the address of a new long connection; each address is for one."""
    return Call(
        operation="long_connection_endpoint",
        method="POST",
        path="/callback/ws/endpoint",
        body={"AppID": app_id, "AppSecret": app_secret},
        answer=Endpoint,
        authenticated=False,
    )

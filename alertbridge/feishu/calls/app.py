"""The app itself: its token, and who its bot is."""

from enum import IntEnum

import msgspec

from alertbridge.core.ids import OpenId
from alertbridge.feishu.protocol import Call


class TenantToken(msgspec.Struct, frozen=True, kw_only=True):
    """The key to every other call."""

    tenant_access_token: str
    expire: int
    """Seconds it has left, at most 7200."""


class ActivateStatus(IntEnum):
    """Whether the app works in this tenant."""

    INIT = 0
    DISABLED = 1
    ENABLED = 2
    TO_BE_ENABLED = 3
    UPGRADE_PENDING = 4
    LICENSE_EXPIRED = 5
    PLAN_EXPIRED = 6
    UNKNOWN = -1

    @classmethod
    def _missing_(cls, value: object) -> "ActivateStatus":  # noqa: ARG003 the enum's own protocol
        return cls.UNKNOWN


class BotInfo(msgspec.Struct, frozen=True, kw_only=True):
    """Our bot."""

    open_id: OpenId
    """Of the bot itself; mentions carry it."""
    app_name: str = ""
    activate_status: ActivateStatus = ActivateStatus.UNKNOWN
    ip_white_list: tuple[str, ...] = ()


def auth_tenant_access_token_internal(*, app_id: str, app_secret: str) -> Call[TenantToken]:
    """Get a token for the app in its own tenant."""
    return Call(
        operation="auth_tenant_access_token_internal",
        method="POST",
        path="/open-apis/auth/v3/tenant_access_token/internal",
        body={"app_id": app_id, "app_secret": app_secret},
        answer=TenantToken,
        answer_at=(),
        authenticated=False,
    )


def bot_info_get() -> Call[BotInfo]:
    """Ask who our bot is."""
    return Call(
        operation="bot_info_get", method="GET", path="/open-apis/bot/v3/info", answer=BotInfo, answer_at=("bot",)
    )

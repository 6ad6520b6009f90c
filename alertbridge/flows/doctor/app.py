"""Whether Feishu takes the credentials, whether the app is in use, and whether it has a bot."""

from typing import Final

from alertbridge.core.checkup import Finding, bad, good, unknown
from alertbridge.feishu.calls.app import ActivateStatus
from alertbridge.feishu.client import FeishuClient
from alertbridge.feishu.errors import FeishuError, Misconfigured, Unauthorized
from alertbridge.flows.doctor.console import Console, Page

_ADDRESS_REFUSED: Final = 99991401
_NO_BOT: Final = frozenset({230006, 232025})
_NOT_IN_USE: Final = frozenset({232034, 99991662, 99991673})
_WORKING: Final = frozenset({ActivateStatus.ENABLED, ActivateStatus.UPGRADE_PENDING, ActivateStatus.UNKNOWN})


async def look_at_app(feishu: FeishuClient, console: Console) -> list[Finding]:
    """Ask who we are. Unless all of the findings are good, there is no sense in asking for more."""
    try:
        bot = await feishu.bot_info_get()
    except FeishuError as error:
        return [_failed(error, console)]
    credentials = good("credentials", "credentials")
    if bot.activate_status not in _WORKING:
        return [credentials, _not_in_use(bot.activate_status.name.lower(), console)]
    try:
        await feishu.chat_list(page_size=1)
    except FeishuError as error:
        if error.code in _NO_BOT | _NOT_IN_USE:
            return [credentials, _failed(error, console)]
        # Anything else is found again with the scopes.
    return [credentials, good("bot", "bot", name=bot.app_name)]


def _failed(error: FeishuError, console: Console) -> Finding:
    cause = str(error)
    if error.code in _NO_BOT:
        return bad("bot", "bot_missing", "bot", cause=cause, **console.way(Page.FEATURES))
    if error.code in _NOT_IN_USE:
        return _not_in_use(cause, console)
    if error.code == _ADDRESS_REFUSED:
        return bad("credentials", "address_refused", "address", cause=cause, **console.way(Page.SECURITY))
    if isinstance(error, Unauthorized):
        way = console.way(Page.CREDENTIALS)
        return bad("credentials", "credentials_refused", "credentials", cause=cause, **way)
    if isinstance(error, Misconfigured):
        return bad("credentials", "not_feishu", "feishu_away", url=console.base_url, cause=cause)
    return unknown("credentials", "feishu_away", "feishu_away", url=console.base_url, cause=cause)


def _not_in_use(status: str, console: Console) -> Finding:
    return bad("bot", "app_not_in_use", "app_not_in_use", status=status, **console.way(Page.VERSIONS))

"""Which member of a chat is our bot: by its open id, which Feishu tells once."""

import asyncio
from dataclasses import replace
from typing import Final

import structlog

from alertbridge.core.ids import OpenId
from alertbridge.feishu.client import FeishuClient
from alertbridge.feishu.errors import FeishuError
from alertbridge.feishu.inbound.events import AnyEvent, ChatEvent
from alertbridge.store.bots import Bots
from alertbridge.store.errors import StoreAway

log = structlog.get_logger(__name__)

_RETRY_SECONDS: Final = 30.0


class BotUnknown(Exception):  # noqa: N818 - named for what it says, like all our errors
    """Feishu has not told yet who our bot is: nobody can say whether a message is for it. Later, it can be said."""


class OurBot:
    """Asked for at the start, remembered for all processes."""

    def __init__(self, feishu: FeishuClient, bots: Bots) -> None:
        self._feishu = feishu
        self._bots = bots
        self._known: OpenId | None = None
        self._name = ""

    async def open_id(self) -> OpenId:
        """Who it is. Raises `StoreAway`, `BotUnknown`."""
        if self._known is None:
            self._known = await self._bots.get()
        if self._known is None:
            raise BotUnknown("Feishu has not told yet who the bot is")
        return self._known

    async def name(self) -> str:
        """What people call it; "" while that is not known. Raises `StoreAway`."""
        self._name = self._name or await self._bots.name()
        return self._name

    async def disown(self, event: AnyEvent) -> AnyEvent:
        """The event as it counts: what our own bot did was done by an app, and has no operator. Raises `StoreAway`."""
        if not isinstance(event, ChatEvent) or event.operator is None:
            return event
        self._known = self._known or await self._bots.get()
        return replace(event, operator=None) if event.operator == self._known else event

    async def find(self) -> None:
        """Ask Feishu, every half a minute until it answers."""
        while True:
            try:
                bot = await self._feishu.bot_info_get()
                await self._bots.remember(bot.open_id, bot.app_name)
            except (FeishuError, StoreAway) as error:
                log.warning("feishu_not_ready", cause=str(error))
            else:
                self._known, self._name = bot.open_id, bot.app_name
                log.info("bot_found", name=bot.app_name)
                return
            await asyncio.sleep(_RETRY_SECONDS)

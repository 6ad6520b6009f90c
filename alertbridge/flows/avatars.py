"""The pictures of our groups: uploaded once for each app, their keys kept."""

import asyncio
from typing import Final

import structlog

from alertbridge.core.quota import Priority
from alertbridge.feishu.avatars import picture
from alertbridge.feishu.client import FeishuClient
from alertbridge.feishu.errors import FeishuError
from alertbridge.store.avatars import Avatars as Keys
from alertbridge.store.errors import StoreAway

log = structlog.get_logger(__name__)

PICTURES: Final = ("p1", "p2", "p3", "p4", "resolved", "silenced")
_RETRY_SECONDS: Final = 300.0


class Avatars:
    """Which image key stands for which picture. A group is made without one where there is none yet."""

    def __init__(self, feishu: FeishuClient, keys: Keys) -> None:
        self._feishu = feishu.at(Priority.DECORATION)
        self._keys = keys
        self._known: dict[str, str] = {}

    def known(self) -> dict[str, str]:
        """Image keys by picture."""
        return self._known

    async def forget(self, name: str) -> None:
        """Feishu does not take this picture's key any more: upload it again at the next start. Raises `StoreAway`."""
        self._known.pop(name, None)
        await self._keys.forget(name)

    async def upload_all(self) -> None:
        """Upload what is not uploaded; groups do not wait for it. Tried again every five minutes until it is done."""
        while True:
            try:
                self._known = await self._keys.all()
                for name in PICTURES:
                    if name not in self._known:
                        await self._upload(name)
            except (FeishuError, StoreAway) as error:
                log.warning("avatars_not_uploaded", cause=str(error))
            else:
                return
            await asyncio.sleep(_RETRY_SECONDS)

    async def _upload(self, name: str) -> None:
        made = await self._feishu.image_create(picture(name), image_type="avatar")
        await self._keys.remember(name, made.image_key)
        self._known[name] = made.image_key

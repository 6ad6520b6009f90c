"""Whether our public address takes Feishu's events: asked as Feishu asks when the address is saved there."""

from typing import Any, Final
from uuid import uuid4

import aiohttp
import msgspec

from alertbridge.core.chats.chat import Text
from alertbridge.core.checkup import Finding, bad, good, note
from alertbridge.core.copy import catalogue as copy
from alertbridge.feishu.inbound.seal import Keys
from alertbridge.flows.doctor.console import Console, Page
from alertbridge.sandbox.sealing import encrypt

_PATH: Final = "/feishu/events"
_PATIENCE: Final = aiohttp.ClientTimeout(total=3)
_REFUSED: Final = frozenset({400, 401})
"""What an alertbridge with other keys answers."""


async def check_event_url(public_url: str, keys: Keys, console: Console) -> Finding:
    """Send the check of a request URL there, and look at the answer."""
    if not public_url:
        return note("event_url", "event_url_unset", "event_url_unset", **console.way(Page.EVENTS))
    url = public_url + _PATH
    cause = await _amiss(url, keys)
    if cause is not None:
        return bad("event_url", "event_url_bad", "event_url_bad", url=url, cause=cause, **console.way(Page.EVENTS))
    return good("event_url", "event_url", url=url)


async def _amiss(url: str, keys: Keys) -> Text | None:
    """Return what is wrong with the answer, None when it is right."""
    challenge = uuid4().hex
    body: dict[str, Any] = {"challenge": challenge, "token": keys.verification_token, "type": "url_verification"}
    if keys.encrypt_key:
        body = {"encrypt": encrypt(msgspec.json.encode(body), keys.encrypt_key)}
    try:
        async with (
            aiohttp.ClientSession(timeout=_PATIENCE) as session,
            session.post(url, json=body, allow_redirects=False) as answer,
        ):
            status, said = answer.status, await answer.read()
    except (aiohttp.ClientError, TimeoutError) as error:
        return copy.text("cause.no_answer", what=str(error) or type(error).__name__)
    if status in _REFUSED:
        return copy.text("cause.other_keys", status=status)
    if status != 200:
        return copy.text("cause.redirect" if 300 <= status < 400 else "cause.status", status=status)
    return None if _echo(said) == challenge else copy.text("cause.no_echo")


def _echo(said: bytes) -> object:
    try:
        answer = msgspec.json.decode(said)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return answer.get("challenge") if isinstance(answer, dict) else None

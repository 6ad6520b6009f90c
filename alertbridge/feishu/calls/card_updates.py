"""Changing a card with the token of a click, instead of by its message."""

from collections.abc import Mapping
from typing import Any

from alertbridge.feishu.protocol import Call


def card_update_delayed(token: str, card: Mapping[str, Any]) -> Call[None]:
    """Replace a clicked card: at most twice within 30 minutes, and only after the callback was answered."""
    if not token:
        raise ValueError("token must be the one of the card's callback")
    return Call(
        operation="card_update_delayed",
        method="POST",
        path="/open-apis/interactive/v1/card/update",
        body={"token": token, "card": card},
        answer=type(None),
    )

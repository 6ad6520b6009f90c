"""Updating a card later, with the token of a callback."""

import msgspec

from alertbridge.sandbox import cards
from alertbridge.sandbox.content import compose
from alertbridge.sandbox.operations.messages import put_content
from alertbridge.sandbox.operations.registry import Call, JsonObject, operation
from alertbridge.sandbox.refusals import Refused
from alertbridge.sandbox.world import World

_TOKEN_LIFE_MS = 30 * 60 * 1000
_MAX_USES = 2
_MAX_BYTES = 100 * 1024

_TEXTS = {
    200000: "the message was recalled",
    200310: "the card was sent by another app",
    200320: "open_ids is only for private cards",
    300020: "token is malformed",
    300030: "token has expired",
    300040: "token was used twice",
    300090: "a private card needs open_ids",
    100000: "the card is above 100 KB",
    11311: "the card is invalid",
}
"""Words of ours: the documents give none for these codes."""


@operation("card_update_delayed", has_data=False)
def update(world: World, call: Call) -> JsonObject:
    """Replace the card that was clicked; before the callback is answered the change is accepted, and lost."""
    token = world.card_tokens.get(call.body["token"])
    if token is None:
        raise _refused(300020)
    if token.app_id != call.app.app_id:
        raise _refused(200310)
    if call.now - token.issued_at > _TOKEN_LIFE_MS:
        raise _refused(300030)
    if token.uses >= _MAX_USES:
        raise _refused(300040)
    message = world.messages[token.message_id]
    if message.is_deleted or message.is_purged:
        raise _refused(200000)
    card = dict(call.body["card"])
    _check_readers(card)
    text = msgspec.json.encode(card).decode()
    if len(text.encode()) > _MAX_BYTES:
        raise _refused(100000)
    try:
        composed = compose(world, call.app, "interactive", text)
    except Refused as refused:
        raise Refused(11311, refused.detail, msg=_TEXTS[11311]) from None
    token.uses += 1
    if token.is_answered:
        put_content(message, composed, call.now)
    return {}


def _check_readers(card: JsonObject) -> None:
    """Take `open_ids` out of the card: a private card needs it, a shared one must not have it."""
    readers = card.pop("open_ids", None)
    if cards.is_shared(card):
        if readers:
            raise _refused(200320)
    elif not readers:
        raise _refused(300090)


def _refused(code: int) -> Refused:
    return Refused(code, msg=_TEXTS[code])

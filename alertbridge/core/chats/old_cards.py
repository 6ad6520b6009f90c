"""Cards in the group that are not kept up to date any more, but still have buttons.

One that somebody presses is brought to the present once, so that its buttons match again.
"""

from dataclasses import replace

from alertbridge.core.chats.chat import Chat, OldCard
from alertbridge.core.ids import MessageId

REMEMBERED_CARDS = 8


def retire(chat: Chat, message: MessageId) -> Chat:
    """Remember a card that is not kept up to date from now on; the oldest is forgotten."""
    others = tuple(old for old in chat.old_cards if old.message != message)
    return replace(chat, old_cards=(*others, OldCard(message=message))[-REMEMBERED_CARDS:])


def press(chat: Chat, message: MessageId | None) -> Chat:
    """Somebody used an old card: it shall show the present. Any other card is left alone."""
    return _mark(chat, message, is_pressed=True)


def settle(chat: Chat, message: MessageId) -> Chat:
    """It shows what was true just now, or never will."""
    return _mark(chat, message, is_pressed=False)


def _mark(chat: Chat, message: MessageId | None, *, is_pressed: bool) -> Chat:
    if all(old.message != message or old.is_pressed is is_pressed for old in chat.old_cards):
        return chat
    marked = tuple(replace(old, is_pressed=is_pressed) if old.message == message else old for old in chat.old_cards)
    return replace(chat, old_cards=marked)

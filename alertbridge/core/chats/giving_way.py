"""How often we repair what people undo: a limited number of times, so that nobody has to fight a program."""

from dataclasses import replace
from datetime import datetime

from alertbridge.core.chats.chat import Chat
from alertbridge.core.ids import OpenId
from alertbridge.core.timeline import Happening, TimelineLine

REPAIRS = 2
"""What is undone more often than this stays undone."""

NAME = "name"
DESCRIPTION = "description"
MANAGERS = "managers"
MODERATION = "moderation"
TABS = "tabs"
MENU = "menu"
ANNOUNCEMENT = "announcement"
TOP_NOTICE = "top_notice"
GROUP = "group"
"""Things that people undo; `thing.…` of the catalogue words them."""


def undo(chat: Chat, thing: str, at: datetime) -> tuple[Chat, tuple[TimelineLine, ...]]:
    """Note that people undid `thing`. The timeline tells that it is restored, or once that it is not any more."""
    times = chat.undone.get(thing, 0) + 1
    chat = replace(chat, undone={**chat.undone, thing: times})
    if times > REPAIRS + 1:
        return chat, ()
    what = Happening.GAVE_WAY if times > REPAIRS else Happening.REPAIRED
    return chat, (TimelineLine(at=at, what=what, text=thing),)


def gives_way(chat: Chat, thing: str) -> bool:
    """True for what people undid too often: it is theirs now."""
    return chat.undone.get(thing, 0) > REPAIRS


def member_key(person: OpenId) -> str:
    """What a person's leaving is counted under: who is brought back once is not brought back again."""
    return f"member:{person}"

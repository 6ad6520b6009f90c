"""What people change about the group itself: its name, its owner, its settings.

A name stays as its person wants it until state or severity change; what else they set is respected, and told.
"""

from dataclasses import replace
from datetime import datetime

from alertbridge.core.chats.chat import Chat, Saying, SayingKind
from alertbridge.core.chats.giving_way import NAME, gives_way, undo
from alertbridge.core.groups import naming
from alertbridge.core.groups.blueprint import sort_of, state_of
from alertbridge.core.ids import OpenId
from alertbridge.core.incidents.change import Change
from alertbridge.core.incidents.command import ChatChanged
from alertbridge.core.incidents.incident import Incident
from alertbridge.core.incidents.outbox import say
from alertbridge.core.text import LABEL_LIMIT, clean
from alertbridge.core.timeline import Happening, TimelineLine


def change(incident: Incident, changed: ChatChanged) -> Change:
    """Take over what a person changed. What is so already is no news: we may have done it."""
    chat = incident.chat
    if chat is None or chat.id != changed.chat or chat.is_standing:
        return Change(incident)  # what people do to a room of their own is no news
    renamed = Change(incident) if changed.name is None else rename(incident, changed.name, changed.at, by=changed.by)
    handed = hand_over(renamed.incident, changed.owner or chat.owner, changed.at, changed.id, by=changed.by)
    incident, lines = handed.incident, (*renamed.lines, *handed.lines)
    if changed.settings and incident.chat is not None:
        text = ", ".join(changed.settings)
        lines += (TimelineLine(at=changed.at, what=Happening.SETTINGS_CHANGED, by=changed.by, text=text),)
        incident = replace(incident, chat=replace(incident.chat, is_doubted=True))
    return Change(incident, lines)


def rename(incident: Incident, name: str, at: datetime, *, by: OpenId | None) -> Change:
    """The group has this name now. It stays, or is restored where its route wants so."""
    chat = incident.chat
    if chat is None or _is_known(incident, chat, name):
        return Change(incident)
    chat = replace(chat, manual_name=name)
    lines = [TimelineLine(at=at, what=Happening.RENAMED, by=by, text=clean(name, LABEL_LIMIT))]
    if not incident.opening.route.chat.keep_manual_name:
        chat, more = undo(chat, NAME, at)
        chat = chat if gives_way(chat, NAME) else replace(chat, name={})
        lines += more
    return Change(replace(incident, chat=chat), tuple(lines))


def hand_over(incident: Incident, owner: OpenId | None, at: datetime, cause: str, *, by: OpenId | None) -> Change:
    """The group belongs to `owner` now, to the bot for None. What the bot cannot do then is said once."""
    chat = incident.chat
    if chat is None or chat.owner == owner:
        return Change(incident)
    incident = replace(incident, chat=replace(chat, owner=owner))
    if owner is None:
        return Change(incident)
    line = TimelineLine(at=at, what=Happening.OWNER_CHANGED, by=by, details={"to": owner})
    return Change(say(incident, Saying(kind=SayingKind.OWNER_CHANGED, cause=cause, who=owner)), (line,))


def _is_known(incident: Incident, chat: Chat, name: str) -> bool:
    """True for the name that it has as far as we know, with or without the title that Feishu may have refused."""
    plain = naming.group_name(sort_of(incident), state_of(incident), "", incident.number)
    ours = {naming.searched(given) for given in (chat.name, plain) if given}
    return not chat.name or name in {chat.manual_name or None, *ours}

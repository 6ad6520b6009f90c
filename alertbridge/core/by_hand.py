"""What people change about the group itself: its name, its owner, its settings.

A name stays as its person wants it until state or severity change; what else they set is respected, and told.
"""

from dataclasses import replace

from alertbridge.core import naming
from alertbridge.core.blueprint import state_of
from alertbridge.core.change import Change
from alertbridge.core.chat import Chat, Saying, SayingKind
from alertbridge.core.command import ChatChanged
from alertbridge.core.giving_way import NAME, gives_way, undo
from alertbridge.core.incident import Incident
from alertbridge.core.outbox import say
from alertbridge.core.text import LABEL_LIMIT, clean
from alertbridge.core.timeline import Happening, TimelineLine


def change(incident: Incident, changed: ChatChanged) -> Change:
    """Take over what a person changed. What is so already is no news: we may have done it."""
    chat = incident.chat
    if chat is None or chat.id != changed.chat:
        return Change(incident)
    lines: list[TimelineLine] = []

    def tell(what: Happening, text: str = "") -> None:
        lines.append(TimelineLine(at=changed.at, what=what, by=changed.by, text=text))

    if changed.name is not None and not _is_known(incident, chat, changed.name):
        tell(Happening.RENAMED, clean(changed.name, LABEL_LIMIT))
        chat = replace(chat, manual_name=changed.name)
        if not incident.opening.route.chat.keep_manual_name:
            chat, gave_way = undo(chat, NAME, changed.at)
            lines += gave_way
            chat = chat if gives_way(chat, NAME) else replace(chat, name={})
    if changed.settings:
        tell(Happening.SETTINGS_CHANGED, ", ".join(changed.settings))
    is_handed_over = changed.owner is not None and changed.owner != chat.owner
    if is_handed_over:
        tell(Happening.OWNER_CHANGED)
        lines[-1] = replace(lines[-1], details={"to": changed.owner or ""})
        chat = replace(chat, owner=changed.owner)
    if not lines:
        return Change(incident)
    incident = replace(incident, chat=chat)
    if is_handed_over:
        incident = say(incident, Saying(kind=SayingKind.OWNER_CHANGED, cause=changed.id, who=changed.owner))
    return Change(incident, tuple(lines))


def _is_known(incident: Incident, chat: Chat, name: str) -> bool:
    """True for the name that it has as far as we know, with or without the title that Feishu may have refused."""
    plain = naming.group_name(incident.severity, state_of(incident), "", incident.number)
    ours = {naming.searched(given) for given in (chat.name, plain) if given}
    return not chat.name or name in {chat.manual_name or None, *ours}

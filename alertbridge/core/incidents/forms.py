"""Small cards on which people write something: at most one of a kind is open in a group.

A form is asked for with the live card's menu and sent as an answer to it. Submitted, the same message becomes the
record; one that is cancelled, or not submitted in time, is recalled.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from alertbridge.core.alerts.silence import Pairs
from alertbridge.core.chats.chat import Chat, Form, FormKind, Saying, SayingKind
from alertbridge.core.ids import MessageId
from alertbridge.core.incidents.change import Answer, Change
from alertbridge.core.incidents.command import Command, FormAsked, FormCancelled, Verb
from alertbridge.core.incidents.incident import Incident
from alertbridge.core.incidents.outbox import say

FORM_LIFE = timedelta(minutes=10)
"""How long an open form waits to be submitted."""

VERBS: Final = {
    FormKind.NOTE: Verb.NOTE,
    FormKind.UPDATE: Verb.UPDATE,
    FormKind.SILENCE: Verb.SILENCE,
    FormKind.HANDOVER: Verb.HANDOVER,
}
"""What submitting each kind asks for."""

SAYINGS: Final = {
    FormKind.NOTE: SayingKind.NOTE_FORM,
    FormKind.UPDATE: SayingKind.UPDATE_FORM,
    FormKind.SILENCE: SayingKind.SILENCE_FORM,
    FormKind.HANDOVER: SayingKind.HANDOVER_FORM,
}
"""The message that each kind is sent as."""

_RECORDS: Final = {FormKind.NOTE: SayingKind.NOTE_RECORD, FormKind.UPDATE: SayingKind.UPDATE_RECORD}


def open_form(incident: Incident, asked: FormAsked, *, matchers: Pairs = (), longest: int = 0) -> Change:
    """Send a form, unless one of its kind is open already, or on its way.

    That of a silence shows what it would match, and offers durations up to `longest` seconds.
    """
    kind = SAYINGS[asked.form]
    is_open = incident.chat is not None and any(form.kind is asked.form for form in incident.chat.forms)
    if is_open or any(waiting.kind is kind for waiting in incident.outbox):
        return Change(incident, answer=Answer.FORM_OPEN)
    form = Saying(kind=kind, cause=asked.id, who=asked.by, seconds=longest, matchers=matchers, reply_to=asked.message)
    return Change(say(incident, form))


def keep_form(chat: Chat, form: Form) -> Chat:
    """Remember a form that is out."""
    return replace(chat, forms=(*chat.forms, form))


def take_form(incident: Incident, command: Command) -> tuple[Incident, Form | None]:
    """Take a form out of those that are open, where a command came from one."""
    chat = incident.chat
    form = None if chat is None else next((form for form in chat.forms if form.message == command.message), None)
    if chat is None or form is None:
        return incident, None
    return replace(incident, chat=forget_form(chat, form)), form


def record_form(incident: Incident, command: Command) -> Incident:
    """Turn the form that was submitted into the record of what was written; nothing where none was."""
    incident, form = take_form(incident, command)
    if form is None:
        return incident
    record = Saying(
        kind=_RECORDS[form.kind],
        cause=command.id,
        who=command.by,
        at=command.at,
        text=command.text,
        edits=form.message,
    )
    return say(incident, record)


def cancel_form(incident: Incident, cancelled: FormCancelled) -> Change:
    """Let a form end now. Whoever submits it before it is recalled still does."""
    chat = incident.chat
    if chat is None or all(form.message != cancelled.message for form in chat.forms):
        return Change(incident, answer=Answer.ALREADY_SO)
    return Change(end_form(incident, cancelled.message, cancelled.at))


def end_form(incident: Incident, message: MessageId | None, at: datetime) -> Incident:
    """Have a form recalled, where `message` is one that is open: it was cancelled, or has done what it was for."""
    chat = incident.chat
    if chat is None or all(form.message != message for form in chat.forms):
        return incident
    forms = tuple(
        replace(form, ends_at=min(form.ends_at, at)) if form.message == message else form for form in chat.forms
    )
    return replace(incident, chat=replace(chat, forms=forms))


def forget_form(chat: Chat, gone: Form) -> Chat:
    """It became a record, or was recalled."""
    return replace(chat, forms=tuple(form for form in chat.forms if form.message != gone.message))

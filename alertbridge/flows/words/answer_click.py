"""A click on a card is answered from what is stored, before anything is done about it.

The toast is a dry run of the command on record and inbox. No call to Feishu and no save of an incident happens here:
Feishu waits three seconds at most.
"""

from collections.abc import Mapping
from typing import Any, assert_never

import structlog

from alertbridge.core.alerts.route import OnClose
from alertbridge.core.copy import catalogue as copy
from alertbridge.core.groups.blueprint import state_of
from alertbridge.core.ids import EntryId, IncidentId, OpenId
from alertbridge.core.incidents.command import Command, FormAsked, FormCancelled, Verb
from alertbridge.core.incidents.incident import Incident, Status
from alertbridge.core.lifecycle import Answer, Change, observe
from alertbridge.core.rooms.my_list import is_theirs
from alertbridge.core.rooms.room import Pressed, person_room
from alertbridge.core.text import clock
from alertbridge.feishu.cards.toasts import Toast, toast
from alertbridge.feishu.inbound import events
from alertbridge.flows import metrics
from alertbridge.flows.oncall.people import Directory
from alertbridge.flows.words.read_click import Asked, Wrong, read_click
from alertbridge.store.deliveries import Outcome
from alertbridge.store.errors import StoreError
from alertbridge.store.feed import Feed
from alertbridge.store.records import Records

log = structlog.get_logger(__name__)


async def answer_click(
    click: events.CardClick, *, feed: Feed, records: Records, directory: Directory, languages: copy.Languages
) -> dict[str, Any]:
    """Store what a click asks for and say what it came to. A click that cannot be stored says so."""
    try:
        answer, outcome = await _answer(click, feed, records, directory, languages)
    except StoreError as error:
        log.warning("click_not_saved", reason=str(error))
        answer, outcome = toast(Toast.NOT_SAVED, languages), "not_saved"
    metrics.EVENTS.labels(type(click).__name__, outcome).inc()
    return answer


async def _answer(
    click: events.CardClick, feed: Feed, records: Records, directory: Directory, languages: copy.Languages
) -> tuple[dict[str, Any], str]:
    asked = read_click(click)
    incident_id = click.value.get("i")
    if asked is None or not isinstance(incident_id, str):
        log.warning("click_malformed", value=str(click.value)[:200])
        return toast(Toast.UNKNOWN, languages), "malformed"
    peeked = await records.peek(IncidentId(incident_id))
    if peeked is None or peeked[0].incident is None:
        return toast(Toast.UNKNOWN, languages), "unknown"
    incident = peeked[0].incident
    for entry in peeked[1]:
        incident = observe(incident, entry).incident
    is_here = incident.chat is not None and incident.chat.id == click.chat_id
    is_form = isinstance(asked, FormAsked | FormCancelled)
    if not is_here and (is_form or not (is_theirs(incident, click.open_id) and await _is_direct(click, records))):
        # The value comes from the client, chat and person from Feishu: a card speaks for the group it stands in, and a
        # list in a direct chat for what is the reader's. Forms stand in the group only.
        return toast(Toast.NOT_MEMBER, languages), "foreign"
    if isinstance(asked, Wrong):
        return toast(Toast.FORM_WRONG, languages, field=asked.field, hint=asked.hint), "form_wrong"
    change = observe(incident, asked)
    if change.answer is Answer.REPEATED:
        return {}, change.answer.value
    names = await directory.recall([incident.lead] if incident.lead else [])
    outcome = await feed.append(IncidentId(incident_id), asked, receipt=click.event_id)
    log.info("click_recorded", incident=incident_id, asked=_name(asked), answer=change.answer, outcome=outcome)
    if outcome is Outcome.DUPLICATE:
        return {}, outcome.value
    if outcome is not Outcome.STORED:  # it came to its end, or was forgotten, since it was read
        return toast(Toast.CLOSED, languages, n=incident.number), outcome.value
    if not is_here:
        await _refresh_list(click, feed)
    is_old = is_here and _is_old(incident, asked)
    return _toast(incident, change, asked, is_old=is_old, names=names, languages=languages), outcome.value


async def _is_direct(click: events.CardClick, records: Records) -> bool:
    """Whether it was made in the direct chat with the one who made it, as far as we know which that is.

    Who is called there has to be able to answer, whether or not Feishu has told us of the chat yet.
    """
    if click.chat_id is None:
        return False
    known = (await records.room(person_room(click.open_id))).chat
    return click.chat_id == known if known is not None else await records.by_chat(click.chat_id) is None


async def _refresh_list(click: events.CardClick, feed: Feed) -> None:
    """Let the list that was used follow. What was asked for is stored already, and stays so."""
    if click.message_id is None:
        return
    pressed = Pressed(id=EntryId(click.event_id), at=click.at, message=click.message_id)
    try:
        await feed.append_room(person_room(click.open_id), pressed)
    except StoreError as error:
        log.warning("list_not_refreshed", reason=str(error))


def _name(asked: Asked) -> str:
    match asked:
        case Command():
            return asked.verb
        case FormAsked():
            return f"form:{asked.form}"
        case FormCancelled():
            return "form:cancel"
        case _:
            assert_never(asked)


def _is_old(incident: Incident, asked: Asked) -> bool:
    """True for a card that is not kept up to date, where something has changed since it was sent."""
    chat = incident.chat
    if chat is None or not isinstance(asked, Command) or asked.message in (None, chat.countdown):
        return False
    if chat.card is not None and asked.message == chat.card.message:
        return False
    if incident.handover is not None and asked.message == incident.handover.card:
        return False
    if any(form.message == asked.message for form in chat.forms):
        return False
    return asked.version is None or asked.version < incident.version


def _toast(
    before: Incident,
    change: Change,
    asked: Asked,
    *,
    is_old: bool,
    names: Mapping[OpenId, str],
    languages: copy.Languages,
) -> dict[str, Any]:
    match change.answer:
        case Answer.DONE:
            return _recorded(change.incident, asked, is_old=is_old, languages=languages)
        case Answer.REPEATED:
            return {}
        case Answer.ALREADY_YOURS:
            return toast(Toast.YOURS, languages)
        case Answer.ALREADY_TAKEN:
            who = names.get(before.lead) if before.lead else None
            return toast(Toast.TAKEN, languages, who=who or copy.text("person.member"))
        case Answer.ALREADY_SO:
            return toast(Toast.ALREADY_SO, languages)
        case Answer.CLOSED:
            return toast(Toast.CLOSED, languages, n=before.number)
        case Answer.INCOMPLETE:
            return toast(Toast.INCOMPLETE, languages)
        case Answer.NO_ALERTMANAGER:
            return toast(Toast.NO_ALERTMANAGER, languages)
        case Answer.STRANGER:
            return toast(Toast.STRANGER, languages)
        case Answer.NOT_ALLOWED:
            return toast(Toast.NOT_ALLOWED, languages, role=copy.text("role.responder"))
        case Answer.FORM_OPEN:
            return toast(Toast.FORM_OPEN, languages)
        case Answer.NOT_NOW:
            return toast(Toast.OLD_REFUSED, languages, state=copy.text(f"state.{state_of(before)}"))
        case _:
            assert_never(change.answer)


def _recorded(incident: Incident, asked: Asked, *, is_old: bool, languages: copy.Languages) -> dict[str, Any]:
    if isinstance(asked, FormAsked):
        return toast(Toast.FORM, languages)
    if isinstance(asked, FormCancelled):
        return toast(Toast.CANCELLED, languages)
    if is_old and asked.verb not in (Verb.UNSILENCE, Verb.STILL):  # their buttons stand on cards of their own
        return toast(Toast.OLD_RECORDED, languages)
    if any(trouble.failures and not trouble.is_refused for trouble in incident.troubles):
        return toast(Toast.LATER, languages)  # a call fails and is tried again: the card cannot follow at once
    match asked.verb:
        case Verb.ACK:
            return toast(Toast.ACKED, languages, n=incident.number)
        case Verb.ESCALATE:
            return toast(Toast.ESCALATED, languages)
        case Verb.CLOSE:
            return toast(Toast.CLOSING, languages)
        case Verb.SILENCE:
            return toast(Toast.SILENCING, languages)
        case Verb.RESOLVE if incident.status is Status.RESOLVED and incident.closes_at is not None:
            policy = incident.opening.route.chat
            at = clock(incident.closes_at, policy.timezone, asked.at)
            kinds = {OnClose.DISBAND: Toast.RESOLVED_DISBAND, OnClose.LOCK: Toast.RESOLVED_LOCK}
            kind = kinds.get(incident.on_close)
            return toast(kind, languages, t=at) if kind else toast(Toast.RESOLVED, languages)
        case _:
            return toast(Toast.RECORDED, languages)

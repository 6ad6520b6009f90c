"""What a click asks for: the values of a card come back through the client, so nothing of them is believed unread."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from alertbridge.core.chats.card import MENU, Button, Option
from alertbridge.core.chats.chat import FormKind, Text
from alertbridge.core.copy import catalogue as copy
from alertbridge.core.ids import EntryId, OpenId
from alertbridge.core.incidents.command import TEXT_LIMIT, Command, FormAsked, FormCancelled, Verb
from alertbridge.core.incidents.silencing import REASON_LIMIT
from alertbridge.core.severity import Severity
from alertbridge.core.text import clean
from alertbridge.feishu.cards.forms import FIELD
from alertbridge.feishu.cards.silence import DURATION, DURATIONS, REASON
from alertbridge.feishu.inbound.events import CardClick

Asked = Command | FormAsked | FormCancelled
"""The entry that a click becomes."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """A form that cannot be taken as it is: what its input is called, and how to mend it."""

    field: Text
    hint: Text


_PERSON: Final = re.compile(r"ou_[A-Za-z0-9_]+", re.ASCII)
"""An open id. A choice comes from the client: mentioned as it is, `all` would call everybody."""

_VERSIONS: Final = 2**53
"""More than any incident ever has."""

_VERBS: Final[Mapping[str, Verb]] = {
    Button.OPEN: Verb.OPEN,
    Button.ACK: Verb.ACK,
    Button.ACK_ALL: Verb.ACK,
    Button.UNFOLD: Verb.UNFOLD,
    Button.ESCALATE: Verb.ESCALATE,
    Button.RESOLVE: Verb.RESOLVE,
    Button.KEEP: Verb.KEEP,
    Button.REOPEN: Verb.REOPEN,
    Button.CLOSE: Verb.CLOSE,
    Button.UNSILENCE: Verb.UNSILENCE,
    Button.STILL: Verb.STILL,
    Button.TAKE_OVER: Verb.ACK,
    Button.KEEP_LEAD: Verb.ACK,
    Button.NOT_YET: Verb.DECLINE,
    Button.HAND_OVER: Verb.HANDOVER,
}
_PICKS: Final[Mapping[str, Verb]] = {Button.ASSIGN: Verb.ASSIGN, Button.HAND_OVER_TO: Verb.HANDOVER}
"""Those that name a person."""
_SAVES: Final[Mapping[str, tuple[Verb, str]]] = {
    Button.SAVE_NOTE: (Verb.NOTE, "record.note"),
    Button.SAVE_UPDATE: (Verb.UPDATE, "record.update"),
}
_FORMS: Final[Mapping[str, FormKind]] = {
    Option.NOTE: FormKind.NOTE,
    Option.UPDATE: FormKind.UPDATE,
    Option.SILENCE: FormKind.SILENCE,
    Option.HANDOVER: FormKind.HANDOVER,
}
_LEVELS: Final[Mapping[str, Severity]] = {
    Option.SEV_P1: Severity.P1,
    Option.SEV_P2: Severity.P2,
    Option.SEV_P3: Severity.P3,
    Option.SEV_P4: Severity.P4,
}


def read_click(click: CardClick) -> Asked | Wrong | None:
    """What somebody asks for; None for values that we never sent."""
    pressed = click.value.get("a")
    if pressed == MENU:
        return _choice(click, click.option or "")
    if not isinstance(pressed, str):
        return None
    if (save := _SAVES.get(pressed)) is not None:
        return _written(click, *save)
    if pressed == Button.SAVE_SILENCE:
        return _silence(click)
    if (verb := _VERBS.get(pressed)) is not None:
        return _command(click, verb)
    if (picks := _PICKS.get(pressed)) is not None and _PERSON.fullmatch(click.option or ""):
        return _command(click, picks, to=OpenId(click.option or ""))
    if pressed == Button.CANCEL and click.message_id is not None:
        return FormCancelled(id=EntryId(click.event_id), at=click.at, by=click.open_id, message=click.message_id)
    return None


def _choice(click: CardClick, chosen: str) -> Asked | None:
    """An entry of the menu."""
    if (form := _FORMS.get(chosen)) is not None:
        return FormAsked(id=EntryId(click.event_id), at=click.at, form=form, by=click.open_id, message=click.message_id)
    if (level := _LEVELS.get(chosen)) is not None:
        return _command(click, Verb.SEVERITY, level=level)
    return _command(click, Verb.UNACK) if chosen == Option.UNACK else None


def _written(click: CardClick, verb: Verb, field: str) -> Asked | Wrong:
    """What was written on a form."""
    text = click.form.get(FIELD)
    if not isinstance(text, str) or not clean(text, TEXT_LIMIT):
        return Wrong(copy.text(field), copy.text("hint.empty"))
    if len(text.strip()) > TEXT_LIMIT:
        return Wrong(copy.text(field), copy.text("hint.too_long", k=TEXT_LIMIT))
    return _command(click, verb, text=text)


def _silence(click: CardClick) -> Asked | Wrong:
    """How long, and perhaps why."""
    chosen, reason = click.form.get(DURATION), click.form.get(REASON) or ""
    seconds = {str(offered): offered for offered in DURATIONS}.get(str(chosen))
    if seconds is None:
        return Wrong(copy.text("form.duration"), copy.text("hint.choose"))
    if not isinstance(reason, str) or len(reason.strip()) > REASON_LIMIT:
        return Wrong(copy.text("fact.reason"), copy.text("hint.too_long", k=REASON_LIMIT))
    return replace(_command(click, Verb.SILENCE, text=reason.strip()), seconds=seconds)


def _command(
    click: CardClick, verb: Verb, *, to: OpenId | None = None, level: Severity | None = None, text: str = ""
) -> Command:
    return Command(
        id=EntryId(click.event_id),
        at=click.at,
        verb=verb,
        by=click.open_id,
        to=to,
        level=level,
        text=text,
        message=click.message_id,
        version=_version(click.value.get("r")),
    )


def _version(shown: object) -> int | None:
    """What the card says that it shows; None for what is no version, and could not be stored as one."""
    if not isinstance(shown, int) or isinstance(shown, bool):
        return None
    return shown if 0 <= shown < _VERSIONS else None

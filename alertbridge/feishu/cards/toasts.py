"""The answer to a click: a line that Feishu shows at once, before the card changes (CHAT.md section 6)."""

from enum import StrEnum
from typing import Final

from alertbridge.core.chats.chat import Text
from alertbridge.core.copy import catalogue as copy
from alertbridge.core.copy.catalogue import Languages
from alertbridge.core.text import clean
from alertbridge.feishu.cards.locales import JsonObject, worded

NAME_LIMIT: Final = 16
"""Of a person in a toast, which has room for about twenty Chinese characters."""


class Toast(StrEnum):
    """What came of a click; the copy catalogue has the words. What each has to be told stands behind it."""

    ACKED = "acked"
    """`n`: number of the incident."""
    FORM = "form"
    """A form was asked for."""
    LATER = "later"
    """Stored, while Feishu or an Alertmanager does not answer."""
    FORM_OPEN = "form_open"
    CANCELLED = "cancelled"
    FORM_WRONG = "form_wrong"
    """`field`: what the input is called; `hint`: how to mend it."""
    UNKNOWN = "unknown"
    RECORDED = "recorded"
    """Assigned, kept, reopened."""
    RESOLVED = "resolved"
    RESOLVED_DISBAND = "resolved_disband"
    """`t`: clock time of the disband."""
    RESOLVED_LOCK = "resolved_lock"
    """`t`: clock time of the lock."""
    ESCALATED = "escalated"
    CLOSING = "closing"
    SILENCING = "silencing"
    NO_ALERTMANAGER = "no_alertmanager"
    YOURS = "yours"
    ALREADY_SO = "already_so"
    TAKEN = "taken"
    """`who`: name of the person who was first."""
    OLD_RECORDED = "old_recorded"
    OLD_REFUSED = "old_refused"
    """`state`: the state word, `copy.text("state.…")`."""
    CLOSED = "closed"
    """`n`: number of the incident."""
    INCOMPLETE = "incomplete"
    NOT_ALLOWED = "not_allowed"
    """`role`: who may, `copy.text("role.…")`."""
    STRANGER = "stranger"
    NOT_MEMBER = "not_member"
    NOT_SAVED = "not_saved"


_TYPES = {
    Toast.SILENCING: "info",
    Toast.NO_ALERTMANAGER: "warning",
    Toast.LATER: "info",
    Toast.FORM_OPEN: "info",
    Toast.CANCELLED: "info",
    Toast.FORM_WRONG: "error",
    Toast.UNKNOWN: "error",
    Toast.YOURS: "info",
    Toast.ALREADY_SO: "info",
    Toast.TAKEN: "info",
    Toast.OLD_REFUSED: "warning",
    Toast.CLOSED: "warning",
    Toast.INCOMPLETE: "error",
    Toast.NOT_ALLOWED: "error",
    Toast.STRANGER: "error",
    Toast.NOT_MEMBER: "error",
    Toast.NOT_SAVED: "error",
}
"""Those that are no success."""


def toast(kind: Toast, languages: Languages, **values: str | int | Text) -> JsonObject:
    """The body of the answer to the callback. Text in `values` may be foreign: it is cleaned and cut here."""
    shown = {name: clean(value, NAME_LIMIT) if isinstance(value, str) else value for name, value in values.items()}
    said = worded(copy.text(f"toast.{kind}", **shown), languages)
    content: JsonObject = {"type": _TYPES.get(kind, "success"), "content": said["content"]}
    translated = {"i18n": said["i18n_content"]} if "i18n_content" in said else {}
    return {"toast": content | translated}

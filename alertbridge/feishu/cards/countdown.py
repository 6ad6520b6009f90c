"""The small card that announces the end of a group, and its edits: moved, kept (CHAT.md section 4, `countdown`)."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from alertbridge.core.alerts.route import OnClose
from alertbridge.core.chats.card import Button, NextKind
from alertbridge.core.chats.chat import Saying, SayingKind, Text
from alertbridge.core.copy import catalogue as copy
from alertbridge.core.copy.catalogue import Languages
from alertbridge.core.ids import OpenId
from alertbridge.core.incidents.telling import name_of
from alertbridge.core.text import age, clock
from alertbridge.feishu.cards import elements
from alertbridge.feishu.cards.elements import Press
from alertbridge.feishu.cards.live import confirm_close
from alertbridge.feishu.cards.locales import JsonObject
from alertbridge.feishu.cards.markup import moment, person

KINDS = frozenset({SayingKind.COUNTDOWN, SayingKind.COUNTDOWN_MOVED, SayingKind.COUNTDOWN_KEPT})

_ENDS = {OnClose.DISBAND: NextKind.DISBAND, OnClose.LOCK: NextKind.LOCK, OnClose.KEEP: NextKind.STAYS}


def countdown_card(
    saying: Saying,
    press: Press,
    *,
    now: datetime,
    timezone: str,
    languages: Languages,
    names: Mapping[OpenId, str],
    on_close: OnClose,
) -> JsonObject:
    """The card for one of `KINDS`. Once the group is kept there is nothing left to press."""

    def words(at: str, who: Text) -> Text:
        return _words(saying, on_close, at=at, who=who)

    if saying.at is None:
        at = shown_at = ""
    else:
        at, shown_at = clock(saying.at, timezone, now), moment(saying.at, now, timezone)
    preview = words(at, name_of(saying.who, names))
    body = [elements.markdown(words(shown_at, person(saying.who, names, has_ids=True)), languages, element_id="next")]
    if saying.kind is not SayingKind.COUNTDOWN_KEPT:
        keep = elements.button(Button.KEEP, press, languages, style="primary")
        close = elements.button(
            Button.CLOSE,
            press,
            languages,
            label="button.close_now",
            style="danger",
            confirm=confirm_close(_ENDS[on_close]),
        )
        body.append(elements.side_by_side((keep, close)))
    return elements.card(preview, None, body, languages)


def _words(saying: Saying, on_close: OnClose, *, at: str, who: Text) -> Text:
    match saying.kind:
        case SayingKind.COUNTDOWN:
            return copy.text(f"saying.countdown.{on_close}", t=at, d=age(timedelta(seconds=saying.seconds)))
        case SayingKind.COUNTDOWN_MOVED:
            return copy.text("saying.countdown_moved", t=at)
        case _:
            if saying.at is None:
                return copy.text("saying.countdown_kept", who=who)
            return copy.text("saying.countdown_kept.until", who=who, t=at)

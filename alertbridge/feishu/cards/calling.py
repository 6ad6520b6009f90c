"""The card of an escalation step: who is called and how, what comes next, and a button to take it."""

from collections.abc import Callable, Mapping
from datetime import datetime

from alertbridge.core.chats.card import Button
from alertbridge.core.chats.chat import Saying, SayingKind, Text
from alertbridge.core.copy import catalogue as copy
from alertbridge.core.copy.catalogue import Languages
from alertbridge.core.ids import OpenId
from alertbridge.core.incidents.foretelling import Named, call_of, names_of, read_ways, ways_of
from alertbridge.core.incidents.telling import name_of
from alertbridge.core.text import clock
from alertbridge.feishu.calls.messages import Content
from alertbridge.feishu.cards import elements
from alertbridge.feishu.cards.elements import Press
from alertbridge.feishu.cards.locales import JsonObject
from alertbridge.feishu.cards.markup import mention, moment, person
from alertbridge.feishu.cards.posts import SENTENCE_GAP, Mention, post

CALLS = frozenset({SayingKind.STEP, SayingKind.STEP_LAST, SayingKind.CALLED})
"""Cards that call people."""

Clock = Callable[[datetime], str]
"""How a time is shown."""


def step_card(
    saying: Saying,
    press: Press,
    *,
    now: datetime,
    timezone: str,
    languages: Languages,
    names: Mapping[OpenId, str],
) -> JsonObject:
    """The card of one of `CALLS`, and of its edit. Only its first version mentions people: an edit never does."""
    preview = words_of(saying, lambda who: name_of(who, names), lambda at: clock(at, timezone, now))
    shown = words_of(saying, lambda who: person(who, names, has_ids=True), lambda at: moment(at, now, timezone))
    body = [elements.markdown(shown, languages, element_id="step")]
    if saying.kind is SayingKind.STEP_TAKEN:
        taken = copy.text("saying.step_taken", who=person(saying.who, names, has_ids=True))
        return elements.card(preview, None, [*body, elements.markdown(taken, languages)], languages)
    called = " ".join(mention(who) for who in saying.people)
    body.append(elements.markdown(called, languages, element_id="called"))
    body.append(elements.button(Button.ACK, press, languages, style="primary_filled", is_large=True))
    return elements.card(preview, None, body, languages)


def step_post(
    saying: Saying, *, now: datetime, timezone: str, languages: Languages, names: Mapping[OpenId, str]
) -> Content:
    """The same in words, where Feishu takes no card: people have to be called all the same."""
    words = words_of(saying, lambda who: name_of(who, names), lambda at: clock(at, timezone, now))
    return post([[words], [Mention(saying.people)]], languages)


def words_of(saying: Saying, named: Named, shown_at: Clock) -> Text:
    """What it says, also where Feishu takes no card."""
    details = saying.details
    values: dict[str, str | int | Text] = {
        "n": saying.count,
        "m": details.get("of", ""),
        "r": details.get("rounds", ""),
        "people": names_of(saying.people, named),
        "via": ways_of(read_ways(details.get("via", ""))),
        "who": named(saying.who),
        "t": "" if saying.at is None else shown_at(saying.at),
        "next": next_call(saying, named),
    }
    kind = saying.text if saying.kind is SayingKind.STEP_TAKEN else saying.kind
    return copy.join(SENTENCE_GAP, [copy.text(f"saying.{key}", **values) for key in _sentences(saying, kind)])


def next_call(saying: Saying, named: Named) -> Text:
    """The step that a message announces."""
    number = int(saying.details.get("next", "0"))
    return call_of(number, saying.then, read_ways(saying.details.get("next_via", "")), named)


def _sentences(saying: Saying, kind: str) -> tuple[str, ...]:
    is_taken = saying.kind is SayingKind.STEP_TAKEN
    match kind:
        case SayingKind.CALLED:
            return ("called_by",)
        case SayingKind.STEP_LAST if is_taken:
            return ("step_last",)
        case SayingKind.STEP_LAST:
            return ("step_last", "step_last.over" if saying.at is None else "step_last.again")
        case _ if is_taken or saying.at is None:
            return ("step",)
        case _:
            return ("step", "step.next")

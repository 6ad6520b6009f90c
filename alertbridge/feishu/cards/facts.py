"""What the live card says in words: title, first sentence, facts, rows, next step, age (CHAT.md section 3)."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from alertbridge.core.chats.card import CardView, More, Row, State, StormView
from alertbridge.core.chats.chat import Text
from alertbridge.core.copy import catalogue as copy
from alertbridge.core.ids import OpenId
from alertbridge.core.incidents.foretelling import foretell
from alertbridge.core.incidents.storm import end_of_storm
from alertbridge.core.text import (
    ELLIPSIS,
    LABEL_LIMIT,
    PERSON_LIMIT,
    ROW_LIMIT,
    SUMMARY_LIMIT,
    TITLE_LIMIT,
    age,
    clean,
    utf16_length,
)
from alertbridge.feishu.cards.markup import escape, labels, markdown_text, moment, person

BREAK = "<br>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """How things are told: the time they are true at, the names we know, whether Feishu may draw people by id."""

    as_of: datetime
    names: Mapping[OpenId, str]
    has_ids: bool

    def person(self, who: OpenId | None) -> Text:
        """A person, without notifying them."""
        return person(who, self.names, has_ids=self.has_ids)


def title(view: CardView) -> str:
    """`[P1] checkout: 5xx 过高`: what is broken, with the severity as text."""
    prefix = f"[{view.severity}] "
    return prefix + clean(view.title, TITLE_LIMIT - len(prefix))


def subtitle(view: CardView) -> str:
    """`#1423 · payments · sh1`: number, route, one label of the scope."""
    parts = (f"#{view.number}", clean(view.route, LABEL_LIMIT), clean(view.scope, LABEL_LIMIT))
    return " · ".join(part for part in parts if part)


def preview(view: CardView) -> Text:
    """What chat lists and notifications show: `P1 触发中：checkout: 5xx 过高 12.4%，无人认领`."""
    what = clean(view.title, TITLE_LIMIT)
    value = clean(view.value, LABEL_LIMIT)
    is_open_to_all = view.state is State.FIRING and view.lead is None
    return copy.text(
        "preview.nobody" if is_open_to_all else "preview.state",
        severity=str(view.severity),
        state=copy.text(f"state.{view.state}"),
        what=f"{what} {value}" if value and value not in what else what,
    )


def summary(view: CardView, as_of: datetime) -> Text | str:
    """The first line: what is broken, or how much is folded here."""
    if view.storm is None:
        return sentence(view)
    since = (view.state_at if view.state in (State.RESOLVED, State.CLOSED) else as_of) - view.started_at
    return copy.text("fact.storm", route=clean(view.route, LABEL_LIMIT), k=view.storm.total, d=age(since))


def sentence(view: CardView) -> str:
    """What the sender says; a value that it names is told as it changed: `订单接口 5xx 占比 12.4% → 3.1%，阈值 5%`."""
    said = clean(view.summary, SUMMARY_LIMIT) or clean(view.title, TITLE_LIMIT)
    if (named := _value_in(said, view)) is None:
        return said
    return clean(said[: named.start()] + _value(view) + said[named.end() :], SUMMARY_LIMIT)


def _value(view: CardView) -> str:
    """`12.4% → 3.1%` where it changed, `12.4%` where it did not, "" where none is known."""
    now, before = clean(view.value, LABEL_LIMIT), clean(view.value_before, LABEL_LIMIT)
    return f"{before} → {now}" if before and now and before != now else now


def _value_in(sentence: str, view: CardView) -> re.Match[str] | None:
    """Where the sentence names the value, present or former, and not only digits of another number."""
    for value in (view.value, view.value_before):
        shown = clean(value, LABEL_LIMIT)
        pattern = rf"(?<![0-9A-Za-z.]){re.escape(shown)}(?![0-9A-Za-z])"
        if view.value and shown and (found := re.search(pattern, sentence)):
            return found
    return None


def facts(view: CardView, telling: Telling) -> Text:
    """The facts of this state, a line each, as markdown."""
    if view.state in (State.TRIAGE, State.FIRING, State.ACKED):
        lines = [_since(view, telling), _standing(view, telling), _scope(view)]
    elif view.storm is not None and view.state is State.STORM:
        lines = [_since(view, telling), _folded(view.storm)]
    elif view.state is State.SILENCED:
        lines = [_since(view, telling), _standing(view, telling), *_silence(view, telling)]
    elif view.state is State.STALE:
        lines = [_since(view, telling), _standing(view, telling), _heard(view, telling), _scope(view)]
    else:
        lines = [_end(view, telling), _outcome(view, telling)]
    lines.append(_update(view, telling))
    if view.next_update_at is not None:
        lines.append(_fact("fact.next_update", _at(view.next_update_at, view, telling)))
    if view.hushed:
        lines.append(copy.text("fact.hushed", k=view.hushed))
    return copy.join(BREAK, [line for line in lines if any(line.values())])


def _fact(key: str, value: Text | str) -> Text:
    return copy.join("", ("**", copy.text(key), "** ", value))


def _since(view: CardView, telling: Telling) -> Text:
    so_far = copy.text("fact.so_far", age=age(telling.as_of - view.started_at))
    return _fact("fact.started", copy.join(" · ", (_at(view.started_at, view, telling), so_far)))


def _standing(view: CardView, telling: Telling) -> Text:
    count = copy.text("fact.count", firing=view.firing, total=view.total)
    if view.truncated:
        count = copy.join(" · ", (count, copy.text("fact.truncated", t=view.truncated)))
    parts = [_fact("fact.lead", copy.text("person.nobody") if view.lead is None else telling.person(view.lead))]
    parts += [_fact(f"fact.{role}", telling.person(who)) for role, who in view.roles]
    if view.state is State.ACKED:
        parts.append(_fact("fact.acked", _at(view.state_at, view, telling)))
    parts.append(_fact("fact.alerts", count))
    return copy.join(" ", parts + _value_fact("fact.value", view))


def _folded(storm: StormView) -> Text:
    counts = (("fact.open", storm.open), ("fact.acked", storm.acked), ("fact.folded", storm.total - storm.open))
    return copy.join(" ", [_fact(key, str(count)) for key, count in counts])


def storm_rows(storm: StormView) -> str:
    """The worst incidents under an umbrella, a line each: `**P2** #1423 checkout: 5xx 过高`."""
    return BREAK.join(
        f"**{row.severity}** &#35;{row.number} {markdown_text(row.title, TITLE_LIMIT)}" for row in storm.rows
    )


def _scope(view: CardView) -> Text:
    # The one alert of an incident has no row of its own: what a row would show stands here.
    own = view.rows[0].labels if len(view.rows) == 1 and view.more is None else ()
    shown = labels((*view.common, *own), ROW_LIMIT)
    return _fact("fact.scope", shown) if shown else copy.join("", ())


def _heard(view: CardView, telling: Telling) -> Text:
    """When the source last said anything, and which one it is."""
    at = "" if view.heard_at is None else _at(view.heard_at, view, telling)
    return _fact("fact.heard", copy.text("fact.heard_from", t=at, source=markdown_text(view.source, LABEL_LIMIT)))


def _silence(view: CardView, telling: Telling) -> list[Text]:
    """By whom and until when, what it matches, why."""
    silence = view.silence
    if silence is None:
        return []
    until = copy.text(
        "fact.silence_until",
        t=_at(silence.until, view, telling),
        who=markdown_text(silence.author, PERSON_LIMIT) or telling.person(silence.by),
    )
    shown = [_fact("fact.silenced", until)]
    if silence.matchers:
        shown.append(_fact("fact.matchers", labels(silence.matchers, ROW_LIMIT)))
    reason = markdown_text(silence.reason, SUMMARY_LIMIT)
    return [*shown, _fact("fact.reason", reason)] if reason else shown


def _end(view: CardView, telling: Telling) -> Text:
    took = copy.text("fact.took", age=age(view.state_at - view.started_at))
    if view.state is State.CLOSED:
        return _fact("fact.started", copy.join(" · ", (_at(view.started_at, view, telling), took)))
    if view.resolved_by is None:
        source = copy.text("fact.by_source")
    else:
        source = copy.text("fact.by_person", who=telling.person(view.resolved_by))
    return _fact("fact.resolved", copy.join(" · ", (_at(view.state_at, view, telling), took, source)))


def _outcome(view: CardView, telling: Telling) -> Text:
    lead = [] if view.lead is None else [_fact("fact.lead", telling.person(view.lead))]
    return copy.join(" ", lead + _value_fact("fact.value_at_recovery", view))


def _update(view: CardView, telling: Telling) -> Text:
    """The newest update, when it was given and by whom."""
    if view.update is None:
        return copy.join("", ())
    said = markdown_text(view.update.text, SUMMARY_LIMIT)
    return _fact(
        "fact.update",
        copy.join(" · ", (said, _at(view.update.at, view, telling), telling.person(view.update.by))),
    )


def _value_fact(key: str, view: CardView) -> list[Text]:
    """The value, where the first sentence does not tell it."""
    shown = _value(view)
    return [_fact(key, escape(shown))] if shown and _value_in(sentence(view), view) is None else []


def rows(alerts: Iterable[Row], view: CardView, telling: Telling) -> str:
    """The worst alerts, a line each: `**12.4%** instance=10.2.3.4:9100 · 14:01`."""
    return BREAK.join(_row(alert, view, telling) for alert in alerts)


def _row(alert: Row, view: CardView, telling: Telling) -> str:
    value = markdown_text(alert.value, LABEL_LIMIT)
    what = " ".join(part for part in (f"**{value}**" if value else "", labels(alert.labels, ROW_LIMIT)) if part)
    since = _at(alert.since, view, telling)
    return f"{what} · {since}" if what else since


def more(rest: More) -> Text:
    """The alerts without a row, and how they spread, commonest first: `另有 9 条：pod a×4、b×3…`."""
    if not (name := clean(rest.label, LABEL_LIMIT)):
        return copy.text("panel.more", k=rest.count)
    shown: list[str] = []
    room, untold = ROW_LIMIT, rest.count
    for value, count in rest.values:
        spread = f"{clean(value, LABEL_LIMIT)}×{count}"
        if (room := room - utf16_length(spread)) < 0:
            break
        shown.append(escape(spread))
        untold -= count
    listed = copy.join(copy.text("list.comma"), shown)
    if untold > 0:
        listed = copy.join("", (listed, ELLIPSIS))
    return copy.text("panel.more_by_label", k=rest.count, label=escape(name), values=listed)


def next_step(view: CardView, telling: Telling) -> Text:
    """What happens next, with the time that each reader sees in their zone."""
    step = view.next
    at = "" if step.at is None else _at(step.at, view, telling)
    words = foretell(step, at, telling.person, end_of_storm(view.storm))
    return copy.join("", ("**", copy.text("card.next"), "** ", words))


def as_of(view: CardView, telling: Telling) -> Text:
    """Small and grey: when the relative times were true."""
    said = copy.text("card.as_of", t=_at(telling.as_of, view, telling))
    return copy.join("", ("<font color='grey'>", said, "</font>"))


def _at(time: datetime, view: CardView, telling: Telling) -> str:
    return moment(time, telling.as_of, view.timezone)

"""The messages to a group, each from its `Saying` (CHAT.md section 4): posts, and the countdown card.

Only people who must act now are mentioned: the one an incident was assigned to, the lead of one that fires again.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from alertbridge.core.alerts.route import OnClose
from alertbridge.core.chats.card import Button, State
from alertbridge.core.chats.chat import Remark, Saying, SayingKind, Text
from alertbridge.core.chats.outcome import Hurdle
from alertbridge.core.copy import catalogue as copy
from alertbridge.core.copy.catalogue import Languages
from alertbridge.core.ids import IncidentId, OpenId
from alertbridge.core.incidents import obstacle
from alertbridge.core.incidents.foretelling import names_of
from alertbridge.core.incidents.paging import DIRECT
from alertbridge.core.incidents.telling import name_of
from alertbridge.core.oncall.policy import Way
from alertbridge.core.text import LABEL_LIMIT, PERSON_LIMIT, SUMMARY_LIMIT, TITLE_LIMIT, age, clean, clock, encode_url
from alertbridge.feishu.calls.messages import Content
from alertbridge.feishu.cards import elements
from alertbridge.feishu.cards.calling import next_call, step_card, step_post
from alertbridge.feishu.cards.countdown import countdown_card
from alertbridge.feishu.cards.elements import Press
from alertbridge.feishu.cards.forms import form_card, person_form, record_card
from alertbridge.feishu.cards.handover import handover_card
from alertbridge.feishu.cards.locales import JsonObject
from alertbridge.feishu.cards.markup import moment
from alertbridge.feishu.cards.posts import SENTENCE_GAP, Anchor, Mention, Part, Sentence, Value, post
from alertbridge.feishu.cards.silence import silence_card, silence_form, silence_notice


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """What a message has to know of the incident whose group it goes to."""

    incident: IncidentId
    version: int
    now: datetime
    """When it is first said. A repeat passes the same time: the same `uuid` must carry the same words."""
    timezone: str
    languages: Languages
    on_close: OnClose = OnClose.DISBAND
    names: Mapping[OpenId, str] = field(default_factory=dict)
    link: str = ""
    """Page to read on: the archive, the history, the place where a scope is granted."""

    bot: str = ""
    """What our bot is called; "": not known."""

    also_silenced: tuple[int, ...] = ()
    """Numbers of other incidents that a silence of this one would affect."""

    def clock(self, at: datetime | None) -> str:
        """A time as posts show it, in the route's zone."""
        return "" if at is None else clock(at, self.timezone, self.now)

    def name(self, person: OpenId | None) -> Text:
        """A person's name, without notifying them."""
        return name_of(person, self.names)

    def names_of(self, people: Sequence[OpenId]) -> Text:
        """Several people's names, five at most."""
        return names_of(people, self.name)

    def anchor(self, words: str = "saying.anchor") -> Anchor | None:
        """The link on these words of the catalogue, where there is one that may be shown."""
        href = encode_url(self.link)
        return None if href is None else Anchor(copy.text(words), href)

    def page(self, words: str) -> JsonObject | None:
        """The same as a button, for cards."""
        link = self.anchor(words)
        return None if link is None else elements.open_page(link.words, link.href, self.languages)


def saying(what: Saying, occasion: Occasion) -> Content:
    """The message. What `what.text` and `what.count` mean depends on the kind; the functions below say it."""
    press = Press(incident=occasion.incident, version=occasion.version)
    match what.kind:
        case SayingKind.COUNTDOWN | SayingKind.COUNTDOWN_MOVED | SayingKind.COUNTDOWN_KEPT:
            return Content.card(
                countdown_card(
                    what,
                    press,
                    now=occasion.now,
                    timezone=occasion.timezone,
                    languages=occasion.languages,
                    names=occasion.names,
                    on_close=occasion.on_close,
                )
            )
        case SayingKind.SILENCED:
            return _told(silence_card, occasion, what, press)
        case SayingKind.RESOLVED if what.reply_to is not None:
            return Content.card(resolved_card(what, occasion))
        case SayingKind.STEP | SayingKind.STEP_LAST | SayingKind.STEP_TAKEN | SayingKind.CALLED:
            return _told(step_card, occasion, what, press)
        case SayingKind.STALE:
            return Content.card(stale_card(what, occasion))
        case SayingKind.SILENCE_FORM:
            also, page = occasion.also_silenced, occasion.page("silence.edit")
            return Content.card(silence_form(what, press, occasion.languages, also=also, page=page))
        case SayingKind.SILENCE_FAILED | SayingKind.SILENCE_GIVEN_UP if what.edits is None:
            return post([_SENTENCES[what.kind](what, occasion)], occasion.languages)
        case SayingKind.SILENCE_PENDING | SayingKind.SILENCE_FAILED | SayingKind.SILENCE_GIVEN_UP:
            page = occasion.page("silence.by_hand") if what.kind is not SayingKind.SILENCE_PENDING else None
            return Content.card(
                silence_notice(
                    what, now=occasion.now, timezone=occasion.timezone, languages=occasion.languages, page=page
                )
            )
        case SayingKind.HANDOVER | SayingKind.HANDOVER_ASK | SayingKind.HANDOVER_OVER:
            return _told(handover_card, occasion, what, press)
        case SayingKind.HANDOVER_FORM:
            return Content.card(person_form(press, occasion.languages))
        case SayingKind.NOTE_FORM | SayingKind.UPDATE_FORM:
            return Content.card(form_card(what, press, occasion.languages))
        case SayingKind.NOTE_RECORD | SayingKind.UPDATE_RECORD:
            return _told(record_card, occasion, what)
        case SayingKind.ANSWER:
            return post([_remark(remark) for remark in what.remarks], occasion.languages)
        case _:
            return post([_SENTENCES[what.kind](what, occasion)], occasion.languages)


def _told(card: Callable[..., JsonObject], occasion: Occasion, *about: object) -> Content:
    """A card that shows times and names."""
    return Content.card(
        card(
            *about,
            now=occasion.now,
            timezone=occasion.timezone,
            languages=occasion.languages,
            names=occasion.names,
        )
    )


def in_words(what: Saying, occasion: Occasion) -> Content:
    """A call without a card, where Feishu takes none."""
    return step_post(
        what, now=occasion.now, timezone=occasion.timezone, languages=occasion.languages, names=occasion.names
    )


def resolved_card(what: Saying, occasion: Occasion) -> JsonObject:
    """The same words for who resolved it in words: no dialog asked whether they mean it, so it can be taken back."""
    took = age(timedelta(seconds=what.seconds))
    said = [copy.text("saying.resolved", age=took, who=occasion.name(what.who))]
    if what.at is not None:
        said.append(copy.text(f"saying.resolved.{occasion.on_close}", t=occasion.clock(what.at)))
    words = copy.join(SENTENCE_GAP, said)
    press = Press(incident=occasion.incident, version=occasion.version)
    body = [
        {"tag": "div", "text": elements.plain(words, occasion.languages)},
        elements.button(Button.REOPEN, press, occasion.languages),
    ]
    return elements.card(words, None, body, occasion.languages)


def stale_card(what: Saying, occasion: Occasion) -> JsonObject:
    """A question with its two answers. `seconds`: how long nothing was heard; `at`: when that is taken for an end."""
    heard_at = "" if what.since is None else moment(what.since, occasion.now, occasion.timezone)
    ends_at = "" if what.at is None else moment(what.at, occasion.now, occasion.timezone)
    silent = age(timedelta(seconds=what.seconds))
    preview = copy.text("saying.stale", d=silent, heard=occasion.clock(what.since), t=occasion.clock(what.at))
    press = Press(incident=occasion.incident, version=occasion.version)
    body = [
        elements.markdown(copy.text("saying.stale", d=silent, heard=heard_at, t=ends_at), occasion.languages),
        elements.side_by_side(
            (
                elements.button(Button.STILL, press, occasion.languages, style="primary"),
                elements.button(Button.RESOLVE, press, occasion.languages, confirm="confirm.resolve.text"),
            )
        ),
    ]
    return elements.card(preview, None, body, occasion.languages)


def call_to_card(people: tuple[OpenId, ...], languages: Languages) -> Content:
    """A post that mentions people, for a live card that cannot do it itself."""
    return post([[Sentence("saying.called", {"who": Mention(people)})]], languages)


def _remark(remark: Remark) -> list[Part]:
    """A line of words, and its links after them."""
    parts: list[Part] = [remark.words]
    for words, href in remark.links:
        parts += [Anchor(words, href), "·"]
    return parts[:-1] if remark.links else parts


def _ack(what: Saying, occasion: Occasion) -> list[Part]:
    """`at`: when the escalation goes on, without progress; that there is one is in `details`."""
    key = "saying.ack.stopped" if "escalation" in what.details else "saying.ack"
    parts: list[Part] = [Sentence(key, {"who": occasion.name(what.who)})]
    if what.at is not None:
        parts.append(Sentence("saying.ack.until", {"t": occasion.clock(what.at)}))
    return parts


def _unack(what: Saying, occasion: Occasion) -> list[Part]:
    """`count`: the step at which the escalation goes on; 0: it does not."""
    key = "saying.unack.step" if what.count else "saying.unack"
    return [Sentence(key, {"who": occasion.name(what.who), "n": what.count})]


def _assign(what: Saying, occasion: Occasion) -> list[Part]:
    to = occasion.name(None) if what.to is None else Mention((what.to,))
    key = "saying.assign" if what.at is None else "saying.assign.until"
    return [Sentence(key, {"who": occasion.name(what.who), "to": to, "t": occasion.clock(what.at)})]


def _role(what: Saying, occasion: Occasion) -> list[Part]:
    """`who`: whose it is now; `text`: which, a `role.…` of the catalogue."""
    known = f"role.{what.text}"
    role = copy.text(known) if known in copy.CATALOGUE else clean(what.text, LABEL_LIMIT)
    return [Sentence("saying.role", {"who": occasion.name(what.who), "role": role})]


def _update_due(what: Saying, occasion: Occasion) -> list[Part]:
    """`to`: the lead; `seconds`: how long nothing was told; `at`: of the next reminder."""
    to = occasion.name(None) if what.to is None else Mention((what.to,))
    key = "saying.update_due.last" if what.at is None else "saying.update_due"
    values: dict[str, Value] = {
        "to": to,
        "d": age(timedelta(seconds=what.seconds)),
        "t": occasion.clock(what.at),
        "bot": clean(occasion.bot, PERSON_LIMIT) or copy.text("person.bot"),
    }
    return [Sentence(key, values)]


def _handover_declined(what: Saying, occasion: Occasion) -> list[Part]:
    """`to`: who is the lead for longer than they thought."""
    to = occasion.name(None) if what.to is None else Mention((what.to,))
    return [Sentence("saying.handover_declined", {"who": occasion.name(what.who), "to": to})]


def _severity(what: Saying, occasion: Occasion) -> list[Part]:
    """`text`: `P3 → P1`; `to`: who is at work on it; what becomes of the escalation is in `details`."""
    change: dict[str, Value] = {"change": clean(what.text, LABEL_LIMIT), "who": occasion.name(what.who)}
    parts: list[Part] = [Sentence(f"saying.{what.kind}", change)]
    if (escalation := what.details.get("escalation")) is not None:
        parts.append(Sentence(f"saying.severity.{escalation}"))
    if what.to is not None:
        parts.append(Sentence("saying.severity.holder", {"to": Mention((what.to,))}))
    return parts


def _resolved(what: Saying, occasion: Occasion) -> list[Part]:
    key = "saying.resolved.by_source" if what.who is None else "saying.resolved"
    took = age(timedelta(seconds=what.seconds))
    parts: list[Part] = [Sentence(key, {"age": took, "who": occasion.name(what.who)})]
    if what.at is not None:
        parts.append(Sentence(f"saying.resolved.{occasion.on_close}", {"t": occasion.clock(what.at)}))
    return parts


def _reopened(what: Saying, occasion: Occasion) -> list[Part]:
    """`count`: for the how-many-eth time."""
    key = "saying.reopened" if what.who is None else "saying.reopened.by_person"
    parts: list[Part] = [
        Sentence(key, {"k": what.count, "who": occasion.name(what.who)}),
        Sentence(f"saying.reopened.{occasion.on_close}"),
    ]
    if what.to is None:
        return [*parts, Sentence("saying.reopened.nobody")]
    return [*parts, Sentence("saying.reopened.lead", {"to": Mention((what.to,))})]


def _kept(what: Saying, occasion: Occasion) -> list[Part]:
    if what.at is None:
        return [Sentence("saying.kept")]
    return [Sentence("saying.kept.until", {"t": occasion.clock(what.at)})]


def _receipt(_what: Saying, _occasion: Occasion) -> list[Part]:
    """In words, where Feishu takes no reaction."""
    return [Sentence("saying.receipt")]


def _archived(what: Saying, occasion: Occasion) -> list[Part]:
    """`count`: messages in the archive. A group that its route keeps is not taken leave of."""
    link = occasion.anchor()
    first = (
        Sentence("saying.archived", {"k": what.count})
        if link is None
        else Sentence("saying.archived.link", {"k": what.count, "link": link})
    )
    return [first] if occasion.on_close is OnClose.KEEP else [first, Sentence(f"saying.archived.{occasion.on_close}")]


def _archive_fail(what: Saying, occasion: Occasion) -> list[Part]:
    """`text`: the cause."""
    return [Sentence(f"saying.archive_fail.{occasion.on_close}", {"cause": clean(what.text, SUMMARY_LIMIT)})]


def _moved(what: Saying, occasion: Occasion) -> list[Part]:
    """`text`: how the old group was lost, a `lost.…` of the catalogue."""
    key = "saying.moved" if what.who is None else "saying.moved.by"
    how = copy.text(f"lost.{what.text}")
    first = Sentence(key, {"how": how, "who": occasion.name(what.who), "t": occasion.clock(what.at)})
    link = occasion.anchor()
    return [first] if link is None else [first, Sentence("saying.moved.link", {"link": link})]


def _room_unusable(what: Saying, _occasion: Occasion) -> list[Part]:
    """`text`: why, a `lost.…` of the catalogue; "": the bot may not join."""
    how = copy.text(f"lost.{what.text}" if what.text else "room.refused")
    return [Sentence("saying.room_unusable", {"how": how})]


def _lacks_scope(what: Saying, occasion: Occasion) -> list[Part]:
    """`text`: the scope as Feishu names it, or several in a row."""
    known = f"task.{what.text}"
    task = copy.text(known if known in copy.CATALOGUE else "task.other")
    first = Sentence("saying.lacks_scope", {"scope": clean(what.text, LABEL_LIMIT), "task": task})
    link = occasion.anchor()
    return [first] if link is None else [first, Sentence("saying.lacks_scope.link", {"link": link})]


def _cannot_join(what: Saying, occasion: Occasion) -> list[Part]:
    """`to`: the person; `text`: the reason, a `join.…` of the catalogue or words of Feishu's."""
    known = f"join.{what.text}"
    reason = copy.text(known) if known in copy.CATALOGUE else clean(what.text, SUMMARY_LIMIT)
    return [Sentence("saying.cannot_join", {"who": occasion.name(what.to or what.who), "reason": reason})]


def _relink(what: Saying, occasion: Occasion) -> list[Part]:
    """`count`: number of the incident before this one; `at`: when that was closed."""
    first = Sentence("saying.relink", {"m": what.count, "t": occasion.clock(what.at)})
    link = occasion.anchor()
    return [first] if link is None else [first, Sentence("saying.relink.link", {"link": link})]


def _flap(what: Saying, _occasion: Occasion) -> list[Part]:
    """`count`: flips; `seconds`: how long it has to be steady."""
    return [Sentence("saying.flap", {"k": what.count, "d": age(timedelta(seconds=what.seconds))})]


def _greeting(what: Saying, occasion: Occasion) -> list[Part]:
    """`people`: who came; `to`: the lead; `text`: the title; `at`: since when it is in `details["state"]`."""
    state = copy.text(f"state.{what.details.get('state', State.FIRING)}")
    values: dict[str, Value] = {
        "names": occasion.names_of(what.people),
        "title": clean(what.text, TITLE_LIMIT),
        "severity": what.details.get("severity", ""),
        "state": state,
        "age": age(timedelta(seconds=what.seconds)),
        "lead": occasion.name(what.to) if what.to else copy.text("person.nobody"),
    }
    told = clean(what.details.get("latest", ""), SUMMARY_LIMIT)
    latest = told or copy.text("saying.greeting.state", t=occasion.clock(what.at), state=state)
    return [
        Sentence("saying.greeting", values),
        Sentence("saying.greeting.latest", {"last": latest}),
        Sentence("saying.greeting.help", {"bot": clean(occasion.bot, PERSON_LIMIT)})
        if occasion.bot
        else Sentence("saying.greeting.card"),
    ]


def _quiet(what: Saying, _occasion: Occasion) -> list[Part]:
    """`count`: more people than so many."""
    return [Sentence("saying.quiet", {"k": what.count})]


def _via_fail(what: Saying, occasion: Occasion) -> list[Part]:
    """`people`: whom it was for; `details`: the way, what is used instead, and why."""
    values: dict[str, Value] = {
        "who": occasion.names_of(what.people),
        "via": copy.text(f"via.{what.details.get('via', Way.APP)}"),
        "instead": copy.text(f"via.{what.details.get('instead', DIRECT)}"),
        "cause": copy.text(f"hurdle.{what.details.get('why', Hurdle.OTHER)}"),
    }
    return [Sentence("saying.via_fail", values)]


def _about_one(what: Saying, occasion: Occasion) -> list[Part]:
    return [Sentence(f"saying.{what.kind}", {"who": occasion.name(what.who)})]


def _left_again(what: Saying, occasion: Occasion) -> list[Part]:
    calls = [Sentence("saying.left_again.next")] if "next" in what.details else []
    return [*_about_one(what, occasion), *calls]


def _unsilenced(_what: Saying, _occasion: Occasion) -> list[Part]:
    return [Sentence("saying.unsilenced")]


def _silence_failed(what: Saying, occasion: Occasion) -> list[Part]:
    """`text`: the cause; `at`: until when it is tried."""
    values: dict[str, Value] = {"cause": obstacle.told(what.text), "t": occasion.clock(what.at)}
    return [Sentence("saying.silence_failed", values), *_by_hand(occasion)]


def _silence_given_up(what: Saying, occasion: Occasion) -> list[Part]:
    """`text`: the cause."""
    return [Sentence("saying.silence_given_up", {"cause": obstacle.told(what.text)}), *_by_hand(occasion)]


def _by_hand(occasion: Occasion) -> list[Part]:
    link = occasion.anchor("silence.by_hand")
    return [] if link is None else [Sentence("saying.silence_by_hand", {"link": link})]


def _silenced_up(what: Saying, occasion: Occasion) -> list[Part]:
    """`text`: the comment; `at`: its end; who made it is in `details["author"]`."""
    values = {
        "author": clean(what.details.get("author", ""), PERSON_LIMIT) or copy.text("person.member"),
        "t": occasion.clock(what.at),
        "comment": clean(what.text, SUMMARY_LIMIT),
    }
    return [Sentence("saying.silenced_up", values)]


def _stale_over(what: Saying, occasion: Occasion) -> list[Part]:
    end = Sentence(f"saying.resolved.{occasion.on_close}", {"t": occasion.clock(what.at)})
    return [Sentence("saying.stale_over"), end]


def _silence_end(what: Saying, occasion: Occasion) -> list[Part]:
    """`at`: when who is called next, as `calling` reads it; None: nobody is."""
    if what.at is None:
        return [Sentence("saying.silence_end")]
    return [Sentence("saying.silence_end.next", {"next": next_call(what, occasion.name)})]


def _nobody(what: Saying, occasion: Occasion) -> list[Part]:
    """`people`: whom the fallback names; `details`: the schedule, and why it names nobody, a `gap.…`."""
    values: dict[str, Value] = {
        "schedule": clean(what.details.get("schedule", ""), LABEL_LIMIT),
        "cause": copy.text(f"gap.{what.details.get('gap', 'empty')}"),
        "people": Mention(what.people),
    }
    link = occasion.anchor()
    fix = Sentence("saying.nobody.fix") if link is None else Sentence("saying.nobody.fix_link", {"link": link})
    return [Sentence("saying.nobody", values), fix]


def _nobody_at_all(what: Saying, _occasion: Occasion) -> list[Part]:
    """`text`: the lobby that is told as well."""
    said: list[Part] = [Sentence("saying.nobody_at_all")]
    lobby = clean(what.text, TITLE_LIMIT)
    return [*said, Sentence("saying.nobody_at_all.told", {"lobby": lobby})] if lobby else said


def _ack_expired(what: Saying, occasion: Occasion) -> list[Part]:
    """`to`: who had it; `count`: the step at which the escalation goes on."""
    to = occasion.name(None) if what.to is None else Mention((what.to,))
    return [Sentence("saying.ack_expired", {"to": to, "n": what.count})]


def _drilled(what: Saying, occasion: Occasion) -> list[Part]:
    """`count`: steps on time, of as many as `details["steps"]` says, where anybody does; `at`: the group's end."""
    values: dict[str, Value] = {"k": what.count, "m": what.details.get("steps", "")}
    link = occasion.anchor()
    if not what.details:
        first = Sentence("saying.drilled.untold")
    elif link is None:
        first = Sentence("saying.drilled", values)
    else:
        first = Sentence("saying.drilled.link", {**values, "link": link})
    ends_here = occasion.on_close is OnClose.DISBAND
    return [first, Sentence("saying.drilled.disband", {"t": occasion.clock(what.at)})] if ends_here else [first]


def _drill(_what: Saying, _occasion: Occasion) -> list[Part]:
    return [Sentence("saying.drill")]


_SENTENCES = {
    SayingKind.DRILL: _drill,
    SayingKind.DRILLED: _drilled,
    SayingKind.ACK: _ack,
    SayingKind.ASSIGN: _assign,
    SayingKind.UNACK: _unack,
    SayingKind.ROLE: _role,
    SayingKind.UPDATE_DUE: _update_due,
    SayingKind.HANDOVER_DECLINED: _handover_declined,
    SayingKind.SEVERITY: _severity,
    SayingKind.SEVERITY_BY_LABELS: _severity,
    SayingKind.KEPT: _kept,
    SayingKind.RECEIPT: _receipt,
    SayingKind.RESOLVED: _resolved,
    SayingKind.REOPENED: _reopened,
    SayingKind.ARCHIVED: _archived,
    SayingKind.ARCHIVE_FAIL: _archive_fail,
    SayingKind.MOVED: _moved,
    SayingKind.LACKS_SCOPE: _lacks_scope,
    SayingKind.CANNOT_JOIN: _cannot_join,
    SayingKind.UNSILENCED: _unsilenced,
    SayingKind.SILENCE_FAILED: _silence_failed,
    SayingKind.SILENCE_GIVEN_UP: _silence_given_up,
    SayingKind.SILENCE_END: _silence_end,
    SayingKind.NOBODY: _nobody,
    SayingKind.NOBODY_AT_ALL: _nobody_at_all,
    SayingKind.ACK_EXPIRED: _ack_expired,
    SayingKind.STILL: _about_one,
    SayingKind.STALE_OVER: _stale_over,
    SayingKind.SILENCED_UP: _silenced_up,
    SayingKind.RELINK: _relink,
    SayingKind.ROOM_UNUSABLE: _room_unusable,
    SayingKind.FLAP: _flap,
    SayingKind.GREETING: _greeting,
    SayingKind.LEFT: _about_one,
    SayingKind.LEFT_AGAIN: _left_again,
    SayingKind.OWNER_CHANGED: _about_one,
    SayingKind.QUIET: _quiet,
    SayingKind.VIA_FAIL: _via_fail,
    SayingKind.UNREACHABLE: _about_one,
}

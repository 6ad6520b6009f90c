"""What happens in a lobby: news of incidents, groups that are offered and chosen, a group that is lost."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import assert_never

from alertbridge.core.chats.chat import Text
from alertbridge.core.groups.blueprint import title_of
from alertbridge.core.ids import EntryId, IncidentId, OpenId
from alertbridge.core.incidents.incident import Incident
from alertbridge.core.rooms.letter import Letter, LetterKind
from alertbridge.core.rooms.lobby import (
    DIGEST_ROWS,
    DigestView,
    LobbyChat,
    LobbyPolicy,
    announced_at,
    digest_rows,
    link_of,
)
from alertbridge.core.rooms.room import ChatWasLost, Chosen, Nudged, Offered, Reported, Room

LOOK_GAP = timedelta(seconds=10)
"""The digest is edited so often at most; what happens in between is seen together."""
LOOK_EVERY = timedelta(hours=1)
"""Should a word of news ever be missed."""
LOSSES_COUNT = timedelta(days=7)
"""So long it counts that people took the group away."""
MESSAGES_AN_HOUR = 10
REPORTS_KNOWN = 100
"""So many of what was reported are known to have been said; each names its day or week, so older ones never return."""
CARD_LIFE = timedelta(days=13)
"""Cards cannot be edited after 14 days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What a look at the incidents has seen."""

    policy: LobbyPolicy
    title: Text
    people: tuple[OpenId, ...] | None
    """Whom the group is for; None: not known now."""
    living: Sequence[Incident]
    """The incidents of this lobby that are not over."""
    ended: Sequence[Incident]
    """Those that were not over at the last look and are now."""
    forgotten: frozenset[IncidentId] = frozenset()
    """Those of which nothing is stored any more."""
    page: str
    timezone: str


def observe_lobby(room: Room, entry: Nudged | Offered | Chosen | ChatWasLost | Reported) -> Room:
    """Take over one entry of the inbox."""
    lobby = room.lobby
    match entry:
        case Nudged(is_from_file=is_from_file):
            room = with_lobby(room, losses=()) if is_from_file and lobby.losses else room
            return room if lobby.has_news else with_lobby(room, has_news=True)
        case Offered(chat=chat):
            is_asked = any(offer.chat == chat for offer in lobby.offers)
            if lobby.chat is not None or is_asked or any(letter.chat == chat for letter in room.outbox):
                return room
            letter = Letter(kind=LetterKind.OFFER, cause=entry.id, at=entry.at, chat=chat, text=entry.title)
            return replace(room, outbox=(*room.outbox, letter))
        case Chosen():
            return _choose(room, entry)
        case ChatWasLost(chat=chat):
            offers = tuple(offer for offer in lobby.offers if offer.chat != chat)
            room = room if offers == lobby.offers else with_lobby(room, offers=offers)
            return lose_lobby(room, entry.at) if lobby.chat is not None and lobby.chat.id == chat else room
        case Reported():
            return _report(room, entry)
        case _:
            assert_never(entry)


def _choose(room: Room, entry: Chosen) -> Room:
    lobby = room.lobby
    offer = next((one for one in lobby.offers if one.chat == entry.chat and not one.outcome), None)
    if offer is None:
        return room
    outcome = "refused" if not entry.is_wanted else "taken" if lobby.chat is None else "late"
    decided = replace(offer, outcome=outcome, by=entry.by, is_shown=False)
    offers = tuple(decided if one is offer else one for one in lobby.offers)
    if outcome == "taken":
        room = with_lobby(room, chat=LobbyChat(id=entry.chat, is_ours=False), has_news=True)
    return with_lobby(room, offers=offers)


def _report(room: Room, entry: Reported) -> Room:
    """Say it, once. What there is no group for, or too much was said before, is said when it is reported again."""
    lobby = room.lobby
    if lobby.chat is None or entry.about in lobby.reported:
        return room
    cause = EntryId(entry.about)
    letter = Letter(
        kind=LetterKind.REPORT, cause=cause, at=entry.at, chat=lobby.chat.id, text=entry.text, link=entry.link
    )
    written = _write(room, letter, entry.at)
    if written is room:
        return room
    return with_lobby(written, reported=(*lobby.reported, entry.about)[-REPORTS_KNOWN:])


def lose_lobby(room: Room, at: datetime) -> Room:
    """The group is gone, or the bot is out of it. What was to be said there is not said elsewhere."""
    lobby = room.lobby
    if lobby.chat is None:
        return room
    lost = lobby.chat.id
    outbox = tuple(letter for letter in room.outbox if letter.chat != lost)
    losses = lobby.losses
    if lobby.chat.is_ours:
        losses = (*(one for one in losses if at - one < LOSSES_COUNT), at)
    return with_lobby(
        replace(room, outbox=outbox), chat=None, lost_at=at, losses=losses, generation=lobby.generation + 1
    )


def needs_look(room: Room, now: datetime) -> bool:
    """Whether to read the incidents now: there is news, or it was long ago."""
    at = next_look(room)
    return at is None or at <= now


def next_look(room: Room) -> datetime | None:
    """When the next look is due."""
    lobby = room.lobby
    if lobby.looked_at is None:
        return None
    soonest, latest = lobby.looked_at + LOOK_GAP, lobby.looked_at + LOOK_EVERY
    if lobby.has_news:
        return soonest
    return latest if lobby.look_at is None else min(max(lobby.look_at, soonest), latest)


def look(room: Room, sight: Sight, now: datetime) -> Room:
    """Take over what a look has seen: the digest to show, and what is worth a message of its own."""
    rows = digest_rows(sight.living)
    ends = [incident.status_at for incident in sight.ended]
    last_ended_at = max([*ends, *([room.lobby.last_ended_at] if room.lobby.last_ended_at else [])], default=None)
    living = [incident.id for incident in sight.living]
    # Where there are more incidents than one look reads, those that it did not see are not over for that.
    gone = {incident.id for incident in sight.ended} | sight.forgotten
    unseen = [one for one in room.lobby.known if one not in living and one not in gone]
    room = with_lobby(
        room,
        has_news=False,
        looked_at=now,
        view=DigestView(
            title=sight.title,
            count=len(rows),
            rows=rows[:DIGEST_ROWS],
            last_ended_at=last_ended_at,
            page=sight.page,
            timezone=sight.timezone,
        ),
        people=room.lobby.people if sight.people is None else sight.people,
        known=(*living, *unseen),
        told=tuple(one for one in room.lobby.told if one not in gone),
        last_ended_at=last_ended_at,
    )
    if (given := sight.policy.chat) is not None and (room.lobby.chat is None or room.lobby.chat.id != given):
        room = with_lobby(room, chat=LobbyChat(id=given, is_ours=False))
    room = _announce(room, sight.living, now)
    for incident in sight.ended:
        if incident.archive.is_complete and sight.page:
            room = _say(room, LetterKind.ARCHIVED, incident, now)
    return room


def _announce(room: Room, living: Sequence[Incident], now: datetime) -> Room:
    """Tell of each P1 once. What cannot be told yet is looked at again when it can."""
    waits: list[datetime] = []
    for incident in living:
        at = None if incident.id in room.lobby.told else announced_at(incident)
        if at is None:
            continue
        if at > now:
            waits.append(at)
        elif room.lobby.chat is not None and len(recent := _recent(room, now)) >= MESSAGES_AN_HOUR:
            waits.append(recent[0] + timedelta(hours=1))
        else:
            # Where there is no group yet, the digest that it begins with shows it.
            room = with_lobby(_say(room, LetterKind.P1, incident, now), told=(*room.lobby.told, incident.id))
    return with_lobby(room, look_at=min(waits, default=None))


def _recent(room: Room, now: datetime) -> tuple[datetime, ...]:
    return tuple(at for at in room.lobby.said_at if now - at < timedelta(hours=1))


def _say(room: Room, kind: LetterKind, incident: Incident, now: datetime) -> Room:
    """A message of an incident; the digest shows all."""
    if room.lobby.chat is None:
        return room
    letter = Letter(
        kind=kind,
        cause=EntryId(incident.id),
        at=now,
        chat=room.lobby.chat.id,
        number=incident.number,
        title=title_of(incident),
        count=incident.archive.messages,
        link=link_of(incident) if kind is LetterKind.P1 else "",
        incident=incident.id,
    )
    return _write(room, letter, now)


def _write(room: Room, letter: Letter, now: datetime) -> Room:
    """A message, while there are not too many."""
    recent = _recent(room, now)
    if len(recent) >= MESSAGES_AN_HOUR:
        return room
    return with_lobby(replace(room, outbox=(*room.outbox, letter)), said_at=(*recent, now))


def write_digest(room: Room, now: datetime) -> Room:
    """Put the digest in the outbox where the group has none, or one that is too old to be edited."""
    chat, view = room.lobby.chat, room.lobby.view
    if chat is None or view is None or any(letter.kind is LetterKind.DIGEST for letter in room.outbox):
        return room
    if chat.digest is not None and now - chat.digest.sent_at < CARD_LIFE:
        return room
    cause = EntryId(f"{chat.id}:{room.lobby.digests}")
    room = with_lobby(room, digests=room.lobby.digests + 1)
    letter = Letter(kind=LetterKind.DIGEST, cause=cause, at=now, chat=chat.id, digest=view)
    return replace(room, outbox=(letter, *room.outbox))


def with_lobby(room: Room, **changes: object) -> Room:
    """The room with something else known of its lobby."""
    return replace(room, lobby=replace(room.lobby, **changes))  # type: ignore[arg-type]

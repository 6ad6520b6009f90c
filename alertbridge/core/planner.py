"""What to do next so that the chat becomes what the incident wants, and what is known after doing it.

`plan` returns one batch of actions that can be done side by side; after `record` of their outcomes it is asked again,
until it returns none. The critical path is three batches: the group with its people, the card, then everything else.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import blake2b

from alertbridge.core import action as act
from alertbridge.core.action import Action, Outcome
from alertbridge.core.chat import Announcement, AnnouncementKind, Chat, LiveCard, SayingKind, Tab, Wanted
from alertbridge.core.ids import ChatId, IncidentId, MessageId, OpenId
from alertbridge.core.incident import Incident, Intent, Status, Trouble
from alertbridge.core.lifecycle import lose_chat, saying_name
from alertbridge.core.timeline import Happening, TimelineLine

CHAT_UUID_LIFE = timedelta(hours=9)
"""How long a repeated create is trusted to give the same chat (Feishu promises ten hours)."""

MESSAGE_UUID_LIFE = timedelta(minutes=50)
"""The same for messages (Feishu promises one hour)."""

CARD_LIFE = timedelta(days=13)
"""Cards cannot be edited after 14 days; a new one replaces the old a day before."""

EDIT_GAP = timedelta(seconds=2)
"""Card edits are gathered so long."""

RENAME_GAP = timedelta(minutes=1)
ANNOUNCEMENT_GAP = timedelta(minutes=1)

MAX_MANAGERS = 10
"""Feishu's limit for a chat."""

FIRST_BACKOFF = timedelta(seconds=1)
LONGEST_BACKOFF = timedelta(minutes=5)
FIRST_REFUSED_BACKOFF = timedelta(minutes=1)
"""A refusal needs somebody to change something; asking again soon does not help."""
LONGEST_REFUSED_BACKOFF = timedelta(hours=1)

_REMEMBERED_SAYINGS = 50

# Repeating these could do the work twice, so they leave an intent in the store before they are called.
_NEEDS_INTENT = (act.CreateChat, act.SendCard, act.WriteAnnouncement, act.CreateTabs, act.CreateMenu, act.Say)


@dataclass(frozen=True, slots=True)
class Plan:
    """The next batch, and when to look again although nothing happened (None: no need)."""

    actions: tuple[Action, ...] = ()
    wait_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """An incident that knows what came of an action, and what the timeline should tell of it."""

    incident: Incident
    lines: tuple[TimelineLine, ...] = ()


def plan(incident: Incident, wanted: Wanted, now: datetime) -> Plan:
    """List what to do now. A chat that is as wanted, or that has to wait, plans nothing."""
    held: list[datetime] = []
    ready: list[Action] = []
    troubles = {trouble.key: trouble for trouble in incident.troubles}
    for action, not_before in _wishes(incident, wanted, now):
        trouble = troubles.get(action.key)
        at = max(not_before, trouble.retry_at) if trouble else not_before
        if at > now:
            held.append(at)
        else:
            ready.append(action)
    return Plan(tuple(ready), min(held, default=None))


def intents(incident: Incident, actions: tuple[Action, ...], now: datetime) -> Incident:
    """Note what is about to be called, before it is: a crash then repeats with the same `uuid`, or looks first."""
    known = {intent.key for intent in incident.intents}
    new = tuple(
        Intent(key=action.key, uuid=getattr(action, "uuid", ""), first_at=now)
        for action in actions
        if isinstance(action, _NEEDS_INTENT) and action.key not in known
    )
    return replace(incident, intents=(*incident.intents, *new)) if new else incident


def recover(incident: Incident) -> Incident:
    """Take over from an owner that may have died between a call and its fact: what cannot be repeated is unknown."""
    chat, keys = incident.chat, {intent.key for intent in incident.intents}
    if chat is None or not keys:
        return incident
    if act.CreateTabs.key in keys:
        chat = replace(chat, tabs=None)
    if act.CreateMenu.key in keys:
        chat = replace(chat, menu=None)
    if act.WriteAnnouncement.key in keys and chat.announcement is not None and chat.announcement.blocks == ():
        chat = replace(chat, announcement=replace(chat.announcement, blocks=None))
    looked_at = (act.CreateTabs.key, act.CreateMenu.key)
    return replace(
        incident, chat=chat, intents=tuple(intent for intent in incident.intents if intent.key not in looked_at)
    )


def is_over(incident: Incident, wanted: Wanted, now: datetime) -> bool:
    """True when nothing is left to do for the incident, now or later."""
    return incident.status is Status.CLOSED and plan(incident, wanted, now) == Plan()


def is_ready_to_close(incident: Incident, wanted: Wanted) -> bool:
    """True when the countdown is over and the chat, where there is one, is locked and archived as its route asks."""
    if not incident.is_closing:
        return False
    chat, archive = incident.chat, incident.archive
    if chat is None:
        return _intent(incident, act.CreateChat.key) is None
    is_kept = not wanted.is_archived or archive.is_complete or bool(archive.refused)
    return chat.is_gone or (chat.is_locked is wanted.is_locked and is_kept)


def uuid_of(incident: IncidentId, kind: str, cause: str) -> str:
    """Name one call for ever (32 hex digits; Feishu takes up to 50 characters)."""
    return blake2b(f"{incident}\n{kind}\n{cause}".encode(), digest_size=16).hexdigest()


# -- what the chat lacks -----------------------------------------------------------------------------------------------


def _wishes(incident: Incident, wanted: Wanted, now: datetime) -> Iterator[tuple[Action, datetime]]:
    """What has to be done, each with the earliest time it may be: only things that do not wait for each other."""
    chat = incident.chat
    if chat is None:
        if wanted.exists or _intent(incident, act.CreateChat.key):
            yield _make_chat(incident, wanted, now), now
        return
    if chat.is_gone:
        return
    if not wanted.exists:
        yield (_say(incident, chat, now) if incident.outbox else act.DisbandChat(chat=chat.id)), now
        return
    if wanted.card is not None and (chat.card is None or now - chat.card.sent_at >= CARD_LIFE):
        yield _send_card(incident, chat, wanted, now), now
        if not incident.is_closing and not _fails(incident, act.SendCard.key):
            return  # people see the facts before anything else is asked of Feishu
    yield from _card_wishes(incident, chat, wanted)
    yield from _people_wishes(chat, wanted)
    yield from _look_wishes(incident, chat, wanted)
    if incident.outbox:
        yield _say(incident, chat, now), now
    if wanted.is_locked is not chat.is_locked:
        yield act.SetModeration(chat=chat.id, is_locked=wanted.is_locked), now
    elif wanted.is_archived and not incident.archive.is_complete and not incident.archive.refused:
        yield act.ArchiveMessages(chat=chat.id, since=incident.archive.until), now


def _make_chat(incident: Incident, wanted: Wanted, now: datetime) -> Action:
    intent = _intent(incident, act.CreateChat.key)
    if intent is not None and now - intent.first_at >= CHAT_UUID_LIFE:
        return act.FindChat(incident=incident.id, number=incident.number)
    return act.CreateChat(
        uuid=uuid_of(incident.id, "chat", str(incident.generation)),
        name=wanted.name,
        plain_name=wanted.plain_name,
        description=wanted.description,
        avatar=wanted.avatar,
        members=wanted.members,
        is_repeat=intent is not None,
    )


def _send_card(incident: Incident, chat: Chat, wanted: Wanted, now: datetime) -> Action:
    assert wanted.card is not None
    cause = f"{chat.id}:{chat.card.message if chat.card else ''}"
    return act.SendCard(
        chat=chat.id,
        uuid=uuid_of(incident.id, "card", cause),
        view=wanted.card,
        version=incident.version,
        mention=() if chat.card else wanted.mention,
        look_since=_lost_since(incident, act.SendCard.key, now),
    )


def _say(incident: Incident, chat: Chat, now: datetime) -> act.Say:
    """The oldest message that is not out: one at a time keeps them in order."""
    saying = incident.outbox[0]
    uuid = uuid_of(incident.id, saying.kind, f"{chat.id}:{saying.cause}")
    action = act.Say(chat=chat.id, uuid=uuid, saying=saying)
    return replace(action, look_since=_lost_since(incident, action.key, now))


def _card_wishes(incident: Incident, chat: Chat, wanted: Wanted) -> Iterator[tuple[Action, datetime]]:
    card = chat.card
    if card is None:
        return
    if wanted.card is not None and card.view != wanted.card:
        hold = incident.hold_edits_until
        at = card.edited_at + EDIT_GAP
        edit = act.EditCard(message=card.message, form=card.form, view=wanted.card, version=incident.version)
        yield edit, max(at, hold) if hold else at
    if wanted.is_pinned and chat.top_notice != card.message:
        yield act.PutTopNotice(chat=chat.id, message=card.message), card.sent_at
    elif not wanted.is_pinned and chat.top_notice is not None:
        yield act.DeleteTopNotice(chat=chat.id), card.sent_at


def _people_wishes(chat: Chat, wanted: Wanted) -> Iterator[tuple[Action, datetime]]:
    at = chat.created_at
    if absent := [person for person in wanted.members if person not in chat.members | chat.refused]:
        yield act.AddMembers(chat=chat.id, people=tuple(absent)), at
    surplus = chat.managers - set(wanted.managers)
    if surplus:
        yield act.DeleteManagers(chat=chat.id, people=tuple(sorted(surplus))), at
    here = [person for person in wanted.managers if person in chat.members][:MAX_MANAGERS]
    # A place is free for a new manager only after an old one has left it.
    if not surplus and (new := [person for person in here if person not in chat.managers]):
        yield act.AddManagers(chat=chat.id, people=tuple(new)), at


def _look_wishes(incident: Incident, chat: Chat, wanted: Wanted) -> Iterator[tuple[Action, datetime]]:
    at = chat.created_at
    if wanted.name != chat.name or wanted.avatar != chat.avatar:
        rename = act.Rename(chat=chat.id, name=wanted.name, plain_name=wanted.plain_name, avatar=wanted.avatar)
        yield rename, chat.named_at + RENAME_GAP
    if wanted.announcement is not None:
        yield from _announcement_wishes(incident, chat, wanted)
    if wanted.tabs is not None:
        yield from ((wish, at) for wish in _tab_wishes(chat, wanted.tabs))
    if wanted.menu is not None:
        yield from ((wish, at) for wish in _menu_wishes(chat, wanted))
    if not chat.share_link:
        yield act.FetchShareLink(chat=chat.id), at


def _announcement_wishes(incident: Incident, chat: Chat, wanted: Wanted) -> Iterator[tuple[Action, datetime]]:
    assert wanted.announcement is not None
    seen = chat.announcement or Announcement(kind=AnnouncementKind.DOCX)
    if seen.lines == wanted.announcement and seen.blocks is not None:
        return
    write = act.WriteAnnouncement(
        chat=chat.id,
        uuid=uuid_of(incident.id, "announcement", f"{chat.id}:{incident.version}"),
        kind=seen.kind,
        blocks=seen.blocks,
        before=seen.lines,
        lines=wanted.announcement,
    )
    yield write, seen.edited_at + ANNOUNCEMENT_GAP if seen.edited_at else chat.created_at


def _tab_wishes(chat: Chat, wanted: tuple[Tab, ...]) -> Iterator[Action]:
    if chat.tabs is None:
        yield act.LookAtTabs(chat=chat.id)
        return
    seen = {tab.name: tab for tab in chat.tabs}
    if new := [tab for tab in wanted if tab.name not in seen]:
        yield act.CreateTabs(chat=chat.id, tabs=tuple(new))
    elif moved := [replace(tab, id=seen[tab.name].id) for tab in wanted if seen[tab.name].url != tab.url]:
        yield act.UpdateTabs(chat=chat.id, tabs=tuple(moved))


def _menu_wishes(chat: Chat, wanted: Wanted) -> Iterator[Action]:
    assert wanted.menu is not None
    if chat.menu is None:
        yield act.LookAtMenu(chat=chat.id)
        return
    plain = tuple(replace(menu, id="", items=tuple(replace(item, id="") for item in menu.items)) for menu in chat.menu)
    if plain == wanted.menu:
        return
    # Feishu can neither add an entry to a menu nor delete one: what differs is made anew.
    if stale := [menu.id for menu, bare in zip(chat.menu, plain, strict=True) if bare not in wanted.menu]:
        yield act.DeleteMenu(chat=chat.id, ids=tuple(stale))
    elif new := [menu for menu in wanted.menu if menu not in plain]:
        yield act.CreateMenu(chat=chat.id, menu=tuple(new))


def _intent(incident: Incident, key: str) -> Intent | None:
    return next((intent for intent in incident.intents if intent.key == key), None)


def _fails(incident: Incident, key: str) -> bool:
    return any(trouble.key == key for trouble in incident.troubles)


def _lost_since(incident: Incident, key: str, now: datetime) -> datetime | None:
    """When the call was first made, if that is so long ago that its `uuid` no longer protects us."""
    intent = _intent(incident, key)
    return intent.first_at if intent and now - intent.first_at >= MESSAGE_UUID_LIFE else None


# -- what is known after an action -------------------------------------------------------------------------------------


def record(incident: Incident, action: Action, outcome: Outcome, now: datetime) -> Recorded:
    """Take over what came of an action. Only an answer ends an intent; a lost one leaves it for the next try."""
    match outcome:
        case act.Failed():
            return _record_failure(incident, action, outcome, now)
        case act.AnswerLost():
            return _record_failure(incident, action, act.Failed(cause=outcome.cause), now)
        case act.ChatGone():
            return _record_gone(incident, action, now)
        case _:
            incident = replace(
                incident,
                intents=tuple(intent for intent in incident.intents if intent.key != action.key),
                troubles=tuple(trouble for trouble in incident.troubles if trouble.key != action.key),
            )
            note = getattr(outcome, "note", "")
            lines = (TimelineLine(at=now, what=Happening.TROUBLE, text=note),) if note else ()
            done = _record_success(incident, action, outcome, now)
            return Recorded(done.incident, (*lines, *done.lines))


def _record_failure(incident: Incident, action: Action, failed: act.Failed, now: datetime) -> Recorded:
    before = next((trouble for trouble in incident.troubles if trouble.key == action.key), None)
    failures = (before.failures if before else 0) + (0 if failed.is_quota else 1)
    trouble = Trouble(
        key=action.key,
        failures=failures,
        retry_at=now + _backoff(failed, failures),
        cause=failed.cause,
        is_refused=failed.is_refused,
    )
    others = tuple(known for known in incident.troubles if known.key != action.key)
    incident = replace(incident, troubles=(*others, trouble))
    if failed.is_refused:
        # Feishu answered: nothing was made, so nothing has to be looked for.
        left = tuple(intent for intent in incident.intents if intent.key != action.key)
        incident = _give_up(replace(incident, intents=left), action, failed)
    if failed.is_quota or (before is not None and before.cause == failed.cause):
        return Recorded(incident)
    details = {"action": action.key, "scope": failed.scope} if failed.scope else {"action": action.key}
    return Recorded(incident, (TimelineLine(at=now, what=Happening.TROUBLE, text=failed.cause, details=details),))


def _backoff(failed: act.Failed, failures: int) -> timedelta:
    if failed.wait_seconds is not None:
        return timedelta(seconds=failed.wait_seconds)
    first, longest = (
        (FIRST_REFUSED_BACKOFF, LONGEST_REFUSED_BACKOFF) if failed.is_refused else (FIRST_BACKOFF, LONGEST_BACKOFF)
    )
    return min(first * float(2 ** min(failures - 1, 10)), longest)


def _give_up(incident: Incident, action: Action, failed: act.Failed) -> Incident:
    """Go on without what Feishu refuses, where going on is better than asking again."""
    if isinstance(action, act.ArchiveMessages):
        return replace(incident, archive=replace(incident.archive, refused=failed.cause))
    if isinstance(action, act.Say):
        said = saying_name(action.saying)
        return replace(incident, outbox=tuple(saying for saying in incident.outbox if saying_name(saying) != said))
    return incident


def _record_gone(incident: Incident, action: Action, now: datetime) -> Recorded:
    """A call found the chat gone. For a disband that is the wish come true."""
    chat = incident.chat
    if chat is None or chat.is_gone:
        return Recorded(incident)
    if isinstance(action, act.DisbandChat):
        return _record_success(incident, action, act.Done(), now)
    line = TimelineLine(at=now, what=Happening.CHAT_LOST, text="gone")
    return Recorded(lose_chat(incident, now, f"gone:{chat.id}", by=None, how="gone"), (line,))


def _record_success(incident: Incident, action: Action, outcome: Outcome, now: datetime) -> Recorded:
    chat = incident.chat
    match action, outcome:
        case act.CreateChat() | act.FindChat(), act.ChatMade(chat=made, members=members):
            return _record_chat(incident, action, made, members, now)
        case act.FindChat(), act.NotFound():
            # Only now is it certain that the old `uuid` made nothing that we could meet again.
            gone = tuple(intent for intent in incident.intents if intent.key != act.CreateChat.key)
            return Recorded(replace(incident, intents=gone, generation=incident.generation + 1))
    if chat is None:
        return Recorded(incident)
    lines: tuple[TimelineLine, ...] = ()
    match action, outcome:
        case act.SendCard(view=view), act.Sent(message=message, form=form):
            chat = replace(chat, card=LiveCard(message=message, form=form, view=view, sent_at=now, edited_at=now))
        case act.EditCard(view=view), act.Done() if chat.card:
            chat = replace(chat, card=replace(chat.card, view=view, edited_at=now))
        case act.EditCard() | act.PutTopNotice(), act.CardGone():
            chat = replace(chat, card=None, top_notice=None)
        case act.PutTopNotice(message=message), act.Done():
            chat = replace(chat, top_notice=message)
        case act.DeleteTopNotice(), act.Done():
            chat = replace(chat, top_notice=None)
        case act.AddMembers(people=people), act.MembersAdded(refused=refused):
            chat, lines = _record_members(chat, people, refused, now)
        case act.AddManagers(people=people), act.Done():
            chat = replace(chat, managers=chat.managers | set(people))
        case act.DeleteManagers(people=people), act.Done():
            chat = replace(chat, managers=chat.managers - set(people))
        case act.Rename(name=name, avatar=avatar), act.Done():
            chat = replace(chat, name=name, avatar=avatar, named_at=now)
        case act.WriteAnnouncement(lines=written), act.AnnouncementWritten(kind=kind, blocks=blocks):
            chat = replace(chat, announcement=Announcement(kind=kind, blocks=blocks, lines=written, edited_at=now))
        case act.CreateTabs() | act.UpdateTabs() | act.LookAtTabs(), act.TabsSeen(tabs=tabs):
            chat = replace(chat, tabs=tabs)
        case act.CreateMenu() | act.DeleteMenu() | act.LookAtMenu(), act.MenuSeen(menu=menu):
            chat = replace(chat, menu=menu)
        case act.SetModeration(is_locked=is_locked), act.Done():
            chat = replace(chat, is_locked=is_locked)
            lines = (TimelineLine(at=now, what=Happening.LOCKED),) if is_locked else ()
        case act.FetchShareLink(), act.LinkMade(url=url):
            chat = replace(chat, share_link=url)
        case act.Say(), act.Sent() | act.Done():
            return _record_saying(incident, chat, action, outcome)
        case act.ArchiveMessages(), act.Archived(messages=messages, until=until):
            archive = replace(
                incident.archive, messages=messages, until=until, is_complete=True
            )
            incident = replace(incident, archive=archive)
            line = TimelineLine(at=now, what=Happening.ARCHIVED, details={"messages": str(archive.messages)})
            lines = (line,)
        case act.DisbandChat(), act.Done():
            chat = replace(chat, is_gone=True)
            lines = (TimelineLine(at=now, what=Happening.DISBANDED),)
        case _:
            raise AssertionError(f"{type(outcome).__name__} is no outcome of {type(action).__name__}")
    return Recorded(replace(incident, chat=chat), lines)


def _record_chat(
    incident: Incident, action: act.CreateChat | act.FindChat, made: ChatId, members: tuple[OpenId, ...], now: datetime
) -> Recorded:
    gone = tuple(intent for intent in incident.intents if intent.key != act.CreateChat.key)
    if isinstance(action, act.CreateChat) and not action.is_repeat:
        chat = Chat(
            id=made,
            created_at=now,
            name=action.name,
            named_at=now,
            avatar=action.avatar,
            members=frozenset(members),
        )
    else:
        # Made by an earlier try, whose name and people may have been others; and it may be half furnished.
        chat = Chat(id=made, created_at=now, name={}, named_at=now - RENAME_GAP, tabs=None, menu=None)
    line = TimelineLine(at=now, what=Happening.CHAT_CREATED, details={"chat": made})
    return Recorded(replace(incident, chat=chat, intents=gone), (line,))


def _record_members(
    chat: Chat, people: tuple[OpenId, ...], refused: dict[OpenId, str], now: datetime
) -> tuple[Chat, tuple[TimelineLine, ...]]:
    joined = set(people) - set(refused)
    lines = tuple(
        TimelineLine(at=now, what=Happening.TROUBLE, by=person, text=reason, details={"action": act.AddMembers.key})
        for person, reason in sorted(refused.items())
    )
    return replace(chat, members=chat.members | joined, refused=chat.refused | set(refused)), lines


def _record_saying(incident: Incident, chat: Chat, action: act.Say, outcome: Outcome) -> Recorded:
    name = saying_name(action.saying)
    said = (*chat.said, name)[-_REMEMBERED_SAYINGS:]
    countdown: MessageId | None = chat.countdown
    if action.saying.kind is SayingKind.COUNTDOWN and isinstance(outcome, act.Sent):
        countdown = outcome.message
    return Recorded(
        replace(
            incident,
            chat=replace(chat, said=said, countdown=countdown),
            outbox=tuple(saying for saying in incident.outbox if saying_name(saying) != name),
        )
    )

"""What is known of the chat after a call, and what a lost answer leaves unknown.

A call leaves its intent in the store before it is made. Only an answer ends it; a lost one, or the death of its owner,
leaves the intent (the call is repeated with the same `uuid`, or looked up) or a gap in what is known of the chat.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from alertbridge.core.chats import action as act
from alertbridge.core.chats.action import Action
from alertbridge.core.chats.backoff import backoff
from alertbridge.core.chats.chat import (
    Announcement,
    AnnouncementKind,
    Chat,
    Form,
    LiveCard,
    Menu,
    MenuItem,
    Saying,
    SayingKind,
    Tab,
)
from alertbridge.core.chats.old_cards import retire, settle
from alertbridge.core.chats.outcome import (
    AnnouncementWritten,
    AnswerLost,
    Archived,
    CardGone,
    ChatGone,
    ChatMade,
    ChatSeen,
    Done,
    Failed,
    LinkMade,
    MembersAdded,
    MenuSeen,
    NotFound,
    Outcome,
    Sent,
    SilenceMade,
    TabsSeen,
)
from alertbridge.core.groups.looking import compare, skip_look
from alertbridge.core.groups.planner import RENAME_GAP
from alertbridge.core.ids import ChatId, MessageId, OpenId
from alertbridge.core.incidents.forms import FORM_LIFE, SAYINGS, forget_form, keep_form
from alertbridge.core.incidents.incident import Archive, Incident, Intent, Trouble
from alertbridge.core.incidents.noise import count_spoken
from alertbridge.core.incidents.outbox import edit_countdown, say, saying_name, stamp, tell_kept
from alertbridge.core.incidents.silencing import silence_ended, silence_failed, silence_made
from alertbridge.core.incidents.transition import lose_group
from alertbridge.core.timeline import Happening, TimelineLine

ARCHIVE_TRIES = 5
"""Failures, about half a minute, after which the group is told why it is not disbanded yet."""

TOLD_REFUSALS = 2
"""People whom Feishu would not add that the group is told of at once; the timeline names them all."""

REMEMBERED_SAYINGS = 50

# What a second call with the same `uuid` does not do twice, or what has to be looked for before it is done again.
_REPEATED = (act.CreateChat, act.SendCard, act.Say)

# Refused where people changed the tabs or the menu, so that ours are not those we know.
_OF_A_LIST = (
    act.CreateTabs,
    act.UpdateTabs,
    act.DeleteTabs,
    act.SortTabs,
    act.CreateMenu,
    act.DeleteMenu,
    act.PatchMenu,
    act.SortMenu,
)

# What may leave the chat other than it is known to be, should the answer never come.
_DOUBTFUL = (
    act.EditCard,
    act.PutTopNotice,
    act.DeleteTopNotice,
    act.Rename,
    act.SetModeration,
    act.WriteAnnouncement,
    *_OF_A_LIST,
)


@dataclass(frozen=True, slots=True)
class Recorded:
    """An incident that knows what came of an action, and what the timeline should tell of it."""

    incident: Incident
    lines: tuple[TimelineLine, ...] = ()


def intents(incident: Incident, actions: tuple[Action, ...], now: datetime) -> Incident:
    """Note what is about to be called, before it is: a crash then repeats with the same `uuid`, or looks first."""
    known = {intent.key for intent in incident.intents}
    new = tuple(
        Intent(key=action.key, uuid=getattr(action, "uuid", ""), first_at=now)
        for action in actions
        if isinstance(action, _REPEATED + _DOUBTFUL) and not _is_edit(action) and action.key not in known
    )
    return replace(incident, intents=(*incident.intents, *new)) if new else incident


def recover(incident: Incident) -> Incident:
    """Take over from an owner that may have died between a call and its fact: what cannot be repeated is unknown."""
    if not incident.intents:
        return incident
    chat = incident.chat
    for intent in incident.intents:
        chat = chat and _doubt(chat, intent.key)
    waiting = {act.say_key(saying) for saying in incident.outbox} | {act.CreateChat.key, act.SendCard.key}
    kept = tuple(replace(intent, was_tried=True) for intent in incident.intents if intent.key in waiting)
    return replace(incident, chat=chat, intents=kept)


def record(incident: Incident, action: Action, outcome: Outcome, now: datetime) -> Recorded:
    """Take over what came of an action. Only an answer ends an intent; a lost one leaves it for the next try."""
    match outcome:
        case Failed():
            return _record_failure(incident, action, outcome, now)
        case AnswerLost():
            return _record_failure(incident, action, Failed(cause=outcome.cause), now)
        case ChatGone():
            return _record_gone(incident, action, now)
        case _:
            incident = _without_trouble(_without_intent(incident, action.key), action.key)
            note = getattr(outcome, "note", "")
            lines = (TimelineLine(at=now, what=Happening.TROUBLE, text=note),) if note else ()
            done = _record_success(incident, action, outcome, now)
            return Recorded(done.incident, (*lines, *done.lines))


def _doubt(chat: Chat, key: str) -> Chat:
    """What is known of the chat when the call named `key` may have been done, or not."""
    match key:
        case act.EditCard.key if chat.card is not None:
            return replace(chat, card=replace(chat.card, view=None))
        case act.PutTopNotice.key | act.DeleteTopNotice.key:
            return replace(chat, top_notice=MessageId(""))
        case act.Rename.key:
            return replace(chat, name={})
        case act.SetModeration.key:
            return replace(chat, is_locked=None)
        case act.WriteAnnouncement.key:
            known = chat.announcement or Announcement(kind=AnnouncementKind.DOCX)
            return replace(chat, announcement=replace(known, blocks=known.blocks or None, lines=()))
        case act.CreateTabs.key | act.UpdateTabs.key | act.DeleteTabs.key | act.SortTabs.key:
            return replace(chat, tabs=None)
        case act.CreateMenu.key | act.DeleteMenu.key | act.PatchMenu.key | act.SortMenu.key:
            return replace(chat, menu=None)
    return chat


def _is_edit(action: Action) -> bool:
    """True for an edit of a message, or a reaction to one: however often it is made, it is there once."""
    if not isinstance(action, act.Say):
        return False
    return action.saying.edits is not None or action.saying.kind is SayingKind.RECEIPT


def _without_intent(incident: Incident, key: str) -> Incident:
    return replace(incident, intents=tuple(intent for intent in incident.intents if intent.key != key))


def _without_trouble(incident: Incident, key: str) -> Incident:
    return replace(incident, troubles=tuple(trouble for trouble in incident.troubles if trouble.key != key))


# -- not done, or not known --------------------------------------------------------------------------------------------


def _record_failure(incident: Incident, action: Action, failed: Failed, now: datetime) -> Recorded:
    before = next((trouble for trouble in incident.troubles if trouble.key == action.key), None)
    if failed.is_quota:
        return Recorded(_wait_for_quota(incident, action, failed, before, now))
    failures = (before.failures if before else 0) + 1
    trouble = Trouble(
        key=action.key,
        failures=failures,
        retry_at=now + backoff(failed, failures),
        cause=failed.cause,
        is_refused=failed.is_refused,
    )
    incident = _without_trouble(incident, action.key)
    incident = _leave_open(replace(incident, troubles=(*incident.troubles, trouble)), action, failed)
    if isinstance(action, act.PutSilence):
        incident = silence_failed(incident, failed.cause, now, is_refused=failed.is_refused)
    elif failed.is_refused:
        incident = _give_up(incident, action, failed)
    elif isinstance(action, act.ArchiveMessages) and failures == ARCHIVE_TRIES:
        told = Saying(kind=SayingKind.ARCHIVE_FAIL, cause=stamp(incident.status_at), text=failed.cause)
        incident = say(incident, told)
    if before is not None and before.failures and before.is_refused is failed.is_refused:
        return Recorded(incident)  # the timeline has it: causes carry log ids, each would be another line
    details = {"action": action.key, "scope": failed.scope} if failed.scope else {"action": action.key}
    return Recorded(incident, (TimelineLine(at=now, what=Happening.TROUBLE, text=failed.cause, details=details),))


def _wait_for_quota(
    incident: Incident, action: Action, failed: Failed, before: Trouble | None, now: datetime
) -> Incident:
    """Come back later. Nothing was called, and nothing failed: what was known of earlier tries stays."""
    if isinstance(action, act.LookAtChat) and incident.chat is not None:
        return replace(incident, chat=skip_look(incident.chat, now))
    known = before or Trouble(key=action.key, failures=0, retry_at=now, cause=failed.cause, is_refused=False)
    trouble = replace(known, retry_at=now + backoff(failed, max(known.failures, 1)))
    incident = _without_trouble(_not_called(incident, action.key), action.key)
    return replace(incident, troubles=(*incident.troubles, trouble))


def _not_called(incident: Incident, key: str) -> Incident:
    """Drop the intent of a call that had no effect, unless an earlier try may have had one."""
    kept = tuple(intent for intent in incident.intents if intent.key != key or intent.was_tried)
    return replace(incident, intents=kept)


def _leave_open(incident: Incident, action: Action, failed: Failed) -> Incident:
    """Keep what the next try has to know of this one."""
    is_certain = failed.is_refused or failed.wait_seconds is not None
    if isinstance(action, _DOUBTFUL) and (not is_certain or (failed.is_refused and isinstance(action, _OF_A_LIST))):
        chat = incident.chat and _doubt(incident.chat, action.key)
        return replace(_without_intent(incident, action.key), chat=chat)
    if is_certain:
        return _not_called(incident, action.key)
    tried = tuple(
        replace(intent, was_tried=True) if intent.key == action.key else intent for intent in incident.intents
    )
    return replace(incident, intents=tried)


def _give_up(incident: Incident, action: Action, failed: Failed) -> Incident:
    """Go on without what Feishu refuses, where going on is better than asking again."""
    match action:
        case act.JoinChat():
            return _leave_room(_without_trouble(incident, action.key), failed.cause, "")
        case act.ArchiveMessages():
            archive = replace(incident.archive, refused=failed.cause)
            incident = replace(_without_trouble(incident, action.key), archive=archive)
            if not failed.scope:
                return incident
            lacks = Saying(kind=SayingKind.LACKS_SCOPE, cause=stamp(incident.status_at), text=failed.scope)
            return say(incident, lacks)
        case act.Say(saying=saying):
            return _remember(_without_trouble(incident, action.key), saying)
        case act.EditOldCard(message=message) if incident.chat is not None:
            return replace(_without_trouble(incident, action.key), chat=settle(incident.chat, message))
    return incident


def _leave_room(incident: Incident, cause: str, how: str) -> Incident:
    """Go on in a group of its own, where people can be called; they are told there what to mend."""
    incident = replace(incident, room_refused=cause)
    told = Saying(kind=SayingKind.ROOM_UNUSABLE, cause=f"room:{incident.generation}", text=how)
    return replace(incident, outbox=(told, *incident.outbox))


def _record_gone(incident: Incident, action: Action, now: datetime) -> Recorded:
    """A call found the chat gone. For a disband that is the wish come true."""
    chat = incident.chat
    if isinstance(action, act.CreateChat):
        # What this `uuid` made was disbanded since; only another one makes another group.
        failed = _record_failure(incident, action, Failed(cause=_EARLIER_GONE, is_refused=True), now)
        return replace(failed, incident=replace(failed.incident, generation=incident.generation + 1))
    if isinstance(action, act.JoinChat):
        line = TimelineLine(at=now, what=Happening.CHAT_LOST, text="gone")
        return Recorded(_leave_room(incident, "gone", "gone"), (line,))
    if chat is None or chat.is_gone:
        return Recorded(incident)
    if isinstance(action, act.DisbandChat):
        return _record_success(incident, action, Done(), now)
    how, by = ("removed", chat.removed_by) if chat.removed_at else ("gone", None)
    lost = lose_group(incident, chat.removed_at or now, f"{how}:{chat.id}", by=by, how=how)
    return Recorded(lost.incident, lost.lines)


_EARLIER_GONE = "the group that an earlier try made is gone"


# -- done --------------------------------------------------------------------------------------------------------------


def _record_success(incident: Incident, action: Action, outcome: Outcome, now: datetime) -> Recorded:
    chat = incident.chat
    match action, outcome:
        case act.CreateChat() | act.FindChat(), ChatMade(chat=made, members=members):
            return _record_chat(incident, action, made, members, now)
        case act.JoinChat(), ChatMade(chat=room, members=members):
            return _record_room(incident, action, room, members, now)
        case act.PutSilence(), SilenceMade():
            return Recorded(*silence_made(incident, outcome, now))
        case act.EndSilence(), Done():
            return Recorded(silence_ended(incident))
        case act.FindChat(), NotFound():
            # Only now is it certain that the old `uuid` made nothing that we could meet again.
            incident = _without_intent(incident, act.CreateChat.key)
            return Recorded(replace(incident, generation=incident.generation + 1))
    if chat is None:
        return Recorded(incident)  # another call of the same batch found it gone
    lines: tuple[TimelineLine, ...] = ()
    match action, outcome:
        case act.SendCard(view=view, tried_at=tried_at), Sent(message=message, form=form):
            # A repeat may have been answered with the message of the first try, which shows what was true then.
            shown = None if tried_at else view
            if chat.card is not None and not chat.card.is_gone:
                chat = retire(chat, chat.card.message)
            chat = replace(chat, card=LiveCard(message=message, form=form, view=shown, sent_at=now, edited_at=now))
        case act.EditCard(view=view), Done() if chat.card:
            chat = replace(chat, card=replace(chat.card, view=view, edited_at=now))
        case act.EditOldCard(message=message), Done() | CardGone():
            chat = settle(chat, message)
        case act.EditCard() | act.PutTopNotice(), CardGone() if chat.card:
            chat = replace(chat, card=replace(chat.card, is_gone=True), top_notice=None)
        case act.PutTopNotice(message=message), Done():
            chat = replace(chat, top_notice=message)
        case act.DeleteTopNotice(), Done():
            chat = replace(chat, top_notice=None)
        case act.AddMembers(people=people), MembersAdded(refused=refused):
            return _record_members(incident, chat, people, refused, now)
        case act.AddManagers(people=people), Done():
            chat = replace(chat, managers=chat.managers | set(people))
        case act.RemoveMembers(people=people), Done():
            gone = set(people)
            chat = replace(
                chat,
                members=chat.members - gone,
                managers=chat.managers - gone,
                leaving=chat.leaving - gone,
                newcomers=tuple(person for person in chat.newcomers if person not in gone),
            )
        case act.DeleteManagers(people=people), Done():
            chat = replace(chat, managers=chat.managers - set(people))
        case act.Rename(name=name, avatar=avatar), Done():
            chat = replace(chat, name=name, manual_name="", avatar=avatar, named_at=now)
        case act.WriteAnnouncement(lines=written), AnnouncementWritten(kind=kind, blocks=blocks):
            is_first = not action.before  # it is no refresh: the first one may follow at once
            edited_at = None if is_first else now
            chat = replace(
                chat, announcement=Announcement(kind=kind, blocks=blocks, lines=written, edited_at=edited_at)
            )
        case (
            act.CreateTabs() | act.UpdateTabs() | act.DeleteTabs() | act.SortTabs() | act.LookAtTabs(),
            TabsSeen(tabs=tabs, order=order),
        ):
            ours = _made_tabs(chat, action, tabs) if isinstance(action, act.CreateTabs) else chat.made_tabs
            chat = replace(chat, tabs=tabs, tab_order=order, made_tabs=ours)
        case (
            act.CreateMenu() | act.DeleteMenu() | act.SortMenu() | act.LookAtMenu(),
            MenuSeen(menu=menu),
        ):
            chat = replace(chat, menu=menu)
        case act.PatchMenu(items=items), Done():
            chat = replace(chat, menu=_patched(chat.menu, items))
        case act.Describe(description=description), Done():
            chat = replace(chat, description=description)
        case act.Rejoin(), Done():
            lines = (TimelineLine(at=now, what=Happening.REJOINED, by=chat.removed_by),)
            chat = replace(chat, removed_at=None, removed_by=None, is_doubted=True)
        case act.LookAtChat(), ChatSeen(picture=picture):
            seen = compare(incident, picture, now)
            return Recorded(seen.incident, seen.lines)
        case act.SetModeration(is_locked=is_locked, speakers=speakers), Done():
            is_new = speakers is not None and chat.speakers is None
            chat = replace(chat, is_locked=is_locked, speakers=None if speakers is None else frozenset(speakers))
            what = Happening.LOCKED if is_locked else Happening.QUIET
            lines = (TimelineLine(at=now, what=what),) if is_locked or is_new else ()
            if is_new:
                quiet = Saying(kind=SayingKind.QUIET, cause=stamp(now), count=incident.opening.route.chat.quiet_above)
                incident = say(incident, quiet)
        case act.FetchShareLink(), LinkMade(url=url):
            chat = replace(chat, share_link=url)
        case act.Say(saying=saying), Sent() | Done():
            return Recorded(_record_saying(incident, chat, saying, outcome, now))
        case act.RecallForm(form=gone), Done():
            chat = forget_form(chat, gone)
        case act.ArchiveMessages(), Archived(messages=messages):
            archive = Archive(messages=messages, is_complete=True)
            incident = replace(incident, archive=archive)
            lines = (TimelineLine(at=now, what=Happening.ARCHIVED, details={"messages": str(messages)}),)
        case act.DisbandChat(), Done():
            chat = replace(chat, is_gone=True)
            lines = (TimelineLine(at=now, what=Happening.DISBANDED),)
        case _:
            raise AssertionError(f"{type(outcome).__name__} is no outcome of {type(action).__name__}")
    return Recorded(replace(incident, chat=chat), lines)


def _made_tabs(chat: Chat, action: act.CreateTabs, tabs: tuple[Tab, ...]) -> frozenset[str]:
    """Ids of the tabs that we made: the new ones among those that were there, by the names we gave."""
    known = {tab.id for tab in chat.tabs or ()}
    names = {tab.name for tab in action.tabs}
    return chat.made_tabs.union(tab.id for tab in tabs if tab.name in names and tab.id not in known)


def _patched(menu: tuple[Menu, ...] | None, items: tuple[MenuItem, ...]) -> tuple[Menu, ...] | None:
    by_id = {item.id: item for item in items}
    return menu and tuple(replace(top, items=tuple(by_id.get(item.id, item) for item in top.items)) for top in menu)


def _record_chat(
    incident: Incident, action: act.CreateChat | act.FindChat, made: ChatId, members: tuple[OpenId, ...], now: datetime
) -> Recorded:
    if isinstance(action, act.CreateChat) and not action.is_repeat:
        chat = Chat(
            id=made,
            created_at=now,
            name=action.name,
            named_at=now - RENAME_GAP,  # the name it was made with is no change: the first one may follow at once
            avatar=action.avatar,
            members=frozenset(members),
            description=action.description,
        )
    else:
        # Made by an earlier try, whose name and people may have been others; and it may be half furnished.
        chat = Chat(id=made, created_at=now, name={}, named_at=now - RENAME_GAP, tabs=None, menu=None, is_doubted=True)
    incident = _without_trouble(_without_intent(incident, act.CreateChat.key), act.CreateChat.key)
    line = TimelineLine(at=now, what=Happening.CHAT_CREATED, details={"chat": made})
    return Recorded(replace(incident, chat=chat), (line,))


def _record_room(
    incident: Incident, action: act.JoinChat, room: ChatId, members: tuple[OpenId, ...], now: datetime
) -> Recorded:
    chat = Chat(id=room, created_at=now, name={}, named_at=now, members=frozenset(members), is_standing=True)
    line = TimelineLine(at=now, what=Happening.ROOM_JOINED, details={"chat": room})
    return Recorded(replace(_without_trouble(incident, action.key), chat=chat), (line,))


def _record_members(
    incident: Incident, chat: Chat, people: tuple[OpenId, ...], refused: dict[OpenId, str], now: datetime
) -> Recorded:
    joined = set(people) - set(refused)
    chat = replace(chat, members=chat.members | joined, refused=chat.refused | set(refused))
    lines = tuple(
        TimelineLine(at=now, what=Happening.TROUBLE, by=person, text=reason, details={"action": act.AddMembers.key})
        for person, reason in sorted(refused.items())
    )
    incident = replace(incident, chat=chat)
    for person, reason in sorted(refused.items())[:TOLD_REFUSALS]:
        incident = say(incident, Saying(kind=SayingKind.CANNOT_JOIN, cause=person, who=person, text=reason))
    return Recorded(incident, lines)


def _record_saying(incident: Incident, chat: Chat, saying: Saying, outcome: Sent | Done, now: datetime) -> Incident:
    if isinstance(outcome, Sent):
        chat = count_spoken(chat, saying, now)
        incident = replace(incident, chat=chat)
    if isinstance(outcome, Sent) and (kind := _FORMS.get(saying.kind)) is not None:
        form = Form(kind=kind, message=outcome.message, ends_at=now + FORM_LIFE)
        return _remember(replace(incident, chat=keep_form(chat, form)), saying)
    if saying.kind is SayingKind.RESOLVED and isinstance(outcome, Sent) and saying.reply_to is not None:
        # Its button is good for as long as the incident cools.
        return _remember(replace(incident, chat=retire(chat, outcome.message)), saying)
    if saying.kind is not SayingKind.COUNTDOWN or not isinstance(outcome, Sent):
        return _remember(incident, saying)
    incident = _remember(replace(incident, chat=replace(chat, countdown=outcome.message)), saying)
    if saying.at == incident.closes_at:
        return incident
    # Somebody spoke, or pressed Keep, while the card was on its way.
    if incident.kept_by is not None or incident.closes_at is None:
        return tell_kept(incident, saying.cause)
    return edit_countdown(incident, saying.cause, SayingKind.COUNTDOWN_MOVED)


_FORMS = {said: kind for kind, said in SAYINGS.items()}


def _remember(incident: Incident, saying: Saying) -> Incident:
    """Take a message out of the outbox for ever: it is out, or given up."""
    name = saying_name(saying)
    chat = incident.chat
    return replace(
        incident,
        chat=chat and replace(chat, said=(*chat.said, name)[-REMEMBERED_SAYINGS:]),
        outbox=tuple(waiting for waiting in incident.outbox if saying_name(waiting) != name),
    )

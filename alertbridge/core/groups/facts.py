"""What is known of the chat after a call. What a call leaves behind before its answer is in `tries`."""

from dataclasses import replace
from datetime import datetime

from alertbridge.core.chats import action as act
from alertbridge.core.chats.action import Action
from alertbridge.core.chats.chat import (
    Announcement,
    Chat,
    Form,
    LiveCard,
    Menu,
    MenuItem,
    Saying,
    SayingKind,
    StepCard,
    Tab,
)
from alertbridge.core.chats.old_cards import press, retire, settle
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
from alertbridge.core.groups.looking import compare
from alertbridge.core.groups.planner import RENAME_GAP
from alertbridge.core.groups.reached import record_page
from alertbridge.core.groups.setbacks import record_failure, record_gone
from alertbridge.core.groups.tries import Recorded, without_intent, without_trouble
from alertbridge.core.ids import ChatId, OpenId
from alertbridge.core.incidents.escalation import CALLS, keep_step_card
from alertbridge.core.incidents.forms import FORM_LIFE, SAYINGS, forget_form, keep_form
from alertbridge.core.incidents.handover import CARDS, keep_card
from alertbridge.core.incidents.incident import Archive, Incident
from alertbridge.core.incidents.noise import count_spoken
from alertbridge.core.incidents.outbox import edit_countdown, say, settle_saying, stamp, tell_kept
from alertbridge.core.incidents.paging import note_message, settle_mentions
from alertbridge.core.incidents.silencing import silence_ended, silence_made
from alertbridge.core.timeline import Happening, TimelineLine

TOLD_REFUSALS = 2
"""People whom Feishu would not add that the group is told of at once; the timeline names them all."""


def record(incident: Incident, action: Action, outcome: Outcome, now: datetime) -> Recorded:
    """Take over what came of an action. Only an answer ends an intent; a lost one leaves it for the next try."""
    if isinstance(action, act.PageAction):
        return record_page(incident, action, outcome, now)
    match outcome:
        case Failed():
            return record_failure(incident, action, outcome, now)
        case AnswerLost():
            return record_failure(incident, action, Failed(cause=outcome.cause), now)
        case ChatGone() if isinstance(action, act.DisbandChat) and incident.chat is not None:
            return _record_success(incident, action, Done(), now)  # the wish come true
        case ChatGone():
            return record_gone(incident, action, now)
        case _:
            incident = without_trouble(without_intent(incident, action.key), action.key)
            note = getattr(outcome, "note", "")
            lines = (TimelineLine(at=now, what=Happening.TROUBLE, text=note),) if note else ()
            done = _record_success(incident, action, outcome, now)
            return Recorded(settle_mentions(done.incident), (*lines, *done.lines))


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
            incident = without_intent(incident, act.CreateChat.key)
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
            if isinstance(action, act.CreateTabs | act.UpdateTabs):
                tabs = _as_sent(tabs, action.tabs)
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


def _as_sent(tabs: tuple[Tab, ...], sent: tuple[Tab, ...]) -> tuple[Tab, ...]:
    """The tabs with the addresses that we sent: what Feishu made of them is not to be sent again and again."""
    urls = {tab.name: tab.url for tab in sent}
    return tuple(replace(tab, url=urls.get(tab.name, tab.url)) for tab in tabs)


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
    incident = without_trouble(without_intent(incident, act.CreateChat.key), act.CreateChat.key)
    line = TimelineLine(at=now, what=Happening.CHAT_CREATED, details={"chat": made})
    return Recorded(replace(incident, chat=chat), (line,))


def _record_room(
    incident: Incident, action: act.JoinChat, room: ChatId, members: tuple[OpenId, ...], now: datetime
) -> Recorded:
    chat = Chat(id=room, created_at=now, name={}, named_at=now, members=frozenset(members), is_standing=True)
    line = TimelineLine(at=now, what=Happening.ROOM_JOINED, details={"chat": room})
    return Recorded(replace(without_trouble(incident, action.key), chat=chat), (line,))


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
        incident = note_message(replace(incident, chat=chat), saying.cause, outcome.message)
    if saying.kind in CALLS and isinstance(outcome, Sent):
        return settle_saying(keep_step_card(incident, StepCard(message=outcome.message, saying=saying)), saying)
    if isinstance(outcome, Sent) and (kind := _FORMS.get(saying.kind)) is not None:
        form = Form(kind=kind, message=outcome.message, ends_at=now + FORM_LIFE)
        return settle_saying(replace(incident, chat=keep_form(chat, form)), saying)
    if saying.kind in CARDS and isinstance(outcome, Sent):
        # One that was over before its card was out shows how things stand.
        kept = keep_card(incident, saying, outcome.message)
        stale = replace(incident, chat=press(retire(chat, outcome.message), outcome.message))
        return settle_saying(kept or stale, saying)
    if saying.kind is SayingKind.RESOLVED and isinstance(outcome, Sent) and saying.reply_to is not None:
        # Its button is good for as long as the incident cools.
        return settle_saying(replace(incident, chat=retire(chat, outcome.message)), saying)
    if saying.kind is not SayingKind.COUNTDOWN or not isinstance(outcome, Sent):
        return settle_saying(incident, saying)
    incident = settle_saying(replace(incident, chat=replace(chat, countdown=outcome.message)), saying)
    if saying.at == incident.closes_at:
        return incident
    # Somebody spoke, or pressed Keep, while the card was on its way.
    if incident.kept_by is not None or incident.closes_at is None:
        return tell_kept(incident, saying.cause)
    return edit_countdown(incident, saying.cause, SayingKind.COUNTDOWN_MOVED)


_FORMS = {said: kind for kind, said in SAYINGS.items()}

"""What to do next so that the chat becomes what the incident wants. Tabs and menus are in `places`.

`plan` returns one batch of actions that can be done side by side; after `facts.record` of their outcomes it is asked
again, until it returns none. The critical path is three batches: the group with its people, the card, then everything
else.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from alertbridge.core.alerts.silence import SilenceState
from alertbridge.core.chats import action as act
from alertbridge.core.chats.action import Action
from alertbridge.core.chats.chat import Announcement, AnnouncementKind, Chat, LiveCard, Wanted
from alertbridge.core.chats.giving_way import DESCRIPTION, MANAGERS, MODERATION, gives_way
from alertbridge.core.groups.calling import next_saying, page_wishes
from alertbridge.core.groups.places import menu_wishes, tab_wishes
from alertbridge.core.ids import OpenId, uuid_of
from alertbridge.core.incidents.incident import Incident, Intent, Status, Trouble
from alertbridge.core.incidents.outbox import stamp

CHAT_UUID_LIFE = timedelta(hours=9)
"""How long a repeated create is trusted to give the same chat (Feishu promises ten hours)."""

MESSAGE_UUID_LIFE = timedelta(minutes=50)
"""The same for messages (Feishu promises one hour)."""

CARD_LIFE = timedelta(days=13)
"""Cards cannot be edited after 14 days; a new one replaces the old a day before."""

EDIT_GAP = timedelta(seconds=2)
"""Card edits are gathered so long."""

FLAPPING_EDIT_GAP = timedelta(minutes=1)
"""The same while the source flips to and fro; what a person has pressed is shown as fast as ever."""

STORM_EDIT_GAP = timedelta(seconds=10)
"""The same for the card of a storm."""

RENAME_GAP = timedelta(minutes=1)
ANNOUNCEMENT_GAP = timedelta(minutes=1)

MAX_MANAGERS = 10
"""Feishu's limit for a chat."""

MAX_FOUNDERS = 50
"""People whom Feishu takes in the call that makes a group; the others are added."""

LAST_TRIES = 5
"""So often, over half an hour, a closed incident asks for what Feishu refuses; then it is left as it is."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The next batch, and when to look again although nothing happened (None: no need)."""

    actions: tuple[Action, ...] = ()
    wait_until: datetime | None = None


def plan(incident: Incident, wanted: Wanted, now: datetime) -> Plan:
    """List what to do now. A chat that is as wanted, or that has to wait, plans nothing."""
    held: list[datetime] = []
    ready: list[Action] = []
    for action, not_before in _wishes(incident, wanted, now):
        trouble = _trouble(incident, action.key)
        if trouble is None:
            at = not_before
        elif _is_hopeless(incident, trouble):
            continue
        else:
            at = max(not_before, trouble.retry_at)
        if at > now:
            held.append(at)
        else:
            ready.append(action)
    if len(ready) > 1:
        # A look sees nothing half done: it waits until nothing else is under way.
        ready = [action for action in ready if not isinstance(action, act.LookAtChat)]
    return Plan(tuple(ready), min(held, default=None))


def is_over(incident: Incident, wanted: Wanted, now: datetime) -> bool:
    """True when nothing is left to do for the incident, now or later, but what Feishu has refused again and again."""
    return incident.status is Status.CLOSED and plan(incident, wanted, now) == Plan()


def forget_troubles(incident: Incident, wanted: Wanted, now: datetime, *, but: Collection[str] = ()) -> Incident:
    """Drop the troubles of what is not asked for any more, `but` these: a look found it done, or nobody wants it."""
    asked = {action.key for action, _ in _wishes(incident, wanted, now)}.union(but)
    left = tuple(trouble for trouble in incident.troubles if trouble.key in asked)
    return incident if left == incident.troubles else replace(incident, troubles=left)


def is_ready_to_close(incident: Incident, wanted: Wanted) -> bool:
    """True when the countdown is over and the chat, where there is one, is locked and archived as its route asks."""
    if not incident.is_closing:
        return False
    chat, archive = incident.chat, incident.archive
    if chat is None:
        return _intent(incident, act.CreateChat.key) is None
    is_kept = not wanted.is_archived or archive.is_complete or bool(archive.refused)
    return chat.is_gone or (_is_moderated(incident, chat, wanted) and is_kept)


# -- what the chat lacks -----------------------------------------------------------------------------------------------

_Wishes = Iterator[tuple[Action, datetime]]
"""What has to be done, each with the earliest time it may be: only things that do not wait for each other."""


def _wishes(incident: Incident, wanted: Wanted, now: datetime) -> _Wishes:
    yield from _silence_wishes(incident, now)
    yield from page_wishes(incident, wanted, now)
    yield from _chat_wishes(incident, wanted, now)


def _silence_wishes(incident: Incident, now: datetime) -> _Wishes:
    silence = incident.silence
    if silence is None:
        return
    match silence.state:
        case SilenceState.WANTED:
            yield act.PutSilence(silence=silence), now
        case SilenceState.ENDING:
            yield act.EndSilence(), now


def _chat_wishes(incident: Incident, wanted: Wanted, now: datetime) -> _Wishes:
    chat = incident.chat
    if chat is None:
        if wanted.exists or _intent(incident, act.CreateChat.key):
            yield _make_chat(incident, wanted, now), now
        return
    if chat.is_gone:
        return
    if chat.removed_at is not None:
        yield act.Rejoin(chat=chat.id), now
        return
    if not wanted.exists:
        yield (_say(incident, chat, now) if incident.outbox else act.DisbandChat(chat=chat.id)), now
        return
    absent = _absent(incident, chat, wanted)
    if wanted.card is not None and _needs_card(chat, now):
        if chat.card is None and absent and not incident.is_closing:
            # The first card calls people: they have to be here to hear it.
            yield _add_members(incident, chat, absent), now
            return
        yield _send_card(incident, chat, wanted, now), now
        if not incident.is_closing and not _fails(incident, act.SendCard.key):
            return  # people see the facts before anything else is asked of Feishu
    yield from _card_wishes(incident, chat, wanted)
    yield from _old_card_wishes(incident, chat, wanted, now)
    yield from _people_wishes(incident, chat, wanted)
    yield from _look_wishes(incident, chat, wanted)
    if incident.outbox and not {(saying := next_saying(incident)).to, *saying.people} & set(absent):
        hold = incident.hold_edits_until if saying.edits else None
        yield _say(incident, chat, now), hold or now
    yield from _form_wishes(incident, chat, now)
    yield from _end_wishes(incident, chat, wanted, now)
    if chat.is_doubted and chat.card is not None and not (incident.is_closing or incident.status is Status.CLOSED):
        yield act.LookAtChat(chat=chat.id, announcement=chat.announcement if wanted.announcement else None), now


def _make_chat(incident: Incident, wanted: Wanted, now: datetime) -> Action:
    if wanted.room is not None:
        return act.JoinChat(chat=wanted.room, people=wanted.mention)
    intent = _intent(incident, act.CreateChat.key)
    if intent is not None and now - intent.first_at >= CHAT_UUID_LIFE:
        return act.FindChat(incident=incident.id, number=incident.number)
    return act.CreateChat(
        uuid=uuid_of(incident.id, "chat", str(incident.generation)),
        name=wanted.name,
        plain_name=wanted.plain_name,
        description=wanted.description,
        avatar=wanted.avatar,
        members=wanted.members[:MAX_FOUNDERS],
        is_repeat=intent is not None,
    )


def _needs_card(chat: Chat, now: datetime) -> bool:
    return chat.card is None or chat.card.is_gone or now - chat.card.sent_at >= CARD_LIFE


def _send_card(incident: Incident, chat: Chat, wanted: Wanted, now: datetime) -> act.SendCard:
    assert wanted.card is not None
    cause = f"{chat.id}:{chat.card.message if chat.card else ''}"
    return act.SendCard(
        chat=chat.id,
        uuid=uuid_of(incident.id, "card", cause),
        view=wanted.card,
        version=incident.version,
        mention=() if chat.card else tuple(person for person in wanted.mention if person in chat.members),
        tried_at=_tried_at(incident, act.SendCard.key),
        look_since=_lost_since(incident, act.SendCard.key, now),
    )


def _say(incident: Incident, chat: Chat, now: datetime) -> act.Say:
    """The message that goes out now: one at a time keeps them in order.

    In a standing room each answers the card, so that people see which incident it is about.
    """
    saying = next_saying(incident)
    is_page = any(page.cause == saying.cause for page in incident.pages)
    if chat.is_standing and chat.card is not None and saying.edits is None and saying.reply_to is None:
        saying = replace(saying, reply_to=chat.card.message)
    uuid = uuid_of(incident.id, saying.kind, f"{chat.id}:{saying.cause}")
    action = act.Say(chat=chat.id, uuid=uuid, saying=saying, is_page=is_page)
    tried_at, look_since = _tried_at(incident, action.key), _lost_since(incident, action.key, now)
    return replace(action, tried_at=tried_at, look_since=look_since)


def _card_wishes(incident: Incident, chat: Chat, wanted: Wanted) -> _Wishes:
    card = chat.card
    if card is None or card.is_gone:
        return
    if wanted.card is not None and card.view != wanted.card:
        is_refresh = card.view is not None and replace(card.view, refreshed=wanted.card.refreshed) == wanted.card
        edit = act.EditCard(
            message=card.message,
            form=card.form,
            view=wanted.card,
            version=incident.version,
            is_refresh=is_refresh,
        )
        hold, at = incident.hold_edits_until, card.edited_at + _edit_gap(incident, card)
        yield edit, max(at, hold) if hold else at
    if wanted.is_pinned and chat.top_notice != card.message:
        yield act.PutTopNotice(chat=chat.id, message=card.message), card.sent_at
    elif not wanted.is_pinned and chat.top_notice is not None:
        yield act.DeleteTopNotice(chat=chat.id), card.sent_at


def _edit_gap(incident: Incident, card: LiveCard) -> timedelta:
    hold = incident.hold_edits_until
    has_been_pressed = hold is not None and hold > card.edited_at
    if has_been_pressed:
        return EDIT_GAP
    if incident.opening.is_umbrella:
        return STORM_EDIT_GAP
    return FLAPPING_EDIT_GAP if incident.is_flapping else EDIT_GAP


def _old_card_wishes(incident: Incident, chat: Chat, wanted: Wanted, now: datetime) -> _Wishes:
    for old in chat.old_cards:
        if old.is_pressed and wanted.card is not None:
            edit = act.EditOldCard(chat=chat.id, message=old.message, view=wanted.card, version=incident.version)
            yield edit, incident.hold_edits_until or now


def _absent(incident: Incident, chat: Chat, wanted: Wanted) -> tuple[OpenId, ...]:
    """Who is still to be added before anything is said to them; nobody while adding people fails."""
    if _fails(incident, act.AddMembers.key):
        return ()
    return _missing(chat, wanted)


def _missing(chat: Chat, wanted: Wanted) -> tuple[OpenId, ...]:
    return tuple(person for person in wanted.members if person not in chat.members | chat.refused | chat.away)


def _add_members(incident: Incident, chat: Chat, people: tuple[OpenId, ...]) -> act.AddMembers:
    is_page = any(page.person in people for page in incident.pages)
    return act.AddMembers(chat=chat.id, people=people, is_page=is_page)


def _people_wishes(incident: Incident, chat: Chat, wanted: Wanted) -> _Wishes:
    at = chat.created_at
    if missing := _missing(chat, wanted):
        yield _add_members(incident, chat, missing), at
    if leaving := chat.leaving & chat.members:
        yield act.RemoveMembers(chat=chat.id, people=tuple(sorted(leaving))), at
    if chat.owner is not None or gives_way(chat, MANAGERS):
        return  # only the owner appoints managers, and that may be somebody else by now
    here = [person for person in wanted.managers if person in chat.members - chat.leaving][:MAX_MANAGERS]
    if surplus := chat.managers - chat.leaving - set(here):
        yield act.DeleteManagers(chat=chat.id, people=tuple(sorted(surplus))), at
    # A place is free for a new manager only after an old one has left it.
    room = MAX_MANAGERS - len(chat.managers)
    if new := [person for person in here if person not in chat.managers][:room]:
        yield act.AddManagers(chat=chat.id, people=tuple(new)), at


def _look_wishes(incident: Incident, chat: Chat, wanted: Wanted) -> _Wishes:
    if wanted.room is not None:
        return
    at = chat.created_at
    if wanted.name != chat.name or wanted.avatar != chat.avatar:
        rename = act.Rename(chat=chat.id, name=wanted.name, plain_name=wanted.plain_name, avatar=wanted.avatar)
        yield rename, chat.named_at + RENAME_GAP
    if chat.description not in (None, wanted.description) and not gives_way(chat, DESCRIPTION):
        yield act.Describe(chat=chat.id, description=wanted.description), at
    if wanted.announcement is not None:
        yield from _announcement_wishes(incident, chat, wanted)
    if wanted.tabs is not None:
        yield from ((wish, at) for wish in tab_wishes(chat, wanted.tabs))
    if wanted.menu is not None:
        yield from ((wish, at) for wish in menu_wishes(chat, wanted.menu))
    if not chat.share_link:
        yield act.FetchShareLink(chat=chat.id), at


def _announcement_wishes(incident: Incident, chat: Chat, wanted: Wanted) -> _Wishes:
    assert wanted.announcement is not None
    seen = chat.announcement or Announcement(kind=AnnouncementKind.DOCX)
    if seen.lines == wanted.announcement and seen.blocks is not None:
        return
    cause = f"{chat.id}:{incident.version}:{stamp(chat.rebuilt[-1]) if chat.rebuilt else ''}"
    write = act.WriteAnnouncement(
        chat=chat.id,
        uuid=uuid_of(incident.id, "announcement", cause),
        kind=seen.kind,
        blocks=seen.blocks,
        before=seen.lines,
        lines=wanted.announcement,
    )
    yield write, seen.edited_at + ANNOUNCEMENT_GAP if seen.edited_at else chat.created_at


def _form_wishes(incident: Incident, chat: Chat, now: datetime) -> _Wishes:
    """Recall the forms whose time is over; before the group is locked, all of them."""
    for form in chat.forms:
        is_over = incident.is_closing or incident.status is Status.CLOSED
        yield act.RecallForm(chat=chat.id, form=form), now if is_over else form.ends_at


def _end_wishes(incident: Incident, chat: Chat, wanted: Wanted, now: datetime) -> _Wishes:
    """Lock, then archive: so nothing is said after the last page. Where locking is refused, archive all the same."""
    speakers = None if wanted.is_locked or wanted.speakers is None else frozenset(wanted.speakers)
    is_so = wanted.is_locked is chat.is_locked and (wanted.is_locked or speakers == chat.speakers)
    if not is_so and (wanted.is_locked or not gives_way(chat, MODERATION)):
        silenced = tuple(sorted((chat.speakers or frozenset()) - speakers)) if speakers is not None else ()
        spoken = None if speakers is None else tuple(sorted(speakers))
        yield act.SetModeration(chat=chat.id, is_locked=wanted.is_locked, speakers=spoken, silenced=silenced), now
    archive = incident.archive
    if not wanted.is_archived or archive.is_complete or archive.refused:
        return
    if _is_moderated(incident, chat, wanted):
        yield act.ArchiveMessages(chat=chat.id), now


# -- what stands in the way --------------------------------------------------------------------------------------------


def _is_moderated(incident: Incident, chat: Chat, wanted: Wanted) -> bool:
    trouble = _trouble(incident, act.SetModeration.key)
    return chat.is_locked is wanted.is_locked or (trouble is not None and trouble.is_refused)


def _is_hopeless(incident: Incident, trouble: Trouble) -> bool:
    return incident.status is Status.CLOSED and trouble.is_refused and trouble.failures >= LAST_TRIES


def _intent(incident: Incident, key: str) -> Intent | None:
    return next((intent for intent in incident.intents if intent.key == key), None)


def _trouble(incident: Incident, key: str) -> Trouble | None:
    return next((trouble for trouble in incident.troubles if trouble.key == key), None)


def _fails(incident: Incident, key: str) -> bool:
    """True for what failed; a call that only waits for the quota has not."""
    trouble = _trouble(incident, key)
    return trouble is not None and trouble.failures > 0


def _tried_at(incident: Incident, key: str) -> datetime | None:
    """When a call was first made whose answer never came."""
    intent = _intent(incident, key)
    return intent.first_at if intent else None


def _lost_since(incident: Incident, key: str, now: datetime) -> datetime | None:
    """The same, if it is so long ago that its `uuid` no longer protects us."""
    tried_at = _tried_at(incident, key)
    return tried_at if tried_at and now - tried_at >= MESSAGE_UUID_LIFE else None

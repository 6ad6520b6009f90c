"""The real group against what we know of it: when to look, and what follows from what is seen.

Events get lost and answers too; a look is how the group converges all the same. What people undid is repaired, by what
is then known to be missing; how often is in `giving_way`.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from alertbridge.core.chats.chat import Announcement, Chat, Menu, Picture, Tab
from alertbridge.core.chats.giving_way import (
    ANNOUNCEMENT,
    DESCRIPTION,
    MANAGERS,
    MENU,
    MODERATION,
    REPAIRS,
    TABS,
    TOP_NOTICE,
    gives_way,
    undo,
)
from alertbridge.core.groups.blueprint import OUR_MENUS, OUR_TABS
from alertbridge.core.groups.by_hand import hand_over, rename
from alertbridge.core.groups.company import lose_people
from alertbridge.core.groups.places import menu_as_known, tabs_as_known
from alertbridge.core.ids import MessageId
from alertbridge.core.incidents.change import Change
from alertbridge.core.incidents.incident import Incident, Status
from alertbridge.core.incidents.outbox import stamp
from alertbridge.core.timeline import Happening, TimelineLine

FIRST_HOUR = timedelta(hours=1)
FIRST_LOOKS = timedelta(minutes=10)
"""How often in the first hour, when most people come and most things go wrong."""

OFTENEST = timedelta(minutes=1)
"""Whatever its route says: a look is half a dozen calls."""

REBUILDS_AN_HOUR = 2
"""So often our lines of the announcement are restored; what is damaged more often waits until it is left in peace."""

Seen = tuple[Chat, tuple[TimelineLine, ...]]


def look_at(incident: Incident) -> datetime | None:
    """When the group is to be looked at next; None while there is none to look at, or a look is asked for already."""
    chat = incident.chat
    if chat is None or chat.is_gone or chat.is_standing or chat.card is None or chat.is_doubted:
        return None
    if incident.status is Status.CLOSED or incident.is_closing:
        return None
    seconds = incident.opening.route.chat.look_every_seconds
    if not seconds:
        return None  # only when it is doubted
    since = chat.looked_at or chat.created_at
    steady = max(OFTENEST, timedelta(seconds=seconds))
    soon = since + min(FIRST_LOOKS, steady)
    return soon if soon <= chat.created_at + FIRST_HOUR else since + steady


def ask_to_look(incident: Incident, now: datetime) -> Incident:
    """Ask for a look when it is time."""
    at = look_at(incident)
    if incident.chat is None or at is None or at > now:
        return incident
    return replace(incident, chat=replace(incident.chat, is_doubted=True))


def doubt(incident: Incident) -> Incident:
    """Ask for a look now: something does not go together with what is known of the group."""
    return incident if incident.chat is None else replace(incident, chat=replace(incident.chat, is_doubted=True))


def skip_look(chat: Chat, now: datetime) -> Chat:
    """Do without this look: there is no room for it in the quota, and the next one sees the same."""
    return replace(chat, is_doubted=False, looked_at=now)


def compare(incident: Incident, picture: Picture, now: datetime) -> Change:
    """Take over what a look showed. What we made and others undid is missing from then on: it is planned again."""
    chat = incident.chat
    assert chat is not None
    is_first = chat.looked_at is None
    change = _see_people(replace(incident, chat=skip_look(chat, now)), picture, now)
    change = _then(change, rename(change.incident, picture.name, now, by=None))
    change = _then(change, hand_over(change.incident, picture.owner, now, stamp(now), by=None))
    incident, lines = change.incident, change.lines
    for see in (_see_description, _see_managers, _see_moderation, _see_tabs, _see_menu, _see_announcement):
        assert incident.chat is not None
        chat, more = see(incident.chat, picture, now)
        incident, lines = replace(incident, chat=chat), (*lines, *more)
    return Change(replace(incident, chat=_doubt_top_notice(chat, now, is_first=is_first)), lines)


def _then(before: Change, after: Change) -> Change:
    return replace(after, lines=(*before.lines, *after.lines))


# -- people ------------------------------------------------------------------------------------------------------------


def _see_people(incident: Incident, picture: Picture, now: datetime) -> Change:
    """Who is there without our knowing came unheard, and is not greeted so late; who is not there has left."""
    chat, here = incident.chat, picture.members
    if chat is None or here is None:
        return Change(incident)
    came = here - chat.members
    chat = replace(chat, members=chat.members | came, away=chat.away - came, refused=chat.refused - came, listed_at=now)
    gone = sorted(chat.members - here)
    return lose_people(replace(incident, chat=chat), gone, now, stamp(now), by=None, is_told=False)


# -- the group's things ------------------------------------------------------------------------------------------------


def _see_description(chat: Chat, picture: Picture, now: datetime) -> Seen:
    if chat.description in (None, picture.description):
        return replace(chat, description=picture.description), ()
    return undo(replace(chat, description=picture.description), DESCRIPTION, now)


def _see_managers(chat: Chat, picture: Picture, now: datetime) -> Seen:
    if chat.managers <= picture.managers:
        return chat, ()
    return undo(replace(chat, managers=chat.managers & picture.managers), MANAGERS, now)


def _see_moderation(chat: Chat, picture: Picture, now: datetime) -> Seen:
    if picture.is_locked is None or chat.is_locked is None:
        return chat, ()
    known, seen = chat.speakers, picture.speakers
    may_write_as_known = known is seen if known is None or seen is None else known & chat.members <= seen
    if chat.is_locked is picture.is_locked and may_write_as_known:
        return chat, ()
    return undo(replace(chat, is_locked=picture.is_locked, speakers=seen), MODERATION, now)


def _see_tabs(chat: Chat, picture: Picture, now: datetime) -> Seen:
    """Tabs of ours are known by their ids, whatever they are called by now."""
    if picture.tabs is None:
        return chat, ()
    ours = {tab.id: tab for tab in chat.tabs or () if tab.id in chat.made_tabs or tab.name in OUR_TABS}
    seen = tabs_as_known(picture.tabs, chat.tabs or ())
    there = [tab for tab in seen if tab.id in ours]
    is_as_known = there == sorted(ours.values(), key=_place(chat.tab_order))
    if is_as_known or gives_way(chat, TABS):
        return replace(chat, tabs=seen, tab_order=picture.tab_order), ()
    # One that was renamed keeps its name here, and has no address: it is missing as far as the planner goes.
    tabs = tuple(
        replace(tab, name=ours[tab.id].name, url="") if tab.id in ours and tab != ours[tab.id] else tab for tab in seen
    )
    return undo(replace(chat, tabs=tabs, tab_order=picture.tab_order), TABS, now)


def _place(order: tuple[str, ...]) -> Callable[[Tab], int]:
    places = {tab: place for place, tab in enumerate(order)}
    return lambda tab: places.get(tab.id, len(places))


def _see_menu(chat: Chat, picture: Picture, now: datetime) -> Seen:
    if picture.menu is None:
        return chat, ()
    ours = {menu.id: menu for menu in chat.menu or () if OUR_MENUS & set(menu.name.values())}
    seen = menu_as_known(picture.menu, chat.menu or ())
    there = [menu for menu in seen if menu.id in ours]
    if there == list(ours.values()) or gives_way(chat, MENU):
        return replace(chat, menu=seen), ()
    menu = tuple(_as_ours(menu, ours[menu.id]) if menu.id in ours else menu for menu in seen)
    return undo(replace(chat, menu=menu), MENU, now)


def _as_ours(there: Menu, known: Menu) -> Menu:
    """A menu of ours that was renamed, as one of ours without entries: it is made anew."""
    return there if there.name == known.name else replace(known, items=())


def _see_announcement(chat: Chat, picture: Picture, now: datetime) -> Seen:
    if picture.is_announced is not False:
        return chat, ()
    recent = tuple(at for at in chat.rebuilt if now - at < timedelta(hours=1))
    chat = replace(chat, rebuilt=(*recent, now))
    if len(recent) >= REBUILDS_AN_HOUR:
        is_new = len(recent) == REBUILDS_AN_HOUR
        return chat, (TimelineLine(at=now, what=Happening.GAVE_WAY, text=ANNOUNCEMENT),) if is_new else ()
    known = chat.announcement
    announcement = known and Announcement(kind=known.kind, blocks=known.blocks, edited_at=known.edited_at)
    line = TimelineLine(at=now, what=Happening.REPAIRED, text=ANNOUNCEMENT)
    return replace(chat, announcement=announcement), (line,)


def _doubt_top_notice(chat: Chat, now: datetime, *, is_first: bool) -> Chat:
    """Feishu does not tell what is on top: it is put there again with the first look, and once more after an hour."""
    times = chat.undone.get(TOP_NOTICE, 0)
    is_time = is_first or (0 < times < REPAIRS and now - chat.created_at >= FIRST_HOUR)
    if chat.top_notice is None or not is_time:
        return chat
    return replace(chat, top_notice=MessageId(""), undone={**chat.undone, TOP_NOTICE: times + 1})

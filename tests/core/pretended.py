"""A Feishu of values: what the planner's calls would leave behind, and an owner that makes them, well or badly.

It knows what one can be wrong about: one group for each `uuid`, one message for each `uuid`, lists that grow when they
are written twice. What really is there is compared with what was wanted, not with what the incident believes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import assert_never

from alertbridge.core import lifecycle
from alertbridge.core.alerts.silence import Silence
from alertbridge.core.chats import action as act
from alertbridge.core.chats import giving_way
from alertbridge.core.chats.action import Action
from alertbridge.core.chats.card import CardView
from alertbridge.core.chats.chat import (
    Announcement,
    AnnouncementKind,
    Chat,
    Line,
    LineStyle,
    Menu,
    Picture,
    SayingKind,
    Tab,
    Text,
    Wanted,
)
from alertbridge.core.chats.outcome import (
    AnnouncementWritten,
    AnswerLost,
    Archived,
    Buzzed,
    BuzzRefused,
    CardGone,
    ChatGone,
    ChatMade,
    ChatSeen,
    Done,
    Failed,
    Hurdle,
    LinkMade,
    MembersAdded,
    MenuSeen,
    NotFound,
    Outcome,
    Sent,
    SilenceMade,
    TabsSeen,
)
from alertbridge.core.groups import facts, naming, planner, relief, tries
from alertbridge.core.groups.blueprint import blueprint
from alertbridge.core.ids import ChatId, MessageId, OpenId
from alertbridge.core.incidents import escalation
from alertbridge.core.incidents.command import Entry
from alertbridge.core.incidents.escalation import Called
from alertbridge.core.incidents.incident import Incident, OnCall, Status
from alertbridge.core.incidents.paging import page
from alertbridge.core.oncall.policy import Way
from alertbridge.core.timeline import TimelineLine
from tests.builders import ALICE, DAVE, INSTALL, T

ROOM = ChatId("oc_room")
"""A group that people have."""


class Fate(StrEnum):
    """How a call ends."""

    DONE = "done"
    REFUSED = "refused"
    BUSY = "busy"
    """Not done, for now."""
    QUOTA = "quota"
    LOST = "lost"
    """Not done, and no answer."""
    LOST_DONE = "lost, but done"
    DIED = "died"
    """Not done, and its owner dies."""
    DIED_DONE = "done, and then its owner died"


@dataclass
class Group:
    """A group as it really is."""

    id: ChatId
    name: Text
    avatar: str
    description: str
    members: set[OpenId]
    managers: set[OpenId] = field(default_factory=set)
    messages: dict[MessageId, CardView | str] = field(default_factory=dict)
    message_uuids: dict[str, tuple[MessageId, datetime]] = field(default_factory=dict)
    top_notice: MessageId | None = None
    lines: list[Line] = field(default_factory=list)
    tabs: list[Tab] = field(default_factory=list)
    menu: list[Menu] = field(default_factory=list)
    is_locked: bool = False
    speakers: frozenset[OpenId] | None = None
    is_there: bool = True
    manual_name: str = ""
    """What a person called it since; "": nobody did."""
    unread: int = 0
    """Messages of people that nobody archived yet."""
    is_room: bool = False
    """People's own; events that happen there are told to no incident."""

    def lose(self, person: OpenId) -> None:
        """Somebody is out, with every role they had."""
        self.members.discard(person)
        self.managers.discard(person)
        self.speakers = self.speakers and self.speakers - {person}


class PretendedFeishu:
    """All groups that were ever made."""

    def __init__(self) -> None:
        self.groups: dict[ChatId, Group] = {}
        self.created: dict[str, tuple[ChatId, datetime]] = {}
        self.lost_history: list[ChatId] = []
        self.archived = 0
        self.calls: list[tuple[OpenId, Way, str]] = []
        """Who was called, how, and why."""
        self.direct: dict[MessageId, OpenId] = {}
        """Direct messages, and whom each went to."""
        self.silence: Silence | None = None
        """What Alertmanager has."""
        self._serial = 0

    @property
    def messages(self) -> list[CardView | str]:
        """Everything that is said in groups that still exist, in order."""
        return [content for group in self.live() for content in group.messages.values()]

    def live(self) -> list[Group]:
        """The groups that exist; a standing room once something was said in it."""
        return [group for group in self.groups.values() if group.is_there and (group.messages or not group.is_room)]

    def heard(self) -> list[Group]:
        """The groups whose events are told."""
        return [group for group in self.live() if not group.is_room]

    def perform(self, action: Action, now: datetime) -> Outcome:
        """Do it, and answer as the performer would."""
        match action:
            case act.CreateChat():
                return self._create(action, now)
            case act.JoinChat(chat=room, people=people):
                group = self.groups.setdefault(room, Group(room, {"en": "Ops"}, "", "", {ALICE, DAVE}, is_room=True))
                members = tuple(sorted(group.members & set(people)))
                return ChatMade(chat=room, members=members) if group.is_there else ChatGone()
            case act.FindChat():
                found = next(iter(self.heard()), None)
                return ChatMade(chat=found.id, members=()) if found else NotFound()
            case act.PutSilence(silence=silence):
                self.silence = silence
                return SilenceMade(cause=silence.cause, id="silence")
            case act.EndSilence():
                self.silence = None
                return Done()
            case act.Buzz():
                return self._call(action)
            case act.PageDirectly(person=person, uuid=uuid):
                message = MessageId(f"om_direct_{uuid}")
                self.direct[message] = person
                return Sent(message=message, form="interactive")
        if isinstance(action, act.EditCard):
            return self._edit(action)
        group = self.groups[action.chat]
        if not group.is_there:
            return ChatGone()
        return self._in_group(group, action, now)

    def disband(self, group: Group) -> None:
        """The group is gone, and its messages with it."""
        group.is_there = False

    def _create(self, action: act.CreateChat, now: datetime) -> Outcome:
        made = self.created.get(action.uuid)
        if made is not None and now - made[1] < timedelta(hours=10):
            if not self.groups[made[0]].is_there:
                return ChatGone()
            return ChatMade(chat=made[0], members=action.members)
        chat = ChatId(f"oc_{len(self.groups) + 1}")
        self.created[action.uuid] = chat, now
        self.groups[chat] = Group(chat, action.name, action.avatar, action.description, set(action.members))
        return ChatMade(chat=chat, members=action.members)

    def _call(self, action: act.Buzz) -> Outcome:
        if action.is_direct:
            inside = {self.direct[action.message]}
        else:
            group = next(group for group in self.groups.values() if action.message in group.messages)
            if not group.is_there:
                return ChatGone()
            inside = group.members
        self.calls += [(person, action.way, action.cause) for person in action.people if person in inside]
        return Buzzed(outside=frozenset(action.people) - inside)

    def _edit(self, action: act.EditCard) -> Outcome:
        group = next(group for group in self.groups.values() if action.message in group.messages)
        if not group.is_there:
            return ChatGone()
        group.messages[action.message] = action.view
        return Done()

    def _in_group(self, group: Group, action: Action, now: datetime) -> Outcome:
        match action:
            case act.SendCard(uuid=uuid, view=view, look_since=look_since):
                if look_since is not None and (known := group.message_uuids.get(uuid)):
                    return Sent(message=known[0], form="interactive")
                return Sent(message=self._send(group, uuid, view, now), form="interactive")
            case act.Say(saying=saying) if saying.kind is SayingKind.RECEIPT:
                return Done()
            case act.Say(saying=saying) if saying.edits is not None:
                group.messages[saying.edits] = saying.kind
                return Done()
            case act.Say(uuid=uuid, saying=saying, look_since=look_since):
                if look_since is not None and (known := group.message_uuids.get(uuid)):
                    return Sent(message=known[0], form="post")
                return Sent(message=self._send(group, uuid, saying.kind, now), form="post")
            case act.EditOldCard(message=message):
                if message not in group.messages:
                    return CardGone()
                group.messages[message] = "as the live card"
            case act.RecallForm(form=form):
                group.messages.pop(form.message, None)
            case act.PutTopNotice(message=message):
                group.top_notice = message
            case act.DeleteTopNotice():
                group.top_notice = None
            case act.AddMembers(people=people):
                group.members |= set(people)
                return MembersAdded(refused={})
            case act.AddManagers(people=people):
                assert set(people) <= group.members, "only members can be managers"
                group.managers |= set(people)
                assert len(group.managers) <= planner.MAX_MANAGERS
            case act.RemoveMembers(people=people):
                group.members -= set(people)
                group.managers -= set(people)
            case act.DeleteManagers(people=people):
                group.managers -= set(people)
            case act.Rename(name=name, avatar=avatar):
                group.name, group.avatar, group.manual_name = name, avatar, ""
            case act.SetModeration(is_locked=is_locked, speakers=speakers):
                group.is_locked = is_locked
                group.speakers = None if speakers is None else frozenset(speakers) & group.members
            case act.FetchShareLink():
                return LinkMade(url=f"https://share.example.com/{group.id}")
            case act.ArchiveMessages():
                self.archived += group.unread
                group.unread = 0
                return Archived(messages=self.archived)
            case act.DisbandChat():
                if group.unread:
                    self.lost_history.append(group.id)
                self.disband(group)
            case _:
                return self._furnish(group, action)
        return Done()

    def _send(self, group: Group, uuid: str, content: CardView | str, now: datetime) -> MessageId:
        known = group.message_uuids.get(uuid)
        if known is not None and now - known[1] < timedelta(hours=1):
            return known[0]
        assert known is None, "a message is out twice"
        self._serial += 1
        message = MessageId(f"om_{self._serial}")
        group.messages[message] = content
        group.message_uuids[uuid] = message, now
        return message

    def _furnish(self, group: Group, action: Action) -> Outcome:
        match action:
            case act.WriteAnnouncement():
                return self._write(group, action)
            case act.CreateTabs(tabs=tabs):
                group.tabs += [replace(tab, id=self._id()) for tab in tabs]
                return _tabs(group)
            case act.UpdateTabs(tabs=tabs):
                assert {tab.id for tab in tabs} <= {tab.id for tab in group.tabs}
                moved = {tab.id: tab for tab in tabs}
                group.tabs = [moved.get(tab.id, tab) for tab in group.tabs]
                return _tabs(group)
            case act.DeleteTabs(ids=ids):
                assert set(ids) <= {tab.id for tab in group.tabs}
                group.tabs = [tab for tab in group.tabs if tab.id not in ids]
                return _tabs(group)
            case act.SortTabs(order=order):
                if sorted(order) != sorted(tab.id for tab in group.tabs):
                    return Failed(cause="not all tabs", is_refused=True)
                group.tabs.sort(key=lambda tab: order.index(tab.id))
                return _tabs(group)
            case act.LookAtTabs():
                return _tabs(group)
            case act.PatchMenu(items=items):
                new = {item.id: item for item in items}
                group.menu = [
                    replace(top, items=tuple(new.get(item.id, item) for item in top.items)) for top in group.menu
                ]
            case act.SortMenu(order=order):
                if sorted(order) != sorted(top.id for top in group.menu):
                    return Failed(cause="not all menus", is_refused=True)
                group.menu.sort(key=lambda top: order.index(top.id))
                return MenuSeen(menu=tuple(group.menu))
            case act.Rejoin():
                pass
            case act.Describe(description=description):
                group.description = description
            case act.LookAtChat(announcement=announcement):
                return ChatSeen(picture=_picture(group, announcement))
            case act.CreateMenu(menu=menu):
                group.menu += [self._numbered(top) for top in menu]
                return MenuSeen(menu=tuple(group.menu))
            case act.DeleteMenu(ids=ids):
                if not set(ids) <= {top.id for top in group.menu}:
                    return Failed(cause="no such menu", is_refused=True)
                group.menu = [top for top in group.menu if top.id not in ids]
                return MenuSeen(menu=tuple(group.menu))
            case act.LookAtMenu():
                return MenuSeen(menu=tuple(group.menu))
            case _:
                raise AssertionError(f"nobody plays {type(action).__name__}")
        return Done()

    def _write(self, group: Group, action: act.WriteAnnouncement) -> Outcome:
        """As the performer writes: what it believes to be there already is not written again."""
        end = _end_of_ours(action.lines)
        ours = action.lines[:end]
        if action.blocks or (action.blocks is None and group.lines):
            before = action.before[:end] or (None,) * end
            group.lines[:end] = [
                new if new != old else there for new, old, there in zip(ours, before, group.lines, strict=False)
            ]
        else:
            group.lines = [*ours, *group.lines]
        return AnnouncementWritten(kind=AnnouncementKind.DOCX, blocks=tuple(f"b{number}" for number in range(end)))

    def _numbered(self, menu: Menu) -> Menu:
        return replace(menu, id=self._id(), items=tuple(replace(item, id=self._id()) for item in menu.items))

    def _id(self) -> str:
        self._serial += 1
        return str(self._serial)


class Damage(StrEnum):
    """What people do to a group's things without our hearing of it."""

    DELETE_TAB = "delete a tab"
    RENAME_TAB = "rename a tab"
    MOVE_TAB = "move a tab to the end"
    ADD_TAB = "add a tab of their own"
    DELETE_MENU = "delete a menu"
    RENAME_MENU = "rename a menu"
    MOVE_MENU = "move a menu to the end"
    CHANGE_ENTRY = "change an entry of a menu"
    LOSE_MEMBER = "lose a member"
    LOSE_MANAGER = "lose a manager"
    LOCK = "let only the owner write"
    DESCRIBE = "describe it in other words"
    EDIT_LINE = "edit one of our lines"


def damage(group: Group, what: Damage, which: int) -> None:
    """Do it to the `which`th of its kind, where there is one."""
    tab = group.tabs[which % len(group.tabs)] if group.tabs else None
    top = group.menu[which % len(group.menu)] if group.menu else None
    member = sorted(group.members)[which % len(group.members)] if group.members else None
    match what:
        case Damage.ADD_TAB if len(group.tabs) < 8:
            group.tabs.insert(
                0, Tab(name=f"theirs {len(group.tabs)}", url="https://x.example.com", id=f"t{len(group.tabs)}")
            )
        case Damage.DELETE_TAB if tab:
            group.tabs.remove(tab)
        case Damage.RENAME_TAB if tab:
            group.tabs[group.tabs.index(tab)] = replace(tab, name=tab.name + "?")
        case Damage.MOVE_TAB if tab:
            group.tabs.remove(tab)
            group.tabs.append(tab)
        case Damage.DELETE_MENU if top:
            group.menu.remove(top)
        case Damage.RENAME_MENU if top:
            group.menu[group.menu.index(top)] = replace(top, name={"zh": "x", "en": "x"})
        case Damage.MOVE_MENU if top:
            group.menu.remove(top)
            group.menu.append(top)
        case Damage.CHANGE_ENTRY if top and top.items:
            changed = replace(top.items[0], url="https://x.example.com")
            group.menu[group.menu.index(top)] = replace(top, items=(changed, *top.items[1:]))
        case Damage.LOSE_MEMBER if member:
            group.lose(member)
        case Damage.LOSE_MANAGER if member:
            group.managers.discard(member)
        case Damage.LOCK:
            group.is_locked = True
        case Damage.DESCRIBE:
            group.description += "!"
        case Damage.EDIT_LINE if group.lines:
            group.lines[0] = replace(group.lines[0], text="edited by hand")


def _tabs(group: Group) -> TabsSeen:
    return TabsSeen(tabs=tuple(group.tabs), order=tuple(tab.id for tab in group.tabs))


def _picture(group: Group, announcement: Announcement | None) -> Picture:
    """As the real group looks; what is on top cannot be seen."""
    end = _end_of_ours(announcement.lines) if announcement else 0
    is_announced = group.lines[:end] == list(announcement.lines[:end]) if announcement and end else None
    return Picture(
        name=group.manual_name or naming.searched(group.name),
        description=group.description,
        owner=None,
        managers=frozenset(group.managers),
        members=frozenset(group.members),
        is_locked=group.is_locked,
        speakers=group.speakers,
        tabs=tuple(group.tabs),
        tab_order=tuple(tab.id for tab in group.tabs),
        menu=tuple(group.menu),
        is_announced=is_announced,
    )


def _end_of_ours(lines: Sequence[Line]) -> int:
    """How many lines are kept up to date; 0 where there is no grey line."""
    return next((number for number, line in enumerate(lines, start=1) if line.style is LineStyle.DIVIDER), 0)


class Died(Exception):  # noqa: N818 - what happened
    """The owner's process is gone; what was saved remains."""


Fates = Callable[[Action], Fate]


def fair(_action: Action) -> Fate:
    """Everything works."""
    return Fate.DONE


@dataclass
class Owner:
    """Drives one incident as `flows.reconcile` does; what it holds in memory dies with it, what is saved remains."""

    incident: Incident
    feishu: PretendedFeishu = field(default_factory=PretendedFeishu)
    now: datetime = T
    lines: list[TimelineLine] = field(default_factory=list)
    """The timeline as it is stored."""
    is_over: bool = False
    rota: OnCall | None = None
    """Who is on call, now and next."""
    wait_until: datetime | None = None
    on_call: Called = field(default_factory=lambda: Called(people=(ALICE,)))
    """Whom every step means."""

    def __post_init__(self) -> None:
        self._saved = self.incident
        self._unsaved: list[TimelineLine] = []
        self._inbox: list[Entry] = []
        self._in_hand: list[Entry] = []
        """Observed, but not saved yet: who takes over finds them in the inbox still."""

    def wake(self, *entries: Entry, fates: Fates = fair, meanwhile: Sequence[Entry] = ()) -> None:
        """One pass: what arrived, what is due, then everything that can be done now.

        `meanwhile` arrives while the first calls are made, or else just before `closed` would be saved.
        """
        self._inbox = list(meanwhile)
        self.incident = tries.recover(self._saved)
        again, self._in_hand = self._in_hand, []
        self._observe([*again, *entries])
        self._take(lifecycle.elapse(self.incident, self.now))
        if self.rota is not None and relief.follows_rota(self.incident):
            self._take(relief.take_shift(self.incident, self.rota, self.now))
            self._take(lifecycle.elapse(self.incident, self.now))
        try:
            self._work(fates)
        except Died:
            self.incident, self._unsaved = self._saved, []
            self.wait_until = self.now + timedelta(seconds=5)

    def page(self, people: Sequence[OpenId], ways: Sequence[Way], cause: str) -> None:
        """It was decided that these people have to be called."""
        self._saved = self.incident = page(self._saved, people, ways, cause, self.now)

    @property
    def wanted(self) -> Wanted:
        """What the chat should be."""
        return blueprint(self.incident, INSTALL)

    def next_due(self) -> datetime:
        """When somebody looks again."""
        due = lifecycle.next_due(self.incident, self.now)
        return min(due, self.wait_until) if self.wait_until else due

    def _work(self, fates: Fates) -> None:
        for _ in range(64):
            self._call_people()
            wanted = self.wanted
            if planner.is_ready_to_close(self.incident, wanted):
                if not self._drain():
                    self._take(lifecycle.close(self.incident, self.now))
                    self._save()
                continue
            planned = planner.plan(self.incident, wanted, self.now)
            if not planned.actions:
                if self._drain():
                    continue
                self.incident = planner.forget_troubles(self.incident, wanted, self.now)
                self._save()
                self.is_over = planner.is_over(self.incident, wanted, self.now)
                self.wait_until = planned.wait_until
                return
            meant = tries.intents(self.incident, planned.actions, self.now)
            if meant is not self.incident or self._in_hand:
                self.incident = meant
                self._save()
            self._act(planned.actions, fates)
            self._drain()
            self._take(lifecycle.elapse(self.incident, self.now))
        raise AssertionError("the plan never ends")

    def _call_people(self) -> None:
        """Call the step that is due, decided once more when it is known whom it means."""
        due = escalation.due(self.incident, self.now)
        if due is None:
            return
        self._drain()
        if (still := escalation.due(self.incident, self.now)) is not None and still.cause == due.cause:
            self._take(escalation.call(self.incident, self.on_call, self.now))

    def _act(self, actions: tuple[Action, ...], fates: Fates) -> None:
        keys = [action.key for action in actions]
        assert len(set(keys)) == len(keys), "one action of a kind in a batch"
        outcomes = [(action, self._call(action, fates(action))) for action in actions]
        if any(outcome is None for _, outcome in outcomes):
            raise Died  # the calls of the batch were made side by side, and none of the facts was saved
        for action, outcome in outcomes:
            assert outcome is not None
            recorded = facts.record(self.incident, action, outcome, self.now)
            self.incident = recorded.incident
            self._unsaved += recorded.lines

    def _drain(self) -> bool:
        """Take what has arrived; True when that was anything."""
        arrived, self._inbox = self._inbox, []
        self._observe(arrived)
        return bool(arrived)

    def _observe(self, entries: list[Entry]) -> None:
        for entry in entries:
            self._take(lifecycle.observe(self.incident, entry))
        self._in_hand += entries

    def _take(self, change: lifecycle.Change) -> None:
        self.incident = change.incident
        self._unsaved += change.lines

    def _save(self) -> None:
        self._saved = self.incident
        self.lines += self._unsaved
        self._unsaved, self._in_hand = [], []

    def _call(self, action: Action, fate: Fate) -> Outcome | None:
        match fate:
            case Fate.DONE:
                return self.feishu.perform(action, self.now)
            case Fate.REFUSED if isinstance(action, act.PageAction):
                is_call = isinstance(action, act.Buzz)
                return BuzzRefused(why=Hurdle.QUOTA if is_call else Hurdle.PERSON, cause="230024 no")
            case Fate.REFUSED:
                return Failed(cause="230027 no", is_refused=True, scope="im:message.group_msg")
            case Fate.BUSY:
                return Failed(cause="busy")
            case Fate.QUOTA:
                return Failed(cause="our quota", wait_seconds=3.0, is_quota=True)
            case Fate.LOST:
                return AnswerLost(cause="timeout")
            case Fate.LOST_DONE:
                self.feishu.perform(action, self.now)
                return AnswerLost(cause="timeout")
            case Fate.DIED:
                return None
            case Fate.DIED_DONE:
                self.feishu.perform(action, self.now)
                return None
            case _:
                assert_never(fate)


def differences(group: Group, wanted: Wanted, chat: Chat | None = None) -> list[str]:
    """What is not there as it is wanted, but for people who are away and things that people undid too often."""
    away = chat.away if chat else frozenset()
    assert wanted.card is not None
    shown = group.messages.get(group.top_notice) if group.top_notice else None
    cards = [content for content in group.messages.values() if isinstance(content, CardView)]
    bare_menu = [replace(top, id="", items=tuple(replace(item, id="") for item in top.items)) for top in group.menu]
    end = _end_of_ours(group.lines)
    ours = [tab for tab in group.tabs if not tab.name.startswith("theirs ")]
    of_messages = {
        "card": (cards[-1:], [wanted.card]),
        "pin": (shown, wanted.card if wanted.is_pinned else None),
    }
    of_its_own = {
        "name": (group.name, wanted.name),
        "avatar": (group.avatar, wanted.avatar),
        # Who was appointed by a call without an answer, and has handed over since, may still be one.
        "managers": (set(wanted.managers[: planner.MAX_MANAGERS]) - group.managers - away, set()),
        "members": (set(wanted.members) - group.members - away, set()),
        "announcement": (group.lines[:end], list(wanted.announcement or ())[:end]),
        "dividers": (sum(line.style is LineStyle.DIVIDER for line in group.lines), 1),
        "tabs": ([(tab.name, tab.url) for tab in ours], [(tab.name, tab.url) for tab in wanted.tabs or ()]),
        "menu": (bare_menu, list(wanted.menu or ())),
        "description": (group.description, wanted.description),
        "moderation": (
            (group.is_locked, group.speakers if not wanted.is_locked else None),
            (wanted.is_locked, None if wanted.is_locked or wanted.speakers is None else frozenset(wanted.speakers)),
        ),
    }
    pairs = of_messages if group.is_room else of_its_own | of_messages
    theirs = {thing for thing in pairs if chat is not None and giving_way.gives_way(chat, thing)}
    return [
        f"{what}: {is_there} is not {should}"
        for what, (is_there, should) in pairs.items()
        if is_there != should and what not in theirs
    ]


def settle(owner: Owner, *, until: datetime) -> None:
    """Let time pass and everything work, until nothing is due before `until` or the incident is at its end."""
    for _ in range(2_000):
        owner.wake()
        if owner.is_over:
            return
        due = max(owner.next_due(), owner.now + timedelta(milliseconds=1))
        if due > until:
            return
        owner.now = due
    raise AssertionError(f"it never settles: {owner.incident.status}")


def is_live(incident: Incident) -> bool:
    """True while people work on it."""
    return incident.status in (Status.FIRING, Status.ACKNOWLEDGED)

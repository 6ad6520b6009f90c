"""Values for tests, each complete and ordinary; a test names only what it is about."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from alertbridge.core import lifecycle
from alertbridge.core.alerts.alert import Alert, AlertStatus
from alertbridge.core.alerts.route import ChatPolicy, OnClose, Route
from alertbridge.core.chats.chat import Announcement, AnnouncementKind, Chat, LiveCard, Menu, MenuItem, Remark, Wanted
from alertbridge.core.groups.blueprint import Install, blueprint
from alertbridge.core.ids import AlertKey, ChatId, EntryId, IncidentId, MessageId, OpenId
from alertbridge.core.incidents.command import (
    AlertsReceived,
    ChatChanged,
    ChatLost,
    Command,
    Inquiry,
    PeopleJoined,
    PeopleLeft,
    Spoke,
    Verb,
)
from alertbridge.core.incidents.incident import Archive, Incident, Opening

T = datetime(2026, 11, 22, 14, 1, tzinfo=UTC)
"""When everything begins."""

ALICE, BOB, CAROL, DAVE = (OpenId(f"ou_{name}") for name in ("alice", "bob", "carol", "dave"))
INCIDENT = IncidentId("01JD4ZK5M8Q0V7R3X9T2B6N1HC")
CHAT = ChatId("oc_1")
CARD = MessageId("om_card")
INSTALL = Install(app_id="cli_test", key=b"a key of sixteen", public_url="https://alerts.example.com")

_serial = count(1)


def minutes(number: float) -> timedelta:
    """So many minutes."""
    return timedelta(minutes=number)


def after(number: float) -> datetime:
    """So many minutes after everything began."""
    return T + minutes(number)


def seconds_after(number: float) -> datetime:
    """So many seconds after everything began."""
    return T + timedelta(seconds=number)


# -- what is configured ------------------------------------------------------------------------------------------------


def a_policy(**changes: Any) -> ChatPolicy:
    """How groups end: disbanded an hour after the recovery."""
    return ChatPolicy(**changes)


def a_route(*, on_close: OnClose = OnClose.DISBAND, policy: ChatPolicy | None = None, **changes: Any) -> Route:
    """The route of the payments team."""
    return Route(**{"name": "payments", "chat": policy or ChatPolicy(on_close=on_close), **changes})


def an_opening(route: Route | None = None, **changes: Any) -> Opening:
    """What the web process knew."""
    known: dict[str, Any] = {
        "integration": "default",
        "tenant": "",
        "group_key": "group",
        "route": route or a_route(),
        "group_labels": {"service": "checkout"},
        "resolve_wait_seconds": 130.0,
    }
    return Opening(**{**known, **changes})


# -- what happens ------------------------------------------------------------------------------------------------------


def an_alert(name: str = "High5xx", **changes: Any) -> Alert:
    """A firing alert without an end; `labels` are added to its own."""
    labels = {"alertname": name, "service": "checkout", "severity": "critical", **changes.pop("labels", {})}
    known: dict[str, Any] = {
        "fingerprint": f"{abs(hash_of(name)):016x}",
        "status": AlertStatus.FIRING,
        "labels": labels,
        "annotations": {"summary": f"{name} is above 5 %"},
        "starts_at": T,
        "ends_at": None,
    }
    return Alert(**{**known, **changes})


def hash_of(name: str) -> int:
    """A number for a name, the same in every run."""
    return int.from_bytes(name.encode()[:8].ljust(8, b"\0"), "big")


def resolved(alert: Alert, at: datetime | None = None, **changes: Any) -> Alert:
    """The end of an alert, four minutes after it began."""
    return replace(alert, status=AlertStatus.RESOLVED, ends_at=at or alert.starts_at + timedelta(minutes=4), **changes)


def key_of(alert: Alert) -> AlertKey:
    """The key under which the incident knows it."""
    return AlertKey(f"key-{alert.fingerprint}")


def an_id() -> EntryId:
    """The name of an entry that is like no other."""
    return EntryId(f"entry-{next(_serial)}")


def received(*alerts: Alert, at: datetime = T, truncated: int = 0, is_push: bool = False) -> AlertsReceived:
    """What one request said of these alerts."""
    return AlertsReceived(
        id=an_id(), at=at, alerts={key_of(alert): alert for alert in alerts}, truncated=truncated, is_push=is_push
    )


def a_command(verb: Verb, by: OpenId | None = ALICE, *, at: datetime = T, **changes: Any) -> Command:
    """What a person asks for."""
    return Command(**{"id": an_id(), "at": at, "verb": verb, "by": by, **changes})


def spoke(at: datetime, by: OpenId = ALICE) -> Spoke:
    """Somebody wrote in the group."""
    return Spoke(id=an_id(), at=at, by=by)


def an_inquiry(at: datetime, by: OpenId = ALICE) -> Inquiry:
    """Somebody asked something in the group."""
    asked = an_id()
    answer = (Remark(words={"zh": "很好", "en": "fine"}),)
    return Inquiry(id=asked, at=at, by=by, reply_to=MessageId(asked), answer=answer)


def chat_lost(at: datetime = T, *, chat: ChatId = CHAT, by: OpenId | None = CAROL, disbanded: bool = True) -> ChatLost:
    """Somebody disbanded the group, or removed the bot from it."""
    return ChatLost(id=an_id(), at=at, chat=chat, by=by, was_disbanded=disbanded)


def joined(at: datetime = T, *people: OpenId, by: OpenId = ALICE, chat: ChatId = CHAT) -> PeopleJoined:
    """Somebody brought these people in; by default Alice brought Dave."""
    return PeopleJoined(id=an_id(), at=at, chat=chat, people=people or (DAVE,), by=by)


def left(
    at: datetime = T, *people: OpenId, by: OpenId | None = None, chat: ChatId = CHAT, is_withdrawn: bool = False
) -> PeopleLeft:
    """These people left; by default Bob did. `by`: who took them out."""
    people = people or (BOB,)
    return PeopleLeft(id=an_id(), at=at, chat=chat, people=people, by=by or people[0], was_withdrawn=is_withdrawn)


def changed(at: datetime = T, *, by: OpenId = CAROL, chat: ChatId = CHAT, **what: Any) -> ChatChanged:
    """Somebody changed the group itself."""
    return ChatChanged(id=an_id(), at=at, chat=chat, by=by, **what)


# -- incidents ---------------------------------------------------------------------------------------------------------


def a_bare_incident(route: Route | None = None, *, opening: Opening | None = None, **changes: Any) -> Incident:
    """One that has just been opened: no alert, no group, Alice and Bob on call."""
    opened = lifecycle.open_incident(INCIDENT, 1423, opening or an_opening(route), T).incident
    return replace(opened, **{"responders": (ALICE, BOB), **changes})


def an_incident(route: Route | None = None, *alerts: Alert, opening: Opening | None = None, **changes: Any) -> Incident:
    """A firing one without a group; one critical alert unless `alerts` are given."""
    incident = a_bare_incident(route, opening=opening)
    incident = lifecycle.observe(incident, received(*(alerts or (an_alert(),)))).incident
    return replace(incident, **changes)


def wanted_of(incident: Incident) -> Wanted:
    """What its group should be."""
    return blueprint(incident, INSTALL)


def a_chat(**changes: Any) -> Chat:
    """A bare group with Alice and Bob in it."""
    known: dict[str, Any] = {
        "id": CHAT,
        "created_at": T,
        "name": {"zh": "x", "en": "x"},
        "named_at": T,
        "members": frozenset({ALICE, BOB}),
    }
    return Chat(**{**known, **changes})


def a_finished_chat(incident: Incident, at: datetime = T, **changes: Any) -> Chat:
    """The group exactly as the incident wants it."""
    wanted = wanted_of(replace(incident, chat=incident.chat or a_chat()))
    assert wanted.card is not None
    assert wanted.menu is not None
    known: dict[str, Any] = {
        "created_at": at,
        "name": wanted.name,
        "named_at": at,
        "avatar": wanted.avatar,
        "members": frozenset(wanted.members),
        "managers": frozenset(wanted.managers),
        "card": LiveCard(message=CARD, form="interactive", view=wanted.card, sent_at=at, edited_at=at),
        "top_notice": CARD if wanted.is_pinned else None,
        "announcement": Announcement(
            kind=AnnouncementKind.DOCX,
            blocks=tuple(f"block-{number}" for number in range(9)),
            lines=wanted.announcement or (),
            edited_at=at,
        ),
        "tabs": tuple(replace(tab, id=f"tab-{tab.name}") for tab in wanted.tabs or ()),
        "menu": tuple(_with_ids(menu) for menu in wanted.menu),
        "is_locked": wanted.is_locked,
        "share_link": "https://applink.feishu.cn/x",
        "looked_at": at + timedelta(days=30),  # what is not about looks is not disturbed by them
    }
    return a_chat(**{**known, **changes})


def _with_ids(menu: Menu) -> Menu:
    items = tuple(replace(item, id=f"item-{item.url}") for item in menu.items)
    return replace(menu, id=f"menu-{menu.name['en']}", items=items)


def a_menu(name: str, *items: tuple[str, str], id: str = "") -> Menu:  # noqa: A002 - as the field is called
    """A menu of links, `(name, url)` each."""
    return Menu(
        name={"zh": name, "en": name},
        items=tuple(MenuItem(name={"zh": label, "en": label}, url=url) for label, url in items),
        id=id,
    )


def a_settled_incident(route: Route | None = None, *alerts: Alert, at: datetime = T, **changes: Any) -> Incident:
    """A firing one whose group is exactly as it should be."""
    incident = an_incident(route, *alerts)
    return replace(incident, **{"chat": a_finished_chat(incident, at), **changes})


def acknowledged(incident: Incident, by: OpenId = ALICE, at: datetime = T) -> Incident:
    """Somebody is on it."""
    return lifecycle.observe(incident, a_command(Verb.ACK, by, at=at)).incident


def recovered(incident: Incident, at: datetime = T) -> Incident:
    """All its alerts are over, says their source."""
    ends = [resolved(alert, at=max(at, alert.starts_at + timedelta(seconds=1))) for alert in incident.alerts.values()]
    return lifecycle.observe(incident, received(*ends, at=at)).incident


def closing(on_close: OnClose = OnClose.DISBAND) -> Incident:
    """One whose countdown is over; its group is as it was while it fired."""
    return lifecycle.elapse(recovered(a_settled_incident(a_route(on_close=on_close))), after(60)).incident


def closed(on_close: OnClose = OnClose.DISBAND, *, refused: str = "") -> Incident:
    """One that is at its end; its group is still there. `refused`: why its history could not be read."""
    ended = lifecycle.close(replace(closing(on_close), archive=Archive(refused=refused)), after(61)).incident
    return quiet(ended)


def quiet(incident: Incident) -> Incident:
    """Everything that was to be said is out."""
    return replace(incident, outbox=())

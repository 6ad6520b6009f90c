"""What a look shows is taken over; what people undid is planned again, twice at most."""

from dataclasses import replace
from typing import Any

import pytest

from alertbridge.core import lifecycle
from alertbridge.core.alerts.route import OnClose
from alertbridge.core.chats import action as act
from alertbridge.core.chats.chat import Chat, Picture, SayingKind, Tab
from alertbridge.core.chats.giving_way import ANNOUNCEMENT, DESCRIPTION, MANAGERS, MENU, MODERATION, TABS
from alertbridge.core.chats.outcome import Done, Failed
from alertbridge.core.groups import facts, naming, planner
from alertbridge.core.groups.looking import compare, look_at
from alertbridge.core.incidents.incident import Incident
from alertbridge.core.timeline import Happening
from tests.builders import (
    ALICE,
    BOB,
    CAROL,
    CHAT,
    DAVE,
    a_chat,
    a_policy,
    a_route,
    a_settled_incident,
    after,
    an_incident,
    changed,
    closed,
    closing,
    minutes,
    wanted_of,
)


def chat_of(incident: Incident) -> Chat:
    assert incident.chat is not None
    return incident.chat


def settled(**changes: Any) -> Incident:
    """A group as it should be, whose tabs we made, never looked at."""
    incident = a_settled_incident()
    chat = chat_of(incident)
    order = ("tab-message", *(tab.id for tab in chat.tabs or ()))
    known = {
        "looked_at": None,
        "tab_order": order,
        "made_tabs": frozenset(order[1:]),
        "description": wanted_of(incident).description,
        **changes,
    }
    return replace(incident, chat=replace(chat, **known))


def a_picture(incident: Incident, **changes: Any) -> Picture:
    """The group exactly as it is known."""
    chat = chat_of(incident)
    seen: dict[str, Any] = {
        "name": naming.searched(chat.name),
        "description": chat.description or "",
        "owner": chat.owner,
        "managers": chat.managers,
        "members": chat.members,
        "is_locked": bool(chat.is_locked),
        "speakers": chat.speakers,
        "tabs": chat.tabs,
        "tab_order": chat.tab_order,
        "menu": chat.menu,
        "is_announced": True,
    }
    return Picture(**{**seen, **changes})


def see(incident: Incident, minute: float = 10, **changes: Any) -> Incident:
    return compare(incident, a_picture(incident, **changes), after(minute)).incident


def told(incident: Incident, minute: float = 10, **changes: Any) -> list[tuple[Happening, str]]:
    change = compare(incident, a_picture(incident, **changes), after(minute))
    return [(line.what, line.text) for line in change.lines]


def planned(incident: Incident, minute: float = 20) -> list[str]:
    return [action.key for action in planner.plan(incident, wanted_of(incident), after(minute)).actions]


# -- when --------------------------------------------------------------------------------------------------------------


def test_a_group_is_looked_at_every_ten_minutes_of_its_first_hour_and_then_every_hour() -> None:
    incident, times = settled(), []
    for _ in range(8):
        at = look_at(incident)
        assert at is not None
        times.append((at - after(0)).total_seconds() / 60)
        incident = see(incident, times[-1])

    assert times == [10, 20, 30, 40, 50, 60, 120, 180]


@pytest.mark.parametrize(("seconds", "minute"), [(120, 2), (1, 1), (0, None)])
def test_a_route_may_ask_for_more_looks_or_none(seconds: int, minute: int | None) -> None:
    route = a_route(policy=a_policy(look_every_seconds=seconds))
    incident = replace(settled(), opening=replace(settled().opening, route=route))

    assert look_at(incident) == (None if minute is None else after(minute))


@pytest.mark.parametrize(
    "incident",
    [
        an_incident(),
        an_incident(chat=a_chat()),
        settled(is_gone=True),
        settled(is_standing=True),
        settled(is_doubted=True),
        closing(),
        closed(OnClose.KEEP),
    ],
)
def test_there_is_nothing_to_look_at(incident: Incident) -> None:
    assert look_at(incident) is None


def test_when_it_is_time_a_look_is_planned_by_itself_and_after_everything_else() -> None:
    incident = settled()
    assert lifecycle.next_due(incident, after(6)) == after(10)
    incident = lifecycle.elapse(incident, after(10)).incident
    assert planned(replace(incident, refreshed=0), 10) != []

    doubted = settled(is_doubted=True)
    assert planned(doubted) == [act.LookAtChat.key]
    assert planned(replace(doubted, chat=replace(chat_of(doubted), share_link=""))) == [act.FetchShareLink.key]
    closed_one = closed(OnClose.KEEP)
    doubted = replace(closed_one, chat=replace(chat_of(closed_one), is_doubted=True))
    assert act.LookAtChat.key not in planned(doubted, 70)


def test_what_people_set_makes_us_look() -> None:
    change = lifecycle.observe(settled(), changed(after(5), settings=("edit_permission",)))

    assert planned(change.incident) == [act.LookAtChat.key]


def test_a_look_for_which_there_is_no_room_is_skipped() -> None:
    incident = settled(is_doubted=True)
    look = act.LookAtChat(chat=CHAT, announcement=None)
    failed = Failed(cause="our quota", wait_seconds=3.0, is_quota=True)

    skipped = facts.record(incident, look, failed, after(10)).incident

    assert planned(skipped) == []
    assert look_at(skipped) == after(20)


def test_a_look_that_fails_is_repeated() -> None:
    incident = settled(is_doubted=True)
    look = act.LookAtChat(chat=CHAT, announcement=None)
    failed = facts.record(incident, look, Failed(cause="busy"), after(10)).incident
    failed = planner.forget_troubles(failed, wanted_of(failed), after(10))

    assert [trouble.key for trouble in failed.troubles] == [act.LookAtChat.key]
    assert planned(failed, 11) == [act.LookAtChat.key]


# -- what follows ------------------------------------------------------------------------------------------------------


def test_a_group_that_is_as_it_was_gives_nothing_to_do_but_the_banner() -> None:
    incident = see(settled())

    assert told(settled()) == []
    assert planned(incident) == [act.PutTopNotice.key]
    assert chat_of(incident).looked_at == after(10)


def test_the_banner_is_put_up_again_with_the_first_look_and_once_after_the_first_hour() -> None:
    incident = see(settled())
    for minute, doubts in ((20, False), (70, True), (130, False)):
        incident = replace(incident, chat=replace(chat_of(incident), top_notice=chat_of(settled()).top_notice))
        incident = see(incident, minute)
        assert (chat_of(incident).top_notice == "") is doubts, minute


def test_where_nothing_is_on_top_nothing_is_put_there() -> None:
    assert chat_of(see(settled(top_notice=None))).top_notice is None


def test_who_came_unheard_is_known_and_who_left_unheard_is_brought_back() -> None:
    incident = settled(away=frozenset({CAROL}), refused=frozenset({DAVE}))
    incident = see(incident, members=frozenset({ALICE, CAROL, DAVE}))

    chat = chat_of(incident)
    assert (chat.members, chat.away, chat.refused) == (frozenset({ALICE, CAROL, DAVE}), frozenset(), frozenset())
    assert act.AddMembers.key in planned(incident)
    assert incident.outbox == (), "nobody waits for that any more"
    assert told(settled(), members=frozenset({ALICE})) == [(Happening.LEFT, ""), (Happening.BROUGHT_BACK, "")]


def test_what_could_not_be_seen_is_left_as_it_is_known() -> None:
    unseen: dict[str, Any] = {"members": None, "is_locked": None, "tabs": None, "menu": None, "is_announced": None}

    assert told(settled(), **unseen) == []
    assert chat_of(see(settled(), **unseen)).tabs == chat_of(settled()).tabs


def test_a_name_and_an_owner_that_changed_unheard_are_told() -> None:
    assert told(settled(), name="war room", owner=CAROL) == [
        (Happening.RENAMED, "war room"),
        (Happening.OWNER_CHANGED, ""),
    ]
    incident = see(settled(owner=CAROL), owner=None)
    assert chat_of(incident).owner is None
    assert incident.outbox == ()


def test_a_description_that_was_never_known_is_no_damage() -> None:
    assert told(settled(description=None), description="other") == []
    assert act.Describe.key in planned(see(settled(description=None), description="other"))


def menu_of(**changes: Any) -> dict[str, Any]:
    first, *others = chat_of(settled()).menu or ()
    return {"menu": (replace(first, **changes), *others)}


def tabs_of(*tabs: Tab) -> dict[str, Any]:
    return {"tabs": tabs, "tab_order": ("tab-message", *(tab.id for tab in tabs))}


TABS_THERE = chat_of(settled()).tabs or ()
FIRST_MENU, *OTHER_MENUS = chat_of(settled()).menu or ()
BARE_ENTRY = {"items": (replace(FIRST_MENU.items[0], url="https://x.example.com"), *FIRST_MENU.items[1:])}


@pytest.mark.parametrize(
    ("thing", "damage", "repair"),
    [
        (DESCRIPTION, {"description": "ours now"}, act.Describe.key),
        (MANAGERS, {"managers": frozenset({ALICE})}, act.AddManagers.key),
        (MODERATION, {"is_locked": True}, act.SetModeration.key),
        (TABS, tabs_of(*TABS_THERE[1:]), act.CreateTabs.key),
        (TABS, tabs_of(replace(TABS_THERE[0], name="cats"), *TABS_THERE[1:]), act.UpdateTabs.key),
        (MENU, {"menu": tuple(OTHER_MENUS)}, act.CreateMenu.key),
        (MENU, menu_of(name={"zh": "cats", "en": "cats"}), act.DeleteMenu.key),
        (MENU, menu_of(**BARE_ENTRY), act.PatchMenu.key),
    ],
)
def test_p5_what_was_undone_is_repaired_twice_and_then_left(thing: str, damage: dict[str, Any], repair: str) -> None:
    for times in range(2):
        incident = settled(undone={thing: times})
        assert told(incident, **damage) == [(Happening.REPAIRED, thing)]
        assert repair in planned(see(incident, **damage))

    assert told(settled(undone={thing: 2}), **damage) == [(Happening.GAVE_WAY, thing)]
    assert repair not in planned(see(settled(undone={thing: 2}), **damage))
    again = told(settled(undone={thing: 3}), **damage)
    assert again == [], "it is theirs, and was told once"


def test_the_lock_at_the_end_does_not_give_way() -> None:
    incident = closing()
    chat = replace(chat_of(incident), undone={MODERATION: 9}, is_locked=False)

    assert act.SetModeration.key in planned(replace(incident, chat=chat), 61)


def test_p5_damaged_lines_of_the_announcement_are_written_again_twice_an_hour() -> None:
    incident = settled()
    for minute in (10, 20):
        assert told(incident, minute, is_announced=False) == [(Happening.REPAIRED, ANNOUNCEMENT)]
        incident = see(incident, minute, is_announced=False)
        assert act.WriteAnnouncement.key in planned(incident, minute + 2)
        incident = replace(incident, chat=replace(chat_of(incident), announcement=chat_of(settled()).announcement))
    assert told(incident, 30, is_announced=False) == [(Happening.GAVE_WAY, ANNOUNCEMENT)]
    incident = see(incident, 30, is_announced=False)
    assert act.WriteAnnouncement.key not in planned(incident, 35)
    assert told(incident, 40, is_announced=False) == []
    assert told(incident, 95, is_announced=False) == [(Happening.REPAIRED, ANNOUNCEMENT)]


def test_each_repair_of_the_announcement_is_a_call_of_its_own() -> None:
    incident = see(settled(), is_announced=False)
    again = see(incident, 20, is_announced=False)

    uuids = {
        action.uuid
        for one in (incident, again)
        for action in planner.plan(one, wanted_of(one), after(25)).actions
        if isinstance(action, act.WriteAnnouncement)
    }
    assert len(uuids) == 2


def test_without_an_announcement_there_is_none_to_repair() -> None:
    assert chat_of(see(settled(announcement=None), is_announced=False)).announcement is None


def test_people_s_own_tabs_and_menus_are_no_damage() -> None:
    theirs = Tab(name="cats", url="https://x.example.com", id="tab-cats")
    incident = see(settled(), **tabs_of(theirs, *TABS_THERE))

    assert chat_of(incident).tabs == (theirs, *TABS_THERE)
    assert planned(incident) == [act.PutTopNotice.key]


def test_an_address_that_feishu_writes_otherwise_is_no_damage() -> None:
    tabs = tuple(replace(tab, url=tab.url.replace("https://", "HTTPS://").replace("?", "/?")) for tab in TABS_THERE)
    items = tuple(replace(item, url=f"{item.url}#") for item in FIRST_MENU.items)

    incident = see(settled(), **tabs_of(*tabs), **menu_of(items=items))

    assert TABS not in chat_of(incident).undone
    assert MENU not in chat_of(incident).undone
    assert (chat_of(incident).tabs, chat_of(incident).menu) == (TABS_THERE, chat_of(settled()).menu)


def test_tabs_and_menus_that_were_not_known_are_taken_over() -> None:
    incident = settled(tabs=None, menu=None)
    seen = see(incident, tabs=TABS_THERE, menu=chat_of(settled()).menu)

    assert (chat_of(seen).tabs, chat_of(seen).menu) == (TABS_THERE, chat_of(settled()).menu)
    assert look_at(seen) == after(10) + minutes(10)


# -- big groups --------------------------------------------------------------------------------------------------------


def big(**changes: Any) -> Incident:
    """A group of four where more than three are many."""
    incident = settled(members=frozenset({ALICE, BOB, CAROL, DAVE}), **changes)
    route = a_route(policy=a_policy(quiet_above=3))
    return replace(incident, opening=replace(incident.opening, route=route))


QUIET = act.SetModeration(chat=CHAT, is_locked=False, speakers=(ALICE, BOB))


def test_in_a_big_group_only_those_on_call_and_the_lead_may_write_and_it_is_said_once() -> None:
    assert planner.plan(big(), wanted_of(big()), after(20)).actions == (QUIET,)

    recorded = facts.record(big(), QUIET, Done(), after(20))
    assert [line.what for line in recorded.lines] == [Happening.QUIET]
    assert [(saying.kind, saying.count) for saying in recorded.incident.outbox] == [(SayingKind.QUIET, 3)]
    assert planned(replace(recorded.incident, outbox=())) == []

    led = replace(recorded.incident, outbox=(), lead=DAVE)
    (quiet,) = [
        action
        for action in planner.plan(led, wanted_of(led), after(20)).actions
        if isinstance(action, act.SetModeration)
    ]
    again = facts.record(led, quiet, Done(), after(20))
    assert quiet.speakers == (ALICE, BOB, DAVE)
    assert (again.lines, again.incident.outbox) == ((), ())


def test_a_quiet_group_stays_quiet_although_somebody_leaves_and_who_leaves_may_not_write() -> None:
    incident = big(speakers=frozenset({ALICE, BOB, CAROL}))
    chat = replace(chat_of(incident), members=frozenset({ALICE, BOB}))
    wanted = wanted_of(replace(incident, chat=chat))

    assert wanted.speakers == (ALICE, BOB)
    (action,) = planner.plan(replace(incident, chat=chat), wanted, after(20)).actions
    assert action == replace(QUIET, silenced=(CAROL,))


def test_a_group_that_is_small_or_people_s_own_is_not_quiet() -> None:
    assert wanted_of(settled()).speakers is None
    assert wanted_of(big(is_standing=True)).speakers is None
    small = big()
    assert wanted_of(replace(small, chat=replace(chat_of(small), members=frozenset({ALICE})))).speakers is None


def test_p5_who_may_write_in_a_quiet_group_is_restored() -> None:
    quiet = big(speakers=frozenset({ALICE, BOB}))

    assert told(quiet, speakers=frozenset({ALICE, BOB, CAROL})) == [], "the owner is on the list too"
    assert told(quiet, speakers=None) == [(Happening.REPAIRED, MODERATION)]
    assert planned(see(quiet, speakers=None)) == [act.PutTopNotice.key, act.SetModeration.key]

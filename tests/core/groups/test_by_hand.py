"""What people change about the group is theirs; what we changed ourselves comes back as an echo and is no news."""

from dataclasses import replace

import pytest

from alertbridge.core import lifecycle
from alertbridge.core.chats import action as act
from alertbridge.core.chats.chat import Chat, SayingKind
from alertbridge.core.chats.outcome import Done
from alertbridge.core.groups import facts, planner
from alertbridge.core.incidents.change import Change
from alertbridge.core.incidents.incident import Incident
from alertbridge.core.timeline import Happening
from tests.builders import (
    ALICE,
    CAROL,
    a_policy,
    a_route,
    a_settled_incident,
    acknowledged,
    after,
    an_incident,
    changed,
    wanted_of,
)


def chat_of(incident: Incident) -> Chat:
    assert incident.chat is not None
    return incident.chat


def renames(incident: Incident, minute: float) -> list[act.Rename]:
    planned = planner.plan(incident, wanted_of(incident), after(minute)).actions
    return [action for action in planned if isinstance(action, act.Rename)]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_our_own_name_is_no_news(language: str) -> None:
    incident = a_settled_incident()
    name = wanted_of(incident).name["en"] if language == "en" else wanted_of(incident).plain_name["en"]

    assert lifecycle.observe(incident, changed(after(5), name=name)) == Change(incident)


def test_while_the_name_is_not_known_no_name_is_news() -> None:
    incident = a_settled_incident()
    incident = replace(incident, chat=replace(chat_of(incident), name={}))

    assert lifecycle.observe(incident, changed(after(5), name="war room")) == Change(incident)


def test_another_group_and_no_group_are_no_news() -> None:
    incident = a_settled_incident()
    other = replace(changed(after(5), name="war room"), chat="oc_other")

    assert lifecycle.observe(incident, other) == Change(incident)
    assert lifecycle.observe(an_incident(), other).lines == ()


def test_a_name_given_by_hand_stays_until_the_state_changes() -> None:
    change = lifecycle.observe(a_settled_incident(), changed(after(5), name="war room"))
    assert [(line.what, line.text) for line in change.lines] == [(Happening.RENAMED, "war room")]
    assert renames(change.incident, 5) == []
    assert lifecycle.observe(change.incident, changed(after(6), name="war room")) == Change(change.incident)

    (rename,) = renames(acknowledged(change.incident), 7)
    done = facts.record(acknowledged(change.incident), rename, Done(), after(7)).incident
    assert chat_of(done).manual_name == ""


def test_p5_where_the_route_wants_its_own_name_it_is_restored_twice_and_then_left() -> None:
    incident = a_settled_incident(a_route(policy=a_policy(keep_manual_name=False)))
    for number in range(2):
        incident = lifecycle.observe(incident, changed(after(5 * number), name=f"war room {number}")).incident
        (rename,) = renames(incident, 5 * number + 1)
        incident = facts.record(incident, rename, Done(), after(5 * number + 1)).incident
    last = lifecycle.observe(incident, changed(after(15), name="war room"))

    assert [line.what for line in last.lines] == [Happening.RENAMED, Happening.GAVE_WAY]
    assert renames(last.incident, 17) == []


def test_a_new_owner_is_noted_and_told_once_and_no_manager_is_asked_for_any_more() -> None:
    change = lifecycle.observe(a_settled_incident(), changed(after(5), owner=CAROL, by=ALICE))

    assert [(line.what, line.details) for line in change.lines] == [(Happening.OWNER_CHANGED, {"to": CAROL})]
    assert [saying.kind for saying in change.incident.outbox] == [SayingKind.OWNER_CHANGED]
    incident = replace(change.incident, chat=replace(chat_of(change.incident), managers=frozenset()))
    planned = planner.plan(incident, wanted_of(incident), after(6)).actions
    assert not any(isinstance(action, act.AddManagers) for action in planned)
    assert lifecycle.observe(change.incident, changed(after(6), owner=CAROL)) == Change(change.incident)


def test_what_people_do_to_a_room_of_their_own_is_no_news() -> None:
    incident = a_settled_incident()
    incident = replace(incident, chat=replace(chat_of(incident), is_standing=True))

    assert lifecycle.observe(incident, changed(after(5), name="war room", owner=CAROL)) == Change(incident)


def test_other_settings_are_respected_and_told() -> None:
    change = lifecycle.observe(a_settled_incident(), changed(after(5), settings=("edit_permission", "description")))

    assert [(line.what, line.text) for line in change.lines] == [
        (Happening.SETTINGS_CHANGED, "edit_permission, description")
    ]

"""What is done next: one batch after the other, until the group is as the incident wants it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

import pytest

from alertbridge.core.alerts.route import ChatPolicy, OnClose
from alertbridge.core.chats import action as act
from alertbridge.core.chats.action import Action
from alertbridge.core.chats.chat import Announcement, AnnouncementKind, Chat, Saying, SayingKind, Tab
from alertbridge.core.groups.planner import (
    ANNOUNCEMENT_GAP,
    CARD_LIFE,
    CHAT_UUID_LIFE,
    EDIT_GAP,
    LAST_TRIES,
    MAX_FOUNDERS,
    MAX_MANAGERS,
    MESSAGE_UUID_LIFE,
    RENAME_GAP,
    Plan,
    is_over,
    is_ready_to_close,
    plan,
)
from alertbridge.core.ids import MessageId, OpenId, uuid_of
from alertbridge.core.incidents.command import Verb
from alertbridge.core.incidents.incident import Archive, Incident, Intent, Trouble
from alertbridge.core.lifecycle import elapse, observe
from alertbridge.core.quota import Priority
from tests.builders import (
    ALICE,
    BOB,
    CARD,
    CAROL,
    CHAT,
    DAVE,
    INCIDENT,
    T,
    a_chat,
    a_command,
    a_finished_chat,
    a_menu,
    a_route,
    a_settled_incident,
    acknowledged,
    after,
    an_incident,
    closed,
    closing,
    quiet,
    recovered,
    seconds_after,
    wanted_of,
)

LATER = after(3)
"""When every gap is over."""


def planned(incident: Incident, now: datetime = LATER) -> tuple[Action, ...]:
    return plan(incident, wanted_of(incident), now).actions


def keys(incident: Incident, now: datetime = LATER) -> list[str]:
    return [action.key for action in planned(incident, now)]


A = TypeVar("A")


def only(kind: type[A], actions: Sequence[Action]) -> A:
    found = [action for action in actions if isinstance(action, kind)]
    assert len(found) == 1
    return found[0]


def chat_of(incident: Incident) -> Chat:
    assert incident.chat is not None
    return incident.chat


def with_chat(incident: Incident, **changes: Any) -> Incident:
    """The incident, its group seen differently."""
    return replace(incident, chat=replace(chat_of(incident), **changes))


def troubled(incident: Incident, key: str, **changes: Any) -> Incident:
    """A call of this name failed once, and may be tried again at once."""
    known: dict[str, Any] = {"failures": 1, "retry_at": T, "cause": "no", "is_refused": True}
    return replace(incident, troubles=(*incident.troubles, Trouble(key=key, **{**known, **changes})))


def intended(incident: Incident, key: str, at: datetime = T) -> Incident:
    """A call of this name was about to be made."""
    return replace(incident, intents=(Intent(key=key, uuid="u", first_at=at, was_tried=True),))


# -- nothing to do -----------------------------------------------------------------------------------------------------


def test_a_group_that_is_as_wanted_plans_nothing() -> None:
    assert plan(a_settled_incident(), wanted_of(a_settled_incident()), LATER) == Plan()


def test_a_group_that_is_gone_plans_nothing() -> None:
    assert planned(with_chat(a_settled_incident(), is_gone=True, name={})) == ()


def test_a_problem_that_was_over_before_its_group_was_made_gets_none() -> None:
    assert planned(recovered(an_incident())) == ()


# -- the group ---------------------------------------------------------------------------------------------------------


def test_the_first_batch_makes_the_group_with_its_people() -> None:
    incident = an_incident()
    wanted = wanted_of(incident)

    assert planned(incident, T) == (
        act.CreateChat(
            uuid=uuid_of(INCIDENT, "chat", "0"),
            name=wanted.name,
            plain_name=wanted.plain_name,
            description=wanted.description,
            avatar="p1",
            members=(ALICE, BOB),
            is_repeat=False,
        ),
    )


def test_more_people_than_one_call_takes_are_added_later() -> None:
    crowd = tuple(OpenId(f"ou_{number:03}") for number in range(MAX_FOUNDERS + 7))
    incident = an_incident(responders=crowd)

    assert only(act.CreateChat, planned(incident)).members == crowd[:MAX_FOUNDERS]
    made = replace(incident, chat=a_chat(members=frozenset(crowd[:MAX_FOUNDERS])))
    assert only(act.AddMembers, planned(made)).people == crowd[MAX_FOUNDERS:]


def test_a_lost_answer_is_asked_for_again_with_the_same_uuid() -> None:
    first = only(act.CreateChat, planned(an_incident()))

    again = only(act.CreateChat, planned(intended(an_incident(), "create_chat"), after(8 * 60)))

    assert again == replace(first, is_repeat=True)


def test_after_nine_hours_the_group_is_looked_for_first() -> None:
    incident = intended(an_incident(), "create_chat")

    assert planned(incident, T + CHAT_UUID_LIFE) == (act.FindChat(incident=INCIDENT, number=1423),)


def test_a_group_that_may_exist_is_found_even_when_it_is_not_needed_any_more() -> None:
    incident = intended(recovered(an_incident()), "create_chat")

    assert keys(incident) == ["create_chat"]
    assert not is_ready_to_close(replace(incident, is_closing=True), wanted_of(incident))


def test_another_generation_has_another_uuid() -> None:
    uuids = {only(act.CreateChat, planned(an_incident(generation=number))).uuid for number in range(3)}

    assert len(uuids) == 3
    assert all(len(uuid) == 32 for uuid in uuids)


# -- the card ----------------------------------------------------------------------------------------------------------


def test_the_second_batch_is_the_card_which_calls_the_responders() -> None:
    incident = an_incident(chat=a_chat())

    assert planned(incident) == (
        act.SendCard(
            chat=CHAT,
            uuid=uuid_of(INCIDENT, "card", f"{CHAT}:"),
            view=wanted_of(incident).card,  # type: ignore[arg-type]
            version=incident.version,
            mention=(ALICE, BOB),
        ),
    )


def test_the_third_batch_is_everything_else() -> None:
    incident = an_incident(chat=a_chat())
    card = replace(chat_of(a_settled_incident()), members=chat_of(incident).members).card

    assert sorted(keys(replace(incident, chat=a_chat(card=card)))) == [
        "add_managers",
        "create_menu",
        "create_tabs",
        "fetch_share_link",
        "put_top_notice",
        "rename",
        "write_announcement",
    ]


def test_who_is_called_is_added_first() -> None:
    incident = an_incident(chat=a_chat(members=frozenset({ALICE})))

    assert planned(incident) == (act.AddMembers(chat=CHAT, people=(BOB,)),)


def test_who_cannot_be_added_is_not_called() -> None:
    refused = an_incident(chat=a_chat(members=frozenset({ALICE}), refused=frozenset({BOB})))
    failing = troubled(an_incident(chat=a_chat(members=frozenset({ALICE}))), "add_members", retry_at=after(9))

    for incident in (refused, failing):
        assert only(act.SendCard, planned(incident)).mention == (ALICE,)


def test_a_card_that_only_waits_for_the_quota_still_comes_before_the_rest() -> None:
    waiting = troubled(an_incident(chat=a_chat()), "send_card", failures=0, is_refused=False, retry_at=after(4))

    assert plan(waiting, wanted_of(waiting), LATER) == Plan((), after(4))


def test_the_group_is_furnished_although_the_card_is_refused() -> None:
    refused = troubled(an_incident(chat=a_chat()), "send_card", retry_at=after(4))

    assert "create_tabs" in keys(refused)
    assert "send_card" not in keys(refused)
    assert plan(refused, wanted_of(refused), LATER).wait_until == after(4)


def test_a_lost_card_is_sent_again_and_after_fifty_minutes_looked_for() -> None:
    incident = intended(an_incident(chat=a_chat()), "send_card")

    soon = only(act.SendCard, planned(incident, T + MESSAGE_UUID_LIFE - timedelta(seconds=1)))
    late = only(act.SendCard, planned(incident, T + MESSAGE_UUID_LIFE))

    assert (soon.tried_at, soon.look_since) == (T, None)
    assert (late.tried_at, late.look_since) == (T, T)
    assert soon.uuid == late.uuid == only(act.SendCard, planned(an_incident(chat=a_chat()))).uuid


def test_the_card_is_edited_when_it_should_say_something_else() -> None:
    incident = quiet(acknowledged(a_settled_incident()))

    edit = only(act.EditCard, planned(incident))

    assert (edit.message, edit.form, edit.view) == (CARD, "interactive", wanted_of(incident).card)
    assert edit.priority is Priority.UPDATE


def test_edits_are_gathered_for_two_seconds() -> None:
    incident = quiet(acknowledged(a_settled_incident(at=after(10)), at=after(5)))

    assert plan(incident, wanted_of(incident), after(10)) == Plan((), after(10) + EDIT_GAP)
    assert "edit_card" in keys(incident, after(10) + EDIT_GAP)


def test_a_clicks_own_edit_waits_half_a_second() -> None:
    incident = quiet(acknowledged(a_settled_incident(), at=LATER))

    early = plan(incident, wanted_of(incident), LATER)

    assert "edit_card" not in [action.key for action in early.actions]
    assert early.wait_until == LATER + timedelta(milliseconds=500)
    assert "edit_card" in keys(incident, LATER + timedelta(milliseconds=500))


def test_a_refresh_is_an_edit_that_lets_everything_else_go_first() -> None:
    incident = elapse(a_settled_incident(), after(5)).incident

    edit = only(act.EditCard, planned(incident, after(5)))

    assert edit.is_refresh
    assert edit.priority is Priority.DECORATION


def test_a_card_whose_look_is_unknown_is_edited() -> None:
    card = chat_of(a_settled_incident()).card
    assert card is not None

    edit = only(act.EditCard, planned(with_chat(a_settled_incident(), card=replace(card, view=None))))

    assert not edit.is_refresh


def test_on_day_13_another_card_takes_over_and_calls_nobody() -> None:
    incident = a_settled_incident(refreshed=0)

    almost = keys(incident, T + CARD_LIFE - timedelta(seconds=1))
    batch = planned(incident, T + CARD_LIFE)

    assert almost == []
    assert [action.key for action in batch] == ["send_card"]
    card = only(act.SendCard, batch)
    assert card.mention == ()
    assert card.uuid != uuid_of(INCIDENT, "card", f"{CHAT}:")


def test_a_recalled_card_is_replaced_and_not_edited() -> None:
    live = chat_of(a_settled_incident()).card
    assert live is not None
    incident = with_chat(a_settled_incident(), card=replace(live, is_gone=True, view=None), top_notice=None)

    assert keys(incident) == ["send_card"]
    assert only(act.SendCard, planned(incident)).mention == ()
    assert "edit_card" not in keys(troubled(incident, "send_card"))
    assert "put_top_notice" not in keys(troubled(incident, "send_card"))


def test_a_banner_that_shows_something_else_is_put_again() -> None:
    incident = with_chat(a_settled_incident(), top_notice=MessageId("om_old"))

    assert planned(incident) == (act.PutTopNotice(chat=CHAT, message=CARD),)


def test_the_banner_is_taken_away_at_the_end() -> None:
    incident = closed(OnClose.KEEP)

    assert act.DeleteTopNotice(chat=CHAT) in planned(incident, after(70))
    assert "delete_top_notice" not in keys(with_chat(incident, top_notice=None), after(70))


def test_a_banner_that_may_be_there_is_put_or_taken_away_to_be_sure() -> None:
    unknown = MessageId("")

    assert keys(with_chat(a_settled_incident(), top_notice=unknown)) == ["put_top_notice"]
    assert "delete_top_notice" in keys(with_chat(closed(OnClose.KEEP), top_notice=unknown), after(70))


# -- people ------------------------------------------------------------------------------------------------------------


def test_only_who_is_missing_is_added() -> None:
    incident = a_settled_incident(lead=CAROL)

    assert only(act.AddMembers, planned(incident)).people == (CAROL,)


def test_nobody_is_removed() -> None:
    incident = with_chat(a_settled_incident(), members=frozenset({ALICE, BOB, CAROL, DAVE}))

    assert planned(incident) == ()


def test_only_members_become_managers() -> None:
    incident = with_chat(a_settled_incident(lead=CAROL), managers=frozenset({ALICE}))

    assert only(act.AddManagers, planned(incident)).people == (BOB,)


def test_who_should_not_manage_any_more_does_not() -> None:
    incident = with_chat(a_settled_incident(), managers=frozenset({ALICE, BOB, CAROL}))

    assert planned(incident) == (act.DeleteManagers(chat=CHAT, people=(CAROL,)),)


def crowd(number: int) -> tuple[OpenId, ...]:
    return tuple(OpenId(f"ou_{person:03}") for person in range(number))


def test_there_are_at_most_ten_managers() -> None:
    incident = an_incident(responders=crowd(14))
    incident = replace(incident, chat=a_finished_chat(incident, managers=frozenset()))

    assert only(act.AddManagers, planned(incident)).people == crowd(MAX_MANAGERS)


def test_an_eleventh_manager_waits_for_a_place() -> None:
    incident = an_incident(responders=crowd(14), lead=crowd(14)[13])
    full = replace(incident, chat=a_finished_chat(incident, managers=frozenset(crowd(10))))

    assert planned(full) == (act.DeleteManagers(chat=CHAT, people=(crowd(10)[9],)),)
    room = replace(incident, chat=a_finished_chat(incident, managers=frozenset(crowd(9))))
    assert planned(room) == (act.AddManagers(chat=CHAT, people=(crowd(14)[13],)),)


# -- looks -------------------------------------------------------------------------------------------------------------


def test_the_group_is_renamed_at_most_once_a_minute() -> None:
    incident = quiet(acknowledged(a_settled_incident(at=after(2)), at=after(1)))

    assert "rename" not in keys(incident, after(2) + RENAME_GAP - timedelta(seconds=1))
    rename = only(act.Rename, planned(incident, after(2) + RENAME_GAP))
    assert rename.name["en"].startswith("[P1][acked]")
    assert rename.plain_name["en"] == "[P1][acked] incident (#1423)"


def test_the_announcement_is_written_at_most_once_a_minute() -> None:
    incident = quiet(acknowledged(a_settled_incident(at=after(2)), at=after(1)))

    assert "write_announcement" not in keys(incident, after(2) + ANNOUNCEMENT_GAP - timedelta(seconds=1))
    write = only(act.WriteAnnouncement, planned(incident, after(2) + ANNOUNCEMENT_GAP))
    seen = chat_of(incident).announcement
    assert seen is not None
    assert (write.blocks, write.before, write.kind) == (seen.blocks, seen.lines, AnnouncementKind.DOCX)


def test_an_announcement_that_may_be_there_is_looked_for() -> None:
    seen = replace(chat_of(a_settled_incident()).announcement or Announcement(kind=AnnouncementKind.DOC), blocks=None)
    incident = with_chat(a_settled_incident(), announcement=seen)

    assert only(act.WriteAnnouncement, planned(incident)).blocks is None


def test_tabs_that_are_missing_are_made_before_others_are_moved() -> None:
    tabs = chat_of(a_settled_incident()).tabs
    assert tabs is not None
    moved = tuple(replace(tab, url="https://elsewhere.example.com") for tab in tabs)

    assert keys(with_chat(a_settled_incident(), tabs=())) == ["create_tabs"]
    update = only(act.UpdateTabs, planned(with_chat(a_settled_incident(), tabs=moved)))
    assert update.tabs == tabs


def test_peoples_own_tabs_stay() -> None:
    tabs = chat_of(a_settled_incident()).tabs
    assert tabs is not None
    incident = with_chat(a_settled_incident(), tabs=(*tabs, Tab(name="ours", url="https://x.example.com", id="9")))

    assert planned(incident) == ()


@pytest.mark.parametrize(("field", "key"), [("tabs", "look_at_tabs"), ("menu", "look_at_menu")])
def test_what_is_not_known_is_looked_at(field: str, key: str) -> None:
    assert keys(with_chat(a_settled_incident(), **{field: None})) == [key]


def test_a_menu_that_differs_is_made_anew() -> None:
    old = a_menu("帮助", ("Page", "https://x.example.com"), id="7")
    menu = chat_of(a_settled_incident()).menu
    assert menu is not None
    incident = with_chat(a_settled_incident(), menu=(*menu, old))

    assert planned(incident) == (act.DeleteMenu(chat=CHAT, ids=("7",)),)
    empty = with_chat(a_settled_incident(), menu=())
    assert only(act.CreateMenu, planned(empty)).menu == wanted_of(empty).menu


def test_peoples_own_menus_stay() -> None:
    menu = chat_of(a_settled_incident()).menu
    assert menu is not None
    own = a_menu("Runbooks", ("Page", "https://x.example.com"), id="7")

    assert planned(with_chat(a_settled_incident(), menu=(own, *menu))) == ()
    assert keys(with_chat(a_settled_incident(), menu=(own,))) == ["create_menu"]


def test_menus_in_another_order_are_as_good() -> None:
    menu = chat_of(a_settled_incident()).menu
    assert menu is not None

    assert planned(with_chat(a_settled_incident(), menu=tuple(reversed(menu)))) == ()


def test_the_share_link_is_fetched_once() -> None:
    assert keys(with_chat(a_settled_incident(), share_link="")) == ["fetch_share_link"]


def test_what_the_route_does_without_is_left_alone() -> None:
    bare = an_incident(a_route(policy=ChatPolicy(tabs=False, menu=False, announcement=False)))
    card = chat_of(a_settled_incident()).card
    incident = replace(bare, chat=a_chat(card=card, tabs=None, menu=None))

    assert not {"look_at_tabs", "look_at_menu", "write_announcement"} & set(keys(incident))


# -- messages ----------------------------------------------------------------------------------------------------------


def saying(kind: SayingKind = SayingKind.ACK, cause: str = "1", **changes: Any) -> Saying:
    return Saying(kind=kind, cause=cause, **changes)


def test_messages_go_one_at_a_time_in_order() -> None:
    incident = a_settled_incident(outbox=(saying(cause="1"), saying(cause="2")))

    assert planned(incident) == (
        act.Say(chat=CHAT, uuid=uuid_of(INCIDENT, "ack", f"{CHAT}:1"), saying=incident.outbox[0]),
    )


def test_a_message_to_a_person_waits_until_that_person_is_in_the_group() -> None:
    incident = a_settled_incident(lead=CAROL, outbox=(saying(SayingKind.ASSIGN, to=CAROL),))

    assert "say:assign:1" not in keys(incident)
    assert "add_members" in keys(incident)
    joined = with_chat(incident, members=frozenset({ALICE, BOB, CAROL}))
    assert "say:assign:1" in keys(joined)
    assert "say:assign:1" in keys(troubled(incident, "add_members", retry_at=after(9)))
    assert "say:assign:1" in keys(with_chat(incident, refused=frozenset({CAROL})))


def test_a_lost_message_is_looked_for_after_fifty_minutes() -> None:
    incident = intended(a_settled_incident(outbox=(saying(),)), "say:ack:1")

    assert only(act.Say, planned(incident, after(49))).look_since is None
    assert only(act.Say, planned(incident, after(50))).look_since == T


def test_an_edit_of_a_message_waits_for_the_toast_too() -> None:
    edit = saying(SayingKind.COUNTDOWN_KEPT, edits=MessageId("om_2"))
    incident = a_settled_incident(outbox=(edit,), hold_edits_until=seconds_after(200))

    assert plan(incident, wanted_of(incident), LATER) == Plan((), seconds_after(200))
    assert keys(incident, seconds_after(200)) == ["say:countdown_kept:1"]


# -- troubles ----------------------------------------------------------------------------------------------------------


def test_what_failed_waits_and_holds_up_nothing_else() -> None:
    incident = troubled(with_chat(a_settled_incident(), share_link="", tabs=()), "create_tabs", retry_at=after(9))

    result = plan(incident, wanted_of(incident), LATER)

    assert [action.key for action in result.actions] == ["fetch_share_link"]
    assert result.wait_until == after(9)


def test_what_failed_is_tried_again_when_its_time_comes() -> None:
    incident = troubled(with_chat(a_settled_incident(), tabs=()), "create_tabs", retry_at=after(9))

    assert keys(incident, after(9)) == ["create_tabs"]


# -- the end -----------------------------------------------------------------------------------------------------------


def ended(on_close: OnClose = OnClose.DISBAND, **changes: Any) -> Incident:
    """Closing, everything said and shown."""
    incident = quiet(closing(on_close))
    return replace(incident, chat=a_finished_chat(incident, at=T, is_locked=False), **changes)


def test_closing_first_locks_then_archives() -> None:
    incident = ended()
    assert planned(incident, after(61)) == (act.SetModeration(chat=CHAT, is_locked=True),)

    locked = with_chat(incident, is_locked=True)
    assert planned(locked, after(61)) == (act.ArchiveMessages(chat=CHAT),)
    assert not is_ready_to_close(locked, wanted_of(locked))

    archived = replace(locked, archive=Archive(messages=3, is_complete=True))
    assert planned(archived, after(61)) == ()
    assert is_ready_to_close(archived, wanted_of(archived))


def test_a_group_that_its_route_keeps_is_neither_locked_nor_archived() -> None:
    incident = ended(OnClose.KEEP)

    assert planned(incident, after(61)) == ()
    assert is_ready_to_close(incident, wanted_of(incident))


def test_a_lock_whose_answer_was_lost_is_made_sure_of() -> None:
    assert keys(with_chat(ended(), is_locked=None), after(61)) == ["set_moderation"]
    assert keys(with_chat(a_settled_incident(), is_locked=None)) == ["set_moderation"]


def test_a_reopened_group_is_unlocked() -> None:
    locked = with_chat(ended(), is_locked=True)
    reopened = quiet(observe(locked, a_command(Verb.REOPEN, at=after(61))).incident)

    assert act.SetModeration(chat=CHAT, is_locked=False) in planned(reopened, after(61))


def test_a_group_that_cannot_be_locked_is_archived_all_the_same() -> None:
    incident = troubled(ended(), "set_moderation", retry_at=after(100))

    assert keys(incident, after(61)) == ["archive"]
    archived = replace(incident, archive=Archive(is_complete=True))
    assert is_ready_to_close(archived, wanted_of(archived))


def test_a_lock_that_only_fails_for_now_is_waited_for() -> None:
    incident = troubled(ended(), "set_moderation", is_refused=False, retry_at=after(62))

    assert keys(incident, after(61)) == []
    assert not is_ready_to_close(incident, wanted_of(incident))


def test_p6_a_history_that_cannot_be_read_is_not_waited_for() -> None:
    incident = with_chat(ended(archive=Archive(refused="no scope")), is_locked=True)

    assert planned(incident, after(61)) == ()
    assert is_ready_to_close(incident, wanted_of(incident))


def test_a_closing_group_is_locked_although_its_card_could_not_be_sent() -> None:
    incident = replace(with_chat(ended(), card=None, members=frozenset()), hold_edits_until=None)

    assert {"send_card", "set_moderation", "add_members"} <= set(keys(incident, after(61)))


def test_an_incident_that_is_not_closing_is_not_ready_to_close() -> None:
    assert not is_ready_to_close(a_settled_incident(), wanted_of(a_settled_incident()))


@pytest.mark.parametrize("chat", [None, a_chat(is_gone=True)])
def test_without_a_group_there_is_nothing_to_wait_for(chat: Chat | None) -> None:
    incident = replace(ended(), chat=chat)

    assert is_ready_to_close(incident, wanted_of(incident))


def test_after_closed_the_farewell_comes_before_the_disband() -> None:
    incident = replace(closed(), outbox=(saying(SayingKind.ARCHIVED),))

    assert keys(incident, after(62)) == ["say:archived:1"]
    assert planned(quiet(incident), after(62)) == (act.DisbandChat(chat=CHAT),)
    gone = with_chat(quiet(incident), is_gone=True)
    assert is_over(gone, wanted_of(gone), after(62))


def test_p6_without_an_archive_the_group_is_locked_and_stays() -> None:
    incident = closed(refused="no scope")

    assert "disband" not in keys(incident, after(62))
    assert act.SetModeration(chat=CHAT, is_locked=True) in planned(incident, after(62))


def test_an_incident_with_something_left_to_do_is_not_over() -> None:
    refused = troubled(closed(), "disband", retry_at=after(90))

    assert not is_over(refused, wanted_of(refused), after(62))
    assert not is_over(a_settled_incident(), wanted_of(a_settled_incident()), LATER)


def test_what_feishu_keeps_refusing_does_not_keep_a_closed_incident_from_its_end() -> None:
    hopeless = troubled(closed(), "disband", failures=LAST_TRIES)
    hopeful = troubled(closed(), "disband", failures=LAST_TRIES, is_refused=False)

    assert is_over(hopeless, wanted_of(hopeless), after(62))
    assert keys(hopeful, after(62)) == ["disband"]


def test_while_an_incident_lives_a_refusal_is_never_final() -> None:
    incident = troubled(with_chat(a_settled_incident(), tabs=()), "create_tabs", failures=LAST_TRIES + 9)

    assert keys(incident) == ["create_tabs"]


def test_a_kept_group_is_renamed_at_its_end_and_then_it_is_over() -> None:
    incident = closed(OnClose.KEEP)
    assert "rename" in keys(incident, after(70))

    done = replace(incident, chat=a_finished_chat(incident))
    assert is_over(done, wanted_of(done), after(70))

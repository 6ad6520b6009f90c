"""A lobby: what its digest shows, what is worth a message, whose group it is, what is done for it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from alertbridge.core.chats import action as act
from alertbridge.core.chats.action import AddMembers, Buzz, PutTopNotice
from alertbridge.core.chats.card import State, Update
from alertbridge.core.chats.chat import Chat
from alertbridge.core.chats.outcome import (
    AnswerLost,
    Buzzed,
    CardGone,
    ChatGone,
    ChatMade,
    Done,
    Failed,
    MembersAdded,
    NotFound,
    Outcome,
    Sent,
)
from alertbridge.core.groups import naming
from alertbridge.core.groups.planner import CHAT_UUID_LIFE
from alertbridge.core.ids import ChatId, EntryId, IncidentId, MessageId, OpenId
from alertbridge.core.incidents.incident import Archive, Incident, Status
from alertbridge.core.rooms.letter import LETTER_LIFE, Letter, LetterKind
from alertbridge.core.rooms.lobby import (
    GROUP_PATIENCE,
    MAIN_LOBBY,
    Digest,
    Lobby,
    LobbyChat,
    LobbyPolicy,
    Offer,
    digest_rows,
    is_given_up,
    lobby_of,
    shown_in_lobby,
)
from alertbridge.core.rooms.lobby_life import (
    CARD_LIFE,
    LOOK_EVERY,
    LOOK_GAP,
    MESSAGES_AN_HOUR,
    Sight,
    look,
    lose_lobby,
    needs_look,
    next_look,
    with_lobby,
    write_digest,
)
from alertbridge.core.rooms.lobby_plan import CreateLobby, EditDigest, EditOffer, FindLobby, LobbyWanted, note_intents
from alertbridge.core.rooms.room import (
    ChatWasLost,
    Chosen,
    Nudged,
    Offered,
    Reported,
    Room,
    lobby_name,
    lobby_room,
    person_room,
)
from alertbridge.core.rooms.tending import RoomAction, RoomPlan, SendLetter, forget_late, observe, plan, record
from alertbridge.core.severity import Severity
from tests.builders import ALICE, BOB, CAROL, a_chat, an_incident

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
SOON = NOW + LOOK_GAP
ROOM = lobby_room("ops")
OURS, THEIRS = ChatId("oc_lobby"), ChatId("oc_theirs")
TITLE = {"zh": "运维", "en": "ops"}
MADE = LobbyPolicy(name="ops", people=("alice", "bob"))
OFFERED = LobbyPolicy(name="ops")
GIVEN = LobbyPolicy(name="ops", chat=THEIRS)
REFUSED = Failed(cause="no", is_refused=True)
LOST = AnswerLost(cause="no answer")


def numbered(number: int, **changes: Any) -> Incident:
    """A P1 in a group that can be joined."""
    chat = a_chat(share_link=f"https://feishu.example/{number}")
    known: dict[str, Any] = {
        "id": IncidentId(f"01{number:0>24}"),
        "number": number,
        "chat": chat,
        "severity": Severity.P1,
        "status_at": NOW,
    }
    return replace(an_incident(), **(known | changes))


def wanted(policy: LobbyPolicy = MADE) -> LobbyWanted:
    return LobbyWanted(policy=policy, title=TITLE, marker="[ab1:lobby-ops:0123456789]")


def sight(*living: Incident, policy: LobbyPolicy = MADE, **changes: Any) -> Sight:
    people = (ALICE, BOB) if policy.people else ()
    known: dict[str, Any] = {"ended": (), "page": "https://alerts.example", "people": people}
    return Sight(policy=policy, title=TITLE, living=living, timezone="UTC", **(known | changes))


def seen(room: Room, *living: Incident, now: datetime = NOW, policy: LobbyPolicy = MADE, **changes: Any) -> Room:
    """Look, and write the digest that is missing."""
    return write_digest(look(room, sight(*living, policy=policy, **changes), now), now)


def fresh() -> Room:
    return Room(id=ROOM)


def outcome_of(action: RoomAction) -> Outcome:
    match action:
        case CreateLobby(members=members):
            return ChatMade(chat=OURS, members=members)
        case FindLobby():
            return NotFound()
        case SendLetter(letter=letter):
            return Sent(message=MessageId(f"om_{letter.key}"), form="interactive")
        case AddMembers():
            return MembersAdded(refused={})
        case Buzz():
            return Buzzed()
        case _:
            return Done()


def done(room: Room, now: datetime = NOW, policy: LobbyPolicy = MADE) -> Room:
    """Do everything that is planned; after that the plan is empty."""
    for _ in range(20):
        room = write_digest(forget_late(room, now, wanted(policy)), now)
        planned = plan(room, now, wanted(policy))
        if not planned.actions:
            return room
        for action in planned.actions:
            room = record(note_intents(room, planned.actions, now), action, outcome_of(action), now)
    raise AssertionError("the plan never ends")


def settled(*living: Incident) -> Room:
    """A lobby of ours in which everything is as it should be."""
    return done(seen(fresh(), *living))


def chat_of(room: Room) -> LobbyChat:
    assert room.lobby.chat is not None
    return room.lobby.chat


def keys(room: Room, now: datetime = NOW, policy: LobbyPolicy = MADE) -> list[str]:
    return [action.key for action in plan(room, now, wanted(policy)).actions]


# -- what it shows -----------------------------------------------------------------------------------------------------


def test_rooms_know_whether_they_are_a_lobby() -> None:
    assert lobby_name(ROOM) == "ops"
    assert lobby_name(person_room(OpenId("ou_alice"))) is None


def test_an_incident_belongs_to_the_lobby_of_its_route_else_to_the_main_one() -> None:
    incident = numbered(1)
    opening = replace(incident.opening, route=replace(incident.opening.route, lobby="ops"))

    assert lobby_of(incident) == MAIN_LOBBY
    assert lobby_of(replace(incident, opening=opening)) == "ops"


def test_the_mark_of_a_lobby_is_no_incidents() -> None:
    marker = naming.lobby_marker(b"key", "cli_app", "ops")

    assert naming.parse_marker(marker) is None
    assert naming.has_mark(marker)
    assert marker != naming.lobby_marker(b"another", "cli_app", "ops")


def test_the_worst_that_nobody_holds_comes_first_then_the_oldest() -> None:
    held = numbered(1, status=Status.ACKNOWLEDGED, lead=ALICE)
    free, mild = numbered(2), numbered(3, severity=Severity.P3)
    older = numbered(4, opened_at=free.opened_at - timedelta(hours=1))
    over = numbered(5, status=Status.RESOLVED)

    rows = digest_rows([held, mild, free, older, over])

    assert [row.number for row in rows] == [4, 2, 1, 3]
    assert (rows[2].lead, rows[2].state) == (ALICE, State.ACKED)


def test_a_row_has_the_newest_update_and_a_way_in_while_there_is_one() -> None:
    told = numbered(1, update=Update(text="rolling back", at=NOW, by=ALICE))
    gone = numbered(2, chat=replace(a_chat(share_link="https://x.example"), is_gone=True))
    none = numbered(3, chat=None)

    rows = {row.number: row for row in digest_rows([told, gone, none])}

    assert (rows[1].update, rows[1].link) == ("rolling back", "https://feishu.example/1")
    assert (rows[2].update, rows[2].link, rows[3].link) == ("", "", "")


def test_a_lobby_hears_of_what_it_shows_and_of_nothing_else() -> None:
    incident = numbered(1)

    assert shown_in_lobby(None) != shown_in_lobby(incident)
    assert shown_in_lobby(incident) == shown_in_lobby(replace(incident, refreshed=5, version=9))
    assert shown_in_lobby(incident) != shown_in_lobby(replace(incident, lead=BOB))
    assert shown_in_lobby(incident) != shown_in_lobby(replace(incident, chat=None))


def test_of_a_storm_the_umbrella_stands_in_the_lobby_and_not_what_is_folded_into_it() -> None:
    folded = replace(an_incident(), folded_in=IncidentId("01JD4ZK5M8Q0V7R3X9T2B6N1HB"))

    assert digest_rows([folded]) == ()
    assert shown_in_lobby(folded) == shown_in_lobby(replace(folded, lead=BOB)) == ()


# -- looking -----------------------------------------------------------------------------------------------------------


def test_it_looks_at_first_then_after_news_but_not_too_often_and_each_hour() -> None:
    assert needs_look(fresh(), NOW)
    assert next_look(fresh()) is None
    room = settled()
    assert not needs_look(room, NOW + LOOK_EVERY - timedelta(seconds=1))
    assert needs_look(room, NOW + LOOK_EVERY)

    nudged = observe(room, Nudged(id=EntryId("1"), at=NOW))
    assert observe(nudged, Nudged(id=EntryId("2"), at=NOW)) is nudged
    assert not needs_look(nudged, SOON - timedelta(seconds=1))
    assert needs_look(nudged, SOON)
    assert plan(nudged, NOW, wanted()).wait_until == SOON


def test_the_digest_shows_twenty_and_counts_all() -> None:
    room = seen(fresh(), *(numbered(number) for number in range(25)))

    assert room.lobby.view is not None
    assert (len(room.lobby.view.rows), room.lobby.view.count) == (20, 25)


def test_when_the_last_one_ended_is_remembered() -> None:
    ended = numbered(1, status=Status.CLOSED, status_at=NOW - timedelta(minutes=5))
    room = look(settled(), sight(ended=(ended,)), NOW)
    later = look(room, sight(), SOON)

    assert later.lobby.last_ended_at == NOW - timedelta(minutes=5)


def test_people_who_cannot_be_looked_up_now_are_the_same_as_before() -> None:
    room = look(settled(), sight(people=None), SOON)

    assert room.lobby.people == (ALICE, BOB)


# -- messages ----------------------------------------------------------------------------------------------------------


def letters(room: Room, kind: LetterKind) -> list[Letter]:
    return [letter for letter in room.outbox if letter.kind is kind]


def test_a_p1_is_announced_once() -> None:
    room = seen(settled(), numbered(1), now=SOON)
    (letter,) = letters(room, LetterKind.P1)
    assert (letter.number, letter.link, letter.chat) == (1, "https://feishu.example/1", OURS)

    again = seen(done(room, SOON), numbered(1), now=SOON + LOOK_GAP)

    assert letters(again, LetterKind.P1) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"severity": Severity.P2},
        {"status": Status.RESOLVED},
        {"status": Status.TRIAGE},
    ],
)
def test_what_is_no_p1_that_burns_is_not(changes: dict[str, Any]) -> None:
    assert letters(seen(settled(), numbered(1, **changes), now=SOON), LetterKind.P1) == []


@pytest.mark.parametrize("chat", [None, a_chat(share_link=""), replace(a_chat(share_link="https://x"), is_gone=True)])
def test_a_p1_whose_group_takes_long_is_announced_without_it(chat: Chat | None) -> None:
    waiting = numbered(1, chat=chat, status_at=SOON)
    room = done(seen(settled(), waiting, now=SOON), SOON)
    assert letters(room, LetterKind.P1) == []
    due = SOON + GROUP_PATIENCE
    assert (next_look(room), needs_look(room, due)) == (due, True)

    (letter,) = letters(seen(room, waiting, now=due), LetterKind.P1)

    assert (letter.number, letter.link) == (1, "")


def test_a_p1_whose_group_comes_in_time_is_announced_with_it() -> None:
    room = done(seen(settled(), numbered(1, chat=None, status_at=SOON), now=SOON), SOON)

    room = seen(observe(room, Nudged(id=EntryId("1"), at=SOON)), numbered(1, status_at=SOON), now=SOON + LOOK_GAP)

    (letter,) = letters(room, LetterKind.P1)
    assert letter.link == "https://feishu.example/1"
    assert next_look(done(room, SOON + LOOK_GAP)) == SOON + LOOK_GAP + LOOK_EVERY


def test_what_was_open_before_there_was_a_group_stands_on_the_digest_only() -> None:
    room = seen(fresh(), numbered(1))

    assert letters(room, LetterKind.P1) == []
    assert letters(seen(done(room), numbered(1), now=SOON), LetterKind.P1) == []


def test_the_archive_of_what_is_over_is_linked() -> None:
    archived = numbered(1, status=Status.CLOSED, archive=Archive(messages=12, is_complete=True))
    (letter,) = letters(seen(settled(), ended=(archived,), now=SOON), LetterKind.ARCHIVED)
    assert (letter.number, letter.count, letter.incident) == (1, 12, archived.id)

    assert letters(seen(settled(), ended=(archived,), page="", now=SOON), LetterKind.ARCHIVED) == []
    assert letters(seen(settled(), ended=(numbered(1),), now=SOON), LetterKind.ARCHIVED) == []


def test_what_one_look_did_not_see_is_not_over_for_that() -> None:
    room = done(seen(settled(), numbered(1), numbered(2), now=SOON), SOON)
    later = SOON + LOOK_GAP

    again = seen(seen(room, numbered(2), now=later), numbered(1), numbered(2), now=later + LOOK_GAP)
    assert letters(again, LetterKind.P1) == []
    assert set(again.lobby.known) == {numbered(1).id, numbered(2).id}

    forgotten = seen(room, numbered(2), forgotten=frozenset({numbered(1).id}), now=later)
    assert (forgotten.lobby.known, forgotten.lobby.told) == ((numbered(2).id,), (numbered(2).id,))


def test_there_are_not_more_than_ten_messages_an_hour() -> None:
    many = [numbered(number) for number in range(MESSAGES_AN_HOUR + 3)]
    room = seen(settled(), *many, now=SOON)
    assert len(letters(room, LetterKind.P1)) == MESSAGES_AN_HOUR

    later = SOON + timedelta(hours=1)
    assert next_look(room) == later
    another = seen(done(room, SOON), *many, numbered(99), now=later)

    assert [letter.number for letter in letters(another, LetterKind.P1)] == [10, 11, 12, 99], "late, but told"


# -- a group of its own ------------------------------------------------------------------------------------------------


def test_a_lobby_with_people_gets_a_group_a_digest_and_a_top_notice() -> None:
    room = seen(fresh())
    (create,) = plan(room, NOW, wanted()).actions
    assert isinstance(create, CreateLobby)
    assert (create.members, create.is_repeat) == ((ALICE, BOB), False)

    room = done(room)

    chat = chat_of(room)
    assert (chat.id, chat.is_ours, chat.members) == (OURS, True, frozenset({ALICE, BOB}))
    assert chat.digest is not None
    assert (chat.pinned, chat.digest.view) == (chat.digest.message, room.lobby.view)
    assert plan(room, NOW, wanted()) == RoomPlan(wait_until=NOW + LOOK_EVERY)


def test_a_quiet_lobby_is_ours_alone_to_write_in() -> None:
    quiet = replace(MADE, quiet=True)
    room = done(seen(fresh(), policy=quiet), policy=quiet)
    assert chat_of(room).is_quiet

    (loud,) = plan(room, NOW, wanted()).actions
    assert loud == act.SetModeration(chat=OURS, is_locked=False)
    assert chat_of(record(room, loud, REFUSED, NOW)).is_quiet is False


def test_people_who_come_into_the_file_are_added_once_and_asked_for_again_only_where_the_call_is_refused() -> None:
    room = look(settled(), sight(people=(ALICE, CAROL)), SOON)
    (add,) = [one for one in plan(room, SOON, wanted()).actions if isinstance(one, AddMembers)]
    assert add.people == (CAROL,)

    assert CAROL in chat_of(record(room, add, MembersAdded(refused={CAROL: "resigned"}), SOON)).members
    refused = record(room, add, REFUSED, SOON)
    assert CAROL not in chat_of(refused).members
    assert AddMembers.key not in keys(refused, SOON)
    assert AddMembers.key in keys(refused, SOON + timedelta(minutes=1))


def test_a_create_whose_answer_was_lost_is_repeated_then_looked_for() -> None:
    room = note_intents(seen(fresh()), plan(seen(fresh()), NOW, wanted()).actions, NOW)
    (create,) = plan(room, NOW, wanted()).actions
    lost = record(room, create, LOST, NOW)
    assert plan(lost, NOW, wanted()).actions == ()
    minute = NOW + timedelta(minutes=1)
    (again,) = plan(lost, minute, wanted()).actions
    assert isinstance(again, CreateLobby)
    assert (again.is_repeat, again.uuid) == (True, create.uuid)  # type: ignore[union-attr]

    (find,) = plan(lost, NOW + CHAT_UUID_LIFE, wanted()).actions
    assert isinstance(find, FindLobby)
    found = record(lost, find, ChatMade(chat=OURS, members=()), NOW + CHAT_UUID_LIFE)
    assert chat_of(found).id == OURS
    nowhere = record(lost, find, NotFound(), NOW + CHAT_UUID_LIFE)
    (anew,) = plan(nowhere, NOW + CHAT_UUID_LIFE, wanted()).actions
    assert isinstance(anew, CreateLobby)
    assert anew.uuid != create.uuid  # type: ignore[union-attr]


def test_a_refused_create_waits() -> None:
    room = seen(fresh())
    (create,) = plan(room, NOW, wanted()).actions

    assert plan(record(room, create, REFUSED, NOW), NOW, wanted()).actions == ()
    disbanded = record(room, create, ChatGone(), NOW)
    assert disbanded.lobby.generation == 1


def test_the_digest_is_edited_in_place_ten_seconds_apart() -> None:
    room = look(settled(), sight(numbered(1, severity=Severity.P3)), NOW + timedelta(seconds=4))
    assert keys(room, NOW + timedelta(seconds=4)) == []

    (edit,) = plan(room, SOON, wanted()).actions
    assert isinstance(edit, EditDigest)
    assert plan(record(room, edit, REFUSED, SOON), SOON, wanted()).actions == (), "asked again later"
    edited = record(room, edit, Done(), SOON)
    digest = chat_of(edited).digest
    assert digest is not None
    assert (digest.view, digest.edited_at) == (room.lobby.view, SOON)


def test_a_digest_that_is_gone_or_too_old_is_sent_anew() -> None:
    room = look(settled(), sight(numbered(1, severity=Severity.P3)), SOON)
    (edit,) = plan(room, SOON, wanted()).actions
    gone = record(room, edit, CardGone(), SOON)
    assert (chat_of(gone).digest, chat_of(gone).pinned) == (None, None)
    assert len(letters(write_digest(gone, SOON), LetterKind.DIGEST)) == 1

    old = write_digest(settled(), NOW + CARD_LIFE)
    assert len(letters(old, LetterKind.DIGEST)) == 1
    assert write_digest(old, NOW + CARD_LIFE) is old


def test_a_digest_that_cannot_be_sent_is_asked_for_again_and_renewed_when_it_is_late() -> None:
    room = seen(fresh())
    (create,) = plan(room, NOW, wanted()).actions
    room = write_digest(record(room, create, outcome_of(create), NOW), NOW)
    send = next(one for one in plan(room, NOW, wanted()).actions if isinstance(one, SendLetter))

    refused = record(room, send, REFUSED, NOW)

    assert keys(refused) == []
    late = write_digest(forget_late(refused, NOW + LETTER_LIFE, wanted()), NOW + LETTER_LIFE)
    (letter,) = letters(late, LetterKind.DIGEST)
    assert letter.cause != send.letter.cause


@pytest.mark.parametrize("outcome", [Done(), REFUSED])
def test_a_top_notice_is_put_once(outcome: Outcome) -> None:
    room = settled()
    unpinned = with_lobby(room, chat=replace(chat_of(room), pinned=None))
    (pin,) = plan(unpinned, NOW, wanted()).actions
    assert isinstance(pin, PutTopNotice)

    assert chat_of(record(unpinned, pin, outcome, NOW)).pinned == pin.message


def test_a_group_that_is_lost_is_made_again_an_hour_later_under_another_uuid() -> None:
    room = settled(numbered(1))
    room = observe(room, ChatWasLost(id=EntryId("1"), at=NOW, chat=OURS))

    assert room.lobby.chat is None
    assert plan(room, NOW, wanted()).wait_until == NOW + LOOK_EVERY
    (create,) = plan(room, NOW + LOOK_EVERY, wanted()).actions
    assert isinstance(create, CreateLobby)
    assert lose_lobby(room, NOW) is room
    assert observe(room, ChatWasLost(id=EntryId("2"), at=NOW, chat=THEIRS)) is room


def test_a_group_that_people_take_away_a_third_time_in_a_week_is_left_to_them() -> None:
    room = settled()
    for time in range(3):
        at = NOW + timedelta(days=time)
        assert keys(room, at) == ([] if time == 0 else ["create_lobby"])
        room = observe(done(room, at), ChatWasLost(id=EntryId(f"lost-{time}"), at=at, chat=OURS))
    month = NOW + timedelta(days=30)

    assert is_given_up(room.lobby)
    assert keys(room, month) == []
    named_again = observe(room, Nudged(id=EntryId("file"), at=month, is_from_file=True))
    assert keys(named_again, month) == ["create_lobby"]


def test_a_group_that_is_lost_now_and_then_is_made_again() -> None:
    room = settled()
    for time in range(9):
        at = NOW + timedelta(days=4 * time)
        room = observe(done(room, at), ChatWasLost(id=EntryId(f"lost-{time}"), at=at, chat=OURS))

    assert not is_given_up(room.lobby)


def test_a_call_that_finds_the_group_gone_loses_it_with_what_was_to_be_said_there() -> None:
    room = seen(settled(), numbered(1), now=SOON)
    send, edit = plan(room, SOON, wanted()).actions

    for action in (send, edit):
        lost = record(room, action, ChatGone(), SOON)
        assert (lost.lobby.chat, lost.outbox) == (None, ())
    both = record(record(room, send, ChatGone(), SOON), edit, Done(), SOON)
    assert both.lobby.chat is None


def test_a_lobby_that_the_file_does_not_name_any_more_is_left_alone() -> None:
    room = look(settled(), sight(numbered(1, severity=Severity.P3)), SOON)

    assert plan(room, SOON, None) == RoomPlan()


# -- a group of people's -----------------------------------------------------------------------------------------------


def test_a_group_that_is_given_gets_the_digest_and_nothing_else() -> None:
    room = done(seen(fresh(), policy=GIVEN), policy=GIVEN)

    chat = chat_of(room)
    assert (chat.id, chat.is_ours, chat.pinned) == (THEIRS, False, None)
    assert chat.digest is not None
    elsewhere = replace(GIVEN, chat=ChatId("oc_other"))
    assert chat_of(look(room, sight(policy=elsewhere), SOON)).id == "oc_other"


OFFER = Offered(id=EntryId("offered"), at=NOW, chat=THEIRS, title=TITLE)


def chosen(*, is_wanted: bool, chat: ChatId = THEIRS) -> Chosen:
    return Chosen(id=EntryId("chosen"), at=NOW, chat=chat, by=BOB, is_wanted=is_wanted)


def offered() -> Room:
    return done(observe(seen(fresh(), policy=OFFERED), OFFER), policy=OFFERED)


def test_people_are_asked_once_where_they_bring_the_bot_to() -> None:
    room = observe(fresh(), OFFER)
    (letter,) = room.outbox
    assert (letter.kind, letter.chat, letter.text) == (LetterKind.OFFER, THEIRS, TITLE)
    assert observe(room, OFFER) is room

    assert [offer.chat for offer in offered().lobby.offers] == [THEIRS]
    assert observe(offered(), OFFER) == offered()
    assert observe(settled(), OFFER) == settled()


def test_the_group_that_is_chosen_becomes_the_lobby_and_the_card_says_so() -> None:
    room = observe(offered(), chosen(is_wanted=True))
    assert chat_of(room).id == THEIRS
    (edit,) = [one for one in plan(room, NOW, wanted(OFFERED)).actions if isinstance(one, EditOffer)]
    assert (edit.offer.outcome, edit.offer.by) == ("taken", BOB)
    assert edit.key == f"edit_offer:{edit.offer.message}"

    room = done(room, policy=OFFERED)

    assert chat_of(room).digest is not None
    assert all(offer.is_shown for offer in room.lobby.offers)
    assert observe(room, chosen(is_wanted=False)) is room, "it was chosen already"


def test_the_group_that_is_not_wanted_is_left_in_peace() -> None:
    room = done(observe(offered(), chosen(is_wanted=False)), policy=OFFERED)

    assert room.lobby.chat is None
    assert [offer.outcome for offer in room.lobby.offers] == ["refused"]
    assert observe(room, chosen(is_wanted=True, chat=ChatId("oc_forged"))) is room


def test_the_second_group_that_is_chosen_comes_too_late() -> None:
    other = ChatId("oc_other")
    room = done(observe(offered(), replace(OFFER, id=EntryId("2"), chat=other)), policy=OFFERED)
    room = observe(observe(room, chosen(is_wanted=True)), chosen(is_wanted=True, chat=other))

    assert chat_of(room).id == THEIRS
    assert [offer.outcome for offer in room.lobby.offers] == ["taken", "late"]


def test_a_group_that_is_gone_is_asked_anew_should_the_bot_come_back() -> None:
    room = observe(offered(), ChatWasLost(id=EntryId("1"), at=NOW, chat=THEIRS))

    assert room.lobby.offers == ()
    assert len(letters(observe(room, replace(OFFER, id=EntryId("2"))), LetterKind.OFFER)) == 1


def test_a_policy_without_people_and_chat_waits_for_an_offer() -> None:
    assert OFFERED.waits_for_offer
    assert not MADE.waits_for_offer
    assert not GIVEN.waits_for_offer


def test_an_answer_that_comes_for_nothing_changes_nothing() -> None:
    """Two calls of one batch: the first has found the digest gone."""
    room = settled()
    digest = chat_of(room).digest
    assert isinstance(digest, Digest)
    without = with_lobby(room, chat=replace(chat_of(room), digest=None))
    edit = EditDigest(message=digest.message, view=digest.view)  # type: ignore[arg-type]

    assert record(without, edit, Done(), NOW) == without
    assert isinstance(room.lobby, Lobby)
    assert Offer(chat=THEIRS, message=MessageId("om_1")).is_shown


# -- what stands in the way of calling people --------------------------------------------------------------------------


def reported(about: str, at: datetime = NOW) -> Reported:
    return Reported(id=EntryId(about), at=at, about=about, text=TITLE)


def test_what_is_reported_is_said_once_however_often_it_is_reported() -> None:
    room = observe(settled(), reported("people:monday"))
    again = observe(room, reported("people:monday"))
    other = observe(again, reported("people:tuesday"))

    assert again is room
    assert [letter.key for letter in other.outbox] == ["report:people:monday", "report:people:tuesday"]
    assert other.outbox[0].text == TITLE
    assert observe(done(other), reported("people:monday")).outbox == ()


def test_what_is_reported_without_a_group_is_said_once_there_is_one() -> None:
    room = observe(fresh(), reported("people:monday"))
    assert room == fresh()

    assert observe(settled(), reported("people:monday")).outbox != ()


def test_reports_count_among_the_messages_of_an_hour_and_are_said_later() -> None:
    room = settled()
    for number in range(MESSAGES_AN_HOUR):
        room = observe(room, reported(f"people:{number}"))
    late = reported("people:late")

    assert observe(room, late) is room
    room = done(room, NOW + timedelta(hours=1))
    assert observe(room, replace(late, at=NOW + timedelta(hours=1))).outbox != ()

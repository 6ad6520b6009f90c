"""Whatever happens in a room and whatever goes wrong, it comes to rest: do everything, plan again, get nothing."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from alertbridge.core.chats.outcome import AnswerLost, CardGone, ChatGone, ChatMade, Failed, Outcome
from alertbridge.core.ids import ChatId, EntryId, IncidentId, MessageId
from alertbridge.core.incidents.incident import Incident, Status
from alertbridge.core.oncall.policy import Way
from alertbridge.core.rooms.lobby import LobbyPolicy
from alertbridge.core.rooms.lobby_life import look, needs_look, write_digest
from alertbridge.core.rooms.lobby_plan import LobbyWanted, note_intents
from alertbridge.core.rooms.my_list import ListKind, ListView
from alertbridge.core.rooms.room import (
    Answer,
    AskedMine,
    Called,
    Came,
    ChatWasLost,
    Chosen,
    Nudged,
    Offered,
    Pressed,
    Reported,
    Room,
    RoomEntry,
    lobby_room,
    person_room,
)
from alertbridge.core.rooms.tending import RoomAction, SendLetter, forget_late, observe, plan, record, show, wants_list
from tests.builders import ALICE, BOB
from tests.core.rooms.test_lobby import (
    GIVEN,
    MADE,
    NOW,
    OFFERED,
    OURS,
    THEIRS,
    TITLE,
    numbered,
    outcome_of,
    sight,
    wanted,
)
from tests.core.rooms.test_ringing import a_view as called_view

LONGEST_PLAN = 60

BAD = (
    AnswerLost(cause="no answer"),
    Failed(cause="busy"),
    Failed(cause="quota", wait_seconds=2, is_quota=True),
    Failed(cause="no", is_refused=True),
    ChatGone(),
    CardGone(),
)


@dataclass
class Tended:
    """A room in the hands of an owner whose calls may fail."""

    room: Room
    policy: LobbyPolicy | None
    now: datetime = NOW
    living: list[Incident] = field(default_factory=list)
    uuids: dict[str, str] = field(default_factory=dict)
    out: list[str] = field(default_factory=list)
    patience: timedelta = timedelta(seconds=90)
    """After so long somebody has taken over what they were called for."""

    @property
    def lobby(self) -> LobbyWanted | None:
        return None if self.policy is None else wanted(self.policy)

    def take(self, entry: RoomEntry) -> None:
        self.room = observe(self.room, entry)

    def visit(self, failures: list[Outcome | None], most: int = LONGEST_PLAN) -> bool:
        """One owner's visit; `failures` are the outcomes of its first calls. False: it did not come to rest."""
        for _ in range(most):
            self.room = forget_late(self.room, self.now, self.lobby)
            if self.policy is not None:
                if needs_look(self.room, self.now):
                    self.room = look(self.room, sight(*self.living, policy=self.policy), self.now)
                self.room = write_digest(self.room, self.now)
            while (kind := wants_list(self.room, self.now)) is not None:
                self.room = show(self.room, self.view(kind), self.now)
            planned = plan(self.room, self.now, self.lobby)
            if not planned.actions:
                return True
            self.room = note_intents(self.room, planned.actions, self.now)
            for action in planned.actions:
                self.do(action, failures.pop(0) if failures else None)
        return False

    def view(self, kind: ListKind) -> ListView:
        """What is somebody's; of what they are called for, the incidents that were not taken over meanwhile."""
        if kind is not ListKind.CALLS:
            return a_view(kind, len(self.living))
        return called_view(*(call.incident for call in self.room.calls if self.now - call.at < self.patience))

    def do(self, action: RoomAction, failure: Outcome | None) -> None:
        if isinstance(action, SendLetter):
            assert self.uuids.setdefault(action.key, action.uuid) == action.uuid, "a repeat has the same uuid"
            assert action.key not in self.out, "nothing is said twice"
            if failure is None:
                self.out.append(action.key)
        made = outcome_of(action)
        if isinstance(made, ChatMade):  # another `uuid`, another group
            made = replace(made, chat=ChatId(f"oc_{getattr(action, 'uuid', 'found')[:8]}"))
        self.room = record(self.room, action, failure or made, self.now)


def a_view(kind: ListKind, count: int) -> ListView:
    return ListView(kind=kind, is_on_call=False, next_shift_at=None, count=count, rows=(), timezone="UTC")


def entry_of(kind: str, number: int, at: datetime) -> RoomEntry:
    cause = EntryId(f"{kind}-{number}")
    message, chat = MessageId(f"om_{number % 3}"), ChatId(f"oc_{number % 2}")
    match kind:
        case "answer":
            return Answer(id=cause, at=at, text={"zh": "好", "en": "Fine"}, message=message, chat=chat)
        case "came":
            return Came(id=cause, at=at, chat=chat if number % 2 else None)
        case "mine":
            return AskedMine(id=cause, at=at, message=message, chat=chat)
        case "pressed":
            return Pressed(id=cause, at=at, message=MessageId(f"om_list:mine-{number - 1}"))
        case "offered":
            return Offered(id=cause, at=at, chat=THEIRS, title=TITLE)
        case "chosen":
            return Chosen(id=cause, at=at, chat=THEIRS, by=BOB, is_wanted=bool(number % 2))
        case "lost":
            return ChatWasLost(id=cause, at=at, chat=THEIRS if number % 2 else OURS)
        case "called":
            way, later = list(Way)[number % len(Way)], at + timedelta(seconds=number * 7)
            in_group = message if number % 2 else None
            incident = IncidentId(f"incident-{number % 4}")
            return Called(id=cause, at=at, incident=incident, way=way, message=in_group, until=later)
        case "reported":
            return Reported(id=cause, at=at, about=f"people-{number % 3}", text=TITLE)
        case _:
            return Nudged(id=cause, at=at)


DIRECT = ("answer", "came", "mine", "pressed", "called")
STEPS = st.lists(
    st.tuples(
        st.sampled_from([*DIRECT, "offered", "chosen", "lost", "nudged", "reported", "opens", "ends"]),
        st.lists(st.sampled_from([None, *BAD]), max_size=4),
        st.sampled_from([0, 1, 11, 70, 4000]),
    ),
    max_size=12,
)


def live(tended: Tended, steps: list[tuple[str, list[Outcome | None], int]]) -> None:
    for number, (kind, failures, seconds) in enumerate(steps):
        if kind == "opens":
            tended.living.append(numbered(number))
        elif kind == "ends":
            tended.living = [replace(one, status=Status.RESOLVED) for one in tended.living]
        else:
            entry = entry_of(kind, number, tended.now)
            if isinstance(entry, ChatWasLost) and entry.chat == OURS and tended.room.lobby.chat is not None:
                entry = replace(entry, chat=tended.room.lobby.chat.id)
            tended.take(entry)
        assert tended.visit(list(failures)), "a visit comes to rest, whatever its calls come to"
        tended.now += timedelta(seconds=seconds)


@settings(max_examples=60)
@given(steps=STEPS, policy=st.sampled_from([MADE, GIVEN, OFFERED]))
def test_a_lobby_comes_to_rest(steps: list[tuple[str, list[Outcome | None], int]], policy: LobbyPolicy) -> None:
    tended = Tended(Room(id=lobby_room("ops")), policy)
    steps = [step for step in steps if step[0] not in DIRECT]

    live(tended, steps)
    tended.now += timedelta(hours=3)
    tended.take(Nudged(id=EntryId("end"), at=tended.now))
    assert tended.visit([])

    lobby = tended.room.lobby
    assert tended.room.outbox == ()
    if policy is not OFFERED:
        assert lobby.chat is not None
        assert lobby.chat.digest is not None
        assert lobby.chat.digest.view == lobby.view
    assert all(offer.is_shown for offer in lobby.offers)
    assert plan(tended.room, tended.now, tended.lobby).actions == ()


@settings(max_examples=60)
@given(steps=STEPS)
def test_a_direct_chat_comes_to_rest(steps: list[tuple[str, list[Outcome | None], int]]) -> None:
    tended = Tended(Room(id=person_room(ALICE)), None)

    live(tended, [step for step in steps if step[0] in (*DIRECT, "opens")])
    tended.now += timedelta(hours=3)
    assert tended.visit([])

    assert (tended.room.outbox, tended.room.troubles) == ((), ())
    assert (tended.room.calls, tended.room.ring) == ((), None)
    assert plan(tended.room, tended.now).actions == ()

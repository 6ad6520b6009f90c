"""Values survive the store: every type of entry, every field of an incident."""

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, timezone
from typing import get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alertbridge.core.alerts.alert import Alert, AlertStatus
from alertbridge.core.alerts.route import Route
from alertbridge.core.chats.chat import FormKind, Remark
from alertbridge.core.ids import AlertKey, EntryId, IncidentId, MessageId, OpenId
from alertbridge.core.incidents.command import (
    AlertsReceived,
    ChatChanged,
    ChatLost,
    Command,
    Entry,
    FormAsked,
    FormCancelled,
    Inquiry,
    LookedUp,
    PeopleJoined,
    PeopleLeft,
    Spoke,
    Verb,
    Via,
)
from alertbridge.core.incidents.incident import Incident, Opening, Status
from alertbridge.core.severity import Severity
from alertbridge.store.codec import (
    SCHEMA,
    OpeningEncoder,
    changed_alerts,
    decode_entry,
    decode_incident,
    decode_lines,
    decode_opening,
    encode_alert,
    encode_entry,
    encode_record,
    from_ms,
    to_ms,
)
from alertbridge.store.errors import TooNew, Unreadable
from tests.store.world import NEVER, STARTED, an_alert, an_opening, resolved

TEXTS = st.text(max_size=20)
TIMES = st.integers(10**9, 3 * 10**10).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)) | st.just(
    STARTED + timedelta(microseconds=999_999)
)
LABELS = st.dictionaries(TEXTS, TEXTS, max_size=4)
ALERTS = st.builds(
    Alert,
    fingerprint=TEXTS,
    status=st.sampled_from(AlertStatus),
    labels=LABELS,
    annotations=LABELS,
    starts_at=TIMES,
    ends_at=st.none() | TIMES,
    generator_url=TEXTS,
    links=LABELS,
    value=TEXTS,
)
KEYS = st.from_regex("[0-9a-f]{32}", fullmatch=True).map(AlertKey)
PEOPLE = st.lists(TEXTS.map(OpenId), max_size=3).map(tuple)
ENTRIES = st.one_of(
    st.builds(
        AlertsReceived,
        id=TEXTS.map(EntryId),
        at=TIMES,
        alerts=st.dictionaries(KEYS, ALERTS, max_size=3),
        truncated=st.integers(0, 9),
        is_push=st.booleans(),
    ),
    st.builds(
        Command,
        id=TEXTS.map(EntryId),
        at=TIMES,
        verb=st.sampled_from(Verb),
        by=st.none() | TEXTS.map(OpenId),
        via=st.sampled_from(Via),
        to=st.none() | TEXTS.map(OpenId),
        message=st.none() | TEXTS.map(MessageId),
        version=st.none() | st.integers(0, 9),
    ),
    st.builds(
        Inquiry,
        id=TEXTS.map(EntryId),
        at=TIMES,
        by=TEXTS.map(OpenId),
        reply_to=TEXTS.map(MessageId),
        answer=st.lists(
            st.builds(
                Remark,
                words=st.fixed_dictionaries({"zh": TEXTS, "en": TEXTS}),
                links=st.just((({"zh": "x", "en": "x"}, "https://x.example.com"),)),
            ),
            max_size=2,
        ).map(tuple),
    ),
    st.builds(Spoke, id=TEXTS.map(EntryId), at=TIMES, by=TEXTS.map(OpenId)),
    st.builds(
        ChatLost,
        id=TEXTS.map(EntryId),
        at=TIMES,
        chat=TEXTS,
        by=st.none() | TEXTS.map(OpenId),
        was_disbanded=st.booleans(),
    ),
    st.builds(PeopleJoined, id=TEXTS.map(EntryId), at=TIMES, chat=TEXTS, people=PEOPLE, by=TEXTS.map(OpenId)),
    st.builds(
        PeopleLeft,
        id=TEXTS.map(EntryId),
        at=TIMES,
        chat=TEXTS,
        people=PEOPLE,
        by=TEXTS.map(OpenId),
        was_withdrawn=st.booleans(),
    ),
    st.builds(
        ChatChanged,
        id=TEXTS.map(EntryId),
        at=TIMES,
        chat=TEXTS,
        by=TEXTS.map(OpenId),
        name=st.none() | TEXTS,
        owner=st.none() | TEXTS.map(OpenId),
        settings=st.lists(TEXTS, max_size=3).map(tuple),
    ),
)


def an_incident() -> Incident:
    return Incident(
        id=IncidentId("01X"),
        number=7,
        opening=an_opening(),
        status=Status.RESOLVED,
        severity=Severity.P2,
        opened_at=STARTED,
        status_at=STARTED + timedelta(microseconds=1),
        alerts={AlertKey("a"): an_alert("甲"), AlertKey("b"): resolved(an_alert('"}\\'))},
        unreachable={"bob@example.com": "离职"},
        closes_at=STARTED + timedelta(hours=1),
    )


def stored(entry: Entry) -> bytes:
    """An entry as `append.lua` writes it."""
    kind, body = encode_entry(entry)
    return f'[{SCHEMA},{to_ms(entry.at)},"{kind}",{body}]'.encode()


@given(ENTRIES)
def test_an_entry_comes_back_as_it_was_with_the_stores_time(entry: Entry) -> None:
    at = from_ms(to_ms(entry.at))

    assert decode_entry(stored(entry)) == replace(entry, at=at)


def test_every_kind_of_entry_has_a_name_in_the_store() -> None:
    samples: list[Entry] = [
        AlertsReceived(id=EntryId("e"), at=STARTED, alerts={}),
        Command(id=EntryId("e"), at=STARTED, verb=Verb.ACK, by=None),
        FormAsked(id=EntryId("e"), at=STARTED, form=FormKind.NOTE, by=OpenId("ou"), message=None),
        FormCancelled(id=EntryId("e"), at=STARTED, by=OpenId("ou"), message=MessageId("om")),
        Inquiry(id=EntryId("e"), at=STARTED, by=OpenId("ou"), reply_to=MessageId("om"), answer=()),
        Spoke(id=EntryId("e"), at=STARTED, by=OpenId("ou")),
        ChatLost(id=EntryId("e"), at=STARTED, chat="oc", by=None, was_disbanded=True),
        PeopleJoined(id=EntryId("e"), at=STARTED, chat="oc", people=(), by=OpenId("ou")),
        PeopleLeft(id=EntryId("e"), at=STARTED, chat="oc", people=(), by=OpenId("ou")),
        ChatChanged(id=EntryId("e"), at=STARTED, chat="oc", by=OpenId("ou")),
        LookedUp(id=EntryId("e"), at=STARTED, version=1),
    ]
    names = [
        "alerts",
        "command",
        "form_asked",
        "form_cancelled",
        "inquiry",
        "spoke",
        "chat_lost",
        "joined",
        "left",
        "chat_changed",
        "looked_up",
    ]

    assert {type(sample) for sample in samples} == set(get_args(Entry))
    # Written down once more: an entry may wait while the product is replaced, and the next version has to read it.
    assert [encode_entry(sample)[0] for sample in samples] == names


def test_the_time_an_entry_claims_does_not_count() -> None:
    entry = Spoke(id=EntryId("e"), at=NEVER, by=OpenId("ou"))

    assert "at" not in msgspec.json.decode(encode_entry(entry)[1])


@pytest.mark.parametrize("text", [b"", b"[]", b"nonsense", b'[1,2,"unheard",{}]', b'[1,2,"spoke",{"id":1}]', b"[1,2]"])
def test_a_damaged_entry_is_told_as_such(text: bytes) -> None:
    with pytest.raises(Unreadable):
        decode_entry(text)


def test_a_newer_entry_is_told_apart_from_a_damaged_one() -> None:
    with pytest.raises(TooNew, match="start the newer version"):
        decode_entry(b'[%d,2,"unheard",{}]' % (SCHEMA + 1))


def test_an_incident_comes_back_whole() -> None:
    incident = an_incident()
    alerts = {key.encode(): encode_alert(alert).encode() for key, alert in incident.alerts.items()}
    opening = OpeningEncoder()(incident.opening).encode()

    assert decode_incident(encode_record(incident), opening, alerts) == incident
    assert decode_opening(opening) == incident.opening


@given(st.dictionaries(KEYS, ALERTS, max_size=5))
def test_any_alerts_come_back(alerts: dict[AlertKey, Alert]) -> None:
    incident = replace(an_incident(), alerts=alerts)
    parts = {key.encode(): text.encode() for key, text in changed_alerts({}, alerts).items()}
    opening = OpeningEncoder()(incident.opening).encode()

    assert decode_incident(encode_record(incident), opening, parts) == incident


def test_the_record_repeats_neither_alerts_nor_opening() -> None:
    names = set(msgspec.json.decode(encode_record(an_incident())))

    assert names == {field.name for field in fields(Incident)} - {"alerts", "opening"}


def test_a_record_of_an_older_version_gets_the_defaults_of_what_it_lacks() -> None:
    record = msgspec.json.decode(encode_record(an_incident()))
    needed = {"id", "number", "status", "severity", "opened_at", "status_at"}
    old = msgspec.json.encode({name: value for name, value in record.items() if name in needed} | {"gone": 1})

    incident = decode_incident(old, OpeningEncoder()(an_opening()).encode(), {})

    assert incident.version == 0
    assert incident.alerts == {}


def test_damaged_parts_are_told_as_such() -> None:
    with pytest.raises(Unreadable, match="an incident"):
        decode_incident(b"{}", b"{}", {})
    with pytest.raises(Unreadable, match="an opening"):
        decode_opening(b"[]")
    with pytest.raises(Unreadable, match="a timeline"):
        decode_lines([b"{}"])


def test_only_changed_alerts_are_encoded() -> None:
    down, slow = an_alert("Down"), an_alert("Slow")
    before = {AlertKey("d"): down, AlertKey("s"): slow}
    after = {AlertKey("d"): replace(down), AlertKey("s"): resolved(slow), AlertKey("n"): down}

    assert set(changed_alerts(before, after)) == {"s", "n"}


def test_openings_of_one_route_share_its_text_and_of_another_do_not() -> None:
    encode = OpeningEncoder()
    openings = [replace(an_opening(), route=Route(name=f"route-{n}")) for n in range(5000)]

    assert [decode_opening(encode(opening).encode()) for opening in openings] == openings
    assert decode_opening(encode(openings[3]).encode()) == openings[3]
    assert {field.name for field in fields(Opening)} == set(msgspec.json.decode(encode(openings[0])))


@given(TIMES)
def test_times_are_kept_to_the_millisecond(at: datetime) -> None:
    assert timedelta() <= at - from_ms(to_ms(at)) < timedelta(milliseconds=1)
    assert to_ms(at.astimezone(timezone(timedelta(hours=8)))) == to_ms(at)


def test_a_time_beyond_the_calendar_is_damage() -> None:
    with pytest.raises(Unreadable):
        from_ms(10**18)

"""What an Alertmanager holds against what an incident knows: lost resolves, silences of others and our own."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from alertbridge.core import lifecycle
from alertbridge.core.alerts.alert import Alert
from alertbridge.core.alerts.silence import SeenSilence
from alertbridge.core.chats.card import Button, State
from alertbridge.core.chats.chat import SayingKind
from alertbridge.core.groups.blueprint import state_of
from alertbridge.core.ids import EntryId
from alertbridge.core.incidents.command import LookedUp, Verb
from alertbridge.core.incidents.incident import Incident, Status
from alertbridge.core.incidents.upstream import Comparison, HeldAlert, Holding, Memory, compare
from alertbridge.core.timeline import Happening
from tests.builders import INCIDENT, T, a_command, after, an_alert, key_of, received, recovered, resolved, wanted_of
from tests.core.incidents.test_silencing import an_open_incident, asked, lifted, made

ALERT = an_alert()
ENDS = after(121)
"""When our own silence ends."""
SEEN = SeenSilence(author="bob@example.com", until=after(60), comment="maintenance")


def held(*alerts: Alert, **how: Any) -> dict[str, HeldAlert]:
    """What is held of these alerts."""
    return {
        alert.fingerprint: HeldAlert(**{"starts_at": alert.starts_at, "is_active": True, **how}) for alert in alerts
    }


def a_holding(alerts: Mapping[str, HeldAlert] | None = None, **what: Any) -> Holding:
    """One look; the alert of the incident is there and active."""
    return Holding(**{"alerts": held(ALERT) if alerts is None else alerts, "silences": {}, **what})


def silenced_there(*ids: str, **silences: SeenSilence) -> Holding:
    """Somebody silenced the alert in Alertmanager."""
    return a_holding(held(ALERT, is_active=False, silences=ids or ("s9",)), silences=silences or {"s9": SEEN})


def first(incident: Incident, holding: Holding) -> Comparison:
    """A look that knows that the alerts were there before."""
    return compare(
        incident, holding, Memory(seen={incident.id: frozenset(incident.alerts)}), EntryId("look-1"), after(5)
    )


def look(incident: Incident, holding: Holding) -> Comparison:
    """The second of two looks that see the same."""
    return compare(incident, holding, first(incident, holding).memory, EntryId("look-2"), after(6))


def taken(incident: Incident, holding: Holding) -> lifecycle.Change:
    """What two looks make of an incident."""
    entry = look(incident, holding).entry
    assert entry is not None
    return lifecycle.observe(incident, entry)


def said(incident: Incident) -> list[SayingKind]:
    return [saying.kind for saying in incident.outbox]


def told(change: lifecycle.Change) -> list[Happening]:
    return [line.what for line in change.lines]


def test_what_is_as_known_is_no_news() -> None:
    incident = an_open_incident()

    assert look(incident, a_holding()) == Comparison(None, Memory(seen={INCIDENT: frozenset(incident.alerts)}))


# -- alerts ------------------------------------------------------------------------------------------------------------


def test_an_alert_that_two_looks_miss_is_over() -> None:
    incident = an_open_incident()
    assert first(incident, a_holding({})).entry is None

    change = taken(incident, a_holding({}))

    assert change.incident.status is Status.RESOLVED
    assert change.incident.resolved_by is None
    assert (change.lines[0].text, change.lines[0].details) == ("gone", {"count": "1"})
    assert change.forget == {key_of(ALERT)}, "a copy that brings it back says what the last one said"


def test_one_of_two_alerts_may_be_over() -> None:
    other = an_alert("Latency")
    incident = lifecycle.observe(an_open_incident(), received(other)).incident

    change = taken(incident, a_holding(held(other)))

    assert change.incident.status is Status.FIRING
    assert [alert.status for alert in change.incident.alerts.values()] == ["resolved", "firing"]


def test_an_alertmanager_that_has_just_started_misses_nothing() -> None:
    missed = look(an_open_incident(), a_holding({}, knows_all=False))

    assert (missed.entry, missed.memory.doubts) == (None, frozenset())


def test_an_alert_that_was_never_there_comes_from_another_one_and_is_not_missed() -> None:
    other = an_alert("Elsewhere")
    incident = lifecycle.observe(an_open_incident(), received(other)).incident
    memory = Memory()
    for holding in (a_holding(), a_holding({}), a_holding({})):
        found = compare(incident, holding, memory, EntryId("look"), after(5))
        memory = found.memory

    assert found.entry is not None
    assert found.entry.gone == (key_of(ALERT),), "only this one was there once"
    assert memory.seen == {INCIDENT: {key_of(ALERT)}}


def test_what_is_no_alert_of_the_incident_any_more_is_not_remembered() -> None:
    incident = an_open_incident()
    before = Memory(seen={INCIDENT: frozenset({key_of(an_alert("Forgotten"))})})

    assert compare(incident, a_holding({}), before, EntryId("look"), after(5)).memory == Memory()


def test_an_alert_that_was_pushed_past_it_is_not_missed() -> None:
    pushed = an_alert("Pushed", ends_at=after(20))
    incident = lifecycle.observe(an_open_incident(), received(pushed)).incident

    assert look(incident, a_holding()).entry is None, "it runs out by itself when nobody renews it"


def test_an_alert_that_fires_again_there_reopens() -> None:
    incident = recovered(an_open_incident(), after(3))
    again = replace(ALERT, starts_at=after(4))
    assert first(incident, a_holding(held(again))).entry is None

    change = taken(incident, a_holding(held(again)))

    assert change.incident.status is Status.FIRING
    assert change.incident.alerts[key_of(ALERT)].starts_at == after(4)
    assert change.lines[0].text == "back"
    assert SayingKind.REOPENED in said(change.incident)


def test_a_silenced_alert_that_fires_again_reopens_nothing() -> None:
    incident = recovered(an_open_incident(), after(3))

    assert look(incident, silenced_there()).entry is None


def test_alerts_of_what_a_person_resolved_may_burn_on() -> None:
    incident = lifecycle.observe(an_open_incident(), a_command(Verb.RESOLVE)).incident

    assert look(incident, a_holding()).entry is None


def test_a_look_at_an_older_version_changes_nothing() -> None:
    incident = an_open_incident()
    entry = look(incident, a_holding({})).entry
    assert entry is not None
    newer = lifecycle.observe(incident, a_command(Verb.ACK)).incident

    assert lifecycle.observe(newer, entry).incident is newer


def test_a_closed_incident_is_left_alone() -> None:
    incident = replace(an_open_incident(), status=Status.CLOSED)

    entry = LookedUp(id=EntryId("look"), at=T, version=incident.version, gone=(key_of(ALERT),))

    assert lifecycle.observe(incident, entry).incident is incident


def test_what_is_gone_already_and_what_is_not_known_changes_nothing() -> None:
    incident = recovered(an_open_incident(), after(3))
    unknown = key_of(an_alert("Other"))
    entry = LookedUp(
        id=EntryId("look"), at=T, version=incident.version, gone=(key_of(ALERT), unknown), back={unknown: T}
    )

    assert lifecycle.observe(incident, entry).incident is incident


# -- silences of others ------------------------------------------------------------------------------------------------


def test_a_silence_made_in_alertmanager_is_shown_and_said_once() -> None:
    incident = an_open_incident()
    entry = first(incident, silenced_there()).entry
    assert entry is not None, "what is there need not be seen twice"

    change = lifecycle.observe(incident, entry)

    assert state_of(change.incident) is State.SILENCED
    assert told(change) == [Happening.SILENCED_UP]
    (saying,) = change.incident.outbox
    assert (saying.kind, saying.cause, saying.at, saying.text) == (
        SayingKind.SILENCED_UP,
        "s9",
        after(60),
        "maintenance",
    )
    assert saying.details == {"author": "bob@example.com"}
    card = wanted_of(change.incident).card
    assert card is not None
    assert card.silence is not None
    assert (card.silence.author, card.silence.reason, card.next.at) == ("bob@example.com", "maintenance", after(60))
    assert card.buttons == (Button.RESOLVE,), "what others made is ended where they made it"
    assert look(change.incident, silenced_there()).entry is None


def test_a_silence_of_some_alerts_is_only_a_tag() -> None:
    other = an_alert("Latency")
    incident = lifecycle.observe(an_open_incident(), received(other)).incident
    holding = silenced_there()

    change = taken(incident, replace(holding, alerts={**holding.alerts, **held(other)}))

    assert state_of(change.incident) is State.FIRING
    assert said(change.incident) == []
    card = wanted_of(change.incident).card
    assert card is not None
    assert card.tags == ("part_silenced",)


def test_of_two_silences_the_longer_one_counts() -> None:
    longer = replace(SEEN, until=after(90))

    change = taken(an_open_incident(), silenced_there("s1", "s2", "gone", s1=SEEN, s2=longer))

    assert change.incident.silences_upstream == {"s2": longer}


def test_when_it_is_taken_away_there_and_still_fires_it_is_said() -> None:
    silenced = taken(an_open_incident(), silenced_there()).incident

    change = taken(silenced, a_holding())

    assert state_of(change.incident) is State.FIRING
    assert said(change.incident)[-1] is SayingKind.SILENCE_END
    assert told(change) == [Happening.SILENCE_ENDED]


def test_when_its_alerts_are_over_the_silence_is_not_missed() -> None:
    silenced = taken(an_open_incident(), silenced_there()).incident

    change = taken(silenced, a_holding({}))

    assert change.incident.status is Status.RESOLVED
    assert SayingKind.SILENCE_END not in said(change.incident)


@pytest.mark.parametrize("silences", [{"s9": SEEN}, {}], ids=["there", "over too"])
@pytest.mark.parametrize("knows_all", [True, False])
def test_a_silenced_alert_that_one_look_misses_is_silenced_all_the_same(
    silences: dict[str, SeenSilence], knows_all: bool
) -> None:
    silenced = taken(an_open_incident(), silenced_there()).incident

    missed = first(silenced, a_holding({}, silences=silences, knows_all=knows_all))

    assert missed.entry is None, "that it still fires although nothing silences it would be untrue"


def test_at_its_end_it_is_over_although_nobody_looks() -> None:
    silenced = taken(an_open_incident(), silenced_there()).incident
    assert lifecycle.next_due(silenced, after(59)) <= after(60)

    change = lifecycle.elapse(silenced, after(60))

    assert state_of(change.incident) is State.FIRING
    assert (change.incident.silences_upstream, change.incident.silenced_upstream) == ({}, {})
    assert said(change.incident)[-1] is SayingKind.SILENCE_END


def test_the_end_of_a_silence_that_silenced_only_some_is_not_said() -> None:
    other = an_alert("Latency")
    incident = lifecycle.observe(an_open_incident(), received(other)).incident
    holding = silenced_there()
    part = taken(incident, replace(holding, alerts={**holding.alerts, **held(other)})).incident

    change = lifecycle.elapse(part, after(60))

    assert change.incident.silences_upstream == {}
    assert said(change.incident) == []


# -- our own -----------------------------------------------------------------------------------------------------------


def own(until: datetime = ENDS, **what: Any) -> Holding:
    """Our silence is there."""
    known = {"alerts": held(ALERT, is_active=False, silences=("s1",)), "own": {INCIDENT: until}}
    return a_holding(**{**known, **what})


def test_our_silence_that_is_there_is_no_news() -> None:
    there = {"s1": replace(SEEN, until=after(121))}

    assert look(made(), own(silences=there, own_ids=frozenset({"s1"}))).entry is None


def test_our_silence_that_two_looks_miss_is_over() -> None:
    incident = made()
    assert first(incident, a_holding()).entry is None

    change = taken(incident, a_holding())

    assert change.incident.silence is None
    assert said(change.incident)[-1] is SayingKind.SILENCE_END
    assert said(change.incident).count(SayingKind.SILENCE_END) == 1
    assert told(change) == [Happening.SILENCE_ENDED]


@pytest.mark.parametrize("by", [timedelta(hours=1), -timedelta(minutes=30)])
def test_a_new_end_that_somebody_gave_it_there_is_taken_over(by: timedelta) -> None:
    incident = taken(made(), own(after(121) + by)).incident

    assert incident.silence is not None
    assert incident.silence.until == after(121) + by


@pytest.mark.parametrize("incident", [asked(), lifted()], ids=["wanted", "ending"])
def test_a_silence_on_its_way_is_not_missed(incident: Incident) -> None:
    assert look(incident, a_holding()).entry is None


def test_with_both_the_card_tells_of_our_own() -> None:
    incident = made()
    both = own(silences={"s9": SEEN}, alerts=held(ALERT, is_active=False, silences=("s1", "s9")))

    change = taken(incident, both)
    card = wanted_of(change.incident).card

    assert SayingKind.SILENCED_UP not in said(change.incident)
    assert card is not None
    assert card.silence is not None
    assert card.silence.author == ""


def test_an_alert_beyond_our_silence_may_be_silenced_by_another() -> None:
    other = an_alert("Elsewhere", labels={"service": "search"})
    incident = lifecycle.observe(made(), received(other, at=after(2))).incident
    alerts = held(ALERT, is_active=False, silences=("s1",)) | held(other, is_active=False, silences=("s9",))

    change = taken(incident, own(alerts=alerts, silences={"s9": SEEN}))
    card = wanted_of(change.incident).card

    assert state_of(change.incident) is State.SILENCED
    assert card is not None
    assert card.silence is not None
    assert card.silence.author == "bob@example.com"


def test_resolved_alerts_of_an_open_incident_stay_so() -> None:
    other = an_alert("Latency")
    incident = lifecycle.observe(an_open_incident(), received(resolved(other))).incident

    assert look(incident, a_holding()).entry is None

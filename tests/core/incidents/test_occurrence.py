"""Alerts: what one request says of an incident, what lapses without one."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from alertbridge.core.alerts.alert import Alert, AlertStatus
from alertbridge.core.alerts.route import ChatPolicy
from alertbridge.core.chats.chat import SayingKind
from alertbridge.core.ids import AlertKey
from alertbridge.core.incidents.command import Verb
from alertbridge.core.incidents.incident import Incident, Status
from alertbridge.core.incidents.occurrence import FULL_ALERTS, RESOLVED_ALERTS, firing, value_of
from alertbridge.core.lifecycle import Change, elapse, extend, next_due, observe
from alertbridge.core.severity import Severity
from alertbridge.core.timeline import Happening
from tests.builders import (
    ALICE,
    BOB,
    T,
    a_bare_incident,
    a_chat,
    a_command,
    a_route,
    a_settled_incident,
    acknowledged,
    after,
    an_alert,
    an_incident,
    key_of,
    minutes,
    received,
    recovered,
    resolved,
    seconds_after,
)

CRITICAL = an_alert("High5xx")
MINOR = an_alert("Latency", labels={"severity": "info"})


def pushed(name: str = "Down", at: float = 0, until: float = 4) -> Alert:
    """An alert as Prometheus pushes it: it lasts a few minutes unless it is pushed again."""
    return an_alert(name, starts_at=after(at), ends_at=after(at + until))


def happenings(change: Change) -> list[Happening]:
    return [line.what for line in change.lines]


def kinds(incident: Incident) -> list[SayingKind]:
    return [saying.kind for saying in incident.outbox]


# -- severity ----------------------------------------------------------------------------------------------------------


def test_the_severity_is_that_of_the_worst_alert() -> None:
    assert an_incident(None, MINOR, CRITICAL).severity is Severity.P1


def test_the_routes_own_words_for_severities_count() -> None:
    route = a_route(severity_label="impact", severities={"huge": Severity.P2})

    assert an_incident(route, an_alert(labels={"impact": "Huge"})).severity is Severity.P2


def test_the_first_severity_is_neither_said_nor_told_as_a_change() -> None:
    change = observe(a_bare_incident(chat=a_chat()), received(CRITICAL))

    assert change.incident.severity is Severity.P1
    assert happenings(change) == [Happening.ALERTS]
    assert change.incident.outbox == ()


def test_a_worse_alert_raises_the_severity_and_says_so() -> None:
    change = observe(a_settled_incident(None, MINOR), received(CRITICAL, at=after(1)))

    assert change.incident.severity is Severity.P1
    assert happenings(change) == [Happening.ALERTS, Happening.SEVERITY]
    assert [(saying.kind, saying.text) for saying in change.incident.outbox] == [
        (SayingKind.SEVERITY_BY_LABELS, "P4 → P1")
    ]


def test_the_severity_sinks_when_the_worst_alert_is_over() -> None:
    change = observe(a_settled_incident(None, MINOR, CRITICAL), received(resolved(CRITICAL), at=after(5)))

    assert change.incident.severity is Severity.P4
    assert change.lines[-1].text == "P1 → P4"


def test_two_changes_of_severity_within_an_hour_are_both_said() -> None:
    incident = a_settled_incident(None, MINOR)
    incident = observe(incident, received(CRITICAL, at=after(1))).incident
    incident = observe(incident, received(resolved(CRITICAL), at=after(20))).incident

    assert [saying.text for saying in incident.outbox] == ["P4 → P1", "P1 → P4"]
    assert len({saying.cause for saying in incident.outbox}) == 2


def test_labels_do_not_move_a_severity_that_a_person_set() -> None:
    incident = a_settled_incident(None, MINOR, severity=Severity.P2, has_set_severity=True)

    assert observe(incident, received(CRITICAL)).incident.severity is Severity.P2


def test_a_higher_severity_does_not_take_the_incident_from_who_acknowledged_it() -> None:
    incident = observe(acknowledged(a_settled_incident(None, MINOR)), received(CRITICAL)).incident

    assert incident.status is Status.ACKNOWLEDGED
    assert incident.lead == ALICE


# -- firing ------------------------------------------------------------------------------------------------------------


def test_a_new_alert_joins_and_is_counted() -> None:
    change = observe(an_incident(), received(MINOR, at=after(1)))

    assert change.lines[0].details == {"firing": "2", "total": "2"}
    assert change.incident.version == an_incident().version + 1


def test_of_two_starts_the_earlier_one_is_the_truth() -> None:
    later = replace(CRITICAL, starts_at=seconds_after(9), annotations={"summary": "now 9 %"})

    incident = observe(an_incident(None, CRITICAL), received(later)).incident

    assert incident.alerts[key_of(CRITICAL)] == replace(later, starts_at=T)


def test_an_alert_that_fires_again_starts_again() -> None:
    over = observe(an_incident(None, CRITICAL, MINOR), received(resolved(CRITICAL))).incident
    again = replace(CRITICAL, starts_at=after(30))

    assert observe(over, received(again, at=after(30))).incident.alerts[key_of(CRITICAL)].starts_at == after(30)


def test_a_copy_that_only_lasts_longer_is_no_news() -> None:
    incident = an_incident(None, pushed())

    change = observe(incident, received(pushed(until=9), is_push=True, at=after(5)))

    assert change.lines == ()
    assert change.incident.version == incident.version
    assert change.incident.alerts[key_of(pushed())].ends_at == after(9)


def test_firing_alerts_come_worst_first_then_oldest() -> None:
    old = an_alert("Old", starts_at=after(-5), labels={"severity": "info"})

    assert [alert.name for alert in firing(an_incident(None, MINOR, old, CRITICAL))] == ["High5xx", "Old", "Latency"]


def test_beyond_two_hundred_alerts_only_the_worst_keep_their_annotations() -> None:
    many = [an_alert(f"A{number}", labels={"severity": "info"}) for number in range(FULL_ALERTS)]
    offered = replace(CRITICAL, starts_at=after(3), links={"panel": "https://grafana.example.com"})

    incident = an_incident(None, *many, offered)

    assert len(incident.alerts) == FULL_ALERTS + 1
    assert incident.alerts[key_of(offered)] == offered
    slim = [alert for alert in incident.alerts.values() if not alert.annotations]
    assert len(slim) == 1
    assert slim[0].labels["severity"] == "info"
    assert len(observe(incident, received(MINOR)).incident.alerts) == FULL_ALERTS + 2


def test_of_alerts_that_come_and_go_the_longest_over_are_forgotten_but_not_the_one_that_names_the_incident() -> None:
    first = an_alert("First", starts_at=after(-9))
    gone = [an_alert(f"A{number}") for number in range(RESOLVED_ALERTS + 1)]
    incident = an_incident(None, CRITICAL, first, *gone)
    ends = [resolved(alert, after(number)) for number, alert in enumerate([first, *gone])]

    incident = observe(incident, received(*ends, at=after(RESOLVED_ALERTS + 9))).incident

    assert len(incident.alerts) == RESOLVED_ALERTS + 1
    assert {key_of(CRITICAL), key_of(first), key_of(gone[-1])} <= incident.alerts.keys()
    assert not {key_of(gone[0]), key_of(gone[1])} & incident.alerts.keys()


def test_the_value_is_the_routes_annotation_or_what_the_sender_measured() -> None:
    alert = an_alert(annotations={"ratio": "12.4%"}, value="0.124")

    assert value_of(a_route(policy=ChatPolicy(value="ratio")), alert) == "12.4%"
    assert value_of(a_route(), alert) == "0.124"


def test_the_value_at_the_opening_stays_known() -> None:
    incident = an_incident(None, an_alert(value="12.4%"))

    assert observe(incident, received(an_alert(value="31%"))).incident.value_at_open == "12.4%"


# -- resolving ---------------------------------------------------------------------------------------------------------


def test_the_incident_is_resolved_when_its_last_alert_is() -> None:
    incident = a_settled_incident(None, CRITICAL, MINOR)
    incident = observe(incident, received(resolved(MINOR), at=after(4))).incident
    assert incident.status is Status.FIRING

    change = observe(incident, received(resolved(CRITICAL), at=after(5)))

    assert change.incident.status is Status.RESOLVED
    assert change.incident.closes_at == after(65)
    assert change.incident.resolved_by is None
    assert happenings(change) == [Happening.ALERTS, Happening.RESOLVED]
    said = change.incident.outbox[-1]
    assert (said.kind, said.at, said.seconds) == (SayingKind.RESOLVED, after(65), 300)


def test_the_recovered_value_and_annotations_are_taken_over() -> None:
    incident = an_incident(None, an_alert(value="12.4%"))

    over = resolved(an_alert(annotations={"hint": "fixed"}), value="3.1%")
    alert = observe(incident, received(over, at=after(5))).incident.alerts[key_of(CRITICAL)]

    assert alert.value == "3.1%"
    assert set(alert.annotations) == {"summary", "hint"}
    assert alert.ends_at == after(4)


def test_an_end_without_a_time_is_the_time_of_the_message() -> None:
    over = replace(resolved(CRITICAL), ends_at=None)

    assert observe(an_incident(), received(over, at=after(5))).incident.alerts[key_of(CRITICAL)].ends_at == after(5)


def test_a_late_resolve_of_an_earlier_occurrence_is_ignored() -> None:
    incident = an_incident(None, an_alert(starts_at=after(10)))

    for late in (after(5), after(10)):
        change = observe(incident, received(resolved(CRITICAL, at=late), at=after(11)))
        assert change == Change(incident)


def test_a_second_resolve_changes_nothing() -> None:
    incident = recovered(a_settled_incident())

    assert observe(incident, received(resolved(CRITICAL), at=after(9))) == Change(incident)


def test_an_alert_that_a_message_does_not_list_still_fires() -> None:
    incident = observe(an_incident(None, CRITICAL, MINOR), received(resolved(MINOR))).incident

    assert firing(incident) == [CRITICAL]


def test_a_truncated_message_never_resolves() -> None:
    change = observe(a_settled_incident(), received(resolved(CRITICAL), truncated=3))

    assert change.incident.status is Status.FIRING
    assert change.incident.truncated == 3
    assert firing(change.incident) == []


def test_a_whole_message_after_a_truncated_one_resolves() -> None:
    incident = observe(a_settled_incident(None, CRITICAL, MINOR), received(resolved(CRITICAL), truncated=3)).incident

    assert observe(incident, received(resolved(MINOR))).incident.status is Status.RESOLVED


def test_an_incident_whose_first_entry_was_set_aside_ends_with_the_resolve() -> None:
    change = observe(a_bare_incident(), received(resolved(CRITICAL), at=after(5)))

    assert change.incident.status is Status.RESOLVED
    assert happenings(change) == [Happening.ALERTS, Happening.RESOLVED]


# -- firing again ------------------------------------------------------------------------------------------------------


def test_a_re_fire_while_cooling_reopens_the_same_incident() -> None:
    cooling = recovered(acknowledged(a_settled_incident()), at=after(5))

    change = observe(cooling, received(an_alert(starts_at=after(20)), at=after(20)))

    incident = change.incident
    assert (incident.status, incident.status_at) == (Status.FIRING, after(20))
    assert (incident.closes_at, incident.resolved_by, incident.reopened) == (None, None, 1)
    assert incident.lead == ALICE
    assert happenings(change) == [Happening.ALERTS, Happening.REOPENED]
    said = incident.outbox[-1]
    assert (said.kind, said.to, said.count) == (SayingKind.REOPENED, ALICE, 1)


def test_another_alert_reopens_as_well() -> None:
    cooling = recovered(a_settled_incident())

    assert observe(cooling, received(MINOR, at=after(6))).incident.status is Status.FIRING


def test_a_re_fire_ends_what_a_person_kept() -> None:
    kept = observe(recovered(a_settled_incident()), a_command(Verb.KEEP)).incident

    incident = observe(kept, received(replace(CRITICAL, starts_at=after(9)), at=after(9))).incident

    assert (incident.status, incident.kept_by) == (Status.FIRING, None)


def test_a_re_fire_after_closed_is_not_this_incidents() -> None:
    closed = replace(recovered(a_settled_incident()), status=Status.CLOSED, closes_at=None)

    assert observe(closed, received(CRITICAL, MINOR)) == Change(closed)


def test_after_a_manual_resolve_the_same_copy_counts_as_news() -> None:
    change = observe(a_settled_incident(None, CRITICAL, MINOR), a_command(Verb.RESOLVE, at=after(3)))

    assert change.forget == {key_of(CRITICAL), key_of(MINOR)}


def test_after_a_manual_resolve_the_next_copy_that_fires_reopens() -> None:
    incident = observe(a_settled_incident(), a_command(Verb.RESOLVE, at=after(3))).incident

    change = observe(incident, received(CRITICAL, at=after(8)))

    assert change.incident.status is Status.FIRING
    assert happenings(change) == [Happening.REOPENED]


def test_a_manual_resolve_stands_when_another_alert_recovers() -> None:
    incident = observe(a_settled_incident(None, CRITICAL, MINOR), a_command(Verb.RESOLVE, at=after(3))).incident

    incident = observe(incident, received(resolved(MINOR), at=after(8))).incident

    assert incident.status is Status.RESOLVED
    assert incident.severity is Severity.P1


def test_what_a_person_reopened_ends_when_its_source_says_so() -> None:
    incident = observe(a_settled_incident(), a_command(Verb.RESOLVE, at=after(3))).incident
    incident = observe(incident, a_command(Verb.REOPEN, at=after(4))).incident
    assert incident.status is Status.FIRING

    incident = observe(incident, received(resolved(CRITICAL, at=after(30)), at=after(30))).incident

    assert incident.status is Status.RESOLVED


def test_what_a_person_reopened_stays_open_although_nothing_fires() -> None:
    incident = observe(recovered(a_settled_incident(), at=after(5)), a_command(Verb.REOPEN, at=after(6))).incident

    incident = observe(incident, received(resolved(CRITICAL, at=after(7)), at=after(7))).incident

    assert elapse(incident, after(300)).incident.status is Status.FIRING


# -- direct push -------------------------------------------------------------------------------------------------------


def test_a_pushed_resolve_waits_for_two_resend_delays() -> None:
    incident = a_settled_incident(None, pushed())

    change = observe(incident, received(resolved(pushed(), at=after(2)), is_push=True, at=after(2)))

    assert change.incident.status is Status.FIRING
    assert change.lines == ()
    assert change.incident.resolving == {key_of(pushed()): after(2) + timedelta(seconds=130)}
    assert next_due(change.incident, after(2)) == after(2) + timedelta(seconds=130)


def test_repeats_of_a_pushed_resolve_do_not_prolong_the_wait() -> None:
    incident = a_settled_incident(None, pushed())
    for at in (2, 3):
        incident = observe(incident, received(resolved(pushed(), at=after(2)), is_push=True, at=after(at))).incident

    assert set(incident.resolving.values()) == {after(2) + timedelta(seconds=130)}


def test_a_firing_copy_of_the_other_replica_cancels_it() -> None:
    incident = a_settled_incident(None, pushed())
    incident = observe(incident, received(resolved(pushed(), at=after(2)), is_push=True, at=after(2))).incident

    change = observe(incident, received(pushed(until=7), is_push=True, at=after(3)))

    assert change.incident.resolving == {}
    assert change.lines == ()
    assert elapse(change.incident, after(5)).incident.status is Status.FIRING


def test_after_the_wait_it_is_resolved() -> None:
    incident = a_settled_incident(None, pushed())
    incident = observe(incident, received(resolved(pushed(), at=after(2)), is_push=True, at=after(2))).incident

    early, due = elapse(incident, seconds_after(249)), elapse(incident, seconds_after(250))

    assert early.incident.status is Status.FIRING
    assert due.incident.status is Status.RESOLVED
    assert happenings(due) == [Happening.ALERTS, Happening.RESOLVED]
    assert due.incident.resolving == {}
    assert due.forget == frozenset()


def test_a_webhook_that_says_resolved_does_not_wait_for_the_push() -> None:
    incident = a_settled_incident(None, pushed())
    incident = observe(incident, received(resolved(pushed(), at=after(2)), is_push=True, at=after(2))).incident

    incident = observe(incident, received(resolved(pushed(), at=after(2)), at=after(3))).incident

    assert incident.status is Status.RESOLVED
    assert incident.resolving == {}


def test_an_alert_that_nobody_renews_runs_out_a_minute_after_its_end() -> None:
    incident = a_settled_incident(None, pushed())
    assert next_due(incident, after(4.5)) == after(5)
    assert elapse(incident, after(4.99)).incident.status is Status.FIRING

    change = elapse(incident, after(5))

    assert change.incident.status is Status.RESOLVED
    assert [(line.what, line.text) for line in change.lines] == [
        (Happening.ALERTS, "ran_out"),
        (Happening.RESOLVED, ""),
    ]
    assert change.lines[0].details == {"count": "1"}
    assert change.incident.alerts[key_of(pushed())].ends_at == after(4)


def test_the_copy_that_brings_an_alert_back_after_it_ran_out_counts_as_news() -> None:
    change = elapse(a_settled_incident(None, pushed()), after(5))
    assert change.forget == {key_of(pushed())}

    incident = observe(change.incident, received(pushed(until=12), is_push=True, at=after(8))).incident

    assert incident.status is Status.FIRING


def test_renewals_that_woke_nobody_keep_an_alert_from_running_out() -> None:
    incident = a_settled_incident(None, pushed(), CRITICAL)

    renewed = extend(incident, {key_of(pushed()): after(9), key_of(CRITICAL): after(9)})

    assert elapse(renewed, after(9.9)).incident.alerts[key_of(pushed())].status is AlertStatus.FIRING
    assert elapse(renewed, after(10)).incident.alerts[key_of(pushed())].status is AlertStatus.RESOLVED
    assert renewed.alerts[key_of(CRITICAL)].ends_at is None


@pytest.mark.parametrize("known", [{}, {key_of(pushed()): after(3)}])
def test_an_older_end_than_the_known_one_is_not_taken_over(known: dict[AlertKey, datetime]) -> None:
    incident = a_settled_incident(None, pushed())

    assert extend(incident, known) is incident


def test_alerts_run_out_also_while_a_person_declared_them_over() -> None:
    incident = observe(a_settled_incident(None, pushed()), a_command(Verb.RESOLVE, BOB, at=after(1))).incident
    assert next_due(incident, after(1)) == after(5)

    change = elapse(incident, after(5))

    assert change.incident.status is Status.RESOLVED
    assert firing(change.incident) == []
    assert change.incident.closes_at == after(1) + minutes(60)

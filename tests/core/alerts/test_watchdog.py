"""When a dead man's switch is silent, and when it is over."""

from dataclasses import replace
from datetime import timedelta

import pytest

from alertbridge.core.alerts.alert import AlertStatus
from alertbridge.core.alerts.matcher import parse_matchers
from alertbridge.core.alerts.watchdog import (
    Alarm,
    Listening,
    Watch,
    Watchdog,
    alarm_alert,
    alarm_labels,
    hear,
    is_over,
    is_silent,
    recognised,
)
from tests.builders import T

EVERY = timedelta(minutes=5)
MINUTE = timedelta(minutes=1)
A_DAY = timedelta(days=1)


def a_watchdog(name: str = "prometheus", matchers: str = 'alertname="Watchdog"', **labels: str) -> Watchdog:
    return Watchdog(
        name=name, matchers=parse_matchers(matchers), every_seconds=300, senders=("default",), labels=labels
    )


def listening(since: timedelta = A_DAY, total: timedelta = A_DAY) -> Listening:
    """Doors that have been open for so long, and for so long in all."""
    return Listening(since=T - since, total=total)


def test_an_alert_is_every_watchdog_whose_matchers_all_fit() -> None:
    one, of_eu = a_watchdog(), a_watchdog("eu", '{alertname="Watchdog", cluster="eu"}')

    assert recognised([one, of_eu], {"alertname": "Watchdog", "cluster": "eu"}) == [one, of_eu]
    assert recognised([one, of_eu], {"alertname": "Watchdog"}) == [one]
    assert recognised([one, of_eu], {"alertname": "Down"}) == []
    assert one.every == EVERY


def test_what_is_expected_for_the_first_time_has_a_whole_interval() -> None:
    watch = hear(None, None, listening(), T)

    assert watch == Watch(since=T, listened=A_DAY)
    assert not is_silent(watch, EVERY, listening(), T + EVERY - MINUTE)
    assert is_silent(watch, EVERY, listening(), T + EVERY)


@pytest.mark.parametrize(("quiet", "silent"), [(4 * MINUTE, False), (5 * MINUTE, True)])
def test_what_was_not_heard_for_an_interval_is_silent(quiet: timedelta, silent: bool) -> None:
    watch = Watch(since=T - A_DAY, heard_at=T - quiet, listened=A_DAY - quiet)

    assert is_silent(watch, EVERY, listening(), T) is silent


def test_after_a_pause_of_ours_everybody_has_a_whole_interval_again() -> None:
    watch = Watch(since=T - A_DAY, heard_at=T - timedelta(hours=3), listened=A_DAY)
    since_then = listening(since=4 * MINUTE, total=A_DAY + 5 * MINUTE)

    assert not is_silent(watch, EVERY, since_then, T)
    assert is_silent(watch, EVERY, since_then, T + MINUTE)


def test_pauses_that_follow_each_other_hide_no_absence_for_good() -> None:
    watch = Watch(since=T - A_DAY, heard_at=T - timedelta(hours=3), listened=A_DAY)

    assert not is_silent(watch, EVERY, listening(since=MINUTE, total=A_DAY + 9 * MINUTE), T)
    assert is_silent(watch, EVERY, listening(since=MINUTE, total=A_DAY + 10 * MINUTE), T)


def test_hearing_begins_the_interval_anew_and_hearing_nothing_new_does_not() -> None:
    watch = Watch(since=T - A_DAY, heard_at=T - MINUTE, listened=timedelta())

    assert hear(watch, T - MINUTE, listening(), T) is watch
    assert hear(watch, T, listening(), T) == replace(watch, heard_at=T, listened=A_DAY)
    assert hear(None, T - MINUTE, listening(), T).heard_at == T - MINUTE


def test_an_alarm_is_over_when_it_is_heard_again() -> None:
    alarm = Alarm(began_at=T, last_heard_at=T - EVERY, labels={})
    silent = Watch(since=T - A_DAY, heard_at=T - EVERY, alarm=alarm)

    assert not is_over(silent)
    assert is_over(replace(silent, heard_at=T - MINUTE)), "it was on its way when the alarm began"
    assert not is_over(replace(silent, alarm=None))


def test_the_alert_is_known_by_labels_that_nobody_can_take_from_it() -> None:
    assert alarm_labels(a_watchdog(team="sre", sender="x"), "default") == {
        "alertname": "WatchdogSilent",
        "watchdog": "prometheus",
        "sender": "default",
        "severity": "critical",
        "team": "sre",
    }
    assert alarm_labels(a_watchdog(severity="P2"), "default")["severity"] == "P2"


def test_beginning_and_end_are_one_alert() -> None:
    alarm = Alarm(began_at=T, last_heard_at=None, labels={"alertname": "WatchdogSilent"})

    began, ended = alarm_alert(alarm, "gone"), alarm_alert(alarm, "back", ended_at=T + MINUTE)

    assert began.fingerprint == ended.fingerprint
    assert (began.status, began.starts_at, began.ends_at) == (AlertStatus.FIRING, T, None)
    assert (ended.status, ended.ends_at) == (AlertStatus.RESOLVED, T + MINUTE)
    assert began.annotations == {"summary": "gone"}

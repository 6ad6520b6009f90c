"""Schedules that a calendar fills, in the team file."""

import pytest

from alertbridge.config import CalendarSource, ConfigError, Team, parse_team


def team(ical: str, more: str = "") -> Team:
    text = f"""
people: {{alice: {{email: a@example.com}}}}
fallback: [alice]
schedules:
  s:
    timezone: Asia/Shanghai
    ical: {ical}
    {more}
route: {{schedule: s}}
"""
    return parse_team(text)


@pytest.mark.parametrize(
    ("ical", "source"),
    [
        ("{url: 'https://host.example/a.ics?x=1'}", CalendarSource(url="https://host.example/a.ics?x=1")),
        ("{url: 'webcal://host.example/a.ics'}", CalendarSource(url="https://host.example/a.ics")),
        ("{file: calendars/ops.ics}", CalendarSource(file="calendars/ops.ics")),
        ("{secret: ops, names: {Zoe: alice}}", CalendarSource(secret="ops", names={"Zoe": "alice"})),
        ("{file: a.ics, title: 值班}", CalendarSource(file="a.ics", title="值班")),
    ],
)
def test_a_calendar_is_at_an_address_in_a_file_or_known_to_the_settings(ical: str, source: CalendarSource) -> None:
    found = team(ical)

    assert dict(found.calendars) == {"s": source}
    assert found.schedules["s"].turns == ()
    assert found.schedules["s"].layers == ()


def test_overrides_lie_on_top_of_a_calendar() -> None:
    found = team("{file: a.ics}", "overrides: [{from: 2026-02-01T09:00, to: 2026-02-02T09:00, people: [alice]}]")

    assert found.schedules["s"].overrides[0].people == ("alice",)


@pytest.mark.parametrize(
    ("ical", "more", "says"),
    [
        ("{}", "", "a calendar is in one place; give one of url, file and secret"),
        ("{file: a.ics, secret: b}", "", "a calendar is in one place"),
        ("{url: host.example/a.ics}", "", "'host.example/a.ics' is no address of a calendar; write https://"),
        ("{url: 'https://me:pw@host.example/a'}", "", "is no address of a calendar"),
        ("{file: a.ics, names: {Zoe: zoe}}", "", "`people` has no 'zoe'"),
        ("{file: a.ics}", "layers: [{starts: 2026-01-05, people: [alice]}]", "a schedule has `layers` or a calendar"),
        ("{file: a.ics}", "holidays: {country: CN}", "a calendar says itself what is on holidays"),
    ],
)
def test_what_cannot_be_meant_is_refused(ical: str, more: str, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        team(ical, more)

    assert any(says in f"{problem.message}; {problem.hint}" for problem in caught.value.problems), caught.value

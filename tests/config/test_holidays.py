"""Holidays in schedules: a country's days, those of a company, the weekends that make up for them; what is refused."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from alertbridge.config import ConfigError, parse_team
from alertbridge.core.oncall.schedule import Schedule, on_call


def schedule(holidays: str, layers: str = "[{starts: 2026-01-05, people: [alice]}]") -> Schedule:
    text = f"""
people: {{alice: {{email: a@example.com}}, bob: {{email: b@example.com}}, dave: {{email: d@example.com}}}}
fallback: [dave]
schedules:
  s:
    timezone: Asia/Shanghai
    holidays: {holidays}
    layers: {layers}
route: {{schedule: s}}
"""
    return parse_team(text).schedules["s"]


def refusal(holidays: str) -> str:
    with pytest.raises(ConfigError) as caught:
        schedule(holidays)
    (problem,) = caught.value.problems
    assert problem.line == 7
    return f"{problem.message}; {problem.hint}"


def who(plan: Schedule, at: str) -> tuple[str, ...]:
    return on_call(plan, datetime.fromisoformat(at).replace(tzinfo=ZoneInfo("Asia/Shanghai")).astimezone(UTC)).people


def test_on_holidays_those_named_are_on_call_from_midnight_to_midnight() -> None:
    plan = schedule("{country: CN, people: [dave, bob, dave]}")

    assert who(plan, "2026-09-30T23:59") == ("alice",)
    assert who(plan, "2026-10-01T00:00") == ("dave", "bob")
    assert who(plan, "2026-10-03T12:00") == ("dave", "bob"), "a holiday on a Saturday"
    assert who(plan, "2026-10-04T12:00") == ("alice",), "an ordinary Sunday"
    assert who(plan, "2026-10-08T00:00") == ("alice",)


def test_a_row_of_holidays_is_one_shift() -> None:
    plan = schedule("{country: CN, people: [dave]}")

    shift = on_call(plan, datetime(2026, 10, 6, tzinfo=UTC))

    assert shift.ends_at == datetime(2026, 10, 7, 16, tzinfo=UTC)
    assert shift.starts_at == datetime(2026, 10, 4, 16, tzinfo=UTC)


def test_weekends_that_make_up_for_holidays_are_workdays() -> None:
    layers = """
      - {starts: 2026-01-05, people: [bob]}
      - {starts: 2026-01-05, people: [alice], only: [{days: workdays, times: ["09:00-18:00"]}]}"""
    plan = schedule("{country: CN}", layers)

    assert who(plan, "2026-02-14T10:00") == ("alice",), "a Saturday before the Spring Festival"
    assert who(plan, "2026-02-14T20:00") == ("bob",)
    assert who(plan, "2026-02-17T10:00") == ("bob",)
    assert who(plan, "2026-02-21T10:00") == ("bob",), "an ordinary Saturday"


def test_a_company_adds_days_and_works_on_others() -> None:
    plan = schedule("{country: CN, extra: [2026-11-11, 2026-02-14], except: [2026-10-01], people: [dave]}")

    assert who(plan, "2026-11-11T12:00") == ("dave",)
    assert who(plan, "2026-02-14T12:00") == ("dave",)
    assert who(plan, "2026-10-01T12:00") == ("alice",)


def test_days_can_be_given_without_a_country() -> None:
    plan = schedule("{extra: [2026-11-11], people: [dave]}")

    assert who(plan, "2026-11-11T12:00") == ("dave",)
    assert who(plan, "2026-10-01T12:00") == ("alice",)


def test_parts_of_a_country_have_holidays_of_their_own() -> None:
    bavaria, berlin = (schedule(f"{{country: DE, subdivision: {part}, people: [dave]}}") for part in ("BY", "BE"))

    assert who(bavaria, "2026-01-06T12:00") == ("dave",)
    assert who(berlin, "2026-01-06T12:00") == ("alice",)


def test_other_weekends_are_known() -> None:
    plan = schedule("{country: IL}", "[{starts: 2026-01-05, people: [alice], only: [{days: workdays}]}]")

    assert who(plan, "2026-01-11T12:00") == ("alice",), "a Sunday"
    assert who(plan, "2026-01-09T12:00") == (), "a Friday"


@pytest.mark.parametrize(
    ("holidays", "says"),
    [
        ("{country: XX}", "no holidays are known of a country 'XX'; "),
        ("{country: CNN}", "no holidays are known of a country 'CNN'; did you mean"),
        ("{country: DE, subdivision: XX}", "no holidays are known of a part 'XX' of DE; "),
        ("{country: SG, subdivision: XX}", "remove `subdivision`"),
        ("{subdivision: BY}", "a `subdivision` is part of a country; write `country` too"),
        ("{extra: [2026-02-30]}", "2026-02-30"),
        ("{country: CN, extra: [2026-05-09], except: [2026-05-09]}", "2026-05-09 is in `extra` and in `except`"),
        ("{people: [dave]}", "there are no holidays for these people; write `country`, or `extra` days"),
        ("{country: CN, people: [zoe]}", "`people` has no 'zoe'"),
    ],
)
def test_what_cannot_be_meant_is_refused(holidays: str, says: str) -> None:
    assert says in refusal(holidays)


def test_dates_are_plain_dates() -> None:
    only = schedule("{country: CN, people: [dave]}").layers[-1].only[0]

    assert date(2026, 2, 17) in only.holidays.off
    assert all(type(day) is date for day in only.holidays.off | only.holidays.worked)

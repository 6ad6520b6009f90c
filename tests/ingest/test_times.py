from datetime import UTC, datetime, timedelta, timezone

import pytest

from alertbridge.ingest.times import as_utc, read_time

NINE = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-22T09:00:00Z", NINE),
        (" 2026-11-22T09:00:00Z\n", NINE),
        ("2026-11-22t09:00:00z", NINE),
        ("2026-11-22 09:00:00", NINE),
        ("2026-11-22T09:00:00", NINE),
        ("2026-11-22T09:00", NINE),
        ("2026-11-22T17:00:00+08:00", NINE),
        ("2026-11-22T17:00:00+0800", NINE),
        ("2026-11-22T09:00:00.5Z", NINE + timedelta(milliseconds=500)),
        ("2026-11-22T09:00:00.12345678Z", NINE + timedelta(microseconds=123457)),
        ("2026-11-22T09:00:60Z", NINE + timedelta(seconds=59)),
        ("2026-11-22T09:00:60.5Z", NINE + timedelta(seconds=59.5)),
        ("2026-11-22", datetime(2026, 11, 22, tzinfo=UTC)),
        ("20261122", datetime(2026, 11, 22, tzinfo=UTC)),
        ("1795338000", NINE),
        ("1795338000.5", NINE + timedelta(milliseconds=500)),
        ("1795338000000", NINE),
        ("1795338000000000", NINE),
        ("1795338000000000000", NINE),
    ],
)
def test_times_are_read_as_senders_write_them(text: str, moment: datetime) -> None:
    assert read_time(text) == moment


@pytest.mark.parametrize(
    "text",
    ["", "  ", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+08:00", "0001-01-01T00:00:00-08:00", "0", "0.0",
     "9999-12-31T23:59:59-08:00", "9999-12-31T23:59:59.9999999Z"],
)  # fmt: skip
def test_zero_times_and_times_outside_every_calendar_are_none(text: str) -> None:
    assert read_time(text) is None


@pytest.mark.parametrize(
    "text", ["yesterday", "true", "-1", "12", "2026-13-01T00:00:00Z", "2026-11-22T25:00:00Z", "[]", "١٢"]
)
def test_what_is_no_time_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_time(text)


def test_times_are_handed_on_in_utc() -> None:
    berlin = timezone(timedelta(hours=1))

    assert as_utc(None) is None
    assert as_utc(NINE) is NINE
    assert as_utc(datetime(2026, 11, 22, 10, 0, tzinfo=berlin)) == NINE
    assert as_utc(datetime(2026, 11, 22, 9, 0)) == NINE  # noqa: DTZ001 - a sender's time without a zone

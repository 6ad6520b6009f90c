"""Which days are worked: weekends, public holidays, and the weekends that are worked to make up for them."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class DayKind(StrEnum):
    """What a layer may be limited to."""

    WORKDAYS = "workdays"
    DAYS_OFF = "days_off"
    """Weekends and holidays: all days that are not worked."""
    HOLIDAYS = "holidays"
    """Public holidays, on whatever day of the week."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holidays:
    """The days of a place that are not like others of their weekday."""

    off: frozenset[date] = frozenset()
    """Public holidays."""
    worked: frozenset[date] = frozenset()
    """Days of a weekend that are worked; they are no holidays."""
    weekend: frozenset[int] = frozenset({5, 6})
    """0 is Monday."""

    def is_a(self, kind: DayKind, day: date) -> bool:
        """Whether a day is of that kind."""
        is_worked = day in self.worked or (day not in self.off and day.weekday() not in self.weekend)
        if kind is DayKind.WORKDAYS:
            return is_worked
        return not is_worked and (kind is DayKind.DAYS_OFF or day in self.off)


NO_HOLIDAYS = Holidays()
"""Saturdays and Sundays are off, nothing else is known."""

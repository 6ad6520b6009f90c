"""What a team file may say of schedules, field by field. The texts under the fields are also what editors show."""

import datetime
from typing import Annotated, Self

from pydantic import Field, model_validator

from alertbridge.config.entry import Entry
from alertbridge.config.holidays import public_holidays
from alertbridge.config.values import (
    CalendarUrl,
    Clock,
    Count,
    Day,
    DayKindWord,
    FieldError,
    Hours,
    OneOrSeveral,
    RotationWord,
    Text,
    WallTime,
    Weekday,
    WeekdayRange,
    Zone,
)
from alertbridge.core.oncall.holidays import Holidays
from alertbridge.core.oncall.rotation import Rotation


class HandoverEntry(Entry):
    """When the next in turn take over, on the wall clock of the schedule's zone."""

    day: Weekday = 0
    """Weekday of a weekly rotation. Default: monday."""

    time: Clock = datetime.time(9)
    """Time of day, 00:00 to 23:59. Default: 09:00."""


class OnlyEntry(Entry):
    """Hours of the week in which a layer counts, on the wall clock of the schedule's zone."""

    weekdays: Annotated[tuple[WeekdayRange, ...], Field(min_length=1)] | None = None
    """Like "monday:friday" or sunday. Default: every day."""

    times: Annotated[tuple[Hours, ...], Field(min_length=1)] | None = None
    """Like "09:00-18:00", "22:00-06:00" (into the next day) or "00:00-24:00". Default: all day."""

    days: DayKindWord | None = None
    """`workdays`, `days_off` (all others) or `holidays`, as the schedule's `holidays` say. Default: all of them."""


class LayerEntry(Entry):
    """A rotation."""

    people: Annotated[tuple[OneOrSeveral, ...], Field(min_length=1)]
    """Keys of `people`, in the order in which they take over; an inner list is several in one shift."""

    starts: Day
    """The first in turn begin on this day, at the hand-over time."""

    ends: Day | None = None
    """The layer is over on this day, at the hand-over time. Default: it goes on for good."""

    rotation: RotationWord = Rotation.WEEKLY
    """`weekly` (default), `daily` or `hourly`."""

    every: Count = 1
    """A shift lasts so many weeks, days or hours. Default: 1."""

    handover: HandoverEntry = Field(default_factory=HandoverEntry)
    """When the next in turn take over. Default: monday 09:00."""

    only: Annotated[tuple[OnlyEntry, ...], Field(min_length=1)] | None = None
    """The layer counts only then; outside of it those above do. Default: always."""

    @model_validator(mode="after")
    def _only_weeks_have_weekdays(self) -> Self:
        if self.rotation is not Rotation.WEEKLY and "day" in self.handover.model_fields_set:
            often = "every day" if self.rotation is Rotation.DAILY else "by the hour"
            said = f"{'a' if self.rotation is Rotation.DAILY else 'an'} {self.rotation} rotation hands over {often}"
            raise FieldError(said, "remove `day`, or make it weekly").as_pydantic()
        return self

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        if self.ends is not None and self.ends <= self.starts:
            said = f"the layer ends on {self.ends}, not after it starts ({self.starts})"
            raise FieldError(said, "write a later day, or remove `ends`").as_pydantic()
        return self


class OverrideEntry(Entry):
    """Somebody covers for others, for a time."""

    starts: WallTime = Field(alias="from")
    """From then on, on the wall clock of the schedule's zone: 2026-02-01T09:00."""

    ends: WallTime = Field(alias="to")
    """Until then."""

    people: Annotated[tuple[Text, ...], Field(min_length=1)]
    """Keys of `people` who are on call then."""

    instead_of: Text | None = None
    """Key of the one person who is replaced, in shifts that they have. Default: everybody is."""

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        if self.ends <= self.starts:
            raise FieldError("the override ends before it begins", "write a later `to`").as_pydantic()
        return self


class HolidaysEntry(Entry):
    """Which days are holidays, and which weekends are worked to make up for them."""

    country: Text = ""
    """ISO 3166 code: CN, HK, SG, DE, US, … Default: none, only the days below are holidays."""

    subdivision: Text = ""
    """Part of the country with holidays of its own: BY, SCT, … Default: none."""

    extra: tuple[Day, ...] = ()
    """More holidays."""

    worked: tuple[Day, ...] = Field(default=(), alias="except")
    """Days that are worked although they would be off: holidays that do not count here, weekends that make up."""

    people: tuple[Text, ...] = ()
    """Keys of `people` who are on call on holidays, from midnight to midnight. Default: whoever the layers say."""

    def days(self) -> Holidays:
        """Return them as dates. Raises `FieldError`."""
        return public_holidays(self.country, self.subdivision, self.extra, self.worked)

    @model_validator(mode="after")
    def _are_known(self) -> Self:
        if self.subdivision and not self.country:
            raise FieldError("a `subdivision` is part of a country", "write `country` too").as_pydantic()
        if both := set(self.extra) & set(self.worked):
            said = f"{min(both)} is in `extra` and in `except`"
            raise FieldError(said, "remove it from one of them").as_pydantic()
        try:
            days = self.days()
        except FieldError as error:
            raise error.as_pydantic() from error
        if self.people and not days.off:
            raise FieldError("there are no holidays for these people", "write `country`, or `extra` days").as_pydantic()
        return self


class CalendarEntry(Entry):
    """A calendar in iCalendar form, whose appointments are the shifts. Give one of `url`, `file` and `secret`."""

    url: CalendarUrl = ""
    """Where it can be fetched by anybody: https://… or webcal://…"""

    file: Text = ""
    """Path of the file, from the folder of the team file; the workers have to see it."""

    secret: Text = ""
    """Name under which ALERTBRIDGE_CALENDARS has its address, where that is not for everybody's eyes."""

    names: dict[str, Text] = Field(default_factory=dict)
    """What it calls people -> keys of `people`. Emails, names and keys are known without."""

    title: Text = ""
    """Only appointments whose title holds these words are shifts, like 值班. Default: all are."""

    @model_validator(mode="after")
    def _is_one_calendar(self) -> Self:
        if sum(map(bool, (self.url, self.file, self.secret))) != 1:
            raise FieldError("a calendar is in one place", "give one of url, file and secret").as_pydantic()
        return self


class ScheduleEntry(Entry):
    """Who is on call when."""

    timezone: Zone
    """IANA zone of all times here; hand-overs stay at their wall-clock time when the clocks change."""

    layers: Annotated[tuple[LayerEntry, ...], Field(min_length=1)] | None = None
    """Rotations; of those that count at a time the last has it."""

    ical: CalendarEntry | None = None
    """A calendar, in place of layers."""

    overrides: tuple[OverrideEntry, ...] = ()
    """Exceptions that are known ahead, like holidays; those made while it runs come on top of them."""

    holidays: HolidaysEntry | None = None
    """Which days are holidays: for `days` of layers, and for people who are on call on them. Default: none."""

    secondary: Text | None = None
    """Key of `schedules`: who is second. Default: nobody."""

    @model_validator(mode="after")
    def _is_filled_by_one(self) -> Self:
        if (self.layers is None) == (self.ical is None):
            raise FieldError("a schedule has `layers` or a calendar, `ical`", "give one of them").as_pydantic()
        if self.ical is not None and self.holidays is not None:
            raise FieldError("a calendar says itself what is on holidays", "remove `holidays`").as_pydantic()
        return self

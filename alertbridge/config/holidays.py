"""Public holidays of a country as plain dates. The library that knows them is loaded where a schedule asks for it."""

from collections.abc import Iterable
from datetime import date
from typing import Final

from alertbridge.config.values import FieldError, suggest
from alertbridge.core.oncall.holidays import NO_HOLIDAYS, Holidays

YEARS: Final = range(2015, 2051)
"""Far enough both ways, and worked out in a tenth of a second."""


def public_holidays(country: str, subdivision: str, extra: Iterable[date], worked: Iterable[date]) -> Holidays:
    """Return the holidays of a country or a part of it; "": only those that are said here.

    `extra` are days off beside them, `worked` days that are worked although they would be off. Raises `FieldError`.
    """
    listed = NO_HOLIDAYS
    if country:
        import holidays

        try:
            found = holidays.country_holidays(country, subdiv=subdivision or None, years=YEARS)
        except NotImplementedError as error:
            raise _unknown(country, subdivision, holidays.list_supported_countries()) from error
        listed = Holidays(
            off=frozenset(found),
            worked=frozenset(getattr(found, "weekend_workdays", ())),
            weekend=frozenset(found.weekend),
        )
    added, taken = frozenset(extra), frozenset(worked)
    return Holidays(
        off=(listed.off | added) - taken,
        worked=(listed.worked - added) | taken,
        weekend=listed.weekend,
    )


def _unknown(country: str, subdivision: str, known: dict[str, list[str]]) -> FieldError:
    if country not in known:
        hint = suggest(country, list(known)) or "write its two letters, like CN, HK, SG, DE or US"
        return FieldError(f"no holidays are known of a country {country!r}", hint)
    parts = known[country]
    hint = suggest(subdivision, parts) or (f"write one of {', '.join(parts)}" if parts else "remove `subdivision`")
    return FieldError(f"no holidays are known of a part {subdivision!r} of {country}", hint)

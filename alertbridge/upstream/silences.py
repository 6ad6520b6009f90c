"""The silence of an incident in its Alertmanager: found by the incident's mark, made once, ended for good.

A create may have been done although its answer was lost. So the silences are listed first, each time: what carries the
mark is ours, and is changed instead of made a second time.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from alertbridge.core.alerts.silence import Pairs
from alertbridge.core.ids import IncidentId
from alertbridge.upstream.client import Alertmanager
from alertbridge.upstream.protocol import LabelMatcher, PostableSilence, SilenceState, UpstreamSilence

_LONG_AGO: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""Where a new silence begins: Alertmanager makes it its own *now*, so clocks that differ do not matter."""
_MARKER: Final = re.compile(r"\[alertbridge:([0-9A-HJKMNP-TV-Z]{26})\]\Z")
_ROUNDING: Final = timedelta(seconds=1)
"""Alertmanager keeps milliseconds, older ones less."""


def marker(incident: IncidentId) -> str:
    """What the comment of an incident's silence ends with."""
    return f"[alertbridge:{incident}]"


async def put_silence(
    alertmanager: Alertmanager,
    incident: IncidentId,
    *,
    matchers: Pairs,
    until: datetime,
    author: str,
    comment: str,
) -> str:
    """Let the incident's silence be just this, and return its id. Raises an `UpstreamError`."""
    wanted = tuple(LabelMatcher(name=name, value=value) for name, value in matchers)
    found = next(iter(find_silences(await alertmanager.get_silences(), incident)), None)
    if found is not None and _is_so(found, wanted, until):
        return found.id
    return await alertmanager.post_silences(
        PostableSilence(
            id=found.id if found else "",
            matchers=wanted,
            starts_at=found.starts_at if found else _LONG_AGO,  # another start would end it and make a new one
            ends_at=until,
            created_by=author,
            comment=f"{comment} {marker(incident)}".strip(),
        )
    )


async def end_silence(alertmanager: Alertmanager, incident: IncidentId) -> None:
    """Let the incident have no silence. Raises an `UpstreamError`."""
    for silence in find_silences(await alertmanager.get_silences(), incident):
        await alertmanager.delete_silence(silence.id)


def marked_incident(silence: UpstreamSilence) -> IncidentId | None:
    """The incident whose mark a silence carries; None: somebody else made it."""
    found = _MARKER.search(silence.comment)
    return None if found is None else IncidentId(found[1])


def find_silences(silences: list[UpstreamSilence], incident: IncidentId) -> list[UpstreamSilence]:
    """The silences of an incident that have not ended."""
    mark = marker(incident)
    return [one for one in silences if one.status.state is not SilenceState.EXPIRED and one.comment.endswith(mark)]


def _is_so(found: UpstreamSilence, wanted: tuple[LabelMatcher, ...], until: datetime) -> bool:
    return set(found.matchers) == set(wanted) and abs(found.ends_at - until) < _ROUNDING

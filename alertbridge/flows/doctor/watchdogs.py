"""Whether the watchdogs of the team file are heard, and can be."""

from collections.abc import Collection

from alertbridge.config import Team
from alertbridge.core.checkup import Finding, bad, good, note
from alertbridge.core.text import age
from alertbridge.flows.watchdogs import Standing, standings
from alertbridge.ingest.senders import UNNAMED
from alertbridge.store.watchdogs import Watchdogs


async def look_at_watchdogs(team: Team, watchdogs: Watchdogs, senders: Collection[str]) -> list[Finding]:
    """Say of each when it was heard. `senders` are the names of ingest tokens; without any all senders have one name.

    Raises `StoreAway`.
    """
    named = senders or (UNNAMED,)
    return [_finding(one, can_send=one.sender in named) for one in await standings(watchdogs, team)]


def _finding(one: Standing, *, can_send: bool) -> Finding:
    about, quiet = f"watchdog:{one.watchdog}:{one.sender}", age(one.quiet_for)
    if not can_send:
        return bad(about, "watchdog_sender", "watchdog_sender", name=one.watchdog, sender=one.sender)
    if one.is_silent:
        return bad(about, "watchdog_silent", "watchdog_silent", name=one.watchdog, sender=one.sender, d=quiet)
    if one.heard_at is None:
        return note(about, "watchdog_waiting", name=one.watchdog, sender=one.sender)
    return good(about, "watchdog", name=one.watchdog, sender=one.sender, d=quiet)

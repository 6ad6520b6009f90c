"""What cannot be taken, and how the good alerts of a request survive the bad ones."""

from collections.abc import Callable, Sequence

from alertbridge.core.alerts.alert import Alert

MOST_ALERTS = 50_000
"""Alerts kept of one request. Planned are 10,000; the rest of a body this size would only take memory from others."""


class BadBody(ValueError):  # noqa: N818 - named for what it says, like all our errors
    """The request can never succeed, so it is answered 400. The text ends up in the sender's log."""


class BadAlert(ValueError):  # noqa: N818 - named for what it says, like all our errors
    """One alert cannot be taken; the others of its request can. The text says why and how to mend it."""


def keep_good(told: Sequence[object], build: Callable[[object], Alert]) -> tuple[list[Alert], list[str]]:
    """Build what can be built; return the alerts, and for each other one its place and the reason."""
    alerts: list[Alert] = []
    refused: list[str] = []
    for index, one in enumerate(told[:MOST_ALERTS]):
        try:
            alerts.append(build(one))
        except BadAlert as error:
            refused.append(f"alerts[{index}]: {error}")
    if len(told) > MOST_ALERTS:
        refused.append(
            f"alerts[{MOST_ALERTS}] and all after it: {MOST_ALERTS} fit in a request, this one has {len(told)}. "
            "Use `group_by` or `max_alerts` in Alertmanager, smaller batches in other senders."
        )
    return alerts, refused

"""Times as people type them, and the time it is on this machine."""

import time
from datetime import UTC, datetime
from typing import Any

import click


def host_now() -> datetime:
    """What time it is here: for commands that ask no service, and for what they send as any sender would."""
    return datetime.fromtimestamp(time.time(), UTC)  # noqa: TID251 - there is no store here whose clock counts


class Moment(click.ParamType[datetime]):
    """`2026-02-01T09:00`, the wall clock of this machine, or with an offset: aware UTC."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Read one; says how to write it where it is none."""
        try:
            at = datetime.fromisoformat(str(value))
        except ValueError:
            at = None
        if at is None or not 2000 <= at.year < 2200:
            self.fail(
                f"{str(value)!r} is no time; write it like 2026-02-01T09:00 or 2026-02-01T09:00+08:00", param, ctx
            )
        return at.astimezone(UTC)

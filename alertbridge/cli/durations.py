"""Durations as people type them."""

from typing import Any

import click


class Duration(click.ParamType[int]):
    """`90s`, `30m`, `1h30m`, `2d`: seconds."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read one; says how to write it where it is none."""
        from alertbridge.config.values import FieldError, read_seconds

        try:
            return read_seconds(str(value))
        except FieldError as error:
            self.fail(f"{error.message}; {error.hint}", param, ctx)

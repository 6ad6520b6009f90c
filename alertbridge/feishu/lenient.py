"""Reads Feishu's JSON leniently: unknown fields are ignored, `null` counts as absent, numbers may be strings."""

from typing import TypeVar

import msgspec

T = TypeVar("T")


def read_as(kind: type[T], value: object) -> T:
    """Return `value` (decoded JSON) as `kind`. Raises msgspec.ValidationError when something needed is missing."""
    return msgspec.convert(_without_nulls(value), kind, strict=False)


def _without_nulls(value: object) -> object:
    if isinstance(value, dict):
        return {key: _without_nulls(inner) for key, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [_without_nulls(inner) for inner in value]
    return value

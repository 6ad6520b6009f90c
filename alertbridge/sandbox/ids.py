"""Identifiers in the platform's forms."""

import secrets
from itertools import count

_numbers = count(secrets.randbelow(10**6))


def new_id(prefix: str) -> str:
    """Return a fresh id such as `oc_…` (chat), `om_…` (message) or `t-…` (token)."""
    return prefix + secrets.token_hex(16)


def new_number() -> str:
    """Return a fresh 19-digit id as tabs and menus have it, larger than those before it."""
    return str(7_300_000_000_000_000_000 + next(_numbers) * 1009)

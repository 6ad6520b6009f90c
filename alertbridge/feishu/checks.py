"""Refuses arguments that Feishu would refuse, before they are sent. A ValueError: the mistake is ours."""

from collections.abc import Sized

from alertbridge.feishu import limits


def at_most(limit: int, what: str, items: Sized) -> None:
    """Refuse more than `limit` items."""
    if len(items) > limit:
        raise ValueError(f"at most {limit} {what}, not {len(items)}")


def some(limit: int, what: str, items: Sized) -> None:
    """Refuse no items, and more than `limit`."""
    if not items:
        raise ValueError(f"at least one of {what}")
    at_most(limit, what, items)


def idempotency_key(uuid: str) -> None:
    """Refuse a `uuid` that is empty (it would not count as one) or too long."""
    some(limits.UUID_CHARACTERS, "characters of a uuid", uuid)


def page_size(size: int | None, limit: int) -> None:
    """Refuse a page size outside 1 to `limit`."""
    if size is not None and not 1 <= size <= limit:
        raise ValueError(f"a page holds 1 to {limit} items, not {size}")


def web_link(url: str | None, what: str) -> None:
    """Refuse a link that is not http or https."""
    if url is not None and not url.startswith(("http://", "https://")):
        raise ValueError(f"{what} must start with http:// or https://, not {url[:40]!r}")

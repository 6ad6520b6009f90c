"""Lists come in pages."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Generic, Protocol, TypeVar

import msgspec

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Page(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """Some items of a list, and how to ask for the next ones. A page may be shorter or longer than asked for."""

    items: tuple[T, ...] = ()
    page_token: str = ""
    has_more: bool = False


class Paged(Protocol[T_co]):
    """What every answer with pages has."""

    @property
    def items(self) -> tuple[T_co, ...]:
        """Return the items of this page."""

    @property
    def page_token(self) -> str:
        """Return what to ask the next page with."""

    @property
    def has_more(self) -> bool:
        """Return whether there is a next page."""


async def every_item(fetch: Callable[[str | None], Awaitable[Paged[T]]]) -> AsyncIterator[T]:
    """Yield the items of all pages; `fetch` gets the page token, None for the first page.

    Ends at `has_more: false`, never at a short page. A token that does not advance ends it too: Feishu would
    repeat the same page for ever.
    """
    token: str | None = None
    while True:
        page = await fetch(token)
        for item in page.items:
            yield item
        if not page.has_more or page.page_token in ("", token):
            return
        token = page.page_token

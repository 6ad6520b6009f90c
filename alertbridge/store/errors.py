"""What can go wrong with the store, by what the caller should do.

    StoreError
    ├── StoreAway    nothing is known to be written: try later (a sender is told 503)
    ├── TooNew       a newer version wrote this: take no more jobs, report not ready
    ├── Unreadable   a stored value is damaged: this one cannot be worked on, others can
    └── BadUrl       the setting cannot be understood: mend it and start again

redis-py's own errors end here; `translated` turns them.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from redis.exceptions import RedisError


class StoreError(Exception):
    """Anything the store cannot do."""


class StoreAway(StoreError):  # noqa: N818 - named for what it says, like all our errors
    """No answer, or a refusal that time can cure. A write may have happened all the same."""


class TooNew(StoreError):  # noqa: N818 - named for what it says, like all our errors
    """A value was written by a newer version of alertbridge."""

    def __init__(self, found: int, known: int) -> None:
        super().__init__(
            f"the store holds values of format {found}, this process knows formats up to {known}: "
            "start the newer version of alertbridge here as well"
        )
        self.found = found
        self.known = known


class Unreadable(StoreError):  # noqa: N818 - named for what it says, like all our errors
    """A stored value is not what its key promises."""


class BadUrl(StoreError):  # noqa: N818 - named for what it says, like all our errors
    """The store's URL says nothing that can be connected to."""


@contextmanager
def translated() -> Iterator[None]:
    """Raise redis-py's errors, and the network's, as `StoreAway`."""
    try:
        yield
    except (RedisError, OSError) as error:
        raise StoreAway(f"the store did not do it: {str(error) or type(error).__name__}") from error

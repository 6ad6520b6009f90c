"""How long a call that failed waits for its next try."""

from datetime import timedelta

from alertbridge.core.chats.outcome import Failed

FIRST_BACKOFF = timedelta(seconds=1)
LONGEST_BACKOFF = timedelta(minutes=5)
FIRST_REFUSED_BACKOFF = timedelta(minutes=1)
"""A refusal needs somebody to change something; asking again soon does not help."""
LONGEST_REFUSED_BACKOFF = timedelta(hours=1)


def backoff(failed: Failed, failures: int) -> timedelta:
    """The wait after so many `failures` in a row, this one included; what Feishu asked for goes before ours."""
    if failed.wait_seconds is not None:
        return timedelta(seconds=failed.wait_seconds)
    first, longest = (
        (FIRST_REFUSED_BACKOFF, LONGEST_REFUSED_BACKOFF) if failed.is_refused else (FIRST_BACKOFF, LONGEST_BACKOFF)
    )
    return min(first * float(2 ** min(failures - 1, 10)), longest)

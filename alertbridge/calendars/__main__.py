"""The process that reads one calendar: text on standard input, its appointments as JSON on standard output.

Arguments: the zone, the time (seconds since 1970), and the processor time it may take (seconds). Exit 1: it cannot be
used, and why on standard error.
"""

import sys
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import msgspec

from alertbridge.calendars.errors import Unusable
from alertbridge.calendars.limits import WORK_BYTES


def main(zone: str, now: str, seconds: str) -> int:
    """Read one calendar within the limits."""
    limit_itself(int(seconds))
    from alertbridge.calendars.reading import read_calendar

    try:
        text = read_calendar(sys.stdin.buffer.read(), ZoneInfo(zone), datetime.fromtimestamp(float(now), UTC))
    except Unusable as error:
        sys.stderr.buffer.write(str(error).encode())
        return 1
    sys.stdout.buffer.write(msgspec.json.encode(text))
    return 0


def limit_itself(seconds: int) -> None:
    """End with a signal, or for want of memory, where a calendar asks for too much of either."""
    if sys.platform == "win32":  # nothing to limit it with: whoever waits for it ends it
        return
    import os
    import resource

    os.nice(10)  # whoever calls people on this machine goes first
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (WORK_BYTES, WORK_BYTES))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

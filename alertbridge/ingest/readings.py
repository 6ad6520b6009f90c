"""What was measured, as Grafana tells it, made ready for people."""

from collections.abc import Mapping
from math import isfinite

from alertbridge.ingest.labels import cut

_MOST_READINGS = 4
_LONGEST_NAME = 24
_LONGEST_FREE_TEXT = 120


def readable(readings: Mapping[str, float | None]) -> str:
    """Return `92.13` for one reading, `A=92.13, B=3` for several, nothing for none."""
    known = sorted((name, number) for name, number in readings.items() if number is not None)
    if len(known) == 1:
        return _number(known[0][1])
    shown = [f"{cut(name, _LONGEST_NAME)}={_number(number)}" for name, number in known[:_MOST_READINGS]]
    return ", ".join(shown) + (", …" if len(known) > _MOST_READINGS else "")


def readable_values(values: Mapping[str, float | None]) -> str:
    """Return the readings of a rule's expressions, by their names, without its condition.

    The condition is by custom the last of several and 1 while it holds: it says nothing that the status does not.
    """
    *measured, last = sorted(values)
    return readable({name: values[name] for name in measured} if measured and values[last] in (0, 1) else values)


def readable_text(value_string: str) -> str:
    """Return the readings in Grafana's `[ var='A' labels={…} value=92.13 ], [ … ]`, or a short free text as it is."""
    if not value_string:
        return ""
    readings: dict[str, float | None] = {}
    for part in value_string.split(" ], "):
        head, labels, tail = part.partition(" labels={")
        number = number_of(tail.rpartition("value=")[2].removesuffix(" ]"))
        name = head.partition("='")[2].partition("'")[0]
        if not labels or not name or number is None:
            return value_string if len(value_string) <= _LONGEST_FREE_TEXT and "labels={" not in value_string else ""
        readings[name] = number
    return readable_values(readings)


def number_of(text: str) -> float | None:
    """Return the text as a number, None when it is none."""
    try:
        return float(text)
    except ValueError:
        return None


def _number(number: float) -> str:
    if not isfinite(number):
        return {"inf": "+Inf", "-inf": "-Inf", "nan": "NaN"}[str(number)]
    if number == int(number) and abs(number) < 1e15:
        return str(int(number))
    return f"{number:.6g}" if abs(number) < 1e5 else f"{number:.10g}"

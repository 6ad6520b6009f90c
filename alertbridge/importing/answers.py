"""JSON answers of a foreign API as people save them: one to a file, or several one after the other."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

Answer = Mapping[str, Any]
"""One JSON object; what is in it, nobody has checked."""

MAX_BYTES: Final = 32 << 20
"""Of all files together. Schedules of a thousand people are a hundredth of it."""

_LARGEST: Final = 10**8
"""Seconds of three years."""

_GAP = re.compile(r"[\s,;\x1e\ufeff]*")


class ExportError(ValueError):
    """An export that cannot be used at all. `hint` says how to mend it."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(f"{message}; {hint}")
        self.message = message
        self.hint = hint


def read_answers(text: bytes, source: str) -> Iterator[Answer]:
    """Yield the objects of a file, those in lists included; `source` is what errors call the file.

    Raises `ExportError` where it is no JSON.
    """
    try:
        content = text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ExportError(f"{source}: this is not UTF-8", "save the API's answer as it came") from error
    decoder = json.JSONDecoder(parse_constant=_refuse_constant)
    at = _skip(content, 0)
    if at == len(content):
        raise ExportError(f"{source}: the file is empty", "save the API's answer into it")
    while at < len(content):
        try:
            value, at = decoder.raw_decode(content, at)
        except RecursionError as error:
            raise ExportError(f"{source}: nested too deep", "no answer of an API is") from error
        except ValueError as error:
            line = content.count("\n", 0, getattr(error, "pos", at)) + 1
            hint = "save the API's JSON answer, nothing around it"
            raise ExportError(f"{source}:{line}: this is not JSON", hint) from error
        yield from _objects(value)
        at = _skip(content, at)


def text_at(value: Answer, *path: str) -> str:
    """Return the text at a path of keys, stripped; "" where there is none. Ids that are numbers count as text."""
    found = _at(value, path)
    if isinstance(found, int) and not isinstance(found, bool):
        return str(found)
    return _whole(found).strip() if isinstance(found, str) else ""


def number_at(value: Answer, *path: str) -> int | None:
    """Return the whole number at a path of keys; None where there is none, or one that no calendar needs."""
    found = _at(value, path)
    return found if isinstance(found, int) and not isinstance(found, bool) and abs(found) <= _LARGEST else None


def flag_at(value: Answer, *path: str, default: bool = False) -> bool:
    """Return the truth at a path of keys."""
    found = _at(value, path)
    return found if isinstance(found, bool) else default


def objects_at(value: Answer, *path: str) -> list[Answer]:
    """Return the objects in the list at a path of keys."""
    found = _at(value, path)
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def texts_at(value: Answer, *path: str) -> list[str]:
    """Return the texts in the list at a path of keys."""
    found = _at(value, path)
    return [_whole(item) for item in found if isinstance(item, str)] if isinstance(found, list) else []


def texts_in_lists_at(value: Answer, *path: str) -> list[tuple[str, ...]]:
    """Return the lists of texts in the list at a path of keys."""
    found = _at(value, path)
    lists = [inner for inner in found if isinstance(inner, list)] if isinstance(found, list) else []
    return [tuple(_whole(item) for item in inner if isinstance(item, str)) for inner in lists]


def truths_at(value: Answer, *path: str) -> list[bool]:
    """Return the truths in the list at a path of keys."""
    found = _at(value, path)
    return [item for item in found if isinstance(item, bool)] if isinstance(found, list) else []


def object_at(value: Answer, *path: str) -> Answer:
    """Return the object at a path of keys, an empty one where there is none."""
    found = _at(value, path)
    return found if isinstance(found, dict) else {}


def instant_at(value: Answer, *path: str) -> datetime | None:
    """Return the time at a path of keys, aware where the text says its offset; None where there is none."""
    return read_instant(text_at(value, *path))


def read_instant(text: str) -> datetime | None:
    """Read an ISO time; None where it is none, or is one that no calendar of ours knows."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if 1990 <= moment.year < 2200 else None


def _whole(text: str) -> str:
    """Replace halves of characters, which JSON can hold and nothing can store."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _at(value: Answer, path: tuple[str, ...]) -> object:
    found: object = value
    for key in path:
        found = found.get(key) if isinstance(found, dict) else None
    return found


def _objects(value: object) -> Iterator[Answer]:
    if isinstance(value, dict):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _objects(item)


def _skip(content: str, at: int) -> int:
    gap = _GAP.match(content, at)
    assert gap is not None
    return gap.end()


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is no JSON")

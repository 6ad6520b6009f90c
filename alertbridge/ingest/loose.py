"""Reading JSON whose types are not the promised ones: hand-made senders, broken encodings, templates gone wrong.

Only used when the typed decoder refused. Numbers keep the digits that the sender wrote, as text.
"""

import json
from collections.abc import Mapping
from typing import cast

from alertbridge.ingest.refusals import BadBody


def read_json(body: bytes) -> object:
    """Return the body's value with numbers as text; what is not UTF-8 becomes U+FFFD. Raises `BadBody`."""
    if not body.strip():
        raise BadBody("The body is empty; it should be JSON with the alerts.")
    text = body.decode("utf-8-sig", "replace")
    try:
        return cast("object", json.loads(text, parse_int=str, parse_float=str, parse_constant=str, strict=False))
    except json.JSONDecodeError as error:
        raise BadBody(f"The body is not JSON: {error.msg} (line {error.lineno}, column {error.colno}).") from error
    except RecursionError as error:
        raise BadBody("The body is nested too deeply to be a list of alerts.") from error


def text_of(value: object) -> str:
    """Return any JSON value as text that can be encoded: `null` as nothing, lone surrogates as U+FFFD."""
    match value:
        case str():
            return (
                value if value.isascii() else value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
            )
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case _:
            try:
                return text_of(json.dumps(value, ensure_ascii=False))
            except RecursionError:
                return "…"


def texts_of(pairs: Mapping[str, object]) -> dict[str, str]:
    """Return a JSON object as texts by name."""
    return {text_of(name): text_of(value) for name, value in pairs.items()}


def annotations_of(value: object) -> dict[str, str]:
    """Return annotations whatever they are: one text instead of an object is the summary."""
    if isinstance(value, dict):
        return texts_of(value)
    return {"summary": text} if (text := text_of(value)) else {}


def name_of_type(value: object) -> str:
    """Return what JSON calls the value's type, for a sentence."""
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case str():
            return "a text or a number"
        case list():
            return "an array"
        case _:
            return "an object"

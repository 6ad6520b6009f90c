"""Turns what pydantic found wrong with a team file into problems that say where, and how to mend them."""

import re
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from alertbridge.config.document import NO_VALUE, Document, items, plain
from alertbridge.config.problems import Problem
from alertbridge.config.schema import team_schema
from alertbridge.config.values import OFF, suggest

_SOUNDS_SECRET = re.compile("secret|token|passw|api_?key|private_?key|encrypt|credential|webhook", re.IGNORECASE)
_WHERE_THEY_GO = (
    "secrets are settings: ALERTBRIDGE_FEISHU_APP_SECRET, or ALERTBRIDGE_FEISHU_APP_SECRET_FILE, and the like"
)

_FOREIGN: Mapping[str, str] = {
    "match": "write matchers: ['label=\"value\"']",
    "match_re": "write matchers: ['label=~\"value\"']",
    "receiver": "there are no receivers here: write `people` and `schedule`",
    "receivers": "there are no receivers here: routes have `people` and `schedule`",
    "group_wait": "timing stays with the sender: remove it here",
    "group_interval": "timing stays with the sender: remove it here",
    "repeat_interval": "timing stays with the sender: remove it here",
    "inhibit_rules": "inhibition stays with Alertmanager: remove it here",
    "templates": "titles and links are templates in `chat` and `links`",
    "global": "how the process runs is in ALERTBRIDGE_* settings",
}
"""Keys of Alertmanager's own file, which people start from."""


def shape_problems(error: ValidationError, document: Document) -> list[Problem]:
    """List what is wrong, in pydantic's order."""
    found = error.errors(include_url=False, include_input=False)
    return [_problem(details, document) for details in found if not _follows(details, document)]


def _follows(details: ErrorDetails, document: Document) -> bool:
    """True if pydantic counts a list as too short only because its items are wrong, which it reports as well."""
    return details["type"] == "too_short" and bool(items(document.find(details["loc"])[1]))


def _problem(details: ErrorDetails, document: Document) -> Problem:
    path = details["loc"]
    key, value = document.find(path)
    named = next((f"`{part}`: " for part in reversed(path) if isinstance(part, str)), "")
    match details["type"]:
        case "extra_forbidden":
            return document.problem(key, *_unknown_key(str(path[-1]), path[:-1]))
        case "missing":
            return document.problem(value, f"`{path[-1]}` is missing", "add it")
        case _ if plain(value) is NO_VALUE:
            return document.problem(key, f"{named}nothing stands behind it", "give it a value or remove the line")
        case "wrong":
            return document.problem(value, named + details["ctx"]["message"], details["ctx"]["hint"])
        case "tuple_type":
            return document.problem(value, f"{named}expected a list", "write [one, two], or one per line after a dash")
        case "too_short":
            return document.problem(value, f"{named}the list is empty", "name at least one")
        case _:  # model_type or dict_type: the other kinds belong to scalars, which `Written` reads
            hint = "write key: value, indented, one per line"
            if plain(value) == OFF and "above" in _keys_at(path):
                hint = f"write {path[-1]}: {{above: {OFF}}}"
            return document.problem(value, f"{named}expected keys with values", hint)


def _unknown_key(key: str, path: tuple[int | str, ...]) -> tuple[str, str]:
    if _SOUNDS_SECRET.search(key):
        return f"`{key}` looks like a secret, and a team file holds none", _WHERE_THEY_GO
    known = _keys_at(path)
    return f"unknown key `{key}`", _FOREIGN.get(key) or suggest(key, known) or f"known here: {', '.join(known)}"


def _keys_at(path: tuple[int | str, ...]) -> list[str]:
    """List the keys that a mapping at `path` may have; none where people choose them."""
    schema = team_schema()
    at: dict[str, Any] = schema
    for part in path:
        if isinstance(part, int):
            at = at["items"]
        else:
            at = at["properties"][part] if "properties" in at else at["additionalProperties"]
        if "$ref" in at:
            at = schema["$defs"][at["$ref"].rpartition("/")[2]]
    return list(at.get("properties", ()))

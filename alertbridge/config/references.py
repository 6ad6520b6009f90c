"""What no field can tell by itself: names that refer to other places of the file, and names given twice.

Reads the tree as it was written, so that these problems are found beside all others, however broken the rest is.
"""

import re
from collections.abc import Iterator

from ruamel.yaml.nodes import Node

from alertbridge.config.document import Document, items, pairs, text_of, value_of
from alertbridge.config.policy_references import wrong_policies
from alertbridge.config.problems import Problem
from alertbridge.config.team import DEFAULT_ROUTE, matchers_path
from alertbridge.config.values import OFF, suggest
from alertbridge.core.alerts.matcher import Matcher, MatcherError, parse_matchers

_LOBBY = re.compile(r"[A-Za-z0-9_-]{1,32}", re.ASCII)
"""Names of lobbies are part of names in the store, and of marks in Feishu."""


def wrong_references(document: Document) -> Iterator[Problem]:
    """Find unknown people and schedules, what has to be unique and is not, and conditions on the root."""
    root = value_of(document.root, "route")
    yield from _conditions_of_root(document, root)
    yield from _unknown_people(document, root)
    yield from _unknown_schedules(document, root)
    yield from wrong_policies(document, list(_routes(root)))
    yield from _lobbies(document, root)
    yield from _route_names(document, root)
    yield from _contacts_of_two(document)


def _conditions_of_root(document: Document, root: Node | None) -> Iterator[Problem]:
    for key, value in pairs(root):
        if (key.value == "matchers" and items(value)) or (key.value == "continue" and text_of(value).lower() == "true"):
            said = f"`{key.value}` on the outermost route, which takes every alert that no other takes"
            yield document.problem(key, said, "move it to a route under `routes:`")


def _unknown_people(document: Document, root: Node | None) -> Iterator[Problem]:
    known = [text_of(key) for key, _ in pairs(value_of(document.root, "people"))]
    lists = [value_of(document.root, "fallback")]
    lists += [value_of(route, "people") for route in _routes(root)]
    for _, crew in pairs(value_of(document.root, "teams")):
        lists.append(value_of(crew, "people"))
    lists += [value_of(lobby, "people") for _, lobby in pairs(value_of(document.root, "lobbies"))]
    named = [item for listed in lists for item in items(listed)]
    for _, schedule in pairs(value_of(document.root, "schedules")):
        named += _people_of(schedule)
    for item in named:
        name = text_of(item).strip()
        if name and name not in known:
            hint = suggest(name, known) or "add them there, or remove them here"
            yield document.problem(item, f"`people` has no {name!r}", hint)


def _people_of(schedule: Node) -> Iterator[Node]:
    for layer in items(value_of(schedule, "layers")):
        for turn in items(value_of(layer, "people")):
            yield from items(turn) or [turn]
    yield from items(value_of(value_of(schedule, "holidays"), "people"))
    yield from (value for _, value in pairs(value_of(value_of(schedule, "ical"), "names")))
    for override in items(value_of(schedule, "overrides")):
        yield from items(value_of(override, "people"))
        if (replaced := value_of(override, "instead_of")) is not None:
            yield replaced


def _unknown_schedules(document: Document, root: Node | None) -> Iterator[Problem]:
    defined = pairs(value_of(document.root, "schedules"))
    known = [text_of(key) for key, _ in defined]
    for key, _ in defined:
        if text_of(key) == OFF:
            yield document.problem(key, f"a schedule cannot be called {OFF}: routes write that for none", "rename it")
    for route in _routes(root):
        node = value_of(route, "schedule")
        name = text_of(node).strip()
        if node is not None and name and name not in (*known, OFF):
            hint = suggest(name, known) or "add it there, or write off"
            yield document.problem(node, f"`schedules` has no {name!r}", hint)
    for key, schedule in defined:
        node = value_of(schedule, "secondary")
        name = text_of(node).strip()
        if node is not None and name == text_of(key):
            said = "a schedule is not second to itself"
            yield document.problem(node, said, "name another schedule, or remove the line")
        elif node is not None and name and name not in known:
            hint = suggest(name, known) or "add it there, or remove the line"
            yield document.problem(node, f"`schedules` has no {name!r}", hint)


def _lobbies(document: Document, root: Node | None) -> Iterator[Problem]:
    defined = pairs(value_of(document.root, "lobbies"))
    known = [text_of(key) for key, _ in defined]
    for key, _ in defined:
        if not _LOBBY.fullmatch(text_of(key)) or text_of(key) == OFF:
            hint = "use 1 to 32 letters, digits, - and _; what people read is its `title`"
            yield document.problem(key, f"a lobby cannot be called {text_of(key)!r}", hint)
    first: dict[str, str] = {}
    for key, lobby in defined:
        node = value_of(lobby, "chat")
        owner = first.setdefault(text_of(node), text_of(key))
        if node is not None and owner != text_of(key):
            hint = "give each a group of its own, or let routes name the same lobby"
            yield document.problem(node, f"the lobby {owner!r} has the same group", hint)
    for route in _routes(root):
        node = value_of(route, "lobby")
        name = text_of(node).strip()
        if node is not None and name and name not in (*known, OFF):
            hint = suggest(name, known) or "add it there, or write off"
            yield document.problem(node, f"`lobbies` has no {name!r}", hint)


def _route_names(document: Document, root: Node | None) -> Iterator[Problem]:
    """A route's name is part of the key of its incidents: two of one name would share theirs."""
    first: dict[str, Node] = {}
    for name, node in _names(root, ""):
        if name in first:
            line = first[name].start_mark.line + 1
            yield document.problem(
                node, f"two routes are called {name!r}, the other in line {line}", "give each a `name` of its own"
            )
        first.setdefault(name, node)


def _names(route: Node | None, path: str) -> Iterator[tuple[str, Node]]:
    """Walk over routes from `route` on: name and where it stands. Leaves out unnamed ones whose matchers are broken."""
    named = value_of(route, "name")
    if name := text_of(named).strip():
        assert named is not None
        yield name, named
    elif route is not None:
        yield path or DEFAULT_ROUTE, route
    for child in items(value_of(route, "routes")):
        try:
            matchers = _matchers(child)
        except MatcherError:
            continue
        yield from _names(child, matchers_path(path, matchers))


def _matchers(route: Node) -> list[Matcher]:
    return [matcher for item in items(value_of(route, "matchers")) for matcher in parse_matchers(text_of(item))]


def _contacts_of_two(document: Document) -> Iterator[Problem]:
    for field in ("email", "mobile", "open_id"):
        first: dict[str, str] = {}
        for key, person in pairs(value_of(document.root, "people")):
            node = value_of(person, field)
            contact = text_of(node).strip().casefold()
            owner = first.setdefault(contact, text_of(key))
            if node is not None and contact and owner != text_of(key):
                yield document.problem(node, f"{owner!r} has the same {field}", "one entry for each person")


def _routes(route: Node | None) -> Iterator[Node]:
    if route is not None:
        yield route
    for child in items(value_of(route, "routes")):
        yield from _routes(child)

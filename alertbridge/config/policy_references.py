"""Names that escalation policies and routes use of each other, of schedules, teams, people and times."""

from collections.abc import Collection, Iterator, Sequence

from ruamel.yaml.nodes import Node

from alertbridge.config.document import Document, items, pairs, text_of, value_of
from alertbridge.config.problems import Problem
from alertbridge.config.values import OFF, suggest
from alertbridge.core.oncall.policy import TargetKind, parse_target

_SECTIONS = {
    TargetKind.SCHEDULE: "schedules",
    TargetKind.SECONDARY: "schedules",
    TargetKind.PERSON: "people",
    TargetKind.TEAM: "teams",
    TargetKind.MANAGER: "teams",
}


def wrong_policies(document: Document, routes: Sequence[Node]) -> Iterator[Problem]:
    """Find names of nothing in policies, in teams, and in what routes say of calling people."""
    policies = pairs(value_of(document.root, "escalation_policies"))
    names = [text_of(key) for key, _ in policies]
    for key, _ in policies:
        if text_of(key) == OFF:
            yield document.problem(key, f"a policy cannot be called {OFF}: routes write that for none", "rename it")
    intervals = list(_names_of_intervals(document))
    yield from _intervals_of_one_name(document)
    for route in routes:
        yield from _unknown(document, value_of(route, "escalation"), "escalation_policies", (*names, OFF))
        for _, target in pairs(value_of(route, "roles")):
            yield from _unknown_target(document, target)
        for item in items(value_of(route, "quiet_hours")):
            yield from _unknown(document, item, "time_intervals", intervals)
    for _, policy in policies:
        variants = items(value_of(policy, "variants"))
        for holder in (policy, *variants):
            for step in items(value_of(holder, "steps")):
                for item in items(value_of(step, "who")):
                    yield from _unknown_target(document, item)
        for variant in variants:
            for item in items(value_of(variant, "active_time_intervals")):
                yield from _unknown(document, item, "time_intervals", intervals)
    for _, crew in pairs(value_of(document.root, "teams")):
        yield from _unknown(document, value_of(crew, "manager"), "people", _keys(document, "people"))


def _unknown_target(document: Document, node: Node) -> Iterator[Problem]:
    target = parse_target(text_of(node))
    if target is None or not target.name:
        return  # what is no target at all is said by its field
    section = _SECTIONS[target.kind]
    named = {text_of(key): value for key, value in pairs(value_of(document.root, section))}
    if target.name not in named:
        hint = suggest(target.name, named) or "add it there, or name another"
        yield document.problem(node, f"`{section}` has no {target.name!r}", hint)
    elif target.kind is TargetKind.MANAGER and value_of(named[target.name], "manager") is None:
        hint = f"write `manager: …` there, or call team:{target.name}"
        yield document.problem(node, f"the team {target.name!r} has no manager", hint)
    elif target.kind is TargetKind.SECONDARY and value_of(named[target.name], "secondary") is None:
        hint = f"write `secondary: …` there, or call schedule:{target.name}"
        yield document.problem(node, f"the schedule {target.name!r} has no secondary", hint)


def _unknown(document: Document, node: Node | None, section: str, known: Collection[str]) -> Iterator[Problem]:
    name = text_of(node).strip()
    if node is not None and name and name not in known:
        hint = suggest(name, known) or "add it there, or remove it here"
        yield document.problem(node, f"`{section}` has no {name!r}", hint)


def _keys(document: Document, section: str) -> list[str]:
    return [text_of(key) for key, _ in pairs(value_of(document.root, section))]


def _names_of_intervals(document: Document) -> Iterator[str]:
    for interval in items(value_of(document.root, "time_intervals")):
        yield text_of(value_of(interval, "name")).strip()


def _intervals_of_one_name(document: Document) -> Iterator[Problem]:
    seen: set[str] = set()
    for interval in items(value_of(document.root, "time_intervals")):
        node = value_of(interval, "name")
        name = text_of(node).strip()
        if node is not None and name in seen:
            yield document.problem(node, f"two time intervals are called {name!r}", "give each a name of its own")
        seen.add(name)

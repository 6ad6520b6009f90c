"""What a team file may say and hardly means: routes out of reach, schedules out of use, alerts that call nobody."""

from collections.abc import Iterator

from alertbridge.config.document import Document, value_of
from alertbridge.config.problems import Problem
from alertbridge.config.team import Team
from alertbridge.core.alerts.route import RouteNode
from alertbridge.core.oncall.policy import UNNAMED, Policy, TargetKind

Path = tuple[str | int, ...]
"""Where something stands in the file: keys and indices from the top."""


def suspicions(team: Team, document: Document) -> Iterator[Problem]:
    """List warnings, in no particular order."""
    routes = list(_walk(team.routes, ("route",)))
    yield from _unused_schedules(team, [node for node, _ in routes], document)
    yield from _unused_lobbies(team, [node for node, _ in routes], document)
    for node, path in routes:
        yield from _unreachable(node, path, document)
        pin = value_of(document.find((*path, "chat"))[1], "pin")
        if pin is not None and node.route.chat.pin and not node.route.chat.existing:
            hint = "only a standing room needs it: name one as `existing`, or remove the line"
            yield document.problem(pin, "the card is on top of a group of our own anyway", hint)
        if not (node.route.people or node.route.schedule or team.fallback or _names_people(node.route.escalation)):
            said = f"alerts on the route {node.route.name!r} call nobody"
            hint = "give it `people`, a `schedule` or an `escalation`, or name a `fallback`"
            yield document.problem(document.find(path)[1], said, hint)
    if team.schedules and not team.fallback:
        said = "there is no `fallback`: while a schedule names nobody, nobody is called"
        yield document.problem(document.find(("schedules",))[0], said, "name somebody: fallback: [key, …]")


def _names_people(policy: Policy | None) -> bool:
    """Whether somebody is called by a policy although its route names nobody."""
    return policy is not None and any(target.kind not in UNNAMED for target in policy.targets())


def _unused_schedules(team: Team, nodes: list[RouteNode], document: Document) -> Iterator[Problem]:
    used = {node.route.schedule for node in nodes} | {one.secondary for one in team.schedules.values()}
    targets = [target for node in nodes if node.route.escalation for target in node.route.escalation.targets()]
    targets += [target for node in nodes for target in node.route.roles.values()]
    called = {target.name for target in targets if target.kind in (TargetKind.SCHEDULE, TargetKind.SECONDARY)}
    for name in team.schedules.keys() - used - called:
        said = f"no route uses the schedule {name!r}"
        yield document.problem(document.find(("schedules", name))[0], said, f"write schedule: {name} on a route")


def _unused_lobbies(team: Team, nodes: list[RouteNode], document: Document) -> Iterator[Problem]:
    for name in team.lobbies.keys() - {node.route.lobby for node in nodes}:
        said = f"no route uses the lobby {name!r}"
        yield document.problem(document.find(("lobbies", name))[0], said, f"write lobby: {name} on a route")


def _unreachable(node: RouteNode, path: Path, document: Document) -> Iterator[Problem]:
    """Find children whose alerts an earlier sibling takes: all its conditions are among theirs."""
    for number, child in enumerate(node.children):
        for before, earlier in enumerate(node.children[:number]):
            if not earlier.continues and set(earlier.matchers) <= set(child.matchers):
                line = document.find((*path, "routes", before))[1].start_mark.line + 1
                said = (
                    f"no alert reaches the route {child.route.name!r}: {earlier.route.name!r} in line {line} takes them"
                )
                hint = "move it above that route, or let that one `continue: true`"
                yield document.problem(document.find((*path, "routes", number))[1], said, hint)
                break


def _walk(node: RouteNode, path: Path) -> Iterator[tuple[RouteNode, Path]]:
    yield node, path
    for number, child in enumerate(node.children):
        yield from _walk(child, (*path, "routes", number))

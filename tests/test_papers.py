"""What the papers print from the code is what the code says."""

import ast
import json
import re
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest

from alertbridge.core.incidents.command import Verb
from alertbridge.core.incidents.incident import Status
from alertbridge.core.incidents.obey import LEGAL
from alertbridge.feishu.probing import needs
from tests.papers import ROOT, code, rows, snippets

ARCHITECTURE = ROOT / "docs" / "architecture.md"
FEISHU = ROOT / "docs" / "feishu.md"
CONTRACT: dict[str, Any] = json.loads((ROOT / "alertbridge/sandbox/contract/openapi.json").read_bytes())
SCOPES_OF = {
    operation["operationId"]: set(operation.get("x-scopes", ()))
    for path in CONTRACT["paths"].values()
    for operation in path.values()
    if "operationId" in operation
}
SCOPES_OF_EVENT = {
    name: set(operation.get("x-scopes", ()))
    for name, path in CONTRACT["webhooks"].items()
    for operation in path.values()
}


def legal_table() -> str:
    """Print which commands mean something in which state."""
    head = ["state", *Verb]
    lines = [head, ["---"] * len(head)]
    lines += [[status, *("yes" if verb in LEGAL[status] else "–" for verb in Verb)] for status in Status]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def test_the_architecture_prints_the_table_of_states() -> None:
    printed = re.search("<!-- legal -->\n(.*?)\n<!-- end -->", ARCHITECTURE.read_text(encoding="utf-8"), re.DOTALL)

    assert printed is not None
    assert printed[1] == legal_table()


def test_the_architecture_draws_the_layers_that_are_enforced() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    layers: list[str] = project["tool"]["importlinter"]["contracts"][0]["layers"]

    assert "\n".join(layers) + "\n" in snippets(ARCHITECTURE, "text")


def _used_operations() -> set[str]:
    """The calls that the product makes; the client can do more."""
    package = ROOT / "alertbridge"
    client = {package / "feishu" / "client.py", *(package / "feishu" / "calls").iterdir()}
    sources = [path for path in package.rglob("*.py") if path not in client and "sandbox" not in path.parts]
    trees = (ast.parse(path.read_text(encoding="utf-8")) for path in sources)
    named = {node.attr for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    return named & SCOPES_OF.keys()


def _told_scopes() -> Iterator[tuple[str, set[str]]]:
    """Scopes and the calls that they are for, from the table of docs/feishu.md."""
    for row in rows(FEISHU):
        calls = set(code(row[-1])) & SCOPES_OF.keys()
        if calls:
            yield from ((scope, calls) for scope in code(row[0]))


def test_the_scopes_that_are_told_are_for_the_calls_that_are_made() -> None:
    told = list(_told_scopes())

    assert {call for _, calls in told for call in calls} == {call for call in _used_operations() if SCOPES_OF[call]}
    for scope, calls in told:
        assert any(scope in SCOPES_OF[call] for call in calls), scope


def test_doctor_asks_about_every_scope_that_a_call_needs() -> None:
    """A call in `feishu/probing.py` stands for all those that the same scopes open."""
    asked = [SCOPES_OF[call.operation] for need in needs() for call in need.calls]
    needed = {call: SCOPES_OF[call] for call in _used_operations() if SCOPES_OF[call]}

    assert [call for call, scopes in needed.items() if not any(known <= scopes for known in asked)] == []


@pytest.mark.parametrize("file", ["scopes.json", "scopes-narrow.json"])
def test_the_scopes_to_import_allow_every_call_and_every_event(file: str) -> None:
    granted = set(json.loads((ROOT / "deploy" / "feishu" / file).read_bytes())["scopes"]["tenant"])
    events = {name for row in rows(FEISHU) for name in code(row[0]) if name in SCOPES_OF_EVENT}

    assert not {call for call in _used_operations() if SCOPES_OF[call] and not granted & SCOPES_OF[call]}
    assert not {call.operation for need in needs() for call in need.calls if not granted & SCOPES_OF[call.operation]}
    assert not {event for event in events if SCOPES_OF_EVENT[event] and not granted & SCOPES_OF_EVENT[event]}
    assert "im:message.group_msg" in granted, "without it no group can be archived"


def test_the_log_lines_that_are_explained_are_written() -> None:
    sources = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "alertbridge").rglob("*.py"))
    table = [row for row in rows(ROOT / "docs" / "operating.md") if len(row) == 3 and re.match(r"`\w+_\w+`", row[0])]

    assert len(table) > 10
    for event in (name for row in table for name in code(row[0])):
        assert re.search(rf'log\.\w+\(\s*"{event}"', sources), event


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    names = [re.split(r"[\[<>=;. ]", requirement)[0] for requirement in wanted]
    decided = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "docs" / "adr").iterdir())

    assert [name for name in names if name.removeprefix("pytest-") not in decided] == []

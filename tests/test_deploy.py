"""What people copy works as it stands: configurations, snippets, units, the alerts on our own metrics."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from alertbridge.config import parse_team
from alertbridge.settings import PREFIX, Settings
from tests.binaries import find
from tests.papers import DEPLOYED, READMES, ROOT, first_column, rows, snippets

ALERTMANAGER = ROOT / "deploy" / "alertmanager" / "alertmanager.yml"
PROMETHEUS = ROOT / "deploy" / "prometheus"
COMPOSE = ROOT / "deploy" / "docker" / "compose.yaml"
UNITS = sorted((ROOT / "deploy" / "systemd").iterdir())

both_readmes = pytest.mark.parametrize("readme", READMES, ids=lambda path: path.name)


def _yaml(text: str) -> Any:
    return YAML(typ="safe").load(text)


def _snippet(readme: Path, key: str) -> str:
    """The one YAML snippet of a README that has `key` at its top."""
    (found,) = [text for text in snippets(readme, "yaml") if key in _yaml(text)]
    return found


def _check(*command: str | Path) -> None:
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.binaries
def test_alertmanager_takes_its_configuration() -> None:
    _check(find("prometheus-alertmanager", "amtool"), "check-config", ALERTMANAGER)


@pytest.mark.binaries
@both_readmes
def test_alertmanager_takes_the_snippet_of_readme(readme: Path, tmp_path: Path) -> None:
    file = tmp_path / "alertmanager.yml"
    file.write_text(_snippet(readme, "receivers"), encoding="utf-8")

    _check(find("prometheus-alertmanager", "amtool"), "check-config", file)


@pytest.mark.binaries
@pytest.mark.parametrize("name", ["prometheus.yml", "direct.yml"])
def test_prometheus_takes_its_configuration_and_the_rules(name: str) -> None:
    _check(find("prometheus", "promtool"), "check", "config", PROMETHEUS / name)


@pytest.mark.binaries
@both_readmes
def test_prometheus_takes_the_snippet_of_readme(readme: Path, tmp_path: Path) -> None:
    file = tmp_path / "prometheus.yml"
    file.write_text(_snippet(readme, "alerting"), encoding="utf-8")

    _check(find("prometheus", "promtool"), "check", "config", "--syntax-only", file)


@pytest.mark.binaries
def test_the_rules_fire_when_they_should(tmp_path: Path) -> None:
    tests = tmp_path / "tests.yml"
    tests.write_text(RULE_TESTS.replace("RULES", str(PROMETHEUS / "alertbridge-rules.yml")), encoding="utf-8")

    _check(find("prometheus", "promtool"), "test", "rules", tests)


RULE_TESTS = """
rule_files: [RULES]
evaluation_interval: 15s
tests:
  - interval: 15s
    input_series:
      - {series: 'up{job="alertbridge"}', values: '0x20'}
      - {series: 'alertbridge_store_up', values: '0x20'}
      - {series: 'alertbridge_queue_lag_seconds', values: '90x20'}
      - {series: 'alertbridge_feishu_calls_total{operation="chat_create",code="none"}', values: '0+10x20'}
      - {series: 'alertbridge_feishu_calls_total{operation="chat_create",code="0"}', values: '0+1x20'}
      - {series: 'alertbridge_feishu_calls_total{operation="message_list",code="230027"}', values: '0+1x20'}
      - {series: 'alertbridge_heartbeats_total{outcome="feishu"}', values: '0+1x20'}
      - {series: 'alertbridge_watchdog_silent{watchdog="prometheus",sender="default"}', values: '1x20'}
    alert_rule_test:
      - {alertname: AlertbridgeStoreAway, eval_time: 30s, exp_alerts: []}
    promql_expr_test:
      - {expr: 'count(ALERTS{alertstate="firing"}) by (alertname)', eval_time: 4m, exp_samples: [
         {labels: '{alertname="AlertbridgeDown"}', value: 1},
         {labels: '{alertname="AlertbridgeStoreAway"}', value: 1},
         {labels: '{alertname="AlertbridgeWorkersBehind"}', value: 1},
         {labels: '{alertname="AlertbridgeFeishuUnreachable"}', value: 1},
         {labels: '{alertname="AlertbridgeHeartbeatStopped"}', value: 1},
         {labels: '{alertname="AlertbridgeWatchdogSilent"}', value: 1},
         {labels: '{alertname="AlertbridgeFeishuScopeMissing"}', value: 1}]}
"""


def test_the_rules_ask_for_metrics_that_are_there() -> None:
    asked = set(re.findall(r"alertbridge_\w+", (PROMETHEUS / "alertbridge-rules.yml").read_text(encoding="utf-8")))
    there = {name.partition("{")[0] for name in first_column(READMES[0])}

    assert asked <= there


@both_readmes
def test_the_team_file_of_readme_is_a_good_one(readme: Path) -> None:
    assert parse_team(_snippet(readme, "people")).warnings == ()


def test_every_variable_that_is_deployed_is_a_setting() -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in DEPLOYED)
    told = {name.removesuffix("_FILE") for name in re.findall(PREFIX + r"\w*[A-Z]", text)}
    known = {PREFIX + name.upper() for name in Settings.model_fields}

    # A file of its own is also called FILE; and Grafana has a variable of ours in its own environment.
    assert told - {f"{PREFIX}CONFIG", f"{PREFIX}INGEST_TOKEN_OF_GRAFANA"} <= known


def test_the_composed_store_keeps_what_it_acknowledges() -> None:
    store = _yaml(COMPOSE.read_text(encoding="utf-8"))["services"]["store"]
    given = dict(flag.removeprefix("--").split(" ") for flag in store["command"][1:])
    told = {row[0].strip("`"): row[1].strip("`") for row in rows(ROOT / "docs" / "operating.md")}

    assert given.keys() >= {"appendonly", "appendfsync", "no-appendfsync-on-rewrite", "maxmemory-policy"}
    assert {name: told.get(name, '""') for name in given} == given


def test_composed_services_are_given_every_secret_that_they_are_told_to_read() -> None:
    composed = _yaml(COMPOSE.read_text(encoding="utf-8"))
    for name in ("web", "worker"):
        service = composed["services"][name]
        read = {path.removeprefix("/run/secrets/") for path in service["environment"].values() if "secrets" in path}
        assert read == set(service["secrets"]) == set(composed["secrets"])


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_units_hand_over_every_credential_that_they_name(unit: Path) -> None:
    text = unit.read_text(encoding="utf-8")
    loaded = set(re.findall(r"^LoadCredential=([\w-]+):", text, re.MULTILINE))

    assert loaded == set(re.findall(r"^Environment=\w+_FILE=%d/([\w-]+)$", text, re.MULTILINE))

"""Grafana's documented bodies, sent with `alertbridge replay`: unified alerting, and the legacy dialect."""

import asyncio
import sys
from pathlib import Path

import pytest

from tests.e2e.stage import Alertbridge

pytestmark = pytest.mark.timeout(240)

SAMPLES = Path(__file__).parent.parent / "samples"


@pytest.mark.parametrize(
    ("firing", "resolved", "words"),
    [
        ("grafana_firing", "grafana_resolved", "DiskFull"),
        ("grafana_legacy_alerting", "grafana_legacy_ok", "Zeta CPU alert"),
    ],
)
async def test_a_contact_point_of_grafana_opens_a_group_and_ends_it(
    alertbridge: Alertbridge, firing: str, resolved: str, words: str
) -> None:
    await _replay(firing, alertbridge)
    group = await alertbridge.feishu.group(words)

    await _replay(resolved, alertbridge)
    (ended,) = await alertbridge.feishu.ended()

    assert ended["chat_id"] == group["chat_id"]


async def _replay(sample: str, alertbridge: Alertbridge) -> None:
    command = [sys.executable, "-m", "alertbridge", "replay", str(SAMPLES / f"{sample}.json"), "--to", alertbridge.url]
    process = await asyncio.create_subprocess_exec(*command)
    assert await process.wait() == 0

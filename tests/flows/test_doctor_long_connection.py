"""What the doctor says of the long connection."""

from typing import Any

import pytest

from alertbridge.core.checkup import Finding, Health
from alertbridge.feishu.client import connect
from alertbridge.flows.doctor.console import Console
from alertbridge.flows.doctor.long_connection import look_at_long_connection
from tests.feishu.scripted import NotingQuota, Server, says, serving


async def asked(answer: Any) -> Finding:
    async with (
        serving(Server([answer])) as server,
        connect(base_url=server.url, app_id="cli_1", app_secret="s", quota=NotingQuota()) as feishu,
    ):
        finding = await look_at_long_connection(feishu, "cli_1", "s", Console("https://open.feishu.cn", "cli_1"))
        assert [request.path for request in server.requests] == ["/callback/ws/endpoint"]
        return finding


@pytest.mark.parametrize(
    ("answer", "health", "words"),
    [
        (says({"code": 0, "data": {"URL": "wss://x/"}}), Health.GOOD, "gives an address"),
        (says({"code": 514, "msg": "auth failed"}), Health.BAD, "514 auth failed"),
        (says({"code": 1000040350, "msg": "too many"}), Health.BAD, "50 long connections"),
        (says({"code": 1, "msg": "busy"}), Health.UNKNOWN, "1 busy"),
        (says({}, status=502), Health.UNKNOWN, "502"),
    ],
)
async def test_each_answer_is_a_finding(answer: Any, health: Health, words: str) -> None:
    finding = await asked(answer)

    assert (finding.name, finding.health) == ("long_connection", health)
    assert words in finding.says["en"]
    assert bool(finding.mend) is (health is not Health.GOOD)


async def test_a_refusal_leads_to_the_page_of_the_app() -> None:
    finding = await asked(says({"code": 514, "msg": "auth failed"}))

    assert finding.mend is not None
    assert "https://open.feishu.cn/app/cli_1/event" in finding.mend["en"]

"""`alertbridge drill`: a synthetic incident goes the whole way, is reported and cleaned up, whatever comes between."""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from typing import Any

import pytest
from pydantic import SecretStr

from alertbridge.cli.drill import labels_of
from tests.cli.processes import Ended, environment, run
from tests.journeys.stage import TEAM, OpenStage, Stage

ROUTES = TEAM + "  routes: [{name: payments, matchers: [team=payments], people: [bob]}]\n"


@pytest.fixture
async def stage(a_stage: OpenStage) -> AsyncIterator[Stage]:
    """Give a product with a route for payments."""
    async with a_stage(team=ROUTES) as stage:
        yield stage


async def drill(stage: Stage, *words: str) -> Ended:
    return await run("drill", "--to", stage.url, *words)


async def report_of(stage: Stage, *words: str) -> tuple[int, dict[str, Any]]:
    """Hold one; the exit code, and the report for programs."""
    ended = await drill(stage, "-o", "json", *words)
    assert ended.out, ended.err
    report: dict[str, Any] = json.loads(ended.out)
    return ended.code, report


def steps(report: dict[str, Any]) -> dict[str, Any]:
    return {step["step"]: step["seconds"] for step in report["steps"]}


def missed(report: dict[str, Any]) -> dict[str, str]:
    return {step["step"]: step["note"] for step in report["steps"] if step["seconds"] is None}


async def open_numbers(stage: Stage) -> list[int]:
    return [stored.number for stored in await stage.parts.records.list_open(10)]


async def test_a_drill_goes_the_whole_way_and_leaves_nothing(stage: Stage) -> None:
    code, report = await report_of(stage)

    assert (code, report["is_ok"], missed(report)) == (0, True, {}), report
    assert list(steps(report)) == [
        "alert accepted",
        "incident opened",
        "group made",
        "card in it",
        "card on top",
        "people in it",
        "escalation step 1",
        "resolved",
        "archived",
        "group disbanded",
    ]
    assert (report["on_time"], report["incidents"], report["route"]) == (10, [1], "everything")
    assert await open_numbers(stage) == []
    (group,) = (await stage.scene()).groups
    assert not group.is_living
    said = await stage.archive()
    assert "演练开始，不是真实故障。" in said
    assert "演练结束：7/7 步按时" in said
    assert group.name.startswith("[drill]")


async def test_people_read_it_as_a_table(stage: Stage) -> None:
    ended = await drill(stage)

    assert ended.code == 0, ended.err
    lines = ended.out.splitlines()
    assert lines[0].split() == ["step", "took"]
    assert lines[-1] == "10 of 10 steps on time."
    assert "✓ group made" in ended.err


async def test_labels_choose_the_route_and_so_does_its_name(stage: Stage) -> None:
    assert (await report_of(stage, "team=payments"))[1]["route"] == "payments"
    assert (await report_of(stage, "--route", "payments"))[1]["route"] == "payments"

    code, report = await report_of(stage, "--route", "paymnets")
    assert code == 1
    assert missed(report) == {"incident opened": "no route is called 'paymnets': it went to 'everything'"}
    assert await open_numbers(stage) == [], "it is cleaned up all the same"


async def test_it_joins_no_real_incident(a_stage: OpenStage) -> None:
    async with a_stage(team=TEAM + "  group_by: []\n") as stage:
        await stage.alertmanager().fire()
        code, report = await report_of(stage)

        assert (code, report["incidents"]) == (0, [2])
        assert await open_numbers(stage) == [1]


async def test_somebody_has_to_acknowledge_where_that_is_asked_for(stage: Stage) -> None:
    drilling = asyncio.create_task(report_of(stage, "--expect-ack", "60s"))
    card = await stage.until(lambda scene: scene.group.seen["top_notice"] and scene.group.seen["top_notice"])
    await stage.click("alice", "ack", card["message_id"])

    code, report = await drilling

    assert (code, "acknowledged" in steps(report)) == (0, True), report


async def test_a_step_that_does_not_come_in_time_is_said_and_everything_is_cleaned_up(stage: Stage) -> None:
    code, report = await report_of(stage, "--expect-ack", "1s")

    assert (code, report["is_ok"], list(missed(report))) == (1, False, ["acknowledged"])
    assert steps(report)["group disbanded"] is not None
    assert await open_numbers(stage) == []


async def test_a_feishu_that_makes_no_group_is_noticed(stage: Stage) -> None:
    await stage.fault("chat_create", "server_error", times=1000)

    ended = await drill(stage, "--within", "1s")

    assert ended.code == 1
    assert "✗ group made" in ended.err
    await stage.clear_faults()
    await stage.play(lambda scene: scene.is_over)


async def test_a_route_that_calls_nobody_is_noticed(a_stage: OpenStage) -> None:
    async with a_stage(team="people: {alice: {email: alice@example.com}}\nroute: {}\n") as stage:
        code, report = await report_of(stage, "--within", "2s")

    assert code == 1
    assert "nobody is there" in missed(report)["people in it"]


async def test_calls_that_do_not_come_are_noticed(stage: Stage) -> None:
    code, report = await report_of(stage, "--expect-calls", "9", "--within", "1s")

    assert (code, list(missed(report))) == (1, ["people called"])


LOUD = """\
escalation_policies:
  loud:
    steps:
      - {who: ["person:alice"], via: [card, sms]}
      - {after: 2s, who: ["person:bob"], via: [phone]}
"""


@pytest.mark.parametrize(
    ("words", "operations"),
    [((), {"message_urgent_app"}), (("--really-page",), {"message_urgent_sms", "message_urgent_phone"})],
)
async def test_the_steps_are_called_as_far_as_somebody_waits_for_them(
    a_stage: OpenStage, words: tuple[str, ...], operations: set[str]
) -> None:
    async with a_stage(team=LOUD + TEAM + "  escalation: loud\n") as stage:
        code, report = await report_of(stage, "--steps", "2", "--expect-calls", "2", *words)

        assert (code, missed(report)) == (0, {})
        assert [name for name in steps(report) if name.startswith("escalation")] == [
            "escalation step 1",
            "escalation step 2",
        ]
        called = (await stage.sandbox("GET", "state"))["operations"]
        assert {name for name in called if "urgent" in name} == operations


async def test_steps_that_nobody_calls_are_noticed(a_stage: OpenStage) -> None:
    async with a_stage(team=TEAM + "  escalation: off\n") as stage:
        code, report = await report_of(stage, "--steps", "1", "--within", "1s")

    assert code == 1
    assert "nobody is called now" in missed(report)["escalation step 1"]


async def test_ctrl_c_ends_the_drill_as_well(stage: Stage) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "alertbridge", "drill", "--to", stage.url, "--expect-ack", "60s"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=environment({}),
    )
    assert process.stderr is not None
    while b"Waiting" not in await process.stderr.readline():
        pass
    process.send_signal(signal.SIGINT)
    out, _ = await process.communicate()

    assert process.returncode == 1
    assert "group disbanded" in out.decode()
    assert await open_numbers(stage) == []


async def test_a_standing_room_keeps_its_people(a_stage: OpenStage) -> None:
    async with a_stage(team=TEAM) as stage:
        chat = (await stage.act("alice", "create_chat", name="Ops"))["chat_id"]
        await stage.change_team(TEAM.replace("chat: {", f"chat: {{existing: {chat}, "))

        code, report = await report_of(stage)

    assert (code, list(steps(report))) == (
        0,
        ["alert accepted", "incident opened", "group made", "card in it", "escalation step 1", "resolved"],
    )


# -- what cannot be begun ----------------------------------------------------------------------------------------------


async def test_nobody_is_called_where_nobody_could_see_how_it_goes(a_stage: OpenStage) -> None:
    tokens = {"admin_token": SecretStr("hush"), "ingest_token": {"prometheus": SecretStr("first secret")}}
    async with a_stage(**tokens) as stage:
        ended = await drill(stage)
        assert (ended.code, ended.out) == (2, "")
        assert "give it with --token or ALERTBRIDGE_ADMIN_TOKEN" in ended.err
        ended = await drill(stage, "--token", "hush")
        assert ended.code == 2
        assert "/webhooks/alertmanager wants another token: give it with --ingest-token" in ended.err
        assert await open_numbers(stage) == []

        ended = await drill(stage, "--token", "hush", "--ingest-token", "first secret")
        assert ended.code == 0, ended.err


async def test_what_cannot_be_understood_or_reached_is_2() -> None:
    ended = await run("drill", "team")
    assert ended.code == 2
    assert "'team' is no label: write name=value" in ended.err

    ended = await run("drill", "--to", "http://127.0.0.1:9")
    assert ended.code == 2
    assert "Is alertbridge running there?" in ended.err


def test_a_label_may_hold_equals_signs() -> None:
    assert labels_of(("a=b", "c=d=e", "f=")) == {"a": "b", "c": "d=e", "f": ""}

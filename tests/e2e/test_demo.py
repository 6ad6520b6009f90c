"""`alertbridge demo --exit`, as somebody without a terminal runs it."""

import asyncio
import os
import sys

import msgspec
import pytest

from tests.e2e.processes import tethered
from tests.e2e.stage import Stage

pytestmark = pytest.mark.timeout(240)


async def test_the_demo_plays_by_itself_and_its_last_line_says_what_the_sandbox_saw(stage: Stage) -> None:
    process = await asyncio.create_subprocess_exec(
        *tethered([sys.executable, "-m", "alertbridge", "demo", "--exit"]),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=stage.folder,
        # What a shell holds for a real install does not reach the story.
        env=os.environ
        | {"TMPDIR": str(stage.folder), "ALERTBRIDGE_INGEST_TOKEN": "hush", "ALERTBRIDGE_LANGUAGES": "en"},
    )
    try:
        said, told = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()

    assert process.returncode == 0, told.decode()
    summary = msgspec.json.decode(said.splitlines()[-1])
    assert list(summary) == [
        "ok",
        "alerts",
        "incidents",
        "groups_created",
        "groups_disbanded",
        "operations",
        "events",
        "seconds",
    ]
    assert summary["ok"] is True
    assert summary["incidents"] == summary["groups_created"] == summary["operations"]["chat_create"]
    assert 1 <= summary["groups_disbanded"] == summary["operations"]["chat_disband"] <= summary["groups_created"]
    assert summary["events"]["im.chat.disbanded_v1"] == summary["groups_disbanded"]
    assert summary["events"]["card.action.trigger"] >= 1
    assert summary["alerts"] >= summary["incidents"]
    assert list(stage.folder.iterdir()) == [], "it leaves nothing behind"

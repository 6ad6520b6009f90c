"""Silences by the people in the group: on a form, in words, and taken back; Alertmanager is pretended here."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.journeys.scene import JsonObject, Scene
from tests.journeys.stage import TEAM, Stage
from tests.journeys.test_clicks import a_full_group
from tests.journeys.test_forms import CANCEL, forms
from tests.upstream.fake import Fake, fakes

SILENCE, CREATE, UNSILENCE = "静默…", "建立静默", "解除静默"


@pytest.fixture
async def alertmanager() -> AsyncIterator[Fake]:
    """Give one that has no silence, and makes one."""
    async with fakes(1) as (fake,):
        fake.says("GET", "silences", 200, [])
        fake.says("POST", "silences", 200, {"silenceID": "s1"})
        fake.says("DELETE", "silence/s1", 200)
        yield fake


async def a_group_of(stage: Stage, alertmanager: Fake) -> str:
    """An incident whose alerts come from it; answers the id of the live card."""
    await stage.change_team(f"{TEAM}alertmanagers: {{default: {{urls: ['{alertmanager.url}']}}}}\n")
    await stage.until(lambda _: stage.of_worker.team.current.alertmanagers)  # it follows within a second
    return await a_full_group(stage)


async def open_form(stage: Stage, card: str) -> str:
    """Choose *Silence…*; answers the id of the form."""
    assert (await stage.click("alice", SILENCE, card))["content"] == "请在新卡片上填写"
    await stage.play(lambda scene: len(forms(scene)) == 1)
    return str(forms(await stage.scene())[0]["message_id"])


def message(scene: Scene, message_id: str) -> JsonObject:
    return next(one for one in scene.group.messages if one["message_id"] == message_id)


async def submit(stage: Stage, form: str, **values: Any) -> JsonObject:
    return await stage.click("alice", CREATE, form, form=values)


async def test_a_silence_is_made_on_a_form_that_becomes_its_record(stage: Stage, alertmanager: Fake) -> None:
    form = await open_form(stage, await a_group_of(stage, alertmanager))
    assert "alertname" in str(message(await stage.scene(), form)["content"])

    toast = await submit(stage, form, duration="3600", reason="发布")
    assert (toast["type"], toast["content"]) == ("info", "正在建立静默")
    await stage.play(lambda scene: "已静默至" in str(message(scene, form)["content"]))

    (made,) = alertmanager.bodies
    assert "发布" in made["comment"]
    await stage.play(lambda scene: scene.group.name.startswith("[P1][silenced]"))

    alertmanager.says("GET", "silences", 200, [made | {"id": "s1", "status": {"state": "active"}}])
    assert (await stage.click("bob", UNSILENCE, form))["type"] == "success"
    await stage.play(lambda scene: "静默已解除" in str(scene.group.messages))
    assert ("DELETE", "/api/v2/silence/s1") in alertmanager.asked
    assert (await stage.click("alice", UNSILENCE, form))["content"] == "已是如此，无需再点"


async def test_a_form_without_a_sound_duration_is_not_taken(stage: Stage, alertmanager: Fake) -> None:
    form = await open_form(stage, await a_group_of(stage, alertmanager))

    assert (await submit(stage, form, duration="5", reason=""))["content"] == "时长不对：请选一个"
    await stage.rest()
    assert len(forms(await stage.scene())) == 1
    await stage.click("alice", CANCEL, form)
    await stage.play(lambda scene: not forms(scene))


async def test_a_failure_is_told_on_the_form_until_it_is_made(stage: Stage, alertmanager: Fake) -> None:
    form = await open_form(stage, await a_group_of(stage, alertmanager))
    alertmanager.says("POST", "silences", 503, "starting")

    await submit(stage, form, duration="3600", reason="")
    await stage.play(lambda scene: "静默没有建成：" in str(message(scene, form)["content"]))
    alertmanager.says("POST", "silences", 200, {"silenceID": "s1"})

    await stage.play(lambda scene: "已静默至" in str(message(scene, form)["content"]))


async def test_a_silence_in_words_is_answered_with_its_record(stage: Stage, alertmanager: Fake) -> None:
    await a_group_of(stage, alertmanager)
    asked = await stage.ask("alice", "静默2小时 换盘")

    def record(scene: Scene) -> JsonObject | None:
        return next((one for one in scene.group.messages if "已静默至" in str(one["content"])), None)

    answer = await stage.play(record)
    assert answer is not None
    assert answer["parent_id"] == asked
    assert "换盘" in alertmanager.bodies[0]["comment"]

"""Forms: what people write becomes the record; what nobody writes goes away again."""

from typing import Any

from tests.journeys.life import RESOLVE
from tests.journeys.scene import JsonObject, Scene
from tests.journeys.stage import Stage
from tests.journeys.test_clicks import a_full_group

NOTE, UPDATE = "备注…", "通报进展…"
SAVE, PUBLISH, CANCEL = "记下", "通报", "取消"


def forms(scene: Scene) -> list[JsonObject]:
    """The forms that are open in the group."""
    return [card for card in scene.group.countdowns if "'form'" in str(card["content"])]


async def open_form(stage: Stage, card: str, entry: str = NOTE) -> str:
    """Choose *Note…* or *Update…*; answers the id of the form."""
    assert (await stage.click("alice", entry, card))["content"] == "请在新卡片上填写"
    await stage.play(lambda scene: len(forms(scene)) == 1)
    return str(forms(await stage.scene())[0]["message_id"])


async def submit(stage: Stage, button: str, form: str, text: Any, who: str = "alice") -> JsonObject:
    """Submit the form; answers the toast."""
    return await stage.click(who, button, form, form={"text": text})


async def test_a_note_is_written_on_a_form_that_becomes_its_record(stage: Stage) -> None:
    card = await a_full_group(stage)
    form = await open_form(stage, card)
    answered = next(one for one in (await stage.scene()).group.messages if one["message_id"] == form)
    assert answered["parent_id"] == card

    assert (await submit(stage, SAVE, form, "<at id=all></at> it is the cache"))["content"] == "已记录，卡片随后更新"
    await stage.play(lambda scene: not forms(scene))
    record = next(one for one in (await stage.scene()).group.messages if one["message_id"] == form)
    assert "it is the cache" in str(record["content"])
    assert SAVE not in str(record["content"])
    assert "noted" in await stage.happened()
    assert len((await stage.scene()).group.messages) == 2, "the card and the record"


async def test_an_update_is_shown_on_the_card_and_in_the_announcement(stage: Stage) -> None:
    card = await a_full_group(stage)
    form = await open_form(stage, card, UPDATE)
    await submit(stage, PUBLISH, form, "rolled back to v41")

    await stage.play(lambda scene: "rolled back to v41" in scene.group.shown)
    await stage.play(lambda scene: any("rolled back to v41" in line for line in scene.group.notes))
    assert "updated" in await stage.happened()


async def test_one_form_of_a_kind_is_open_at_a_time(stage: Stage) -> None:
    card = await a_full_group(stage)
    await open_form(stage, card)

    assert (await stage.click("bob", NOTE, card))["content"] == "已有一张在填，请用那张"
    assert (await stage.click("bob", UPDATE, card))["type"] == "success"
    await stage.play(lambda scene: len(forms(scene)) == 2)
    await stage.rest()
    assert len(forms(await stage.scene())) == 2


async def test_a_form_that_is_not_filled_in_says_what_is_wrong(stage: Stage) -> None:
    card = await a_full_group(stage)
    form = await open_form(stage, card)
    value = {"i": (await stage.scene()).incident["id"], "a": "save_note", "r": 1}

    for written, hint in (({"text": " \u200b"}, "请写内容"), ({"text": "x" * 501}, "最多 500 字"), ({}, "请写内容")):
        event = {
            "operator": {"open_id": "ou_alice"},
            "token": "c-1",
            "action": {"tag": "button", "name": "save_note", "value": value, "form_value": written},
            "context": {"open_message_id": form, "open_chat_id": (await stage.scene()).group.id},
        }
        header = {"event_id": f"e-{hint}-{len(written)}", "event_type": "card.action.trigger", "token": ""}
        body = {"schema": "2.0", "header": header | {"create_time": "1795368000000000"}, "event": event}
        async with stage.session.post(f"{stage.url}/feishu/events", json=body) as response:
            toast = (await response.json())["toast"]
        assert (toast["type"], toast["content"]) == ("error", f"备注不对：{hint}")

    await stage.rest()
    assert "noted" not in await stage.happened()
    assert len(forms(await stage.scene())) == 1


async def test_who_cancels_takes_the_form_away(stage: Stage) -> None:
    card = await a_full_group(stage)
    form = await open_form(stage, card)

    assert (await stage.click("bob", CANCEL, form))["content"] == "已取消"
    await stage.play(lambda scene: not forms(scene))
    assert len((await stage.scene()).group.messages) == 1


async def test_a_form_that_nobody_submits_is_recalled(stage: Stage) -> None:
    card = await a_full_group(stage)
    await open_form(stage, card)

    await stage.pass_time(minutes=9)
    assert len(forms(await stage.scene())) == 1
    await stage.play(lambda scene: not forms(scene))
    assert (await stage.scene()).calls("message_delete") == 1


async def test_a_form_that_feishu_does_not_recall_says_that_it_is_over(stage: Stage) -> None:
    card = await a_full_group(stage)
    form = await open_form(stage, card)
    await stage.fault("message_delete", "refuse", code=230009)

    await stage.click("alice", CANCEL, form)
    await stage.play(lambda scene: not forms(scene) and "已取消" in str(scene.group.messages))


async def test_a_form_is_still_good_after_the_recovery(stage: Stage) -> None:
    card = await a_full_group(stage)
    form = await open_form(stage, card)
    await stage.click("bob", RESOLVE, card)
    await stage.play(lambda scene: scene.status == "resolved")

    assert (await submit(stage, SAVE, form, "it was the cache"))["type"] == "success"
    await stage.play(lambda scene: not forms(scene))
    assert "noted" in await stage.happened()

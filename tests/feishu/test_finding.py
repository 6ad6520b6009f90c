"""Looking for what a lost answer may have made: only our own groups and messages are taken for ours."""

from datetime import timedelta

import pytest

from alertbridge.core.chats.outcome import ChatMade, Sent
from alertbridge.core.groups import naming
from alertbridge.core.ids import ChatId, IncidentId
from alertbridge.feishu.calls.messages import Content
from alertbridge.feishu.finding import PAGES, Owner, find_card, find_chat, find_chat_by_marker, find_message
from alertbridge.sandbox.apps import DEFAULT_APP_ID
from tests.feishu.performing import OWNER, Stage, another
from tests.feishu.scripted import Server, says, serving, talking


async def made(stage: Stage) -> ChatId:
    return (await stage.done(stage.creation(stage.alice), ChatMade)).chat


async def found(stage: Stage, owner: Owner = OWNER, incident: IncidentId | None = None) -> ChatId | None:
    return await find_chat(stage.feishu, owner, incident or stage.incident.id, stage.incident.number)


def a_post(text: str) -> Content:
    return Content.post({"zh_cn": {"content": [[{"tag": "text", "text": text}]]}})


# -- groups ------------------------------------------------------------------------------------------------------------


async def test_a_group_is_known_by_its_marker_not_by_its_name(stage: Stage) -> None:
    chat = await made(stage)
    await stage.feishu.chat_update(chat, name="renamed since")

    assert await found(stage) == chat
    assert await found(stage, incident=another(stage.incident)) is None


async def test_a_group_of_another_install_is_not_ours(stage: Stage) -> None:
    await made(stage)

    assert await found(stage, Owner(app_id=DEFAULT_APP_ID, key=b"the key of others")) is None
    assert await found(stage, Owner(app_id="cli_other", key=OWNER.key)) is None


@pytest.mark.parametrize(
    "description",
    [
        "",
        "a group for #1423",
        "[ab1:{incident}:0000000000]",
        "[ab1:{incident}:{mac}] and more",
        "ab1:{incident}:{mac}",
        "[ab1:{other}:{mac}]",
    ],
)
async def test_a_forged_marker_is_none(stage: Stage, description: str) -> None:
    incident = stage.incident.id
    mac = naming.mac(OWNER.key, OWNER.app_id, incident)
    forged = description.format(incident=incident, other=another(stage.incident), mac=mac)
    await stage.feishu.chat_create(uuid="forged", name=f"[P1] x (#{stage.incident.number})", description=forged)

    assert await found(stage) is None
    assert await find_chat_by_marker(stage.feishu, OWNER, f"x [ab1:{incident}:{mac}]") is None


async def test_a_group_that_a_person_owns_is_not_ours_whatever_it_says(stage: Stage) -> None:
    chat = await made(stage)
    await stage.act(stage.alice, "transfer", chat_id=chat, target=stage.alice)

    assert await found(stage) is None


async def test_a_disbanded_group_is_not_found(stage: Stage) -> None:
    chat = await made(stage)
    await stage.feishu.chat_disband(chat)

    assert await found(stage) is None


async def test_a_group_on_a_later_page_is_found(stage: Stage) -> None:
    chat = await made(stage)
    await stage.advance(60)
    for number in range(120):
        await stage.group(uuid=f"g{number}")

    assert await found(stage) == chat
    assert stage.calls("chat_list") == 2
    assert stage.calls("chat_search") == 0


async def test_behind_the_pages_a_group_is_found_by_its_number(stage: Stage) -> None:
    chat = await made(stage)
    await stage.advance(60)
    for number in range(PAGES * 100):
        await stage.group(uuid=f"g{number}")

    assert await found(stage) == chat
    assert (stage.calls("chat_list"), stage.calls("chat_search")) == (PAGES, 1)


async def test_a_group_is_found_for_the_description_it_was_meant_to_have(stage: Stage) -> None:
    chat = await made(stage)

    assert await find_chat_by_marker(stage.feishu, OWNER, stage.wanted.description) == chat
    assert await find_chat_by_marker(stage.feishu, OWNER, "no marker") is None


# -- messages ----------------------------------------------------------------------------------------------------------


async def test_a_live_card_is_found_by_its_incident_near_its_time(stage: Stage) -> None:
    chat = await stage.group(stage.alice)
    await stage.write(stage.alice, chat, f"about {stage.incident.id}")
    sent = await stage.done(stage.card(chat), Sent)
    at = stage.now

    async def look(incident: IncidentId, seconds: float) -> object:
        return await find_card(stage.feishu, OWNER, chat, incident, at + timedelta(seconds=seconds))

    assert await look(stage.incident.id, 0) == sent.message
    assert await look(stage.incident.id, 119) == sent.message
    assert await look(stage.incident.id, 180) is None
    assert await look(stage.incident.id, -180) is None
    assert await look(another(stage.incident), 0) is None


async def test_a_recalled_card_is_not_found(stage: Stage) -> None:
    chat = await stage.group(stage.alice)
    sent = await stage.done(stage.card(chat), Sent)
    await stage.act(stage.alice, "recall", message_id=sent.message)

    assert await find_card(stage.feishu, OWNER, chat, stage.incident.id, stage.now) is None


async def test_a_post_is_found_by_its_words_in_any_language(stage: Stage) -> None:
    chat = await stage.group()
    await stage.post(chat, "one", uuid="p1")
    second = await stage.post(chat, "two  words", uuid="p2")
    both = Content.post(
        {
            "en_us": {"content": [[{"tag": "text", "text": "other"}]]},
            "zh_cn": {
                "content": [[{"tag": "text", "text": "two "}, {"tag": "a", "text": "words", "href": "https://x"}]]
            },
        }
    )

    assert await find_message(stage.feishu, OWNER, chat, both, stage.now) == second
    assert await find_message(stage.feishu, OWNER, chat, a_post("three"), stage.now) is None


async def test_what_others_say_is_not_ours(stage: Stage) -> None:
    chat = await stage.group(stage.alice)
    await stage.post(chat, "one", uuid="p1")

    assert await find_message(stage.feishu, Owner(app_id="cli_other", key=b""), chat, a_post("one"), stage.now) is None


async def test_a_busy_group_is_read_to_the_end_of_the_time(stage: Stage) -> None:
    chat = await stage.group(stage.alice)
    for number in range(70):
        await stage.write(stage.alice, chat, f"{number}")
    ours = await stage.post(chat, "one", uuid="p1")

    assert await find_message(stage.feishu, OWNER, chat, a_post("one"), stage.now) == ours


@pytest.mark.parametrize(("msg_type", "content"), [("post", "no json"), ("post", '["x"]'), ("interactive", "no json")])
async def test_a_message_that_cannot_be_read_is_passed_over(stage: Stage, msg_type: str, content: str) -> None:
    odd = {
        "message_id": "om_odd",
        "msg_type": msg_type,
        "sender": {"id": OWNER.app_id},
        "body": {"content": content},
    }
    async with serving(Server([says({"code": 0, "data": {"items": [odd]}})])) as server, talking(server.url) as feishu:
        assert await find_card(feishu, OWNER, ChatId("oc_1"), stage.incident.id, stage.now) is None
        assert await find_message(feishu, OWNER, ChatId("oc_1"), a_post("x"), stage.now) is None
        assert await find_message(feishu, OWNER, ChatId("oc_1"), Content.card({"body": {}}), stage.now) is None

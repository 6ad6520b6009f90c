"""What is kept of a group: everything that people could read, as they read it, and each message once."""

from datetime import timedelta

import msgspec
import pytest

from alertbridge.core.chats.action import ArchiveMessages
from alertbridge.core.chats.outcome import Archived, Failed, Sent
from alertbridge.core.ids import ChatId, MessageId, OpenId
from alertbridge.feishu.calls.messages import Content
from alertbridge.feishu.performer import perform
from tests.feishu.performing import PNG, Sink, Stage
from tests.feishu.scripted import Answer, Server, says, serving, talking


async def archived(stage: Stage, chat: ChatId) -> Archived:
    return await stage.done(ArchiveMessages(chat=chat), Archived)


def listed(*messages: dict[str, object], page_token: str = "", has_more: bool = False) -> Answer:
    """A page as Feishu gives it, of messages that the sandbox cannot send."""
    items = [
        {"message_id": f"om_{number}", "create_time": "1795356060000", "sender": {"id": "ou_alice"}, **message}
        for number, message in enumerate(messages)
    ]
    return says({"code": 0, "data": {"items": items, "page_token": page_token, "has_more": has_more}})


def holding(kind: str, content: object) -> dict[str, object]:
    said = content if isinstance(content, str) else msgspec.json.encode(content).decode()
    return {"msg_type": kind, "body": {"content": said}}


async def archived_from(stage: Stage, *answers: Answer) -> tuple[Server, object]:
    """Archive what a server says."""
    async with serving(Server(list(answers))) as server, talking(server.url) as feishu:
        return server, await perform(ArchiveMessages(chat=ChatId("oc_1")), feishu, stage.around())


# -- everything, once --------------------------------------------------------------------------------------------------


async def test_an_empty_group_has_an_empty_archive(stage: Stage) -> None:
    assert (await archived(stage, await stage.group())).messages == 0
    assert stage.archive.pages == []


async def test_messages_are_kept_with_who_said_them_and_when(stage: Stage) -> None:
    chat = await stage.group(stage.alice)
    said = await stage.write(stage.alice, chat, "restarting the pods")
    await stage.advance(90)
    answered = await stage.post(chat, "noted", uuid="p1")

    assert (await archived(stage, chat)).messages == 2

    first, second = stage.archive.messages.values()
    assert (first.id, first.by, first.kind, first.text) == (said, stage.alice, "text", "restarting the pods")
    assert (second.id, second.by, second.kind, second.text) == (answered, "cli_sandbox", "post", "noted")
    assert second.at - first.at == timedelta(seconds=90)


async def test_all_pages_are_read(stage: Stage) -> None:
    chat = await stage.group(stage.alice)
    for number in range(120):
        await stage.write(stage.alice, chat, f"{number}")

    assert (await archived(stage, chat)).messages == 120
    assert stage.archive.pages == [50, 50, 20]
    assert stage.archive.texts == [f"{number}" for number in range(120)]


async def test_archiving_again_keeps_each_message_once_and_adds_what_is_new(stage: Stage) -> None:
    chat = await stage.group(stage.alice)
    await stage.write(stage.alice, chat, "before")
    await archived(stage, chat)
    await stage.write(stage.alice, chat, "after, in the same second")

    assert (await archived(stage, chat)).messages == 2
    assert stage.archive.texts == ["before", "after, in the same second"]


async def test_what_was_said_in_threads_is_kept_too(stage: Stage) -> None:
    chat = await stage.group(stage.alice)
    root = await stage.write(stage.alice, chat, "which release?")
    await stage.write(stage.alice, chat, "2.31", parent_id=root, in_thread=True)
    await stage.write(stage.alice, chat, "rolled back", parent_id=root, in_thread=True)

    assert (await archived(stage, chat)).messages == 3
    assert set(stage.archive.texts) == {"which release?", "2.31", "rolled back"}


async def test_a_page_that_fails_keeps_what_was_read_and_starts_over(stage: Stage) -> None:
    chat = await stage.group(stage.alice)
    for number in range(60):
        await stage.write(stage.alice, chat, f"{number}")
    await stage.fault("message_list", "slow", times=1)
    await stage.fault("message_list", "rate_limited", seconds=2)

    failed = await stage.done(ArchiveMessages(chat=chat), Failed)
    assert (failed.wait_seconds, len(stage.archive.messages)) == (2, 50)
    assert (await archived(stage, chat)).messages == 60


async def test_the_number_is_what_the_store_reads_back(stage: Stage) -> None:
    class Leaking(Sink):
        async def count(self) -> int:
            return len(self.messages) - 1

    stage.archive = Leaking()
    chat = await stage.group(stage.alice)
    await stage.write(stage.alice, chat, "x")

    assert (await archived(stage, chat)).messages == 0


@pytest.mark.parametrize("tokens", [("",), ("same", "same")])
async def test_pages_that_do_not_go_on_are_no_whole_archive(stage: Stage, tokens: tuple[str, ...]) -> None:
    pages = [listed(holding("text", {"text": "x"}), page_token=token, has_more=True) for token in tokens]

    server, outcome = await archived_from(stage, *pages)

    assert isinstance(outcome, Failed)
    assert not outcome.is_refused
    assert len(server.requests) == len(tokens)


# -- as people read it -------------------------------------------------------------------------------------------------


async def test_a_recalled_message_is_kept_as_recalled(stage: Stage) -> None:
    chat = await stage.group(stage.alice)
    said = await stage.write(stage.alice, chat, "the password is hunter2")
    await stage.act(stage.alice, "recall", message_id=said)

    await archived(stage, chat)

    assert stage.archive.texts == ["(recalled)"]


async def test_mentioned_people_have_their_names(stage: Stage) -> None:
    chat = await stage.group(stage.alice)
    at = f'<at user_id="{stage.bob}"></at>'
    await stage.write(stage.alice, chat, f"{at} look, @_user_7 is nobody", mention_bot=True)
    post = {"zh_cn": {"title": "T", "content": [[{"tag": "at", "user_id": stage.bob}, {"tag": "text", "text": "hm"}]]}}
    await stage.feishu.message_create(chat, Content.post(post), uuid="p1")

    await archived(stage, chat)

    text, rich = stage.archive.texts
    assert text == "@alertbridge @王博 look, @_user_7 is nobody"
    assert rich == "T 王博 hm"


async def test_the_texts_of_a_card_can_be_read(stage: Stage) -> None:
    chat = await stage.group(stage.alice)
    await stage.done(stage.card(chat, mention=()), Sent)

    await archived(stage, chat)

    (text,) = stage.archive.texts
    assert stage.view.title in text
    assert stage.view.summary.split()[0] in text
    assert "{" not in text


async def test_a_picture_is_named_by_its_kind(stage: Stage) -> None:
    chat = await stage.group()
    image = await stage.feishu.image_create(PNG, image_type="message")
    content = Content("image", msgspec.json.encode({"image_key": image.image_key}).decode())  # type: ignore[arg-type]  # people send more kinds than we do
    await stage.feishu.message_create(chat, content, uuid="i1")

    await archived(stage, chat)

    assert stage.archive.texts == ["[image]"]


DEEP = '{"a":' * 700 + "1" + "}" * 700
DEEPER = "[" * 100_000


@pytest.mark.parametrize(
    ("kind", "content", "text"),
    [
        ("file", {"file_key": "f", "file_name": "heap.hprof"}, "[file] heap.hprof"),
        ("media", {"file_name": "screen.mp4", "image_key": "i"}, "[media] screen.mp4"),
        ("audio", {"file_key": "f", "duration": 3}, "[audio]"),
        ("sticker", {"file_key": "f"}, "[sticker]"),
        ("merge_forward", "Merged and Forwarded Message", "Merged and Forwarded Message"),
        ("text", "[1]", "[1]"),
        ("text", {}, ""),
        ("post", DEEP, DEEP),
        ("post", DEEPER, DEEPER),
    ],
)
async def test_whatever_is_sent_leaves_something_to_read(stage: Stage, kind: str, content: object, text: str) -> None:
    _, outcome = await archived_from(stage, listed(holding(kind, content)))

    assert isinstance(outcome, Archived)
    assert stage.archive.texts == [text]


async def test_a_mention_without_a_name_keeps_its_key(stage: Stage) -> None:
    nameless = {**holding("text", {"text": "@_user_1 hi"}), "mentions": [{"key": "@_user_1", "id": "ou_x"}]}

    await archived_from(stage, listed(nameless))

    assert stage.archive.texts == ["@_user_1 hi"]
    assert stage.archive.messages[MessageId("om_0")].by == OpenId("ou_alice")

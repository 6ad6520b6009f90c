"""The owner job of a room: answers go out once, whatever is lost, and whoever takes over."""

from dataclasses import replace
from typing import Any

import pytest

from alertbridge.core.ids import ChatId, EntryId, JobId, MessageId, OpenId, RoomId
from alertbridge.core.rooms.room import Answer, person_room
from alertbridge.flows.reconcile import NotOurs
from alertbridge.flows.rooms import tend_room as flow
from alertbridge.flows.rooms.tend_room import tend_room
from alertbridge.store.keys import BUSY
from alertbridge.store.mailbox import Saved
from alertbridge.store.rooms import RoomClaim, Rooms
from tests.web.service import ALICE, JsonObject, Product


async def wrote(product: Product, text: str = "help") -> JsonObject:
    """Let Alice write to the bot; her message."""
    said: JsonObject = await product.control("message", open_id=product.id(ALICE), text=text)
    return said


async def answer(product: Product, to: JsonObject, text: str = "Fine") -> RoomId:
    """Decide what the bot answers."""
    room = person_room(OpenId(product.id(ALICE)))
    entry = Answer(
        id=EntryId(to["message_id"]),
        at=product.parts.clock.now(),
        text={"zh": f"好：{text}", "en": text},
        message=MessageId(to["message_id"]),
        chat=ChatId(to["chat_id"]),
    )
    await product.parts.feed.append_room(room, entry)
    return room


async def replies(product: Product, to: JsonObject) -> list[str]:
    """What stands under her message."""
    state = await product.control("state", "GET")
    (chat,) = [chat for chat in state["chats"] if chat["chat_id"] == to["chat_id"]]
    return [str(one["content"]) for one in chat["messages"] if one["parent_id"] == to["message_id"]]


async def owner(product: Product, room: RoomId) -> JobId:
    job: bytes = await product.parts.connection.call("HGET", BUSY, room)
    return JobId(job.decode())


async def test_an_answer_is_a_reply_in_both_languages_with_a_paragraph_for_each_line(product: Product) -> None:
    asked = await wrote(product)
    await answer(product, asked, "One line\nAnother <at id=all></at>")

    await product.work()

    (reply,) = await replies(product, asked)
    assert "好：One line" in reply
    assert "Another <at id=all></at>" in reply
    assert await product.parts.connection.call("HLEN", BUSY) == 0


@pytest.mark.parametrize("kind", ["drop_answer", "server_error", "rate_limited"])
async def test_an_answer_whose_call_fails_is_there_once(product: Product, kind: str) -> None:
    asked = await wrote(product)
    await product.fail("message_reply", kind, seconds=1)
    await answer(product, asked)

    await product.work()
    await product.later(seconds=10)

    assert len(await replies(product, asked)) == 1


async def test_an_answer_to_a_message_that_was_recalled_is_dropped(product: Product) -> None:
    asked = await wrote(product)
    await product.control("act", open_id=ALICE, action="recall", message_id=asked["message_id"])
    again = await wrote(product, "again")
    room = await answer(product, asked)
    await answer(product, again)

    await product.work()

    assert (len(await replies(product, asked)), len(await replies(product, again))) == (0, 1)
    assert not await owned(product, room)


async def owned(product: Product, room: RoomId) -> bool:
    return bool(await product.parts.connection.call("HEXISTS", BUSY, room))


async def test_a_job_that_is_not_the_owner_says_nothing(product: Product) -> None:
    asked = await wrote(product)
    room = await answer(product, asked)

    with pytest.raises(NotOurs):
        await tend_room(room, JobId(f"tend:{room}:99"), product.runtime)

    assert await replies(product, asked) == []


async def test_a_job_without_a_fresh_lease_says_nothing(product: Product) -> None:
    asked = await wrote(product)
    room = await answer(product, asked)

    with pytest.raises(NotOurs):
        await tend_room(room, await owner(product, room), replace(product.runtime, lease_is_fresh=lambda _: False))

    assert await replies(product, asked) == []
    await product.work()
    assert len(await replies(product, asked)) == 1


class Interrupted(Rooms):
    """A store where something happens just before a save, once."""

    def __init__(self, product: Product, happens: Any) -> None:
        super().__init__(product.parts.connection)
        self.happens = happens

    async def save(self, claim: RoomClaim, *given: Any, **how: Any) -> Saved:
        if how.get("release") and self.happens is not None:
            happens, self.happens = self.happens, None
            await happens()
        return await super().save(claim, *given, **how)


async def test_what_arrives_before_the_release_is_answered_too(product: Product) -> None:
    asked, other = await wrote(product), await wrote(product, "and this?")
    room = await answer(product, asked)

    async def another_question() -> None:
        await answer(product, other)

    runtime = replace(product.runtime, rooms=Interrupted(product, another_question))
    await tend_room(room, await owner(product, room), runtime)

    assert len(await replies(product, asked)) == len(await replies(product, other)) == 1
    assert not await owned(product, room)


async def test_a_job_that_was_replaced_stops_at_its_next_save(product: Product) -> None:
    asked = await wrote(product)
    room = await answer(product, asked)

    async def another_takes_over() -> None:
        await product.parts.connection.call("HSET", BUSY, room, f"tend:{room}:99")

    runtime = replace(product.runtime, rooms=Interrupted(product, another_takes_over))
    with pytest.raises(NotOurs):
        await tend_room(room, await owner(product, room), runtime)

    await product.work()
    assert len(await replies(product, asked)) == 1


async def test_an_entry_that_was_set_aside_does_not_stop_the_next(product: Product) -> None:
    room = await answer(product, await wrote(product))
    for _ in range(3):
        await product.runtime.rooms.claim(room, await owner(product, room))
    asked = await wrote(product, "again")
    await answer(product, asked)

    await product.work()

    assert len(await replies(product, asked)) == 1


async def test_a_long_row_of_answers_goes_on_a_minute_later(product: Product, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flow, "STEPS", 2)  # the first message of all is greeted, too
    first, second = await wrote(product), await wrote(product, "and this?")
    room = await answer(product, first)
    await answer(product, second)

    await product.work()
    assert (len(await replies(product, first)), len(await replies(product, second))) == (1, 0)
    assert not await owned(product, room)
    await product.later(minutes=1)

    assert len(await replies(product, second)) == 1

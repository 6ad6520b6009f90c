"""Calls to people through the whole product: each at most once a minute, none lost, whatever dies in between."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from alertbridge.core.ids import IncidentId, JobId, OpenId
from alertbridge.core.incidents.command import Spoke, Verb
from alertbridge.core.incidents.paging import page
from alertbridge.core.oncall.policy import Way
from alertbridge.core.rooms.room import person_room
from alertbridge.flows.reconcile import NotOurs, reconcile_incident
from alertbridge.flows.rooms.tend_room import tend_room
from alertbridge.store.clock import Clock
from alertbridge.store.keys import BUSY
from tests.builders import a_command, an_id
from tests.store_server import StoreServer
from tests.web.service import ALICE, BOB, TEAM, Product, a_team_file, product_on


async def decided(
    product: Product, incident: IncidentId, *people: str, ways: Sequence[Way] = (Way.APP,), cause: str = "step"
) -> JobId:
    """It was decided that these people are called for the incident, and nothing was done about it yet."""
    connection = product.parts.connection
    await product.parts.feed.append(incident, Spoke(id=an_id(), at=product.parts.clock.now(), by=OpenId("ou_x")))
    job = JobId((await connection.call("HGET", BUSY, incident)).decode())
    claim = await product.parts.mailbox.claim(incident, job)
    assert claim is not None
    assert claim.incident is not None
    ids = [OpenId(product.id(person)) for person in people or (ALICE,)]
    called = page(claim.incident, ids, ways, cause, claim.now)
    await product.parts.mailbox.save(claim, claim.incident, called, due=claim.now, drained=0, lines=[], forget=set())
    return job


async def fired(product: Product, *names: str) -> list[IncidentId]:
    return [await product.fire(name, groupKey=name) for name in names]


async def buzzes(product: Product) -> list[tuple[str, str, tuple[str, ...]]]:
    """Every buzz so far: the kind of chat, the way, who was called."""
    state = await product.control("state", "GET")
    return [
        (chat["chat_mode"], buzz["kind"], tuple(buzz["open_ids"]))
        for chat in state["chats"]
        for message in chat["messages"]
        for buzz in message["urgent"]
    ]


async def direct_cards(product: Product) -> list[str]:
    state = await product.control("state", "GET")
    return [
        str(message["content"]) for chat in state["chats"] if chat["chat_mode"] == "p2p" for message in chat["messages"]
    ]


async def told(product: Product, incident: IncidentId) -> list[tuple[str, str, str]]:
    lines = await product.parts.records.timeline(incident)
    return [(line.what, line.details["via"], line.text) for line in lines if "via" in line.details]


@pytest.fixture
async def product(store_server: StoreServer, tmp_path: Path) -> AsyncIterator[Product]:
    """Give a product in which nobody is called unless a test says so, and every incident has a group of its own."""
    file = a_team_file(tmp_path, TEAM + "  escalation: off\n  storm: {above: off}\n")
    async with product_on(store_server.url, data_dir=tmp_path, config_file=file) as running:
        yield running


# -- one incident ------------------------------------------------------------------------------------------------------


async def test_somebody_is_buzzed_in_the_group(product: Product) -> None:
    (incident,) = await fired(product, "A")
    await decided(product, incident, ALICE, BOB)

    await product.work()

    assert await buzzes(product) == [("group", "app", (product.id(ALICE), product.id(BOB)))]
    assert (await product.incident(incident)).pages == ()
    assert await told(product, incident) == [("paged", "app", "")] * 2


async def test_a_refused_way_is_replaced_at_once_and_said(product: Product) -> None:
    (incident,) = await fired(product, "A")
    await product.control("switches", "PUT", buzz_quota=0)
    await decided(product, incident, ways=(Way.PHONE,))

    await product.work()

    assert await buzzes(product) == [("group", "app", (product.id(ALICE),))]
    said = [str(message["content"]) for message in (await product.chat(incident))["messages"]]
    assert any("未送达（额度已用完），已改用应用内" in text for text in said)


async def test_who_has_too_many_unread_buzzes_gets_a_direct_message_and_the_others_are_buzzed(product: Product) -> None:
    (incident,) = await fired(product, "A")
    await product.control("people", open_id=product.id(ALICE), unread_buzzes=200)
    await decided(product, incident, ALICE, BOB)

    await product.work()

    assert await buzzes(product) == [("group", "app", (product.id(BOB),))]
    (card,) = await direct_cards(product)
    assert "'a': 'ack'" in card


async def test_without_a_group_people_get_a_direct_message_after_a_minute_and_later_the_group(product: Product) -> None:
    await product.fail("chat_create", "refuse", code=232034, times=1)
    (incident,) = await fired(product, "A")
    await decided(product, incident, ways=(Way.PHONE,))
    await product.work()
    assert await direct_cards(product) == []
    await product.fail("chat_create", "refuse", code=232034, times=1)

    await product.later(seconds=61)

    assert len(await direct_cards(product)) == 1
    assert await buzzes(product) == [("p2p", "phone", (product.id(ALICE),))]
    assert (await product.incident(incident)).chat is None
    await product.later(minutes=10)
    assert (await product.incident(incident)).chat is not None


@pytest.mark.parametrize("died_after", ["the intent", "the call"])
async def test_p4_a_call_is_made_although_its_owner_died(product: Product, died_after: str) -> None:
    (incident,) = await fired(product, "A")
    job = await decided(product, incident)
    if died_after == "the intent":
        dead = replace(product.runtime, lease_is_fresh=lambda _: False)
        with pytest.raises(NotOurs):
            await reconcile_incident(incident, job, dead)
    else:
        await product.fail("message_urgent_app", "drop_answer")

    await product.work()
    await product.later(seconds=10)

    assert len(await buzzes(product)) == (1 if died_after == "the intent" else 2)
    assert await told(product, incident) == [("paged", "app", "twice")]


async def test_p4_nobody_is_called_for_what_was_acknowledged_before_the_call(product: Product) -> None:
    (incident,) = await fired(product, "A")
    await decided(product, incident)
    await product.parts.feed.append(incident, a_command(Verb.ACK, OpenId(product.id(BOB))))

    await product.work()

    assert await buzzes(product) == []


# -- several -----------------------------------------------------------------------------------------------------------


async def test_p4_a_storm_of_incidents_calls_somebody_once_a_minute_and_names_them_all(product: Product) -> None:
    names = [f"Alert{number:02}" for number in range(50)]
    incidents = await fired(product, *names)
    for incident in incidents:
        await decided(product, incident)

    await product.work()
    assert len(await buzzes(product)) == 1

    await product.later(seconds=61)
    await product.later(seconds=30)
    called = await buzzes(product)
    assert [(mode, way) for mode, way, _ in called] == [("group", "app"), ("p2p", "app")]
    (card,) = await direct_cards(product)
    assert "你有 49 起待认领" in card
    assert sum(name in card for name in names) == 49

    await product.later(minutes=10)
    assert await buzzes(product) == called


async def test_a_louder_call_waits_for_no_minute(product: Product) -> None:
    quiet, loud = await fired(product, "A", "B")
    await decided(product, quiet)
    await product.work()
    await decided(product, loud, ways=(Way.PHONE,))

    await product.work()

    assert [way for _, way, _ in await buzzes(product)] == ["app", "phone"]


async def test_who_is_gathered_is_told_so_and_the_others_are_called(product: Product) -> None:
    first, second = await fired(product, "A", "B")
    await decided(product, first, ALICE)
    await product.work()
    await decided(product, second, ALICE, BOB)

    await product.work()

    assert (await buzzes(product))[-1] == ("group", "app", (product.id(BOB),))
    assert sorted(text for _, _, text in await told(product, second)) == ["", "together"]


async def test_p4_who_is_called_by_somebody_at_work_on_it_is_called_at_once(product: Product) -> None:
    first, held = await fired(product, "A", "B")
    await decided(product, first)
    await product.click(held, "ack", BOB)
    await product.work()
    await decided(product, held)

    await product.work()

    assert await buzzes(product) == [("group", "app", (product.id(ALICE),))] * 2
    assert await direct_cards(product) == []


async def test_p4_who_is_gathered_is_called_as_loudly_as_any_way_that_was_left(product: Product) -> None:
    first, second = await fired(product, "A", "B")
    for incident in (first, second):
        await decided(product, incident, ways=(Way.SMS, Way.PHONE))
        await product.work()
    assert [way for _, way, _ in await buzzes(product)] == ["sms", "phone"]

    await product.later(seconds=61)

    assert [(mode, way) for mode, way, _ in await buzzes(product)][2:] == [("p2p", "phone")]


async def test_problems_in_triage_are_told_each_by_itself_and_take_nobodys_minute(
    store_server: StoreServer, tmp_path: Path
) -> None:
    file = a_team_file(tmp_path, TEAM + "  escalation: off\n  chat: {wait: 5m}\n  storm: {above: off}\n")
    async with product_on(store_server.url, data_dir=tmp_path, config_file=file) as product:
        await fired(product, "Alert01", "Alert02")

        await product.work()

        cards = await direct_cards(product)
        people = {name: [card for card in cards if name in card] for name in ("Alert01", "Alert02")}
        assert len(people["Alert02"]) == len(people["Alert01"]) > 0


async def test_p4_what_was_acknowledged_before_the_minute_was_over_calls_nobody(product: Product) -> None:
    first, second = await fired(product, "A", "B")
    await decided(product, first)
    await product.work()
    await decided(product, second)
    await product.work()
    assert "你有 1 起待认领" in (await direct_cards(product))[0]

    await product.click(second, "ack", BOB)
    await product.later(seconds=61)

    assert len(await buzzes(product)) == 1
    assert "没有待你认领的事件" in (await direct_cards(product))[0]


async def test_a_call_for_several_is_made_although_its_owner_died(product: Product) -> None:
    first, second = await fired(product, "A", "B")
    await decided(product, first)
    await product.work()
    await decided(product, second)
    await product.work()
    room = person_room(OpenId(product.id(ALICE)))
    await product.parts.clock.start()
    await _wake(product, seconds=61)
    job = JobId((await product.parts.connection.call("HGET", BUSY, room)).decode())

    with pytest.raises(NotOurs):
        await tend_room(room, job, replace(product.runtime, lease_is_fresh=lambda _: False))
    await product.work()
    await product.later(seconds=10)

    assert [(mode, way) for mode, way, _ in await buzzes(product)] == [("group", "app"), ("p2p", "app")]


async def _wake(product: Product, **passed: float) -> None:
    await Clock(product.parts.connection).advance(timedelta(**passed))
    await product.parts.mailbox.wake_due()


async def test_somebody_who_was_just_called_is_not_called_for_several_at_the_same_time(product: Product) -> None:
    quiet, next_one, loud = await fired(product, "A", "B", "C")
    await decided(product, quiet)
    await product.work()
    await decided(product, next_one)
    await product.work()
    await product.later(seconds=40)
    await decided(product, loud, ways=(Way.PHONE,))
    await product.work()

    await product.later(seconds=21)
    assert [way for _, way, _ in await buzzes(product)] == ["app", "phone"]
    await product.later(seconds=40)

    assert [way for _, way, _ in await buzzes(product)] == ["app", "phone", "app"]

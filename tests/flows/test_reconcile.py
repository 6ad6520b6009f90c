"""The owner job where it does not go as told: not its turn, entries in between, nobody to ask, the store gone."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from alertbridge.core import lifecycle
from alertbridge.core.ids import EntryId, IncidentId, JobId, OpenId
from alertbridge.core.incidents.change import Change
from alertbridge.core.incidents.command import Entry, Spoke
from alertbridge.core.incidents.incident import Incident, Status
from alertbridge.core.lifecycle import observe
from alertbridge.core.timeline import Happening
from alertbridge.flows import reconcile
from alertbridge.flows.reconcile import NotOurs, reconcile_incident
from alertbridge.store.errors import StoreAway
from alertbridge.store.keys import BUSY, INBOX
from alertbridge.store.mailbox import Claim, Further, Mailbox, Saved
from tests.store_server import StoreServer
from tests.web.service import ALICE, BOB, Product, a_team_file, an_alert, product_on, webhook


async def opened(product: Product, *alerts: object) -> tuple[IncidentId, JobId]:
    """Let alerts arrive, and do nothing about them yet."""
    assert (await product.post("/webhooks/alertmanager", webhook(*(alerts or ("Down",)))))[0] == 200
    incident = await product.only()
    return incident, await owner(product, incident)


async def owner(product: Product, incident: IncidentId) -> JobId:
    job: bytes = await product.parts.connection.call("HGET", BUSY, incident)
    return JobId(job.decode())


async def calls(product: Product) -> dict[str, int]:
    """What Feishu was asked to change."""
    state = await product.control("state", "GET")
    return {name: count for name, count in state["operations"].items() if name.startswith(("chat_", "message_"))}


async def lines(product: Product, incident: IncidentId, what: Happening) -> list[str]:
    return [line.text for line in await product.parts.records.timeline(incident) if line.what is what]


# -- not its turn ------------------------------------------------------------------------------------------------------


async def test_a_job_that_is_not_the_owner_touches_nothing(product: Product) -> None:
    incident, _ = await opened(product)

    with pytest.raises(NotOurs):
        await reconcile_incident(incident, JobId("reconcile:other"), product.runtime)

    (stored,) = await product.open()
    assert (stored.incident, stored.waiting) == (None, 1)
    assert await calls(product) == {}


async def test_other_jobs_get_their_turn_between_two_entries(product: Product, monkeypatch: pytest.MonkeyPatch) -> None:
    incident, job = await opened(product, *(f"Alert{number}" for number in range(600)))
    turns: list[str] = []

    async def other() -> None:
        while True:
            turns.append("o")
            await asyncio.sleep(0)

    def observed(before: Incident, entry: Entry) -> Change:
        turns.append("e")
        return observe(before, entry)

    monkeypatch.setattr(lifecycle, "observe", observed)
    another = asyncio.create_task(other())
    await reconcile_incident(incident, job, product.runtime)
    another.cancel()

    assert turns.count("e") == 3
    assert "ee" not in "".join(turns)


async def test_a_job_whose_lease_ran_out_asks_feishu_for_nothing(product: Product) -> None:
    incident, job = await opened(product)

    with pytest.raises(NotOurs):
        await reconcile_incident(incident, job, replace(product.runtime, lease_is_fresh=lambda _: False))
    assert await calls(product) == {}

    await product.work()
    assert (await product.incident(incident)).chat is not None


class Interrupted(Mailbox):
    """A mailbox where something happens just before a save, once."""

    def __init__(self, product: Product, when: Callable[..., bool], happens: Callable[[], Any]) -> None:
        super().__init__(product.parts.connection)
        self.when = when
        self.happens: Callable[[], Any] | None = happens

    async def save(self, *given: Any, **changes: Any) -> Saved:
        happens = self.happens
        if happens is not None and self.when(**changes):
            self.happens = None
            await happens()
        return await super().save(*given, **changes)


class ClosingOf(Interrupted):
    """A mailbox where something happens just before one incident is saved as closed."""

    def __init__(self, incident: IncidentId, product: Product, happens: Callable[[], Any]) -> None:
        super().__init__(product, lambda **_: False, happens)
        self.incident = incident

    async def save(self, claim: Claim, *given: Any, **changes: Any) -> Saved:
        self.when = lambda **_: claim.id == self.incident and changes.get("if_empty", False)
        return await super().save(claim, *given, **changes)


class TakenOver(Interrupted):
    """A mailbox where another job becomes the owner just before the inbox is read on."""

    async def read_on(self, claim: Claim, *, in_hand: int) -> Further | None:
        await self._connection.call("HSET", BUSY, claim.id, "reconcile:other")
        return await super().read_on(claim, in_hand=in_hand)


async def test_a_job_that_was_replaced_before_it_reads_on_stops_there(product: Product) -> None:
    incident, job = await opened(product)

    async def another_alert() -> None:
        await product.post("/webhooks/alertmanager", webhook("Slow"))

    mailbox = TakenOver(product, lambda **_: True, another_alert)
    with pytest.raises(NotOurs):
        await reconcile_incident(incident, job, replace(product.runtime, mailbox=mailbox))

    assert await calls(product) == {}
    await product.work()
    assert len((await product.control("state", "GET"))["chats"]) == 1


@pytest.mark.parametrize("is_release", [False, True])
async def test_a_job_that_was_replaced_in_mid_pass_stops_at_its_next_save(product: Product, is_release: bool) -> None:
    incident, job = await opened(product)

    async def another_takes_over() -> None:
        await product.parts.connection.call("HSET", BUSY, incident, "reconcile:other")

    mailbox = Interrupted(product, lambda release=False, **_: release is is_release, another_takes_over)
    with pytest.raises(NotOurs):
        await reconcile_incident(incident, job, replace(product.runtime, mailbox=mailbox))

    assert await owner(product, incident) == "reconcile:other"
    await product.work()
    chats = (await product.control("state", "GET"))["chats"]
    assert len(chats) == 1, "P2: the other one found the group"


# -- entries in between ------------------------------------------------------------------------------------------------


async def test_what_arrives_before_the_release_is_done_in_the_same_pass(product: Product) -> None:
    incident, job = await opened(product)

    async def resolved() -> None:
        await product.post("/webhooks/alertmanager", webhook(an_alert("Down", "resolved")))

    mailbox = Interrupted(product, lambda release=False, **_: release, resolved)
    await reconcile_incident(incident, job, replace(product.runtime, mailbox=mailbox))

    assert (await product.incident(incident)).status is Status.RESOLVED
    assert await product.parts.connection.call("HLEN", BUSY) == 0


async def test_what_arrives_before_a_call_is_heeded(product: Product) -> None:
    incident, job = await opened(product)

    async def resolved() -> None:
        await product.post("/webhooks/alertmanager", webhook(an_alert("Down", "resolved")))

    mailbox = Interrupted(product, lambda **_: True, resolved)
    await reconcile_incident(incident, job, replace(product.runtime, mailbox=mailbox))

    assert (await product.incident(incident)).status is Status.RESOLVED
    assert await calls(product) == {}, "what is over before its group was made needs none"


async def test_news_that_never_end_do_not_keep_the_group_from_being_made(product: Product) -> None:
    incident, job = await opened(product)
    news = iter(range(1000))

    class Busy(Mailbox):
        async def save(self, *args: Any, release: bool = False, **kwargs: Any) -> Saved:
            if not release:
                await product.post("/webhooks/alertmanager", webhook(f"Another{next(news)}"))
            return await super().save(*args, release=release, **kwargs)

    await reconcile_incident(incident, job, replace(product.runtime, mailbox=Busy(product.parts.connection)))

    assert (await calls(product))["chat_create"] == 1


async def test_p3_an_alert_that_fires_again_in_the_last_moment_keeps_its_group(product: Product) -> None:
    incident = await product.fire("Down")
    group = await product.chat(incident)
    await product.post("/webhooks/alertmanager", webhook(an_alert("Down", "resolved")))
    await product.work()

    async def fires() -> None:
        await product.post("/webhooks/alertmanager", webhook("Down", version="again"))

    mailbox = Interrupted(product, lambda if_empty=False, **_: if_empty, fires)
    product.runtime = replace(product.runtime, mailbox=mailbox)
    await product.later(hours=1)
    await product.later(minutes=1)

    assert mailbox.happens is None
    assert (await product.incident(incident)).status is Status.FIRING
    after = await product.chat(incident)
    assert (after["chat_id"], after["status"]) == (group["chat_id"], "normal")
    assert after["moderation"] == group["moderation"]
    assert len(await product.open()) == 1


async def test_what_arrives_while_the_end_is_saved_is_read_and_the_end_comes_all_the_same(product: Product) -> None:
    incident = await product.fire("Down")
    await product.post("/webhooks/alertmanager", webhook(an_alert("Down", "resolved")))
    await product.work()

    async def spoke() -> None:
        entry = Spoke(id=EntryId("om_late"), at=product.parts.clock.now(), by=OpenId(product.id(ALICE)))
        await product.parts.feed.append(incident, entry)

    mailbox = Interrupted(product, lambda release=False, due=1, **_: release and due is None, spoke)
    product.runtime = replace(product.runtime, mailbox=mailbox)
    await product.later(hours=1)
    await product.later(minutes=1)

    assert mailbox.happens is None
    assert await product.open() == ()
    assert await product.parts.connection.call("HLEN", BUSY) == 0


async def test_an_entry_that_cannot_be_worked_on_is_set_aside_and_told(product: Product) -> None:
    incident, job = await opened(product)
    await product.parts.connection.call("LPUSH", INBOX + incident, '[1,1,"command",{"id":"x","verb":"fly"}]')
    for _ in range(3):
        with pytest.raises(Exception, match="an entry"):
            await reconcile_incident(incident, job, product.runtime)

    await product.work()

    (line,) = await lines(product, incident, Happening.DEAD_ENTRY)
    assert "fly" in line
    assert (await product.incident(incident)).chat is not None


async def test_a_plan_that_takes_very_long_goes_on_in_the_next_pass(
    product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconcile, "STEPS", 1)
    incident, job = await opened(product)

    await reconcile_incident(incident, job, product.runtime)
    assert await product.parts.connection.call("HLEN", BUSY) == 0
    for _ in range(9):
        await product.later(seconds=1)

    assert (await product.chat(incident))["tabs"] is not None
    assert (await product.incident(incident)).chat is not None


# -- nobody to ask -----------------------------------------------------------------------------------------------------


async def test_while_nobody_can_be_looked_up_the_group_is_made_and_people_join_later(product: Product) -> None:
    await product.fail("user_batch_get_id", "server_error", times=2)
    incident = await product.fire("Down")

    assert (await product.incident(incident)).responders is None
    assert members(product, await product.chat(incident)) == set()
    await product.later(seconds=31)
    await product.later(seconds=31)
    await product.later(minutes=5)

    assert members(product, await product.chat(incident)) == {ALICE, BOB}
    assert (await product.incident(incident)).troubles == ()
    assert len(await lines(product, incident, Happening.TROUBLE)) == 1, "one trouble is told once"


def members(product: Product, chat: dict[str, Any]) -> set[str]:
    """The people of a group, by email."""
    emails = {product.id(email): email for email in (ALICE, BOB)}
    return {emails[member["id"]] for member in chat["members"] if member["id"] in emails}


async def test_p4_who_is_known_is_called_although_others_cannot_be_looked_up(product: Product, tmp_path: Path) -> None:
    team = f"""
people:
  alice: {{open_id: {product.id(ALICE)}}}
  bob: {{email: {BOB}}}
route: {{people: [alice, bob]}}
"""
    (tmp_path / "team.yaml").write_text(team, encoding="utf-8")
    await product.parts.team.reload()
    await product.fail("user_batch_get_id", "refuse", times=99, code=99991672)

    incident = await product.fire("Down")

    assert members(product, await product.chat(incident)) == {ALICE}


async def test_who_cannot_be_reached_is_on_the_timeline(product: Product, tmp_path: Path) -> None:
    (tmp_path / "team.yaml").write_text(
        "people: {rita: {email: resigned@example.com}}\nroute: {people: [rita]}\n", encoding="utf-8"
    )
    await product.parts.team.reload()

    incident = await product.fire("Down")

    (line,) = await lines(product, incident, Happening.TROUBLE)
    assert line.startswith("rita: ")


# -- the store ---------------------------------------------------------------------------------------------------------


async def test_a_store_that_goes_away_in_mid_pass_ends_it_and_a_later_pass_goes_on(
    product: Product, store_server: StoreServer
) -> None:
    incident, job = await opened(product)

    async def gone() -> None:
        store_server.kill()

    mailbox = Interrupted(product, lambda release=False, **_: release, gone)
    with pytest.raises(StoreAway):
        await reconcile_incident(incident, job, replace(product.runtime, mailbox=mailbox))
    store_server.start()
    await product.work()

    chats = (await product.control("state", "GET"))["chats"]
    assert len(chats) == 1
    assert (await product.incident(incident)).chat is not None


async def test_no_call_goes_out_before_its_intent_is_stored(product: Product) -> None:
    incident, job = await opened(product)
    calls_at_save: list[dict[str, int]] = []

    class Slow(Mailbox):
        async def save(self, *args: Any, **kwargs: Any) -> Saved:
            await asyncio.sleep(0.05)
            calls_at_save.append(await calls(product))
            return await super().save(*args, **kwargs)

    await reconcile_incident(incident, job, replace(product.runtime, mailbox=Slow(product.parts.connection)))

    assert calls_at_save[0] == {}
    assert calls_at_save[1] == {"chat_create": 1}


async def test_the_lease_is_asked_before_each_call(product: Product) -> None:
    incident, job = await opened(product)
    asked: list[JobId] = []

    def is_fresh(job: JobId) -> bool:
        asked.append(job)
        return len(asked) <= 2

    with pytest.raises(NotOurs):
        await reconcile_incident(incident, job, replace(product.runtime, lease_is_fresh=is_fresh))

    assert await calls(product) == {"chat_create": 1, "message_create": 1}


async def test_a_store_that_goes_away_before_the_first_call_ends_the_pass(
    product: Product, store_server: StoreServer
) -> None:
    incident, job = await opened(product)

    class Dying(Mailbox):
        async def save(self, *args: Any, **kwargs: Any) -> Saved:
            store_server.kill()
            return await super().save(*args, **kwargs)

    with pytest.raises(StoreAway):
        await reconcile_incident(incident, job, replace(product.runtime, mailbox=Dying(product.parts.connection)))
    assert await calls(product) == {}

    store_server.start()
    await product.work()
    assert (await product.incident(incident)).chat is not None


# -- what is asked of an umbrella --------------------------------------------------------------------------------------


async def test_what_is_folded_into_an_umbrella_while_it_is_closed_reopens_it(
    store_server: StoreServer, tmp_path: Path
) -> None:
    file = a_team_file(tmp_path, "route: {storm: {above: 1, steady: 10m}, chat: {countdown: 5m}}")
    async with product_on(store_server.url, data_dir=tmp_path, config_file=file) as product:
        for number in range(3):
            await product.post("/webhooks/alertmanager", webhook(f"Down{number}", groupKey=str(number)))
        await product.work()
        umbrella = next(stored.id for stored in await product.open() if stored.opening.is_umbrella)
        for number in range(3):
            over = webhook(an_alert(f"Down{number}", "resolved"), groupKey=str(number))
            await product.post("/webhooks/alertmanager", over)
        await product.later(minutes=9)
        assert (await product.incident(umbrella)).status is Status.FIRING

        async def another_storm() -> None:
            for name in ("Late", "Later", "Latest"):
                await product.post("/webhooks/alertmanager", webhook(name, groupKey=name))

        runtime = product.runtime
        product.runtime = replace(runtime, mailbox=ClosingOf(umbrella, product, another_storm))
        for _ in range(4):
            await product.later(minutes=5)
        product.runtime = runtime
        await product.work()

        folded = [stored.incident for stored in await product.open() if stored.incident and stored.incident.folded_in]
        assert [incident.folded_in for incident in folded] == [umbrella, umbrella]
        assert (await product.incident(umbrella)).status is Status.FIRING


async def test_what_is_asked_of_an_umbrella_is_passed_on_once_although_the_store_went_away_meanwhile(
    store_server: StoreServer, tmp_path: Path
) -> None:
    file = a_team_file(tmp_path, "route: {storm: {above: 1}}")
    async with product_on(store_server.url, data_dir=tmp_path, config_file=file) as product:
        for number in range(4):
            await product.post("/webhooks/alertmanager", webhook(f"Down{number}", groupKey=str(number)))
        await product.work()
        await product.later(seconds=10)
        umbrella = next(stored.id for stored in await product.open() if stored.opening.is_umbrella)
        await product.post(f"/api/v1/incidents/{umbrella}/ack")

        async def away() -> None:
            raise StoreAway("for a moment")

        failing = replace(product.runtime, mailbox=Interrupted(product, lambda **_: True, away))
        with pytest.raises(StoreAway):
            await reconcile_incident(umbrella, await owner(product, umbrella), failing)
        await product.work()

        folded = [stored for stored in await product.open() if stored.incident and stored.incident.folded_in]
        assert len(folded) == 3
        assert {stored.incident.status for stored in folded if stored.incident} == {Status.ACKNOWLEDGED}
        for stored in folded:
            assert len(await lines(product, stored.id, Happening.ACKNOWLEDGED)) == 1
        assert (await product.incident(umbrella)).orders == ()

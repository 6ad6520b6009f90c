"""The limiter, played in virtual time: the store's clock is moved, nobody waits."""

import asyncio
import heapq
import random
from collections.abc import Iterable, Sequence
from itertools import count
from typing import Any

import pytest

from alertbridge.core.quota import CALLER, Priority, QuotaWait
from alertbridge.store import quota
from alertbridge.store.buckets import Bucket, buckets
from alertbridge.store.connection import Connection
from alertbridge.store.errors import StoreAway
from alertbridge.store.keys import BLOCKED, CLOCK
from alertbridge.store.quota import Answer, Granted, Limiter, Request, Wait
from tests.store_server import StoreServer

API = "chat_create"


class VirtualTime:
    """The store's clock, in ms from the start of the test, as far as this test has moved it."""

    def __init__(self, raw: Any, limiter: Limiter) -> None:
        self._raw = raw
        self._limiter = limiter
        self.start = 0
        self.scripts = 0

    async def ask(self, at_ms: int, requests: Sequence[Request], **blocks: Any) -> tuple[int, Answer]:
        """Ask the limiter at `at_ms`, or a little later."""
        seconds, micros = await self._raw.time()
        real = seconds * 1000 + micros // 1000
        self.start = self.start or real
        await self._raw.set(CLOCK, self.start + at_ms - real)
        answer = await self._limiter.ask(requests, **blocks)
        self.scripts += 1
        return answer.now_ms - self.start, answer


@pytest.fixture
def limiter(connection: Connection) -> Limiter:
    return Limiter(connection)


@pytest.fixture
def clock(raw: Any, limiter: Limiter) -> VirtualTime:
    return VirtualTime(raw, limiter)


NAMES = count()


def a_request(
    operation: str = API,
    priority: Priority = Priority.UPDATE,
    *,
    chat: str | None = None,
    message: str | None = None,
    caller: str | None = None,
) -> Request:
    return Request(buckets(operation, chat, message), priority, caller or f"caller-{next(NAMES)}")


def some(many: int, *args: Any, **kwargs: Any) -> list[Request]:
    return [a_request(*args, **kwargs) for _ in range(many)]


def granted(answer: Answer) -> list[int]:
    return [decision.after_ms for decision in answer.decisions if isinstance(decision, Granted)]


def waiting(answer: Answer) -> list[int]:
    return [decision.after_ms for decision in answer.decisions if isinstance(decision, Wait)]


class FeishuWindows:
    """What Feishu counts: 50 calls in any second and 1,000 in any minute, by when they arrive."""

    def __init__(self, calls: Iterable[int]) -> None:
        self.calls = sorted(calls)

    def refused(self) -> int:
        return sum(
            self.calls[i] - self.calls[i - limit] < span
            for limit, span in ((50, 1_000), (1_000, 60_000))
            for i in range(limit, len(self.calls))
        )


class Play:
    """Callers that ask, come back when they are told to, and call: who called when, in ms."""

    STEP_MS = 10
    BATCH = 100

    def __init__(self, clock: VirtualTime) -> None:
        self._clock = clock
        self._agenda: list[tuple[int, int, Request]] = []
        self._order = count()
        self.sent: dict[Request, int] = {}

    def at(self, ms: int, requests: Iterable[Request]) -> None:
        for request in requests:
            heapq.heappush(self._agenda, (ms, next(self._order), request))

    async def run(self) -> None:
        while self._agenda:
            now = self._agenda[0][0]
            batch: list[Request] = []
            while self._agenda and self._agenda[0][0] < now + self.STEP_MS and len(batch) < self.BATCH:
                batch.append(heapq.heappop(self._agenda)[-1])
            now, answer = await self._clock.ask(now, batch)
            for request, decision in zip(batch, answer.decisions, strict=True):
                if isinstance(decision, Wait):
                    self.at(now + decision.after_ms, [request])
                else:
                    self.sent[request] = now + decision.after_ms
                    self.called(request, self.sent[request])

    def called(self, request: Request, at: int) -> None:
        """For plays in which one call leads to the next."""


async def test_an_idle_api_lets_a_call_out_at_once(clock: VirtualTime) -> None:
    _, answer = await clock.ask(0, some(1))

    assert answer.decisions == (Granted(0),)


async def test_forty_five_calls_go_at_once_the_next_ones_a_second_later_the_rest_comes_back(clock: VirtualTime) -> None:
    _, answer = await clock.ask(0, some(100))

    assert granted(answer) == [0] * 45 + [1_000] * 45
    assert waiting(answer) == [1_500] * 10, "half a second before their slot at 2 s"


async def test_those_who_wait_are_asked_back_one_second_after_the_other_not_all_at_once(clock: VirtualTime) -> None:
    _, answer = await clock.ask(0, some(500))

    assert waiting(answer) == [1_500 + 1_000 * (i // 45) for i in range(410)]


async def test_those_who_wait_for_the_next_minutes_are_asked_back_then(clock: VirtualTime) -> None:
    _, answer = await clock.ask(0, some(2_500))

    assert waiting(answer)[910] >= 60_000, "the first thousand has this minute"
    assert waiting(answer)[-1] >= 2 * 61_000 + 8_000, "500 of the third minute need some seconds"
    assert waiting(answer) == sorted(waiting(answer))


async def test_the_minute_is_kept_as_well_as_the_second(clock: VirtualTime) -> None:
    play = Play(clock)
    play.at(0, some(1_500))

    await play.run()

    assert sum(call < 60_000 for call in play.sent.values()) == 1_000
    assert max(play.sent.values()) < 75_000, "the last 500 need 11 s of the second minute"
    assert not FeishuWindows(play.sent.values()).refused()


async def test_slots_of_one_chat_and_its_api_are_taken_together(clock: VirtualTime) -> None:
    _, answer = await clock.ask(0, some(11, "message_create", chat="oc_1"))
    assert granted(answer) == [0] * 5
    assert waiting(answer) == [600] * 5 + [1_700], "five messages to one chat in 1.1 s"

    _, others = await clock.ask(0, some(40, "message_create", chat="oc_2")[:5] + some(35, "message_create"))
    assert granted(others) == [0] * 40, "who waits for a chat holds nothing of the API"


async def test_calls_with_a_later_slot_do_not_delay_those_of_other_chats(clock: VirtualTime) -> None:
    await clock.ask(0, some(5, "message_patch", message="om_1"))
    _, late = await clock.ask(300, some(5, "message_patch", message="om_1"))
    assert granted(late) == [pytest.approx(800, abs=200)] * 5

    _, now = await clock.ask(400, some(30, "message_patch", message=None))
    assert granted(now) == [0] * 30


async def test_a_card_is_edited_five_times_a_second_at_most(clock: VirtualTime) -> None:
    _, answer = await clock.ask(0, some(6, "message_patch", message="om_1"))

    assert granted(answer) == [0] * 5
    assert len(waiting(answer)) == 1


@pytest.mark.parametrize(
    ("operation", "many"),
    [
        ("docx_announcement_block_children_create", 5),
        ("docx_announcement_blocks_list", 10),
        ("docx_announcement_get", 20),
        ("chat_get", 45),
    ],
)
async def test_an_app_may_call_so_often_at_once(clock: VirtualTime, operation: str, many: int) -> None:
    _, answer = await clock.ask(0, some(many + 1, operation))

    assert granted(answer)[:many] == [0] * many
    assert granted(answer)[many:] != [0]


async def test_the_three_writes_of_an_announcement_share_one_window(clock: VirtualTime) -> None:
    await clock.ask(0, some(3, "docx_announcement_block_children_create", chat="oc_1"))
    _, answer = await clock.ask(0, some(3, "docx_announcement_blocks_batch_update", chat="oc_2"))

    assert granted(answer) == [0] * 2


async def test_one_announcement_takes_three_edits_a_second(clock: VirtualTime) -> None:
    _, answer = await clock.ask(0, some(4, "docx_announcement_blocks_batch_update", chat="oc_1"))

    assert granted(answer) == [0] * 3


async def test_a_lower_class_leaves_the_slots_that_a_higher_one_waits_for(clock: VirtualTime) -> None:
    first = some(135, API, Priority.FIRST_CARD)
    _, answer = await clock.ask(0, first)
    assert len(waiting(answer)) == 45

    now, decoration = await clock.ask(1_400, some(10, API, Priority.DECORATION))
    assert granted(decoration) == [], f"the slots at 2 s are kept, asked at {now}"

    _, cards = await clock.ask(1_500, first[90:])
    assert granted(cards) == [pytest.approx(500, abs=100)] * 45


async def test_a_page_does_not_wait_for_those_below_it(clock: VirtualTime) -> None:
    await clock.ask(0, some(500, API, Priority.FIRST_CARD))

    _, page = await clock.ask(1_100, [a_request(API, Priority.PAGE)])

    assert granted(page) == [pytest.approx(900, abs=100)], "the first slot that is not given away"


async def test_within_a_class_who_came_first_goes_first(clock: VirtualTime) -> None:
    early = some(100, API)
    await clock.ask(0, early)

    _, fresh = await clock.ask(1_400, some(45, API))
    _, back = await clock.ask(1_500, early[90:])

    assert granted(back) == [pytest.approx(500, abs=100)] * 10
    assert len(granted(fresh)) == 35


async def test_a_place_is_not_kept_for_ever(clock: VirtualTime) -> None:
    await clock.ask(0, some(500, API, Priority.PAGE))

    _, answer = await clock.ask(20_000, some(45, API, Priority.DECORATION))

    assert granted(answer) == [0] * 45


async def test_who_waits_far_ahead_does_not_hold_slots_that_are_free_now(clock: VirtualTime) -> None:
    for second in range(23):
        await clock.ask(second * 1_000, some(45, API, Priority.UPDATE))
    _, blocked = await clock.ask(23_000, some(300, API, Priority.UPDATE))
    assert len(waiting(blocked)) == 300
    assert min(waiting(blocked)) > 30_000

    _, other = await clock.ask(23_000, some(20, "chat_get", Priority.DECORATION))

    assert granted(other) == [0] * 20


async def test_a_waiting_call_that_asks_too_early_keeps_its_place(clock: VirtualTime) -> None:
    _, answer = await clock.ask(0, [*some(90), *some(45), last := a_request()])
    assert waiting(answer)[-1] == 2_500

    _, again = await clock.ask(100, [last])
    assert waiting(again) == [pytest.approx(2_400, abs=100)]


async def test_a_block_stops_the_operation_for_everybody_until_its_end(clock: VirtualTime, raw: Any) -> None:
    stopped = dict.fromkeys(buckets(API, None, None), 5000)
    await clock.ask(0, [], blocks=stopped)

    _, other_worker = await clock.ask(100, [a_request(), a_request("chat_get")])
    assert waiting(other_worker) == [pytest.approx(4_400, abs=100)]
    assert granted(other_worker) == [0]
    assert list(other_worker.blocked) == [f"api:{API}"]

    _, after = await clock.ask(5_100, [a_request()])
    assert granted(after) == [0]
    assert not after.blocked
    assert not await raw.exists(BLOCKED)


async def test_a_shorter_block_does_not_end_a_longer_one(clock: VirtualTime) -> None:
    (bucket,) = buckets(API, None, None)
    await clock.ask(0, [], blocks={bucket: 9_000})
    _, answer = await clock.ask(0, [], blocks={bucket: 1_000})

    assert answer.blocked[bucket.name] == pytest.approx(9_000, abs=100)


async def test_a_clock_that_was_set_back_delays_a_call_by_two_windows_at_most(clock: VirtualTime) -> None:
    await clock.ask(10_000_000, some(45))

    _, answer = await clock.ask(0, some(1))

    assert waiting(answer) == [1_500]


async def test_a_refusal_stops_what_the_app_shares_and_not_a_chat(limiter: Limiter) -> None:
    await limiter.block("docx_announcement_blocks_batch_update", 3)
    await limiter.block("message_create", 3)

    answer = await limiter.ask([])

    assert sorted(answer.blocked) == ["api:message_create", "docx:write"]


async def test_calls_that_start_together_ask_together(limiter: Limiter, raw: Any) -> None:
    await limiter.ask([])
    before = (await raw.info("commandstats"))["cmdstat_evalsha"]["calls"]

    async with asyncio.TaskGroup() as group:
        for operation in (
            "chat_get",
            "chat_tabs_create",
            "chat_menu_tree_create",
            "chat_top_notice_put",
            "chat_update",
        ):
            group.create_task(limiter.take(operation, "oc_1", None, Priority.DECORATION))

    assert (await raw.info("commandstats"))["cmdstat_evalsha"]["calls"] == before + 1


async def test_the_most_urgent_of_those_who_ask_together_goes_first(limiter: Limiter) -> None:
    await limiter.ask(some(43))

    tasks = [asyncio.create_task(limiter.take(API, None, None, priority)) for priority in reversed(Priority)]
    await asyncio.wait(tasks[2:])

    assert [task.done() for task in tasks] == [False, False, True, True], "two slots were left of this second"
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


async def test_calls_of_one_api_leave_a_few_at_a_time_although_all_have_their_slots(
    limiter: Limiter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quota, "_ABREAST_SECONDS", 60)
    tasks = [asyncio.create_task(limiter.take(API, None, None, Priority.UPDATE)) for _ in range(12)]

    await asyncio.wait(tasks[:5])
    await limiter.take("chat_get", None, None, Priority.UPDATE)

    assert [task.done() for task in tasks] == [True] * 5 + [False] * 7, "another API has its own way"
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


async def test_who_cannot_go_within_a_second_learns_how_long_to_wait(limiter: Limiter) -> None:
    await limiter.ask(some(90))

    with pytest.raises(QuotaWait) as caught:
        await limiter.take(API, None, None, Priority.UPDATE)

    assert 1 < caught.value.wait_seconds < 2


async def test_an_incident_keeps_its_place_between_two_wakes(limiter: Limiter, clock: VirtualTime) -> None:
    CALLER.set("incident-1")
    await clock.ask(0, some(90, API, Priority.UPDATE))
    with pytest.raises(QuotaWait):
        await limiter.take(API, None, None, Priority.UPDATE)
    await clock.ask(0, some(60, API, Priority.UPDATE))

    _, answer = await clock.ask(1_500, [a_request(API, Priority.UPDATE, caller="incident-1")])

    assert granted(answer) == [pytest.approx(500, abs=100)]


async def test_a_caller_that_sleeps_toward_its_slot_sees_a_block_that_came_meanwhile(limiter: Limiter) -> None:
    await limiter.ask(some(45))
    sleeper = asyncio.create_task(limiter.take(API, None, None, Priority.UPDATE))
    await limiter.take("chat_get", None, None, Priority.UPDATE)  # has its answer after the sleeper
    await limiter.block(API, 30)

    with pytest.raises(QuotaWait) as caught:
        await sleeper

    assert caught.value.wait_seconds > 20


async def test_a_cancelled_caller_leaves_the_others_their_answers(limiter: Limiter) -> None:
    tasks = [asyncio.create_task(limiter.take("chat_get", None, None, Priority.UPDATE)) for _ in range(5)]
    await asyncio.sleep(0)
    tasks[0].cancel()

    results = await asyncio.gather(*tasks, return_exceptions=True)

    assert isinstance(results[0], asyncio.CancelledError)
    assert results[1:] == [None] * 4


async def test_without_a_store_everybody_who_asked_is_told(limiter: Limiter, store_server: StoreServer) -> None:
    store_server.kill()

    results = await asyncio.gather(
        *(limiter.take("chat_get", None, None, Priority.UPDATE) for _ in range(5)), return_exceptions=True
    )

    assert [type(result) for result in results] == [StoreAway] * 5


@pytest.mark.parametrize("seed", range(5))
async def test_p7_no_window_is_ever_exceeded_whatever_is_asked_in_whatever_order(clock: VirtualTime, seed: int) -> None:
    chance = random.Random(seed)
    play = Play(clock)
    operations = ("message_create", "message_create", "message_patch", "docx_announcement_blocks_batch_update", API)
    for at in sorted(chance.randrange(30_000) for _ in range(1_500)):
        subject = f"subject-{chance.randrange(8)}"
        operation, priority = chance.choice(operations), chance.choice(list(Priority))
        play.at(at, [a_request(operation, priority, chat=subject, message=subject)])

    await play.run()

    sent: dict[Bucket, list[int]] = {}
    for request, at in play.sent.items():
        for bucket in request.buckets:
            sent.setdefault(bucket, []).append(at)
    assert len(play.sent) == 1_500
    for bucket, calls in sent.items():
        calls.sort()
        for window in bucket.windows:
            apart = [later - earlier for earlier, later in zip(calls, calls[window.limit :], strict=False)]
            assert min(apart, default=window.span_ms) >= window.span_ms, bucket.name


def test_only_calls_that_name_a_chat_or_card_count_there() -> None:
    assert [bucket.name for bucket in buckets("message_create", None, None)] == ["api:message_create"]
    assert [bucket.name for bucket in buckets("message_create", "ou_1", None)] == ["api:message_create", "chat:ou_1"]
    assert [bucket.name for bucket in buckets("pin_create", None, "om_1")] == ["api:pin_create", "pin:om_1"]


class Storm(Play):
    """Incidents that start in the same moment, each with its chain of calls."""

    STAGES = (
        ((API, Priority.FIRST_CARD),),
        (("message_create", Priority.FIRST_CARD),),
        (
            ("chat_top_notice_put", Priority.FIRST_CARD),
            ("chat_managers_add", Priority.UPDATE),
            ("chat_tabs_create", Priority.DECORATION),
            ("chat_menu_tree_create", Priority.DECORATION),
            ("chat_announcement_patch", Priority.DECORATION),
        ),
    )
    LATENCY_MS = 50

    def __init__(self, clock: VirtualTime, incidents: int) -> None:
        super().__init__(clock)
        self._stage: dict[Request, int] = {}
        for incident in range(incidents):
            self._begin(0, str(incident), 0)

    def _begin(self, at: int, incident: str, stage: int) -> None:
        for operation, priority in self.STAGES[stage]:
            request = a_request(operation, priority, chat=f"oc_{incident}", caller=f"{incident}/{operation}")
            self._stage[request] = stage
            self.at(at, [request])

    def called(self, request: Request, at: int) -> None:
        """The answer of a call that all others of its incident wait for begins the next stage."""
        stage = self._stage[request]
        if len(self.STAGES[stage]) == 1:
            self._begin(at + self.LATENCY_MS, request.caller.split("/")[0], stage + 1)

    def sent_by(self, operation: str) -> list[int]:
        return [at for request, at in self.sent.items() if request.buckets[0].name == f"api:{operation}"]


BEST_POSSIBLE_MS = 19_150
"""1,000 calls of one API at 50/s: the last goes at 19 s, and three calls of 50 ms follow each other."""
FIRST_CARD_AT_BEST_MS = 19_100


async def test_p7_a_thousand_incidents_at_once_stay_within_every_window_and_near_the_best_possible(
    clock: VirtualTime,
) -> None:
    storm = Storm(clock, 1_000)

    await storm.run()

    operations = [operation for stage in Storm.STAGES for operation, _ in stage]
    assert [len(storm.sent_by(operation)) for operation in operations] == [1_000] * 7
    assert [FeishuWindows(storm.sent_by(operation)).refused() for operation in operations] == [0] * 7
    assert BEST_POSSIBLE_MS / (max(storm.sent.values()) + Storm.LATENCY_MS) >= 0.8
    assert FIRST_CARD_AT_BEST_MS / (max(storm.sent_by("message_create")) + Storm.LATENCY_MS) >= 0.8


async def test_p7_under_a_storm_the_first_cards_go_before_the_edits_of_other_groups(clock: VirtualTime) -> None:
    play = Play(clock)
    cards = some(300, "message_create", Priority.FIRST_CARD)
    before, after = (some(100, "message_create", Priority.UPDATE) for _ in range(2))
    play.at(0, before)
    play.at(50, cards)
    play.at(100, after)

    await play.run()

    last_card = max(play.sent[card] for card in cards)
    assert last_card <= 8_200, "90 edits had their slots when the 300 cards came; at 45/s those need 7 s"
    assert sum(play.sent[edit] < last_card for edit in [*before, *after]) <= 90 + 45
    assert max(play.sent.values()) <= 12_500, "and nobody waits longer than all of them together need"


def test_a_bucket_of_two_windows_lists_the_shorter_first() -> None:
    operations = ("chat_create", "message_create", "docx_announcement_get", "docx_announcement_blocks_batch_update")
    for bucket in (bucket for operation in operations for bucket in buckets(operation, "oc", "om")):
        spans = [window.span_ms for window in bucket.windows]
        limits = [window.limit for window in bucket.windows]
        assert spans == sorted(spans)
        assert limits == sorted(limits)

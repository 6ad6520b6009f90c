"""The senders' doors, row by row of the ingest contract: what is answered decides what a sender does next."""

import asyncio
import gzip
import hmac
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from hashlib import sha256
from typing import Any

import pytest
from aiohttp import encode_basic_auth
from pydantic import SecretStr

from alertbridge.web.room import BODIES_IN_FLIGHT_BYTES, BODY_BYTES, BodyRoom
from tests.store_server import StoreServer
from tests.web.service import Service, an_alert, push, sample, service_on, settings_for, webhook

WEBHOOKS = ("/webhooks/alertmanager", "/webhooks/grafana")
PUSHES = ("/api/v2/alerts", "/api/v1/alerts")
DOORS = [(path, webhook("Down")) for path in WEBHOOKS] + [(path, push("Down")) for path in PUSHES]
TOKENS = {"prometheus": SecretStr("first secret"), "grafana": SecretStr("second secret")}


@pytest.fixture
async def guarded(store_server: StoreServer) -> AsyncIterator[Service]:
    """Give a web process that asks for tokens."""
    async with service_on(store_server.url, settings_for(ingest_token=TOKENS)) as running:
        yield running


@asynccontextmanager
async def sending_slowly(service: Service, length: int, sent: bytes = b"") -> AsyncIterator[asyncio.StreamReader]:
    """Announce a body of `length` bytes and send no more than `sent` of it."""
    port = service.client.port
    assert port is not None
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"POST {WEBHOOKS[0]} HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n".encode() + sent)
    await writer.drain()
    yield reader
    writer.close()
    await writer.wait_closed()


# -- 200 ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize(("path", "body"), DOORS)
async def test_every_door_takes_alerts_with_and_without_a_slash_and_never_redirects(
    service: Service, path: str, body: bytes, slash: str
) -> None:
    status, said = await service.post(path + slash, body)

    assert (status, said["status"]) == (200, "ok")
    assert await service.held() == 1


async def test_legacy_grafana_may_put(service: Service) -> None:
    async with service.client.put("/webhooks/grafana", data=sample("grafana_legacy_alerting")) as answer:
        assert answer.status == 200
    async with service.client.put("/webhooks/grafana/", data=sample("grafana_legacy_alerting")) as answer:
        assert answer.status == 200

    assert await service.held() == 1


async def test_a_webhook_is_told_how_many_alerts_were_taken(service: Service) -> None:
    assert await service.post(WEBHOOKS[0], webhook("A", "B")) == (
        200,
        {"status": "ok", "alerts": 2, "refused": 0, "dropped": 0},
    )


@pytest.mark.parametrize(
    ("path", "body"), [(WEBHOOKS[0], webhook()), (WEBHOOKS[1], webhook()), (PUSHES[0], push()), (PUSHES[1], push())]
)
async def test_a_request_without_alerts_is_taken(service: Service, path: str, body: bytes) -> None:
    status, _ = await service.post(path, body)

    assert status == 200
    assert await service.open() == ()


async def test_the_same_notification_again_is_taken_and_changes_nothing(service: Service) -> None:
    for _ in range(3):
        assert (await service.post(WEBHOOKS[0], webhook("Down")))[0] == 200

    (stored,) = await service.open()
    assert stored.waiting == 1


async def test_the_same_body_from_two_senders_is_two_problems(guarded: Service) -> None:
    for name, token in TOKENS.items():
        headers = {"Authorization": f"Bearer {token.get_secret_value()}"}
        assert (await guarded.post(WEBHOOKS[0], webhook("Down"), headers=headers))[0] == 200, name

    assert [stored.opening.integration for stored in await guarded.open()] == ["prometheus", "grafana"]


async def test_the_same_push_for_two_tenants_is_two_problems(service: Service) -> None:
    for tenant in ("red", "blue"):
        assert (await service.post(PUSHES[0], push("Down"), headers={"X-Scope-OrgID": tenant}))[0] == 200

    assert [stored.opening.tenant for stored in await service.open()] == ["red", "blue"]


async def test_a_tenant_that_is_no_unicode_does_not_break_anything(service: Service) -> None:
    body = push("Down")
    head = f"POST {PUSHES[0]} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {len(body)}\r\n"

    answer = await service.raw(head.encode() + b"X-Scope-OrgID: r\xffd\r\n\r\n" + body)

    assert answer.startswith(b"HTTP/1.1 200 ")
    assert await service.held() == 1


async def test_a_test_notification_is_counted_and_opens_nothing(service: Service) -> None:
    counted = 'alertbridge_notifications_total{source="grafana"} '
    before = await figure(service, counted)

    status, _ = await service.post(WEBHOOKS[1], sample("grafana_test_notification"))

    assert status == 200
    assert await service.open() == ()
    assert await figure(service, counted) == before + 1


async def figure(service: Service, name: str) -> float:
    _, text = await service.get("/metrics")
    found = re.search("^" + re.escape(name) + "(.*)$", text, re.MULTILINE)
    return float(found[1]) if found else 0.0


# -- P1 ----------------------------------------------------------------------------------------------------------------


async def test_p1_what_got_200_is_in_the_store_after_kill_9(service: Service, store_server: StoreServer) -> None:
    taken: list[str] = []
    refused: list[str] = []

    async def send(name: str) -> None:
        status, _ = await service.post(WEBHOOKS[0], webhook(name, groupKey=name, groupLabels={"n": name}))
        assert status in (200, 503)
        (taken if status == 200 else refused).append(name)
        if len(taken) == 100:
            store_server.kill()

    await asyncio.gather(*(send(f"alert-{number}") for number in range(400)))
    store_server.start()
    opened = {stored.opening.group_labels["n"] for stored in await service.open() if not stored.opening.is_umbrella}

    assert refused, "the store was killed in the middle"
    assert set(taken) <= opened


async def test_p1_while_the_store_is_away_nothing_is_acknowledged_and_afterwards_it_goes_on(
    service: Service, store_server: StoreServer
) -> None:
    store_server.kill()
    for path, body in DOORS:
        status, said = await service.post(path, body)
        assert status == 503
        assert "send it again" in said["detail"]

    store_server.start()

    assert (await service.post(*DOORS[0]))[0] == 200
    assert await service.held() == 1


async def test_p1_before_the_team_file_is_in_force_nothing_is_taken(store_server: StoreServer) -> None:
    async with service_on(store_server.url, settings_for(), is_started=lambda: False) as starting:
        for path, body in DOORS:
            status, said = await starting.post(path, body)
            assert status == 503
            assert "starting" in said["detail"]
        assert await starting.held() == 0


async def test_p1_an_answer_that_a_replica_lacks_is_503(store_server: StoreServer) -> None:
    async with service_on(store_server.url, settings_for(redis_replicas=1)) as lonely:
        status, said = await lonely.post(*DOORS[0])

    assert status == 503
    assert "0 of 1 replicas" in said["detail"]


# -- 400 ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [*WEBHOOKS, *PUSHES])
@pytest.mark.parametrize(
    "body", [b"", b"down", b"\xff\xfe", b'{"alerts": [', b"null", b"7", b'"text"', b"{}", b"[" * 100_000, b"[1e999999]"]
)
async def test_a_body_that_can_never_succeed_is_400_or_says_nothing_and_never_500(
    service: Service, path: str, body: bytes
) -> None:
    status, said = await service.post(path, body)

    assert status == 400
    assert said["detail"]
    assert await service.open() == ()


@pytest.mark.parametrize("path", WEBHOOKS)
async def test_a_bare_array_at_a_webhook_is_told_where_it_belongs(service: Service, path: str) -> None:
    status, said = await service.post(path, sample("prom_firing"))

    assert status == 400
    assert "/api/v2/alerts" in said["detail"]


@pytest.mark.parametrize("path", PUSHES)
async def test_a_webhook_at_the_push_door_is_told_where_it_belongs(service: Service, path: str) -> None:
    status, said = await service.post(path, sample("am_life1_firing"))

    assert status == 400
    assert "/webhooks/alertmanager" in said["detail"]


@pytest.mark.parametrize("path", WEBHOOKS)
async def test_one_bad_alert_among_good_ones_does_not_keep_a_webhook_from_200(service: Service, path: str) -> None:
    status, said = await service.post(path, webhook("A", {"labels": 7}, "B"))

    assert status == 200
    assert (said["alerts"], said["refused"]) == (2, 1)
    assert await service.held() == 2


@pytest.mark.parametrize("path", PUSHES)
async def test_one_bad_alert_among_good_ones_makes_a_push_400_and_the_others_are_stored(
    service: Service, path: str
) -> None:
    status, said = await service.post(path, push("A", {"labels": {}}, "B"))

    assert status == 400
    assert said["detail"].startswith("alerts[1]: ")
    assert await service.held() == 2


async def test_a_body_that_says_it_is_packed_and_is_not_is_400(service: Service) -> None:
    status, _ = await service.post(*DOORS[0], headers={"Content-Encoding": "gzip"})

    assert status == 400


@pytest.mark.parametrize("path", [path for path, _ in DOORS])
async def test_another_method_is_405(service: Service, path: str) -> None:
    assert (await service.get(path))[0] == 405


# -- 413 and 503 -------------------------------------------------------------------------------------------------------


async def test_a_body_of_32_mib_is_taken(service: Service) -> None:
    body = webhook("Down")
    body += b" " * (BODY_BYTES - len(body))

    assert (await service.post(WEBHOOKS[0], body))[0] == 200
    assert (await service.post(PUSHES[0], push("Down") + b" " * (BODY_BYTES - 100)))[0] == 200


async def test_a_packed_body_is_unpacked(service: Service) -> None:
    status, _ = await service.post(WEBHOOKS[0], gzip.compress(webhook("Down")), headers={"Content-Encoding": "gzip"})

    assert status == 200
    assert await service.held() == 1


@pytest.mark.parametrize("length", [BODY_BYTES + 1, 2 * BODIES_IN_FLIGHT_BYTES])
async def test_a_larger_body_is_413_and_is_not_waited_for(service: Service, length: int) -> None:
    async with sending_slowly(service, length) as answer:
        head = await answer.readuntil(b"\r\n")

    assert head.startswith(b"HTTP/1.1 413 ")


async def test_a_larger_body_of_unknown_length_is_413(service: Service) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(33):
            yield b" " * (1 << 20)

    async with service.client.post(WEBHOOKS[0], data=chunks()) as answer:
        assert answer.status == 413
        assert "fewer alerts" in (await answer.json(content_type=None))["detail"]


async def test_a_small_packed_body_that_swells_beyond_the_limit_is_413(service: Service) -> None:
    bomb = gzip.compress(b" " * (BODY_BYTES + 1))

    status, _ = await service.post(WEBHOOKS[0], bomb, headers={"Content-Encoding": "gzip"})

    assert status == 413


async def test_more_than_fits_at_once_is_503_and_room_comes_back(store_server: StoreServer) -> None:
    _, body = DOORS[0]
    room = BodyRoom(bytes_at_once=2 * len(body))
    async with service_on(store_server.url, settings_for(), bodies=room) as service:
        async with sending_slowly(service, BODY_BYTES, b" " * (len(body) + 1)):
            status, said = await until(service, 503)
            assert (status, said["status"]) == (503, 503)
            assert "at once" in said["detail"]

        status, _ = await until(service, 200)
        assert status == 200


async def test_connections_that_announce_much_and_send_nothing_shut_nobody_out(service: Service) -> None:
    async with AsyncExitStack() as crowd:
        for _ in range(2 * BODIES_IN_FLIGHT_BYTES // BODY_BYTES):
            await crowd.enter_async_context(sending_slowly(service, BODY_BYTES))
        for _ in range(5):
            assert (await service.post(*DOORS[0]))[0] == 200


async def test_a_body_that_does_not_arrive_is_503_and_its_place_is_free_again(store_server: StoreServer) -> None:
    room = BodyRoom(bytes_at_once=1_000, read_seconds=0.2)
    async with service_on(store_server.url, settings_for(), bodies=room) as service:
        async with sending_slowly(service, BODY_BYTES, b" " * 999) as answer:
            head = await answer.readuntil(b"\r\n")
        assert head.startswith(b"HTTP/1.1 503 ")
        assert (await service.post(*DOORS[0]))[0] == 200


async def until(service: Service, wanted: int) -> tuple[int, Any]:
    """Send until the answer is `wanted`: the server has seen what other connections began, or that they ended."""
    async with asyncio.timeout(20):
        while True:
            answer = await service.post(*DOORS[0])
            if answer[0] == wanted:
                return answer


# -- 401 ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("path", "body"), DOORS)
async def test_without_a_token_a_guarded_door_stays_shut(guarded: Service, path: str, body: bytes) -> None:
    status, said = await guarded.post(path, body)

    assert status == 401
    assert "token" in said["detail"]
    assert await guarded.open() == ()


def signed(body: bytes, secret: str) -> dict[str, str]:
    return {"X-Grafana-Alerting-Signature": hmac.new(secret.encode(), body, sha256).hexdigest()}


@pytest.mark.parametrize(
    "shown",
    [
        {"headers": {"Authorization": "Bearer second secret"}},
        {"headers": {"authorization": "Token second secret"}},
        {"headers": {"Authorization": encode_basic_auth("anybody", "second secret")}},
        {"params": {"token": "second secret"}},
        {"headers": signed(webhook("Down"), "second secret")},
    ],
    ids=["bearer", "any scheme", "basic", "query", "signature"],
)
async def test_a_token_opens_the_door_however_it_is_shown_and_names_the_sender(
    guarded: Service, shown: dict[str, Any]
) -> None:
    status, said = await guarded.post(WEBHOOKS[1], webhook("Down"), **shown)

    assert status == 200, said
    assert [stored.opening.integration for stored in await guarded.open()] == ["grafana"]


@pytest.mark.parametrize(
    "shown",
    [
        {"headers": {"Authorization": "Bearer first secre"}},
        {"headers": {"Authorization": encode_basic_auth("first secret", "wrong")}},
        {"params": {"token": "wrong"}},
        {"headers": {"Authorization": "Basic %%%"}},
        {"headers": signed(webhook("Other"), "second secret")},
        {"headers": {"X-Grafana-Alerting-Signature": "no hex"}},
    ],
)
async def test_a_wrong_token_is_401_and_the_answer_tells_no_secret(guarded: Service, shown: dict[str, Any]) -> None:
    async with guarded.client.post(WEBHOOKS[1], data=webhook("Down"), **shown) as answer:
        said = await answer.text()

    assert answer.status == 401
    assert "first" not in said
    assert "second" not in said
    assert "secre" not in said.replace("secret of Grafana", "").replace("as the secret", "")
    assert await guarded.open() == ()


async def test_a_large_body_is_read_beside_others_and_checked_all_the_same(guarded: Service) -> None:
    body = webhook(*(an_alert("Down", instance=f"host-{number}", padding="x" * 400) for number in range(4_000)))
    assert len(body) > 1 << 20

    assert (await guarded.post(WEBHOOKS[0], body))[0] == 401
    assert (await guarded.post(WEBHOOKS[0], body, headers={"Authorization": "Bearer first secret"}))[0] == 200
    assert (await guarded.post(WEBHOOKS[0], b"[" * (2 << 20), headers={"Authorization": "Bearer first secret"}))[
        0
    ] == 400
    assert await guarded.held() == 4_000

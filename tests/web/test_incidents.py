"""Incidents for programs: listed, looked up, acted on."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import encode_basic_auth
from pydantic import SecretStr

from alertbridge.core.incidents.incident import Status
from alertbridge.core.severity import Severity
from tests.store_server import StoreServer
from tests.web.service import Product, Service, an_alert, service_on, settings_for, webhook

API = "/api/v1/incidents"
ADMIN = "the admin's"


@pytest.fixture
async def guarded(store_server: StoreServer) -> AsyncIterator[Service]:
    """Give a web process with an admin token."""
    async with service_on(store_server.url, settings_for(admin_token=SecretStr(ADMIN))) as running:
        yield running


async def listed(service: Service, query: str = "") -> list[dict[str, Any]]:
    status, said = await service.get(API + query)
    assert status == 200
    incidents: list[dict[str, Any]] = said["incidents"]
    return incidents


async def test_nothing_is_open(service: Service) -> None:
    assert await listed(service) == []
    assert await listed(service, "?closed=true") == []


async def test_the_worst_is_first_and_what_nobody_has_looked_at_is_before_it(product: Product) -> None:
    await product.fire(an_alert("Mild", severity="info"), groupKey="1")
    await product.fire(an_alert("Bad", severity="critical"), groupKey="2")
    await product.post("/webhooks/alertmanager", webhook("New", groupKey="3"))

    incidents = await listed(product)

    assert [one.get("title") for one in incidents] == [None, "Bad", "Mild"]
    assert [one["status"] for one in incidents] == ["opening", "firing", "firing"]
    assert [one["number"] for one in incidents] == [3, 2, 1]


async def test_one_is_found_by_id_and_by_number_and_told_with_its_timeline(product: Product) -> None:
    incident = await product.fire(an_alert("Down", severity="critical", cluster="eu"))
    chat = (await product.incident(incident)).chat
    assert chat is not None

    by_id, by_number, by_label = [await product.get(f"{API}/{name}") for name in (incident, "1", "%231")]

    assert by_id == by_number == by_label
    status, one = by_id
    assert status == 200
    assert (one["id"], one["number"], one["severity"], one["title"]) == (incident, 1, "P1", "Down")
    assert one["alerts"] == {"firing": 1, "total": 1}
    assert one["chat_id"] == chat.id
    assert one["share_link"] == chat.share_link
    assert one["troubles"] == []
    assert [line["what"] for line in one["timeline"]][:2] == ["opened", "alerts"]
    assert "chat_created" in [line["what"] for line in one["timeline"]]
    assert one["timeline"][0]["told"]["en"].endswith(one["route"]), "in words, too"


async def test_what_feishu_does_not_do_is_told(product: Product) -> None:
    await product.fail("chat_create", "server_error", times=99)
    incident = await product.fire("Down")

    _, one = await product.get(f"{API}/{incident}")

    assert one["chat_id"] is None
    assert one["troubles"]


@pytest.mark.parametrize(
    "name", ["01NOTHERE", "7", "%23", "9" * 4_500, "%D9%A1", "..%2F..%2Fteam", "%00", "%F0%9F%92%A5"]
)
async def test_what_is_not_there_is_404(service: Service, name: str) -> None:
    await service.post("/webhooks/alertmanager", webhook("Down"))

    assert (await service.get(f"{API}/{name}"))[0] == 404
    assert (await service.post(f"{API}/{name}/ack"))[0] == 404


async def test_what_came_to_its_end_is_listed_apart(product: Product) -> None:
    await over(product)
    await product.fire("Other", groupKey="other")

    assert [one["title"] for one in await listed(product)] == ["Other"]
    (closed,) = await listed(product, "?closed=true")
    assert (closed["title"], closed["status"]) == ("Down", "closed")
    assert closed["ended_at"] is not None


async def test_one_that_fires_after_the_end_is_told_with_the_one_before_and_that_one_with_it(product: Product) -> None:
    before = await over(product)
    after = await product.fire("Down")

    _, new = await product.get(f"{API}/{after}")
    _, old = await product.get(f"{API}/{before}")

    assert (new["earlier"], new["later"]) == ({"id": before, "number": 1}, None)
    assert (old["earlier"], old["later"]) == (None, {"id": after, "number": 2})
    assert new["timeline"][1]["told"]["en"] == "Same source as #1, which is closed"


async def over(product: Product) -> str:
    """Let an incident come to its end."""
    incident = await product.fire("Down")
    await product.post("/webhooks/alertmanager", webhook(an_alert("Down", "resolved")))
    await product.work()
    await product.later(hours=2)
    await product.later(hours=1)
    return incident


# -- acting ------------------------------------------------------------------------------------------------------------


async def test_an_operator_acknowledges_and_resolves(product: Product) -> None:
    incident = await product.fire("Down")

    assert await product.post(f"{API}/1/ack") == (200, {"id": incident, "number": 1, "answer": "done"})
    await product.work()
    assert (await product.incident(incident)).status is Status.ACKNOWLEDGED
    assert (await product.post(f"{API}/{incident}/ack"))[1]["answer"] == "already_yours"

    assert (await product.post(f"{API}/{incident}/resolve"))[1]["answer"] == "done"
    assert (await product.post(f"{API}/{incident}/resolve"))[1]["answer"] == "already_so"
    await product.work()
    assert (await product.incident(incident)).status is Status.RESOLVED

    status, said = await product.post(f"{API}/{incident}/ack")
    assert status == 409
    assert said["detail"] == "#1 is resolved now, so ack does not apply."


async def test_an_operator_writes_down_how_it_stands_and_sets_the_severity(product: Product) -> None:
    incident = await product.fire("Down")

    for verb, body in (("sev", b'{"level": "P4"}'), ("update", b'{"text": "rolled back"}'), ("note", b'{"text": "x"}')):
        assert (await product.post(f"{API}/1/{verb}", body))[1]["answer"] == "done"
    await product.work()

    known = await product.incident(incident)
    assert (known.severity, known.has_set_severity) == (Severity.P4, True)
    assert known.update is not None
    assert (known.update.text, known.update.by) == ("rolled back", None)
    _, told = await product.get(f"{API}/1")
    assert "Note by operator (command line): x" in [line["told"]["en"] for line in told["timeline"]]


@pytest.mark.parametrize(
    ("verb", "body"),
    [
        ("sev", b""),
        ("sev", b'{"level": "P5"}'),
        ("note", b"{}"),
        ("note", b'{"text": " "}'),
        ("update", b'{"text": "' + b"x" * 501 + b'"}'),
        ("silence", b'{"seconds": 0}'),
    ],
)
async def test_a_command_without_what_it_needs_says_how_to_give_it(product: Product, verb: str, body: bytes) -> None:
    incident = await product.fire("Down")
    before = await product.incident(incident)

    status, said = await product.post(f"{API}/1/{verb}", body)

    assert status == 400
    assert f"{verb} needs a body like {{" in said["detail"]
    await product.work()
    assert await product.incident(incident) == before


async def test_what_is_over_cannot_be_acted_on(product: Product) -> None:
    incident = await over(product)

    status, said = await product.post(f"{API}/{incident}/resolve")

    assert status == 409
    assert "closed" in said["detail"]


async def test_what_is_being_opened_has_to_be_waited_for(service: Service) -> None:
    await service.post("/webhooks/alertmanager", webhook("Down"))

    status, said = await service.post(f"{API}/1/ack")

    assert status == 409
    assert "try again" in said["detail"]


async def test_other_verbs_are_not_there(product: Product) -> None:
    await product.fire("Down")

    assert (await product.post(f"{API}/1/disband"))[0] == 404
    assert (await product.post(f"{API}/1/assign"))[0] == 404


async def test_while_the_store_is_away_everything_is_503(product: Product, store_server: StoreServer) -> None:
    incident = await product.fire("Down")
    store_server.kill()

    status, said = await product.get(API)
    assert status == 503
    assert said["detail"].startswith("This cannot be read now, please ask again: ")
    assert (await product.get(f"{API}/1"))[0] == 503
    assert (await product.post(f"{API}/1/ack"))[0] == 503
    assert (await product.get("/"))[0] == 503
    assert (await product.get(f"/incidents/{incident}"))[0] == 503


async def test_an_incident_of_a_newer_version_is_503_and_says_so(product: Product) -> None:
    incident = await product.fire("Down")
    await product.parts.connection.call("HSET", f"ab:incident:{incident}", "schema", 99)

    status, said = await product.get(f"{API}/{incident}")

    assert status == 503
    assert "newer version" in said["detail"]


# -- the admin token ---------------------------------------------------------------------------------------------------

DOORS = [
    ("GET", API),
    ("GET", f"{API}/1"),
    ("GET", "/"),
    ("GET", "/incidents/x"),
    ("POST", f"{API}/1/ack"),
    ("POST", "/-/reload"),
]
WRONG = [
    "",
    "Bearer wrong",
    "Bearer",
    "Basic %%%",
    "Basic ä",
    encode_basic_auth(ADMIN, "wrong"),
    "Bearer the admin's "[:-2],
]


@pytest.mark.parametrize(("method", "path"), DOORS)
@pytest.mark.parametrize("shown", WRONG)
async def test_without_the_admin_token_every_door_is_shut(guarded: Service, method: str, path: str, shown: str) -> None:
    async with guarded.client.request(method, path, headers={"Authorization": shown} if shown else {}) as answer:
        said = await answer.text()

    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"].startswith("Basic ")
    assert ADMIN not in said


@pytest.mark.parametrize("shown", [f"Bearer {ADMIN}", f"bearer {ADMIN}", encode_basic_auth("anybody", ADMIN)])
async def test_the_admin_token_opens_them(guarded: Service, shown: str) -> None:
    for method, path in DOORS:
        async with guarded.client.request(method, path, headers={"Authorization": shown}) as answer:
            assert answer.status in (200, 404), path


@pytest.mark.parametrize("origin", ["https://evil.example", "null"])
@pytest.mark.parametrize("path", ["/-/reload", "/api/v1/incidents/1/resolve"])
async def test_a_page_in_the_operators_browser_changes_nothing(
    product: Product, guarded: Service, path: str, origin: str
) -> None:
    incident = await product.fire("Down")
    in_browser = {"Origin": origin, "Authorization": encode_basic_auth("anybody", ADMIN)}

    assert (await guarded.post(path, headers=in_browser))[0] == 401
    assert (await product.post(path, headers={"Origin": origin}))[0] == 401
    assert (await product.incident(incident)).status is Status.FIRING


async def test_what_is_alive_and_counted_needs_no_token(guarded: Service) -> None:
    for path in ("/healthz", "/readyz", "/metrics"):
        assert (await guarded.get(path))[0] == 200

"""Silences from the operator's word to Alertmanager and the group; with one that fails. For the real one see e2e."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from alertbridge.core.alerts.silence import SilenceState
from alertbridge.core.ids import IncidentId
from alertbridge.core.timeline import Happening
from alertbridge.flows import silences
from alertbridge.store.keys import INCIDENT
from alertbridge.upstream.silences import marker
from tests.flows.test_reconcile import lines
from tests.store_server import StoreServer
from tests.upstream.fake import CUT, NEVER, Fake, fakes
from tests.web.service import TEAM, Product, a_team_file, an_alert, product_on, webhook

SILENCES = "/api/v2/silences"


@pytest.fixture
async def alertmanager() -> AsyncIterator[Fake]:
    """Give an Alertmanager without silences."""
    async with fakes(1) as (fake,):
        fake.says("GET", "silences", 200, [])
        fake.says("POST", "silences", 200, {"silenceID": "s1"})
        yield fake


@pytest.fixture
async def product(store_server: StoreServer, tmp_path: Path, alertmanager: Fake) -> AsyncIterator[Product]:
    """Give a product that knows it."""
    team = f"{TEAM}alertmanagers: {{default: {{urls: ['{alertmanager.url}']}}}}\n"
    async with product_on(store_server.url, data_dir=tmp_path, config_file=a_team_file(tmp_path, team)) as running:
        yield running


async def silenced(product: Product, *alerts: Any, number: int = 1, **wish: Any) -> IncidentId:
    """Let alerts fire, and silence their incident."""
    for alert in alerts or (an_alert("Down", service="shop"),):
        body = webhook(alert, groupKey=alert["labels"]["alertname"], groupLabels={"service": "shop"})
        assert (await product.post("/webhooks/alertmanager", body))[0] == 200
    await product.work()
    status, answer = await ask(product, "silence", number, **{"seconds": 3600, "reason": "deploy", **wish})
    assert (status, answer["answer"]) == (200, "done")
    await product.work()
    return next(stored.id for stored in await product.open() if stored.number == number)


async def ask(product: Product, verb: str, number: int = 1, **wish: Any) -> tuple[int, Any]:
    """Say it as the operator."""
    async with product.client.post(f"/api/v1/incidents/{number}/{verb}", json=wish) as answer:
        return answer.status, await answer.json()


async def said(product: Product) -> str:
    """Everything that stands in the groups."""
    return str([chat["messages"] for chat in (await product.control("state", "GET"))["chats"]])


async def test_a_silence_is_made_and_shown_with_its_author_and_end(product: Product, alertmanager: Fake) -> None:
    incident = await silenced(product)

    (made,) = alertmanager.bodies
    assert [(one["name"], one["value"]) for one in made["matchers"]] == [("service", "shop")]
    assert made["createdBy"] == "管理员（命令行）"
    assert made["comment"].startswith("deploy · #1")
    assert made["comment"].endswith(marker(incident))
    text = await said(product)
    assert "已静默至" in text
    assert "解除静默" in text
    (chat,) = (await product.control("state", "GET"))["chats"]
    assert chat["name"].startswith("[P3][silenced]")


async def test_other_incidents_that_it_affects_are_named(product: Product) -> None:
    await silenced(product, an_alert("Down", service="shop"), an_alert("Slow", service="shop"))

    assert "还会影响 #2" in await said(product)


async def test_another_incident_that_is_damaged_keeps_no_silence_from_being_shown(product: Product) -> None:
    await product.post("/webhooks/alertmanager", webhook(an_alert("Slow"), groupKey="other"))
    await product.work()
    await product.parts.connection.call("HSET", INCIDENT + await product.only(), "record", "{")

    incident = await silenced(product, an_alert("Down", service="shop"), number=2)

    silence = (await product.incident(incident)).silence
    assert silence is not None
    assert silence.state is SilenceState.ACTIVE


async def test_a_failure_is_told_with_its_cause_and_the_next_try_finds_what_was_made(
    product: Product, alertmanager: Fake
) -> None:
    alertmanager.fails("POST", "silences", CUT)
    incident = await silenced(product)
    assert "静默没有建成" in await said(product)

    (lost,) = alertmanager.bodies
    there = lost | {"id": "s7", "status": {"state": "active"}}
    alertmanager.says("GET", "silences", 200, [there])
    await product.later(seconds=31)

    silence = (await product.incident(incident)).silence
    assert silence is not None
    assert (silence.state, silence.id) == (SilenceState.ACTIVE, "s7")
    assert alertmanager.asked.count(("POST", SILENCES)) == 1


async def test_one_that_hangs_holds_nothing_up(
    product: Product, alertmanager: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(silences, "PATIENCE_SECONDS", 0.05)
    alertmanager.fails("GET", "silences", NEVER)

    await silenced(product)

    assert "Alertmanager cannot be reached" in await said(product)


async def test_what_alertmanager_will_never_take_is_given_up(product: Product, alertmanager: Fake) -> None:
    alertmanager.says("POST", "silences", 400, "bad matcher")

    incident = await silenced(product)

    assert "不再重试" in await said(product)
    assert (await product.incident(incident)).silence is None


async def test_an_alertmanager_that_left_the_team_file_is_asked_no_more(
    product: Product, alertmanager: Fake, tmp_path: Path
) -> None:
    await silenced(product)
    a_team_file(tmp_path, TEAM)
    await product.parts.team.reload()

    await ask(product, "silence", seconds=7200)
    await product.work()

    assert "the team file names no Alertmanager" in await said(product)
    await ask(product, "unsilence")
    await product.work()
    assert "静默已解除" in await said(product)
    assert alertmanager.asked.count(("POST", SILENCES)) == 1


async def test_unsilence_ends_it(product: Product, alertmanager: Fake) -> None:
    incident = await silenced(product)
    (made,) = alertmanager.bodies
    alertmanager.says("GET", "silences", 200, [made | {"id": "s1", "status": {"state": "active"}}])
    alertmanager.says("DELETE", "silence/s1", 200)

    assert (await ask(product, "unsilence"))[1]["answer"] == "done"
    await product.work()

    assert ("DELETE", "/api/v2/silence/s1") in alertmanager.asked
    assert "静默已解除" in await said(product)
    assert (await product.incident(incident)).silence is None
    assert (await ask(product, "unsilence"))[1]["answer"] == "already_so"


async def test_alerts_of_grafana_cannot_be_silenced(product: Product, alertmanager: Fake) -> None:
    body = webhook("Down", orgId=1, state="alerting")
    assert (await product.post("/webhooks/grafana", body))[0] == 200
    await product.work()

    status, answer = await ask(product, "silence", seconds=3600)

    assert (status, "no Alertmanager" in answer["detail"]) == (409, True)
    assert alertmanager.asked == []


@pytest.mark.parametrize("wish", [{}, {"seconds": 0}, {"seconds": "2h"}, {"seconds": 60, "until": "noon"}])
async def test_a_silence_without_a_sound_duration_is_refused(product: Product, wish: dict[str, Any]) -> None:
    await product.fire("Down")

    status, answer = await ask(product, "silence", **wish)

    assert (status, '"seconds"' in answer["detail"]) == (400, True)


async def test_the_cause_stands_on_the_timeline(product: Product, alertmanager: Fake) -> None:
    alertmanager.says("POST", "silences", 401, "who are you")
    incident = await silenced(product)

    texts = await lines(product, incident, Happening.TROUBLE)

    assert "denied 401" in texts


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (401, "refuses the credentials (HTTP 401)"),
        (404, "is no Alertmanager (HTTP 404)"),
        (503, "answered with HTTP 503"),
        (None, "Alertmanager cannot be reached"),
        (400, "does not take this silence (HTTP 400)"),
    ],
)
async def test_the_group_is_told_what_is_wrong_and_where_to_do_it_by_hand(
    product: Product, alertmanager: Fake, tmp_path: Path, status: int | None, words: str
) -> None:
    address = f"{{urls: ['{alertmanager.url}'], public_url: 'https://am.example.com/'}}"
    a_team_file(tmp_path, f"{TEAM}alertmanagers: {{default: {address}}}\n")
    await product.parts.team.reload()
    if status is None:
        alertmanager.fails("POST", "silences", CUT)
    else:
        alertmanager.says("POST", "silences", status, "secret of the network")

    with capture_logs() as logs:
        await silenced(product)

    told = await said(product)
    assert words in told
    assert "https://am.example.com/#/silences/new?filter=%7Bservice%3D%22shop%22%7D" in told
    assert "secret of the network" not in told
    assert alertmanager.url not in told
    assert [line["action"] for line in logs if line["event"] == "silence_not_done"] == ["put_silence"]

"""Whether it is alive, whether it is ready, and what it counts."""

from pathlib import Path

import pytest
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from alertbridge.web.health import PROCESS_TREE
from tests.cli.processes import running
from tests.store_server import StoreServer
from tests.web.service import Product, Service, service_on, settings_for, webhook

UNITS = ("_total", "_seconds", "_created", "_bytes")


async def metrics(service: Service) -> dict[str, Metric]:
    """Scrape once, as Prometheus reads it."""
    status, text = await service.get("/metrics")
    assert status == 200
    return {family.name: family for family in text_string_to_metric_families(text)}


def value(families: dict[str, Metric], name: str, **labels: str) -> float:
    """One sample."""
    found = [
        sample.value
        for family in families.values()
        for sample in family.samples
        if sample.name == name and sample.labels == labels
    ]
    assert len(found) == 1, (name, labels, found)
    return found[0]


@pytest.mark.parametrize("path", ["/healthz", "/-/healthy", "/healthz/", "/-/healthy/"])
async def test_it_is_alive_without_the_store(service: Service, store_server: StoreServer, path: str) -> None:
    store_server.kill()

    assert await service.get(path) == (200, {"status": "ok"})


@pytest.mark.parametrize("path", ["/readyz", "/-/ready", "/readyz/", "/-/ready/"])
async def test_it_is_ready_while_alerts_can_be_stored(service: Service, store_server: StoreServer, path: str) -> None:
    assert await service.get(path) == (200, {"status": "ok"})

    store_server.kill()
    status, said = await service.get(path)
    assert status == 503
    assert "the store is away" in said["detail"]

    store_server.start()
    assert (await service.get(path))[0] == 200


async def test_it_is_not_ready_before_the_team_file_is_in_force(store_server: StoreServer) -> None:
    async with service_on(store_server.url, settings_for(), is_started=lambda: False) as starting:
        status, said = await starting.get("/readyz")

    assert status == 503
    assert "starting" in said["detail"]


async def test_metrics_tell_what_the_store_holds(product: Product) -> None:
    await product.fire("Down")
    await product.post("/webhooks/alertmanager", webhook("Other", groupKey="other"))

    seen = await metrics(product)

    assert value(seen, "alertbridge_store_up") == 1
    assert value(seen, "alertbridge_incidents", status="firing") == 2
    assert value(seen, "alertbridge_incidents", status="closed") == 0
    assert value(seen, "alertbridge_owned_incidents") == 1
    assert value(seen, "alertbridge_queued_jobs") >= 1
    assert value(seen, "alertbridge_queue_lag_seconds") >= 0
    assert value(seen, "alertbridge_parked_events") == 0
    assert value(seen, "alertbridge_dead_entries") == 0
    assert value(seen, "alertbridge_feishu_calls_total", operation="chat_create", code="0") >= 1


async def test_metrics_count_what_became_of_alerts(service: Service) -> None:
    before = await metrics(service)
    await service.post("/webhooks/alertmanager", webhook("Down", {"labels": 7}))
    await service.post("/webhooks/alertmanager", webhook("Down", version="5"))
    after = await metrics(service)

    def grown(outcome: str) -> float:
        labels = {"source": "alertmanager", "outcome": outcome}
        name = "alertbridge_alerts_received_total"
        had = any(
            sample.labels == labels and sample.name == name for family in before.values() for sample in family.samples
        )
        return value(after, name, **labels) - (value(before, name, **labels) if had else 0)

    assert (grown("changed"), grown("unchanged"), grown("refused")) == (1, 1, 1)


async def test_without_the_store_the_counters_are_still_told(service: Service, store_server: StoreServer) -> None:
    store_server.kill()

    seen = await metrics(service)

    assert value(seen, "alertbridge_store_up") == 0
    assert "alertbridge_notifications" in seen
    assert "alertbridge_incidents" not in seen


async def test_metrics_are_named_and_typed_as_prometheus_wants_it(product: Product) -> None:
    await product.fire("Down")
    ours = [family for name, family in (await metrics(product)).items() if name.startswith("alertbridge_")]

    assert len(ours) > 15
    for family in ours:
        assert family.documentation, family.name
        assert family.type in ("counter", "gauge", "histogram"), family.name
        assert not family.name.endswith(("_ms", "_milliseconds", "_minutes", "_count"))
        if family.type == "histogram":
            assert family.name.endswith("_seconds"), family.name
        if family.type == "gauge":
            assert not family.name.endswith("_total"), family.name


async def test_metrics_say_their_format(service: Service) -> None:
    async with service.client.get("/metrics") as answer:
        assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"


async def test_processes_of_one_tree_count_together(store_server: StoreServer, tmp_path: Path) -> None:
    environment = {"ALERTBRIDGE_REDIS_URL": store_server.url, PROCESS_TREE: str(tmp_path)}
    async with running("web", environment) as first, running("web", environment) as second:
        await first.post("/webhooks/alertmanager", webhook("Down"))
        await second.post("/webhooks/alertmanager", webhook("Up", groupKey="other"))

        for process in (first, second):
            _, text = await process.get("/metrics")
            seen = {family.name: family for family in text_string_to_metric_families(text)}
            assert value(seen, "alertbridge_notifications_total", source="alertmanager") == 2
            assert value(seen, "alertbridge_incidents", status="firing") == 2

"""A real Prometheus and a real Alertmanager, with waiting times that suit a test."""

import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import msgspec

from tests import binaries
from tests.e2e.processes import free_port
from tests.e2e.stage import Json, Shop, Stage

RESEND_DELAY_SECONDS = 1
_WEBHOOK = {"integration": "webhook"}

RULES = """
groups:
  - name: shop
    interval: 500ms
    rules:
      - alert: QueueStuck
        # Over some seconds: a scrape that a busy machine misses is no recovery.
        expr: last_over_time(queue_stuck_seconds[15s]) > 300
        labels: {severity: critical, service: shop}
        annotations: {summary: "{{ $labels.queue }} has stood still for {{ $value }} s"}
"""


class Alertmanager:
    """One Alertmanager. All alerts of a name are one group; it sends a moment after something has changed."""

    def __init__(
        self,
        stage: Stage,
        *webhooks: Json,
        name: str = "alertmanager",
        gossip_port: int | None = None,
        repeat_interval: str = "4h",
    ) -> None:
        self._stage = stage
        self._port = free_port()
        self._gossip_port = gossip_port
        self.name = name
        self.address = f"127.0.0.1:{self._port}"
        self._config = {
            "route": {
                "receiver": "alertbridge",
                "group_by": ["alertname"],
                "group_wait": "300ms",
                "group_interval": "500ms",
                "repeat_interval": repeat_interval,
            },
            "receivers": [{"name": "alertbridge", "webhook_configs": list(webhooks)}],
        }

    async def start(self, *peers: int, peer_timeout: str = "15s") -> None:
        """Return when it takes alerts. `peers` are gossip ports of the cluster's others."""
        program = binaries.find("prometheus-alertmanager", "prometheus-alertmanager", "alertmanager")
        config = self._stage.write(f"{self.name}.json", msgspec.json.encode(self._config).decode())  # JSON is YAML
        arguments = [
            f"--config.file={config}",
            f"--storage.path={self._stage.folder / self.name}",
            f"--web.listen-address={self.address}",
            "--cluster.listen-address=" + (f"127.0.0.1:{self._gossip_port}" if self._gossip_port else ""),
        ]
        if self._gossip_port:
            arguments += [
                f"--cluster.advertise-address=127.0.0.1:{self._gossip_port}",
                f"--cluster.peer-timeout={peer_timeout}",
                "--cluster.settle-timeout=3s",
                *(f"--cluster.peer=127.0.0.1:{port}" for port in peers),
            ]
        self.program = self._stage.prepare(self.name, [program, *arguments])
        self.program.start()
        await self._stage.until(f"{self.name} is ready", lambda: self._stage.get(f"http://{self.address}/-/ready"))

    async def fire(self, *alerts: Json) -> None:
        """Hand it alerts, as Prometheus does."""
        async with self._stage.session.post(f"http://{self.address}/api/v2/alerts", json=list(alerts)) as answer:
            assert answer.status == 200, await answer.text()

    async def sent(self) -> float:
        """How many notifications it has delivered."""
        return await self._counted("notifications_total", **_WEBHOOK) - await self._counted(
            "notifications_failed_total", **_WEBHOOK
        )

    async def has_sent(self, count: int = 1) -> None:
        """Wait until it has delivered so many notifications."""
        await self._until(f"has sent {count}", self.sent, count)

    async def was_refused(self, count: int = 1) -> None:
        """Wait until so many requests have failed."""
        await self._until(
            f"was refused {count}", lambda: self._counted("notification_requests_failed_total", **_WEBHOOK), count
        )

    async def has_given_up(self) -> None:
        """Wait until it has dropped a notification."""
        await self._until("has given up", lambda: self._counted("notifications_failed_total", **_WEBHOOK), 1)

    async def knows_who_was_told(self) -> None:
        """Wait until another of its cluster has told it of a notification, or it has sent one itself."""

        async def known() -> float:
            return await self._counted("nflog_gossip_messages_propagated_total") + await self.sent()

        await self._until("knows who was told", known, 1)

    async def is_settled(self, members: int) -> None:
        """Wait until the cluster has that many members and sends."""

        async def look() -> bool:
            answer = await self._stage.get(f"http://{self.address}/api/v2/status")
            cluster = answer["cluster"] if answer else {"status": "none"}
            return cluster["status"] == "ready" and len(cluster["peers"]) == members

        await self._stage.until(f"the cluster of {self.name} has settled", look)

    async def _until(self, what: str, count: Callable[[], Awaitable[float]], at_least: float) -> None:
        async def look() -> bool:
            return await count() >= at_least

        await self._stage.until(f"{self.name} {what}", look)

    async def _counted(self, name: str, **labels: str) -> float:
        return await self._stage.counted(f"http://{self.address}", f"alertmanager_{name}", **labels)


class Prometheus:
    """A Prometheus that watches the shop, and sends to these Alertmanagers, or to what stands in their place."""

    def __init__(self, stage: Stage, shop: Shop, *alertmanagers: Json) -> None:
        self._stage = stage
        self._alertmanagers = len(alertmanagers)
        self._address = f"127.0.0.1:{free_port()}"
        self._config = {
            "global": {"scrape_interval": "500ms", "scrape_timeout": "500ms", "evaluation_interval": "500ms"},
            "rule_files": [str(stage.write("rules.yml", RULES))],
            "scrape_configs": [{"job_name": "shop", "static_configs": [{"targets": [shop.address]}]}],
            "alerting": {"alertmanagers": list(alertmanagers)},
        }

    async def start(self) -> None:
        """Return when it has scraped the shop and found those it sends to."""
        program = binaries.find("prometheus", "prometheus")
        config = self._stage.write("prometheus.json", msgspec.json.encode(self._config).decode())  # JSON is YAML
        arguments = [
            f"--config.file={config}",
            f"--storage.tsdb.path={self._stage.folder / 'prometheus'}",
            f"--web.listen-address={self._address}",
            f"--rules.alert.resend-delay={RESEND_DELAY_SECONDS}s",
        ]
        self._stage.prepare("prometheus", [program, *arguments]).start()
        await self._stage.until("Prometheus watches the shop and knows whom to tell", self._is_watching)

    async def _is_watching(self) -> bool:
        url = f"http://{self._address}/api/v1"
        targets, told = await self._stage.get(f"{url}/targets"), await self._stage.get(f"{url}/alertmanagers")
        if targets is None or told is None:
            return False
        is_up = [target["health"] for target in targets["data"]["activeTargets"]] == ["up"]
        return is_up and len(told["data"]["activeAlertmanagers"]) == self._alertmanagers


def webhook(url: str, **http_config: object) -> Json:
    """A webhook of Alertmanager's receiver."""
    return {"url": f"{url}/webhooks/alertmanager", "http_config": {"follow_redirects": False} | http_config}


def target(address: str, **http_config: object) -> Json:
    """An Alertmanager as Prometheus is told of it."""
    return {"static_configs": [{"targets": [address]}]} | http_config


def queue_stuck(queue: str, *, is_over: bool = False) -> Json:
    """The alert that the rule makes, for tests that hand it to Alertmanager themselves."""
    labels = {"alertname": "QueueStuck", "queue": queue, "severity": "critical", "service": "shop"}
    alert: Json = {"labels": labels, "annotations": {"summary": f"{queue} has stood still for 600 s"}}
    return alert | ({"endsAt": datetime.fromtimestamp(time.time(), UTC).isoformat()} if is_over else {})

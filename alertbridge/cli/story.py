"""What happens in the demo: senders send, people click and talk, each step waits until it shows in the groups."""

import asyncio
import contextlib
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

import aiohttp

PATIENCE_SECONDS: Final = 30.0

State = dict[str, Any]
Chat = dict[str, Any]


class StoryStuck(Exception):  # noqa: N818 - named for what it says, like all our errors
    """Something that should have happened did not."""


class Story:
    """The senders and the people; the product does the rest by itself."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        url: str,
        sandbox_url: str,
        tell: Callable[[str], None],
        pause_seconds: float,
        stopping: asyncio.Event,
    ) -> None:
        self._session = session
        self.url = url
        self.sandbox_url = sandbox_url
        self._tell = tell
        self._pause_seconds = pause_seconds
        self._stopping = stopping
        self._began = datetime.fromtimestamp(time.time(), UTC)
        self._alerts_sent = 0
        self._incidents = 0

    async def play(self) -> None:
        """Tell the story from the first alert to the last group's end. Raises `StoryStuck`."""
        await self._until("the web process is ready", self._is_ready)
        await self._checkout_breaks()
        await self._alice_takes_it()
        await self._it_gets_worse()
        await self._a_disk_fills()
        await self._checkout_recovers()
        await self._the_group_ends()

    async def summary(self, *, is_ok: bool, seconds: float) -> dict[str, Any]:
        """What was sent, and what the sandbox counted."""
        state = await self._state()
        return {
            "ok": is_ok,
            "alerts": self._alerts_sent,
            "incidents": self._incidents,
            "groups_created": len(state["chats"]),
            "groups_disbanded": sum(chat["status"] == "dissolved" for chat in state["chats"]),
            "operations": state["operations"],
            "events": state["events"],
            "seconds": round(seconds, 1),
        }

    # -- the scenes ----------------------------------------------------------------------------------------------------

    async def _checkout_breaks(self) -> None:
        self._tell("→ Alertmanager: two pods of checkout answer with errors (warning).")
        await self._alertmanager([_checkout(1), _checkout(2)])
        chat = await self._chat("checkout", lambda chat: chat["top_notice"])
        members = [member["name"] for member in chat["members"] if member["id_type"] == "open_id"]
        self._tell(f"✓ A group: {chat['name']}")
        self._tell(f"  in it: {', '.join(members)}; the card is on top, announcement, tabs and menu are filled in.")
        await self._pause()

    async def _alice_takes_it(self) -> None:
        self._tell("→ Alice presses Ack on the card.")
        await self._click("alice", "checkout", "ack")
        await self._chat("checkout", lambda chat: _card_says(chat, "acked"))
        self._tell("✓ The card turns orange: 处理中, Alice leads.")
        await self._say("bob", "checkout", "5xx 从 14:01 开始，和刚才的发布有关？")
        self._tell("→ Bob writes in the group.")
        await self._pause()

    async def _it_gets_worse(self) -> None:
        self._tell("→ Alertmanager: four more pods, and now it is critical.")
        await self._alertmanager([_checkout(number, "critical") for number in range(1, 7)])
        await self._chat("checkout", lambda chat: _card_says(chat, "6 firing / 6"))
        self._tell("✓ No second group, no second card: the same card now says 6 firing, and P1.")
        await self._pause()

    async def _a_disk_fills(self) -> None:
        self._tell("→ Grafana: a disk of the storage team is full. This route keeps its groups, locked, for reading.")
        await self._grafana("firing")
        await self._chat("DiskFull", lambda chat: chat["top_notice"])
        await self._click("carol", "DiskFull", "assign", option=await self._person("bob"))
        await self._chat("DiskFull", lambda chat: any(m["name"].startswith("王") for m in chat["members"]))
        self._tell("✓ Carol assigned it to Bob: he was added to the group.")
        await self._click("bob", "DiskFull", "ack")
        await self._chat("DiskFull", lambda chat: _card_says(chat, "acked"))
        await self._pause()
        await self._click("bob", "DiskFull", "resolve")
        await self._chat("DiskFull", lambda chat: _card_says(chat, "took"))
        await self._click("bob", "DiskFull", "Close")
        await self._chat("DiskFull", lambda chat: _card_says(chat, "closed") and not chat["top_notice"])
        self._tell("✓ Bob marked it resolved and closed it: archived, locked, the banner taken down.")
        await self._pause()

    async def _checkout_recovers(self) -> None:
        self._tell("→ Alertmanager: checkout has recovered.")
        await self._alertmanager([_checkout(number, "critical", resolved=True) for number in range(1, 7)])
        await self._chat("checkout", lambda chat: _card_says(chat, "took"))
        self._tell(
            "✓ The card turns green and says when the group will end. If it fired again now, the group would go on."
        )
        await self._pause()

    async def _the_group_ends(self) -> None:
        self._tell("… the countdown runs.")
        await self._until(
            "the group of checkout is disbanded",
            lambda state: any(c["status"] == "dissolved" for c in state["chats"] if "checkout" in c["name"]),
            patience=PATIENCE_SECONDS * 3,
        )
        answer = await self._until("both incidents are closed", self._both_closed)
        self._incidents = len(answer)
        self._tell("✓ Locked, archived (messages and timeline are kept), disbanded. Nobody had to remember anything.")

    # -- what senders and people do ------------------------------------------------------------------------------------

    async def _alertmanager(self, alerts: list[dict[str, Any]]) -> None:
        is_firing = any(alert["status"] == "firing" for alert in alerts)
        await self._post(
            "/webhooks/alertmanager",
            {
                "version": "4",
                "groupKey": '{}/{service="checkout"}:{alertname="High5xx"}',
                "truncatedAlerts": 0,
                "status": "firing" if is_firing else "resolved",
                "receiver": "alertbridge",
                "groupLabels": {"alertname": "High5xx"},
                "commonLabels": {"alertname": "High5xx", "service": "checkout", "cluster": "sh1"},
                "commonAnnotations": {},
                "externalURL": "http://alertmanager.example.com",
                "alerts": [self._dated(alert) for alert in alerts],
            },
        )
        self._alerts_sent += len(alerts)

    async def _grafana(self, status: str) -> None:
        labels = {"alertname": "DiskFull", "host": "db-1", "team": "storage", "severity": "warning"}
        alert = {
            "status": status,
            "labels": labels,
            "annotations": {"summary": "db-1 磁盘使用率超过 90%"},
            "generatorURL": "https://grafana.example.com/alerting/grafana/disk/view",
            "fingerprint": "5d1f0f6c7a1b2c3d",
            "values": {"A": 92.1, "C": 1},
            "valueString": "[ var='A' labels={host=db-1} value=92.1 ]",
        }
        await self._post(
            "/webhooks/grafana",
            {
                "version": "1",
                "orgId": 1,
                "groupKey": '{}:{alertname="DiskFull"}',
                "status": status,
                "state": "alerting",
                "receiver": "alertbridge",
                "groupLabels": {"alertname": "DiskFull"},
                "commonLabels": labels,
                "commonAnnotations": {},
                "externalURL": "https://grafana.example.com/",
                "alerts": [self._dated(alert)],
            },
        )
        self._alerts_sent += 1

    def _dated(self, alert: dict[str, Any]) -> dict[str, Any]:
        now = datetime.fromtimestamp(time.time(), UTC)
        ended = now.isoformat() if alert["status"] == "resolved" else "0001-01-01T00:00:00Z"
        return alert | {"startsAt": self._began.isoformat(), "endsAt": ended}

    async def _click(self, who: str, title: str, button: str, option: str | None = None) -> None:
        """Press a button of the live card, as a person would; one that is not shown yet is waited for."""

        async def press(_: State) -> bool:
            chat = await self._chat(title, lambda chat: chat["top_notice"])
            card = next(message for message in chat["messages"] if message["msg_type"] == "interactive")
            body = {"open_id": await self._person(who), "message_id": card["message_id"], "button": button}
            answer = await self._sandbox("/sandbox/click", body | ({"option": option} if option else {}))
            return answer is not None and answer["status"] == 200

        await self._until(f"{who} can press {button}", press)

    async def _say(self, who: str, title: str, text: str) -> None:
        chat = await self._chat(title, lambda _: True)
        body = {"open_id": await self._person(who), "chat_id": chat["chat_id"], "text": text, "mention_bot": False}
        if await self._sandbox("/sandbox/message", body) is None:
            raise StoryStuck(f"{who} could not write in {chat['name']}")

    async def _person(self, who: str) -> str:
        people = (await self._state())["people"]
        return str(next(person["open_id"] for person in people if person["email"] == f"{who}@example.com"))

    # -- looking -------------------------------------------------------------------------------------------------------

    async def _chat(self, title: str, is_so: Callable[[Chat], Any]) -> Chat:
        """Wait for the group of an incident to be so."""

        def find(state: State) -> Chat | None:
            chats = [chat for chat in state["chats"] if title in chat["name"] and chat["status"] == "normal"]
            return next((chat for chat in chats if is_so(chat)), None)

        chat: Chat = await self._until(f"the group of {title} looks as it should", find)
        return chat

    async def _until(self, what: str, is_so: Callable[[State], Any], patience: float = PATIENCE_SECONDS) -> Any:
        """Wait until `is_so(state of the sandbox)` holds, and return what it gave."""
        give_up_at = time.monotonic() + patience
        while time.monotonic() < give_up_at:
            answer = is_so(await self._state())
            if asyncio.iscoroutine(answer):
                answer = await answer
            if answer:
                return answer
            await asyncio.sleep(0.1)
        raise StoryStuck(f"waited {patience:.0f} s in vain until {what}")

    async def _is_ready(self, _: State) -> bool:
        with contextlib.suppress(aiohttp.ClientError):
            async with self._session.get(f"{self.url}/readyz") as answer:
                return answer.status == 200
        return False

    async def _both_closed(self, _: State) -> Any:
        found = [
            incident
            for ended in ("false", "true")
            for incident in await self._listed(f"/api/v1/incidents?closed={ended}")
            if incident["status"] == "closed"
        ]
        return found if len(found) == 2 else None

    async def _listed(self, path: str) -> list[dict[str, Any]]:
        async with self._session.get(self.url + path) as answer:
            incidents: list[dict[str, Any]] = (await answer.json())["incidents"]
            return incidents

    async def _state(self) -> State:
        async with self._session.get(f"{self.sandbox_url}/sandbox/state") as answer:
            state: State = await answer.json()
            return state

    async def _sandbox(self, path: str, body: dict[str, Any]) -> Any:
        async with self._session.post(self.sandbox_url + path, json=body) as answer:
            return await answer.json() if answer.status == 200 else None

    async def _post(self, path: str, body: dict[str, Any]) -> None:
        async with self._session.post(self.url + path, json=body) as answer:
            if answer.status != 200:
                raise StoryStuck(f"{path} answered {answer.status}: {await answer.text()}")

    async def _pause(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._pause_seconds):
                await self._stopping.wait()


def _checkout(number: int, severity: str = "warning", *, resolved: bool = False) -> dict[str, Any]:
    labels = {
        "alertname": "High5xx",
        "service": "checkout",
        "cluster": "sh1",
        "instance": f"10.2.3.{number}:9100",
    }
    # The series is the same whatever its severity: Alertmanager tells it apart by the fingerprint.
    return {
        "status": "resolved" if resolved else "firing",
        "labels": labels | {"severity": severity},
        "annotations": {
            "summary": "订单接口 5xx 占比 12.4%，阈值 5%"
            if severity == "critical"
            else "订单接口 5xx 占比 6.1%，阈值 5%",
            "runbook_url": "https://wiki.example.com/runbooks/High5xx",
        },
        "generatorURL": "http://prometheus.example.com/graph?g0.expr=rate",
        "fingerprint": f"c0ffee00c0ffee{number:02x}",
    }


def _card_says(chat: Chat, words: str) -> bool:
    """Whether the live card holds these words in English."""
    card = next((message for message in chat["messages"] if message["msg_type"] == "interactive"), None)
    return card is not None and words in str(card["content"])

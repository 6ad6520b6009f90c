"""The hands of the demo: they send, click, write and wait over HTTP, as others would. Time alone is theirs to move."""

import asyncio
import contextlib
import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import aiohttp

from alertbridge.cli.moments import host_now
from alertbridge.store.clock import Clock
from alertbridge.store.connection import Connection
from alertbridge.store.figures import Gauge

PATIENCE_SECONDS: Final = 30.0
_REST_SECONDS: Final = 5.0
_LOOK_SECONDS: Final = 0.1

State = dict[str, Any]
Chat = dict[str, Any]


class StoryStuck(Exception):  # noqa: N818 - named for what it says, like all our errors
    """Something that should have happened did not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """Where the story plays."""

    url: str
    """Of the product."""
    sandbox_url: str
    store: Connection
    team_file: Path
    environment: Mapping[str, str]
    """What the product's processes are started with."""


class Hands:
    """What can be done and seen from outside. What is not possible yet is waited for; at last it is `StoryStuck`."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        grounds: Grounds,
        tell: Callable[[str], None],
        pause_seconds: float,
        stopping: asyncio.Event,
    ) -> None:
        self._session = session
        self.url = grounds.url
        self.sandbox_url = grounds.sandbox_url
        self.tell = tell
        self._team_file = grounds.team_file
        self._environment = {**os.environ, **grounds.environment}
        self._clock = Clock(grounds.store)
        self._gauge = Gauge(grounds.store)
        self._pause_seconds = pause_seconds
        self._stopping = stopping
        self._moved = timedelta()
        self.alerts_sent = 0

    # -- time ----------------------------------------------------------------------------------------------------------

    def now(self) -> datetime:
        """The time of the story."""
        return host_now() + self._moved

    async def pass_time(self, **duration: float) -> None:
        """Put the clocks of the store and of Feishu forward, once nothing is under way."""
        with contextlib.suppress(StoryStuck):  # what waits for a later time goes on waiting
            await self.until("nothing is under way", self._is_at_rest, patience=_REST_SECONDS)
        by = timedelta(**duration)
        self._moved += by
        await self._clock.advance(by)
        await self.control("POST", "clock", advance_seconds=by.total_seconds())

    async def pause(self) -> None:
        """Give whoever watches the time to look."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._pause_seconds):
                await self._stopping.wait()

    # -- senders and people --------------------------------------------------------------------------------------------

    async def send(self, path: str, body: dict[str, Any]) -> None:
        """Send alerts to one of the product's doors."""
        await self._posted(path, body)
        self.alerts_sent += len(body["alerts"])

    async def click(self, who: str, title: str, button: str, option: str | None = None) -> None:
        """Press a button of the live card, as a person would; one that is not shown yet is waited for."""

        async def press(_: State) -> bool:
            chat = await self.chat(title, lambda chat: chat["top_notice"])
            body = {"open_id": _account(who), "message_id": live_card(chat)["message_id"], "button": button}
            answer = await self._asked("POST", "click", body | ({"option": option} if option else {}))
            return answer is not None and answer["status"] == 200

        await self.until(f"{who} can press {button}", press)

    async def press(self, who: str, message_id: str, button: str) -> None:
        """Press a button of some other card."""
        await self.control("POST", "click", open_id=_account(who), message_id=message_id, button=button)

    async def say(self, who: str, title: str, text: str, *, to_bot: bool = False) -> None:
        """Write into a group, to the bot where it is mentioned."""
        chat = await self.chat(title, lambda _: True)
        wish = {"open_id": _account(who), "chat_id": chat["chat_id"], "text": text, "mention_bot": to_bot}
        await self.control("POST", "message", **wish)

    async def act(self, who: str, action: str, title: str = "", **wish: Any) -> Any:
        """Do something by hand, in a group where `title` names one; see the sandbox's `acts`."""
        if title:
            wish["chat_id"] = (await self.chat(title, lambda _: True))["chat_id"]
        return await self.control("POST", "act", open_id=_account(who), action=action, **wish)

    async def control(self, method: str, path: str, **wish: Any) -> Any:
        """Turn one of the sandbox's controls."""
        answer = await self._asked(method, path, wish)
        if answer is None:
            raise StoryStuck(f"the sandbox refused {path} {wish}")
        return answer

    async def change_team(self, old: str, new: str) -> None:
        """Change words of the team file, and let it be read again."""
        text = self._team_file.read_text(encoding="utf-8")
        self._team_file.write_text(text.replace(old, new), encoding="utf-8")
        await self._posted("/-/reload", {})

    async def operate(self, *words: str) -> str:
        """Run a command of `alertbridge` as the operator would; returns what it says."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "alertbridge", *words),
            env=self._environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        said, complained = await process.communicate()
        if process.returncode != 0:
            raise StoryStuck(f"alertbridge {' '.join(words)}: {complained.decode()}")
        return said.decode()

    async def person(self, who: str) -> str:
        """Somebody's open id."""
        people = (await self.state())["people"]
        return str(next(person["open_id"] for person in people if person["email"] == _account(who)))

    # -- looking -------------------------------------------------------------------------------------------------------

    async def chat(self, title: str, is_so: Callable[[Chat], Any]) -> Chat:
        """Wait for a living group of ours to be so. `title` stands in its name, or in its card where it was renamed."""

        def find(state: State) -> Chat | None:
            living = [chat for chat in state["chats"] if chat["status"] == "normal" and _has_bot(chat)]
            ours = [chat for chat in living if title in chat["name"] or title in str(cards(chat)[:1])]
            return next((chat for chat in ours if is_so(chat)), None)

        chat: Chat = await self.until(f"the group of {title} looks as it should", find)
        return chat

    async def until(self, what: str, is_so: Callable[[State], Any], patience: float = PATIENCE_SECONDS) -> Any:
        """Wait until `is_so(state of the sandbox)` holds, and return what it gave."""
        give_up_at = time.monotonic() + patience
        while time.monotonic() < give_up_at:
            answer = is_so(await self.state())
            if asyncio.iscoroutine(answer):
                answer = await answer
            if answer:
                return answer
            await asyncio.sleep(_LOOK_SECONDS)
        raise StoryStuck(f"waited {patience:.0f} s in vain until {what}")

    async def until_ready(self) -> None:
        """Wait until the product takes alerts."""

        async def is_ready(_: State) -> bool:
            with contextlib.suppress(aiohttp.ClientError):
                async with self._session.get(f"{self.url}/readyz") as answer:
                    return answer.status == 200
            return False

        await self.until("the web process is ready", is_ready)

    async def incidents(self) -> list[dict[str, Any]]:
        """All incidents, open and closed."""
        by_id: dict[str, dict[str, Any]] = {}
        for ended in ("false", "true"):
            async with self._session.get(f"{self.url}/api/v1/incidents?closed={ended}") as answer:
                by_id |= {incident["id"]: incident for incident in (await answer.json())["incidents"]}
        return list(by_id.values())

    async def state(self) -> State:
        """The sandbox's picture of everything."""
        async with self._session.get(f"{self.sandbox_url}/sandbox/state") as answer:
            state: State = await answer.json()
            return state

    async def _is_at_rest(self, state: State) -> bool:
        return not state["deliveries"]["under_way"] and (await self._gauge.read()).owned == 0

    async def _posted(self, path: str, body: dict[str, Any]) -> None:
        async with self._session.post(self.url + path, json=body) as answer:
            if answer.status != 200:
                raise StoryStuck(f"{path} answered {answer.status}: {await answer.text()}")

    async def _asked(self, method: str, path: str, wish: dict[str, Any]) -> Any:
        async with self._session.request(method, f"{self.sandbox_url}/sandbox/{path}", json=wish) as answer:
            return await answer.json() if answer.status == 200 else None


def live_card(chat: Chat) -> dict[str, Any]:
    """The message that shows the whole incident."""
    card: dict[str, Any] = cards(chat)[0]
    return card


def card_says(chat: Chat, words: str) -> bool:
    """Whether the live card holds these words, in either language."""
    return any(words in str(card["content"]) for card in cards(chat)[:1])


def is_said(chat: Chat, words: str) -> bool:
    """Whether a message of the group, the live card aside, holds these words."""
    card = cards(chat)[:1]
    return any(words in str(message["content"]) for message in chat["messages"] if message not in card)


def cards(chat: Chat) -> list[dict[str, Any]]:
    """The cards of a group, oldest first."""
    return [message for message in chat["messages"] if message["msg_type"] == "interactive"]


def members(chat: Chat) -> list[str]:
    """Names of the people in the group."""
    return [member["name"] for member in chat["members"] if member["id_type"] == "open_id"]


def _has_bot(chat: Chat) -> bool:
    return chat["chat_mode"] == "group" and any(member["id_type"] == "app_id" for member in chat["members"])


def _account(who: str) -> str:
    return f"{who}@example.com"

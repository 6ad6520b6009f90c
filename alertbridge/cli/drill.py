"""`drill`: a synthetic incident on the real way, step by step, reported and cleaned up.

It sends what an Alertmanager sends, watches through the API what comes of it, and ends it again, whatever happened.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import aiohttp
import click
from ulid import ULID

from alertbridge.cli.moments import host_now
from alertbridge.cli.output import print_json, print_table
from alertbridge.cli.processes import USAGE_ERROR, stop_on_signals
from alertbridge.cli.unanswered import why_unanswered
from alertbridge.core.alerts.drill import DRILL_LABEL, LOUD_LABEL, RESULT, ROUTE_LABEL

Incident = dict[str, Any]

_LOOK_SECONDS: Final = 0.2
_ANSWER_SECONDS: Final = 10.0
_NEVER: Final = "0001-01-01T00:00:00Z"


class Part(StrEnum):
    """What is looked at, in its order."""

    ACCEPTED = "alert accepted"
    OPENED = "incident opened"
    GROUP = "group made"
    CARD = "card in it"
    PINNED = "card on top"
    PEOPLE = "people in it"
    STEP = "escalation step"
    """Each with its number."""
    CALLED = "people called"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"
    ARCHIVED = "archived"
    DISBANDED = "group disbanded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody wants to see."""

    url: str
    admin_token: str
    ingest_token: str
    labels: dict[str, str]
    route: str = ""
    within_seconds: int
    """How long a step may take."""
    ack_seconds: int = 0
    """How long somebody has to press *Ack*; 0: nobody has to."""
    steps: int | None = None
    """How many escalation steps are waited for; None: the first, where there is any."""
    calls: int = 0
    """How many calls have to go out; 0: none has to."""
    is_loud: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """How one part went."""

    name: str
    seconds: float | None
    """None: not in time."""
    note: str = ""


@dataclass(slots=True)
class Report:
    """What came of it."""

    drill: str
    steps: list[Step] = field(default_factory=list)
    incidents: list[int] = field(default_factory=list)
    route: str = ""
    is_cut_off: bool = False

    @property
    def on_time(self) -> int:
        """How many steps were."""
        return sum(step.seconds is not None for step in self.steps)

    @property
    def is_ok(self) -> bool:
        """Whether all were, to the end."""
        return not self.is_cut_off and self.on_time == len(self.steps) and bool(self.steps)

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "drill": self.drill,
            "is_ok": self.is_ok,
            "incidents": self.incidents,
            "route": self.route,
            "on_time": self.on_time,
            "steps": [
                {
                    "step": step.name,
                    "seconds": None if step.seconds is None else round(step.seconds, 1),
                    "note": step.note,
                }
                for step in self.steps
            ],
        }


class Missed(Exception):  # noqa: N818 - named for what it says, like all our errors
    """A step did not come in time, so those that follow it cannot."""


class Unasked(Exception):  # noqa: N818 - named for what it says, like all our errors
    """alertbridge cannot be asked how it goes, or refuses to tell."""


def labels_of(texts: tuple[str, ...]) -> dict[str, str]:
    """Read `name=value …`. Raises `click.UsageError`."""
    labels: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise click.UsageError(f"{text!r} is no label: write name=value")
        labels[name] = value
    return labels


def run(wish: Wish, output: str) -> int:
    """Hold a drill; 0 where every step was on time."""
    try:
        report = asyncio.run(_hold(wish, lambda text: click.echo(text, err=True)))
    except Unasked as error:
        click.echo(str(error), err=True)
        return USAGE_ERROR
    if output == "json":
        print_json(report.as_json())
    else:
        print_table(["step", "took", ""], [_row(step) for step in report.steps])
        click.echo(f"{report.on_time} of {len(report.steps)} steps on time.")
    return 0 if report.is_ok else 1


def _row(step: Step) -> list[str]:
    return [step.name, "–" if step.seconds is None else f"{step.seconds:.1f} s", step.note]


async def _hold(wish: Wish, tell: Callable[[str], None]) -> Report:
    stopping = asyncio.Event()
    stop_on_signals(stopping)
    async with _open(wish, tell) as drill:
        acting = asyncio.create_task(drill.begin())
        waiting = asyncio.create_task(stopping.wait())
        await asyncio.wait([acting, waiting], return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if not acting.done():
            tell("Stopping: the drill is ended.")
            drill.report.is_cut_off = True
            acting.cancel()
        outcome = (await asyncio.gather(acting, return_exceptions=True))[0]
        if isinstance(outcome, Unasked):
            raise outcome
        if isinstance(outcome, Exception) and not isinstance(outcome, Missed):
            raise outcome
        await drill.end()
        return drill.report


class Drill:
    """One drill, and what is known of it."""

    def __init__(self, session: aiohttp.ClientSession, wish: Wish, tell: Callable[[str], None]) -> None:
        self._session = session
        self._wish = wish
        self._tell = tell
        self._id = str(ULID())
        self._began_at = host_now().isoformat()
        self._is_sent = False
        self.report = Report(drill=self._id)

    async def begin(self) -> None:
        """From the alert to the people. Raises `Missed` and `Unasked`."""
        await self._ask("GET", "/api/v1/incidents")  # before anybody is called: can we see how it goes?
        started = time.monotonic()
        self._is_sent = True
        await self._send("firing")
        self._note(Part.ACCEPTED, started)
        await self._see(Part.OPENED, lambda one: one["status"] != "opening", started)
        if self._wish.route and self.report.route != self._wish.route:
            self._fail(Part.OPENED, f"no route is called {self._wish.route!r}: it went to {self.report.route!r}")
        await self._see(Part.GROUP, lambda one: one["group"], started)
        await self._see(Part.CARD, lambda one: one["group"]["card_sent_at"], started)
        if not (await self._mine())[0]["group"]["is_standing"]:
            await self._see(Part.PINNED, lambda one: one["group"]["is_card_on_top"], started)
            await self._see(Part.PEOPLE, _has_everybody, started, why=_who_is_missing)
        for number in range(1, await self._steps() + 1):
            await self._see_step(number, started)
        if self._wish.calls:
            await self._see_calls(started)
        if self._wish.ack_seconds:
            self._tell(f"Waiting for somebody to acknowledge {self._numbers()}.")
            await self._see(
                Part.ACKNOWLEDGED,
                lambda one: one["status"] == "acknowledged",
                time.monotonic(),
                seconds=self._wish.ack_seconds,
            )

    async def end(self) -> None:
        """Resolve, close, and see the group go; whatever came before. Raises `Unasked`."""
        if not self._is_sent:
            return
        started = time.monotonic()
        try:
            await self._send("resolved")
            if not await self._mine():
                return  # it never became an incident
            await self._see(Part.RESOLVED, lambda one: one["status"] in ("resolved", "closed"), started)
            had_group = [one["group"] is not None and not one["group"]["is_standing"] for one in await self._mine()]
            started = time.monotonic()
            for one in await self._mine():
                if one["status"] == "resolved":
                    await self._ask("POST", f"/api/v1/incidents/{one['id']}/close")
            if any(had_group):
                await self._see(Part.ARCHIVED, _happened("archived"), started, why=_what_stands_in_the_way)
                await self._see(Part.DISBANDED, _happened("disbanded"), started, why=_what_stands_in_the_way)
        except Missed:
            self._tell(f"{self._numbers()} did not come to its end in time: look at `alertbridge incidents show`.")

    # -- looking -------------------------------------------------------------------------------------------------------

    async def _see(
        self,
        name: str,
        holds: Callable[[Incident], Any],
        started: float,
        *,
        seconds: float = 0,
        why: Callable[[Incident], str] = lambda _: "",
    ) -> None:
        """Wait until something holds of each incident of the drill. Raises `Missed`."""
        give_up_at = time.monotonic() + (seconds or self._wish.within_seconds)
        found: list[Incident] = []
        while time.monotonic() < give_up_at:
            found = await self._mine()
            if found and all(holds(one) for one in found):
                self._note(name, started)
                return
            await asyncio.sleep(_LOOK_SECONDS)
        self._fail(name, next((why(one) for one in found if not holds(one)), ""))

    async def _steps(self) -> int:
        if self._wish.steps is not None:
            return self._wish.steps
        return int(any(one["escalation"] or _has_called(1)(one) for one in await self._mine()))

    async def _see_step(self, number: int, started: float) -> None:
        """Wait until a step of the ladder was called; it may take as long as any from when it is due."""
        found = [one for one in await self._mine() if one["escalation"]]
        due = max((_seconds_until(one["escalation"]["at"], one) for one in found), default=0.0)
        seconds = self._wish.within_seconds + max(0.0, started + due - time.monotonic())
        await self._see(f"{Part.STEP} {number}", _has_called(number), started, seconds=seconds, why=_why_no_step)

    async def _see_calls(self, started: float) -> None:
        wanted = self._wish.calls

        def called(one: Incident) -> bool:
            return [line["what"] for line in one["timeline"]].count("paged") >= wanted

        await self._see(Part.CALLED, called, started)

    async def _mine(self) -> list[Incident]:
        """The incidents that the drill opened, with their timelines."""
        numbers = self.report.incidents
        if not numbers:
            listed = (await self._ask("GET", "/api/v1/incidents"))["incidents"]
            numbers = [one["number"] for one in listed if one["drill"] == self._id]
        found = [await self._ask("GET", f"/api/v1/incidents/{number}") for number in numbers]
        if found and not self.report.incidents and all(one["status"] != "opening" for one in found):
            self.report.incidents, self.report.route = numbers, found[0]["route"]
        return found

    def _note(self, name: str, started: float) -> None:
        self.report.steps.append(Step(name=name, seconds=time.monotonic() - started))
        self._tell(f"✓ {name}")

    def _fail(self, name: str, note: str) -> None:
        self.report.steps.append(Step(name=name, seconds=None, note=note))
        self._tell(f"✗ {name}{': ' if note else ''}{note}")
        raise Missed(name)

    def _numbers(self) -> str:
        return ", ".join(f"#{number}" for number in self.report.incidents) or "The drill"

    # -- asking --------------------------------------------------------------------------------------------------------

    async def _send(self, status: str) -> None:
        """Send the alert as an Alertmanager does. Raises `Unasked`."""
        wish = self._wish
        labels = {"alertname": "AlertbridgeDrill", **wish.labels, DRILL_LABEL: self._id}
        if wish.route:
            labels[ROUTE_LABEL] = wish.route
        if wish.is_loud:
            labels[LOUD_LABEL] = "all"
        annotations = {"summary": "演练，不是真实故障 / a drill, not a real incident"}
        if status == "resolved":
            annotations[RESULT] = f"{self.report.on_time}/{len(self.report.steps)}"
        now = host_now().isoformat()
        alert = {
            "status": status,
            "labels": labels,
            "annotations": annotations,
            "startsAt": self._began_at,
            "endsAt": _NEVER if status == "firing" else now,
        }
        body = {
            "version": "4",
            "status": status,
            "receiver": "alertbridge-drill",
            "groupKey": self._id,
            "groupLabels": {"alertname": labels["alertname"]},
            "alerts": [alert],
        }
        await self._request("POST", "/webhooks/alertmanager", wish.ingest_token, "--ingest-token", body)

    async def _ask(self, method: str, path: str) -> Any:
        return await self._request(method, path, self._wish.admin_token, "--token or ALERTBRIDGE_ADMIN_TOKEN", None)

    async def _request(self, method: str, path: str, token: str, option: str, body: dict[str, Any] | None) -> Any:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        url = self._wish.url + path
        try:
            async with self._session.request(method, url, json=body, headers=headers, allow_redirects=False) as answer:
                said = await answer.json(content_type=None) if "json" in answer.content_type else await answer.text()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Unasked(f"{why_unanswered(self._wish.url, error)} Is alertbridge running there?") from error
        if answer.status == 401:
            raise Unasked(f"{path} wants another token: give it with {option}.")
        if answer.status != 200:
            detail = said.get("detail") if isinstance(said, dict) else None
            raise Unasked(f"{url} answered {answer.status}: {detail or said}")
        return said


@asynccontextmanager
async def _open(wish: Wish, tell: Callable[[str], None]) -> AsyncIterator[Drill]:
    timeout = aiohttp.ClientTimeout(total=_ANSWER_SECONDS)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        yield Drill(session, wish, tell)


def _has_everybody(one: Incident) -> bool:
    group = one["group"]
    return bool(group["people"]) and not group["missing"]


def _who_is_missing(one: Incident) -> str:
    if not one["group"]["people"]:
        return "nobody is there: does the route name anybody, or is nobody on call?"
    return f"{one['group']['missing']} missing: the timeline of #{one['number']} says why"


def _has_called(number: int) -> Callable[[Incident], bool]:
    """Whether the step of that number was called, in the first round."""
    return lambda one: any(
        line["what"] == "step" and int(line["details"]["step"]) >= number for line in one["timeline"]
    )


def _seconds_until(at: str, one: Incident) -> float:
    """From the beginning of the incident, by alertbridge's own clock."""
    return (datetime.fromisoformat(at) - datetime.fromisoformat(one["opened_at"])).total_seconds()


def _why_no_step(one: Incident) -> str:
    if one["status"] == "acknowledged":
        return "somebody acknowledged before"
    if not one["escalation"]:
        return "nobody is called now: are these quiet hours, is the escalation off, are there fewer steps?"
    return ""


def _happened(what: str) -> Callable[[Incident], bool]:
    return lambda one: any(line["what"] == what for line in one["timeline"])


def _what_stands_in_the_way(one: Incident) -> str:
    return "; ".join(trouble["cause"] for trouble in one["troubles"]) or f"#{one['number']} is {one['status']}"

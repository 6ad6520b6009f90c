"""The team file that counts now: accepted once, in force in every process."""

import asyncio
from pathlib import Path
from typing import Final

import structlog

from alertbridge.config import ConfigError, Team, empty_team, parse_team
from alertbridge.core.alerts.route import ChatPolicy
from alertbridge.flows import metrics
from alertbridge.store.errors import StoreAway
from alertbridge.store.teams import Teams

log = structlog.get_logger(__name__)

LOOK_EVERY_SECONDS: Final = 1.0


class CurrentTeam:
    """The team in force in this process; follows what any process accepts within a second."""

    def __init__(self, teams: Teams, *, file: Path | None, chat: ChatPolicy) -> None:
        self._teams = teams
        self._file = file
        self.chat = chat
        """What counts where the team file says nothing."""
        self._number = 0
        self.current: Team = empty_team(chat)

    @property
    def number(self) -> int:
        """Which of the accepted files it is; 0: none was ever accepted."""
        return self._number

    async def start(self) -> None:
        """Take the file of this process as the team of all; without a good file, the one that was accepted last.

        A process that is started again must not stay away because somebody is editing the file. Raises `StoreAway`.
        """
        if self._file is None:
            await self._follow()
            return
        try:
            await self.reload()
        except ConfigError as error:
            log.error("team_refused", problems=[str(problem) for problem in error.problems])
            await self._follow()
        except OSError as error:
            log.error("team_refused", problems=[str(error)])
            await self._follow()

    async def reload(self) -> None:
        """Read the file again. A bad one is refused, the old team stays: raises `ConfigError`, OSError, `StoreAway`."""
        if self._file is None:
            return
        try:
            raw = await asyncio.to_thread(self._file.read_bytes)
            team = parse_team(raw, source=str(self._file), chat=self.chat)
        except (ConfigError, OSError):
            metrics.RELOADS.labels("refused").inc()
            raise
        accepted = await self._teams.accept(raw.decode())
        if accepted.number == self._number:
            log.info("team_unchanged", number=accepted.number)
        self._use(accepted.number, team)

    async def keep_following(self) -> None:
        """Look every second whether another process accepted a newer file; runs until cancelled."""
        while True:
            await asyncio.sleep(LOOK_EVERY_SECONDS)
            try:
                if await self._teams.number() != self._number:
                    await self._follow()
            except StoreAway:
                continue  # whoever needs the store says so; the team in force stays

    async def _follow(self) -> None:
        accepted = await self._teams.get()
        if accepted is None:
            return
        try:
            team = parse_team(accepted.text, source=f"team file no. {accepted.number}", chat=self.chat)
        except ConfigError as error:
            # Written by a newer version that knows more; the team we have goes on.
            log.error("team_not_understood", number=accepted.number, problems=[str(p) for p in error.problems])
            self._number = accepted.number
            return
        self._use(accepted.number, team)

    def _use(self, number: int, team: Team) -> None:
        if number == self._number:
            return
        self._number, self.current = number, team
        metrics.RELOADS.labels("accepted").inc()
        log.info("team_in_force", number=number, people=len(team.people), warnings=[str(w) for w in team.warnings])

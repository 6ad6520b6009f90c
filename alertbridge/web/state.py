"""What the handlers are given."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from aiohttp import web

from alertbridge.core.copy.catalogue import Languages
from alertbridge.core.groups.blueprint import Install
from alertbridge.feishu.inbound.long_connection import LongConnection
from alertbridge.feishu.inbound.seal import Keys
from alertbridge.flows.clock import StoreClock
from alertbridge.flows.oncall.people import Directory
from alertbridge.flows.oncall.rota import Rota
from alertbridge.flows.our_bot import OurBot
from alertbridge.flows.teams import CurrentTeam
from alertbridge.flows.words.decide_message import Reading
from alertbridge.store.feed import Feed
from alertbridge.store.figures import Gauge
from alertbridge.store.records import Records
from alertbridge.store.watchdogs import Watchdogs
from alertbridge.web.room import BodyRoom


@dataclass(frozen=True, slots=True, kw_only=True)
class Web:
    """The parts of the product that requests need."""

    feed: Feed
    records: Records
    gauge: Gauge
    watchdogs: Watchdogs
    directory: Directory
    team: CurrentTeam
    rota: Rota
    bot: OurBot
    clock: StoreClock
    is_started: Callable[[], bool]
    """Whether the store has answered once, so that the team in force is known."""
    install: Callable[[], Awaitable[Install]]
    """Raises `StoreAway`."""
    keys: Keys
    """Of Feishu's event subscription."""
    languages: Languages
    timezone: str
    ingest_tokens: Mapping[str, str]
    admin_token: str
    resend_delay_seconds: float
    bodies: BodyRoom
    has_heartbeat: bool = False
    """This process sends itself heartbeats."""
    long_connection: LongConnection | None = None
    """Over which events come; None: Feishu calls us."""

    @property
    def reading(self) -> Reading:
        """What it takes to understand a message."""
        return Reading(
            feed=self.feed,
            records=self.records,
            directory=self.directory,
            rota=self.rota,
            bot=self.bot,
            install=self.install,
        )


WEB = web.AppKey("web", Web)

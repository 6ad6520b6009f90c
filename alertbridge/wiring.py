"""Puts the product's parts together for one process. The only place beside the entry points that reads settings."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog

from alertbridge.core.alerts.route import ChatPolicy
from alertbridge.core.groups.blueprint import Install
from alertbridge.core.ids import JobId
from alertbridge.feishu.client import FeishuClient, connect
from alertbridge.feishu.inbound.long_connection import LongConnection
from alertbridge.feishu.inbound.seal import Keys
from alertbridge.flows import metrics
from alertbridge.flows.avatars import Avatars
from alertbridge.flows.clock import StoreClock
from alertbridge.flows.damage import Damage
from alertbridge.flows.oncall.calendars import CalendarPlaces
from alertbridge.flows.oncall.people import Directory
from alertbridge.flows.oncall.rota import Rota
from alertbridge.flows.our_bot import OurBot
from alertbridge.flows.runtime import Runtime
from alertbridge.flows.teams import CurrentTeam
from alertbridge.settings import Events, Settings
from alertbridge.store.archive import Archive
from alertbridge.store.avatars import Avatars as AvatarKeys
from alertbridge.store.bots import Bots
from alertbridge.store.calendars import Calendars
from alertbridge.store.clock import Clock
from alertbridge.store.connection import Connection, open_pool
from alertbridge.store.feed import Feed
from alertbridge.store.figures import Gauge
from alertbridge.store.heartbeats import Heartbeats
from alertbridge.store.install import install_key
from alertbridge.store.looks import Looks
from alertbridge.store.mailbox import Mailbox
from alertbridge.store.minutes import Minutes
from alertbridge.store.oncall import Overrides
from alertbridge.store.people import People
from alertbridge.store.quota import Limiter
from alertbridge.store.reach import Reach
from alertbridge.store.records import Records
from alertbridge.store.rooms import Rooms
from alertbridge.store.teams import Teams
from alertbridge.store.turns import Turns
from alertbridge.store.watchdogs import Watchdogs
from alertbridge.upstream.client import Alertmanagers, open_alertmanagers

log = structlog.get_logger(__name__)

_FEED_CONNECTIONS = 2
"""As many as calls of the feed are in flight."""

_CONNECTIONS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What every process has."""

    settings: Settings
    redis_url: str
    connection: Connection
    feed: Feed
    mailbox: Mailbox
    rooms: Rooms
    records: Records
    gauge: Gauge
    archive: Archive
    watchdogs: Watchdogs
    heartbeats: Heartbeats
    clock: StoreClock
    team: CurrentTeam
    rota: Rota
    feishu: FeishuClient
    alertmanagers: Alertmanagers
    directory: Directory
    avatars: Avatars
    bot: OurBot

    async def install(self) -> Install:
        """What this installation is. Raises `StoreAway`."""
        return Install(
            app_id=self.settings.feishu_app_id,
            key=await install_key(self.connection),
            public_url=self.settings.public_url,
        )


def alertmanager_credentials(settings: Settings) -> dict[str, str]:
    """What each Alertmanager wants to be shown, by integration."""
    return {name: one.get_secret_value() for name, one in settings.alertmanager_credentials.items()}


@asynccontextmanager
async def open_parts(settings: Settings, redis_url: str) -> AsyncIterator[Parts]:
    """Make the parts; nothing is asked of the store or of Feishu yet. Raises `BadUrl`."""
    connection = Connection(open_pool(redis_url, size=_CONNECTIONS))
    of_feed = Connection(open_pool(redis_url, size=_FEED_CONNECTIONS))
    try:
        async with (
            connect(
                base_url=settings.feishu_base_url,
                app_id=settings.feishu_app_id,
                app_secret=settings.feishu_app_secret.get_secret_value(),
                quota=Limiter(connection),
                on_call=metrics.count_call,
            ) as feishu,
            open_alertmanagers(alertmanager_credentials(settings)) as alertmanagers,
        ):
            team = CurrentTeam(Teams(connection), file=settings.config_file, chat=default_chat(settings))
            yield Parts(
                settings=settings,
                redis_url=redis_url,
                connection=connection,
                feed=Feed(of_feed, replicas=settings.redis_replicas),
                mailbox=Mailbox(connection),
                rooms=Rooms(connection),
                records=Records(connection, Damage().tell),
                gauge=Gauge(connection),
                archive=Archive(connection),
                watchdogs=Watchdogs(connection),
                heartbeats=Heartbeats(connection),
                clock=StoreClock(Clock(connection)),
                team=team,
                rota=Rota(Overrides(connection), Calendars(connection), team),
                feishu=feishu,
                alertmanagers=alertmanagers,
                directory=Directory(feishu, People(connection, settings.feishu_app_id)),
                avatars=Avatars(feishu, AvatarKeys(connection, settings.feishu_app_id)),
                bot=OurBot(feishu, Bots(connection, settings.feishu_app_id)),
            )
    finally:
        await of_feed.aclose()
        await connection.aclose()


def default_chat(settings: Settings) -> ChatPolicy:
    """What the settings say about chats, where the team file does not."""
    return ChatPolicy(languages=settings.languages, timezone=settings.timezone)


def calendar_places(settings: Settings) -> CalendarPlaces:
    """Where calendars are that the team file only names."""
    return CalendarPlaces(
        folder=settings.config_file.parent if settings.config_file else Path(),
        secrets={name: address.get_secret_value() for name, address in settings.calendars.items()},
    )


def feishu_keys(settings: Settings) -> Keys:
    """The keys of the app's event subscription."""
    return Keys(
        encrypt_key=settings.feishu_encrypt_key.get_secret_value(),
        verification_token=settings.feishu_verification_token.get_secret_value(),
    )


def long_connection(parts: Parts) -> LongConnection | None:
    """The connection over which events come, where the settings choose it."""
    settings = parts.settings
    if settings.feishu_events is not Events.WEBSOCKET:
        return None
    return LongConnection(
        parts.feishu, app_id=settings.feishu_app_id, app_secret=settings.feishu_app_secret.get_secret_value()
    )


async def make_runtime(parts: Parts, lease_is_fresh: Callable[[JobId], bool]) -> Runtime:
    """What flows of a worker are given. Raises `StoreAway`."""
    return Runtime(
        feed=parts.feed,
        mailbox=parts.mailbox,
        rooms=parts.rooms,
        records=parts.records,
        archive=parts.archive,
        archive_folder=parts.settings.data_dir / "archive",
        feishu=parts.feishu,
        directory=parts.directory,
        avatars=parts.avatars,
        bot=parts.bot,
        team=parts.team,
        rota=parts.rota,
        alertmanagers=parts.alertmanagers,
        looks=Looks(parts.connection),
        watchdogs=parts.watchdogs,
        heartbeats=parts.heartbeats,
        turns=Turns(parts.connection),
        reach=Reach(parts.connection),
        calendars=Calendars(parts.connection),
        places=calendar_places(parts.settings),
        minutes=Minutes(parts.connection),
        install=await parts.install(),
        lease_is_fresh=lease_is_fresh,
    )

"""What a flow is given beside its subject. `wiring` fills it; nothing here is built."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from alertbridge.core.groups.blueprint import Install
from alertbridge.core.ids import JobId
from alertbridge.feishu.client import FeishuClient
from alertbridge.feishu.finding import Owner
from alertbridge.flows.avatars import Avatars
from alertbridge.flows.oncall.calendars import CalendarPlaces
from alertbridge.flows.oncall.people import Directory
from alertbridge.flows.oncall.rota import Rota
from alertbridge.flows.our_bot import OurBot
from alertbridge.flows.teams import CurrentTeam
from alertbridge.store.archive import Archive
from alertbridge.store.calendars import Calendars
from alertbridge.store.feed import Feed
from alertbridge.store.heartbeats import Heartbeats
from alertbridge.store.looks import Looks
from alertbridge.store.mailbox import Mailbox
from alertbridge.store.minutes import Minutes
from alertbridge.store.reach import Reach
from alertbridge.store.records import Records
from alertbridge.store.rooms import Rooms
from alertbridge.store.turns import Turns
from alertbridge.store.watchdogs import Watchdogs
from alertbridge.upstream.client import Alertmanager, Alertmanagers


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """The product's parts, put together."""

    feed: Feed
    mailbox: Mailbox
    rooms: Rooms
    records: Records
    archive: Archive
    archive_folder: Path
    """Where the archives of ended incidents are written."""
    feishu: FeishuClient
    directory: Directory
    avatars: Avatars
    bot: OurBot
    team: CurrentTeam
    rota: Rota
    alertmanagers: Alertmanagers
    looks: Looks
    watchdogs: Watchdogs
    heartbeats: Heartbeats
    turns: Turns
    reach: Reach
    calendars: Calendars
    places: CalendarPlaces
    minutes: Minutes
    install: Install
    lease_is_fresh: Callable[[JobId], bool]
    """Whether the job may still act: asked before each write to Feishu."""

    def alertmanager_of(self, integration: str) -> Alertmanager | None:
        """The Alertmanager that sends under this name; None where the team file names none."""
        address = self.team.current.alertmanagers.get(integration)
        return None if address is None else self.alertmanagers.of(integration, address.urls)

    def alertmanager_page(self, integration: str) -> str:
        """Where people open that Alertmanager; "" where the team file does not say."""
        address = self.team.current.alertmanagers.get(integration)
        return "" if address is None else address.public_url

    @property
    def owner(self) -> Owner:
        """How our own groups are recognised."""
        return Owner(app_id=self.install.app_id, key=self.install.key)

"""What a team file may say, field by field. The texts under the fields are also what editors show (`schema.py`)."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from alertbridge.config.entries_oncall import ScheduleEntry
from alertbridge.config.entry import Entry
from alertbridge.config.escalating import CrewEntry, PolicyEntry, RolesEntry
from alertbridge.config.recurring import TimeIntervalEntry
from alertbridge.config.updating import UpdatesEntry
from alertbridge.config.values import (
    BaseUrl,
    ChatKey,
    Email,
    FieldError,
    Flag,
    GroupBy,
    HandoverWait,
    Host,
    LabelName,
    Languages,
    Matchers,
    Mobile,
    OnCloseWord,
    OnLeaveWord,
    OnLostWord,
    OpenId,
    Patience,
    People,
    RestrictWord,
    Room,
    Seconds,
    SeverityWord,
    SilenceLimit,
    Template,
    Text,
    Threshold,
    Url,
    WatchInterval,
    Zone,
)
from alertbridge.core.alerts.matcher import Matcher, MatchOp

ALWAYS_FIRING = (Matcher("alertname", MatchOp.EQUAL, "Watchdog"),)
"""What the alert is usually called that Prometheus' operators install for this."""


class PersonEntry(Entry):
    """Somebody who can be called. Feishu finds them by email, mobile or open_id: give at least one."""

    name: Text = ""
    """What people call them. Default: the key."""

    email: Email = ""
    """Work email as Feishu knows it."""

    mobile: Mobile = ""
    """Mobile number; + and country code outside mainland China."""

    open_id: OpenId = ""
    """Feishu's id of this person for this app (ou_…)."""

    @model_validator(mode="after")
    def _can_be_found(self) -> Self:
        if not (self.email or self.mobile or self.open_id):
            raise FieldError("nobody can find this person", "give email, mobile or open_id").as_pydantic()
        return self


class SeverityEntry(Entry):
    """How severe an incident is, read from a label."""

    label: LabelName | None = None
    """The label that says so. Default: severity."""

    map: dict[str, SeverityWord] | None = None
    """Values of the label -> P1 … P4; added to the usual words (critical, error, warning, info, …)."""

    default: SeverityWord | None = None
    """For values nobody knows, and alerts without the label. Default: P3."""


class ChatEntry(Entry):
    """How the group of an incident looks and ends."""

    on_close: OnCloseWord | None = None
    """What becomes of the group: `disband` (default; archived first), `lock` or `keep`."""

    countdown_seconds: Seconds | None = Field(default=None, alias="countdown")
    """From resolved to closed; a re-fire before the end reopens the same group. Default: 1h."""

    talk_extends_seconds: Seconds | None = Field(default=None, alias="talk_extends")
    """Talk during the countdown postpones the end to this long after the last word. Default: 15m."""

    wait_seconds: Seconds | None = Field(default=None, alias="wait")
    """No group until an incident has fired so long; one that is over before never has one. Default: 0s."""

    stale_after_seconds: Patience | None = Field(default=None, alias="stale_after")
    """Ask about an incident whose source is silent so long, and end it after as long again. Default: 0s, never.

    Make it longer than the sender's `repeat_interval`. Not for Alertmanagers under `alertmanagers`: they are asked.
    """

    steady_seconds: Seconds | None = Field(default=None, alias="steady")
    """What flaps (4 flips in an hour) is not told until it is steady so long; 0s: always told. Default: 30m."""

    handover_seconds: HandoverWait | None = Field(default=None, alias="handover")
    """What is handed over and not taken for so long is given back, and the escalation goes on. Default: 15m."""

    title: Template | None = None
    """Title of group and card: text with {label} and {annotations.name}. Default: alert name and group labels."""

    value: LabelName | None = None
    """Name of the annotation that holds the measured value."""

    languages: Languages | None = None
    """One or both of zh, en; the first is the primary one."""

    timezone: Zone | None = None
    """IANA zone of times that cannot be shown in each reader's own."""

    existing: Room | None = None
    """A standing room: the id (oc_…) of a group that people have, used in place of new ones. `off`: new ones again."""

    pin: Flag | None = None
    """Put the live card on top of a standing room. Default: false."""

    announcement: Flag | None = None
    """Keep the group announcement up to date. Default: true."""

    tabs: Flag | None = None
    """Add tabs for the links. Default: true."""

    menu: Flag | None = None
    """Add a menu with the links. Default: true."""

    on_leave: OnLeaveWord | None = None
    """When somebody on call leaves an open incident's group: `invite` them back once (default), or `accept` it."""

    on_lost: OnLostWord | None = None
    """When an open incident's group is disbanded by hand, or the bot taken out: `reopen` another (default), `close`."""

    quiet_above: People | None = None
    """In a group of more people only those on call and the lead may write: a number, or `off` (default)."""

    look_every_seconds: Seconds | None = Field(default=None, alias="look_every")
    """How often a group is looked at (every ten minutes in its first hour). Default: 1h. 0s: never."""

    keep_manual_name: Flag | None = None
    """A name that a person gives the group stays until state or severity change. Default: true."""

    restrict: RestrictWord | None = None
    """Who may resolve, close, silence, set severities and change shifts: `members` (default), or `responders` only."""


class LinksEntry(Entry):
    """Links on the card, in tabs and in the menu: URLs with {label} and {annotations.name} after the host."""

    dashboard: Url | None = None
    """Where the graphs are."""

    runbook: Url | None = None
    """What to do."""

    logs: Url | None = None
    """Where the logs are."""

    on_call: Url | None = None
    """Where the on-call plan is."""

    hosts: tuple[Host, ...] | None = None
    """Hosts whose URLs may be taken from alerts (runbook_url, dashboard, …). No others are."""


class SilenceEntry(Entry):
    """Silences that are made from the chat, in the Alertmanager that sent the alerts."""

    max_seconds: SilenceLimit | None = Field(default=None, alias="max")
    """The longest one that may be asked for, 5m or more. Default: 24h."""


class AlertmanagerEntry(Entry):
    """An Alertmanager whose API may be asked: for silences from the chat, and for resolves that got lost."""

    urls: Annotated[tuple[BaseUrl, ...], Field(min_length=1)]
    """Where it listens, with its path prefix; the replicas of one cluster. The first that answers counts."""

    public_url: BaseUrl = ""
    """Where people open it, with its path prefix: links to make a silence by hand lead there. Default: no links."""


class WatchdogEntry(Entry):
    """An alert that always fires (a dead man's switch). Where it is not heard, an incident says so."""

    every_seconds: WatchInterval = Field(alias="every")
    """The longest silence that is none yet: several times as long as it takes to be repeated. At least 30s."""

    matchers: Annotated[tuple[Matchers, ...], Field(min_length=1)] = (ALWAYS_FIRING,)
    """Which alerts it is: conditions on labels, all of which have to fit. Default: alertname="Watchdog"."""

    senders: Annotated[tuple[Text, ...], Field(min_length=1)] = ("default",)
    """Integrations (names of ingest tokens), each of which has to be heard. Default: [default]."""

    labels: dict[str, Text] = Field(default_factory=dict)
    """Labels of the alert that says it is silent, beside alertname, watchdog, sender and `severity: critical`."""

    @model_validator(mode="after")
    def _is_one_alert(self) -> Self:
        if all(matcher.matches({}) for item in self.matchers for matcher in item):
            said = "these matchers take every alert, and a watchdog opens no incident"
            raise FieldError(said, 'name the alert: alertname="Watchdog"').as_pydantic()
        return self


class LobbyEntry(Entry):
    """A group that lists open incidents. Without `people` and `chat` it is offered where people bring the bot to."""

    title: Text = ""
    """What people call it. Default: the key."""

    people: tuple[Text, ...] = ()
    """Keys of `people`: the bot makes a group for them."""

    chat: ChatKey | None = None
    """Feishu's id (oc_…) of a group that is there already, with the bot in it."""

    quiet: Flag = False
    """In the group that the bot makes for `people` only the bot writes: for big groups. Default: false."""

    @model_validator(mode="after")
    def _is_one_group(self) -> Self:
        if self.people and self.chat:
            raise FieldError("a lobby has `people` or a `chat`, not both", "remove one of them").as_pydantic()
        if self.quiet and not self.people:
            said = "`quiet` is for the group that the bot makes, and without `people` it makes none"
            raise FieldError(said, "name `people`, or remove `quiet`").as_pydantic()
        return self


class StormEntry(Entry):
    """When incidents begin so fast that they share one group."""

    above: Threshold | None = None
    """More new incidents than this within a minute are folded into one; `off`: never. Default: 30."""

    steady_seconds: Seconds | None = Field(default=None, alias="steady")
    """The storm is over once there have been fewer for so long. Default: 10m."""


class RouteEntry(Entry):
    """A route. What it does not say, it inherits from the route around it."""

    name: Text | None = None
    """What people see, and what keeps open incidents attached when matchers change. Unique."""

    matchers: tuple[Matchers, ...] = ()
    """Conditions on labels, all of which an alert has to meet; Alertmanager's syntax."""

    group_by: GroupBy | None = None
    """Labels that tell incidents apart; ['...'] for all labels, [] for one incident. Default: as the sender groups."""

    continues: Flag = Field(default=False, alias="continue")
    """Offer alerts that took this route to the next ones too: one incident for each. Not inherited."""

    severity: SeverityEntry | None = None
    """How severe an incident is."""

    people: tuple[Text, ...] | None = None
    """Keys of `people` who are in every group of this route."""

    schedule: Text | None = None
    """Key of `schedules`; who is on call joins. `off`: nobody."""

    escalation: Text | None = None
    """Key of `escalation_policies`: who is called in which order. Default: see README. `off`: nobody after the card."""

    quiet_hours: tuple[Text, ...] | None = None
    """Names of `time_intervals` in which nobody is called for P3 and P4. Default: none."""

    roles: RolesEntry | None = None
    """Who has which role from the start. {}: nobody."""

    updates: UpdatesEntry | None = None
    """After how long without an update the lead is reminded, by severity. Default: never."""

    lobby: Text | None = None
    """Key of `lobbies`: where its incidents are listed. Default: the only lobby there is. `off`: nowhere."""

    chat: ChatEntry | None = None
    """How the group looks and ends."""

    links: LinksEntry | None = None
    """Links on the card, in tabs and in the menu."""

    silence: SilenceEntry | None = None
    """Silences that are made from the chat."""

    storm: StormEntry | None = None
    """When incidents of this route are folded into one group."""

    routes: tuple["RouteEntry", ...] = ()
    """Narrower routes; the first that matches takes the alert."""

    def all_matchers(self) -> tuple[Matcher, ...]:
        """Return the conditions; one item of the list may hold several."""
        return tuple(matcher for item in self.matchers for matcher in item)


class TeamEntry(Entry):
    """A team file of alertbridge: who is told of which alert, and what their group is like. It holds no secrets."""

    route: RouteEntry
    """The route that takes every alert which none below it takes."""

    people: dict[str, PersonEntry] = Field(default_factory=dict)
    """Everybody who can be called, by the key that the rest of the file uses."""

    schedules: dict[str, ScheduleEntry] = Field(default_factory=dict)
    """On-call plans, by the name that routes use."""

    teams: dict[str, CrewEntry] = Field(default_factory=dict)
    """People who are called together, by the name that policies use."""

    escalation_policies: dict[str, PolicyEntry] = Field(default_factory=dict)
    """Who is called in which order, by the name that routes use."""

    time_intervals: tuple[TimeIntervalEntry, ...] = ()
    """Recurring times, in Alertmanager's shape: for variants of policies, and for quiet hours."""

    fallback: tuple[Text, ...] = ()
    """Keys of `people` who are called where a route's own people and schedule name nobody."""

    lobbies: dict[str, LobbyEntry] = Field(default_factory=dict)
    """Groups that list the open incidents, by the name that routes use."""

    alertmanagers: dict[str, AlertmanagerEntry] = Field(default_factory=dict)
    """Alertmanagers with an API, by integration: the name of the ingest token that they send with (`default`)."""

    watchdogs: dict[str, WatchdogEntry] = Field(default_factory=dict)
    """Alerts whose absence is what is wrong, by a name of yours."""

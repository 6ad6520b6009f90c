"""The web process as an aiohttp application."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from alertbridge.web import alerts, calendars, commands, feishu, health, incidents, oncall, reload, watchdogs
from alertbridge.web.problems import answering_problems
from alertbridge.web.room import BODY_BYTES
from alertbridge.web.state import WEB, Web

KEEP_ALIVE_SECONDS = 600
"""Alertmanager keeps idle connections and uses them again after minutes; closing one then would cost it a try."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def build_app(state: Web) -> web.Application:
    """Put the doors together. Each is there with and without a slash at the end: a redirect would lose the body."""
    app = web.Application(client_max_size=BODY_BYTES)
    app[WEB] = state

    def door(method: str, path: str, handler: Handler) -> None:
        answering = answering_problems(handler)
        app.router.add_route(method, path, answering)
        app.router.add_route(method, f"{path}/", answering)

    door("POST", "/webhooks/alertmanager", alerts.receive_alertmanager)
    door("POST", "/webhooks/grafana", alerts.receive_grafana)
    door("PUT", "/webhooks/grafana", alerts.receive_grafana)
    door("POST", "/api/v2/alerts", alerts.receive_push)
    door("POST", "/api/v1/alerts", alerts.receive_push)
    door("POST", "/feishu/events", feishu.receive_feishu)
    door("GET", "/healthz", health.healthz)
    door("GET", "/readyz", health.readyz)
    door("GET", "/-/healthy", health.healthz)
    door("GET", "/-/ready", health.readyz)
    door("GET", "/metrics", health.show_metrics)
    door("POST", "/-/reload", reload.reload_team)
    door("GET", "/api/v1/incidents", incidents.list_incidents)
    door("GET", "/api/v1/incidents/{incident}", incidents.get_incident)
    door("POST", "/api/v1/incidents/{incident}/{verb}", commands.act_on_incident)
    door("GET", "/api/v1/oncall", oncall.show_on_call)
    door("GET", "/api/v1/oncall/shifts", oncall.list_shifts)
    door("GET", "/api/v1/oncall/ical", calendars.tell_calendar)
    door("GET", "/oncall/people/{person}.ics", calendars.show_calendar_of_person)
    door("GET", "/oncall/{schedule}.ics", calendars.show_calendar_of_schedule)
    door("GET", "/api/v1/oncall/overrides", oncall.list_overrides)
    door("POST", "/api/v1/oncall/overrides", oncall.make_override)
    door("DELETE", "/api/v1/oncall/overrides/{override}", oncall.remove_override)
    door("GET", "/api/v1/watchdogs", watchdogs.list_watchdogs)
    door("GET", "/incidents/{incident}", incidents.show_incident)
    app.router.add_get("/", answering_problems(incidents.show_open))
    return app

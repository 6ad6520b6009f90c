"""The commands and their options; what they do is in the module named after them."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from alertbridge import __version__
from alertbridge.cli.commands_oncall import oncall_group
from alertbridge.cli.durations import Duration
from alertbridge.cli.output import OUTPUT

if TYPE_CHECKING:
    from alertbridge.cli.incidents import Service

URL = f"http://127.0.0.1:{os.environ.get('ALERTBRIDGE_PORT', '8080')}"
"""Of the service that the same environment starts here."""


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def main() -> None:
    """Incident response in Feishu and Lark chat: every problem gets a group that runs itself."""


@main.command()
@click.option("--exit", "is_headless", is_flag=True, help="Play without a terminal, faster, and print a JSON summary.")
def demo(is_headless: bool) -> None:
    """Play the whole story against a sandbox: alert, group, people, card, ack, resolved, archived, disbanded."""
    from alertbridge.cli.demo import play

    raise SystemExit(play(is_headless=is_headless))


@main.command()
def serve() -> None:
    """Run everything that is needed here: web, worker, and a store where no `ALERTBRIDGE_REDIS_URL` is set."""
    from alertbridge.cli.serve import serve_all

    raise SystemExit(serve_all())


@main.command()
def web() -> None:
    """Run the web process: alerts, Feishu's events, pages."""
    from alertbridge.cli.serve import serve_web

    raise SystemExit(serve_web())


@main.command()
def worker() -> None:
    """Run a worker process: it brings incidents and their groups up to date."""
    from alertbridge.cli.serve import serve_worker

    raise SystemExit(serve_worker())


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8090, show_default=True)
@click.option(
    "--events-url", default="", help="Where events and clicks are sent, e.g. http://127.0.0.1:8080/feishu/events"
)
@click.option("--latency", default=0.0, show_default=True, help="Seconds added to every call.")
@click.option("--quotas/--no-quotas", default=True, show_default=True, help="Enforce Feishu's limits.")
def sandbox(host: str, port: int, events_url: str, latency: float, quotas: bool) -> None:
    """Run a Feishu on this machine: the open platform's calls and events, and a page that shows the groups."""
    from alertbridge.cli.sandbox import run

    raise SystemExit(run(host, port, events_url=events_url, latency=latency, quotas=quotas))


@main.command("check-config")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--ask", "asks", is_flag=True, help="Also ask Feishu whether everybody in it can be called.")
def check_config(file: Path, asks: bool) -> None:
    """Read a team file and name every problem in it: file, line, what, how to mend. Exit 2 if there is one.

    With --ask, which needs the environment of a worker, exit 1 if somebody cannot be called.
    """
    from alertbridge.cli.config import check

    raise SystemExit(check(file, asks=asks))


@main.command()
@click.option("--probe", "with_probe", is_flag=True, help="Also try what needs a group: one is made, and disbanded.")
@OUTPUT
def doctor(with_probe: bool, output: str) -> None:
    """Look at settings, store, team file and Feishu, and say what to mend.

    Exit 0: all is well; 1: something has to be mended; 2: nothing that is known, but not everything could be looked at.
    """
    from alertbridge.cli.doctor import examine

    raise SystemExit(examine(with_probe=with_probe, output=output))


@main.group()
def routes() -> None:
    """Look at the routing tree."""


@routes.command("test")
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("labels", nargs=-1, required=True)
@OUTPUT
def routes_test(file: Path, labels: tuple[str, ...], output: str) -> None:
    """Show which routes an alert with these LABELS (name=value …) takes, and what they say about its incident."""
    from alertbridge.cli.config import test_routes

    raise SystemExit(test_routes(file, labels, output))


@main.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--to", "--url", "url", default=URL, show_default=True, help="Address of a running alertbridge.")
@click.option("--token", default="", help="Ingest token, where one is set.")
def replay(file: Path, url: str, token: str) -> None:
    """Send a recorded body (Alertmanager, Grafana or a Prometheus push) once more; the door is told by its shape."""
    from alertbridge.cli.replay import send

    raise SystemExit(send(file, url, token))


@main.group()
@click.option("--url", default=URL, show_default=True, help="Address of a running alertbridge.")
@click.option("--token", envvar="ALERTBRIDGE_ADMIN_TOKEN", default="", help="Admin token, where one is set.")
@click.pass_context
def incidents(context: click.Context, url: str, token: str) -> None:
    """Look at incidents and act on them, by number or id."""
    from alertbridge.cli.incidents import Service

    context.obj = Service(url.rstrip("/"), token)


@incidents.command("list")
@click.option("--closed", is_flag=True, help="Those that are over instead, newest first.")
@OUTPUT
@click.pass_obj
def incidents_list(service: "Service", closed: bool, output: str) -> None:
    """List open incidents, worst first."""
    from alertbridge.cli.incidents import list_incidents

    raise SystemExit(list_incidents(service, is_closed=closed, output=output))


@incidents.command("show")
@click.argument("incident")
@OUTPUT
@click.pass_obj
def incidents_show(service: "Service", incident: str, output: str) -> None:
    """Show one incident with its timeline."""
    from alertbridge.cli.incidents import show_incident

    raise SystemExit(show_incident(service, incident, output))


@incidents.command("open")
@click.argument("incident")
@click.pass_obj
def incidents_open(service: "Service", incident: str) -> None:
    """Make the group of an incident in triage now."""
    from alertbridge.cli.incidents import act

    raise SystemExit(act(service, incident, "open"))


@incidents.command("unfold")
@click.argument("incident")
@click.pass_obj
def incidents_unfold(service: "Service", incident: str) -> None:
    """Give an incident in a storm a group of its own; of the storm's own incident: all of them."""
    from alertbridge.cli.incidents import act

    raise SystemExit(act(service, incident, "unfold"))


@incidents.command("ack")
@click.argument("incident")
@click.pass_obj
def incidents_ack(service: "Service", incident: str) -> None:
    """Acknowledge an incident as the operator."""
    from alertbridge.cli.incidents import act

    raise SystemExit(act(service, incident, "ack"))


@incidents.command("unack")
@click.argument("incident")
@click.pass_obj
def incidents_unack(service: "Service", incident: str) -> None:
    """Take back an acknowledgement, whoever gave it."""
    from alertbridge.cli.incidents import act

    raise SystemExit(act(service, incident, "unack"))


@incidents.command("sev")
@click.argument("incident")
@click.argument("level", type=click.Choice(["P1", "P2", "P3", "P4"], case_sensitive=False))
@click.pass_obj
def incidents_sev(service: "Service", incident: str, level: str) -> None:
    """Set an incident's severity; its alerts' labels do not move it any more."""
    from alertbridge.cli.incidents import act

    raise SystemExit(act(service, incident, "sev", {"level": level}))


@incidents.command("note")
@click.argument("incident")
@click.argument("text")
@click.pass_obj
def incidents_note(service: "Service", incident: str, text: str) -> None:
    """Keep TEXT on an incident's timeline."""
    from alertbridge.cli.incidents import act

    raise SystemExit(act(service, incident, "note", {"text": text}))


@incidents.command("update")
@click.argument("incident")
@click.argument("text")
@click.pass_obj
def incidents_update(service: "Service", incident: str, text: str) -> None:
    """Show TEXT, how things stand, on an incident's card and in its announcement."""
    from alertbridge.cli.incidents import act

    raise SystemExit(act(service, incident, "update", {"text": text}))


@incidents.command("resolve")
@click.argument("incident")
@click.pass_obj
def incidents_resolve(service: "Service", incident: str) -> None:
    """Mark an incident as resolved as the operator."""
    from alertbridge.cli.incidents import act

    raise SystemExit(act(service, incident, "resolve"))


@incidents.command("reopen")
@click.argument("incident")
@click.pass_obj
def incidents_reopen(service: "Service", incident: str) -> None:
    """Reopen a resolved incident in the same group."""
    from alertbridge.cli.incidents import act

    raise SystemExit(act(service, incident, "reopen"))


@incidents.command("keep")
@click.argument("incident")
@click.pass_obj
def incidents_keep(service: "Service", incident: str) -> None:
    """Keep the group of a resolved incident until somebody closes it."""
    from alertbridge.cli.incidents import act

    raise SystemExit(act(service, incident, "keep"))


@incidents.command("close")
@click.argument("incident")
@click.pass_obj
def incidents_close(service: "Service", incident: str) -> None:
    """End the countdown of a resolved incident now."""
    from alertbridge.cli.incidents import act

    raise SystemExit(act(service, incident, "close"))


@incidents.command("silence")
@click.argument("incident")
@click.argument("duration", type=Duration())
@click.option("--reason", default="", help="Why; it stands in the silence's comment.")
@click.pass_obj
def incidents_silence(service: "Service", incident: str, duration: int, reason: str) -> None:
    """Silence an incident's alerts in their Alertmanager for DURATION (90s, 30m, 2h, …)."""
    from alertbridge.cli.incidents import act

    raise SystemExit(act(service, incident, "silence", {"seconds": duration, "reason": reason}))


@incidents.command("unsilence")
@click.argument("incident")
@click.pass_obj
def incidents_unsilence(service: "Service", incident: str) -> None:
    """End an incident's silence."""
    from alertbridge.cli.incidents import act

    raise SystemExit(act(service, incident, "unsilence"))


@main.command()
@click.argument("labels", nargs=-1)
@click.option("--route", default="", help="Try the route of this name, whatever its matchers ask for.")
@click.option("--to", "--url", "url", default=URL, show_default=True, help="Address of a running alertbridge.")
@click.option("--token", envvar="ALERTBRIDGE_ADMIN_TOKEN", default="", help="Admin token, where one is set.")
@click.option("--ingest-token", default="", help="Ingest token, where one is set.")
@click.option("--within", type=Duration(), default="30s", show_default=True, help="How long a step may take.")
@click.option("--expect-ack", type=Duration(), help="Somebody has to press Ack within this time.")
@click.option(
    "--steps", type=click.IntRange(min=0), help="Escalation steps to wait for.  [default: 1, if there are any]"
)
@click.option("--expect-calls", type=click.IntRange(min=1), help="So many calls have to go out.")
@click.option("--really-page", is_flag=True, help="Call people by SMS and phone, too, as the policy says.")
@OUTPUT
def drill(
    labels: tuple[str, ...],
    route: str,
    url: str,
    token: str,
    ingest_token: str,
    within: int,
    expect_ack: int | None,
    steps: int | None,
    expect_calls: int | None,
    really_page: bool,
    output: str,
) -> None:
    """Hold a drill: an alert with these LABELS (name=value …) on the real way, to its group, its people, its end.

    Everybody sees that it is one. By default nobody is called by SMS or phone. Exit 0 if every step was on time.
    """
    from alertbridge.cli.drill import Wish, labels_of, run

    wish = Wish(
        url=url.rstrip("/"),
        admin_token=token,
        ingest_token=ingest_token,
        labels=labels_of(labels),
        route=route,
        within_seconds=within,
        ack_seconds=expect_ack or 0,
        steps=steps,
        calls=expect_calls or 0,
        is_loud=really_page,
    )
    raise SystemExit(run(wish, output))


@main.command()
@click.option("--url", default=URL, show_default=True, help="Address of a running alertbridge.")
@click.option("--token", envvar="ALERTBRIDGE_ADMIN_TOKEN", default="", help="Admin token, where one is set.")
@OUTPUT
def watchdogs(url: str, token: str, output: str) -> None:
    """List the watchdogs of the team file: when each sender was heard last. Exit 1 if one is silent."""
    from alertbridge.cli.incidents import Service
    from alertbridge.cli.watchdogs import list_watchdogs

    raise SystemExit(list_watchdogs(Service(url.rstrip("/"), token), output))


main.add_command(oncall_group(URL))


@main.group()
def chats() -> None:
    """Look after the groups in Feishu that carry our mark. Needs the environment of a worker."""


@chats.command("list")
@click.option("--name", "named", default="", help="Only those that Feishu finds by this part of a name.")
@OUTPUT
def chats_list(named: str, output: str) -> None:
    """List the groups that the bot is in, and whose they are: live, kept, orphan, foreign, marked, unmarked."""
    from alertbridge.cli.chats import list_chats

    raise SystemExit(list_chats(named=named, output=output))


@chats.command("orphans")
@OUTPUT
def chats_orphans(output: str) -> None:
    """List groups of ours that no incident has any more."""
    from alertbridge.cli.chats import list_orphans

    raise SystemExit(list_orphans(output))


@chats.command("disband")
@click.argument("chat_id")
@click.option("--without-archive", is_flag=True, help="Although what was said there is not archived.")
@click.option("--yes", "is_confirmed", is_flag=True, help="Do not ask.")
def chats_disband(chat_id: str, without_archive: bool, is_confirmed: bool) -> None:
    """Disband one group of ours whose incident is over. Feishu keeps nothing of it."""
    from alertbridge.cli.chats import disband

    raise SystemExit(disband(chat_id, without_archive=without_archive, is_confirmed=is_confirmed))


@main.group("import")
def import_() -> None:
    """Bring over people, schedules and escalation policies of another product.

    FILE is what its API answers: one JSON file, or a folder or zip archive of them. Nothing is written without --apply,
    nothing twice, and nothing that somebody has changed in the team file since. docs/import.md says how to get FILE.

    Exit 0: all can be brought over; 1: something cannot; 2: FILE or the team file cannot be used.
    """


def _importer(product: str, title: str) -> None:
    """Add the command of one product."""

    @click.argument("file", type=click.Path(exists=True, path_type=Path))
    @click.option("--apply", "is_applied", is_flag=True, help="Write it. Without this the plan is shown.")
    @click.option(
        "--into",
        type=click.Path(dir_okay=False, path_type=Path),
        envvar="ALERTBRIDGE_CONFIG_FILE",
        default="team.yaml",
        show_default=True,
        help="The team file; it is made where there is none.",
    )
    @click.option("--person", "people", multiple=True, metavar="ID=KEY", help="Who somebody is whose email is missing.")
    @click.option("--replace", "replaced", multiple=True, metavar="KEY", help="Replace an entry that was changed here.")
    @OUTPUT
    def command(
        file: Path, is_applied: bool, into: Path, people: tuple[str, ...], replaced: tuple[str, ...], output: str
    ) -> None:
        from alertbridge.cli.importing import run

        raise SystemExit(
            run(product, file, into, people=people, replaced=replaced, is_applied=is_applied, output=output)
        )

    import_.command(product, help=f"Bring over what {title} has.")(command)


for _product, _title in (
    ("pagerduty", "PagerDuty"),
    ("opsgenie", "Opsgenie"),
    ("grafana-oncall", "Grafana OnCall"),
    ("goalert", "GoAlert"),
):
    _importer(_product, _title)

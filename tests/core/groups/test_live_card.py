"""What the live card says, and where its links lead."""

from dataclasses import replace

import pytest

from alertbridge.core.alerts.route import Links, OnClose
from alertbridge.core.chats.card import Button, CardView, LinkKind, More, Next, NextKind, Option, Update
from alertbridge.core.groups import naming
from alertbridge.core.groups.blueprint import blueprint
from alertbridge.core.groups.links import links_of, page_url, usable
from alertbridge.core.groups.live_card import ROWS
from alertbridge.core.incidents.command import Verb
from alertbridge.core.incidents.incident import Incident, Status
from alertbridge.core.lifecycle import elapse, observe
from tests.builders import (
    ALICE,
    BOB,
    INCIDENT,
    INSTALL,
    T,
    a_bare_incident,
    a_command,
    a_policy,
    a_route,
    a_settled_incident,
    acknowledged,
    after,
    an_alert,
    an_incident,
    closed,
    closing,
    received,
    recovered,
    resolved,
    wanted_of,
)


def card(incident: Incident) -> CardView:
    view = wanted_of(incident).card
    assert view is not None
    return view


def several(count: int, **labels: str) -> Incident:
    """An incident of alerts that differ in their instance, and in `labels` made of their number."""
    alerts = [
        an_alert(
            f"A{number:03}",
            labels={"alertname": "High5xx", "instance": f"10.0.0.{number}:9100"}
            | {name: value.format(n=number % 3) for name, value in labels.items()},
            value=f"{number}%",
        )
        for number in range(count)
    ]
    return an_incident(None, *alerts)


# -- facts -------------------------------------------------------------------------------------------------------------


def test_the_card_of_one_alert_has_no_rows() -> None:
    view = card(several(1))

    assert (view.rows, view.more, view.firing, view.total) == ((), None, 1, 1)


def test_up_to_five_alerts_have_a_row_each_with_what_differs() -> None:
    view = card(several(3))

    assert [row.labels for row in view.rows] == [(("instance", f"10.0.0.{n}:9100"),) for n in range(3)]
    assert [row.value for row in view.rows] == ["0%", "1%", "2%"]
    assert view.more is None


def test_more_alerts_are_counted_by_the_label_that_tells_most() -> None:
    view = card(several(30, zone="z{n}"))

    assert len(view.rows) == ROWS
    assert view.more == More(count=25, label="zone", values=(("z2", 9), ("z0", 8), ("z1", 8)))


def test_where_every_alert_is_different_they_are_only_counted() -> None:
    assert card(several(40)).more == More(count=35, label="", values=())


def test_five_hundred_alerts_make_the_same_card_as_six() -> None:
    assert len(card(several(500)).rows) == len(card(several(6)).rows) == ROWS


def test_labels_that_all_share_stand_once_those_of_the_group_first() -> None:
    labels = {"alertname": "x", "a": "1", "b": "2", "c": "3", "d": "4", "service": "checkout"}

    assert card(an_incident(None, an_alert(labels=labels))).common == (
        ("service", "checkout"),
        ("a", "1"),
        ("b", "2"),
        ("c", "3"),
    )


def test_the_subtitle_has_the_widest_scope() -> None:
    assert card(an_incident(None, an_alert(labels={"cluster": "sh1"}))).scope == "sh1"
    assert card(an_incident()).scope == "checkout"
    assert card(a_bare_incident()).scope == ""


@pytest.mark.parametrize(
    ("annotations", "summary"),
    [
        ({"summary": "a\nb", "message": "no"}, "a b"),
        ({"message": "m", "description": "no"}, "m"),
        ({"description": "d"}, "d"),
        ({}, "High5xx: checkout"),
    ],
)
def test_the_summary_is_what_the_rule_says_of_itself(annotations: dict[str, str], summary: str) -> None:
    assert card(an_incident(None, an_alert(annotations=annotations))).summary == summary


def test_without_alerts_the_summary_is_the_title() -> None:
    assert card(a_bare_incident()).summary == "payments"


def test_a_changed_value_is_shown_with_the_one_before() -> None:
    incident = an_incident(None, an_alert(value="12.4%"))
    assert (card(incident).value, card(incident).value_before) == ("12.4%", "")

    incident = observe(incident, received(resolved(an_alert(), value="3.1%"))).incident

    assert (card(incident).value, card(incident).value_before) == ("3.1%", "12.4%")


def test_a_recovered_incident_shows_no_rows() -> None:
    view = card(recovered(several(9)))

    assert (view.rows, view.more, view.firing, view.total) == ((), None, 0, 9)


def test_while_it_burns_the_card_is_about_what_fires() -> None:
    incident = observe(several(2), received(resolved(several(1).alerts.popitem()[1]), at=after(5))).incident

    assert (card(incident).firing, card(incident).total, card(incident).value) == (1, 2, "1%")


# -- next step and buttons ---------------------------------------------------------------------------------------------

KEPT = observe(recovered(a_settled_incident()), a_command(Verb.KEEP, BOB)).incident


@pytest.mark.parametrize(
    ("incident", "next_step", "buttons"),
    [
        (
            an_incident(a_route(policy=a_policy(wait_seconds=120))),
            Next(kind=NextKind.TRIAGE, at=after(2)),
            "open ack",
        ),
        (an_incident(), Next(kind=NextKind.WAIT_ACK), "ack resolve assign"),
        (acknowledged(an_incident()), Next(kind=NextKind.WAIT_RECOVERY), "resolve assign"),
        (recovered(a_settled_incident()), Next(kind=NextKind.DISBAND, at=after(60)), "keep reopen close"),
        (
            recovered(a_settled_incident(a_route(on_close=OnClose.LOCK))),
            Next(kind=NextKind.LOCK, at=after(60)),
            "keep reopen close",
        ),
        (
            recovered(a_settled_incident(a_route(on_close=OnClose.KEEP))),
            Next(kind=NextKind.STAYS, at=after(60)),
            "keep reopen close",
        ),
        (KEPT, Next(kind=NextKind.KEPT, who=BOB), "reopen close"),
        (closing(OnClose.DISBAND), Next(kind=NextKind.DISBAND, at=after(60)), "reopen"),
        (closed(OnClose.LOCK), Next(kind=NextKind.NOTHING), ""),
    ],
)
def test_the_card_says_what_happens_next_and_offers_what_can_be_done(
    incident: Incident, next_step: Next, buttons: str
) -> None:
    assert card(incident).next == next_step
    assert card(incident).buttons == tuple(map(Button, buttons.split()))


def test_who_resolved_it_and_who_leads_is_named() -> None:
    incident = observe(acknowledged(an_incident(), ALICE), a_command(Verb.RESOLVE, BOB, at=after(9))).incident

    assert (card(incident).lead, card(incident).resolved_by, card(incident).state_at) == (ALICE, BOB, after(9))


def test_a_refresh_makes_another_card_but_nothing_else_new() -> None:
    refreshed = elapse(an_incident(), after(5)).incident

    assert card(refreshed) == replace(card(an_incident()), refreshed=1)
    assert card(an_incident()).started_at == T


# -- the menu and the update -------------------------------------------------------------------------------------------


def test_the_menu_offers_only_what_means_something_now() -> None:
    firing = an_incident()

    assert card(firing).options == (
        Option.NOTE,
        Option.UPDATE,
        Option.SEV_P2,
        Option.SEV_P3,
        Option.SEV_P4,
        Option.HANDOVER,
        Option.TIMELINE,
    )
    assert Option.UNACK in card(acknowledged(firing)).options
    assert card(recovered(firing)).options == (Option.NOTE, Option.UPDATE, Option.TIMELINE)
    assert card(replace(firing, status=Status.CLOSED)).options == ()


def test_without_a_page_there_is_no_timeline_to_open() -> None:
    view = blueprint(an_incident(), replace(INSTALL, public_url="")).card

    assert view is not None
    assert Option.TIMELINE not in view.options


def test_the_newest_update_is_on_the_card() -> None:
    incident = observe(an_incident(), a_command(Verb.UPDATE, BOB, at=after(3), text="rolled back")).incident

    assert card(incident).update == Update(text="rolled back", at=after(3), by=BOB)


# -- links -------------------------------------------------------------------------------------------------------------


def kinds_of(incident: Incident) -> dict[LinkKind, tuple[str, bool]]:
    shown = list(incident.alerts.values())
    found = links_of(incident, INSTALL, shown, shown[0].labels if shown else {})
    return {link.kind: (link.url, link.is_foreign) for link in found}


def test_a_template_of_the_route_wins_over_what_the_alert_offers() -> None:
    route = a_route(links=Links(runbook="https://wiki.example.com/{alertname}?{annotations.team}"))
    alert = an_alert(annotations={"runbook_url": "https://evil.example.com", "team": "a&b"})

    assert kinds_of(an_incident(route, alert))[LinkKind.RUNBOOK] == ("https://wiki.example.com/High5xx?a%26b", False)


def test_what_an_alert_offers_is_foreign_unless_its_host_is_ours() -> None:
    route = a_route(links=Links(hosts=("grafana.example.com",)))
    alert = an_alert(
        annotations={"runbook_url": "https://wiki.evil.example", "logs_url": "https://GRAFANA.example.com/logs"},
        links={"dashboard": "https://grafana.example.com/d", "panel": "https://grafana.example.com/p"},
        generator_url="https://prometheus.example.com/graph",
    )

    assert kinds_of(an_incident(route, alert)) == {
        LinkKind.INCIDENT: (page_url(INSTALL, INCIDENT), False),
        LinkKind.DASHBOARD: ("https://grafana.example.com/p", False),
        LinkKind.RUNBOOK: ("https://wiki.evil.example", True),
        LinkKind.LOGS: ("https://GRAFANA.example.com/logs", False),
        LinkKind.SOURCE: ("https://prometheus.example.com/graph", True),
    }


@pytest.mark.parametrize("url", ["http://[", "https://x:99999", "javascript:alert(1)", "not a link", "https://a@ours/"])
def test_an_address_that_is_none_is_foreign(url: str) -> None:
    route = a_route(links=Links(hosts=("", "x", "ours")))

    assert kinds_of(an_incident(route, an_alert(generator_url=url)))[LinkKind.SOURCE] == (url, True)


def test_the_page_of_an_incident_can_only_be_named_by_us() -> None:
    incident = an_incident()

    assert page_url(INSTALL, incident.id).startswith("https://alerts.example.com/incidents/01JD4Z")
    assert page_url(INSTALL, incident.id) != page_url(replace(INSTALL, key=b"another"), incident.id)


def test_whoever_reads_a_groups_description_cannot_open_the_page() -> None:
    incident = an_incident()

    assert naming.mac(INSTALL.key, INSTALL.app_id, incident.id) not in page_url(INSTALL, incident.id)


def test_only_our_own_plain_addresses_stand_where_nobody_sees_them() -> None:
    route = a_route(links=Links(dashboard="https://grafana.example.com/a b", runbook="ftp://x"))
    incident = an_incident(route, an_alert(generator_url="https://elsewhere.example"))
    found = links_of(incident, replace(INSTALL, public_url=""), list(incident.alerts.values()), {})

    assert usable(found) == [(LinkKind.DASHBOARD, "https://grafana.example.com/a%20b")]


def test_the_card_leaves_the_source_and_the_on_call_page_to_the_menu() -> None:
    route = a_route(links=Links(on_call="https://oncall.example.com", runbook="https://wiki.example.com"))
    view = card(an_incident(route, an_alert(generator_url="https://prometheus.example.com")))

    assert [link.kind for link in view.links] == [LinkKind.INCIDENT, LinkKind.RUNBOOK]

"""What an incident wants its group to be: its life, its people, its name, its tabs, menu and announcement."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alertbridge.core.alerts.route import ChatPolicy, Links, OnClose
from alertbridge.core.chats.card import State
from alertbridge.core.chats.chat import LineStyle
from alertbridge.core.groups import naming
from alertbridge.core.groups.blueprint import blueprint, page_url, state_of, title_of
from alertbridge.core.incidents.command import Verb
from alertbridge.core.incidents.incident import Incident
from alertbridge.core.lifecycle import elapse, observe
from alertbridge.core.oncall.role import Role
from alertbridge.core.severity import Severity
from alertbridge.core.text import utf16_length
from tests.builders import (
    ALICE,
    BOB,
    CAROL,
    DAVE,
    INCIDENT,
    INSTALL,
    T,
    a_bare_incident,
    a_chat,
    a_command,
    a_policy,
    a_route,
    a_settled_incident,
    acknowledged,
    after,
    an_alert,
    an_incident,
    an_opening,
    closed,
    closing,
    recovered,
    wanted_of,
)

LINKS = Links(
    dashboard="https://grafana.example.com/d/1?svc={service}",
    runbook="https://wiki.example.com/{alertname}",
    on_call="https://oncall.example.com",
)


# -- its life ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("incident", "exists"),
    [
        (an_incident(), True),
        (acknowledged(an_incident()), True),
        (recovered(an_incident()), False),
        (recovered(a_settled_incident()), True),
        (closing(OnClose.DISBAND), True),
        (closed(OnClose.DISBAND), False),
        (closed(OnClose.DISBAND, refused="no scope"), True),
        (closed(OnClose.LOCK), True),
        (closed(OnClose.KEEP), True),
        (replace(closed(OnClose.KEEP), chat=None), False),
    ],
)
def test_a_group_exists_while_it_is_of_use(incident: Incident, exists: bool) -> None:
    assert wanted_of(incident).exists is exists


@pytest.mark.parametrize(
    ("incident", "is_locked", "is_archived"),
    [
        (a_settled_incident(), False, False),
        (recovered(a_settled_incident()), False, False),
        (closing(OnClose.DISBAND), True, True),
        (closing(OnClose.LOCK), True, True),
        (closing(OnClose.KEEP), False, False),
        (closed(OnClose.LOCK), True, False),
        (closed(OnClose.KEEP), False, False),
        (closed(OnClose.DISBAND, refused="no scope"), True, False),
    ],
)
def test_a_group_is_locked_and_archived_as_its_route_ends_it(
    incident: Incident, is_locked: bool, is_archived: bool
) -> None:
    assert (wanted_of(incident).is_locked, wanted_of(incident).is_archived) == (is_locked, is_archived)


def test_the_live_card_is_on_top_until_the_end() -> None:
    assert wanted_of(closing(OnClose.LOCK)).is_pinned
    assert not wanted_of(closed(OnClose.LOCK)).is_pinned


# -- its people --------------------------------------------------------------------------------------------------------


def test_responders_lead_and_invited_people_are_members_each_once() -> None:
    incident = an_incident(lead=BOB, invited=(CAROL, ALICE))

    assert wanted_of(incident).members == (ALICE, BOB, CAROL)


def test_the_lead_and_the_responders_are_managers_the_lead_first() -> None:
    assert wanted_of(an_incident(lead=CAROL)).managers == (CAROL, ALICE, BOB)


def test_the_first_card_calls_the_responders() -> None:
    assert wanted_of(an_incident(lead=CAROL)).mention == (ALICE, BOB)


def test_before_the_responders_are_known_there_are_none() -> None:
    wanted = wanted_of(an_incident(responders=None))

    assert (wanted.members, wanted.managers, wanted.mention) == ((), (), ())


# -- its name ----------------------------------------------------------------------------------------------------------


def test_the_name_has_severity_state_title_and_number() -> None:
    wanted = wanted_of(acknowledged(an_incident()))

    assert wanted.name == {
        "zh": "[P1][处理中] High5xx: checkout (#1423)",
        "en": "[P1][acked] High5xx: checkout (#1423)",
    }
    assert wanted.plain_name["en"] == "[P1][acked] incident (#1423)"


def test_the_description_carries_the_marker_in_the_primary_language() -> None:
    english = an_incident(a_route(policy=a_policy(languages=("en",))))

    assert wanted_of(an_incident()).description.startswith("告警事件 #1423 · payments")
    description = wanted_of(english).description
    assert description.startswith("Incident #1423 · payments")
    claim = naming.parse_marker(description)
    assert claim is not None
    assert claim.incident == INCIDENT
    assert naming.is_ours(claim, INSTALL.key, INSTALL.app_id)


@pytest.mark.parametrize(
    ("incident", "avatar", "state"),
    [
        (an_incident(), "p1", State.FIRING),
        (replace(acknowledged(an_incident()), severity=Severity.P3), "p3", State.ACKED),
        (recovered(an_incident()), "resolved", State.RESOLVED),
        (closed(OnClose.KEEP), "resolved", State.CLOSED),
    ],
)
def test_the_avatar_shows_the_severity_until_it_is_over(incident: Incident, avatar: str, state: State) -> None:
    assert wanted_of(incident).avatar == avatar
    assert state_of(incident) is state


def test_the_title_is_the_routes_template() -> None:
    route = a_route(policy=a_policy(title="{service}: {annotations.summary}"))

    assert title_of(an_incident(route)) == "checkout: High5xx is above 5 %"


def test_a_template_that_comes_out_empty_gives_way_to_the_usual_title() -> None:
    assert title_of(an_incident(a_route(policy=a_policy(title=" {team} ")))) == "High5xx: checkout"


def test_the_usual_title_is_the_alerts_name_and_what_tells_its_group_apart() -> None:
    by_name = an_opening(group_labels={"alertname": "High5xx", "empty": ""})

    assert title_of(an_incident()) == "High5xx: checkout"
    assert title_of(an_incident(opening=by_name)) == "High5xx"
    assert title_of(a_bare_incident()) == "payments"


def test_the_title_stays_that_of_the_first_alert() -> None:
    later = an_alert("Aaa", starts_at=after(5))

    assert title_of(an_incident(None, later, an_alert("Zzz"))) == "Zzz: checkout"


# -- tabs, menu, announcement ------------------------------------------------------------------------------------------


def test_tabs_are_the_pages_that_are_known() -> None:
    tabs = wanted_of(an_incident(a_route(links=LINKS))).tabs

    assert tabs is not None
    assert [(tab.name, tab.url) for tab in tabs] == [
        ("事件 Incident", page_url(INSTALL, INCIDENT)),
        ("面板 Dashboard", "https://grafana.example.com/d/1?svc=checkout"),
        ("手册 Runbook", "https://wiki.example.com/High5xx"),
        ("值班 On-call", "https://oncall.example.com"),
    ]


def test_the_menu_groups_the_same_pages_and_leaves_out_what_is_empty() -> None:
    route = a_route(links=replace(LINKS, on_call="", hosts=("prometheus.example.com",)))
    menu = wanted_of(an_incident(route, an_alert(generator_url="https://prometheus.example.com/graph"))).menu

    assert menu is not None
    assert [(top.name["en"], [item.name["en"] for item in top.items]) for top in menu] == [
        ("Incident", ["Incident page"]),
        ("Investigate", ["Dashboard", "Runbook", "Alert source"]),
    ]


def test_only_the_languages_that_are_set_are_spoken() -> None:
    wanted = wanted_of(an_incident(a_route(policy=a_policy(languages=("en",)), links=LINKS)))

    assert wanted.menu is not None
    assert wanted.tabs is not None
    assert wanted.menu[0].name == {"en": "Incident"}
    assert wanted.tabs[0].name == "Incident"


def test_a_route_can_do_without_tabs_menu_and_announcement() -> None:
    route = a_route(policy=ChatPolicy(tabs=False, menu=False, announcement=False))
    wanted = wanted_of(an_incident(route))

    assert (wanted.tabs, wanted.menu, wanted.announcement) == (None, None, None)


def test_the_announcement_has_nine_lines_of_ours_and_two_for_notes() -> None:
    lines = wanted_of(an_incident(None, an_alert(value="12.4%"))).announcement

    assert lines is not None
    assert [line.style for line in lines] == [
        LineStyle.HEADING,
        LineStyle.TEXT,
        *[LineStyle.BULLET] * 6,
        LineStyle.DIVIDER,
        LineStyle.HEADING,
        LineStyle.TEXT,
    ]
    texts = [line.text for line in lines]
    assert texts[:3] == ["#1423 · P1 · 触发中", "High5xx: checkout", "负责人 Lead：无人认领"]
    assert texts[3:6] == ["影响 Impact：High5xx is above 5 %", "开始 Started：11-22 22:01 (UTC+8)", "当前值 Now：12.4%"]
    assert lines[7].links[0] == ("事件页", page_url(INSTALL, INCIDENT))


def test_who_has_a_role_is_wanted_and_named_beside_the_lead() -> None:
    wanted = wanted_of(an_incident(lead=ALICE, roles={Role.SCRIBE: DAVE, Role.COMMS: CAROL}))

    assert {CAROL, DAVE} <= set(wanted.members)
    assert wanted.card is not None
    assert wanted.card.roles == ((Role.COMMS, CAROL), (Role.SCRIBE, DAVE))
    assert wanted.announcement is not None
    lead = wanted.announcement[2]
    assert (lead.person, lead.others) == (ALICE, ((" · 沟通人 Comms：", CAROL), (" · 记录人 Scribe：", DAVE)))


def test_the_announcement_names_the_lead() -> None:
    lines = wanted_of(acknowledged(an_incident(), BOB)).announcement

    assert lines is not None
    assert (lines[2].text, lines[2].person) == ("负责人 Lead：", BOB)


def test_without_alerts_and_public_page_there_is_still_a_group() -> None:
    wanted = blueprint(a_bare_incident(), replace(INSTALL, public_url=""))

    assert wanted.tabs == ()
    assert wanted.menu == ()
    assert wanted.announcement is not None
    assert (wanted.announcement[5].text, wanted.announcement[7].links) == ("当前值 Now：", ())


# -- for every incident ------------------------------------------------------------------------------------------------

TEXTS = st.text(max_size=200)


@st.composite
def strange_incidents(draw: st.DrawFn) -> Incident:
    """Incidents whose every text is a stranger's."""
    labels = draw(st.dictionaries(TEXTS, TEXTS, max_size=4))
    alerts = [
        an_alert(
            f"A{number}",
            labels=labels | {"alertname": draw(TEXTS)},
            annotations=draw(st.dictionaries(st.sampled_from(("summary", "runbook_url", "logs_url")), TEXTS)),
            generator_url=draw(st.one_of(TEXTS, st.sampled_from(("http://[", "https://x:99999", "//")))),
            value=draw(TEXTS),
            starts_at=T + timedelta(seconds=draw(st.integers(-99, 99))),
        )
        for number in range(draw(st.integers(1, 8)))
    ]
    route = a_route(name=draw(TEXTS), policy=a_policy(title=draw(st.sampled_from(("", "{alertname}")))), links=LINKS)
    incident = an_incident(None, *alerts, opening=an_opening(route, group_labels=labels))
    return draw(st.sampled_from((incident, acknowledged(incident), recovered(replace(incident, chat=a_chat())))))


@settings(max_examples=40)
@given(strange_incidents())
def test_names_and_descriptions_keep_their_length_whatever_strangers_write(incident: Incident) -> None:
    wanted = wanted_of(incident)

    for name in (*wanted.name.values(), *wanted.plain_name.values()):
        assert utf16_length(name) <= 60
        assert name.endswith(" (#1423)")
    assert utf16_length(wanted.description) <= 100
    assert naming.parse_marker(wanted.description) is not None


@settings(max_examples=40)
@given(strange_incidents())
def test_the_same_incident_always_wants_the_same(incident: Incident) -> None:
    again = replace(incident, alerts=dict(reversed(incident.alerts.items())))

    assert wanted_of(incident) == wanted_of(again)


@settings(max_examples=40)
@given(strange_incidents(), st.integers(0, 4 * 60))
def test_what_is_wanted_does_not_depend_on_the_time_of_day(incident: Incident, minute: int) -> None:
    later = elapse(incident, after(minute)).incident
    untouched = replace(later, refreshed=incident.refreshed, outbox=incident.outbox)
    if not later.is_closing:
        assert wanted_of(untouched) == wanted_of(incident)


def test_the_newest_update_stands_where_the_next_one_is_due() -> None:
    given = observe(an_incident(), a_command(Verb.UPDATE, BOB, at=after(3), text="rolled\nback")).incident

    before, now = wanted_of(an_incident()).announcement, wanted_of(given).announcement

    assert before is not None
    assert now is not None
    assert len(now) == len(before)
    assert [line.text for line in before if line not in now] == ["下次通报 Next update："]
    assert [line.text for line in now if line not in before] == ["进展 Latest update：11-22 22:04 (UTC+8) rolled back"]

"""What a sound team file means."""

from datetime import UTC, date, datetime, time
from textwrap import dedent

import pytest

from alertbridge.config import EMPTY_TEAM, Person, Team, empty_team, parse_team
from alertbridge.config.escalating import DEFAULT_POLICY
from alertbridge.core.alerts.matcher import Matcher, MatchOp
from alertbridge.core.alerts.route import (
    ALL_LABELS,
    ChatPolicy,
    Links,
    OnClose,
    Restrict,
    Route,
    RouteNode,
    StormPolicy,
    decide,
    severity_of,
)
from alertbridge.core.alerts.watchdog import Watchdog
from alertbridge.core.oncall.intervals import TimeInterval
from alertbridge.core.oncall.override import Override
from alertbridge.core.oncall.policy import Policy, Step, Target, TargetKind, Variant, Way
from alertbridge.core.oncall.role import Role
from alertbridge.core.oncall.rotation import Layer, Rotation
from alertbridge.core.oncall.schedule import Schedule
from alertbridge.core.rooms.lobby import MAIN_LOBBY, LobbyPolicy
from alertbridge.core.severity import Severity

OFFICE = TimeInterval(
    timezone="Asia/Shanghai",
    times=((9 * 60, 24 * 60),),
    weekdays=frozenset(range(5)),
    days_of_month=((1, 5), (-1, -1), (28, -1)),
    months=frozenset({11, 12, 1, 2, 6}),
    years=((2026, 2026), (2027, 2028)),
)


def team(text: str) -> Team:
    return parse_team(dedent(text))


def warnings_of(text: str) -> list[str]:
    return [f"{warning.line}:{warning.column} {warning.message}" for warning in team(text).warnings]


def test_without_a_team_file_one_route_takes_everything_and_nobody_is_in_it() -> None:
    assert Team(routes=RouteNode(route=Route(name="default"))) == EMPTY_TEAM
    assert decide(EMPTY_TEAM.routes, {"any": "thing"}) == (Route(name="default"),)


def test_an_empty_route_means_the_defaults() -> None:
    assert team("route: {}").routes == EMPTY_TEAM.routes


def test_languages_and_zone_of_the_process_are_what_the_outermost_route_inherits() -> None:
    chat = ChatPolicy(languages=("en",), timezone="Europe/Berlin")

    assert empty_team(chat).routes.route.chat == chat
    assert parse_team("route: {chat: {menu: false}}", chat=chat).routes.route.chat == ChatPolicy(
        languages=("en",), timezone="Europe/Berlin", menu=False
    )


def test_everything_a_route_can_say_is_read() -> None:
    node = team(
        """
        route:
          name: all
          group_by: [alertname, cluster]
          severity: {label: prio, map: {Blocker: P1, meh: p4}, default: P2}
          people: [alice, alice]
          schedule: first
          chat:
            on_close: lock
            countdown: 1d2h3m4s
            talk_extends: 0s
            handover: 5m
            wait: 2m
            steady: 20m
            restrict: responders
            title: "{service}: {annotations.summary}"
            value: value
            languages: [en, zh]
            timezone: America/New_York
            announcement: false
            tabs: FALSE
            menu: False
          links:
            dashboard: "https://grafana.example.com:3000/d/x?var-service={service}&left={{}}"
            runbook: https://wiki.example.com
            logs: http://logs.example.com/{annotations.index}
            on_call: https://oncall.example.com/#now
            hosts: [Wiki.example.com, "grafana.example.com:3000"]
          storm: {above: 50, steady: 20m}
          escalation: first
          quiet_hours: [office]
          updates: {P1: 30m, P4: 0s}
          roles: {comms: "team:all", scribe: route}
        teams: {all: {people: [alice], manager: alice}}
        time_intervals:
          - name: office
            time_intervals:
              - weekdays: ["monday:friday"]
                times: [{start_time: "09:00", end_time: "24:00"}]
                days_of_month: ["1:5", "-1", "28:-1"]
                months: ["november:february", 6]
                years: [2026, "2027:2028"]
                location: Asia/Shanghai
        escalation_policies:
          first:
            steps:
              - {who: ["schedule:first"]}
              - {after: 5m, who: [team:all, fallback, fallback], via: [phone, sms]}
            repeat: 3
            ack_expires: {P1: 30m}
            variants:
              - severities: [P3, P4]
                active_time_intervals: [office]
                steps: [{after: 1m, who: ["manager:all"], via: [card]}]
        people: {alice: {email: alice@example.com}}
        schedules:
          first: {timezone: UTC, layers: [{starts: 2026-01-05, people: [alice]}]}
        fallback: [alice, alice]
        """
    ).routes

    assert node == RouteNode(
        route=Route(
            name="all",
            group_by=("alertname", "cluster"),
            severity_label="prio",
            severities={"blocker": Severity.P1, "meh": Severity.P4},
            default_severity=Severity.P2,
            people=("alice",),
            schedule="first",
            escalation=Policy(
                name="first",
                steps=(
                    Step(after_seconds=0, who=(Target(TargetKind.SCHEDULE, "first"),), via=(Way.CARD, Way.APP)),
                    Step(
                        after_seconds=300,
                        who=(Target(TargetKind.TEAM, "all"), Target(TargetKind.FALLBACK)),
                        via=(Way.SMS, Way.PHONE),
                    ),
                ),
                rounds=3,
                ack_expires={Severity.P1: 1800},
                variants=(
                    Variant(
                        severities=frozenset({Severity.P3, Severity.P4}),
                        intervals=(OFFICE,),
                        steps=(Step(after_seconds=60, who=(Target(TargetKind.MANAGER, "all"),), via=(Way.CARD,)),),
                    ),
                ),
            ),
            quiet_hours=(OFFICE,),
            updates={Severity.P1: 1800},
            roles={Role.COMMS: Target(TargetKind.TEAM, "all"), Role.SCRIBE: Target(TargetKind.ROUTE)},
            chat=ChatPolicy(
                on_close=OnClose.LOCK,
                countdown_seconds=93784,
                talk_extends_seconds=0,
                handover_seconds=300,
                wait_seconds=120,
                steady_seconds=1200,
                restrict=Restrict.RESPONDERS,
                title="{service}: {annotations.summary}",
                value="value",
                languages=("en", "zh"),
                timezone="America/New_York",
                announcement=False,
                tabs=False,
                menu=False,
            ),
            links=Links(
                dashboard="https://grafana.example.com:3000/d/x?var-service={service}&left={{}}",
                runbook="https://wiki.example.com",
                logs="http://logs.example.com/{annotations.index}",
                on_call="https://oncall.example.com/#now",
                hosts=("wiki.example.com", "grafana.example.com:3000"),
            ),
            storm=StormPolicy(above=50, steady_seconds=1200),
        )
    )


INHERITED = """
    route:
      group_by: [alertname]
      severity: {label: prio, map: {a: P1, b: P2}}
      people: [alice]
      schedule: first
      chat: {countdown: 2h, menu: false}
      links: {dashboard: "https://g.example.com", hosts: [g.example.com]}
      routes:
        - name: same
          matchers: [x="1"]
          continue: true
        - name: other
          matchers: [x="2"]
          group_by: []
          severity: {map: {b: P3}, default: P4}
          people: []
          schedule: off
          chat: {menu: true}
          links: {runbook: "https://w.example.com", hosts: []}
    people: {alice: {email: alice@example.com}}
    schedules: {first: {timezone: UTC, layers: [{starts: 2026-01-05, people: [alice]}]}}
    fallback: [alice]
    """


def test_a_route_inherits_everything_it_does_not_say() -> None:
    root = team(INHERITED).routes
    same = root.children[0]

    assert same.route.name == "same"
    assert same.continues
    assert same == RouteNode(
        route=Route(
            name="same",
            group_by=("alertname",),
            severity_label="prio",
            severities={"a": Severity.P1, "b": Severity.P2},
            people=("alice",),
            schedule="first",
            escalation=DEFAULT_POLICY,
            chat=ChatPolicy(countdown_seconds=7200, menu=False),
            links=Links(dashboard="https://g.example.com", hosts=("g.example.com",)),
        ),
        matchers=(Matcher("x", MatchOp.EQUAL, "1"),),
        continues=True,
    )


def test_escalation_is_inherited_until_a_route_says_off_and_one_duration_counts_for_all_severities() -> None:
    routes = team("""
        route:
          escalation: loud
          quiet_hours: [nights]
          updates: {P2: 1h}
          routes:
            - {name: same, matchers: ['a="1"']}
            - {name: none, matchers: ['a="2"'], escalation: off, quiet_hours: [], updates: off}
        people: {alice: {email: alice@example.com}}
        fallback: [alice]
        time_intervals: [{name: nights, time_intervals: [{times: [{start_time: "22:00", end_time: "06:00"}]}]}]
        escalation_policies: {loud: {steps: [{who: [route]}], ack_expires: 1h}}
        """).routes
    same, none = (child.route for child in routes.children)

    assert same.escalation is not None
    assert same.escalation.ack_expires == dict.fromkeys(Severity, 3600)
    assert same.quiet_hours == (TimeInterval(times=((1320, 360),)),)
    assert none.escalation is None
    assert none.quiet_hours == ()
    assert same.updates == {Severity.P2: 3600}
    assert none.updates == {}


def test_a_route_may_use_a_group_that_people_have() -> None:
    routes = team("""
        route:
          chat: {existing: oc_ops, pin: true}
          routes:
            - {name: same, matchers: ['a="1"']}
            - {name: own, matchers: ['a="2"'], chat: {existing: off}}
            - {name: another, matchers: ['a="3"'], chat: {existing: oc_other, pin: false}}
        """).routes

    chats = [(one.route.chat.existing, one.route.chat.pin) for one in (routes, *routes.children)]
    assert chats == [("oc_ops", True), ("oc_ops", True), ("", True), ("oc_other", False)]


def test_what_a_route_says_replaces_only_that() -> None:
    other = team(INHERITED).routes.children[1]

    assert not other.continues
    assert other.route == Route(
        name="other",
        group_by=(),
        severity_label="prio",
        severities={"a": Severity.P1, "b": Severity.P3},
        default_severity=Severity.P4,
        people=(),
        schedule=None,
        escalation=DEFAULT_POLICY,
        chat=ChatPolicy(countdown_seconds=7200, menu=True),
        links=Links(dashboard="https://g.example.com", runbook="https://w.example.com", hosts=()),
    )


def test_matchers_may_stand_one_by_one_or_several_in_a_text() -> None:
    routes = team(
        """
        route:
          routes:
            - {name: one, matchers: [severity="critical", 'team=~"pay.*,db"', '{a="b", c!="d"}']}
            - name: block
              matchers:
                - team="web"
                - 城市=~"上.*"
        fallback: [a]
        people: {a: {mobile: 13800138000}}
        """
    ).routes.children

    assert [str(matcher) for matcher in routes[0].matchers] == [
        'severity="critical"', 'team=~"pay.*,db"', 'a="b"', 'c!="d"'
    ]  # fmt: skip
    assert [str(matcher) for matcher in routes[1].matchers] == ['team="web"', '"城市"=~"上.*"']


def test_a_route_without_a_name_is_known_by_the_matchers_on_the_way_to_it() -> None:
    root = team(
        """
        route:
          routes:
            - matchers: [b=2, a="1"]
              routes:
                - matchers: [c!=3]
                - {name: named, matchers: [d=4], routes: [{matchers: [e=5]}]}
        people: {a: {email: a@example.com}}
        fallback: [a]
        """
    ).routes
    top = root.children[0]

    assert root.route.name == "default"
    assert top.route.name == '{a="1",b="2"}'
    assert top.children[0].route.name == '{a="1",b="2"}/{c!="3"}'
    assert top.children[1].children[0].route.name == '{a="1",b="2"}/{d="4"}/{e="5"}'


def test_the_order_of_matchers_and_other_routes_do_not_change_a_name() -> None:
    one = team("{route: {routes: [{matchers: [a=1, b=2, a=1]}]}, fallback: [a], people: {a: {open_id: ou_1}}}")
    other = team("{route: {routes: [{matchers: [c=1]}, {matchers: ['b=2,a=1']}]}}")

    assert one.routes.children[0].route.name == other.routes.children[1].route.name


def test_people_are_found_by_any_of_three_addresses() -> None:
    people = team(
        """
        route: {}
        people:
          alice: {name: 爱丽丝, email: Alice@example.com}
          bob: {mobile: +8613800138000}
          carol: {mobile: "+49 (151) 234-56789", open_id: ou_c0}
          007: {mobile: 013800138000}
        fallback: [alice, 007]
        """
    ).people

    assert dict(people) == {
        "alice": Person(key="alice", name="爱丽丝", email="Alice@example.com"),
        "bob": Person(key="bob", name="bob", mobile="+8613800138000"),
        "carol": Person(key="carol", name="carol", mobile="+4915123456789", open_id="ou_c0"),
        "007": Person(key="007", name="007", mobile="013800138000"),
    }


def test_schedules_have_layers_of_rotations() -> None:
    schedules = team(
        """
        route: {schedule: first}
        schedules:
          first:
            timezone: Europe/Berlin
            layers:
              - {starts: 2026-01-05, people: [a, b, a]}
              - {rotation: weekly, handover: {day: Friday, time: 17:30}, starts: "2026-02-02", people: [b]}
              - {rotation: daily, handover: {time: 00:00}, starts: 2026-03-03, people: [a]}
        people: {a: {email: a@example.com}, b: {email: b@example.com}}
        fallback: [a]
        """
    ).schedules

    assert dict(schedules) == {
        "first": Schedule(
            name="first",
            timezone="Europe/Berlin",
            layers=(
                Layer(turns=(("a",), ("b",), ("a",)), starts=date(2026, 1, 5)),
                Layer(turns=(("b",),), starts=date(2026, 2, 2), handover_weekday=4, handover_time=time(17, 30)),
                Layer(turns=(("a",),), starts=date(2026, 3, 3), rotation=Rotation.DAILY, handover_time=time(0)),
            ),
        )
    }


def test_a_schedule_limits_its_layers_and_knows_exceptions_and_who_is_second() -> None:
    schedules = team(
        """
        route: {schedule: first}
        schedules:
          first:
            timezone: Asia/Shanghai
            secondary: second
            layers:
              - {rotation: hourly, every: 12, starts: 2026-01-05, ends: 2026-07-01, people: [a, [b, c]]}
              - starts: 2026-01-05
                people: [c]
                only:
                  - {weekdays: ["friday:monday", Wednesday], times: ["22:00-06:00", "12:00 - 24:00"]}
                  - {weekdays: [sunday]}
                  - {times: ["09:00-18:00"]}
            overrides:
              - {from: 2026-02-01T09:00, to: "2026-02-02 09:00", people: [c, c], instead_of: a}
              - {from: 2026-02-01T12:00, to: 2026-02-01T13:00, people: [b]}
          second: {timezone: UTC, layers: [{starts: 2026-01-05, people: [c]}]}
        people: {a: {email: a@example.com}, b: {email: b@example.com}, c: {email: c@example.com}}
        fallback: [a]
        """
    ).schedules

    zone = "Asia/Shanghai"
    first = Layer(
        turns=(("a",), ("b", "c")),
        starts=date(2026, 1, 5),
        ends=date(2026, 7, 1),
        rotation=Rotation.HOURLY,
        every=12,
    )
    second = Layer(
        turns=(("c",),),
        starts=date(2026, 1, 5),
        only=(
            TimeInterval(timezone=zone, weekdays=frozenset({4, 5, 6, 0, 2}), times=((1320, 360), (720, 1440))),
            TimeInterval(timezone=zone, weekdays=frozenset({6})),
            TimeInterval(timezone=zone, times=((540, 1080),)),
        ),
    )
    assert schedules["first"] == Schedule(
        name="first",
        timezone=zone,
        layers=(first, second),
        overrides=(
            Override(
                people=("c",),
                starts_at=datetime(2026, 2, 1, 1, tzinfo=UTC),
                ends_at=datetime(2026, 2, 2, 1, tzinfo=UTC),
                instead_of="a",
            ),
            Override(
                people=("b",),
                starts_at=datetime(2026, 2, 1, 4, tzinfo=UTC),
                ends_at=datetime(2026, 2, 1, 5, tzinfo=UTC),
            ),
        ),
        secondary="second",
    )


def test_anchors_and_aliases_stand_for_what_they_name() -> None:
    found = team(
        """
        people: {a: {email: a@example.com}, b: {email: b@example.com}}
        fallback: &all [a, b]
        route:
          people: *all
          routes:
            - {name: x, matchers: [x=1], chat: &quiet {menu: false}}
            - {name: y, matchers: [y=1], chat: *quiet}
        """
    )

    assert found.fallback == found.routes.route.people == ("a", "b")
    assert found.routes.children[1].route.chat == ChatPolicy(menu=False)


def test_words_that_older_yaml_took_for_booleans_and_numbers_are_words() -> None:
    found = team(
        "{route: {name: no, group_by: [on, '...x'], severity: {map: {yes: P1, 1: P2}}}, people: {y: {open_id: ou_1}}}"
    )

    assert found.routes.route.name == "no"
    assert found.routes.route.group_by == ("on", "...x")
    assert severity_of(found.routes.route, {"severity": "Yes"}) is Severity.P1
    assert severity_of(found.routes.route, {"severity": "1"}) is Severity.P2


def test_three_dots_alone_group_by_all_labels() -> None:
    assert team("route: {group_by: ['...']}").routes.route.group_by == ALL_LABELS


@pytest.mark.parametrize(
    "text", ["\ufeffroute: {}", b"\xef\xbb\xbfroute: {}", b"route: {}\r\n", "route: {}", "---\nroute: {}\n...\n"]
)
def test_bytes_and_text_with_or_without_a_mark_are_read(text: str | bytes) -> None:
    assert parse_team(text).routes == EMPTY_TEAM.routes


# --- warnings


PEOPLE = "    people: {a: {email: a@example.com}}\n    fallback: [a]\n"


@pytest.mark.parametrize(
    ("routes", "warnings"),
    [
        # an earlier sibling takes everything
        ("{name: x}, {name: y, matchers: [a=1]}", ["3:23 no alert reaches the route 'y': 'x' in line 3 takes them"]),
        # or all that the later one asks for
        (
            "{name: x, matchers: [a=1]}, {name: y, matchers: [b=2, a=1]}",
            ["3:40 no alert reaches the route 'y': 'x' in line 3 takes them"],
        ),
        # or less, or other alerts, or lets them go on
        ("{name: x, matchers: [a=1, b=2]}, {name: y, matchers: [a=1]}", []),
        ("{name: x, matchers: [a=1]}, {name: y, matchers: [a=2]}", []),
        ("{name: x, continue: true}, {name: y, matchers: [a=1]}", []),
        # one warning for each route, deep in the tree too
        (
            "{name: x}, {name: y}, {name: z, matchers: [a=1], routes: [{name: p}, {name: q}]}",
            [
                "3:23 no alert reaches the route 'y': 'x' in line 3 takes them",
                "3:34 no alert reaches the route 'z': 'x' in line 3 takes them",
                "3:81 no alert reaches the route 'q': 'p' in line 3 takes them",
            ],
        ),
    ],
)
def test_a_route_that_no_alert_can_reach_is_warned_about(routes: str, warnings: list[str]) -> None:
    assert warnings_of(f"\n    route:\n      routes: [{routes}]\n{PEOPLE}") == warnings


def test_a_schedule_that_no_route_uses_is_warned_about() -> None:
    text = """\
        route: {}
        fallback: [a]
        people: {a: {email: a@example.com}}
        schedules:
          unused: {timezone: UTC, layers: [{starts: 2026-01-05, people: [a]}]}
        """

    assert warnings_of(text) == ["5:3 no route uses the schedule 'unused'"]


def test_a_schedule_that_only_a_policy_a_role_or_another_schedule_names_is_used() -> None:
    text = """\
people: {a: {open_id: ou_1}}
fallback: [a]
schedules:
  first: &turns {timezone: UTC, secondary: second, layers: [{starts: 2026-01-05, people: [a]}]}
  second: {timezone: UTC, layers: [{starts: 2026-01-05, people: [a]}]}
  nights: *turns
  minutes: *turns
  unused: *turns
escalation_policies:
  ladder:
    steps: [{after: 0s, who: ["schedule:first", fallback]}]
    variants: [{severities: [P1], steps: [{after: 0s, who: ["secondary:nights"]}]}]
route: {escalation: ladder, roles: {scribe: "schedule:minutes"}}
"""
    assert warnings_of(text) == ["8:3 no route uses the schedule 'unused'"]


def test_a_lobby_that_no_route_uses_is_warned_about() -> None:
    text = """\
        route: {lobby: used}
        fallback: [a]
        people: {a: {email: a@example.com}}
        lobbies:
          used: {}
          unused: {}
        """

    assert warnings_of(text) == ["6:3 no route uses the lobby 'unused'"]


def test_a_pin_outside_of_standing_rooms_is_warned_about() -> None:
    text = """\
        route:
          chat: {pin: true}
          routes: [{matchers: [x=1], chat: {existing: oc_1}}]
        """

    assert [line for line in warnings_of(text) if "on top" in line] == [
        "2:15 the card is on top of a group of our own anyway"
    ]


def test_a_lobby_is_inherited_and_the_only_one_is_everybodys() -> None:
    two = parse_team(
        "lobbies: {a: {}, b: {}}\nroute: {lobby: a, routes: [{name: x}, {name: y, lobby: b}, {name: z, lobby: off}]}"
    )
    assert [node.route.lobby for node in two.routes.children] == ["a", "b", "off"]

    one = parse_team("lobbies: {a: {title: Operations, people: [p]}}\npeople: {p: {email: p@example.com}}\nroute: {}")
    assert one.routes.route.lobby == "a"
    assert one.lobby("a") == LobbyPolicy(name="a", title="Operations", people=("p",))
    assert one.lobby(MAIN_LOBBY) is None

    none = parse_team("route: {}")
    assert none.routes.route.lobby is None
    assert none.lobby(MAIN_LOBBY) == LobbyPolicy(name=MAIN_LOBBY)
    assert none.lobby("off") is None


def test_alerts_that_call_nobody_are_warned_about() -> None:
    text = """\
        route:
          routes:
            - {name: x, matchers: [a=1], people: [a]}
            - {name: y, matchers: [a=2]}
        people: {a: {email: a@example.com}}
        """

    assert warnings_of(text) == [
        "2:3 alerts on the route 'default' call nobody",
        "4:7 alerts on the route 'y' call nobody",
    ]


def test_a_policy_that_names_people_calls_somebody() -> None:
    text = """\
        route: {escalation: loud, routes: [{name: y, matchers: [a=2], escalation: hollow}]}
        people: {a: {email: a@example.com}}
        escalation_policies:
          loud: {steps: [{who: [route, "person:a"], via: [app]}]}
          hollow: {steps: [{who: [route, fallback], via: [app]}]}
        """

    assert warnings_of(text) == ["1:36 alerts on the route 'y' call nobody"]


def test_schedules_without_a_fallback_are_warned_about() -> None:
    text = """\
        route: {schedule: s}
        people: {a: {email: a@example.com}}
        schedules: {s: {timezone: UTC, layers: [{starts: 2026-01-05, people: [a]}]}}
        """

    assert warnings_of(text) == ["3:1 there is no `fallback`: while a schedule names nobody, nobody is called"]


def test_a_warning_names_the_file_and_a_remedy() -> None:
    (warning,) = parse_team("route: {}", source="etc/team.yaml").warnings

    assert str(warning) == (
        "etc/team.yaml:1:8: alerts on the route 'default' call nobody; "
        "give it `people`, a `schedule` or an `escalation`, or name a `fallback`"
    )


def test_a_route_can_have_no_storms() -> None:
    below = team("route: {storm: {steady: 1h}, routes: [{matchers: ['x=1'], storm: {above: off}}]}").routes.children[0]

    assert below.route.storm == StormPolicy(above=0, steady_seconds=3600)


def test_watchdogs_are_expected_of_each_sender() -> None:
    read = team(
        """
        route: {}
        watchdogs:
          usual: {every: 5m}
          own: {every: 1h30m, matchers: [alertname="Alive", 'cluster=~"eu|us"'], senders: [a, b, a], labels: {team: x}}
        """
    )
    usual = Watchdog(
        name="usual",
        matchers=(Matcher("alertname", MatchOp.EQUAL, "Watchdog"),),
        every_seconds=300,
        senders=("default",),
    )
    own = Watchdog(
        name="own",
        matchers=(Matcher("alertname", MatchOp.EQUAL, "Alive"), Matcher("cluster", MatchOp.REGEXP, "eu|us")),
        every_seconds=5400,
        senders=("a", "b"),
        labels={"team": "x"},
    )

    assert read.watchdogs == (usual, own)
    assert read.watchdogs_of == {"default": (usual,), "a": (own,), "b": (own,)}

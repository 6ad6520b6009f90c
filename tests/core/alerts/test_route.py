"""Routing works as Alertmanager's does (dispatch/route.go); keys and templates are ours."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alertbridge.core.alerts.matcher import Matcher, MatchOp, parse_matchers
from alertbridge.core.alerts.route import (
    ALL_LABELS,
    ChatPolicy,
    Links,
    OnClose,
    Route,
    RouteNode,
    Router,
    decide,
    drill_key,
    group_key,
    is_template,
    render,
    route_named,
    severity_of,
    storm_key,
)
from alertbridge.core.severity import Severity


def a_node(name: str, matchers: str = "", *children: RouteNode, continues: bool = False) -> RouteNode:
    return RouteNode(route=Route(name=name), matchers=parse_matchers(matchers), continues=continues, children=children)


TREE = a_node(
    "root",
    "",
    a_node(
        "db",
        'team="db"',
        a_node("db-critical", 'severity="critical"'),
        a_node("db-audit", 'audit="yes"', continues=True),
        a_node("db-prod", 'env="prod"'),
    ),
    a_node("watchers", 'watched=~".+"', a_node("watched-prod", 'env="prod"'), continues=True),
    a_node("web", 'team=~"web|front.*"'),
    a_node("no-team", 'team=""'),
)


@pytest.mark.parametrize(
    ("labels", "routes"),
    [
        # nobody wants it: the root takes it
        ({"team": "mail"}, ["root"]),
        # the first child that matches
        ({"team": "web"}, ["web"]),
        ({"team": "frontend"}, ["web"]),
        # a missing label is an empty one
        ({}, ["no-team"]),
        ({"severity": "critical"}, ["no-team"]),
        # the deepest that matches; its parent only where no child does
        ({"team": "db"}, ["db"]),
        ({"team": "db", "severity": "critical"}, ["db-critical"]),
        # the first of two children
        ({"team": "db", "severity": "critical", "env": "prod"}, ["db-critical"]),
        # `continue` asks the siblings of that level too
        ({"team": "db", "audit": "yes"}, ["db-audit"]),
        ({"team": "db", "audit": "yes", "env": "prod"}, ["db-audit", "db-prod"]),
        # `continue` of a parent counts when one of its children took the alert
        ({"team": "web", "watched": "1"}, ["watchers", "web"]),
        ({"team": "web", "watched": "1", "env": "prod"}, ["watched-prod", "web"]),
        ({"team": "mail", "watched": "1"}, ["watchers"]),
        # without it an earlier route ends the search
        ({"team": "db", "watched": "1"}, ["db"]),
    ],
)
def test_an_alert_takes_the_routes_that_alertmanager_would_choose(labels: dict[str, str], routes: list[str]) -> None:
    assert [route.name for route in decide(TREE, labels)] == routes


def test_a_router_that_was_asked_before_decides_the_same_for_labels_that_no_matcher_asks_for() -> None:
    router = Router(TREE)

    assert [router.decide({"team": "db", "pod": pod}) for pod in "ab"] == [decide(TREE, {"team": "db"})] * 2


def test_a_router_forgets_before_it_grows_without_end() -> None:
    router = Router(TREE)

    for pod in range(5000):
        assert [route.name for route in router.decide({"watched": str(pod)})] == ["watchers", "no-team"]
    assert [route.name for route in router.decide({"team": "web"})] == ["web"]


def test_a_tree_of_one_takes_everything() -> None:
    assert [route.name for route in decide(a_node("only"), {"any": "thing"})] == ["only"]


names = st.sampled_from(["team", "env", "城市"])
values = st.sampled_from(["", "db", "prod", "上海"])
trees = st.recursive(
    st.builds(
        RouteNode,
        route=st.builds(Route, name=st.uuids().map(str)),
        matchers=st.lists(st.builds(Matcher, names, st.sampled_from(MatchOp), values), max_size=2).map(tuple),
        continues=st.booleans(),
    ),
    lambda children: st.builds(
        RouteNode,
        route=st.builds(Route, name=st.uuids().map(str)),
        matchers=st.just(()),
        continues=st.booleans(),
        children=st.lists(children, max_size=4).map(tuple),
    ),
    max_leaves=12,
)


def routes_of(tree: RouteNode) -> list[str]:
    return [tree.route.name, *(name for child in tree.children for name in routes_of(child))]


@given(tree=trees, asked=st.lists(st.dictionaries(names, values), min_size=1))
def test_a_router_decides_as_the_tree_does(tree: RouteNode, asked: list[dict[str, str]]) -> None:
    router = Router(tree)

    assert [router.decide(labels) for labels in asked] == [decide(tree, labels) for labels in asked]


@given(tree=trees, labels=st.dictionaries(names, values))
def test_some_route_always_takes_an_alert_and_none_takes_it_twice(tree: RouteNode, labels: dict[str, str]) -> None:
    taken = [route.name for route in decide(tree, labels)]

    assert taken
    assert len(set(taken)) == len(taken)
    assert taken == sorted(taken, key=routes_of(tree).index)


# --- severity


@pytest.mark.parametrize(
    ("labels", "severity"),
    [
        ({"severity": "critical"}, Severity.P1),
        ({"severity": " Critical "}, Severity.P1),
        ({"severity": "P2"}, Severity.P2),
        ({"severity": "blocker"}, Severity.P1),
        ({"severity": "page"}, Severity.P4),
        ({"severity": "whatever"}, Severity.P3),
        ({"severity": ""}, Severity.P3),
        ({}, Severity.P3),
    ],
)
def test_the_severity_label_is_read_with_the_routes_own_words_first(labels: dict[str, str], severity: Severity) -> None:
    route = Route(name="r", severities={"blocker": Severity.P1, "page": Severity.P4})

    assert severity_of(route, labels) is severity


def test_another_label_and_another_default_can_be_chosen() -> None:
    route = Route(name="r", severity_label="prio", default_severity=Severity.P4)

    assert severity_of(route, {"prio": "high", "severity": "critical"}) is Severity.P2
    assert severity_of(route, {"severity": "critical"}) is Severity.P4


# --- group key


def key(
    *, integration: str = "am", tenant: str = "", group_by: tuple[str, ...] | None = None, name: str = "r",
    group: str | None = None, **labels: str,
) -> str:  # fmt: skip
    return group_key(integration, tenant, Route(name=name, group_by=group_by), labels, group=group)


def test_a_group_key_is_32_hex_digits_and_the_same_in_every_process() -> None:
    assert key(group_by=("alertname",), alertname="High5xx") == "00c3519f6092aac2e508b205273a0100"


def test_group_by_looks_at_the_labels_it_names_in_any_order() -> None:
    by = ("alertname", "cluster")

    assert key(group_by=by, alertname="A", cluster="1", pod="x") == key(
        group_by=by, cluster="1", alertname="A", pod="y"
    )
    assert key(group_by=by, alertname="A") == key(group_by=(*reversed(by), "cluster"), alertname="A")
    assert key(group_by=by, alertname="A", cluster="1") != key(group_by=by, alertname="A", cluster="2")


def test_a_missing_label_and_an_empty_one_make_the_same_group() -> None:
    assert key(group_by=("a",), a="") == key(group_by=("a",))
    assert key(group_by=ALL_LABELS, a="", b="1") == key(group_by=ALL_LABELS, b="1")


def test_all_labels_make_each_label_set_a_group_of_its_own() -> None:
    assert key(group_by=ALL_LABELS, a="1", b="2") == key(group_by=ALL_LABELS, b="2", a="1")
    assert key(group_by=ALL_LABELS, a="1", b="2") != key(group_by=ALL_LABELS, a="1", b="3")


def test_no_labels_make_one_group_of_all() -> None:
    assert key(group_by=(), a="1") == key(group_by=(), a="2", group="theirs")


def test_without_group_by_the_senders_group_decides() -> None:
    assert key(group="{}:{a}", alertname="A") == key(group="{}:{a}", alertname="B")
    assert key(group="{}:{a}", alertname="A") != key(group="{}:{b}", alertname="A")
    assert key(group_by=("alertname",), group="{}:{a}", alertname="A") == key(group_by=("alertname",), alertname="A")


def test_without_any_group_alerts_of_one_name_belong_together() -> None:
    assert key(alertname="A", pod="x") == key(alertname="A", pod="y")
    assert key(alertname="A") != key(alertname="B")
    assert key(pod="x") == key(pod="y")


def test_integration_tenant_and_route_keep_groups_apart() -> None:
    keys = [
        key(),
        key(integration="b"),
        key(tenant="b"),
        key(name="b"),
        key(group="b"),
        key(integration="", tenant="am"),
    ]

    assert len(set(keys)) == len(keys)


@given(st.lists(st.text(), min_size=5, max_size=5), st.lists(st.text(), min_size=5, max_size=5))
def test_no_text_slips_from_one_part_of_the_key_into_the_next(one: list[str], other: list[str]) -> None:
    keys = [
        key(integration=a, tenant=b, name=c, group_by=("x", "y"), x=d, y=e) for a, b, c, d, e in (one, other)
    ]  # fmt: skip

    assert (keys[0] == keys[1]) is (one == other)


def test_half_a_character_in_a_label_makes_a_key_all_the_same() -> None:
    assert len(key(group_by=("a",), a="\ud800")) == 32


# --- templates


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{service}: {annotations.summary}", "check out: 5% & <at id=all>"),
        ("{missing}|{annotations.missing}|{}", "||"),
        ("{k8s.io/name}{城市}", "api上海"),
        ("{{service}} {{{service}}}", "{service} {check out}"),
        ("{annotations.service}{summary}", ""),
        ("{ service }", ""),
        ("plain", "plain"),
        ("", ""),
        ("{service", "{service"),
        ("service}", "service}"),
    ],
)
def test_a_template_is_filled_from_labels_and_annotations(template: str, text: str) -> None:
    labels = {"service": "check out", "k8s.io/name": "api", "城市": "上海"}

    assert render(template, labels, {"summary": "5% & <at id=all>"}) == text


def test_values_are_not_templates() -> None:
    assert render("{a}", {"a": "{b} {{", "b": "never"}, {}) == "{b} {{"


def test_in_a_url_values_are_percent_encoded_and_cannot_leave_their_place() -> None:
    labels = {"q": "../a b?x=1&y=2#z", "city": "上海", "half": "\ud800", "host": "@evil.example"}

    assert render("https://h/{q}?c={city}", labels, {}, url=True) == (
        "https://h/..%2Fa%20b%3Fx%3D1%26y%3D2%23z?c=%E4%B8%8A%E6%B5%B7"
    )
    assert render("https://h/{half}{{}}{host}", labels, {}, url=True) == "https://h/%3F{}%40evil.example"


@pytest.mark.parametrize("text", ["", "plain", "{a}", "{{", "}}", "{{a}}", "{{{a}}}", "{annotations.a b}"])
def test_templates_with_fitting_braces_are_templates(text: str) -> None:
    assert is_template(text)


@pytest.mark.parametrize("text", ["{", "}", "{a", "a}", "{}", "{{}", "{a}}", "{a{b}}", "{a} {"])
def test_a_brace_alone_or_without_a_name_is_no_template(text: str) -> None:
    assert not is_template(text)


# --- values


def test_a_route_survives_the_store() -> None:
    route = Route(
        name="支付",
        group_by=ALL_LABELS,
        severities={"blocker": Severity.P1},
        people=("alice",),
        schedule="payments",
        chat=ChatPolicy(on_close=OnClose.LOCK, title="{service}"),
        links=Links(dashboard="https://g/{service}", hosts=("g",)),
    )

    assert msgspec.json.decode(msgspec.json.encode(route), type=Route) == route
    assert msgspec.json.decode(msgspec.json.encode(Route(name="r")), type=Route) == Route(name="r")


def test_a_storm_is_that_of_one_route_of_one_sender_and_so_is_a_drill() -> None:
    keys = {
        storm_key("am", "", Route(name="a")),
        storm_key("am", "", Route(name="b")),
        storm_key("am", "team-1", Route(name="a")),
        storm_key("grafana", "", Route(name="a")),
        group_key("am", "", Route(name="a", group_by=()), {}, group=None),
        drill_key("am", "", Route(name="a"), "d-1"),
        drill_key("am", "", Route(name="a"), "d-2"),
    }

    assert len(keys) == 7


def test_a_route_is_found_by_its_name_wherever_it_stands() -> None:
    leaf = RouteNode(route=Route(name="leaf"))
    tree = RouteNode(
        route=Route(name="root"),
        children=(RouteNode(route=Route(name="one")), RouteNode(route=Route(name="two"), children=(leaf,))),
    )

    assert route_named(tree, "root") == tree.route
    assert route_named(tree, "leaf") == leaf.route
    assert route_named(tree, "none") is None

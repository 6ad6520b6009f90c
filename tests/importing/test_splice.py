"""Entries put into a team file: whatever its layout, all that was there stays, and what is added is read back."""

import pytest

from alertbridge.config import ConfigError, parse_team
from alertbridge.importing.answers import ExportError
from alertbridge.importing.blocks import Tree
from alertbridge.importing.splice import Put, TeamText

ANN: dict[str, Tree] = {"email": "ann@example.com"}
LAYER: dict[str, Tree] = {"rotation": "weekly", "starts": "2026-01-05", "people": ["ann"]}
PLAN: dict[str, Tree] = {"timezone": "UTC", "layers": [LAYER]}


def put(text: str, *entries: Put) -> str:
    return TeamText(text, "team.yaml").put(entries)


def person(key: str = "ann", value: dict[str, Tree] = ANN) -> Put:
    return Put(section="people", key=key, value=value)


def plan(key: str = "pay", value: dict[str, Tree] = PLAN, origin: str = "pagerduty/P1") -> Put:
    return Put(section="schedules", key=key, value=value, origin=origin)


def test_comments_order_and_layout_stay() -> None:
    before = """# ours
people:   # everybody
    bob:
        email: bob@example.com   # work

    # the next one left
    # carol: …

route: {}  # all
"""
    after = put(before, person())

    assert after == before.replace("# work\n", "# work\n    ann:\n      email: ann@example.com\n")


def test_new_sections_come_last() -> None:
    after = put("route: {}\n", person(), plan())

    assert after.startswith(
        "route: {}\n\npeople:\n  ann:\n    email: ann@example.com\n\nschedules:\n  pay:  # imported: "
    )
    assert parse_team(after).schedules["pay"].layers


@pytest.mark.parametrize(
    "before",
    [
        "people: {}\nroute: {}\n",
        "people:\nroute: {}\n",
        "people: {}  # nobody yet\nroute: {}\n",
        "route: {}",
        "\ufeffroute: {}\n",
        "route: {}\r\npeople:\r\n  bob: {email: bob@example.com}\r\n",
        "people:\n  bob: {email: bob@example.com}\nroute: {}\n",
        "people:\n  bob:\n    email: >-\n      bob@example.com\n\n\nroute: {}\n",
        "people:\n  bob: &b {email: bob@example.com}\nroute: {}\n",
        "people:\n  bob:\n    email: bob@example.com\n    # his\n  # ours\nroute: {}\n",
    ],
)
def test_somebody_can_be_added_to_any_layout(before: str) -> None:
    after = put(before, person())

    assert "ann" in parse_team(after).people
    assert all(line in after for line in before.splitlines() if line.strip() and not line.startswith("people:"))


def test_line_ends_stay_as_they_are() -> None:
    after = put("route: {}\r\npeople:\r\n  bob: {email: bob@example.com}\r\n", person())

    assert after.count("\n") == after.count("\r\n") == 5


def test_an_entry_is_replaced_where_it_stands() -> None:
    first = put("people: {ann: {email: ann@example.com}, bob: {email: b@example.com}}\nroute: {}\n", plan(), plan("b"))

    second = put(first, plan(value={**PLAN, "layers": [{**LAYER, "people": ["bob"]}]}))

    assert list(parse_team(second).schedules) == ["pay", "b"]
    assert parse_team(second).schedules["pay"].layers[0].turns == (("bob",),)


def test_a_mark_tells_whether_somebody_changed_the_lines() -> None:
    text = put("people: {ann: {email: ann@example.com}}\nroute: {}\n", plan())

    assert not TeamText(text, "t").entries("schedules")["pay"].is_touched
    assert not TeamText(text.replace("\n  ", "\n      "), "t").entries("schedules")["pay"].is_touched
    assert TeamText(text.replace("UTC", "Asia/Shanghai"), "t").entries("schedules")["pay"].is_touched
    assert TeamText(text.replace("UTC", "UTC  # why?"), "t").entries("schedules")["pay"].is_touched


@pytest.mark.parametrize(
    ("before", "said"),
    [
        ("people: {bob: {email: b@example.com}}\nroute: {}\n", "`people` is written in one line"),
        ("{people: {}, route: {}}\n", "no place for new entries"),
        ("route: {}\n...\n", "no place for new entries"),
    ],
)
def test_a_layout_without_a_place_is_refused(before: str, said: str) -> None:
    with pytest.raises(ExportError, match=said):
        put(before, person())


def test_a_file_that_would_be_too_large_is_refused() -> None:
    with pytest.raises(ExportError, match="larger than 1 MiB"):
        put("route: {}\n", person(value={"name": "x" * (1 << 20), "email": "ann@example.com"}))


def test_what_is_no_yaml_is_refused_as_ever() -> None:
    with pytest.raises(ConfigError):
        TeamText("a: [", "team.yaml")

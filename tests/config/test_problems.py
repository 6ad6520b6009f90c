"""Every error of a team file says where it is, in line and column, and how to mend it; all of them at once."""

from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alertbridge.config import ConfigError, parse_team
from alertbridge.config.document import MAX_BYTES
from alertbridge.config.shape import _FOREIGN

ALICE = "people: {alice: {email: alice@example.com}}"


def problems_of(text: str | bytes) -> list[tuple[int, int, str]]:
    """Return line, column and "message; hint" of every problem."""
    with pytest.raises(ConfigError) as caught:
        parse_team(text)
    assert str(caught.value) == "\n".join(map(str, caught.value.problems))
    return [(found.line, found.column, f"{found.message}; {found.hint}") for found in caught.value.problems]


# --- the text as a whole


@pytest.mark.parametrize(
    ("text", "line", "column", "says"),
    [
        ("", 1, 1, "the file is empty; it needs at least `route: {}`"),
        ("# nothing\n\n", 1, 1, "the file is empty"),
        ("---\n", 2, 1, "nothing stands behind it"),
        ("route:\n\tname: x\n", 2, 1, "a tab stands where YAML wants spaces; indent with spaces"),
        (b"route:\n  name: \xe4rger\n", 2, 9, "this is not UTF-8; save the file as UTF-8"),
        ("route:\n  name: 中".encode("gbk"), 2, 9, "this is not UTF-8"),
        ("route:\n  name: a\x00b", 2, 10, "the character U+0000 is not allowed; remove it"),
        ("route:\n  name: \ud800", 2, 9, "the character U+D800 is not allowed"),
        ('route:\n  name: "\\ud800"', 2, 9, "half a character (a lone surrogate); write the whole character"),
        ("route: {}\n---\nroute: {}\n", 2, 1, "a second document begins (---); a team file is one document"),
        ("route: {name: [}", 1, 16, "this is not YAML: while parsing a flow node"),
        ("route: {}\nx: 'y", 2, 6, "this is not YAML: while scanning a quoted scalar found unexpected end of stream"),
        ("route: {name: @x}", 1, 15, "a value that begins with { [ * & ! % @ ` or holds ': ' or ' #' has to stand in"),
        ("route:\n  chat: {title: {service} x}", 2, 27, "has to stand in double quotes"),
        (
            "route: {links: {hosts: [*.example.com]}}",
            1,
            25,
            "found undefined alias '.example.com'; a value that begins",
        ),
        ("route: &r {routes: [*r]}", 1, 8, "this value contains itself; write it out"),
        ("route: " + "[" * 60, 1, 57, "nested more than 50 deep"),
        ("x" * (MAX_BYTES + 1), 1, 1, "the file is larger than 1 MiB"),
        ("just text", 1, 1, "expected keys with values; write key: value, indented, one per line"),
        ("[route]", 1, 1, "expected keys with values"),
        (ALICE, 1, 1, "`route` is missing; add it"),
    ],
)
def test_a_text_that_is_no_team_file_is_refused_where_it_breaks(
    text: str | bytes, line: int, column: int, says: str
) -> None:
    ((at_line, at_column, said),) = problems_of(text)

    assert (at_line, at_column) == (line, column)
    assert says in said


def test_aliases_cannot_blow_up_a_small_file() -> None:
    doubled = "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 25))
    nested = "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 60))

    for bomb in (doubled, nested):
        ((line, _, said),) = problems_of("a0: &a0 [x]\n" + bomb)
        assert line == 1
        assert "use fewer aliases" in said


@pytest.mark.parametrize(
    ("text", "line", "column", "says"),
    [
        ("route: {}\nroute: {}", 2, 1, "'route' is given twice, first in line 1; keep one of them"),
        ("route:\n  name: a\n  name: b", 3, 3, "'name' is given twice, first in line 2"),
        ("route: {? [a] : b}", 1, 11, "a key has to be text"),
        (
            "route: !!python/object:os.system {}",
            1,
            8,
            "the tag tag:yaml.org,2002:python/object:os.system is not allowed",
        ),
        ("route: {name: !secret x}", 1, 15, "the tag !secret is not allowed"),
        ("a: &a {}\nroute:\n  <<: *a", 3, 3, "merge keys (<<) are not part of YAML 1.2; repeat the lines"),
    ],
)
def test_what_yaml_allows_and_a_team_file_does_not_is_refused(text: str, line: int, column: int, says: str) -> None:
    assert any(found[:2] == (line, column) and says in found[2] for found in problems_of(text))


# --- keys


@pytest.mark.parametrize(
    ("text", "line", "column", "says"),
    [
        ("route: {}\nroutes: []", 2, 1, "unknown key `routes`; did you mean 'route'?"),
        ("route:\n  chanel: {}", 2, 3, "unknown key `chanel`; did you mean 'chat'?"),
        ("route:\n  chat:\n    countdwon: 1h", 3, 5, "unknown key `countdwon`; did you mean 'countdown'?"),
        ("route:\n  chat: {countdown_seconds: 60}", 2, 10, "did you mean 'countdown'?"),
        ("route:\n  routes:\n    - name: x\n      mathcers: []", 4, 7, "did you mean 'matchers'?"),
        ("route: {}\npeople:\n  a: {e-mail: a@b, email: a@b}", 3, 7, "did you mean 'email'?"),
        ("route: {severity: {lable: x}}", 1, 20, "did you mean 'label'?"),
        ("route: {links: {wiki: x}}", 1, 17, "known here: dashboard, runbook, logs, on_call, hosts"),
        ("route: {receiver: feishu}", 1, 9, "unknown key `receiver`; there are no receivers here"),
        ("route: {routes: [{match: {a: b}}]}", 1, 19, "unknown key `match`; write matchers: ['label=\"value\"']"),
        ("route: {group_wait: 30s}", 1, 9, "timing stays with the sender"),
    ],
)
def test_an_unknown_key_is_named_with_the_nearest_known_one(text: str, line: int, column: int, says: str) -> None:
    ((at_line, at_column, said),) = problems_of(text)

    assert (at_line, at_column) == (line, column)
    assert says in said


def test_no_known_key_has_a_hint_as_if_it_were_foreign() -> None:
    for key in _FOREIGN:
        assert "unknown key" in problems_of(f"route: {{{key}: x}}")[0][2]


@pytest.mark.parametrize(
    "key", ["app_secret", "token", "smtp_password", "apikey", "api_key", "encrypt_key", "webhook_url", "private_key"]
)
def test_what_looks_like_a_secret_is_refused_and_never_repeated(key: str) -> None:
    ((line, column, said),) = problems_of(f"route: {{}}\n{key}: hunter2")

    assert (line, column) == (2, 1)
    assert f"`{key}` looks like a secret, and a team file holds none; secrets are settings" in said
    assert "hunter2" not in said


@pytest.mark.parametrize("place", ["name", "people", "chat", "schedule", "routes", "severity", "continue"])
def test_a_key_without_a_value_is_not_taken_for_a_decision(place: str) -> None:
    assert problems_of(f"route:\n  {place}:\n") == [
        (2, 3, f"`{place}`: nothing stands behind it; give it a value or remove the line")
    ]


# --- values


@pytest.mark.parametrize(
    ("route", "column", "says"),
    [
        ("name: ''", 16, "`name`: the text is empty"),
        ("name: [x]", 16, "`name`: expected one value; if it is text that begins with { or [, put it in double quotes"),
        ("chat: {title: {service: }}", 24, "`title`: expected one value; if it is text that begins with {"),
        ("chat: on", 16, "`chat`: expected keys with values"),
        ("people: alice", 18, "`people`: expected a list; write [one, two], or one per line after a dash"),
        ("group_by: alertname", 20, "`group_by`: expected a list"),
        ("group_by: ['']", 21, "`group_by`: a label has a name"),
        (
            "group_by: ['...', a]",
            20,
            "`group_by`: '...' already means all labels; write ['...'] or the labels that count",
        ),
        ("routes: {a: b}", 18, "`routes`: expected a list"),
        ("continue: yes", 20, "`continue`: 'yes' is neither true nor false; write true or false"),
        ("severity: {default: critical}", 30, "`default`: 'critical' is no severity; severities are P1, P2, P3 and P4"),
        ("severity: {map: {page: P0}}", 33, "`page`: 'P0' is no severity"),
        ("severity: {map: [a]}", 26, "`map`: expected keys with values"),
        ("chat: {countdown: 60}", 28, "`countdown`: '60' is no duration; write it like 90s, 30m, 1h30m or 2d"),
        ("chat: {countdown: ''}", 28, "'' is no duration"),
        ("chat: {countdown: 30m1h}", 28, "'30m1h' is no duration"),
        ("chat: {countdown: -1h}", 28, "'-1h' is no duration"),
        ("chat: {countdown: 31d}", 28, "31d is longer than 30 days"),
        ("chat: {on_close: archive}", 27, "`on_close`: 'archive' is none of disband, lock, keep; write disband"),
        ("chat: {on_close: disban}", 27, "did you mean 'disband'?"),
        ("chat: {timezone: Asia/Beijing}", 27, "no time zone is called 'Asia/Beijing'; write Asia/Shanghai"),
        ("chat: {timezone: Europe/Berln}", 27, "did you mean 'Europe/Berlin'?"),
        ("chat: {timezone: ../../etc/passwd}", 27, "write an IANA name like Asia/Shanghai"),
        ("chat: {languages: [zh, de]}", 33, "`languages`: 'de' is no language of ours; languages are zh and en"),
        ("chat: {languages: []}", 28, "`languages`: the list is empty; name at least one"),
        ("chat: {languages: [zh, zh]}", 28, "`languages`: a language is named twice"),
        ('chat: {title: "{service"}', 24, "`title`: the braces in '{service' do not fit; write {label}"),
        ("chat: {value: ' '}", 24, "`value`: a label has a name"),
        (
            "links: {dashboard: grafana.example.com}",
            29,
            "`dashboard`: 'grafana.example.com' is no link; write http(s)://",
        ),
        ("links: {dashboard: 'javascript:alert(1)'}", 29, "is no link"),
        ("links: {dashboard: 'https://{host}/d'}", 29, "placeholders only after the host"),
        ("links: {dashboard: 'https://u:p@h/d'}", 29, "no password"),
        ("links: {dashboard: 'https://h/a b'}", 29, "no spaces"),
        ("links: {runbook: '{annotations.runbook_url}'}", 27, "where `hosts` lists its host"),
        ("links: {runbook: 'https://h/{a'}", 27, "the braces in 'https://h/{a' do not fit"),
        ("links: {hosts: ['https://h']}", 26, "`hosts`: 'https://h' is no host; write the name only"),
        ("links: {hosts: ['*.h']}", 26, "'*.h' is no host"),
        ("silence: {max: 1m}", 25, "`max`: 1m is too short: no silence from the chat is shorter than five minutes"),
        ("silence: {max: 0s}", 25, "write 5m or longer"),
        ("chat: {stale_after: 1s}", 30, "senders repeat themselves more slowly; write 5m or longer, or 0s"),
        ("storm: off", 17, "`storm`: expected keys with values; write storm: {above: off}"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_where_it_stands(route: str, column: int, says: str) -> None:
    ((line, at_column, said),) = problems_of(f"{ALICE}\nroute: {{ {route} }}")

    assert line == 2
    assert at_column == column
    assert says in said


@pytest.mark.parametrize(
    ("matcher", "says"),
    [
        (
            "'team'",
            "`matchers`: in the matcher team: expected =, !=, =~ or !~ after 'team' at column 5; write name=\"value\"",
        ),
        ("'a=~\"(\"'", "'(' is no RE2 regular expression: missing ): ( at column 4"),
        ('a=~"x,y"', "in a [list], put a matcher with , [ ] { or } into single quotes"),
        ("{a: b}", "`matchers`: expected one value"),
    ],
)
def test_a_matcher_that_cannot_be_read_says_why(matcher: str, says: str) -> None:
    found = problems_of(f"route:\n  routes:\n    - matchers: [{matcher}]")

    assert found[0][:2] == (3, 18)
    assert says in found[0][2]


def test_off_where_people_choose_the_keys_is_refused_like_any_other_value() -> None:
    (problem,) = problems_of("people: off\nroute: {}\n")

    assert problem[0] == 1


def test_a_room_that_is_no_id_says_where_ids_are() -> None:
    ((line, _, says),) = problems_of("route: {chat: {existing: Ops}}")

    assert line == 1
    assert "'Ops' is no group's id" in says
    assert "alertbridge chats list" in says


@pytest.mark.parametrize(
    ("watchdog", "says"),
    [
        ("{}", "`every` is missing"),
        ("{every: 29s}", "29s is too short: what is sent each minute may be late; write 30s or longer"),
        ("{every: 5m, matchers: []}", "`matchers`: the list is empty"),
        (
            "{every: 5m, matchers: ['env!=\"dev\"']}",
            "take every alert, and a watchdog opens no incident; name the alert",
        ),
        ("{every: 5m, senders: []}", "`senders`: the list is empty"),
    ],
)
def test_a_watchdog_that_could_not_be_heard_or_would_hear_everything_is_refused(watchdog: str, says: str) -> None:
    ((line, _, said),) = problems_of(f"route: {{}}\nwatchdogs: {{prometheus: {watchdog}}}")

    assert line == 2
    assert says in said


@pytest.mark.parametrize(
    ("person", "column", "says"),
    [
        ("{}", 13, "`bob`: nobody can find this person; give email, mobile or open_id"),
        ("{name: Bob}", 13, "nobody can find this person"),
        ("bob@example.com", 13, "`bob`: expected keys with values"),
        ("{email: bob}", 21, "`email`: 'bob' is no email address; write it like li@example.com"),
        ("{mobile: 110}", 22, "`mobile`: '110' is no mobile number; write digits"),
        ("{open_id: on_1}", 23, "`open_id`: 'on_1' is no open_id; it begins with ou_"),
    ],
)
def test_a_person_whom_nobody_could_find_is_refused(person: str, column: int, says: str) -> None:
    ((line, at_column, said),) = problems_of(f"route: {{}}\npeople: {{bob: {person}}}".replace("{bob", "{ bob"))

    assert (line, at_column) == (2, column + 3)
    assert says in said


def test_two_lobbies_cannot_share_a_group() -> None:
    ((line, column, says),) = problems_of("route: {}\nlobbies:\n  a: {chat: oc_1}\n  b: {chat: oc_1}")

    assert (line, column) == (4, 13)
    assert says == "the lobby 'a' has the same group; give each a group of its own, or let routes name the same lobby"


def test_a_lobby_that_is_not_made_cannot_be_quiet() -> None:
    ((line, _, says),) = problems_of("route: {}\nlobbies:\n  a: {chat: oc_1, quiet: true}")

    assert line == 3
    assert "`quiet` is for the group that the bot makes" in says


@pytest.mark.parametrize(
    ("policy", "says"),
    [
        ("{}", "`steps` is missing; add it"),
        ("{steps: []}", "`steps`: the list is empty; name at least one"),
        ("{steps: [{who: []}]}", "`who`: the list is empty; name at least one"),
        ("{steps: [{via: [card]}]}", "`who` is missing; add it"),
        (
            "{steps: [{who: [alice]}]}",
            "`who`: 'alice' names nobody to call; write person:alice, schedule:alice or team:alice",
        ),
        ("{steps: [{who: [xyz:q]}]}", "write one of schedule:q,"),
        ("{steps: [{who: [shedule:s]}]}", "`who`: 'shedule:s' names nobody to call; did you mean 'schedule:s'?"),
        ("{steps: [{who: [person:bob]}]}", "`people` has no 'bob'; add it there, or name another"),
        ("{steps: [{who: [schedule:t]}]}", "`schedules` has no 't'; add it there, or name another"),
        ("{steps: [{who: [secondary:s]}]}", "the schedule 's' has no secondary; write `secondary: …` there, or call"),
        ("{steps: [{who: [team:opz]}]}", "`teams` has no 'opz'; did you mean 'ops'?"),
        (
            "{steps: [{who: [manager:ops]}]}",
            "the team 'ops' has no manager; write `manager: …` there,",
        ),
        ("{steps: [{who: [fallback], via: []}]}", "`via`: the list is empty; name at least one"),
        ("{steps: [{who: [fallback], via: [mail]}]}", "`via`: 'mail' is none of card, app, sms, phone;"),
        ("{steps: [{who: [fallback]}, {who: [route]}]}", "a step after the first waits: nobody can acknowledge in no"),
        ("{steps: [{who: [fallback]}], repeat: 0}", "`repeat`: '0' is no number of rounds; write 1 to 20"),
        ("{steps: [{who: [fallback]}], ack_expires: soon}", "`ack_expires`: 'soon' is no duration; write it like"),
        ("{steps: [{who: [fallback]}], ack_expires: {P5: 1h}}", "unknown key `P5`; known here: P1, P2, P3, P4"),
        ("{steps: [{who: [fallback]}], variants: [{steps: [{who: [route]}]}]}", "this variant fits always, so the"),
        (
            "{steps: [{who: [fallback]}], variants: [{active_time_intervals: [nite], steps: [{who: [route]}]}]}",
            "`time_intervals` has no 'nite'; add it there, or remove it here",
        ),
    ],
)
def test_a_policy_that_could_not_call_anybody_is_refused(policy: str, says: str) -> None:
    schedules = "schedules: {s: {timezone: UTC, layers: [{starts: 2026-01-05, people: [alice]}]}}"
    others = f"{schedules}\nteams: {{ops: {{people: [alice]}}}}\n{ALICE}\nroute: {{}}"
    ((line, _, said),) = problems_of(f"escalation_policies: {{p: {policy}}}\n{others}")

    assert line == 1
    assert says in said


@pytest.mark.parametrize(
    ("interval", "says"),
    [
        ("{}", "an interval that says nothing always holds; write times, weekdays, … or remove it"),
        ("{times: [{start_time: '9:00', end_time: '18:00'}]}", "'9:00' is no time of day; write it like 09:00; 24:00"),
        ("{times: [{start_time: '09:00', end_time: '24:01'}]}", "'24:01' is no time of day"),
        ("{times: [{start_time: '09:00'}]}", "`end_time` is missing"),
        ("{weekdays: [workdays]}", "'workdays' is no weekday; write monday … sunday, or a range like monday:friday"),
        ("{weekdays: ['mondy:friday']}", "'mondy' is no weekday; did you mean 'monday'?"),
        ("{months: [13]}", "'13' is no month; write january … december, or a range like january:may"),
        ("{days_of_month: [0]}", "'0' are no days of a month; write 1 to 31"),
        ("{days_of_month: ['5:1']}", "'5:1' are no days of a month"),
        ("{days_of_month: [last]}", "'last' is no day of the month; write 1, 1:5 or -3:-1"),
        ("{years: ['2027:2026']}", "'2027:2026' ends before it begins; write the earlier year first"),
        ("{years: ['26']}", "'26' is no year; write 2026 or 2026:2028"),
        ("{location: Beijing}", "no time zone is called 'Beijing'"),
    ],
)
def test_a_time_interval_that_cannot_be_read_is_refused(interval: str, says: str) -> None:
    ((line, _, said),) = problems_of(f"time_intervals: [{{name: n, time_intervals: [{interval}]}}]\nroute: {{}}")

    assert line == 1
    assert says in said


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("route: {escalation: loud}", "`escalation_policies` has no 'loud'; add it there, or remove it here"),
        ("route: {quiet_hours: [nights]}", "`time_intervals` has no 'nights'; add it there, or remove it here"),
        ("route: {}\nteams: {ops: {people: [alice], manager: bob}}", "`people` has no 'bob'"),
        ("route: {}\nteams: {ops: {people: [bob]}}", "`people` has no 'bob'"),
        (
            "route: {}\nescalation_policies: {off: {steps: [{who: [fallback]}]}}",
            "a policy cannot be called off: routes write that for none; rename it",
        ),
        (
            "route: {}\ntime_intervals: [&n {name: n, time_intervals: [{years: [2026]}]}, *n]",
            "two time intervals are called 'n'; give each a name of its own",
        ),
    ],
)
def test_what_routes_and_teams_name_is_in_the_file(text: str, says: str) -> None:
    ((_, _, said),) = problems_of(f"{text}\n{ALICE}")

    assert says in said


@pytest.mark.parametrize(
    ("schedule", "column", "says"),
    [
        ("{layers: [{starts: 2026-01-05, people: [alice]}]}", 4, "`timezone` is missing; add it"),
        ("{timezone: UTC}", 4, "a schedule has `layers` or a calendar, `ical`; give one of them"),
        ("{timezone: UTC, layers: []}", 28, "`layers`: the list is empty; name at least one"),
        ("{timezone: CST, layers: [{starts: 2026-01-05, people: [alice]}]}", 15, "no time zone is called 'CST'"),
        ("{timezone: UTC, layers: [{people: [alice]}]}", 29, "`starts` is missing"),
        ("{timezone: UTC, layers: [{starts: 2026-01-05}]}", 29, "`people` is missing"),
        ("{timezone: UTC, layers: [{starts: 2026-01-05, people: []}]}", 58, "`people`: the list is empty"),
        (
            "{timezone: UTC, layers: [{starts: 05.01.2026, people: [alice]}]}",
            38,
            "'05.01.2026' is no date; write it like",
        ),
        ("{timezone: UTC, layers: [{starts: 1026-01-05, people: [alice]}]}", 38, "is not in this century or the next"),
        (
            "{timezone: UTC, layers: [{starts: 2026-01-05, people: [alice], rotation: monthly}]}",
            77,
            "none of hourly, daily, weekly",
        ),
        (
            "{timezone: UTC, layers: [{starts: 2026-01-05, people: [alice], handover: {day: mon}}]}",
            83,
            "'mon' is no weekday",
        ),
        (
            "{timezone: UTC, layers: [{starts: 2026-01-05, people: [alice], handover: {time: 9:00}}]}",
            84,
            "'9:00' is no time",
        ),
        (
            "{layers: [{starts: 2026-01-05, people: [alice], rotation: daily, handover: {day: sunday}}],timezone: UTC}",
            14,
            "a daily rotation hands over every day; remove `day`, or make it weekly",
        ),
        (
            (
                "{layers: [{starts: 2026-01-05, people: [alice], rotation: hourly, "
                "handover: {day: sunday}}], timezone: UTC}"
            ),
            14,
            "an hourly rotation hands over by the hour; remove `day`",
        ),
        (
            "{timezone: UTC, layers: [{starts: 2026-01-05, ends: 2026-01-05, people: [alice]}]}",
            29,
            "the layer ends on 2026-01-05, not after it starts (2026-01-05); write a later day, or remove `ends`",
        ),
        ("{timezone: UTC, layers: [{starts: 2026-01-05, people: [[]]}]}", 59, "`people`: the list is empty"),
        ("{timezone: UTC, layers: [{starts: 2026-01-05, people: [{a: b}]}]}", 59, "`people`: expected a list"),
        (
            "{timezone: UTC, layers: [{starts: 2026-01-05, people: [alice], every: 0}]}",
            74,
            "'0' is no number from 1 to",
        ),
        ("{timezone: UTC, layers: [{starts: 2026-01-05, people: [alice], only: []}]}", 73, "`only`: the list is empty"),
        (
            "{timezone: UTC, layers: [{starts: 2026-01-05, people: [alice], only: [{weekdays: [mo]}]}]}",
            86,
            "'mo' is no weekday",
        ),
        (
            "{timezone: UTC, layers: [{starts: 2026-01-05, people: [alice], only: [{times: [9-18]}]}]}",
            83,
            "'9-18' is no part of a day; write it like \"09:00-18:00\"",
        ),
        (
            "{timezone: UTC, layers: [{starts: 2026-01-05, people: [alice], only: [{times: ['09:00-09:00']}]}]}",
            83,
            'begins when it ends; write "00:00-24:00" for the whole day',
        ),
        (
            (
                "{timezone: UTC, layers: [{starts: 2026-01-05, ends: 2026-01-08, people: [alice], "
                "only: [{weekdays: [sunday]}]}]}"
            ),
            29,
            "this layer never counts: from 2026-01-05 to 2026-01-08 there are no hours of `only`; change `only`",
        ),
    ],
)
def test_a_schedule_that_could_call_nobody_is_refused(schedule: str, column: int, says: str) -> None:
    ((line, at_column, said),) = problems_of(f"{ALICE}\nroute: {{schedule: s}}\nschedules:\n  s:\n   {schedule}")

    assert (line, at_column) == (5, column)
    assert says in said


@pytest.mark.parametrize(
    ("overrides", "column", "says"),
    [
        ("[{from: 2026-02-01T09:00, to: 2026-02-01T09:00, people: [alice]}]", 17, "the override ends before it begins"),
        (
            "[{from: tomorrow, to: 2026-02-01T09:00, people: [alice]}]",
            24,
            "'tomorrow' is no day and time; write it like",
        ),
        ("[{from: 2026-02-01, to: 2026-02-01T09:00, people: [alice]}]", 24, "has no time of day"),
        (
            "[{from: 2026-02-01T09:00Z, to: 2026-02-01T09:00, people: [alice]}]",
            24,
            "has a zone of its own; the schedule's",
        ),
        ("[{from: 2026-02-01T09:00:30, to: 2026-02-01T09:00, people: [alice]}]", 24, "has seconds"),
        ("[{from: 1926-02-01T09:00, to: 2026-02-01T09:00, people: [alice]}]", 24, "is not in this century"),
        ("[{from: 2026-02-01T09:00, to: 2026-02-01T10:00, people: []}]", 72, "`people`: the list is empty"),
        ("[{from: 2026-02-01T09:00, to: 2026-02-01T10:00, people: [zoe]}]", 73, "`people` has no 'zoe'"),
        (
            "[{from: 2026-02-01T09:00, to: 2026-02-01T10:00, people: [alice], instead_of: zoe}]",
            93,
            "`people` has no 'zoe'",
        ),
        (
            (
                "[{from: 2026-02-01T09:00, to: 2026-02-01T10:00, people: [alice]}, "
                "{from: 2026-02-01T09:59, to: 2026-02-03T10:00, people: [alice]}]"
            ),
            82,
            "this override and the one in line 6 are for the same time; change `from` or `to`, or name",
        ),
    ],
)
def test_an_override_that_means_nothing_certain_is_refused(overrides: str, column: int, says: str) -> None:
    schedule = "schedules:\n  s:\n    timezone: UTC\n    layers: [{starts: 2026-01-05, people: [alice]}]"
    ((line, at_column, said),) = problems_of(f"{schedule}\n    \n    overrides: {overrides}\n{ALICE}\nroute: {{}}")

    assert (line, at_column) == (6, column)
    assert says in said


def test_overrides_that_touch_or_replace_different_people_do_not_contradict_each_other() -> None:
    parse_team(
        """
        people: {alice: {email: alice@example.com}, bob: {email: bob@example.com}}
        schedules:
          s:
            timezone: UTC
            layers: [{starts: 2026-01-05, people: [alice]}]
            overrides:
              - {from: 2026-02-01T09:00, to: 2026-02-01T10:00, people: [bob]}
              - {from: 2026-02-01T10:00, to: 2026-02-01T11:00, people: [bob]}
              - {from: 2026-02-01T10:00, to: 2026-02-01T11:00, people: [bob], instead_of: alice}
        route: {}
        """
    )


@pytest.mark.parametrize(
    ("second", "says"),
    [("s", "a schedule is not second to itself; name another"), ("t", "`schedules` has no 't'; add it there")],
)
def test_who_is_second_is_another_schedule(second: str, says: str) -> None:
    schedule = f"timezone: UTC, secondary: {second}, layers: [{{starts: 2026-01-05, people: [alice]}}]"
    ((line, column, said),) = problems_of(f"{ALICE}\nroute: {{}}\nschedules: {{s: {{{schedule}}}}}")

    assert (line, column) == (3, 43)
    assert says in said


# --- names that refer to each other


REFERENCES = dedent(
    """\
    people:
      alice: {email: alice@example.com, mobile: 13800138000, open_id: ou_1}
      bob: {email: Alice@Example.com}
      carol: {mobile: 13800138000}
      dave: {open_id: ou_1}
    fallback: [alcie, alice]
    schedules:
      primary:
        timezone: UTC
        layers:
          - {starts: 2026-01-05, people: [alice, bobb]}
      "off": {timezone: UTC, layers: [{starts: 2026-01-05, people: [zoe]}]}
    route:
      matchers: [a="b"]
      continue: true
      people: [carl]
      schedule: primry
      routes:
        - name: same
          matchers: [a="1"]
          routes:
            - {matchers: [b="2", c="3"]}
            - {matchers: ['c="3",b="2"'], schedule: nope}
        - name: same
          people: [nobody at all]
        - {name: default}
        - {matchers: ['broken']}
        - {}
    """
)


def test_everything_that_refers_to_nothing_is_found_at_once_with_the_nearest_name() -> None:
    found = {(line, column): said for line, column, said in problems_of(REFERENCES)}

    assert found == {
        (3, 16): "'alice' has the same email; one entry for each person",
        (4, 19): "'alice' has the same mobile; one entry for each person",
        (5, 19): "'alice' has the same open_id; one entry for each person",
        (6, 12): "`people` has no 'alcie'; did you mean 'alice'?",
        (11, 46): "`people` has no 'bobb'; did you mean 'bob'?",
        (12, 3): "a schedule cannot be called off: routes write that for none; rename it",
        (12, 65): "`people` has no 'zoe'; add them there, or remove them here",
        (14, 3): "`matchers` on the outermost route, which takes every alert that no other takes; "
        "move it to a route under `routes:`",
        (15, 3): "`continue` on the outermost route, which takes every alert that no other takes; "
        "move it to a route under `routes:`",
        (16, 12): "`people` has no 'carl'; did you mean 'carol'?",
        (17, 13): "`schedules` has no 'primry'; did you mean 'primary'?",
        (
            23,
            11,
        ): 'two routes are called \'{a="1"}/{b="2",c="3"}\', the other in line 22; give each a `name` of its own',
        (23, 49): "`schedules` has no 'nope'; add it there, or write off",
        (24, 13): "two routes are called 'same', the other in line 19; give each a `name` of its own",
        (25, 16): "`people` has no 'nobody at all'; add them there, or remove them here",
        (26, 14): "two routes are called 'default', the other in line 14; give each a `name` of its own",
        (27, 19): "`matchers`: in the matcher broken: expected =, !=, =~ or !~ after 'broken' at column 7; "
        'write name="value"',
    }


def test_the_outermost_route_is_called_default_unless_it_is_named() -> None:
    assert problems_of("route:\n  routes: [{name: default, matchers: [a=1]}]")[0][2].startswith(
        "two routes are called 'default', the other in line 2"
    )
    assert parse_team("route:\n  name: all\n  routes: [{name: default, matchers: [a=1]}]").routes.children


def test_all_kinds_of_problems_are_reported_together_in_the_order_of_the_file() -> None:
    text = """\
        route:
          chanel: x
          people: [alcie]
          chat: {}
          chat: {countdown: soon}
        people:
          alice: {email: nowhere}
        """

    assert [(line, column) for line, column, _ in problems_of(dedent(text))] == [
        (2, 3), (3, 12), (5, 3), (5, 21), (7, 18)
    ]  # fmt: skip


def test_a_problem_names_the_file_so_that_editors_can_jump_there() -> None:
    with pytest.raises(ConfigError) as caught:
        parse_team("route:\n  chanel: x", source="etc/team.yaml")

    assert str(caught.value) == "etc/team.yaml:2:3: unknown key `chanel`; did you mean 'chat'?"


# --- nothing else happens


@given(st.text(alphabet="{}[]:,-?&*!|>'\"%@`#\\\n\t ~<ab0.中\x85\ufeff\x07", max_size=60) | st.binary(max_size=40))
def test_no_text_does_worse_than_a_config_error(text: str | bytes) -> None:
    try:
        parse_team(text)
    except ConfigError as error:
        problems = error.problems
        assert problems


KEYS = (
    "route",
    "routes",
    "name",
    "matchers",
    "people",
    "alice",
    "schedules",
    "layers",
    "chat",
    "links",
    "fallback",
    "a",
)
trees = st.recursive(
    st.sampled_from(["", "alice", "1", "off", "a=1", "~", "{x}", "2026-01-05", "UTC"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=25,
)


def as_yaml(tree: object) -> str:
    if isinstance(tree, dict):
        return "{" + ", ".join(f"{key}: {as_yaml(value)}" for key, value in tree.items()) + "}"
    if isinstance(tree, list):
        return "[" + ", ".join(map(as_yaml, tree)) + "]"
    return f"{tree}" if tree == "~" else f"'{tree}'"


@given(trees)
def test_no_arrangement_of_keys_and_values_does_worse_than_a_config_error(tree: object) -> None:
    try:
        parse_team(as_yaml(tree))
    except ConfigError as error:
        problems = error.problems
        assert all(problem.line == 1 for problem in problems)


def test_a_lobby_has_a_plain_name_is_one_group_and_is_known_where_it_is_used() -> None:
    text = """\
people: {p: {email: p@example.com}}
lobbies:
  支付: {}
  "off": {}
  both: {people: [p], chat: oc_1}
  odd: {chat: ou_1, people: [q]}
route: {lobby: bth}
"""
    found = {(line, said) for line, _, said in problems_of(text)}

    named = "use 1 to 32 letters, digits, - and _; what people read is its `title`"
    begins = "it begins with oc_; `alertbridge chats list` shows those of the bot's groups"
    assert found == {
        (3, f"a lobby cannot be called '支付'; {named}"),
        (4, f"a lobby cannot be called 'off'; {named}"),
        (5, "`both`: a lobby has `people` or a `chat`, not both; remove one of them"),
        (6, f"`chat`: 'ou_1' is no group's id; {begins}"),
        (6, "`people` has no 'q'; add them there, or remove them here"),
        (7, "`lobbies` has no 'bth'; did you mean 'both'?"),
    }


def test_a_role_names_somebody_of_the_file() -> None:
    text = """\
people: {alice: {open_id: ou_1}}
route: {roles: {comms: "schedule:press", scribe: "person:alcie"}}
"""

    assert problems_of(text) == [
        (2, 24, "`schedules` has no 'press'; add it there, or name another"),
        (2, 50, "`people` has no 'alcie'; did you mean 'alice'?"),
    ]

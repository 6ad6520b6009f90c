"""Matchers read and match as Alertmanager's do (github.com/prometheus/alertmanager, pkg/labels and matcher/parse)."""

import pytest
import re2
from hypothesis import given
from hypothesis import strategies as st

from alertbridge.core.alerts.matcher import Matcher, MatcherError, MatchOp, parse_matcher, parse_matchers

EQUAL, NOT_EQUAL, REGEXP, NOT_REGEXP = MatchOp


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('team="db"', ("team", EQUAL, "db")),
        ("team=db", ("team", EQUAL, "db")),
        ('team!="db"', ("team", NOT_EQUAL, "db")),
        ('team=~"db.*"', ("team", REGEXP, "db.*")),
        ('team!~"db.*"', ("team", NOT_REGEXP, "db.*")),
        ('  team \t=~  "db"  ', ("team", REGEXP, "db")),
        ('team = " db "', ("team", EQUAL, " db ")),
        ("team = db one ", ("team", EQUAL, "db one")),
        ("team=", ("team", EQUAL, "")),
        ('team=""', ("team", EQUAL, "")),
        ("job:rate:5m=x", ("job:rate:5m", EQUAL, "x")),
        ("a=b=c", ("a", EQUAL, "b=c")),
        ("team=~pay.*|db", ("team", REGEXP, "pay.*|db")),
        ("code=~5[0-9]+", ("code", REGEXP, "5[0-9]+")),
        # UTF-8 names, bare and quoted
        ("城市=上海", ("城市", EQUAL, "上海")),
        ('"k8s.io/name"="api"', ("k8s.io/name", EQUAL, "api")),
        ("k8s.io/name=api", ("k8s.io/name", EQUAL, "api")),
        ('"with space, and {brace}"!="x"', ("with space, and {brace}", NOT_EQUAL, "x")),
        ("🙂=~.+", ("🙂", REGEXP, ".+")),
        # escapes of the classic reading: three, every other backslash is itself
        (r'a="say \"hi\""', ("a", EQUAL, 'say "hi"')),
        (r'a="back\\slash"', ("a", EQUAL, "back\\slash")),
        (r'a="two\nlines"', ("a", EQUAL, "two\nlines")),
        (r'a="tab\t"', ("a", EQUAL, r"tab\t")),
        (r'a=~"web\d+"', ("a", REGEXP, r"web\d+")),
        (r"a=~web\d+", ("a", REGEXP, r"web\d+")),
        ('a="real\nline"', ("a", EQUAL, "real\nline")),
        # escapes of the UTF-8 reading, which are Go's
        (r'"城\u5e02"="\t\x41\U0001F642\\\"\n"', ("城市", EQUAL, '\tA🙂\\"\n')),
        (r'城市=~"web\\d+"', ("城市", REGEXP, r"web\d+")),
        # inside quotes nothing divides
        ('a="x,y}={"', ("a", EQUAL, "x,y}={")),
        ('{a="x"}', ("a", EQUAL, "x")),
        ("{ a=x , }", ("a", EQUAL, "x")),
    ],
)
def test_a_matcher_reads_as_in_alertmanager(text: str, expected: tuple[str, MatchOp, str]) -> None:
    assert parse_matcher(text) == Matcher(*expected)


@pytest.mark.parametrize(
    ("text", "count"),
    [("", 0), ("{}", 0), ("  ", 0), ('a="b",c!=d', 2), ('{a="b", c="d",}', 2), ("a=b,", 1), ("{a=1,b=2,c=~3}", 3)],
)
def test_one_text_may_hold_several_matchers(text: str, count: int) -> None:
    assert len(parse_matchers(text)) == count


@pytest.mark.parametrize(
    ("text", "column", "says"),
    [
        ("team", 5, "expected =, !=, =~ or !~ after 'team'"),
        ('"team"', 7, "expected =, !=, =~ or !~ after 'team'"),
        ("two words=x", 5, "expected =, !=, =~ or !~ after 'two'"),
        ('="x"', 1, "expected a label name"),
        ('""="x"', 1, "expected a label name"),
        ("a=1,,b=2", 5, "expected a label name"),
        ('a="x', 3, "the double quote is never closed"),
        ('"a=x', 1, "the double quote is never closed"),
        ("a==x", 3, "'=' after the operator"),
        ("a=!x", 3, "'!' after the operator"),
        ("a=~~x", 4, "'~' after the operator"),
        ("a='x'", 3, '"\'" does not quote a value'),
        ("a=`x`", 3, "'`' does not quote a value"),
        ("{a=x", 5, "the opening brace is never closed"),
        ("{", 2, "the opening brace is never closed"),
        ("a=x}", 4, "a closing brace without an opening one"),
        ("a=~[a-z]{3}", 9, "unexpected text after a matcher"),
        ('a="x" b="y"', 7, "unexpected text after a matcher"),
        ('a="x"y', 6, "unexpected text after a matcher"),
        ('a=x"y"', 4, "unexpected text after a matcher"),
        ("{a=x} b", 7, "unexpected text after a matcher"),
        ('a=~"(b"', 4, "'(b' is no RE2 regular expression: missing ): (b"),
        ('a!~"(?=b)"', 4, "'(?=b)' is no RE2 regular expression"),
        ("a=1,b=2", 1, "expected one matcher, found 2"),
        ("{}", 1, "expected one matcher, found 0"),
        (r'城市="\d"', 5, "unknown escape"),
        (r'"城\q"="x"', 3, "unknown escape"),
        (r'"\ud800"="x"', 2, "unknown escape"),
        (r'"\Uffffffff"="x"', 2, "unknown escape"),
        (r'城市="\xff"', 5, "unknown escape"),
    ],
)
def test_what_is_no_matcher_is_refused_with_its_column_and_how_to_mend_it(text: str, column: int, says: str) -> None:
    with pytest.raises(MatcherError) as caught:
        parse_matcher(text)

    assert says in caught.value.message
    assert caught.value.column == column
    assert caught.value.hint
    assert f"at column {column}: {caught.value.hint}" in str(caught.value)


LABELS = {
    "team": "payments",
    "env": "",
    "instance": "10.2.3.4:9100",
    "k8s.io/name": "api",
    "城市": "上海",
    "lines": "a\nb",
}


@pytest.mark.parametrize(
    ("text", "matches"),
    [
        ('team="payments"', True),
        ('team="payment"', False),
        ('team="Payments"', False),
        ('team!="payments"', False),
        ('team!="db"', True),
        # a missing label is an empty one
        ('missing=""', True),
        ('missing!=""', False),
        ('missing="x"', False),
        ('missing!="x"', True),
        ('missing=~""', True),
        ('missing=~".*"', True),
        ('missing=~".+"', False),
        ('missing!~".+"', True),
        ('env=""', True),
        # regular expressions fit the whole value
        ('team=~"pay"', False),
        ('team=~"ments"', False),
        ('team=~"pay.*"', True),
        ('team=~"db|payments"', True),
        ('team=~"pay|payments"', True),
        ('team=~"db|pay"', False),
        ('team=~"^payments$"', True),
        ('team!~"pay"', True),
        ('team!~"pay.*"', False),
        ('team=~"(?i)PAYMENTS"', True),
        ('instance=~"10\\\\.2\\\\..*:9100"', True),
        (r'instance=~"10\.2\..*:9100"', True),
        (r'instance=~"[\d.]+:\d{4}"', True),
        ('lines=~"a.b"', False),
        ('lines=~"(?s)a.b"', True),
        ('lines="a\\nb"', True),
        # UTF-8: a character is one, however many bytes it takes
        ('城市="上海"', True),
        ('城市=~".."', True),
        ('城市=~"."', False),
        ('"k8s.io/name"=~"a.i"', True),
    ],
)
def test_a_matcher_matches_as_in_alertmanager(text: str, matches: bool) -> None:
    assert parse_matcher(text).matches(LABELS) is matches


def test_half_a_character_in_a_label_matches_a_wildcard_and_breaks_nothing() -> None:
    assert parse_matcher('a=~"x.*"').matches({"a": "x\ud800"})
    assert not parse_matcher('a=~"x"').matches({"a": "x\ud800"})


def test_a_hostile_regular_expression_takes_no_longer_than_its_input() -> None:
    """Backtracking would need 2^30 steps here, more than the test's time."""
    assert not parse_matcher('a=~"(a+)+b"').matches({"a": "a" * 100_000})


def test_a_matcher_compiles_once_and_refuses_a_bad_pattern_when_it_is_made() -> None:
    with pytest.raises(re2.error):
        Matcher("a", REGEXP, "(")

    assert Matcher("a", EQUAL, "(").matches({"a": "("})


texts = st.text(st.characters(exclude_categories=["Cs"]))


@given(name=texts.filter(bool), op=st.sampled_from([EQUAL, NOT_EQUAL]), value=texts)
def test_a_matcher_written_out_reads_back_as_itself(name: str, op: MatchOp, value: str) -> None:
    matcher = Matcher(name, op, value)

    assert parse_matcher(str(matcher)) == matcher


@given(name=texts, value=texts)
def test_the_opposite_operator_matches_exactly_the_other_alerts(name: str, value: str) -> None:
    pattern = re2.escape(value)

    for labels in ({}, {name: value}, {name: value + "x"}):
        assert Matcher(name, EQUAL, value).matches(labels) is not Matcher(name, NOT_EQUAL, value).matches(labels)
        assert Matcher(name, REGEXP, pattern).matches(labels) is not Matcher(name, NOT_REGEXP, pattern).matches(labels)
        assert Matcher(name, REGEXP, pattern).matches(labels) is Matcher(name, EQUAL, value).matches(labels)


@given(st.text(alphabet="a=!~\"'\\{}, \n\t`x中"))
def test_no_text_does_worse_than_a_matcher_error(text: str) -> None:
    try:
        matchers = parse_matchers(text)
    except MatcherError as error:
        matchers, column = (), error.column
    else:
        column = 1

    assert 1 <= column <= len(text) + 1
    assert all(isinstance(matcher.matches({}), bool) for matcher in matchers)

import math

import pytest

from alertbridge.ingest.readings import readable, readable_text, readable_values


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (92.13, "92.13"),
        (95.0, "95"),
        (0, "0"),
        (-3.5, "-3.5"),
        (97.007606, "97.0076"),
        (0.00001234, "1.234e-05"),
        (1234567.5, "1234567.5"),
        (12345678901234, "12345678901234"),
        (1e15, "1e+15"),
        (math.inf, "+Inf"),
        (-math.inf, "-Inf"),
        (math.nan, "NaN"),
    ],
)
def test_one_reading_is_a_number_for_people(number: float, text: str) -> None:
    assert readable({"A": number}) == text


@pytest.mark.parametrize(
    ("readings", "text"),
    [
        ({}, ""),
        ({"A": None}, ""),
        ({"B": 3, "A": 0.5}, "A=0.5, B=3"),
        ({"A": 1, "B": None}, "1"),
        ({"A": 1, "B": 1}, "A=1, B=1"),
        (dict.fromkeys("ABCDE", 2), "A=2, B=2, C=2, D=2, …"),
        ({"x" * 30: 2, "y": 3}, "x" * 23 + "…=2, y=3"),
    ],
)
def test_several_readings_have_names(readings: dict[str, float | None], text: str) -> None:
    assert readable(readings) == text


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"A": 92.13, "C": 1}, "92.13"),
        ({"A": 0, "C": 1}, "0"),
        ({"A": 41, "C": 0}, "41"),
        ({"A": 0.5, "B": 0.7}, "A=0.5, B=0.7"),
        ({"A": 1}, "1"),
        ({"A": None, "C": None}, ""),
        ({"A": 3, "B": 5, "C": 1}, "A=3, B=5"),
    ],
)
def test_the_condition_of_a_rule_is_no_reading(values: dict[str, float | None], text: str) -> None:
    assert readable_values(values) == text


@pytest.mark.parametrize(
    ("value_string", "text"),
    [
        ("", ""),
        ("[ var='A' labels={host=db-1} value=92.13 ], [ var='C' labels={host=db-1} value=1 ]", "92.13"),
        ("[ metric='foo' labels={instance=bar} value=10 ]", "10"),
        ("[ var='B0' metric='Value' labels={} value=95 ]", "95"),
        ("[ var='A' labels={path=/a value=3} value=7 ]", "7"),
        ("[ var='A' labels={} value=NaN ]", "NaN"),
        ("81 %", "81 %"),
        ("x" * 121, ""),
        ("[ var='A' labels={} value=none ]", ""),
        ("[ labels={} value=3 ]", ""),
        ("[ var='A' labels={} value=null ], tail", ""),
    ],
)
def test_grafanas_value_string_is_understood_or_short(value_string: str, text: str) -> None:
    assert readable_text(value_string) == text

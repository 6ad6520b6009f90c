"""Exports that are not what they say: whatever stands where, the answer is a plan or a sentence, never a crash."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alertbridge.config import parse_team
from alertbridge.importing.answers import ExportError, read_answers
from tests.importing.planning import NOW, PRODUCTS, answers_of, planned

JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**12), 10**12),
    st.floats(allow_nan=False),
    st.text(max_size=8),
    st.sampled_from(
        ["2026-01-05T09:00:00Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00", "24:00", "none", "\ud800", "off"]
    ),
    st.just([]),
    st.just({}),
    st.just([[[]]]),
    st.just({"id": "x"}),
)


def places(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """List where something stands in a JSON value."""
    found = [path] if path else []
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        found += places(one, (*path, key))
    return found


@pytest.mark.parametrize("product", PRODUCTS)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_value_may_stand_anywhere(product: str, data: st.DataObject) -> None:
    answers = json.loads(json.dumps(answers_of(product)))
    for _ in range(data.draw(st.integers(1, 4))):
        *above, last = data.draw(st.sampled_from(places(answers)))
        at: Any = answers
        try:
            for key in above:
                at = at[key]
            at[last] = json.loads(json.dumps(data.draw(JUNK)))  # of its own, not the list that others got
        except (TypeError, KeyError, IndexError, AttributeError):  # an earlier change took the place away
            continue

    plan = planned(product, *(one for one in answers if isinstance(one, dict)))

    parse_team(plan.text)


@pytest.mark.parametrize("product", PRODUCTS)
@given(text=st.binary(max_size=200))
def test_any_bytes_are_answers_or_are_refused(product: str, text: bytes) -> None:
    try:
        answers = list(read_answers(text, "export.json"))
    except ExportError:
        return
    PRODUCTS[product].read(answers, NOW)

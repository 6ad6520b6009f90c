import pytest

from alertbridge.ingest.loose import annotations_of, name_of_type, read_json, text_of


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("x", "x"),
        ("上海 😀", "上海 😀"),
        ("\ud83d\ude00", "😀"),
        ("a\udfffb", "a�b"),
        (None, ""),
        (True, "true"),
        (False, "false"),
        ({"城市": ["\ud800", None]}, '{"城市": ["�", null]}'),
    ],
)
def test_any_value_is_a_text(value: object, text: str) -> None:
    assert text_of(value) == text


def test_a_value_nested_beyond_all_reason_is_only_hinted_at() -> None:
    value: list[object] = []
    for _ in range(100_000):
        value = [value]

    assert text_of(value) == "…"


def test_numbers_keep_their_digits() -> None:
    digits = "9" * 5_000

    assert read_json(f"[1.50, -0, 1e400, Infinity, {digits}]".encode()) == ["1.50", "-0", "1e400", "Infinity", digits]


@pytest.mark.parametrize(
    ("value", "annotations"), [({"a": "1"}, {"a": "1"}), ("full", {"summary": "full"}), ("", {}), (None, {})]
)
def test_annotations_are_texts_whatever_was_sent(value: object, annotations: dict[str, str]) -> None:
    assert annotations_of(value) == annotations


@pytest.mark.parametrize(
    ("value", "name"),
    [(None, "null"), (True, "a boolean"), ("1", "a text or a number"), ([], "an array"), ({}, "an object")],
)
def test_types_have_json_names(value: object, name: str) -> None:
    assert name_of_type(value) == name

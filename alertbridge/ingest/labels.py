"""Which labels and annotations of a sender are kept, and how much of each."""

LONGEST_NAME = 1_024
LONGEST_LABEL = 1_024
LONGEST_ANNOTATION = 4_096
"""Characters of a name and of the values. Longer ones end with `…`: a group chat is no place for a megabyte."""

MOST_LABELS = 64
MOST_ANNOTATIONS = 32
"""Kept by sorted name, so that the same ones are kept each time."""

LONGEST_URL = 4_096
"""Characters. A link that was cut leads nowhere, so a longer one is left out."""


def tidy_labels(labels: dict[str, str]) -> dict[str, str]:
    """Return the labels that people see and routes match. Take the fingerprint before: it counts private ones."""
    return _tidy(labels, MOST_LABELS, LONGEST_LABEL)


def tidy_annotations(annotations: dict[str, str]) -> dict[str, str]:
    """Return the annotations that people see."""
    return _tidy(annotations, MOST_ANNOTATIONS, LONGEST_ANNOTATION)


def cut(text: str, longest: int) -> str:
    """Return at most `longest` characters, the last one `…` when something is missing."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def whole_url(url: str) -> str:
    """Return the URL, or nothing when it is too long to keep."""
    return url if len(url) <= LONGEST_URL else ""


def _tidy(texts: dict[str, str], most: int, longest: int) -> dict[str, str]:
    values = texts.values()
    names = "".join(texts)
    # Nearly all pass as they are: joined they are no longer than one of them may be. Asking each costs twice as much.
    if (
        len(texts) <= most
        and "__" not in names
        and "" not in values
        and len(names) <= LONGEST_NAME
        and len("".join(values)) <= longest
    ):
        return texts
    kept = {name: value for name, value in texts.items() if value and not _is_private(name)}
    return {cut(name, LONGEST_NAME): cut(kept[name], longest) for name in sorted(kept)[:most]}


def _is_private(name: str) -> bool:
    # Grafana's own, such as `__alert_rule_uid__`: it removes them for webhooks, not for external Alertmanagers.
    return name.startswith("__") and name.endswith("__")

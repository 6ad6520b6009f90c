"""What an export has and nothing reads, and what it should have and has not: never passed over in silence."""

from collections import Counter
from collections.abc import Iterator, Sequence

from alertbridge.importing.answers import Answer, number_at, objects_at, text_at
from alertbridge.importing.draft import Kind, Note, Unusable


def unread(found: Counter[str]) -> tuple[Unusable, ...]:
    """Report objects that no reader asked for, by what the export calls them."""
    note = Note("there is no counterpart here", "see what of it you need, and write that by hand")
    return tuple(
        Unusable(kind=Kind.OTHER, id="", name=f"{name} ({count})", notes=(note,))
        for name, count in sorted(found.items())
    )


def unread_lists(answers: Sequence[Answer], known: frozenset[str]) -> tuple[Unusable, ...]:
    """Report lists and objects under keys that no reader knows."""
    found: Counter[str] = Counter()
    for answer in answers:
        for name, value in answer.items():
            if name not in known and isinstance(value, dict | list) and value:
                found[name] += len(value) if isinstance(value, list) else 1
    return unread(found)


def lost_pages(answers: Sequence[Answer]) -> tuple[Unusable, ...]:
    """Report answers that go on in another one, which is not there."""
    hint = "fetch the pages after it, each into a file, and name the folder"
    return tuple(
        Unusable(kind=Kind.OTHER, id="", name=what, notes=(Note("it goes on, and the next page is not there", hint),))
        for what in dict.fromkeys(_unfinished(answers))
    )


def _unfinished(answers: Sequence[Answer]) -> Iterator[str]:
    for answer in answers:
        if answer.get("more") is True:  # PagerDuty
            name = next((key for key in answer if objects_at(answer, key)), "answer")
            after = (number_at(answer, "offset") or 0) + (number_at(answer, "limit") or 0)
            if not any(name in other and number_at(other, "offset") == after for other in answers):
                yield f"{name} up to {after}"
        elif text_at(answer, "next") and "results" in answer:  # Grafana OnCall
            total, page = number_at(answer, "count"), number_at(answer, "current_page_number") or 1
            pages = [number_at(one, "current_page_number") for one in answers if number_at(one, "count") == total]
            if page + 1 not in pages:
                yield f"page {page} of {number_at(answer, 'total_pages') or 'several'}"
        elif text_at(answer, "paging", "next"):  # Opsgenie
            total = number_at(answer, "totalCount") or 0
            seen = sum(len(objects_at(one, "data")) for one in answers if number_at(one, "totalCount") == total)
            if seen < total:
                yield f"{seen} of {total} objects"

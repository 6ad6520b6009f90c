"""Objects of an export by id. What two answers say of one object is united: lists know less than single answers do."""

from collections.abc import Iterable, Iterator

from alertbridge.importing.answers import Answer, object_at, objects_at, text_at


def by_id(objects: Iterable[Answer]) -> dict[str, Answer]:
    """Return the objects that have an id; of one that is there twice, the fuller fields count."""
    found: dict[str, Answer] = {}
    for one in objects:
        if key := text_at(one, "id"):
            known = found.get(key, {})
            found[key] = {**known, **{name: value for name, value in one.items() if value or name not in known}}
    return found


def under(answers: Iterable[Answer], single: str, several: str) -> Iterator[Answer]:
    """Yield what answers hold under the key of one object, or of a list."""
    for answer in answers:
        if one := object_at(answer, single):
            yield one
        yield from objects_at(answer, several)

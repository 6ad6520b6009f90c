"""What people are told directly when somebody else changes their shifts: who covers, and who is covered for."""

from collections.abc import Mapping
from datetime import datetime

from alertbridge.core.chats.chat import Text
from alertbridge.core.copy import catalogue as copy
from alertbridge.core.oncall.override import KeptOverride
from alertbridge.core.text import LABEL_LIMIT, PERSON_LIMIT, clean, clock, clock_alone


def cover_notes(
    kept: KeptOverride, author: Text, names: Mapping[str, str], *, timezone: str, now: datetime, is_taken_back: bool
) -> dict[str, Text]:
    """The message for each person, by their key: that an override is in force, or that it is not any more.

    `names` are those of the people in the team file, by their keys.
    """
    override = kept.override
    kind = "back" if is_taken_back else "made"
    about: dict[str, str | Text] = {
        "author": author,
        "t1": clock_alone(override.starts_at, timezone, now),
        "t2": clock(override.ends_at, timezone, now),
        "schedule": clean(kept.schedule, LABEL_LIMIT),
    }
    if not override.instead_of:
        return dict.fromkeys(override.people, copy.text(f"cover.{kind}.all", **about))
    replaced = clean(names.get(override.instead_of, override.instead_of), PERSON_LIMIT)
    comma = copy.text("list.comma")
    covering = copy.join(comma, [clean(names.get(key, key), PERSON_LIMIT) for key in override.people])
    told = dict.fromkeys(override.people, copy.text(f"cover.{kind}.by", a=replaced, **about))
    return {override.instead_of: copy.text(f"cover.{kind}.for", b=covering, **about)} | told

"""Tells people directly that somebody else has changed their shifts."""

from collections.abc import Iterable
from datetime import datetime

from alertbridge.config import Team
from alertbridge.core.chats.chat import Text
from alertbridge.core.ids import EntryId, OpenId
from alertbridge.core.oncall.override import KeptOverride
from alertbridge.core.rooms.cover_notes import cover_notes
from alertbridge.core.rooms.room import Answer, person_room
from alertbridge.flows.oncall.people import Directory
from alertbridge.store.feed import Feed


async def tell_covers(
    overrides: Iterable[KeptOverride],
    *,
    by: OpenId | None,
    author: Text,
    team: Team,
    feed: Feed,
    directory: Directory,
    now: datetime,
    is_taken_back: bool = False,
) -> None:
    """Leave a message for everybody but `by`, once for each override. Raises `StoreAway`.

    Whom Feishu is not known to know is not told: they cannot be called either, and that is said elsewhere.
    """
    names = {key: person.name or key for key, person in team.people.items()}
    event = "back" if is_taken_back else "made"
    for kept in overrides:
        timezone = team.schedules[kept.schedule].timezone if kept.schedule in team.schedules else "UTC"
        notes = cover_notes(kept, author, names, timezone=timezone, now=now, is_taken_back=is_taken_back)
        known = await directory.remembered([team.people[key] for key in notes if key in team.people])
        for key, person in known.items():
            if person != by:
                note = Answer(id=EntryId(f"{kept.id}:{event}"), at=now, text=notes[key], message=None, chat=None)
                await feed.append_room(person_room(person), note, receipt=f"{kept.id}:{event}:{person}")

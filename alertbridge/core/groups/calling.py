"""Which calls to people are to be made now, and on which message: the step's own, the live card, or a direct one."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta

from alertbridge.core.chats.action import AddMembers, Buzz, PageAction, PageDirectly, SendCard, say_key
from alertbridge.core.chats.chat import Chat, Saying, Wanted
from alertbridge.core.ids import MessageId, OpenId, uuid_of
from alertbridge.core.incidents.incident import Incident
from alertbridge.core.incidents.pages import Page
from alertbridge.core.oncall.policy import Way

GROUP_PATIENCE = timedelta(seconds=60)
"""How long people wait for a group before they get direct messages."""

LOST_PATIENCE = timedelta(seconds=15)
"""The same for each call, where the group was lost since: another one is made."""

PEOPLE_PER_BUZZ = 200
"""Feishu's limit for a call."""


def page_wishes(incident: Incident, wanted: Wanted, now: datetime) -> Iterator[tuple[PageAction, datetime]]:
    """The calls, each with the earliest time it may be made; those by one way about one thing are one call."""
    together: dict[tuple[MessageId, Way, str], list[OpenId]] = defaultdict(list)
    for page in incident.pages:
        if page.direct is not None:
            yield _buzz(page, page.direct), now
        elif not _is_here(incident, page):
            yield _direct(incident, page, wanted), _direct_at(incident, page, now)
        elif page.todo[0] is Way.CARD or (message := _message(incident, page)) is None:
            continue  # what mentions them is on its way
        elif page.is_alone:
            yield _buzz(page, message), now
        else:
            together[message, page.todo[0], page.cause].append(page.person)
    for (message, way, cause), people in together.items():
        yield Buzz(message=message, people=tuple(people[:PEOPLE_PER_BUZZ]), way=way, cause=cause), now


def next_saying(incident: Incident) -> Saying:
    """What is said first of all that waits: what calls somebody, else the oldest."""
    causes = {page.cause for page in incident.pages}
    return next((saying for saying in incident.outbox if saying.cause in causes), incident.outbox[0])


def _buzz(page: Page, message: MessageId) -> Buzz:
    return Buzz(
        message=message,
        people=(page.person,),
        way=page.todo[0],
        cause=page.cause,
        is_direct=page.direct is not None,
        is_alone=page.is_alone,
    )


def _direct(incident: Incident, page: Page, wanted: Wanted) -> PageDirectly:
    assert wanted.card is not None, "what fires has a card"
    cause = f"{page.person}:{page.cause}"
    return PageDirectly(
        person=page.person,
        uuid=uuid_of(incident.id, "page", cause),
        view=wanted.card,
        version=incident.version,
        cause=page.cause,
        way=page.todo[0] if page.todo else Way.CARD,
    )


def _is_here(incident: Incident, page: Page) -> bool:
    """Whether this person can be called in the group."""
    chat = _usable(incident)
    return chat is not None and not page.is_direct and page.person in chat.members


def _usable(incident: Incident) -> Chat | None:
    chat = incident.chat
    if chat is None or chat.is_gone or chat.removed_at is not None or chat.card is None or chat.card.is_gone:
        return None
    return chat


def _direct_at(incident: Incident, page: Page, now: datetime) -> datetime:
    """When a direct message takes the place of the group."""
    chat = _usable(incident)
    is_hopeless = chat is not None and (
        chat.is_standing or page.person in chat.refused | chat.away or _fails(incident, AddMembers.key)
    )
    if page.is_direct or is_hopeless:
        return now
    return max(incident.status_at + GROUP_PATIENCE, page.at + LOST_PATIENCE)


def _message(incident: Incident, page: Page) -> MessageId | None:
    """What is made urgent; None: the message that tells of it goes out now, and is that."""
    if page.message is not None:
        return page.message
    if any(_is_coming(incident, saying) for saying in incident.outbox if saying.cause == page.cause):
        return None
    chat = _usable(incident)
    return chat.card.message if chat and chat.card else None


def _is_coming(incident: Incident, saying: Saying) -> bool:
    """Whether nothing keeps this message back: where messages have to wait, the live card is made urgent (D11)."""
    return saying.edits is None and not any(
        trouble.key in (say_key(saying), SendCard.key) for trouble in incident.troubles
    )


def _fails(incident: Incident, key: str) -> bool:
    return any(trouble.key == key and trouble.failures for trouble in incident.troubles)

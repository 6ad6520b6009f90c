"""What happens next to an incident, in words: the same on card, post, in messages and answers."""

from collections.abc import Callable, Mapping, Sequence

from alertbridge.core.chats.card import Next
from alertbridge.core.chats.chat import Text
from alertbridge.core.copy import catalogue as copy
from alertbridge.core.ids import OpenId
from alertbridge.core.oncall.policy import Way

NAMED = 5
"""People whom a message names; of further ones it tells how many."""

Named = Callable[[OpenId | None], Text]
"""What a person is called on the surface that is written."""


def foretell(step: Next, at: str, named: Named, more: Mapping[str, str | int | Text]) -> Text:
    """The next step, without the word before it. `at` is its time as the surface shows times."""
    call = call_of(step.number, step.people, step.ways, named)
    return copy.text(f"next.{step.kind}", t=at, who=named(step.who), call=call, **more)


def call_of(number: int, people: Sequence[OpenId], ways: Sequence[Way], named: Named) -> Text:
    """A step of the escalation: how it calls whom; its number where that is not known yet."""
    if not people:
        return copy.text("call.step", n=number)
    return copy.text("call.people", via=ways_of(ways), who=names_of(people, named))


def ways_of(ways: Sequence[Way]) -> Text:
    """How people are called, the quietest way first."""
    return copy.join(copy.text("list.comma"), [copy.text(f"via.{way}") for way in ways])


def names_of(people: Sequence[OpenId], named: Named) -> Text:
    """Several people's names, five at most."""
    known = copy.join(copy.text("list.comma"), map(named, people[:NAMED]))
    return copy.text("people.more", names=known, k=len(people) - NAMED) if len(people) > NAMED else known


def read_ways(words: str) -> tuple[Way, ...]:
    """The ways that a message carries, as `card,phone`."""
    return tuple(Way(word) for word in words.split(",") if word)

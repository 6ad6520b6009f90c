"""A line of the timeline in words, for the archive, the pages and the command line."""

from collections.abc import Mapping

from alertbridge.core import copy
from alertbridge.core.chat import Text
from alertbridge.core.ids import OpenId
from alertbridge.core.text import PERSON_LIMIT, SUMMARY_LIMIT, clean
from alertbridge.core.timeline import TimelineLine


def tell(line: TimelineLine, names: Mapping[OpenId, str]) -> Text:
    """What happened, in every language, without its time. `details["to"]` of an assignment is the new lead's open id.

    Nobody in `by` means: it happened by itself, or by the operator's command line where a person is needed.
    """
    base = f"timeline.{line.what}"
    by_itself = line.by is None and f"{base}.itself" in copy.CATALOGUE
    to = OpenId(line.details["to"]) if "to" in line.details else None
    words = copy.text(f"{base}.itself" if by_itself else base, who=name_of(line.by, names), to=name_of(to, names))
    if not (text := clean(line.text, SUMMARY_LIMIT)):
        return words
    colon = copy.text("label.colon")
    return {language: words[language] + colon[language] + text for language in words}


def name_of(person: OpenId | None, names: Mapping[OpenId, str]) -> str | Text:
    """A person's name as text: the known one, else a word for a member; None is the operator's command line."""
    if person is None:
        return copy.text("person.operator")
    return clean(names.get(person, ""), PERSON_LIMIT) or copy.text("person.member")

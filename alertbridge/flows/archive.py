"""The archive of a group: kept in the store while it is read, written as files and read back at the end."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import structlog

from alertbridge.core.chats.archive import ArchivedMessage
from alertbridge.core.copy.catalogue import primary
from alertbridge.core.groups.blueprint import title_of
from alertbridge.core.ids import IncidentId, OpenId
from alertbridge.core.incidents.incident import Incident
from alertbridge.core.incidents.telling import tell
from alertbridge.core.text import clean
from alertbridge.core.timeline import TimelineLine
from alertbridge.store.archive import Archive
from alertbridge.store.records import Records

log = structlog.get_logger(__name__)

_LINE_LIMIT = 4000
_PERSON = "ou_"


NamesOf = Callable[[Collection[OpenId]], Awaitable[Mapping[OpenId, str]]]
"""Finds out what people are called; those whose name cannot be had are left out."""


@dataclass(frozen=True, slots=True)
class IncidentArchive:
    """The archive of one incident, as the performer fills it."""

    archive: Archive
    incident: IncidentId

    async def add(self, page: Sequence[ArchivedMessage]) -> None:
        """Store a page durably; a message that is there already counts once."""
        await self.archive.add(self.incident, page)

    async def count(self) -> int:
        """Read everything back and count it."""
        return len(await self.archive.messages(self.incident))


async def export(incident: Incident, *, archive: Archive, records: Records, names_of: NamesOf, folder: Path) -> Path:
    """Write messages and timeline as JSON and Markdown, and read them back. Raises OSError, `StoreAway`.

    Only then may the store forget the incident.
    """
    messages = await archive.messages(incident.id)
    timeline = await records.timeline(incident.id)
    names = await names_of(_people(messages, timeline))
    target = folder / f"{incident.opened_at:%Y-%m}" / f"{incident.number}-{incident.id}"
    document = {
        "number": incident.number,
        "id": incident.id,
        "title": title_of(incident),
        "severity": str(incident.severity),
        "opened_at": incident.opened_at,
        "closed_at": incident.status_at,
        "timeline": timeline,
        "messages": messages,
    }
    as_json = msgspec.json.format(msgspec.json.encode(document), indent=2)
    text = _markdown(incident, messages, timeline, names)
    await asyncio.to_thread(_write_and_read_back, target, {"incident.json": as_json, "incident.md": text.encode()})
    await archive.mark_exported(incident.id)
    log.info("archive_exported", messages=len(messages), path=str(target))
    return target


def _people(messages: Sequence[ArchivedMessage], timeline: Sequence[TimelineLine]) -> set[OpenId]:
    """Everybody who is named in the archive; apps speak too, under ids of another kind."""
    told = {line.by for line in timeline} | {OpenId(line.details["to"]) for line in timeline if line.details.get("to")}
    speakers = {OpenId(said.by) for said in messages if said.by.startswith(_PERSON)}
    return {person for person in told | speakers if person}


def _write_and_read_back(folder: Path, contents: Mapping[str, bytes]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        part = folder / f"{name}.part"
        part.touch(mode=0o600)  # what was said in a group is not for every user of the machine
        part.write_bytes(content)
        if part.read_bytes() != content:
            raise OSError(f"{part} does not hold what was written")
        part.replace(folder / name)


def _markdown(
    incident: Incident,
    messages: Sequence[ArchivedMessage],
    timeline: Sequence[TimelineLine],
    names: Mapping[OpenId, str],
) -> str:
    policy = incident.opening.route.chat
    zone = ZoneInfo(policy.timezone)

    def at(moment: datetime) -> str:
        return f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S}"

    lines = [f"# {incident.severity} {_text(title_of(incident))} (#{incident.number})", ""]
    lines += [f"- {at(line.at)} {_text(primary(tell(line, names), policy.languages))}" for line in timeline]
    lines += ["", "---", ""]
    lines += [
        f"- {at(said.at)} **{_text(names.get(OpenId(said.by), said.by))}**: {_text(said.text)}" for said in messages
    ]
    return "\n".join(lines) + "\n"


_MARKDOWN = str.maketrans({character: f"\\{character}" for character in "\\`*_[]<>&#|!~"})


def _text(foreign: str) -> str:
    """Untrusted text stays text: on one line, with Markdown's own characters escaped."""
    return clean(foreign, _LINE_LIMIT).translate(_MARKDOWN)

"""Names of the ids that travel through the product; passing the wrong one is a type error."""

from hashlib import blake2b
from typing import NewType

IncidentId = NewType("IncidentId", str)
"""A ULID, proposed by the web process that saw the first alert."""

RoomId = NewType("RoomId", str)
"""A room that is no incident's: `lobby:<name>`, or `person:<open_id>` for the direct chat with somebody."""

AlertKey = NewType("AlertKey", str)
"""Hash of (integration, tenant, fingerprint): one alert of one sender, whatever incident holds it."""

EntryId = NewType("EntryId", str)
"""Names one entry of an inbox: the cause that later messages are derived from."""

JobId = NewType("JobId", str)
"""Names one wake of one incident, `reconcile:<incident>:<n>`, or of one room, `tend:<room>:<n>`."""

ChatId = NewType("ChatId", str)
OpenId = NewType("OpenId", str)
MessageId = NewType("MessageId", str)


def uuid_of(owner: IncidentId | RoomId, kind: str, cause: str) -> str:
    """Name one call for ever (32 hex digits; Feishu takes up to 50 characters)."""
    return blake2b(f"{owner}\n{kind}\n{cause}".encode(), digest_size=16).hexdigest()

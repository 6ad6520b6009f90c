"""Messages that Feishu splits over several frames of a long connection, put together again."""

from dataclasses import dataclass, field
from typing import Final

from alertbridge.feishu.inbound.envelope import Malformed

KEPT_SECONDS: Final = 5.0
"""How long pieces wait for the others. Feishu sends the whole message again when it is not acknowledged."""

MOST_PIECES: Final = 1000
"""More than any message needs: its number comes from outside, and room is made by it."""


@dataclass(slots=True)
class _Message:
    pieces: list[bytes | None]
    since: float


@dataclass(slots=True)
class Pieces:
    """The messages of one connection that are not whole yet, oldest first."""

    _messages: dict[str, _Message] = field(default_factory=dict)

    def add(self, message_id: str, *, count: int, index: int, piece: bytes, now: float) -> bytes | None:
        """Take piece `index` (from 0) of `count`; return the message once it is whole.

        `now` is in seconds of any clock that never goes back. Raises `Malformed`.
        """
        if not 0 <= index < count <= MOST_PIECES:
            raise Malformed(f"piece {index} of {count}")
        if count == 1:
            return piece
        self._forget(now)
        message = self._messages.setdefault(message_id, _Message([None] * count, now))
        if len(message.pieces) != count:
            raise Malformed(f"a message of {len(message.pieces)} pieces now has {count}")
        message.pieces[index] = piece
        got = [one for one in message.pieces if one is not None]
        if len(got) < count:
            return None
        del self._messages[message_id]
        return b"".join(got)

    def _forget(self, now: float) -> None:
        late = [key for key, message in self._messages.items() if now - message.since > KEPT_SECONDS]
        for key in late:
            del self._messages[key]

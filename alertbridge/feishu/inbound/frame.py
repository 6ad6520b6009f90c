"""The frames of the long connection: protobuf (proto2) messages, one per binary WebSocket message.

    Frame   1 SeqID uint64   2 LogID uint64   3 service int32   4 method int32   5 repeated Header   6 payload_encoding
            7 payload_type   8 payload bytes   9 LogIDNew; the first four are required
    Header  1 key   2 value

Written by hand: two flat messages that will not change under deployed clients are not worth a code generator.
Source: `ws/pbbp2.proto` as the official SDKs of the open platform carry it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Final

from alertbridge.feishu.inbound.envelope import Malformed

_VARINT: Final = 0
_FIXED64: Final = 1
_BYTES: Final = 2
_FIXED32: Final = 5
_SKIPPED_BYTES: Final = {_FIXED64: 8, _FIXED32: 4}

_LAST_BIT: Final = 64
_SEVEN_BITS: Final = 0x7F
_MORE: Final = 0x80

_HEADER: Final = 5
_NUMBERS: Final = {1: "seq_id", 2: "log_id", 3: "service", 4: "method"}
_TEXTS: Final = {6: "payload_encoding", 7: "payload_type", 8: "payload", 9: "log_id_new"}


class Method(IntEnum):
    """What a frame is for."""

    CONTROL = 0
    """Ping and pong."""
    DATA = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One frame. Texts stay bytes where we only send them back."""

    method: int
    service: int = 0
    headers: tuple[tuple[str, str], ...] = ()
    payload: bytes = b""
    seq_id: int = 0
    log_id: int = 0
    payload_encoding: bytes = b""
    payload_type: bytes = b""
    log_id_new: bytes = b""

    def header(self, key: str) -> str:
        """Return the first header of this name, empty where there is none."""
        return next((value for name, value in self.headers if name == key), "")

    def answered(self, payload: bytes, *headers: tuple[str, str]) -> "Frame":
        """Return the frame that acknowledges this one: the same, with more headers and another payload."""
        return replace(self, payload=payload, headers=(*self.headers, *headers))


def encode(frame: Frame) -> bytes:
    """Return the bytes of a frame."""
    parts = [_number(field, getattr(frame, name)) for field, name in _NUMBERS.items()]
    parts += [_bytes(_HEADER, _bytes(1, key.encode()) + _bytes(2, value.encode())) for key, value in frame.headers]
    parts += [_bytes(field, value) for field, name in _TEXTS.items() if (value := getattr(frame, name))]
    return b"".join(parts)


def decode(data: bytes) -> Frame:
    """Return the frame in these bytes; fields that it does not know are passed over. Raises `Malformed`."""
    numbers: dict[str, int] = {}
    texts: dict[str, bytes] = {}
    headers: list[tuple[str, str]] = []
    for field, value in _fields(data):
        if isinstance(value, int):
            if field in _NUMBERS:
                numbers[_NUMBERS[field]] = value
        elif field == _HEADER:
            headers.append(_header(value))
        elif field in _TEXTS:
            texts[_TEXTS[field]] = value
    if missing := _NUMBERS.keys() - {field for field, name in _NUMBERS.items() if name in numbers}:
        raise Malformed(f"the frame lacks its fields {sorted(missing)}")
    return Frame(
        method=numbers["method"],
        service=numbers["service"],
        headers=tuple(headers),
        payload=texts.get("payload", b""),
        seq_id=numbers["seq_id"],
        log_id=numbers["log_id"],
        payload_encoding=texts.get("payload_encoding", b""),
        payload_type=texts.get("payload_type", b""),
        log_id_new=texts.get("log_id_new", b""),
    )


def _header(data: bytes) -> tuple[str, str]:
    found = {field: value for field, value in _fields(data) if isinstance(value, bytes)}
    try:
        return found.get(1, b"").decode(), found.get(2, b"").decode()
    except UnicodeDecodeError as error:
        raise Malformed("a header of the frame is not UTF-8") from error


def _fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Yield the fields of a message with their values, in order. Raises `Malformed` where the bytes are none."""
    at = 0
    while at < len(data):
        key, at = _read_varint(data, at)
        field, kind = key >> 3, key & 7
        if kind == _VARINT:
            number, at = _read_varint(data, at)
            yield field, number
            continue
        if kind == _BYTES:
            length, at = _read_varint(data, at)
        elif kind in _SKIPPED_BYTES:
            length = _SKIPPED_BYTES[kind]
        else:
            raise Malformed(f"the frame has a field of wire type {kind}")
        if at + length > len(data):
            raise Malformed("the frame is cut off")
        if kind == _BYTES:
            yield field, data[at : at + length]
        at += length


def _read_varint(data: bytes, at: int) -> tuple[int, int]:
    """Return the number that begins at `at`, and where the next field begins."""
    number = 0
    for shift in range(0, _LAST_BIT, 7):
        if at >= len(data):
            raise Malformed("the frame is cut off")
        byte = data[at]
        at += 1
        number |= (byte & _SEVEN_BITS) << shift
        if byte < _MORE:
            return number, at
    raise Malformed("a number of the frame has more than 64 bits")


def _varint(number: int) -> bytes:
    written = bytearray()
    while number > _SEVEN_BITS:
        written.append(number & _SEVEN_BITS | _MORE)
        number >>= 7
    written.append(number)
    return bytes(written)


def _number(field: int, number: int) -> bytes:
    return _varint(field << 3 | _VARINT) + _varint(number)


def _bytes(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | _BYTES) + _varint(len(value)) + value

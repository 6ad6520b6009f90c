"""The binary messages of a long connection, read and written as their proto2 description says (BEHAVIOUR 12)."""

from dataclasses import dataclass, field

_VARINT, _LENGTH = 0, 2

CONTROL, DATA = 0, 1


class BadFrame(Exception):  # noqa: N818 - told to nobody: the platform just does not understand
    """The bytes are not a frame."""


@dataclass(slots=True)
class Frame:
    """One message. `rest` holds the optional texts (numbers 6, 7, 9) as they came."""

    method: int
    service: int
    headers: dict[str, str]
    payload: bytes = b""
    seq_id: int = 0
    log_id: int = 0
    rest: dict[int, bytes] = field(default_factory=dict)

    def pack(self) -> bytes:
        """Return the bytes of the frame."""
        packed = bytearray()
        for number, value in enumerate((self.seq_id, self.log_id, self.service, self.method), start=1):
            packed += _key(number, _VARINT) + _pack_number(value)
        for name, text in self.headers.items():
            packed += _pack_bytes(5, _pack_bytes(1, name.encode()) + _pack_bytes(2, text.encode()))
        if self.payload:
            packed += _pack_bytes(8, self.payload)
        for number, raw in self.rest.items():
            packed += _pack_bytes(number, raw)
        return bytes(packed)


def unpack(data: bytes) -> Frame:
    """Return the frame in `data`. Raises BadFrame, also when one of the required numbers is missing."""
    numbers: dict[int, int] = {}
    headers: dict[str, str] = {}
    texts: dict[int, bytes] = {}
    try:
        for number, value in _unpack(data):
            if isinstance(value, int):
                numbers[number] = value
            elif number == 5:
                parts = dict(_unpack(value))
                headers[_text(parts[1])] = _text(parts[2])
            else:
                texts[number] = value
        payload = texts.pop(8, b"")
        return Frame(numbers[4], numbers[3], headers, payload, numbers[1], numbers[2], texts)
    except (KeyError, IndexError, UnicodeDecodeError) as problem:
        raise BadFrame(str(problem)) from None


def _text(value: int | bytes) -> str:
    if isinstance(value, int):
        raise BadFrame("a header is a number")
    return value.decode()


def _unpack(data: bytes) -> list[tuple[int, int | bytes]]:
    found: list[tuple[int, int | bytes]] = []
    position = 0
    while position < len(data):
        key, position = _unpack_number(data, position)
        value, position = _unpack_number(data, position)
        match key & 0b111:
            case 0:
                found.append((key >> 3, value))
            case 2:
                end = position + value
                if end > len(data):
                    raise BadFrame("a text is longer than the frame")
                found.append((key >> 3, data[position:end]))
                position = end
            case other:
                raise BadFrame(f"wire type {other}")
    return found


def _unpack_number(data: bytes, position: int) -> tuple[int, int]:
    value, shift = data[position] & 0x7F, 0
    while data[position] & 0x80:
        position, shift = position + 1, shift + 7
        value |= (data[position] & 0x7F) << shift
    return value, position + 1


def _pack_number(value: int) -> bytes:
    packed = bytearray()
    while value >= 0x80:
        packed.append(value & 0x7F | 0x80)
        value >>= 7
    packed.append(value)
    return bytes(packed)


def _pack_bytes(number: int, value: bytes) -> bytes:
    return _key(number, _LENGTH) + _pack_number(len(value)) + value


def _key(number: int, kind: int) -> bytes:
    return _pack_number(number << 3 | kind)

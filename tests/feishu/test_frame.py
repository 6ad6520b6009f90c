"""The frames of the long connection, compared with the code that the official SDK has for them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alertbridge.feishu.inbound.envelope import Malformed
from alertbridge.feishu.inbound.frame import Frame, Method, decode, encode
from tests import official_frame

numbers = st.integers(0, 2**64 - 1)
small = st.integers(0, 2**31 - 1)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
frames = st.builds(
    Frame,
    method=small,
    service=small,
    headers=st.lists(st.tuples(texts, texts), max_size=5).map(tuple),
    payload=st.binary(max_size=400),
    seq_id=numbers,
    log_id=numbers,
    payload_encoding=texts.map(str.encode),
    payload_type=texts.map(str.encode),
    log_id_new=texts.map(str.encode),
)


@given(frames)
def test_a_frame_is_read_as_it_was_written(frame: Frame) -> None:
    assert decode(encode(frame)) == frame


@given(frames)
def test_the_official_code_reads_what_we_write_and_writes_what_we_read(frame: Frame) -> None:
    theirs = official_frame.Frame()
    theirs.ParseFromString(encode(frame))

    assert (theirs.SeqID, theirs.LogID, theirs.service, theirs.method) == (
        frame.seq_id,
        frame.log_id,
        frame.service,
        frame.method,
    )
    assert tuple((header.key, header.value) for header in theirs.headers) == frame.headers
    assert theirs.payload == frame.payload
    assert theirs.LogIDNew.encode() == frame.log_id_new
    assert decode(theirs.SerializeToString()) == frame


def test_an_answer_keeps_everything_but_the_payload() -> None:
    asked = Frame(method=Method.DATA, service=7, headers=(("message_id", "m"), ("seq", "0")), payload=b"q", log_id=9)

    answer = asked.answered(b"a", ("biz_rt", "12"))

    assert answer == Frame(
        method=1, service=7, headers=(("message_id", "m"), ("seq", "0"), ("biz_rt", "12")), payload=b"a", log_id=9
    )
    assert (answer.header("seq"), answer.header("missing")) == ("0", "")


def test_fields_that_are_not_known_are_passed_over() -> None:
    known = encode(Frame(method=1))

    assert decode(known + b"\x50\x07" + b"\x5a\x01x" + b"\x61" + bytes(8) + b"\x6d" + bytes(4)) == Frame(method=1)


@pytest.mark.parametrize(
    "data",
    [
        b"",  # the required fields are missing
        b"\x08",
        b"\x08" + b"\x80" * 10,
        b"\x42\x05abc",
        b"\x09abc",
        b"\x0b",
        encode(Frame(method=1)) + b"\x2a\x03\x0a\x01\xff",
    ],
)
def test_what_is_no_frame_is_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        decode(data)


@given(st.binary(max_size=100))
def test_any_bytes_are_a_frame_or_malformed(data: bytes) -> None:
    try:
        decode(data)
    except Malformed:
        return

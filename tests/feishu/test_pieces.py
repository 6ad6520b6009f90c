"""Messages in several frames become whole, or are forgotten."""

import pytest

from alertbridge.feishu.inbound.envelope import Malformed
from alertbridge.feishu.inbound.pieces import KEPT_SECONDS, MOST_PIECES, Pieces


def test_a_message_of_one_piece_is_whole_at_once() -> None:
    assert Pieces().add("m", count=1, index=0, piece=b"x", now=0) == b"x"


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 1, 2, 0)])
def test_pieces_are_joined_in_their_order_however_they_come(order: tuple[int, ...]) -> None:
    pieces = Pieces()
    *earlier, last = order

    for index in earlier:
        assert pieces.add("m", count=3, index=index, piece=b"abc"[index : index + 1], now=0) is None

    assert pieces.add("m", count=3, index=last, piece=b"abc"[last : last + 1], now=0) == b"abc"


def test_messages_do_not_mix() -> None:
    pieces = Pieces()

    pieces.add("one", count=2, index=0, piece=b"1", now=0)
    pieces.add("two", count=2, index=0, piece=b"2", now=0)

    assert pieces.add("one", count=2, index=1, piece=b"!", now=0) == b"1!"
    assert pieces.add("two", count=2, index=1, piece=b"?", now=0) == b"2?"


def test_pieces_wait_for_the_others_for_a_while_only() -> None:
    pieces = Pieces()

    pieces.add("m", count=2, index=0, piece=b"old", now=0)

    assert pieces.add("m", count=2, index=1, piece=b"late", now=KEPT_SECONDS + 1) is None
    assert pieces.add("m", count=2, index=0, piece=b"new ", now=KEPT_SECONDS + 2) == b"new late"


@pytest.mark.parametrize(("count", "index"), [(0, 0), (2, 2), (2, -1), (MOST_PIECES + 1, 0)])
def test_numbers_that_cannot_be_are_malformed(count: int, index: int) -> None:
    with pytest.raises(Malformed):
        Pieces().add("m", count=count, index=index, piece=b"", now=0)


def test_a_message_keeps_the_number_of_its_pieces() -> None:
    pieces = Pieces()
    pieces.add("m", count=2, index=0, piece=b"", now=0)

    with pytest.raises(Malformed):
        pieces.add("m", count=3, index=1, piece=b"", now=0)

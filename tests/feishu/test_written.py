"""What people write, as Feishu tells it, in words and mentions."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from alertbridge.core.ids import ChatId, MessageId, OpenId
from alertbridge.core.spoken.line import Named, Ourselves
from alertbridge.feishu.inbound.events import Mention, MessageReceived
from alertbridge.feishu.inbound.written import pieces_of

BOT = OpenId("ou_bot")
LI = Named(OpenId("ou_li"), "李四")
MENTIONS = (
    Mention("@_user_1", BOT, "告警", is_bot=True),
    Mention("@_user_10", LI.open_id, LI.name, is_bot=False),
    Mention("@_user_2", OpenId("ou_other"), "告警", is_bot=True),
    Mention("", None, "", is_bot=False),
)


def received(content: Any, message_type: str = "text", mentions: tuple[Mention, ...] = MENTIONS) -> MessageReceived:
    """A message with this content."""
    at = datetime(2026, 11, 22, tzinfo=UTC)
    return MessageReceived(
        "e1",
        at,
        message_id=MessageId("om_1"),
        chat_id=ChatId("oc_1"),
        chat_type="group",
        open_id=LI.open_id,
        sender_type="user",
        message_type=message_type,
        content=content if isinstance(content, str) else msgspec.json.encode(content).decode(),
        mentions=mentions,
        root_id=None,
        parent_id=None,
        sent_at=None,
    )


def test_a_text_is_taken_apart_by_the_exact_keys_of_its_mentions() -> None:
    text = {"text": "@_user_1 转派 @_user_10 @_user_1x @_all"}

    assert [piece for piece in pieces_of(received(text), BOT) if piece] == [
        Ourselves(),
        " 转派 ",
        LI,
        " ",
        Ourselves(),
        "x @_all",
    ]


def test_our_bot_is_known_by_its_id_never_by_its_name() -> None:
    assert pieces_of(received({"text": "@_user_2"}), BOT)[1] == Named(OpenId("ou_other"), "告警")


def test_a_text_without_mentions_is_words() -> None:
    assert pieces_of(received({"text": "#7 认领"}, mentions=()), BOT) == ("#7 认领",)


def test_a_post_is_its_title_and_its_lines_without_pictures() -> None:
    post = {
        "title": "进展",
        "content": [
            [
                {"tag": "at", "user_id": "@_user_1", "user_name": "告警"},
                {"tag": "text", "text": " 备注 a"},
                {"tag": "img", "image_key": "img_1"},
            ],
            [{"tag": "at", "user_id": "@_all", "user_name": "所有人"}, {"tag": "a", "text": "b", "href": "https://x"}],
            "odd",
        ],
    }

    pieces = pieces_of(received(post, "post"), BOT)

    assert pieces == ("进展\n", Ourselves(), " 备注 a", "", "\n", "@所有人", "b", "\n", "\n")


@pytest.mark.parametrize("content", ["", "no json", "[1]", "[" * 100_000, "{}"])
def test_content_that_is_not_as_documented_says_nothing(content: str) -> None:
    assert "".join(str(piece) for piece in pieces_of(received(content, "post"), BOT)) == ""


def test_other_kinds_of_messages_say_nothing() -> None:
    assert pieces_of(received({"image_key": "img_1"}, "image"), BOT) == ()


def test_a_post_with_odd_nodes_is_read_as_far_as_it_goes() -> None:
    assert pieces_of(received({"title": 1, "content": [["x", {"tag": "text", "text": "y"}]]}, "post"), BOT) == (
        "y",
        "\n",
    )

"""The cards of a silence: the form, what has become of it, the record with the button that takes it back."""

import json
from dataclasses import replace
from typing import Any

import pytest

from alertbridge.core.chats.chat import Saying, SayingKind
from alertbridge.core.ids import MessageId
from alertbridge.feishu.cards.sayings import saying
from tests.feishu.cards.test_forms import OCCASION, pressed
from tests.feishu.cards.views import AS_OF, ZHANG, tagged

MATCHERS = (("alertname", "High_5xx"), ("service", "checkout"))
FORM = MessageId("om_form")


def card(kind: SayingKind, also: tuple[int, ...] = (), **fields: Any) -> dict[str, Any]:
    what = Saying(kind=kind, cause="c", matchers=MATCHERS, **fields)
    drawn: dict[str, Any] = json.loads(saying(what, replace(OCCASION, also_silenced=also)).json)
    return drawn


def shown(drawn: dict[str, Any]) -> str:
    return str(tagged(drawn, "markdown")[0]["content"])


@pytest.mark.parametrize(
    ("longest", "offered", "usual"),
    [
        (86_400, ["30 分钟", "1 小时", "2 小时", "4 小时", "8 小时", "1 天"], "7200"),
        (3_600, ["30 分钟", "1 小时"], "3600"),
        (60, ["30 分钟"], "1800"),
    ],
)
def test_the_form_offers_durations_up_to_the_longest(longest: int, offered: list[str], usual: str) -> None:
    drawn = card(SayingKind.SILENCE_FORM, seconds=longest)

    (choice,) = tagged(drawn, "select_static")
    assert [option["text"]["content"] for option in choice["options"]] == offered
    assert choice["initial_option"] == usual
    assert pressed(drawn) == ["save_silence", "cancel"]


@pytest.mark.parametrize(
    ("also", "told"), [((), ""), ((7,), "<br>还会影响 #7"), ((7, 8, 9), "<br>还会影响 #7 等 2 起")]
)
def test_the_form_says_what_it_matches_and_affects(also: tuple[int, ...], told: str) -> None:
    drawn = card(SayingKind.SILENCE_FORM, also, seconds=86_400)

    assert shown(drawn) == (f"**将在 Alertmanager 建立静默，匹配：**<br>alertname=High&#95;5xx service=checkout{told}")


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (SayingKind.SILENCE_PENDING, "正在建立静默（alertname=High&#95;5xx service=checkout）…"),
        (
            SayingKind.SILENCE_GIVEN_UP,
            "静默没有建成：Alertmanager 不接受这条静默（HTTP 400）。不再重试，请到 Alertmanager 手动静默。",
        ),
    ],
)
def test_on_the_way_the_form_says_how_it_stands(kind: SayingKind, words: str) -> None:
    drawn = card(kind, edits=FORM, text="rejected 400")

    assert shown(drawn) == words
    assert pressed(drawn) == []


def test_a_failure_says_until_when_it_is_tried() -> None:
    assert "至 <local_datetime" in shown(card(SayingKind.SILENCE_FAILED, edits=FORM, text="no answer", at=AS_OF))
    post = saying(Saying(kind=SayingKind.SILENCE_FAILED, cause="c", text="no answer", at=AS_OF), OCCASION)
    assert post.msg_type == "post"


@pytest.mark.parametrize("edits", [None, FORM])
@pytest.mark.parametrize("kind", [SayingKind.SILENCE_FAILED, SayingKind.SILENCE_GIVEN_UP, SayingKind.SILENCE_FORM])
def test_where_it_is_made_by_hand_is_linked(kind: SayingKind, edits: MessageId | None) -> None:
    what = Saying(kind=kind, cause="c", matchers=MATCHERS, edits=edits, text="unreachable", at=AS_OF, seconds=3_600)
    page = "https://am.example.com/#/silences/new?filter=%7B%7D"

    assert page in saying(what, replace(OCCASION, link=page)).json
    assert "手动建立" not in saying(what, OCCASION).json


def test_while_it_is_on_its_way_nobody_is_sent_elsewhere() -> None:
    page = "https://am.example.com/#/silences/new?filter=%7B%7D"

    pending = Saying(kind=SayingKind.SILENCE_PENDING, cause="c", matchers=MATCHERS, edits=FORM)
    assert page not in saying(pending, replace(OCCASION, link=page)).json


@pytest.mark.parametrize(("reason", "by"), [("", "由 <person id='ou_zhang'></person> 设置"), ("a_b", "设置：a&#95;b")])
def test_the_record_can_be_taken_back(reason: str, by: str) -> None:
    drawn = card(SayingKind.SILENCED, who=ZHANG, at=AS_OF, text=reason)

    assert by in shown(drawn)
    assert pressed(drawn) == ["unsilence"]

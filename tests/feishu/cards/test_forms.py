"""A form asks for one thing, can be cancelled, and becomes the record of what was written."""

import json
from dataclasses import replace
from typing import Any

import pytest

from alertbridge.core.chats.chat import Saying, SayingKind
from alertbridge.feishu.cards.forms import FIELD, cancelled_card
from alertbridge.feishu.cards.sayings import Occasion, saying
from tests.feishu.cards.views import AS_OF, BOTH, INCIDENT, ZHANG, parts, tagged

OCCASION = Occasion(
    incident=INCIDENT, version=7, now=AS_OF, timezone="Asia/Shanghai", languages=BOTH, names={ZHANG: "张三"}
)


def card(kind: SayingKind, **fields: Any) -> dict[str, Any]:
    drawn: dict[str, Any] = json.loads(saying(Saying(kind=kind, cause="c", **fields), OCCASION).json)
    return drawn


def pressed(drawn: dict[str, Any]) -> list[str]:
    return [part["value"]["a"] for part in parts(drawn) if part.get("type") == "callback"]


@pytest.mark.parametrize(
    ("kind", "save", "word"),
    [(SayingKind.NOTE_FORM, "save_note", "记下"), (SayingKind.UPDATE_FORM, "save_update", "通报")],
)
def test_a_form_has_one_input_a_way_to_submit_and_a_way_out(kind: SayingKind, save: str, word: str) -> None:
    drawn = card(kind)

    (form,) = [element for element in drawn["body"]["elements"] if element["tag"] == "form"]
    written, submit = form["elements"]
    assert (written["name"], written["required"], written["max_length"]) == (FIELD, True, 500)
    assert (submit["form_action_type"], submit["text"]["content"]) == ("submit", word)
    assert pressed(drawn) == [save, "cancel"]
    assert "header" not in drawn


@pytest.mark.parametrize(("kind", "label"), [(SayingKind.NOTE_RECORD, "备注"), (SayingKind.UPDATE_RECORD, "进展")])
def test_the_record_says_what_was_written_by_whom_and_when(kind: SayingKind, label: str) -> None:
    drawn = card(kind, who=ZHANG, at=AS_OF, text="it is <at id=all></at>\nthe cache")

    (said,) = tagged(drawn, "markdown")
    assert said["content"] == (
        f"**{label}** it is &#60;at id&#61;all&#62;&#60;&#47;at&#62; the cache<br><person id='ou_zhang'></person> · "
        "<local_datetime millisecond='1795327500000' format_type='time'></local_datetime>"
    )
    assert drawn["config"]["summary"]["content"] == f"张三 {label}：it is <at id=all></at> the cache"
    assert pressed(drawn) == []


def test_what_is_left_of_a_form_can_not_be_pressed() -> None:
    drawn = cancelled_card(BOTH)

    assert tagged(drawn, "markdown")[0]["i18n_content"] == {"zh_cn": "已取消", "en_us": "Cancelled"}
    assert pressed(drawn) == []


def test_a_form_in_one_language_has_no_other() -> None:
    occasion = replace(OCCASION, languages=("en",))

    assert "取消" not in saying(Saying(kind=SayingKind.NOTE_FORM, cause="c"), occasion).json

"""The card of a step calls people in the words of the catalogue, once; its edit calls nobody."""

import json
from dataclasses import replace
from datetime import timedelta

from alertbridge.core.chats.chat import Saying, SayingKind
from alertbridge.core.ids import MessageId
from alertbridge.feishu.cards.sayings import Occasion, in_words, saying
from tests.builders import ALICE, BOB, INCIDENT, T

NAMES = {ALICE: "陈爱丽", BOB: "李*四*"}
OCCASION = Occasion(incident=INCIDENT, version=7, now=T, timezone="Asia/Shanghai", languages=("zh", "en"), names=NAMES)
STEP = Saying(
    kind=SayingKind.STEP,
    cause="1.1.2",
    people=(ALICE,),
    count=2,
    at=T + timedelta(minutes=10),
    then=(BOB,),
    details={"of": "3", "via": "app,sms", "rounds": "2", "next": "3", "next_via": "phone"},
)


def drawn(what: Saying) -> str:
    return saying(what, OCCASION).json


def words(what: Saying) -> list[str]:
    """What the post says, by language."""
    post = json.loads(in_words(what, OCCASION).json)
    return ["".join(part.get("text", "@") for line in body["content"] for part in line) for body in post.values()]


def test_a_step_says_who_is_called_how_until_when_and_who_comes_then() -> None:
    zh, en = words(STEP)

    assert zh == "第 2/3 步：呼叫 陈爱丽（应用内、短信）。22:11 (UTC+8) 前无人认领，下一步 电话呼叫 李*四*。@"
    assert en.startswith("Step 2 of 3: calling 陈爱丽 (in-app buzz, SMS). Not acknowledged by 22:11 (UTC+8): phone to")


def test_where_it_is_not_known_who_comes_next_the_step_has_its_number() -> None:
    zh, _ = words(replace(STEP, then=()))

    assert "下一步 进入第 3 步。" in zh


def test_the_last_step_says_when_it_starts_over_or_that_all_rounds_are_over() -> None:
    last = replace(STEP, kind=SayingKind.STEP_LAST)

    assert words(last)[0].startswith("最后一步：呼叫 陈爱丽（应用内、短信）。22:11 (UTC+8) 从第 1 步再来，共 2 轮。")
    assert "2 轮已走完，之后不再自动呼叫。" in words(replace(last, at=None))[0]


def test_who_is_called_by_a_person_sees_who_that_was() -> None:
    asked = replace(STEP, kind=SayingKind.CALLED, who=BOB, at=None)

    assert words(asked)[0].startswith("李*四* 呼叫 陈爱丽（应用内、短信）。")


def test_the_card_mentions_whom_it_calls_and_has_a_button() -> None:
    assert f"<at id={ALICE}></at>" in drawn(STEP)
    assert '"a":"ack"' in drawn(STEP)
    assert f"<person id='{BOB}'></person>" in drawn(STEP)


def test_once_somebody_has_it_the_card_says_who_and_calls_nobody() -> None:
    taken = replace(STEP, kind=SayingKind.STEP_TAKEN, text="step_last", who=BOB, edits=MessageId("om_1"))
    card = drawn(taken)

    assert "<at " not in card
    assert '"a":"ack"' not in card
    assert "最后一步" in card
    assert "再来" not in card
    assert f"<person id='{BOB}'></person> 已认领" in card
    assert "前无人认领" not in drawn(replace(taken, text="step"))


def test_somebody_at_work_who_asked_for_help_is_told_no_time() -> None:
    assert words(replace(STEP, at=None))[0] == "第 2/3 步：呼叫 陈爱丽（应用内、短信）。@"

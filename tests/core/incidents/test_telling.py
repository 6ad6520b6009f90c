"""Every line of the timeline can be read in both languages, whatever it carries."""

from datetime import UTC, datetime

import pytest

from alertbridge.core.ids import OpenId
from alertbridge.core.incidents.telling import name_of, tell
from alertbridge.core.timeline import Happening, TimelineLine

AT = datetime(2026, 6, 14, 4, 12, tzinfo=UTC)
ALICE, BOB = OpenId("ou_alice"), OpenId("ou_bob")
NAMES = {ALICE: "陈爱丽", BOB: "王博"}


def zh(line: TimelineLine) -> str:
    return tell(line, NAMES)["zh"]


@pytest.mark.parametrize("what", Happening)
@pytest.mark.parametrize("by", [None, ALICE])
@pytest.mark.parametrize("text", ["", "anything"])
def test_every_happening_is_told_even_where_details_are_missing(what: Happening, by: OpenId | None, text: str) -> None:
    told = tell(TimelineLine(at=AT, what=what, by=by, text=text), NAMES)

    assert all(words and "{" not in words for words in told.values())


def test_people_are_named() -> None:
    assigned = TimelineLine(at=AT, what=Happening.ASSIGNED, by=ALICE, details={"to": BOB})

    assert zh(assigned) == "陈爱丽 转派给 王博"


def test_what_nobody_did_is_not_put_on_a_person() -> None:
    assert zh(TimelineLine(at=AT, what=Happening.RESOLVED)) == "来源自动恢复"
    assert zh(TimelineLine(at=AT, what=Happening.RESOLVED, by=BOB)) == "王博 标记为已恢复"


def test_nobody_where_a_person_is_needed_is_the_command_line() -> None:
    assert zh(TimelineLine(at=AT, what=Happening.ACKNOWLEDGED)) == "管理员（命令行） 认领"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (TimelineLine(at=AT, what=Happening.OPENED, details={"route": "payments"}), "事件开始，路由 payments"),
        (TimelineLine(at=AT, what=Happening.ALERTS, details={"firing": "3", "total": "5"}), "告警 3 触发 / 5"),
        (
            TimelineLine(at=AT, what=Happening.ALERTS, text="ran_out", details={"count": "2"}),
            "2 条告警来源不再更新，视为恢复",
        ),
        (TimelineLine(at=AT, what=Happening.SEVERITY, text="P3 → P1"), "级别随告警标签变化：P3 → P1"),
        (TimelineLine(at=AT, what=Happening.SEVERITY_SET, by=BOB, text="P3 → P1"), "王博 改了级别：P3 → P1"),
        (
            TimelineLine(at=AT, what=Happening.ROLE, by=ALICE, text="scribe", details={"to": BOB}),
            "陈爱丽 请 王博 任记录人",
        ),
        (TimelineLine(at=AT, what=Happening.ROLE, text="comms", details={"to": BOB}), "王博 按路由任沟通人"),
        (TimelineLine(at=AT, what=Happening.NOTED, by=BOB, text="x" * 500), f"王博 备注：{'x' * 500}"),
        (TimelineLine(at=AT, what=Happening.REFUSED, by=BOB, text="ack"), "王博 要求「认领」，此刻不适用"),
        (TimelineLine(at=AT, what=Happening.CHAT_LOST, by=BOB, text="disbanded"), "原群不能再用：群被解散（王博）"),
        (TimelineLine(at=AT, what=Happening.CHAT_LOST, text="gone"), "原群不能再用：群已不在"),
        (TimelineLine(at=AT, what=Happening.PAGED, details={"to": BOB, "via": "phone"}), "已通过电话呼叫 王博"),
        (
            TimelineLine(at=AT, what=Happening.PAGED, text="twice", details={"to": BOB, "via": "app"}),
            "已通过应用内呼叫 王博，可能两次",
        ),
        (
            TimelineLine(at=AT, what=Happening.NOT_PAGED, text="no_answer", details={"to": BOB, "via": "sms"}),
            "王博 的短信未送达：飞书没有应答",
        ),
        (
            TimelineLine(at=AT, what=Happening.NOT_PAGED, text="230024 no", details={"to": BOB, "via": "sms"}),
            "王博 的短信未送达：230024 no",
        ),
        (
            TimelineLine(at=AT, what=Happening.TROUBLE, text="232024 no", details={"action": "create_chat"}),
            "未能完成 create_chat：232024 no",
        ),
        (
            TimelineLine(at=AT, what=Happening.GAVE_WAY, by=BOB, text="group"),
            "群一再被解散或移出机器人：不再另建，事件照常处理",
        ),
        (
            TimelineLine(at=AT, what=Happening.TROUBLE, text="answered 503", details={"action": "put_silence"}),
            "未能完成 put_silence：Alertmanager 应答 HTTP 503",
        ),
        (TimelineLine(at=AT, what=Happening.TROUBLE, by=BOB, text="resigned"), "王博 未能入群：resigned"),
        (TimelineLine(at=AT, what=Happening.TROUBLE, text="card: plain"), "未按原样完成：card: plain"),
    ],
)
def test_a_line_tells_its_details(line: TimelineLine, told: str) -> None:
    assert zh(line) == told


def test_foreign_text_in_a_line_is_cleaned() -> None:
    assert zh(TimelineLine(at=AT, what=Happening.DEAD_ENTRY, text="a\n\u202eb")).endswith("：a b")


def test_a_name_is_cleaned_and_an_unknown_person_is_a_member() -> None:
    assert name_of(ALICE, {ALICE: "A\u202e\nB"}) == {"zh": "A B", "en": "A B"}
    assert name_of(ALICE, {}) == {"zh": "群成员", "en": "a member"}


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (TimelineLine(at=AT, what=Happening.JOINED, by=ALICE, details={"to": BOB}), "陈爱丽 请 王博 入群"),
        (TimelineLine(at=AT, what=Happening.JOINED, by=BOB, details={"to": BOB}), "王博 入群"),
        (TimelineLine(at=AT, what=Happening.LEFT, by=ALICE, details={"to": BOB}), "陈爱丽 将 王博 移出群"),
        (TimelineLine(at=AT, what=Happening.LEFT, by=BOB, details={"to": BOB}), "王博 离开了群"),
        (TimelineLine(at=AT, what=Happening.LEFT, details={"to": BOB}), "王博 已不在群内"),
        (
            TimelineLine(at=AT, what=Happening.LEFT, by=ALICE, text="withdrawn", details={"to": BOB}),
            "陈爱丽 撤回了对 王博 的邀请",
        ),
        (TimelineLine(at=AT, what=Happening.RENAMED, by=ALICE, text="war room"), "陈爱丽 改了群名：war room"),
        (TimelineLine(at=AT, what=Happening.GAVE_WAY, text="name"), "群名多次被改动，不再恢复"),
    ],
)
def test_what_people_do_to_the_group_is_told(line: TimelineLine, told: str) -> None:
    assert zh(line) == told

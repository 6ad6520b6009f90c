"""Messages to the group are worded as in CHAT.md section 4; they mention only whom they must."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from alertbridge.core.alerts.route import OnClose
from alertbridge.core.chats.chat import Remark, Saying, SayingKind
from alertbridge.core.ids import MessageId, OpenId
from alertbridge.feishu.cards.sayings import Occasion, saying
from tests.feishu.cards.views import AS_OF, BOTH, INCIDENT, ZHANG, parts, tagged

LI = OpenId("ou_li")
T = AS_OF + timedelta(minutes=7)
"""14:12 in the route's zone."""
OCCASION = Occasion(
    incident=INCIDENT,
    version=7,
    now=AS_OF,
    timezone="Asia/Shanghai",
    languages=BOTH,
    names={ZHANG: "张三", LI: "李四"},
)
LINKED = replace(OCCASION, link="https://alertbridge.example.com/incidents/1423?k=(x)")
LOCKING = replace(OCCASION, on_close=OnClose.LOCK)
KEEPING = replace(OCCASION, on_close=OnClose.KEEP)


def say(kind: SayingKind, occasion: Occasion = OCCASION, **fields: Any) -> tuple[str, str]:
    """The words of a post in Chinese and English; mentions as `@id`, links as `[words](href)`."""
    message = saying(Saying(kind=kind, cause="c", **fields), occasion)
    assert message.msg_type == "post"
    bodies = json.loads(message.json)
    assert all(set(body) == {"content"} for body in bodies.values())

    def words(node: dict[str, str]) -> str:
        return f"@{node['user_id']}" if node["tag"] == "at" else _linked(node)

    zh, en = ("".join(words(node) for node in bodies[locale]["content"][0]) for locale in ("zh_cn", "en_us"))
    return zh, en


def _linked(node: dict[str, str]) -> str:
    return f"[{node['text']}]({node['href']})" if node["tag"] == "a" else node["text"]


def test_who_has_a_role_is_named_without_a_mention() -> None:
    assert say(SayingKind.ROLE, who=LI, text="scribe") == ("李四 现在是记录人。", "李四 is now scribe.")


def handover(kind: SayingKind, **fields: Any) -> tuple[str, str, str]:
    """The preview of a card of a hand-over, its words in English, and everything on it."""
    card = json.loads(saying(Saying(kind=kind, cause="c", **fields), OCCASION).json)
    words = card["body"]["elements"][0]
    return card["config"]["summary"]["content"], words["i18n_content"]["en_us"], json.dumps(card, ensure_ascii=False)


def test_who_comes_is_called_once_and_told_what_was_tried() -> None:
    details = {"state": "acked", "tried": "<at id=all></at>", "open": ""}
    told = {"who": ZHANG, "to": LI, "people": (LI,), "at": T, "seconds": 300, "details": details}

    preview, _, everything = handover(SayingKind.HANDOVER, **told)

    assert preview == (
        "交接：张三 → 李四。处理中，已 5 分钟。试过：<at id=all></at>。待办：无。14:12 (UTC+8) 前未接手则继续升级。"
    )
    assert everything.count("<at id=ou_li></at>") == 1
    assert all("<at id=all>" not in json.dumps(part) for part in tagged(json.loads(everything), "markdown"))


def test_a_shift_change_says_so_and_who_is_called_next() -> None:
    details = {"state": "firing", "by": "shift"}
    told = {"who": ZHANG, "to": LI, "at": T, "seconds": 300, "details": details, "then": (ZHANG, LI)}

    preview, english, _ = handover(SayingKind.HANDOVER, **told)

    assert preview.startswith("换班：张三 → 李四。")
    assert preview.endswith("14:12 (UTC+8) 前未接手则呼叫 张三、李四。")
    assert english.startswith("Shift change: ")


def test_a_holder_is_asked_with_the_end_of_their_shift() -> None:
    preview, _, everything = handover(SayingKind.HANDOVER_ASK, who=ZHANG, to=LI, people=(ZHANG,), at=T)

    assert preview == "张三 你的班 14:12 (UTC+8) 结束。继续负责，还是交给 李四？未选则你仍是负责人。"
    assert everything.count("<at id=ou_zhang></at>") == 1
    assert "我继续" in everything


def test_how_a_hand_over_ended_can_be_read_and_not_pressed() -> None:
    preview, english, everything = handover(SayingKind.HANDOVER_OVER, who=LI, at=T, text="taken")

    assert (preview, english) == ("李四 已接手。", "<person id='ou_li'></person> has taken over.")
    assert "button" not in everything
    assert handover(SayingKind.HANDOVER_OVER, text="")[0] == "这次交接已结束，现状以置顶卡片为准。"


def test_the_lead_is_told_of_one_more_reminder_and_then_of_the_last() -> None:
    assert say(SayingKind.UPDATE_DUE, to=ZHANG, seconds=1800, at=T) == (
        "@ou_zhang 已 30 分钟 无进展通报。发「@机器人 进展 …」即可；14:12 (UTC+8) 再提醒一次。",
        '@ou_zhang no update for 30 min. Send "@bot update …"; one more reminder at 14:12 (UTC+8).',
    )
    named = replace(OCCASION, bot="值班<助手>")
    assert say(SayingKind.UPDATE_DUE, named, to=ZHANG, seconds=3600)[0] == (
        "@ou_zhang 已 1 小时 无进展通报。发「@值班<助手> 进展 …」即可；不再提醒。"
    )


def test_who_holds_it_for_longer_is_called() -> None:
    assert say(SayingKind.HANDOVER_DECLINED, who=LI, to=ZHANG) == (
        "李四 先不接；@ou_zhang 仍是负责人。",
        "李四 does not take it yet; @ou_zhang still leads.",
    )


def test_an_answer_has_its_own_words_a_line_each_and_links_where_they_lead() -> None:
    links = (({"zh": "面板", "en": "Dashboard"}, "https://g/x"), ({"zh": "日志", "en": "Logs"}, "https://l/x"))
    remarks = (
        Remark(words={"zh": "链接：", "en": "Links:"}, links=links),
        Remark(words={"zh": "<at id=all></at> **x**", "en": "two"}),
    )

    message = json.loads(saying(Saying(kind=SayingKind.ANSWER, cause="c", remarks=remarks), OCCASION).json)

    assert message["zh_cn"]["content"][1] == [{"tag": "text", "text": "<at id=all></at> **x**"}]
    assert message["en_us"]["content"][0] == [
        {"tag": "text", "text": "Links: "},
        {"tag": "a", "text": "Dashboard", "href": "https://g/x"},
        {"tag": "text", "text": " · "},
        {"tag": "a", "text": "Logs", "href": "https://l/x"},
    ]


CLOCK = "14:12 (UTC+8)"
T_ACKED = f"{CLOCK} 处理中"
PINNED = "The pinned card is always current."
INVITE = "This is a group of its own; invite the bot there for the next one."
HREF = "https://alertbridge.example.com/incidents/1423?k=%28x%29"


@pytest.mark.parametrize(
    ("said", "zh", "en"),
    [
        (say(SayingKind.ACK, who=ZHANG), "张三 已认领。", "张三 is on it."),
        (
            say(
                SayingKind.VIA_FAIL,
                people=(ZHANG, LI),
                details={"via": "sms", "instead": "phone", "why": "quota"},
            ),
            "张三、李四 的短信未送达（额度已用完），已改用电话。",
            "SMS to 张三, 李四 was not delivered (the quota is used up); used phone instead.",
        ),
        (
            say(SayingKind.UNREACHABLE, who=ZHANG),
            "张三 的私信也未送达。",
            "The direct message to 张三 was not delivered either.",
        ),
        (
            say(SayingKind.ACK, who=ZHANG, at=T),
            "张三 已认领。14:12 (UTC+8) 前无进展将恢复升级。",
            "张三 is on it. Escalation resumes at 14:12 (UTC+8) without progress.",
        ),
        (
            say(SayingKind.ACK),
            "管理员（命令行） 已认领。",
            "operator (command line) is on it.",
        ),
        (
            say(SayingKind.ASSIGN, who=ZHANG, to=LI),
            "张三 转派给 @ou_li。请点认领。",
            "张三 assigned this to @ou_li. Please ack.",
        ),
        (
            say(SayingKind.ASSIGN, who=ZHANG, to=LI, at=T),
            "张三 转派给 @ou_li。请点认领；14:12 (UTC+8) 前未认领则继续升级。",
            "张三 assigned this to @ou_li. Please ack; escalation goes on at 14:12 (UTC+8) otherwise.",
        ),
        (say(SayingKind.SEVERITY, who=ZHANG, text="P3 → P1"), "级别 P3 → P1（张三）。", "Severity P3 → P1 (张三)."),
        (
            say(SayingKind.SEVERITY_BY_LABELS, text="P3 → P1"),
            "级别 P3 → P1（按告警标签）。",
            "Severity P3 → P1 (by the alerts' labels).",
        ),
        (
            say(SayingKind.SEVERITY, text="P3 → P1"),
            "级别 P3 → P1（管理员（命令行））。",
            "Severity P3 → P1 (operator (command line)).",
        ),
        (say(SayingKind.UNACK, who=ZHANG), "张三 取消了认领，等待认领。", "张三 withdrew the ack; waiting for an ack."),
        (say(SayingKind.KEPT), "群会保留。", "The group is kept."),
        (say(SayingKind.KEPT, at=T), "群会保留至 14:12 (UTC+8)。", "The group is kept until 14:12 (UTC+8)."),
        (say(SayingKind.RECEIPT), "已记下。", "Noted."),
        (
            say(SayingKind.RESOLVED, at=T, seconds=4_800),
            "已恢复，共 1 小时 20 分（来源自动恢复）。14:12 (UTC+8) 归档并解散；要留群点「保留群」。",
            f"Resolved after 1 h 20 min (by the source). Archived and disbanded {CLOCK}; press Keep to keep the group.",
        ),
        (
            say(SayingKind.RESOLVED, LOCKING, who=ZHANG, at=T, seconds=240),
            "已恢复，共 4 分钟（张三）。14:12 (UTC+8) 归档并锁定；要继续用群点「保留群」。",
            "Resolved after 4 min (张三). Archived and locked 14:12 (UTC+8); press Keep to keep the group open.",
        ),
        (
            say(SayingKind.RESOLVED, KEEPING, at=T, seconds=240),
            "已恢复，共 4 分钟（来源自动恢复）。14:12 (UTC+8) 结束本事件，群保持原样。",
            "Resolved after 4 min (by the source). The incident ends 14:12 (UTC+8), the group stays.",
        ),
        (
            say(SayingKind.REOPENED, to=ZHANG, count=2),
            "再次触发，已重开（第 2 次）。解散取消；@ou_zhang 仍是负责人。",
            "Firing again, reopened (no. 2). Disband cancelled; @ou_zhang still leads.",
        ),
        (
            say(SayingKind.REOPENED, LOCKING, who=LI, count=1),
            "李四 已重开（第 1 次）。锁定取消；等待认领。",
            "Reopened by 李四 (no. 1). Lock cancelled; waiting for an ack.",
        ),
        (
            say(SayingKind.ARCHIVED, LINKED, count=42),
            f"已归档 42 条消息与时间线：[打开]({HREF})。本群即将解散。",
            f"Archived 42 messages and the timeline: [open]({HREF}). Disbanding now.",
        ),
        (
            say(SayingKind.ARCHIVED, LOCKING, count=42),
            "已归档 42 条消息与时间线。本群已锁定，仍可阅读。",
            "Archived 42 messages and the timeline. The group is locked and stays readable.",
        ),
        (
            say(SayingKind.ARCHIVED, KEEPING, count=42),
            "已归档 42 条消息与时间线。",
            "Archived 42 messages and the timeline.",
        ),
        (
            say(SayingKind.ARCHIVE_FAIL, text="230027 no\nscope"),
            "归档未完成（230027 no scope），因此不解散。每 5 分钟重试。",
            "Archive is not complete (230027 no scope), so the group stays. Retrying every 5 minutes.",
        ),
        (
            say(SayingKind.MOVED, LINKED, who=ZHANG, at=T, text="disbanded"),
            f"接续原群（群被解散，张三，14:12 (UTC+8)）。成员已请回。历史见 [打开]({HREF})。",
            f"Continues the old group (group disbanded by 张三, {CLOCK}). Members are back. History: [open]({HREF}).",
        ),
        (
            say(SayingKind.MOVED, at=T, text="removed"),
            "接续原群（机器人被移出，14:12 (UTC+8)）。成员已请回。",
            "Continues the old group (bot removed, 14:12 (UTC+8)). Members are back.",
        ),
        (
            say(SayingKind.ROOM_UNUSABLE),
            "现成的群用不了：机器人不在其中，也不能自己加入。本事件先用这个群；把机器人拉进那个群，下一起就会用它。",
            f"The standing group cannot be used: the bot is not in it and cannot join by itself. {INVITE}",
        ),
        (
            say(SayingKind.ROOM_UNUSABLE, text="disbanded"),
            "现成的群用不了：群被解散。本事件先用这个群；把机器人拉进那个群，下一起就会用它。",
            f"The standing group cannot be used: group disbanded. {INVITE}",
        ),
        (
            say(SayingKind.RELINK, LINKED, at=T, count=6),
            f"与 14:12 (UTC+8) 结束的 #6 同源。归档：[打开]({HREF})。",
            f"Same source as #6, ended {CLOCK}. Archive: [open]({HREF}).",
        ),
        (
            say(SayingKind.FLAP, count=4, seconds=1_800),
            "1 小时内反复 4 次，暂不逐次通知，也不改群名；稳定 30 分钟 后更新。卡片照常。",
            (
                "Flipped 4 times in an hour. "
                "No more messages or renames until it is steady for 30 min. The card stays current."
            ),
        ),
        (say(SayingKind.DRILL), "演练开始，不是真实故障。", "Drill, not a real incident."),
        (
            say(SayingKind.DRILLED, LINKED, at=T, count=7, details={"steps": "8"}),
            f"演练结束：7/8 步按时，报告 [打开]({HREF})。本群 14:12 (UTC+8) 解散。",
            f"Drill done: 7/8 steps on time; report [open]({HREF}). Disbands {CLOCK}.",
        ),
        (
            say(SayingKind.DRILLED, at=T, count=7, details={"steps": "8"}),
            "演练结束：7/8 步按时。本群 14:12 (UTC+8) 解散。",
            f"Drill done: 7/8 steps on time. Disbands {CLOCK}.",
        ),
        (say(SayingKind.DRILLED, KEEPING, at=T), "演练结束。", "Drill done."),
        (
            say(SayingKind.RELINK, at=T, count=6),
            "与 14:12 (UTC+8) 结束的 #6 同源。",
            f"Same source as #6, ended {CLOCK}.",
        ),
        (
            say(SayingKind.LACKS_SCOPE, text="im:message.group_msg"),
            "机器人缺少权限 im:message.group_msg，无法归档群消息，所以群只会锁定。",
            "The bot lacks im:message.group_msg and cannot archive messages, so the group will only be locked.",
        ),
        (
            say(SayingKind.LACKS_SCOPE, LINKED, text="some:other"),
            f"机器人缺少权限 some:other，无法完成这一步。管理员：[打开]({HREF})",
            f"The bot lacks some:other and cannot finish this step. Admin: [open]({HREF})",
        ),
        (
            say(SayingKind.CANNOT_JOIN, to=LI, text="resigned"),
            "李四 无法加入：离职。",
            "李四 cannot be added: left the company.",
        ),
        (
            say(
                SayingKind.GREETING,
                people=(LI, ZHANG),
                to=ZHANG,
                at=T,
                seconds=4800,
                text="5xx",
                details={"severity": "P1", "state": "acked"},
            ),
            f"欢迎 李四、张三。5xx：P1，处理中，已 1 小时 20 分；负责：张三。最近：{T_ACKED}。现状以置顶卡片为准。",
            f"Welcome 李四, 张三. 5xx: P1, acked, 1 h 20 min so far; lead: 张三. Latest: acked at {CLOCK}. {PINNED}",
        ),
        (
            say(SayingKind.GREETING, people=(LI,), text="5xx", details={"severity": "P1", "latest": "回滚中"}),
            "欢迎 李四。5xx：P1，触发中，已 0 秒；负责：无人认领。最近：回滚中。现状以置顶卡片为准。",
            f"Welcome 李四. 5xx: P1, firing, 0 s so far; lead: nobody yet. Latest: 回滚中. {PINNED}",
        ),
        (say(SayingKind.LEFT, who=LI), "李四 已不在群内，已请回。", "李四 is no longer here and was invited back."),
        (
            say(SayingKind.LEFT_AGAIN, who=LI),
            "李四 再次离开，不再请回。",
            "李四 has left again and is not invited back.",
        ),
        (
            say(SayingKind.LEFT_AGAIN, who=LI, details={"next": "now"}),
            "李四 再次离开，不再请回。改呼下一步的人。",
            "李四 has left again and is not invited back. The next step is called now.",
        ),
        (say(SayingKind.CANNOT_JOIN, to=LI, text="odd\u202e"), "李四 无法加入：odd。", "李四 cannot be added: odd."),
    ],
)
def test_a_message_is_worded_as_in_the_catalogue(said: tuple[str, str], zh: str, en: str) -> None:
    assert said == (zh, en)


def test_a_greeting_names_five_people_and_counts_the_others() -> None:
    zh, en = say(SayingKind.GREETING, people=(ZHANG, LI) * 4)

    assert zh.startswith("欢迎 张三、李四、张三、李四、张三，另有 3 人。")
    assert en.startswith("Welcome 张三, 李四, 张三, 李四, 张三 and 3 more.")
    assert "无人认领" in zh
    assert zh.endswith("现状以置顶卡片为准。")


def test_a_greeting_says_how_the_bot_is_asked_for_help() -> None:
    zh, en = say(SayingKind.GREETING, replace(OCCASION, bot="值班\n助手"), people=(ZHANG,))

    assert zh.endswith("现状以置顶卡片为准；发「@值班 助手 帮助」看命令。")
    assert en.endswith('The pinned card is always current; "@值班 助手 help" lists commands.')


def test_a_link_that_is_no_web_address_is_left_out() -> None:
    said = say(SayingKind.MOVED, replace(OCCASION, link="javascript:alert(1)"), at=T, text="removed")

    assert said[0].endswith("成员已请回。")


@pytest.mark.parametrize("kind", SayingKind)
def test_every_kind_can_be_said_in_one_language(kind: SayingKind) -> None:
    texts = {SayingKind.MOVED: "gone"}
    message = saying(Saying(kind=kind, cause="c", at=T, text=texts.get(kind, "")), replace(OCCASION, languages=("en",)))

    assert "zh" not in message.json


def countdown(kind: SayingKind, occasion: Occasion = OCCASION, **fields: Any) -> dict[str, Any]:
    message = saying(Saying(kind=kind, cause="c", **fields), occasion)
    assert message.msg_type == "interactive"
    return dict(json.loads(message.json))


def test_the_countdown_says_when_and_how_to_stop_it() -> None:
    card = countdown(SayingKind.COUNTDOWN, at=T, seconds=1_800)
    markdown = tagged(card, "markdown")[0]["i18n_content"]

    assert markdown["zh_cn"] == (
        "<local_datetime millisecond='1795327920000' format_type='time'></local_datetime> "
        "归档并解散本群。有人发言会顺延 30 分钟。"
    )
    assert card["config"]["summary"]["i18n_content"]["en_us"] == (
        "This group is archived and disbanded at 14:12 (UTC+8). Talking here moves it by 30 min."
    )
    assert [button["text"]["content"] for button in tagged(card, "button")] == ["保留群", "现在关闭"]
    assert [part["value"] for part in parts(card) if part.get("type") == "callback"] == [
        {"i": INCIDENT, "a": "keep", "r": 7},
        {"i": INCIDENT, "a": "close", "r": 7},
    ]


def test_a_countdown_of_a_group_that_is_locked_says_so_and_warns_so() -> None:
    card = countdown(SayingKind.COUNTDOWN, LOCKING, at=T, seconds=1_800)

    assert "归档并锁定本群" in tagged(card, "markdown")[0]["content"]
    assert tagged(card, "button")[1]["confirm"]["text"]["content"].startswith("先归档消息与时间线，再锁定本群")


def test_a_countdown_that_moved_says_until_when_and_can_still_be_pressed() -> None:
    card = countdown(SayingKind.COUNTDOWN_MOVED, at=T, edits=MessageId("om_1"))

    assert tagged(card, "markdown")[0]["content"].startswith(
        "有人发言，改到 <local_datetime millisecond='1795327920000'"
    )
    assert len(tagged(card, "button")) == 2


def test_who_resolved_it_in_words_can_take_it_back() -> None:
    said = saying(
        Saying(kind=SayingKind.RESOLVED, cause="c", who=ZHANG, at=T, seconds=240, reply_to=MessageId("om_1")), OCCASION
    )
    card = json.loads(said.json)

    (words,) = tagged(card, "div")
    assert words["text"]["i18n_content"] == {
        "zh_cn": "已恢复，共 4 分钟（张三）。14:12 (UTC+8) 归档并解散；要留群点「保留群」。",
        "en_us": f"Resolved after 4 min (张三). Archived and disbanded {CLOCK}; press Keep to keep the group.",
    }
    assert [part["value"]["a"] for part in parts(card) if part.get("type") == "callback"] == ["reopen"]


def test_a_group_that_was_kept_has_nothing_left_to_press() -> None:
    card = countdown(SayingKind.COUNTDOWN_KEPT, who=ZHANG, edits=MessageId("om_1"))

    assert tagged(card, "markdown")[0]["content"] == (
        "<person id='ou_zhang'></person> 选择保留，不再自动解散；发「关闭」可结束。"
    )
    assert card["config"]["summary"]["content"].startswith("张三 选择保留")
    assert not tagged(card, "button")

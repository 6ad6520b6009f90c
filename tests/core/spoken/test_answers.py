"""What people are told who wrote to the bot."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from alertbridge.core.chats.card import CardView, Link, LinkKind, Next, NextKind, State, StormView
from alertbridge.core.chats.chat import Text
from alertbridge.core.copy import catalogue as copy
from alertbridge.core.incidents.change import Answer
from alertbridge.core.incidents.command import Verb
from alertbridge.core.incidents.incident import Status
from alertbridge.core.rooms.my_list import rows_of
from alertbridge.core.spoken import answers
from alertbridge.core.spoken.answers import HELP_ROWS, TIMELINE_ROWS, Remarks
from alertbridge.core.spoken.deciding import words_now
from alertbridge.core.spoken.hearing import Asked, Puzzled, Riddle, hear
from alertbridge.core.spoken.line import Named, Piece
from alertbridge.core.spoken.vocabulary import BY_WORD, VOCABULARY, Deed, Needs, Question, Word
from alertbridge.core.timeline import Happening, TimelineLine
from tests.builders import ALICE, BOB, T, a_settled_incident, acknowledged, after, minutes, recovered, wanted_of

WORDS = tuple(BY_WORD)
NEEDING = (Needs.PERSON, Needs.LEVEL, Needs.TEXT, Needs.TIME_AND_PERHAPS_TEXT)
NAMES = {ALICE: "爱丽丝", BOB: "<at id=all>"}


def zh(remarks: Remarks) -> str:
    """The answer in Chinese."""
    return "\n".join(remark.words["zh"] for remark in remarks)


def en(remarks: Remarks) -> str:
    """The answer in English."""
    return "\n".join(remark.words["en"] for remark in remarks)


def a_view(**changes: object) -> CardView:
    """What the card of an acknowledged incident shows."""
    view = wanted_of(acknowledged(a_settled_incident())).card
    assert view is not None
    return replace(view, **changes)  # type: ignore[arg-type]


def pieces(example: str) -> list[Piece]:
    """An example, as somebody writes it who mentions the people in it."""
    return [Named(BOB, part[1:]) if part.startswith("@") else part for part in re.split(r"(@\w+)", example) if part]


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("language", copy.LANGUAGES)
def test_every_printed_example_asks_for_what_it_is_an_example_of(word: Word, language: str) -> None:
    example = copy.text(f"example.{word}")[language]

    heard = hear(pieces(example), is_direct=True)

    assert isinstance(heard, Asked)
    assert heard.word is word


@pytest.mark.parametrize("word", WORDS)
def test_every_word_is_called_by_a_name_that_it_has(word: Word) -> None:
    name = answers.named(word)

    assert {name["zh"], name["en"]} <= set(BY_WORD[word].names)


@pytest.mark.parametrize("word", WORDS)
def test_help_on_a_word_tells_an_example_what_it_does_and_its_other_names(word: Word) -> None:
    told = answers.help_on(word)

    assert all(name in zh(told) for name in BY_WORD[word].names)
    assert copy.text(f"meaning.{word}")["en"] in en(told)


def test_help_lists_the_commonest_words_that_mean_something_now() -> None:
    words = words_now(a_settled_incident(), ALICE, T, is_direct=False)

    told = answers.help_with(words, is_direct=False)

    assert len(told) == 1 + HELP_ROWS
    assert zh(told).startswith("@ 我，后面写命令，例如：\n认领 — 我来处理\n")
    assert "重开" not in zh(told)


def test_help_in_a_direct_chat_says_that_an_incident_has_to_be_named() -> None:
    assert en(answers.help_with(WORDS, is_direct=True)).startswith('Write a number and a command, as "#1423 ack"')


def test_help_in_english_has_no_chinese_in_it() -> None:
    assert not any("\u4e00" <= character <= "\u9fff" for character in en(answers.help_with(WORDS, is_direct=False)))


def test_the_status_is_one_line_of_what_the_card_says() -> None:
    view = a_view(started_at=T)

    assert zh(answers.status(view, NAMES, after(80))) == (
        "P1 处理中，已 1 小时 20 分，负责 爱丽丝，1/1 触发。下一步：等待恢复。"
    )
    assert en(answers.status(replace(view, lead=None), NAMES, after(80))) == (
        "P1 acked for 1 h 20 min, lead nobody yet, 1/1 firing. Next: waiting for recovery."
    )


def test_the_status_tells_when_the_next_step_is() -> None:
    view = wanted_of(recovered(a_settled_incident())).card
    assert view is not None

    assert "22-22 23:01" not in zh(answers.status(view, {}, T))
    assert "下一步：23:01 (UTC+8) 归档并解散；再次触发则重开。" in zh(answers.status(view, {}, T))


@pytest.mark.parametrize("kind", NextKind)
def test_the_status_knows_every_next_step(kind: NextKind) -> None:
    storm = StormView(total=9, open=7, acked=1, rows=(), above=30, steady_seconds=600)
    view = a_view(next=Next(kind=kind, at=T, who=ALICE), storm=storm if kind is NextKind.STORM else None)

    assert "下一步：" in zh(answers.status(view, NAMES, T))


def test_links_are_those_that_may_be_shown_and_the_way_into_the_group() -> None:
    view = a_view(
        links=(
            Link(kind=LinkKind.INCIDENT, url="https://alerts.example.com/x"),
            Link(kind=LinkKind.LOGS, url="https://logs.example.com"),
            Link(kind=LinkKind.RUNBOOK, url="https://evil.example.com", is_foreign=True),
        )
    )

    (told,) = answers.links(view, "https://applink.feishu.cn/x")

    assert [url for _, url in told.links] == ["https://applink.feishu.cn/x", "https://alerts.example.com/x"]
    assert answers.links(replace(view, links=()), "")[0].words["zh"] == "现在没有链接。"


def test_the_timeline_shows_its_last_lines_and_where_the_rest_is() -> None:
    lines = [TimelineLine(at=T + minutes(n), what=Happening.NOTED, by=ALICE, text=f"note {n}") for n in range(20)]

    told = answers.timeline(
        lines, NAMES, timezone="Asia/Shanghai", now=after(20), page="https://alerts.example.com/incidents/1"
    )

    assert len(told) == 1 + TIMELINE_ROWS
    assert told[0].links[0][1] == "https://alerts.example.com/incidents/1"
    assert told[-1].words["zh"] == "22:20 (UTC+8) 爱丽丝 备注：note 19"


def test_the_timeline_without_a_page_has_no_link() -> None:
    assert answers.timeline([], {}, timezone="UTC", now=T, page="")[0].links == ()


def test_who_is_on_call_now_and_next() -> None:
    assert zh(answers.on_call(("张三", "李四"), "18:00 (UTC+8)", ("王五",))) == (
        "现在：张三、李四（到 18:00 (UTC+8)）；之后：王五。"
    )
    assert en(answers.on_call(("Ann",), "18:00 (UTC+8)", ())) == "Now: Ann (until 18:00 (UTC+8))."
    assert en(answers.on_call(("Ann",), "", ())) == "Now: Ann."
    assert zh(answers.on_call((), "", ())) == "本路由现在没有人值班。"


def test_everybody_on_call_is_told_by_schedule() -> None:
    told = answers.everybody_on_call([("payments", ("Ann",), "", ()), ("", ("Ben",), "18:00", ("Cat",))])

    assert en(told) == "payments:\nNow: Ann.\nNow: Ben (until 18:00); then Cat."


# -- shifts that change hands ------------------------------------------------------------------------------------------


def test_who_covers_for_whom_is_told_with_what_it_goes_before() -> None:
    told = answers.covered("张\n三", "李四", "18:00", "22:00 (UTC+8)", schedules=["payments"], before=[])
    assert zh(told) == "张 三 18:00–22:00 (UTC+8) 由 李四 顶班。"

    two = answers.covered("Ann", "Ben", "18:00", "22:00", schedules=["payments", "platform"], before=["Cat", "Dan"])
    assert (
        en(two)
        == "Ben covers Ann 18:00–22:00.\nSchedules: payments, platform.\nIt goes before the earlier cover by Cat, Dan."
    )


# -- what did not come to anything -------------------------------------------------------------------------------------


def test_a_mistyped_word_is_answered_with_those_it_may_have_been() -> None:
    mistyped, swapped = Puzzled(why=Riddle.UNKNOWN, heard="认令"), Puzzled(why=Riddle.UNKNOWN, heard="statsu")
    assert zh(answers.puzzled(mistyped, WORDS)) == "没看懂「认令」。是不是：认领、命令？"
    assert en(answers.puzzled(swapped, WORDS)) == '"statsu" is not a command. Did you mean status?'
    assert en(answers.puzzled(Puzzled(why=Riddle.UNKNOWN, heard="lin"), (Question.LINK, Question.MINE))) == (
        '"lin" is not a command. Did you mean link or mine?'
    )


def test_nonsense_is_answered_with_where_to_find_words_and_said_back_only_in_part() -> None:
    told = answers.puzzled(Puzzled(why=Riddle.UNKNOWN, heard="xyzzy" * 99 + "\u202e"), WORDS)

    assert en(told) == '"xyzzyxyzzyxyzzyxyzz…" is not a command. Send "help".'


@pytest.mark.parametrize("word", [entry.word for entry in VOCABULARY if entry.needs in NEEDING])
def test_what_is_missing_is_named_with_an_example(word: Word) -> None:
    told = answers.puzzled(Puzzled(why=Riddle.ARGUMENT, word=word), WORDS)

    assert copy.text(f"example.{word}")["zh"] in zh(told)


def test_every_other_riddle_is_answered() -> None:
    assert zh(answers.puzzled(Puzzled(why=Riddle.ALONE, word=Verb.ACK), WORDS)).startswith("「认领」单独发就行")
    assert zh(answers.puzzled(Puzzled(why=Riddle.TIME, word=Verb.KEEP), WORDS)) == "请写 2h、30分钟 或 到09:00。"
    unknown = Puzzled(why=Riddle.PERSON, word=Verb.ASSIGN, heard="@x")
    assert en(answers.puzzled(unknown, WORDS)).startswith("Cannot find @x;")


TRUSTED: Text = {"zh": "李四", "en": "Bob"}
LEAD: Text = {"zh": "爱丽丝", "en": "Alice"}


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (Answer.ALREADY_YOURS, "It is yours already."),
        (Answer.ALREADY_TAKEN, 'Alice was first; to take over, send "assign @you".'),
        (Answer.ALREADY_SO, "It is so already."),
        (Answer.NOT_ALLOWED, "reopen is for somebody on call, or a group manager. Bob can do it."),
        (Answer.NO_ALERTMANAGER, "There is no Alertmanager that could be asked."),
        (Answer.INCOMPLETE, "Not recorded: something is missing."),
        (Answer.NOT_NOW, "It is firing; reopen does not apply. You can: ack, status."),
        (Answer.CLOSED, "It is firing; reopen does not apply. You can: ack, status."),
    ],
)
def test_a_command_that_changes_nothing_is_told_why(answer: Answer, told: str) -> None:
    words = (Verb.ACK, Question.STATUS)

    refused = answers.refused(answer, Verb.REOPEN, state=State.FIRING, words=words, lead=LEAD, trusted=TRUSTED)

    assert en(refused) == told


def test_words_mean_something_by_status_and_mine_only_in_a_direct_chat() -> None:
    firing = a_settled_incident()

    assert Verb.ACK in words_now(firing, ALICE, T, is_direct=False)
    assert Verb.REOPEN not in words_now(firing, ALICE, T, is_direct=False)
    assert Verb.REOPEN in words_now(recovered(firing), ALICE, T, is_direct=False)
    assert Question.MINE not in words_now(firing, ALICE, T, is_direct=False)
    assert Question.MINE in words_now(firing, ALICE, T, is_direct=True)
    assert set(words_now(replace(firing, status=Status.CLOSED), ALICE, T, is_direct=False)) <= {
        *Question,
        *Deed,
    }


def test_words_that_would_change_nothing_are_not_offered() -> None:
    firing = a_settled_incident()
    acked = replace(firing, status=Status.ACKNOWLEDGED, lead=ALICE)

    assert {Verb.UNSILENCE, Verb.SILENCE, Verb.STILL}.isdisjoint(words_now(firing, ALICE, T, is_direct=False))
    assert Verb.ACK not in words_now(acked, ALICE, T, is_direct=False)
    assert Verb.UNACK in words_now(acked, ALICE, T, is_direct=False)


def test_ages_of_answers_are_never_negative() -> None:
    assert "已 0 秒" in zh(answers.status(a_view(started_at=T), {}, T - timedelta(minutes=1)))


# -- in a direct chat --------------------------------------------------------------------------------------------------


def test_in_a_direct_chat_addresses_are_written_out() -> None:
    view = a_view(links=(Link(kind=LinkKind.RUNBOOK, url="https://wiki.example.com"),))

    assert answers.plain(answers.links(view, "https://applink.feishu.cn/x")) == {
        "zh": "链接：\n入群：https://applink.feishu.cn/x\n手册：https://wiki.example.com",
        "en": "Links:\nJoin the group: https://applink.feishu.cn/x\nRunbook: https://wiki.example.com",
    }


def test_what_a_command_came_to_names_its_incident() -> None:
    incident = a_settled_incident()

    assert en(answers.done(Verb.ACK, incident)) == "Recorded: you have #1423."
    assert zh(answers.done(Verb.SEVERITY, incident)) == "已记录：#1423 级别。"


def test_an_incident_that_is_over_is_told_with_the_page_that_is_left() -> None:
    assert en(answers.ended(7, "14:01 (UTC)", "")) == "#7 was closed 14:01 (UTC)."
    (told,) = answers.ended(7, "14:01 (UTC)", "https://alerts.example.com/incidents/1")
    assert told.links[0][1] == "https://alerts.example.com/incidents/1"


def test_who_has_several_is_asked_which_one() -> None:
    rows = rows_of(ALICE, [a_settled_incident(lead=ALICE)] * 2)

    assert zh(answers.which(rows)) == "你有 2 起，请在命令前写编号：\n#1423 High5xx: checkout\n#1423 High5xx: checkout"


def test_of_many_the_first_are_named_and_the_others_counted() -> None:
    rows = rows_of(ALICE, [a_settled_incident(lead=ALICE)] * (HELP_ROWS + 3))

    assert len(answers.which(rows)) == 1 + HELP_ROWS + 1
    assert zh(answers.which(rows)).endswith("\n另有 3 起")

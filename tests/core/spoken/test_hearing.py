"""What a message asks for, in every way people write it."""

from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alertbridge.core.incidents.command import Verb
from alertbridge.core.oncall.role import Role
from alertbridge.core.severity import Severity
from alertbridge.core.spoken.covers import CoverWords, Whom
from alertbridge.core.spoken.hearing import Asked, Heard, Puzzled, Riddle, hear
from alertbridge.core.spoken.line import Named, Ourselves, Piece
from alertbridge.core.spoken.vocabulary import VOCABULARY, Deed, Question
from tests.builders import BOB, CAROL

US = Ourselves()
LI = Named(BOB, "李四")
SOMEBODY = Named(None, "外部")


def said(*pieces: Piece) -> Heard | None:
    """What is heard in a group."""
    return hear(pieces, is_direct=False)


def told(*pieces: Piece) -> Heard | None:
    """What is heard in a direct chat."""
    return hear(pieces, is_direct=True)


@pytest.mark.parametrize("name", [(entry.word, name) for entry in VOCABULARY for name in entry.names])
def test_every_word_is_known_by_all_its_names(name: tuple[Verb | Question, str]) -> None:
    word, written = name

    heard = told(f"{written} ")

    assert isinstance(heard, Asked | Puzzled)
    assert heard.word is word


@pytest.mark.parametrize(
    "written",
    ["ack", " ACK ", "Ack.", "ａｃｋ", "认领", "认领！", "我来。", "认\u200b领", "\n认领~", "#12 ack", "＃１２：认领"],
)
def test_a_word_is_known_however_it_is_written(written: str) -> None:
    heard = said(US, written)

    assert isinstance(heard, Asked)
    assert heard.word is Verb.ACK


def test_the_mention_may_come_first_last_or_twice() -> None:
    ack = Asked(word=Verb.ACK)

    assert said(US, " 认领") == ack
    assert said("认领 ", US) == ack
    assert said(US, "认领", US) == ack


def test_talk_without_a_mention_is_no_command_in_a_group_and_one_in_a_direct_chat() -> None:
    assert said("认领") is None
    assert told("认领") == Asked(word=Verb.ACK)


def test_talk_about_the_bot_is_left_alone() -> None:
    assert said("你看 ", US, " 说了什么") is None
    assert said("ask ", US, " for help") is None


def test_a_word_that_is_none_is_puzzling_only_when_the_bot_is_called_first() -> None:
    assert said(US, "akc now") == Puzzled(why=Riddle.UNKNOWN, heard="akc")
    assert said("akc ", US) is None


def test_called_without_a_word_it_helps_and_called_with_a_number_it_tells_the_status() -> None:
    assert said(US) == Asked(word=Question.HELP)
    assert said(US, "？") == Asked(word=Question.HELP)
    assert told("") == Asked(word=Question.HELP)
    assert told("#14 ") == Asked(word=Question.STATUS, number=14)
    assert told("#14?") == Asked(word=Question.STATUS, number=14)


def test_an_incident_is_named_before_the_word_or_after_it() -> None:
    assert told("#1423 认领") == Asked(word=Verb.ACK, number=1423)
    assert told("＃1423，认领") == Asked(word=Verb.ACK, number=1423)
    assert told("ack #1423") == Asked(word=Verb.ACK, number=1423)
    assert told("sev #1423 P2") == Asked(word=Verb.SEVERITY, number=1423, level=Severity.P2)


def test_a_number_inside_a_text_is_text() -> None:
    assert told("note #12 is the same") == Asked(word=Verb.NOTE, text="#12 is the same")


def test_a_number_that_is_none_is_a_word_that_is_none() -> None:
    assert told("#12th ack") == Puzzled(why=Riddle.UNKNOWN, heard="#12th")


@pytest.mark.parametrize("written", ["恢复了吗？", "ack?", "认领 ？", "转派 谁?", "恢复了吗?!", "what happened?"])
def test_a_question_never_acts_and_gets_the_status(written: str) -> None:
    assert said(US, written) == Asked(word=Question.STATUS)


def test_a_question_that_asks_for_something_else_gets_that() -> None:
    assert said(US, "值班？") == Asked(word=Question.WHO)
    assert said(US, "help ack?") == Asked(word=Question.HELP, topic=Verb.ACK)
    assert said(US, "链接 在哪?") == Asked(word=Question.STATUS)


def test_a_note_may_be_a_question() -> None:
    assert said(US, "备注 是不是 DB？") == Asked(word=Verb.NOTE, text="是不是 DB？")
    assert said(US, "进展 如何？") == Asked(word=Question.STATUS)


@pytest.mark.parametrize("written", ["恢复了吗", "认领人是谁", "记录人", "保留意见", "级别很高", "转派一下"])
def test_a_chinese_word_does_not_touch_what_it_does_not_understand(written: str) -> None:
    assert said(US, written) == Puzzled(why=Riddle.UNKNOWN, heard=written)


def test_a_chinese_word_may_touch_its_argument() -> None:
    assert said(US, "级别P1") == Asked(word=Verb.SEVERITY, level=Severity.P1)
    assert said(US, "设为 2") == Asked(word=Verb.SEVERITY, level=Severity.P2)
    assert said(US, "保留2小时") == Asked(word=Verb.KEEP, seconds=7_200)
    assert said(US, "转派", LI) == Asked(word=Verb.ASSIGN, to=BOB)
    assert said(US, "转派给", LI) == Asked(word=Verb.ASSIGN, to=BOB)


def test_the_longest_word_counts() -> None:
    assert said(US, "取消认领") == Asked(word=Verb.UNACK)
    assert said(US, "保留群") == Asked(word=Verb.KEEP)


def test_a_person_is_a_mention_or_an_email() -> None:
    assert said(US, "assign ", LI) == Asked(word=Verb.ASSIGN, to=BOB)
    assert said(US, "assign to ", LI, " .") == Asked(word=Verb.ASSIGN, to=BOB)
    assert told("指派 Bob@Example.com") == Asked(word=Verb.ASSIGN, email="bob@example.com")


@pytest.mark.parametrize(
    ("written", "role"),
    [
        ("role lead ", Role.LEAD),
        ("role comms to ", Role.COMMS),
        ("角色 沟通人 ", Role.COMMS),
        ("角色记录人", Role.SCRIBE),
    ],
)
def test_a_role_is_named_before_its_person(written: str, role: Role) -> None:
    assert said(US, written, LI) == Asked(word=Verb.ROLE, to=BOB, role=role)


def test_the_person_of_a_role_may_be_an_email_and_has_to_be_found() -> None:
    assert told("role scribe bob@example.com") == Asked(word=Verb.ROLE, email="bob@example.com", role=Role.SCRIBE)
    assert told("role scribe bob") == Puzzled(why=Riddle.PERSON, word=Verb.ROLE, heard="bob")


def test_nobody_else_can_be_found() -> None:
    assert told("转派 @李四") == Puzzled(why=Riddle.PERSON, word=Verb.ASSIGN, heard="@李四")
    assert told("assign ", LI, " ", LI) == Puzzled(why=Riddle.PERSON, word=Verb.ASSIGN, heard="@李四 @李四")
    assert told("assign ", SOMEBODY) == Puzzled(why=Riddle.PERSON, word=Verb.ASSIGN, heard="@外部")
    assert told("assign x") == Puzzled(why=Riddle.PERSON, word=Verb.ASSIGN, heard="x")


@pytest.mark.parametrize(
    "written",
    [
        "assign",
        "转派",
        "role",
        "role scribe",
        "role boss @bob",
        "sev",
        "级别 P5",
        "sev high",
        "note",
        "备注：",
        "update ",
    ],
)
def test_what_has_to_follow_is_asked_for(written: str) -> None:
    heard = told(written)

    assert isinstance(heard, Puzzled)
    assert heard.why is Riddle.ARGUMENT


def test_a_word_that_stands_alone_takes_nothing_after_it() -> None:
    assert told("close the other ticket") == Puzzled(why=Riddle.ALONE, word=Verb.CLOSE)
    assert told("#3 认领 马上") == Puzzled(why=Riddle.ALONE, word=Verb.ACK, number=3)


def test_a_text_is_taken_as_it_was_written() -> None:
    written = "ＤＢ　主从，切换完成。\n第二行！"

    assert said(US, f"备注：{written} ", US) == Asked(word=Verb.NOTE, text=written)
    assert said(US, "update cc ", LI, " please") == Asked(word=Verb.UPDATE, text="cc @李四 please")
    assert told("Resolve: It Was DNS") == Asked(word=Verb.RESOLVE, text="It Was DNS")
    assert told("恢复") == Asked(word=Verb.RESOLVE)


def test_a_time_is_a_duration_or_a_clock_time() -> None:
    assert told("keep") == Asked(word=Verb.KEEP)
    assert told("keep 1h30m") == Asked(word=Verb.KEEP, seconds=5_400)
    assert told("保留到09:00") == Asked(word=Verb.KEEP, clock=time(9))
    assert told("保留 至 9：05") == Asked(word=Verb.KEEP, clock=time(9, 5))
    assert told("keep until 18:30!") == Asked(word=Verb.KEEP, clock=time(18, 30))


@pytest.mark.parametrize(
    "written",
    [
        "30",
        "半天",
        "明早9点",
        "tomorrow 9",
        "9点",
        "一会儿",
        "until 25:00",
        "until 9:60",
        "2h ours",
        "1h 30",
        "until 9",
    ],
)
def test_a_time_that_may_be_meant_in_several_ways_is_refused(written: str) -> None:
    assert told(f"保留 {written}") == Puzzled(why=Riddle.TIME, word=Verb.KEEP)


def test_a_time_that_is_unclear_is_refused_as_one_also_where_it_touches_the_word() -> None:
    assert told("保留半天") == Puzzled(why=Riddle.TIME, word=Verb.KEEP)


def test_a_silence_has_a_time_and_may_have_a_reason() -> None:
    assert told("静默2小时") == Asked(word=Verb.SILENCE, seconds=7_200)
    assert told("静默 2小时。") == Asked(word=Verb.SILENCE, seconds=7_200)
    assert told("屏蔽 半小时，换盘 OK。") == Asked(word=Verb.SILENCE, seconds=1_800, text="换盘 OK。")
    assert told("silence until 09:00 Deploy") == Asked(word=Verb.SILENCE, clock=time(9), text="Deploy")
    assert told("取消静默") == Asked(word=Verb.UNSILENCE)


def test_a_silence_without_a_time_or_with_an_unclear_one_is_refused() -> None:
    assert told("静默") == Puzzled(why=Riddle.ARGUMENT, word=Verb.SILENCE)
    for written in ("静默 一会儿", "静默30", "silence tomorrow 9", "静默2小时变更"):
        assert told(written) == Puzzled(why=Riddle.TIME, word=Verb.SILENCE)


def test_everything_is_unfolded_only_where_that_is_said() -> None:
    assert said(US, "unfold all") == Asked(word=Verb.UNFOLD)
    assert said(US, "展开全部") == Asked(word=Verb.UNFOLD)
    assert said(US, "展开") == Asked(word=Verb.UNFOLD)
    assert said(US, "展开 #40") == Asked(word=Verb.UNFOLD, number=40)
    assert said(US, "#40 展开") == Asked(word=Verb.UNFOLD, number=40)
    assert said(US, "展开 明天的事") == Puzzled(why=Riddle.ARGUMENT, word=Verb.UNFOLD)


def test_help_is_given_on_a_word() -> None:
    assert told("帮助 认领") == Asked(word=Question.HELP, topic=Verb.ACK)
    assert told("help sev") == Asked(word=Question.HELP, topic=Verb.SEVERITY)
    assert told("help me") == Asked(word=Question.HELP)
    assert told("? 转派") == Asked(word=Question.HELP, topic=Verb.ASSIGN)


def test_nobody_can_type_a_mention() -> None:
    assert said("\uf8ff ack") is None
    assert told("assign \ue000") == Puzzled(why=Riddle.PERSON, word=Verb.ASSIGN, heard="\ufffd")


def test_a_mention_beyond_the_thousandth_is_only_a_name() -> None:
    heard = told("note ", *[LI] * 1_000, Named(BOB, "one more"))

    assert isinstance(heard, Asked)
    assert heard.text.endswith("@李四@one more")


def test_a_long_message_is_read_up_to_a_limit() -> None:
    heard = told("note " + "x" * 9_000)

    assert isinstance(heard, Asked)
    assert len(heard.text) == 3_995


pieces = st.lists(
    st.one_of(
        st.text(max_size=20),
        st.sampled_from(["ack", "#1423 ", "转派", "note: ", "sev ", "?", "保留", "2小时", "到9:00", " ", "。", "㎏ﷺ"]),
        st.just(US),
        st.just(LI),
        st.just(SOMEBODY),
    ),
    max_size=8,
)


@given(pieces, st.booleans())
def test_no_message_is_too_odd_to_be_read(written: list[Piece], is_direct: bool) -> None:
    heard = hear(written, is_direct=is_direct)

    if is_direct:
        assert heard is not None


@given(pieces)
def test_a_message_that_does_not_mention_the_bot_is_no_command(written: list[Piece]) -> None:
    assert hear([piece for piece in written if piece is not US], is_direct=False) is None


# -- who covers for whom -----------------------------------------------------------------------------------------------


WANG = Named(CAROL, "王五")
BOB_FOR_CAROL = CoverWords(who=Whom(CAROL), by=Whom(BOB), start=18 * 60, end=22 * 60)


@pytest.mark.parametrize(
    "pieces",
    [
        ("override ", WANG, " ", LI, " 18:00-22:00"),
        ("换班 ", WANG, LI, " 18:00 - 22:00。"),
        ("换班", WANG, LI, "18:00到22:00"),
        ("顶班：", WANG, "，", LI, "，１８：００－２２：００"),
        ("override ", WANG, " by ", LI, " 18:00–22:00"),
        ("顶班 ", WANG, " 由 ", LI, " 18:00至22:00！"),
    ],
)
def test_a_cover_names_two_people_and_a_time(pieces: tuple[Piece, ...]) -> None:
    assert said(US, *pieces) == Asked(word=Deed.OVERRIDE, cover=BOB_FOR_CAROL)


def test_people_are_named_by_email_too_and_whoever_writes_is_me() -> None:
    me_and_li = CoverWords(who=Whom(), by=Whom(email="li@example.com"), start=22 * 60, end=24 * 60)

    assert told("override me li@example.com 22:00-24:00") == Asked(word=Deed.OVERRIDE, cover=me_and_li)
    assert told("换班 我 li@example.com 22:00-24:00") == Asked(word=Deed.OVERRIDE, cover=me_and_li)
    assert told("换班我由", LI, "18:00-22:00") == Asked(
        word=Deed.OVERRIDE, cover=CoverWords(who=Whom(), by=Whom(BOB), start=18 * 60, end=22 * 60)
    )


@pytest.mark.parametrize(
    "pieces",
    [
        ("override",),
        ("override 18:00-22:00",),
        ("override ", WANG),
        ("override ", WANG, " 18:00-22:00"),
        ("override ", WANG, LI),
        ("override ", WANG, LI, " 18:00"),
        ("override ", WANG, LI, " 18-22"),
        ("override ", WANG, LI, " 25:00-26:00"),
        ("override ", WANG, LI, " 18:00-22:00 please"),
        ("override ,",),
    ],
)
def test_a_cover_that_is_not_complete_says_what_is_needed(pieces: tuple[Piece, ...]) -> None:
    assert said(US, *pieces) == Puzzled(why=Riddle.ARGUMENT, word=Deed.OVERRIDE)


def test_a_cover_by_somebody_who_cannot_be_found_says_who() -> None:
    assert said(US, "override ", WANG, " bob 18:00-22:00") == Puzzled(
        why=Riddle.PERSON, word=Deed.OVERRIDE, heard="bob"
    )
    assert said(US, "override melanie ", LI, " 18:00-22:00") == Puzzled(
        why=Riddle.PERSON, word=Deed.OVERRIDE, heard="melanie"
    )
    assert said(US, "override ", SOMEBODY, LI, " 18:00-22:00") == Puzzled(
        why=Riddle.PERSON, word=Deed.OVERRIDE, heard="@外部"
    )


def test_asking_whether_somebody_could_cover_changes_nothing() -> None:
    assert said(US, "override ", WANG, LI, " 18:00-22:00?") == Asked(word=Question.STATUS)
    assert said(US, "换班了吗") == Puzzled(why=Riddle.UNKNOWN, heard="换班了吗")

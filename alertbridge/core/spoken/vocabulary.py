"""The words that people may say, with their other names and what has to follow them."""

from dataclasses import dataclass
from enum import Enum, StrEnum, auto

from alertbridge.core.incidents.command import Verb


class Question(StrEnum):
    """Words that only ask: nothing changes by them."""

    STATUS = "status"
    LINK = "link"
    TIMELINE = "timeline"
    WHO = "who"
    MINE = "mine"
    HELP = "help"


class Deed(StrEnum):
    """Words that change something which is no incident's."""

    OVERRIDE = "override"
    """Somebody covers for somebody else."""


Word = Verb | Question | Deed


class Needs(Enum):
    """What follows a word."""

    NOTHING = auto()
    PERSON = auto()
    ROLE_AND_PERSON = auto()
    PERHAPS_PERSON = auto()
    COVER = auto()
    """Whose shift, who covers, from when to when."""
    LEVEL = auto()
    TEXT = auto()
    """A text, after a space or a colon."""
    PERHAPS_TEXT = auto()
    PERHAPS_TIME = auto()
    """For how long, or until when."""
    TIME_AND_PERHAPS_TEXT = auto()
    PERHAPS_WORD = auto()
    PERHAPS_ALL = auto()
    """Nothing, a number, or the word for everything."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A word in people's mouths."""

    word: Word
    english: tuple[str, ...]
    chinese: tuple[str, ...]
    """The first of each is what we call it."""
    needs: Needs = Needs.NOTHING

    @property
    def names(self) -> tuple[str, ...]:
        """Everything it is called."""
        return self.english + self.chinese


VOCABULARY: tuple[Entry, ...] = (
    Entry(Verb.ACK, ("ack",), ("认领", "我来", "接手")),  # not 收到: people say it without taking over
    Entry(Question.STATUS, ("status",), ("状态", "现状")),
    Entry(Verb.UPDATE, ("update",), ("进展", "通报", "通报进展"), Needs.TEXT),
    Entry(Verb.NOTE, ("note",), ("备注", "记录"), Needs.TEXT),
    Entry(Verb.ASSIGN, ("assign",), ("转派", "指派", "转派给", "指派给"), Needs.PERSON),
    Entry(Verb.ESCALATE, ("escalate",), ("升级",), Needs.PERHAPS_PERSON),
    Entry(Verb.RESOLVE, ("resolve",), ("恢复", "已恢复", "解决"), Needs.PERHAPS_TEXT),
    Entry(Verb.SEVERITY, ("sev", "severity"), ("级别", "设为"), Needs.LEVEL),
    Entry(Verb.SILENCE, ("silence",), ("静默", "屏蔽"), Needs.TIME_AND_PERHAPS_TEXT),
    Entry(Verb.UNSILENCE, ("unsilence",), ("解除静默", "取消静默")),
    Entry(Verb.HANDOVER, ("handover",), ("交接", "交接给"), Needs.PERSON),
    Entry(Verb.STILL, ("still",), ("仍在发生",)),
    Entry(Verb.KEEP, ("keep",), ("保留", "保留群"), Needs.PERHAPS_TIME),
    Entry(Verb.REOPEN, ("reopen",), ("重开", "重新打开")),
    Entry(Verb.CLOSE, ("close",), ("关闭", "结束", "现在关闭", "立即关闭")),
    Entry(Verb.OPEN, ("open",), ("建群", "立即建群")),
    Entry(Verb.UNFOLD, ("unfold",), ("展开", "全部展开"), Needs.PERHAPS_ALL),
    Entry(Verb.ROLE, ("role",), ("角色",), Needs.ROLE_AND_PERSON),
    Entry(Verb.LEAVE, ("leave",), ("退出", "退群")),
    Entry(Verb.DECLINE, ("decline",), ("先不接",)),
    Entry(Verb.UNACK, ("unack",), ("取消认领", "放弃")),
    Entry(Question.TIMELINE, ("timeline",), ("时间线",)),
    Entry(Question.LINK, ("link",), ("链接",)),
    Entry(Question.WHO, ("who",), ("值班",)),
    Entry(Deed.OVERRIDE, ("override",), ("换班", "顶班"), Needs.COVER),
    Entry(Question.MINE, ("mine",), ("我的",)),
    Entry(Question.HELP, ("help", "?"), ("帮助", "命令"), Needs.PERHAPS_WORD),
)
"""Every word, the commonest first: what help lists, and in which order."""

BY_WORD = {entry.word: entry for entry in VOCABULARY}

BY_ENGLISH = {name: entry for entry in VOCABULARY for name in entry.english}

BY_CHINESE = dict(
    sorted(
        ((name, entry) for entry in VOCABULARY for name in entry.chinese), key=lambda named: len(named[0]), reverse=True
    )
)
"""Longest first: 取消认领 is no 认领."""

"""What is known after a call: done, refused, lost, or its owner died in the middle of it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from alertbridge.core.chats import action as act
from alertbridge.core.chats.action import Action
from alertbridge.core.chats.chat import Announcement, AnnouncementKind, Chat, Saying, SayingKind, Tab
from alertbridge.core.chats.outcome import (
    AnnouncementWritten,
    AnswerLost,
    Archived,
    CardGone,
    ChatGone,
    ChatMade,
    Done,
    Failed,
    LinkMade,
    MembersAdded,
    MenuSeen,
    NotFound,
    Outcome,
    Sent,
    TabsSeen,
)
from alertbridge.core.groups.facts import TOLD_REFUSALS, record
from alertbridge.core.groups.planner import RENAME_GAP, plan
from alertbridge.core.groups.setbacks import ARCHIVE_TRIES
from alertbridge.core.groups.tries import Recorded, intents, recover
from alertbridge.core.ids import ChatId, MessageId, OpenId
from alertbridge.core.incidents.incident import Archive, Incident, Intent, Status, Trouble
from alertbridge.core.incidents.outbox import REMEMBERED_SAYINGS
from alertbridge.core.timeline import Happening, TimelineLine
from tests.builders import (
    ALICE,
    BOB,
    CARD,
    CAROL,
    CHAT,
    INCIDENT,
    T,
    a_chat,
    a_menu,
    a_settled_incident,
    after,
    an_incident,
    closed,
    closing,
    quiet,
    recovered,
    wanted_of,
)

NOW = after(7)
NAME = {"zh": "名", "en": "name"}
VIEW = wanted_of(an_incident()).card
assert VIEW is not None
LOST = AnswerLost(cause="timeout")
BUSY = Failed(cause="busy")
REFUSED = Failed(cause="232017 no", is_refused=True)
QUOTA = Failed(cause="our quota", wait_seconds=3.0, is_quota=True)
LIMITED = Failed(cause="99991400", wait_seconds=20.0)

CREATE = act.CreateChat(
    uuid="u", name=NAME, plain_name=NAME, description="d", avatar="p1", members=(ALICE, BOB), is_repeat=False
)
FIND = act.FindChat(incident=INCIDENT, number=1423)
SEND = act.SendCard(chat=CHAT, uuid="c", view=VIEW, version=1, mention=())
EDIT = act.EditCard(message=CARD, form="interactive", view=replace(VIEW, refreshed=9), version=1)
PIN = act.PutTopNotice(chat=CHAT, message=CARD)
RENAME = act.Rename(chat=CHAT, name=NAME, plain_name=NAME, avatar="p2")
LOCK = act.SetModeration(chat=CHAT, is_locked=True)
TABS = act.CreateTabs(chat=CHAT, tabs=(Tab(name="t", url="https://x.example.com"),))
MENU = act.CreateMenu(chat=CHAT, menu=(a_menu("m"),))
WRITE = act.WriteAnnouncement(
    chat=CHAT,
    uuid="w",
    kind=AnnouncementKind.DOCX,
    blocks=(),
    before=(),
    lines=wanted_of(an_incident()).announcement or (),
)
ARCHIVE = act.ArchiveMessages(chat=CHAT)
DISBAND = act.DisbandChat(chat=CHAT)


def say(kind: SayingKind = SayingKind.ACK, cause: str = "1", **changes: Any) -> act.Say:
    return act.Say(chat=CHAT, uuid="s", saying=Saying(kind=kind, cause=cause, **changes))


def after_call(incident: Incident, action: Action, outcome: Outcome) -> Incident:
    return record(incident, action, outcome, NOW).incident


def chat_after(action: Action, outcome: Outcome, incident: Incident | None = None) -> Chat:
    chat = after_call(incident or a_settled_incident(), action, outcome).chat
    assert chat is not None
    return chat


def with_chat(incident: Incident, **changes: Any) -> Incident:
    assert incident.chat is not None
    return replace(incident, chat=replace(incident.chat, **changes))


def trouble_of(incident: Incident, key: str) -> Trouble | None:
    return next((trouble for trouble in incident.troubles if trouble.key == key), None)


def waits(incident: Incident, action: Action, outcome: Outcome, times: int) -> list[float]:
    """How long each of so many equal failures makes us wait, in seconds."""
    found = []
    for _ in range(times):
        incident = after_call(incident, action, outcome)
        trouble = trouble_of(incident, action.key)
        assert trouble is not None
        found.append((trouble.retry_at - NOW).total_seconds())
    return found


# -- the group ---------------------------------------------------------------------------------------------------------


def test_a_new_group_is_known_as_it_was_made() -> None:
    recorded = record(an_incident(), CREATE, ChatMade(chat=CHAT, members=(ALICE,)), NOW)

    assert recorded.incident.chat == Chat(
        id=CHAT,
        created_at=NOW,
        name=NAME,
        named_at=NOW - RENAME_GAP,
        avatar="p1",
        members=frozenset({ALICE}),
        description="d",
    )
    assert recorded.lines == (TimelineLine(at=NOW, what=Happening.CHAT_CREATED, details={"chat": CHAT}),)


@pytest.mark.parametrize("action", [replace(CREATE, is_repeat=True), FIND])
def test_of_a_group_that_an_earlier_try_made_nothing_else_is_known(action: act.CreateChat | act.FindChat) -> None:
    chat = chat_after(action, ChatMade(chat=CHAT, members=(ALICE, BOB)), an_incident())

    assert chat == Chat(
        id=CHAT, created_at=NOW, name={}, named_at=NOW - RENAME_GAP, tabs=None, menu=None, is_doubted=True
    )


def test_a_found_group_ends_the_intent_and_the_trouble_of_making_it() -> None:
    incident = after_call(intents(an_incident(), (CREATE,), T), CREATE, LOST)

    incident = after_call(incident, FIND, ChatMade(chat=CHAT, members=()))

    assert (incident.intents, incident.troubles) == ((), ())


def test_a_group_that_is_nowhere_raises_the_generation() -> None:
    incident = after_call(intents(an_incident(), (CREATE,), T), FIND, NotFound())

    assert (incident.generation, incident.intents, incident.chat) == (1, (), None)


def test_a_group_that_was_disbanded_before_its_answer_came_raises_the_generation_too() -> None:
    recorded = record(intents(an_incident(), (CREATE,), T), CREATE, ChatGone(), NOW)

    assert (recorded.incident.generation, recorded.incident.intents) == (1, ())
    assert recorded.lines[0].what is Happening.TROUBLE
    assert trouble_of(recorded.incident, "create_chat") is not None


def test_a_call_that_finds_the_group_gone_moves_a_live_incident() -> None:
    recorded = record(a_settled_incident(), PIN, ChatGone(), NOW)

    assert (recorded.incident.chat, recorded.incident.generation) == (None, 1)
    assert recorded.lines == (TimelineLine(at=NOW, what=Happening.CHAT_LOST, text="gone"),)
    assert [saying.text for saying in recorded.incident.outbox] == ["gone"]


def test_the_other_calls_of_that_batch_change_nothing_more() -> None:
    moved = after_call(a_settled_incident(), PIN, ChatGone())
    ended = after_call(recovered(a_settled_incident()), PIN, ChatGone())

    assert record(moved, RENAME, ChatGone(), NOW) == Recorded(moved)
    assert record(moved, RENAME, Done(), NOW) == Recorded(moved)
    assert record(ended, RENAME, ChatGone(), NOW) == Recorded(ended)


def test_a_group_that_is_gone_already_has_been_disbanded() -> None:
    for outcome in (Done(), ChatGone()):
        recorded = record(closed(), DISBAND, outcome, NOW)
        assert recorded.incident.chat is not None
        assert recorded.incident.chat.is_gone
        assert recorded.lines == (TimelineLine(at=NOW, what=Happening.DISBANDED),)


# -- each kind of success ----------------------------------------------------------------------------------------------


def test_a_sent_card_is_the_live_one() -> None:
    card = chat_after(SEND, Sent(message=MessageId("om_9"), form="post")).card

    assert card is not None
    assert (card.message, card.form, card.view, card.sent_at, card.is_gone) == ("om_9", "post", VIEW, NOW, False)


def test_what_a_repeated_card_shows_is_not_known() -> None:
    card = chat_after(replace(SEND, tried_at=NOW), Sent(message=CARD, form="interactive")).card

    assert card is not None
    assert card.view is None


def test_an_edit_is_remembered_with_its_time() -> None:
    card = chat_after(EDIT, Done()).card

    assert card is not None
    assert (card.view, card.edited_at, card.sent_at) == (EDIT.view, NOW, T)


@pytest.mark.parametrize("action", [EDIT, PIN])
def test_a_recalled_card_is_known_as_gone_and_not_on_top(action: Action) -> None:
    chat = chat_after(action, CardGone())

    assert chat.card is not None
    assert chat.card.is_gone
    assert chat.top_notice is None


def test_another_card_for_a_recalled_one_is_another_message() -> None:
    incident = after_call(a_settled_incident(), EDIT, CardGone())
    (send,) = plan(incident, wanted_of(incident), NOW).actions

    first = an_incident(chat=a_chat())
    (sent,) = plan(first, wanted_of(first), NOW).actions

    assert isinstance(send, act.SendCard)
    assert isinstance(sent, act.SendCard)
    assert send.uuid != sent.uuid


def test_what_was_done_is_what_is_seen() -> None:
    start = with_chat(a_settled_incident(), managers=frozenset({ALICE}), share_link="")
    tabs, menu = (Tab(name="t", url="u", id="1"),), (a_menu("m", id="1"),)
    seen = {
        "top_notice": chat_after(act.PutTopNotice(chat=CHAT, message=MessageId("om_9")), Done()).top_notice,
        "no banner": chat_after(act.DeleteTopNotice(chat=CHAT), Done()).top_notice,
        "added": chat_after(act.AddManagers(chat=CHAT, people=(BOB,)), Done(), start).managers,
        "taken": chat_after(act.DeleteManagers(chat=CHAT, people=(ALICE,)), Done(), start).managers,
        "link": chat_after(act.FetchShareLink(chat=CHAT), LinkMade(url="https://x"), start).share_link,
        "tabs": chat_after(TABS, TabsSeen(tabs=tabs)).tabs,
        "menu": chat_after(MENU, MenuSeen(menu=menu)).menu,
    }

    assert seen == {
        "top_notice": "om_9",
        "no banner": None,
        "added": {ALICE, BOB},
        "taken": frozenset(),
        "link": "https://x",
        "tabs": (replace(tabs[0], url=TABS.tabs[0].url),),  # as sent, however Feishu writes it down
        "menu": menu,
    }


def test_a_rename_is_remembered_with_its_time() -> None:
    chat = chat_after(RENAME, Done())

    assert (chat.name, chat.avatar, chat.named_at) == (NAME, "p2", NOW)


def test_the_announcement_is_remembered_with_its_blocks() -> None:
    refresh = replace(WRITE, before=WRITE.lines)
    chat = chat_after(refresh, AnnouncementWritten(kind=AnnouncementKind.DOC, blocks=()))

    assert chat.announcement == Announcement(kind=AnnouncementKind.DOC, blocks=(), lines=WRITE.lines, edited_at=NOW)


def test_the_first_refresh_of_an_announcement_need_not_wait() -> None:
    chat = chat_after(WRITE, AnnouncementWritten(kind=AnnouncementKind.DOCX, blocks=("b1",)))

    assert chat.announcement is not None
    assert chat.announcement.edited_at is None


def test_only_a_lock_is_told() -> None:
    assert record(a_settled_incident(), LOCK, Done(), NOW).lines == (TimelineLine(at=NOW, what=Happening.LOCKED),)
    unlocked = record(a_settled_incident(), replace(LOCK, is_locked=False), Done(), NOW)
    assert unlocked.lines == ()
    assert unlocked.incident.chat is not None
    assert unlocked.incident.chat.is_locked is False


def test_the_archive_is_complete_when_nothing_is_left_to_read() -> None:
    recorded = record(closing(), ARCHIVE, Archived(messages=12), NOW)

    assert recorded.incident.archive == Archive(messages=12, is_complete=True)
    assert recorded.lines == (TimelineLine(at=NOW, what=Happening.ARCHIVED, details={"messages": "12"}),)


def test_whom_feishu_would_not_add_is_named_and_not_asked_for_again() -> None:
    crowd = tuple(OpenId(f"ou_{number}") for number in range(TOLD_REFUSALS + 2))
    adding = act.AddMembers(chat=CHAT, people=(*crowd, CAROL))

    recorded = record(a_settled_incident(), adding, MembersAdded(refused=dict.fromkeys(crowd, "resigned")), NOW)

    chat = recorded.incident.chat
    assert chat is not None
    assert chat.members == {ALICE, BOB, CAROL}
    assert chat.refused == set(crowd)
    assert [(line.by, line.text) for line in recorded.lines] == [(person, "resigned") for person in crowd]
    assert [(saying.who, saying.text) for saying in recorded.incident.outbox] == [
        (person, "resigned") for person in crowd[:TOLD_REFUSALS]
    ]


def test_what_was_not_quite_as_planned_is_on_the_timeline() -> None:
    recorded = record(a_settled_incident(), RENAME, Done(note="232023 wording"), NOW)

    assert recorded.lines == (TimelineLine(at=NOW, what=Happening.TROUBLE, text="232023 wording"),)


def test_a_success_ends_the_trouble() -> None:
    incident = after_call(a_settled_incident(), RENAME, BUSY)

    assert after_call(incident, RENAME, Done()).troubles == ()


def test_an_outcome_of_another_action_is_a_mistake_of_ours() -> None:
    with pytest.raises(AssertionError, match="MenuSeen is no outcome of Rename"):
        record(a_settled_incident(), RENAME, MenuSeen(menu=()), NOW)


# -- messages ----------------------------------------------------------------------------------------------------------


def test_what_was_said_leaves_the_outbox_and_is_not_said_again() -> None:
    said = say()
    incident = a_settled_incident(outbox=(said.saying, Saying(kind=SayingKind.ACK, cause="2")))

    done = after_call(incident, said, Sent(message=MessageId("om_2"), form="post"))

    assert [saying.cause for saying in done.outbox] == ["2"]
    assert done.chat is not None
    assert done.chat.said == ("ack:1",)


def test_only_the_newest_messages_are_remembered() -> None:
    incident = a_settled_incident()
    for number in range(REMEMBERED_SAYINGS + 5):
        incident = after_call(incident, say(cause=str(number)), Sent(message=CARD, form="post"))

    assert incident.chat is not None
    assert len(incident.chat.said) == REMEMBERED_SAYINGS
    assert incident.chat.said[-1] == f"ack:{REMEMBERED_SAYINGS + 4}"


def test_the_countdown_card_is_known_so_that_it_can_be_edited() -> None:
    incident = recovered(a_settled_incident())
    countdown = say(SayingKind.COUNTDOWN, at=incident.closes_at)

    assert chat_after(countdown, Sent(message=MessageId("om_2"), form="interactive"), incident).countdown == "om_2"


@pytest.mark.parametrize(
    ("closes_at", "kind"), [(after(75), SayingKind.COUNTDOWN_MOVED), (None, SayingKind.COUNTDOWN_KEPT)]
)
def test_a_countdown_that_changed_while_its_card_was_on_its_way_is_edited(closes_at: Any, kind: SayingKind) -> None:
    incident = replace(recovered(a_settled_incident()), closes_at=closes_at, outbox=())

    done = after_call(incident, say(SayingKind.COUNTDOWN, at=after(60)), Sent(message=CARD, form="interactive"))

    assert [(edit.kind, edit.edits, edit.at) for edit in done.outbox] == [(kind, CARD, closes_at)]


def test_a_countdown_that_was_put_off_by_a_person_leaves_the_new_end_to_another_card() -> None:
    incident = replace(recovered(a_settled_incident()), closes_at=after(180), kept_by=ALICE, outbox=())

    done = after_call(incident, say(SayingKind.COUNTDOWN, at=after(60)), Sent(message=CARD, form="interactive"))

    assert [(edit.kind, edit.edits, edit.at) for edit in done.outbox] == [(SayingKind.COUNTDOWN_KEPT, CARD, after(180))]
    assert done.chat is not None
    assert done.chat.countdown is None


def test_a_receipt_leaves_no_intent() -> None:
    receipt = say(SayingKind.RECEIPT, reply_to=MessageId("om_asked"))
    incident = a_settled_incident()

    assert intents(incident, (receipt,), T) == incident


def test_an_edited_countdown_card_stays_the_one_that_is_edited() -> None:
    incident = with_chat(recovered(a_settled_incident()), countdown=MessageId("om_2"))
    edit = say(SayingKind.COUNTDOWN_MOVED, edits=MessageId("om_2"), at=incident.closes_at)

    assert chat_after(edit, Done(), incident).countdown == "om_2"


def test_a_message_that_feishu_refuses_is_given_up() -> None:
    said = say()
    incident = intents(a_settled_incident(outbox=(said.saying,)), (said,), T)

    recorded = record(incident, said, REFUSED, NOW)

    assert (recorded.incident.outbox, recorded.incident.intents, recorded.incident.troubles) == ((), (), ())
    assert recorded.lines[0].text == REFUSED.cause
    assert recorded.incident.chat is not None
    assert recorded.incident.chat.said == ("ack:1",)


# -- failures ----------------------------------------------------------------------------------------------------------


def test_what_fails_is_tried_again_ever_more_slowly() -> None:
    assert waits(a_settled_incident(), RENAME, BUSY, 11) == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]


def test_what_is_refused_is_tried_again_more_slowly_still() -> None:
    assert waits(a_settled_incident(), RENAME, REFUSED, 8) == [60, 120, 240, 480, 960, 1920, 3600, 3600]


def test_a_wait_that_feishu_names_is_kept() -> None:
    assert waits(a_settled_incident(), RENAME, LIMITED, 3) == [20, 20, 20]


def test_a_failure_is_told_once_until_its_kind_changes() -> None:
    lines: list[TimelineLine] = []
    incident = a_settled_incident()
    for outcome in (BUSY, LOST, BUSY, REFUSED, REFUSED, BUSY):
        recorded = record(incident, RENAME, outcome, NOW)
        incident = recorded.incident
        lines += recorded.lines

    assert [(line.what, line.text, line.details) for line in lines] == [
        (Happening.TROUBLE, "busy", {"action": "rename"}),
        (Happening.TROUBLE, "232017 no", {"action": "rename"}),
        (Happening.TROUBLE, "busy", {"action": "rename"}),
    ]


def test_a_missing_scope_is_named() -> None:
    recorded = record(a_settled_incident(), RENAME, replace(REFUSED, scope="im:chat:update"), NOW)

    assert recorded.lines[0].details == {"action": "rename", "scope": "im:chat:update"}


def test_a_wait_for_the_quota_is_no_failure() -> None:
    recorded = record(a_settled_incident(), RENAME, QUOTA, NOW)

    assert recorded.lines == ()
    assert trouble_of(recorded.incident, "rename") == Trouble(
        key="rename", failures=0, retry_at=NOW + timedelta(seconds=3), cause="our quota", is_refused=False
    )


def test_a_wait_for_the_quota_does_not_hide_what_went_wrong_before() -> None:
    refused = after_call(a_settled_incident(), RENAME, REFUSED)

    trouble = trouble_of(after_call(refused, RENAME, QUOTA), "rename")

    assert trouble is not None
    assert (trouble.failures, trouble.is_refused, trouble.retry_at) == (1, True, NOW + timedelta(seconds=3))


def test_p6_a_history_that_cannot_be_read_is_said_in_the_group() -> None:
    incident = after_call(closing(), ARCHIVE, replace(REFUSED, scope="im:message.group_msg"))

    assert incident.archive.refused == REFUSED.cause
    assert trouble_of(incident, "archive") is None
    assert (incident.outbox[-1].kind, incident.outbox[-1].text) == (SayingKind.LACKS_SCOPE, "im:message.group_msg")


def test_a_refusal_without_a_scope_is_on_the_timeline_only() -> None:
    recorded = record(quiet(closing()), ARCHIVE, REFUSED, NOW)

    assert recorded.incident.outbox == ()
    assert recorded.incident.archive.refused == REFUSED.cause
    assert recorded.lines[0].details == {"action": "archive"}


def test_an_archive_that_keeps_failing_is_said_once() -> None:
    incident = quiet(closing())
    counts = []
    for _ in range(ARCHIVE_TRIES + 2):
        incident = after_call(incident, ARCHIVE, BUSY)
        counts.append(len(incident.outbox))

    assert counts == [0] * (ARCHIVE_TRIES - 1) + [1, 1, 1]
    assert (incident.outbox[0].kind, incident.outbox[0].text) == (SayingKind.ARCHIVE_FAIL, "busy")
    assert incident.status is Status.RESOLVED


# -- intents and lost answers ------------------------------------------------------------------------------------------


def test_before_a_call_that_could_be_done_twice_its_intent_is_noted() -> None:
    incident = intents(an_incident(), (CREATE,), T)

    assert incident.intents == (Intent(key="create_chat", uuid="u", first_at=T),)
    assert intents(incident, (CREATE,), NOW) is incident


def test_calls_that_do_no_harm_twice_need_no_intent() -> None:
    edit = say(SayingKind.COUNTDOWN_MOVED, edits=MessageId("om_2"))
    harmless = (act.AddMembers(chat=CHAT, people=(BOB,)), act.LookAtTabs(chat=CHAT), DISBAND, edit)

    assert intents(a_settled_incident(), harmless, T).intents == ()


def test_every_message_has_an_intent_of_its_own() -> None:
    incident = intents(a_settled_incident(), (say(cause="1"), say(cause="2")), T)

    assert [intent.key for intent in incident.intents] == ["say:ack:1", "say:ack:2"]


@pytest.mark.parametrize("action", [CREATE, SEND, say()])
@pytest.mark.parametrize("outcome", [LOST, BUSY])
def test_a_lost_answer_keeps_the_intent_with_its_first_time(action: Action, outcome: Outcome) -> None:
    waiting = (say().saying,)
    incident = after_call(intents(a_settled_incident(outbox=waiting), (action,), T), action, outcome)

    assert [(intent.key, intent.first_at, intent.was_tried) for intent in incident.intents] == [(action.key, T, True)]
    again = intents(recover(incident), (action,), NOW)
    assert again.intents[0].first_at == T


@pytest.mark.parametrize("outcome", [QUOTA, LIMITED, REFUSED])
def test_what_was_certainly_not_done_leaves_no_intent(outcome: Outcome) -> None:
    incident = after_call(intents(an_incident(), (CREATE,), T), CREATE, outcome)

    assert incident.intents == ()


@pytest.mark.parametrize("outcome", [QUOTA, LIMITED, REFUSED])
def test_but_an_earlier_try_may_have_been_done(outcome: Outcome) -> None:
    incident = after_call(intents(an_incident(), (CREATE,), T), CREATE, LOST)

    assert [intent.first_at for intent in after_call(incident, CREATE, outcome).intents] == [T]


UNKNOWN: list[tuple[Action, str, object]] = [
    (RENAME, "name", {}),
    (LOCK, "is_locked", None),
    (PIN, "top_notice", ""),
    (act.DeleteTopNotice(chat=CHAT), "top_notice", ""),
    (TABS, "tabs", None),
    (act.UpdateTabs(chat=CHAT, tabs=()), "tabs", None),
    (MENU, "menu", None),
    (act.DeleteMenu(chat=CHAT, ids=("1",)), "menu", None),
]


@pytest.mark.parametrize(("action", "field", "unknown"), UNKNOWN)
@pytest.mark.parametrize("outcome", [LOST, BUSY])
def test_what_a_lost_answer_may_have_changed_is_not_known(
    action: Action, field: str, unknown: object, outcome: Outcome
) -> None:
    incident = after_call(intents(a_settled_incident(), (action,), T), action, outcome)

    assert getattr(incident.chat, field) == unknown
    assert incident.intents == ()


@pytest.mark.parametrize(("action", "field", "unknown"), UNKNOWN)
def test_what_a_dead_owner_may_have_changed_is_not_known_either(action: Action, field: str, unknown: object) -> None:
    incident = recover(intents(a_settled_incident(), (action,), T))

    assert getattr(incident.chat, field) == unknown
    assert incident.intents == ()


def test_a_lost_edit_leaves_the_look_of_the_card_unknown() -> None:
    for incident in (after_call(a_settled_incident(), EDIT, LOST), recover(intents(a_settled_incident(), (EDIT,), T))):
        assert incident.chat is not None
        assert incident.chat.card is not None
        assert incident.chat.card.view is None


def test_an_edit_of_a_card_that_is_gone_by_now_leaves_nothing_unknown() -> None:
    incident = intents(with_chat(a_settled_incident(), card=None), (EDIT,), T)

    assert recover(incident) == replace(incident, intents=())


@pytest.mark.parametrize("known", [None, Announcement(kind=AnnouncementKind.DOCX)])
def test_a_first_announcement_that_was_lost_is_looked_for(known: Announcement | None) -> None:
    incident = with_chat(a_settled_incident(), announcement=known)

    found = recover(intents(incident, (WRITE,), T)).chat

    assert found is not None
    assert found.announcement == Announcement(kind=AnnouncementKind.DOCX, blocks=None)


def test_a_lost_change_of_the_announcement_is_written_whole() -> None:
    chat = chat_after(WRITE, LOST)

    assert chat.announcement is not None
    assert chat.announcement.blocks
    assert chat.announcement.lines == ()


@pytest.mark.parametrize("action", [TABS, act.UpdateTabs(chat=CHAT, tabs=())])
def test_a_refused_tab_means_that_somebody_changed_them(action: Action) -> None:
    assert chat_after(action, REFUSED).tabs is None


def test_a_refused_rename_leaves_the_name_known() -> None:
    assert chat_after(RENAME, REFUSED).name == chat_after(RENAME, QUOTA).name != {}


def test_a_call_that_feishu_puts_off_leaves_everything_known() -> None:
    assert chat_after(TABS, LIMITED).tabs is not None


def test_recovering_from_nothing_changes_nothing() -> None:
    incident = a_settled_incident()

    assert recover(incident) is incident


def test_recovering_before_the_group_is_known_keeps_the_intent_to_make_it() -> None:
    incident = recover(intents(an_incident(), (CREATE,), T))

    assert [(intent.key, intent.was_tried) for intent in incident.intents] == [("create_chat", True)]


def test_the_intent_of_a_message_that_was_taken_back_is_forgotten() -> None:
    incident = intents(a_settled_incident(outbox=(say(cause="1").saying,)), (say(cause="1"), say(cause="2")), T)

    assert [intent.key for intent in recover(incident).intents] == ["say:ack:1"]


def test_a_lost_message_comes_again_with_its_uuid() -> None:
    incident = a_settled_incident(outbox=(say().saying,))
    (first,) = plan(incident, wanted_of(incident), NOW).actions
    lost = after_call(intents(incident, (first,), NOW), first, LOST)

    (again,) = plan(recover(lost), wanted_of(lost), NOW + timedelta(seconds=1)).actions

    assert isinstance(first, act.Say)
    assert again == replace(first, tried_at=NOW)


def test_a_group_elsewhere_is_not_this_one() -> None:
    incident = a_settled_incident(outbox=(say().saying,))
    (here,) = plan(incident, wanted_of(incident), NOW).actions
    moved = with_chat(incident, id=ChatId("oc_2"))
    (there,) = plan(moved, wanted_of(moved), NOW).actions

    assert isinstance(here, act.Say)
    assert isinstance(there, act.Say)
    assert here.uuid != there.uuid


# -- repairs -----------------------------------------------------------------------------------------------------------


def known(incident: Incident) -> Chat:
    assert incident.chat is not None
    return incident.chat


def test_entries_of_a_menu_that_were_changed_are_known_as_they_are_now() -> None:
    incident = an_incident(chat=a_chat(menu=(a_menu("事件", ("page", "https://x.example.com"), id="m1"),)))
    (top,) = known(incident).menu or ()
    old = replace(top, items=(replace(top.items[0], id="i1"),))
    incident = replace(incident, chat=replace(known(incident), menu=(old,)))
    new = replace(old.items[0], url="https://new.example.com")

    patched = after_call(incident, act.PatchMenu(chat=CHAT, items=(new,)), Done())

    assert known(patched).menu == (replace(old, items=(new,)),)


def test_a_description_is_known_once_it_is_written() -> None:
    incident = after_call(an_incident(chat=a_chat()), act.Describe(chat=CHAT, description="d"), Done())

    assert known(incident).description == "d"


def test_only_the_tabs_that_are_new_count_as_made_by_us() -> None:
    theirs = Tab(name="a", url="https://a.example.com", id="t1")
    ours = replace(theirs, id="t2")
    incident = an_incident(chat=a_chat(tabs=(theirs,)))
    create = act.CreateTabs(chat=CHAT, tabs=(replace(theirs, id=""),))

    made = after_call(incident, create, TabsSeen(tabs=(theirs, ours), order=("t1", "t2")))

    assert known(made).made_tabs == {"t2"}


@pytest.mark.parametrize(
    "action",
    [act.SortMenu(chat=CHAT, order=("m",)), act.PatchMenu(chat=CHAT, items=()), act.SortTabs(chat=CHAT, order=("t",))],
)
def test_after_a_lost_answer_a_list_is_not_known(action: act.SortMenu | act.PatchMenu | act.SortTabs) -> None:
    incident = after_call(an_incident(chat=a_chat()), action, LOST)

    assert None in (known(incident).menu, known(incident).tabs)

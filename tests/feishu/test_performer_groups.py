"""Groups as they are made, named and filled with people: what Feishu then holds, and what is done without."""

import msgspec
import pytest

from alertbridge.core.chats.action import (
    AddManagers,
    AddMembers,
    DeleteManagers,
    DisbandChat,
    FetchShareLink,
    FindChat,
    JoinChat,
    RemoveMembers,
    Rename,
    SetModeration,
)
from alertbridge.core.chats.chat import Text
from alertbridge.core.chats.outcome import ChatGone, ChatMade, Done, Failed, LinkMade, MembersAdded, NotFound
from alertbridge.core.groups import naming
from alertbridge.core.ids import ChatId, OpenId
from alertbridge.feishu.performer import perform
from alertbridge.sandbox.messages import MemberKind
from tests.feishu.performing import PNG, Stage, another
from tests.feishu.scripted import Server, says, serving, talking

NOBODY = OpenId("ou_nobody")
"""An id as it is typed into a team file by hand."""

NAME: Text = {"zh": "[P1][已恢复] 结账 (#1423)", "en": "[P1][resolved] Checkout (#1423)"}
PLAIN: Text = {"zh": "[P1][已恢复] 事件 (#1423)", "en": "[P1][resolved] Incident (#1423)"}


def a_rename(chat: ChatId) -> Rename:
    return Rename(chat=chat, name=NAME, plain_name=PLAIN, avatar="resolved")


async def uploaded(stage: Stage) -> str:
    return (await stage.feishu.image_create(PNG, image_type="avatar")).image_key


# -- making ------------------------------------------------------------------------------------------------------------


async def test_a_group_is_made_with_its_people_name_and_rules_in_one_call(stage: Stage) -> None:
    stage.avatars["p1"] = await uploaded(stage)
    action = stage.creation(stage.alice, stage.bob)

    made = await stage.done(action, ChatMade)

    held, claim = stage.held(made.chat), naming.parse_marker(action.description)
    assert (made.members, made.note) == ((stage.alice, stage.bob), "")
    assert list(held.members) == [stage.alice, stage.bob]
    assert held.owner.kind is MemberKind.APP, "the bot owns it, so it can appoint managers"
    assert held.settings["name"] == action.name["en"], "scripts search for the English state"
    assert held.settings["i18n_names"] == {"zh_cn": action.name["zh"], "en_us": action.name["en"]}
    assert held.settings["description"] == action.description
    assert claim is not None
    assert claim.incident == stage.incident.id
    assert held.settings["avatar"] == stage.avatars["p1"]
    assert (held.settings["edit_permission"], held.settings["join_message_visibility"]) == ("only_owner", "not_anyone")


async def test_a_name_in_one_language_needs_no_translations(stage: Stage) -> None:
    made = await stage.done(stage.creation(name={"zh": "[P1] 一"}), ChatMade)

    assert stage.held(made.chat).settings["name"] == "[P1] 一"
    assert stage.held(made.chat).settings["i18n_names"] == {}


async def test_repeating_a_creation_makes_no_second_group(stage: Stage) -> None:
    first = await stage.done(stage.creation(stage.alice), ChatMade)
    again = await stage.done(stage.creation(stage.alice, is_repeat=True), ChatMade)

    assert again.chat == first.chat
    assert stage.groups == [first.chat]


async def test_one_unusable_person_does_not_keep_the_group_from_being_made(stage: Stage) -> None:
    made = await stage.done(stage.creation(stage.alice, stage.open_id("resigned")), ChatMade)

    assert made.members == (), "they are added one by one afterwards"
    assert "232022" in made.note
    assert not stage.held(made.chat).members


async def test_a_refused_name_gives_way_to_the_plain_one(stage: Stage) -> None:
    await stage.refuse("chat_create", 232023)
    action = stage.creation(stage.alice)

    made = await stage.done(action, ChatMade)

    assert stage.held(made.chat).settings["i18n_names"]["zh_cn"] == action.plain_name["zh"]
    assert "232023" in made.note


async def test_a_picture_that_is_no_longer_there_is_left_out_and_forgotten(stage: Stage) -> None:
    stage.avatars["p1"] = "img_gone"

    made = await stage.done(stage.creation(stage.alice), ChatMade)

    assert stage.held(made.chat).settings["avatar"] == ""
    assert stage.forgotten == ["p1"]
    assert "avatar" in made.note


async def test_a_picture_is_not_blamed_for_what_is_refused_without_it_too(stage: Stage) -> None:
    stage.avatars["p1"] = await uploaded(stage)
    await stage.refuse("chat_create", 232001, times=2)

    refused = await stage.done(stage.creation(stage.alice), Failed)

    assert refused.is_refused
    assert stage.forgotten == []


async def test_everything_that_can_be_refused_may_be_refused_at_once(stage: Stage) -> None:
    stage.avatars["p1"] = "img_gone"
    await stage.refuse("chat_create", 232043)
    await stage.refuse("chat_create", 232023)

    made = await stage.done(stage.creation(stage.alice), ChatMade)

    assert made.note.count("chat_create") == 3
    assert made.members == ()


@pytest.mark.parametrize("code", [232043, 232023, 232041, 232033])
async def test_what_is_refused_to_the_last_is_not_tried_for_ever(stage: Stage, code: int) -> None:
    stage.avatars["p1"] = await uploaded(stage)
    await stage.refuse("chat_create", code, times=50)

    refused = await stage.done(stage.creation(stage.alice), Failed)

    assert refused.is_refused
    assert stage.calls("chat_create") <= 2
    assert stage.groups == []


async def test_a_repeat_that_is_refused_finds_the_group_by_its_marker(stage: Stage) -> None:
    await stage.switch(repeated_chat_uuid="refused")
    first = await stage.done(stage.creation(stage.alice), ChatMade)

    again = await stage.done(stage.creation(stage.alice, is_repeat=True), ChatMade)

    assert (again.chat, again.members) == (first.chat, ())
    assert stage.groups == [first.chat]


async def test_a_repeat_whose_first_try_made_nothing_is_made_without_what_is_refused(stage: Stage) -> None:
    made = await stage.done(stage.creation(stage.open_id("resigned"), is_repeat=True), ChatMade)

    assert stage.groups == [made.chat]


async def test_a_group_is_found_by_its_marker_or_said_to_be_missing(stage: Stage) -> None:
    made = await stage.done(stage.creation(), ChatMade)
    number = stage.incident.number

    assert await stage.do(FindChat(incident=stage.incident.id, number=number)) == ChatMade(chat=made.chat, members=())
    assert await stage.do(FindChat(incident=another(stage.incident), number=number)) == NotFound()


# -- naming ------------------------------------------------------------------------------------------------------------


async def test_a_group_is_renamed_with_its_picture(stage: Stage) -> None:
    chat = await stage.group()
    stage.avatars["resolved"] = await uploaded(stage)

    assert await stage.do(a_rename(chat)) == Done()

    settings = stage.held(chat).settings
    assert (settings["name"], settings["i18n_names"]["zh_cn"]) == (NAME["en"], NAME["zh"])
    assert settings["avatar"] == stage.avatars["resolved"]


async def test_a_refused_new_name_gives_way_to_the_plain_one(stage: Stage) -> None:
    chat = await stage.group()
    await stage.refuse("chat_update", 232023)

    done = await stage.done(a_rename(chat), Done)

    assert stage.held(chat).settings["name"] == PLAIN["en"]
    assert "232023" in done.note


async def test_a_refused_name_and_a_missing_picture_still_rename(stage: Stage) -> None:
    chat = await stage.group()
    stage.avatars["resolved"] = "img_gone"
    await stage.refuse("chat_update", 232023)

    done = await stage.done(a_rename(chat), Done)

    assert stage.held(chat).settings["name"] == PLAIN["en"]
    assert stage.forgotten == ["resolved"]
    assert "232041" in done.note


async def test_a_name_that_is_refused_in_plain_words_too_is_refused(stage: Stage) -> None:
    chat = await stage.group()
    await stage.refuse("chat_update", 232023, times=9)

    refused = await stage.done(a_rename(chat), Failed)

    assert (refused.is_refused, stage.calls("chat_update")) == (True, 2)
    assert stage.held(chat).settings["name"] == "x"


# -- people ------------------------------------------------------------------------------------------------------------


async def test_people_are_added_and_each_who_is_not_is_named_with_the_reason(stage: Stage) -> None:
    chat = await stage.group()
    resigned, outside = stage.open_id("resigned"), stage.open_id("outside")

    added = await stage.done(AddMembers(chat=chat, people=(stage.alice, resigned, NOBODY, outside)), MembersAdded)

    assert list(stage.held(chat).members) == [stage.alice]
    assert added.refused == {resigned: "out_of_range", outside: "out_of_range", NOBODY: "unknown"}


async def test_who_waits_for_approval_is_no_member_yet(stage: Stage) -> None:
    chat = ChatId((await stage.act(stage.bob, "create_chat", name="theirs"))["chat_id"])
    await stage.act(stage.bob, "update", chat_id=chat, settings={"membership_approval": "approval_required"})

    added = await stage.done(AddMembers(chat=chat, people=(stage.alice,)), MembersAdded)

    assert added.refused == {stage.alice: "pending"}


async def test_nobody_who_can_be_added_is_still_an_answer(stage: Stage) -> None:
    chat = await stage.group()
    people = (stage.open_id("resigned"), NOBODY)

    added = await stage.done(AddMembers(chat=chat, people=people), MembersAdded)

    assert set(added.refused) == set(people)
    assert "232027" in added.refused[NOBODY]


async def test_an_id_that_fails_the_call_for_all_does_not_keep_the_others_out(stage: Stage) -> None:
    chat = await stage.group()
    await stage.refuse("chat_members_add", 99992361)  # an id of another app; Feishu does not say which

    added = await stage.done(AddMembers(chat=chat, people=(stage.alice, NOBODY, stage.bob)), MembersAdded)

    assert list(stage.held(chat).members) == [stage.alice, stage.bob]
    assert list(added.refused) == [NOBODY]


async def test_those_whom_feishu_names_are_left_out_of_the_next_try(stage: Stage) -> None:
    named = says({"code": 99992361, "msg": f"open_id cross app: [{NOBODY}]"}, status=400)
    async with serving(Server([named, says({"code": 0, "data": {}})])) as server, talking(server.url) as feishu:
        people = (stage.alice, NOBODY, stage.bob)
        added = await perform(AddMembers(chat=ChatId("oc_1"), people=people), feishu, stage.around())

    assert isinstance(added, MembersAdded)
    assert list(added.refused) == [NOBODY]
    assert [msgspec.json.decode(body)["id_list"] for body in server.bodies] == [
        list(people),
        [stage.alice, stage.bob],
    ]


async def test_more_people_than_one_call_takes_are_added_in_line(stage: Stage) -> None:
    chat = await stage.group()
    crowd = []
    for number in range(120):
        person = await stage.control("POST", "people", name=f"p{number}", email=f"p{number}@example.com")
        crowd.append(OpenId(person["open_id"]))

    added = await stage.done(AddMembers(chat=chat, people=tuple(crowd)), MembersAdded)

    assert added.refused == {}
    assert list(stage.held(chat).members) == crowd
    assert stage.calls("chat_members_add") == 3


async def test_managers_are_appointed_and_withdrawn(stage: Stage) -> None:
    chat = await stage.group(stage.alice, stage.bob)

    assert await stage.do(AddManagers(chat=chat, people=(stage.alice, stage.bob))) == Done()
    assert await stage.do(DeleteManagers(chat=chat, people=(stage.bob,))) == Done()
    assert [manager.id for manager in stage.held(chat).managers] == [stage.alice]


async def test_people_are_taken_out_twice_as_well_as_once(stage: Stage) -> None:
    chat = await stage.group(stage.alice, stage.bob)

    assert await stage.do(RemoveMembers(chat=chat, people=(stage.bob,))) == Done()
    assert await stage.do(RemoveMembers(chat=chat, people=(stage.bob,))) == Done()
    assert list(stage.held(chat).members) == [stage.alice]


async def test_who_left_cannot_become_a_manager(stage: Stage) -> None:
    chat = await stage.group(stage.alice)

    refused = await stage.done(AddManagers(chat=chat, people=(stage.bob,)), Failed)

    assert refused.is_refused


# -- its end -----------------------------------------------------------------------------------------------------------


async def test_a_group_is_locked_and_opened_again(stage: Stage) -> None:
    chat = await stage.group(stage.alice)

    assert await stage.do(SetModeration(chat=chat, is_locked=True)) == Done()
    assert stage.held(chat).moderation == "only_owner"
    assert await stage.do(SetModeration(chat=chat, is_locked=False)) == Done()
    assert stage.held(chat).moderation == "all_members"


async def test_a_share_link_is_fetched(stage: Stage) -> None:
    chat = await stage.group()

    assert (await stage.done(FetchShareLink(chat=chat), LinkMade)).url.startswith("https://")


async def test_a_group_is_disbanded_once(stage: Stage) -> None:
    chat = await stage.group(stage.alice)

    assert await stage.do(DisbandChat(chat=chat)) == Done()
    assert stage.held(chat).is_dissolved
    assert await stage.do(DisbandChat(chat=chat)) == ChatGone()


# -- a room that people have -------------------------------------------------------------------------------------------


async def a_room(stage: Stage, *, is_public: bool = False, has_bot: bool = True) -> ChatId:
    """A group of Alice's."""
    made = await stage.act(stage.alice, "create_chat", name="Ops")
    chat = ChatId(made["chat_id"])
    if is_public:
        await stage.act(stage.alice, "update", chat_id=chat, settings={"chat_type": "public"})
    if not has_bot:
        await stage.act(stage.alice, "remove_bot", chat_id=chat)
    return chat


async def test_a_room_is_looked_into_and_nobody_is_added(stage: Stage) -> None:
    room = await a_room(stage)

    joined = await stage.done(JoinChat(chat=room, people=(stage.alice, stage.bob)), ChatMade)

    assert joined == ChatMade(chat=room, members=(stage.alice,))
    assert list(stage.held(room).members) == [stage.alice]


async def test_a_public_room_is_joined(stage: Stage) -> None:
    room = await a_room(stage, is_public=True, has_bot=False)

    await stage.done(JoinChat(chat=room, people=()), ChatMade)

    assert stage.held(room).bots


async def test_a_private_room_is_left_to_those_who_can_invite(stage: Stage) -> None:
    room = await a_room(stage, has_bot=False)

    assert (await stage.done(JoinChat(chat=room, people=()), Failed)).is_refused


async def test_a_room_that_is_gone_or_never_was_is_gone(stage: Stage) -> None:
    room = await a_room(stage)
    await stage.act(stage.alice, "disband", chat_id=room)

    for chat in (room, ChatId("oc_nowhere")):
        await stage.done(JoinChat(chat=chat, people=()), ChatGone)


async def test_where_members_may_not_be_read_nobody_counts_as_here(stage: Stage) -> None:
    room = await a_room(stage)
    refused = says({"code": 99991672, "msg": "no scope"}, status=400)
    there = says({"code": 0, "data": {"is_in_chat": True}})
    async with serving(Server([there, refused])) as server, talking(server.url) as feishu:
        outcome = await perform(JoinChat(chat=room, people=(stage.alice,)), feishu, stage.around())

    assert isinstance(outcome, ChatMade)
    assert outcome.members == ()
    assert "99991672" in outcome.note

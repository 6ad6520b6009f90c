"""Announcements of both kinds: ours are written once and kept up to date, people's notes stay."""

from dataclasses import replace

import msgspec
import pytest

from alertbridge.core.chats.chat import AnnouncementKind, Line, LineStyle
from alertbridge.core.chats.outcome import AnnouncementWritten, AnswerLost, Failed
from alertbridge.core.ids import ChatId
from alertbridge.feishu.announcing import ours
from alertbridge.feishu.performer import perform
from alertbridge.sandbox.announcements import DocAnnouncement, DocxAnnouncement
from alertbridge.sandbox.picture import docx_lines
from tests.builders import acknowledged
from tests.feishu.performing import Stage
from tests.feishu.scripted import Server, says, serving, talking

NOTE = "DB failover at 14:05"


def shown(stage: Stage, chat: ChatId) -> list[str]:
    """The announcement as people read it, line by line."""
    announcement = stage.held(chat).announcement
    if isinstance(announcement, DocAnnouncement):
        return list(announcement.paragraphs)
    assert isinstance(announcement, DocxAnnouncement)
    return [text for _, text in docx_lines(stage.world, announcement)]


def docx(stage: Stage, chat: ChatId) -> DocxAnnouncement:
    announcement = stage.held(chat).announcement
    assert isinstance(announcement, DocxAnnouncement)
    return announcement


def acknowledged_lines(stage: Stage) -> tuple[Line, ...]:
    """The announcement after Alice has taken the incident."""
    stage.incident = acknowledged(stage.incident, by=stage.alice)
    return stage.lines


async def written(stage: Stage, chat: ChatId) -> AnnouncementWritten:
    return await stage.done(stage.announcement(chat), AnnouncementWritten)


async def noted(stage: Stage, chat: ChatId, text: str = NOTE) -> str:
    """Let somebody write at the end."""
    note = await stage.act(stage.alice, "write_announcement", chat_id=chat, text=text)
    block: str = note.get("block_id", "")
    return block


async def noted_between(stage: Stage, chat: ChatId, *, place: int) -> None:
    """Let somebody write in the middle of our lines."""
    block = await noted(stage, chat)
    children = docx(stage, chat).blocks[chat]["children"]
    children.remove(block)
    children.insert(place, block)


def test_ours_end_with_the_grey_line(stage: Stage) -> None:
    lines = ours(stage.lines)

    assert lines[-1].style is LineStyle.DIVIDER
    assert len(lines) == len(stage.lines) - 2


# -- the new kind ------------------------------------------------------------------------------------------------------


async def test_our_lines_are_written_in_one_call_with_links_and_people(stage: Stage) -> None:
    chat = await stage.group(stage.alice)
    lines = acknowledged_lines(stage)

    done = await stage.done(stage.announcement(chat), AnnouncementWritten)

    assert (done.kind, len(done.blocks)) == (AnnouncementKind.DOCX, len(ours(lines)))
    assert stage.calls("docx_announcement_block_children_create") == 1
    assert len(shown(stage, chat)) == len(lines)
    blocks = docx(stage, chat).blocks
    lead = blocks[done.blocks[2]]["bullet"]["elements"]
    links = blocks[done.blocks[7]]["bullet"]["elements"]
    grey = blocks[done.blocks[-1]]["text"]["elements"][0]["text_run"]
    assert lead[-1]["mention_user"]["user_id"] == stage.alice
    assert links[1]["text_run"]["text_element_style"]["link"]["url"].startswith("https%3A%2F%2Falerts.example.com")
    assert grey["text_element_style"]["text_color"] == 7


@pytest.mark.parametrize("kind", AnnouncementKind)
async def test_several_people_stand_in_one_line(stage: Stage, kind: AnnouncementKind) -> None:
    await stage.switch(announcement_kind=kind.value)
    chat = await stage.group(stage.alice, stage.bob)
    lines = list(stage.lines)
    lines[2] = replace(lines[2], text="Lead: ", person=stage.alice, others=((" · Scribe: ", stage.bob),))

    await stage.done(stage.announcement(chat, kind=kind, lines=tuple(lines)), AnnouncementWritten)

    said = {AnnouncementKind.DOCX: "Lead: @陈爱丽 · Scribe: @王博", AnnouncementKind.DOC: "Lead:  · Scribe: "}
    assert shown(stage, chat)[2].lower() == said[kind].lower()


async def test_several_links_stand_apart(stage: Stage) -> None:
    chat = await stage.group()
    lines = list(stage.lines)
    lines[7] = replace(lines[7], text="Links: ", links=(("A", "https://a.example.com"), ("B", "https://b.example.com")))

    await stage.done(stage.announcement(chat, lines=tuple(lines)), AnnouncementWritten)

    assert shown(stage, chat)[7] == "Links: A · B"


async def test_only_lines_that_changed_are_rewritten_in_one_call(stage: Stage) -> None:
    chat = await stage.group(stage.alice)
    before, first = stage.lines, await written(stage, chat)
    await noted(stage, chat)
    untouched = docx(stage, chat).blocks[first.blocks[1]]
    lines = acknowledged_lines(stage)

    again = await stage.done(
        stage.announcement(chat, uuid="announcement-2", blocks=first.blocks, before=before), AnnouncementWritten
    )

    assert again == first
    assert stage.calls("docx_announcement_blocks_batch_update") == 1
    assert docx(stage, chat).blocks[first.blocks[1]] is untouched
    assert shown(stage, chat)[0] == lines[0].text
    assert shown(stage, chat)[-1] == NOTE


async def test_nothing_is_called_where_nothing_changed(stage: Stage) -> None:
    chat = await stage.group()
    first = await written(stage, chat)
    same = stage.announcement(chat, blocks=first.blocks, before=stage.lines)

    assert await stage.do(same) == first
    assert stage.calls("docx_announcement_blocks_batch_update") == 0


async def test_an_announcement_of_a_version_with_fewer_lines_keeps_its_lines(stage: Stage) -> None:
    chat = await stage.group()
    first = await written(stage, chat)
    older = stage.announcement(chat, blocks=first.blocks[:4], before=())

    assert (await stage.done(older, AnnouncementWritten)).blocks == first.blocks[:4]


@pytest.mark.parametrize("deleted", [[0], [8], [2, 5], [0, 1, 2, 3, 4, 5, 6, 7, 8]])
async def test_lines_that_somebody_deleted_are_built_anew_and_notes_stay(stage: Stage, deleted: list[int]) -> None:
    chat = await stage.group(stage.alice)
    before, first = stage.lines, await written(stage, chat)
    await noted(stage, chat)
    for place in deleted:
        await stage.act(stage.alice, "delete_block", chat_id=chat, block_id=first.blocks[place])
    lines = acknowledged_lines(stage)
    renewed = stage.announcement(chat, uuid="announcement-2", blocks=first.blocks, before=())
    assert before != lines

    again = await stage.done(renewed, AnnouncementWritten)

    assert len(again.blocks) == len(ours(lines))
    assert set(again.blocks).isdisjoint(first.blocks)
    heading, empty = lines[-2:]
    assert shown(stage, chat)[-3:] == [heading.text, empty.text, NOTE]
    assert len(shown(stage, chat)) == len(lines) + 1, "nothing is there twice"


async def test_remains_are_deleted_around_a_note_between_them(stage: Stage) -> None:
    chat = await stage.group(stage.alice)
    first = await written(stage, chat)
    await noted_between(stage, chat, place=4)
    await stage.act(stage.alice, "delete_block", chat_id=chat, block_id=first.blocks[0])

    await stage.done(stage.announcement(chat, uuid="a-2", blocks=first.blocks), AnnouncementWritten)

    assert stage.calls("docx_announcement_block_children_batch_delete") == 2, "one for each side"
    assert shown(stage, chat).count(NOTE) == 1
    assert len(shown(stage, chat)) == len(stage.lines) + 1


@pytest.mark.parametrize("repeated", ["first", "refused"])
async def test_after_a_lost_answer_our_lines_are_found_and_not_written_twice(stage: Stage, repeated: str) -> None:
    chat = await stage.group(stage.alice)
    await stage.switch(repeated_client_token=repeated)
    await stage.fault("docx_announcement_block_children_create", "drop_answer")
    await stage.done(stage.announcement(chat), AnswerLost)
    await noted(stage, chat)

    found = await stage.done(stage.announcement(chat, blocks=None), AnnouncementWritten)

    assert len(found.blocks) == len(ours(stage.lines))
    assert shown(stage, chat)[-1] == NOTE
    assert len(shown(stage, chat)) == len(stage.lines) + 1


async def test_what_people_wrote_between_our_lines_is_left_out_of_them(stage: Stage) -> None:
    chat = await stage.group(stage.alice)
    first = await written(stage, chat)
    await noted_between(stage, chat, place=4)

    found = await stage.done(stage.announcement(chat, uuid="a-2", blocks=None), AnnouncementWritten)

    assert found == first
    assert shown(stage, chat)[4] == NOTE


async def test_where_an_answer_was_lost_that_wrote_nothing_everything_is_written(stage: Stage) -> None:
    chat = await stage.group(stage.alice)

    done = await stage.done(stage.announcement(chat, blocks=None), AnnouncementWritten)

    assert len(shown(stage, chat)) == len(stage.lines)
    assert len(done.blocks) == len(ours(stage.lines))


async def test_a_grey_line_without_our_lines_above_it_is_not_ours(stage: Stage) -> None:
    chat = await stage.group(stage.alice)
    await noted(stage, chat, ours(stage.lines)[-1].text)

    await stage.done(stage.announcement(chat, blocks=None), AnnouncementWritten)

    assert len(shown(stage, chat)) == len(stage.lines) + 1


@pytest.mark.parametrize("repeated", ["first", "refused"])
async def test_lines_that_were_built_anew_before_the_answer_was_lost_are_there_once(
    stage: Stage, repeated: str
) -> None:
    chat = await stage.group(stage.alice)
    first = await written(stage, chat)
    await stage.switch(repeated_client_token=repeated)
    await stage.act(stage.alice, "delete_block", chat_id=chat, block_id=first.blocks[0])
    await stage.fault("docx_announcement_block_children_create", "drop_answer")
    await stage.done(stage.announcement(chat, uuid="a-2", blocks=first.blocks), AnswerLost)

    again = await stage.done(stage.announcement(chat, uuid="a-3", blocks=first.blocks), AnnouncementWritten)

    assert len(shown(stage, chat)) == len(stage.lines)
    assert again.blocks[0] in docx(stage, chat).blocks


@pytest.mark.parametrize("repeated", ["first", "refused"])
async def test_a_rewriting_whose_answer_was_lost_is_made_again(stage: Stage, repeated: str) -> None:
    chat = await stage.group(stage.alice)
    first = await written(stage, chat)
    await stage.switch(repeated_client_token=repeated)
    lines = acknowledged_lines(stage)
    renewed = stage.announcement(chat, uuid="a-2", blocks=first.blocks, before=())
    await stage.fault("docx_announcement_blocks_batch_update", "drop_answer")
    await stage.done(renewed, AnswerLost)

    await stage.done(renewed, AnnouncementWritten)

    assert shown(stage, chat)[0] == lines[0].text


async def test_an_announcement_that_cannot_be_found_is_refused(stage: Stage) -> None:
    chat = await stage.group()
    first = await written(stage, chat)
    await stage.refuse("docx_announcement_blocks_batch_update", 1770002)
    await stage.refuse("docx_announcement_blocks_list", 1770002)

    assert (await stage.done(stage.announcement(chat, blocks=first.blocks), Failed)).is_refused


# -- the old kind ------------------------------------------------------------------------------------------------------


async def test_the_old_kind_is_written_when_the_new_calls_are_refused(stage: Stage) -> None:
    await stage.switch(announcement_kind="doc")
    chat = await stage.group(stage.alice)

    done = await written(stage, chat)

    assert done == AnnouncementWritten(kind=AnnouncementKind.DOC, blocks=())
    assert [line.split("@")[0] for line in shown(stage, chat)[:2]] == [line.text for line in stage.lines[:2]]
    assert len(shown(stage, chat)) == len(stage.lines)


async def test_the_old_kind_is_renewed_above_the_grey_line_only(stage: Stage) -> None:
    await stage.switch(announcement_kind="doc")
    chat = await stage.group(stage.alice)
    await written(stage, chat)
    await noted(stage, chat)
    lines = acknowledged_lines(stage)
    linked = replace(lines[7], links=(("A", "https://a.example.com"), ("B", "https://b.example.com")))
    lines = (*lines[:7], linked, *lines[8:])
    renewed = stage.announcement(chat, kind=AnnouncementKind.DOC, before=stage.lines, lines=lines)

    for _ in range(2):
        await stage.done(renewed, AnnouncementWritten)

        assert len(shown(stage, chat)) == len(lines) + 1, "nothing is there twice"
        assert shown(stage, chat)[0] == lines[0].text
        assert shown(stage, chat)[-1] == NOTE
    assert stage.calls("docx_announcement_block_children_create") == 1, "the kind is known"
    assert shown(stage, chat)[7].endswith("A · B")


async def test_what_people_wrote_before_us_in_the_old_kind_stays(stage: Stage) -> None:
    await stage.switch(announcement_kind="doc")
    chat = await stage.group(stage.alice)
    await noted(stage, chat)

    await written(stage, chat)

    assert shown(stage, chat)[-1] == NOTE
    assert len(shown(stage, chat)) == len(stage.lines) + 1


async def test_an_old_announcement_whose_answer_was_lost_is_written_once(stage: Stage) -> None:
    await stage.switch(announcement_kind="doc")
    chat = await stage.group(stage.alice)
    await stage.fault("chat_announcement_patch", "drop_answer")
    await stage.done(stage.announcement(chat), AnswerLost)

    await stage.done(stage.announcement(chat, blocks=None), AnnouncementWritten)

    assert len(shown(stage, chat)) == len(stage.lines)


@pytest.mark.parametrize("content", ["", "no json", "[]", '{"body": {}}', '{"body": {"blocks": null}}'])
async def test_an_old_announcement_that_cannot_be_read_gets_our_lines_on_top(stage: Stage, content: str) -> None:
    got = says({"code": 0, "data": {"revision": "3", "content": content}})
    action = stage.announcement(ChatId("oc_1"), kind=AnnouncementKind.DOC)
    async with serving(Server([got, says({"code": 0})])) as server, talking(server.url) as feishu:
        assert isinstance(await perform(action, feishu, stage.around()), AnnouncementWritten)

    patch = msgspec.json.decode(server.bodies[1])
    (insert,) = (msgspec.json.decode(request) for request in patch["requests"])
    assert patch["revision"] == "3"
    assert insert["insertBlocksRequest"]["location"]["startOfZone"]

"""Writes our lines into a group's announcement, of either kind; what people wrote below them stays as it is.

Our part ends with the grey line, which is the last of `ours(lines)`. What follows it in the first write (the heading
for notes) is given to people once and belongs to them from then on.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import uuid4

import msgspec

from alertbridge.core.chats.action import WriteAnnouncement
from alertbridge.core.chats.chat import Announcement, AnnouncementKind, Line, LineStyle
from alertbridge.core.chats.outcome import AnnouncementWritten
from alertbridge.core.ids import ChatId, OpenId
from alertbridge.feishu import errors
from alertbridge.feishu.calls.docx import Block, BlockId, BlockType, Link, TextColor, TextElement, TextElementStyle
from alertbridge.feishu.calls.pages import every_item
from alertbridge.feishu.cards.locales import JsonObject
from alertbridge.feishu.client import FeishuClient

_BODY_ZONE: Final = "0"
"""Where the text of an old document is, as opposed to its tables' cells."""

_BETWEEN_LINKS: Final = " · "

_BLOCK_TYPES: Final = {
    LineStyle.HEADING: BlockType.HEADING2,
    LineStyle.TEXT: BlockType.TEXT,
    LineStyle.BULLET: BlockType.BULLET,
    LineStyle.DIVIDER: BlockType.TEXT,
}


async def write(feishu: FeishuClient, action: WriteAnnouncement) -> AnnouncementWritten:
    """Make the announcement say `action.lines`; which kind it is shows when Feishu refuses the calls of the other."""
    if action.kind is AnnouncementKind.DOCX:
        try:
            return AnnouncementWritten(kind=AnnouncementKind.DOCX, blocks=await _write_docx(feishu, action))
        except errors.WrongAnnouncementKind:
            pass
    await _write_doc(feishu, action)
    return AnnouncementWritten(kind=AnnouncementKind.DOC, blocks=())


async def is_intact(feishu: FeishuClient, chat: ChatId, known: Announcement) -> bool | None:
    """Say whether our lines stand as we wrote them, in their order; None where it is not known what we wrote."""
    if not known.lines or known.blocks is None:
        return None
    lines = ours(known.lines)
    if known.kind is AnnouncementKind.DOC:
        old = await feishu.chat_announcement_get(chat)
        return _texts(old.content)[: len(lines)] == [_plain(line) for line in lines]
    blocks = [block for block in await _root_children(feishu, chat) if block.block_id in known.blocks]
    written = [(block, _plain(line)) for block, line in zip(known.blocks, lines, strict=True)]
    return [(block.block_id, block.plain) for block in blocks] == written


def _plain(line: Line) -> str:
    """The text of a line, without people."""
    return "".join(element.text_run.content for element in _elements(line) if element.text_run is not None)


def ours(lines: Sequence[Line]) -> Sequence[Line]:
    """The lines that are kept up to date: up to and with the grey one."""
    divider = next(index for index, line in enumerate(lines) if line.style is LineStyle.DIVIDER)
    return lines[: divider + 1]


# -- the new kind: a tree of blocks ------------------------------------------------------------------------------------


async def _write_docx(feishu: FeishuClient, action: WriteAnnouncement) -> tuple[str, ...]:
    known = action.blocks
    lines: Sequence[Line] = action.lines
    if known == ():
        return await _create(feishu, action, lines)
    if known is not None:
        try:
            await _update(feishu, action, known, action.before)
        except errors.BlockGone:
            await _delete_remains(feishu, action, known)
            lines = ours(lines)  # people have their heading already
        else:
            return known
    # An answer was lost, now or when the lines were made anew: they may be there.
    if found := await _find_ours(feishu, action):
        await _update(feishu, action, found, ())
        return found
    return await _create(feishu, action, lines)


async def _create(feishu: FeishuClient, action: WriteAnnouncement, lines: Sequence[Line]) -> tuple[str, ...]:
    blocks = [Block.line(_BLOCK_TYPES[line.style], *_elements(line)) for line in lines]
    made = await feishu.docx_announcement_block_children_create(
        action.chat, action.chat, blocks, client_token=action.uuid, index=0
    )
    return tuple(block.block_id for block in made.children[: len(ours(lines))])


async def _update(
    feishu: FeishuClient, action: WriteAnnouncement, blocks: Sequence[str], before: Sequence[Line]
) -> None:
    """Rewrite the lines that differ from `before` (empty: not known), in one call."""
    old = before or (None,) * len(blocks)
    changed = {
        BlockId(block): _elements(line)
        for block, line, written in zip(blocks, ours(action.lines), old, strict=False)
        if line != written
    }
    if changed:
        # Writing the same again does no harm, while Feishu might refuse a token that it has seen.
        await feishu.docx_announcement_blocks_batch_update(action.chat, changed, client_token=uuid4().hex)


async def _find_ours(feishu: FeishuClient, action: WriteAnnouncement) -> tuple[str, ...]:
    """Find our lines by the grey one: they stand above it, in their order; what else stands there is people's."""
    *above, divider = ours(action.lines)
    children = await _root_children(feishu, action.chat)
    end = next((index for index, block in enumerate(children) if block.plain == divider.text), None)
    if end is None:
        return ()
    found = [children[end]]
    wanted = [_BLOCK_TYPES[line.style] for line in above]
    for block in reversed(children[:end]):
        if wanted and block.block_type == wanted[-1]:
            wanted.pop()
            found.append(block)
    return () if wanted else tuple(block.block_id for block in reversed(found))


async def _delete_remains(feishu: FeishuClient, action: WriteAnnouncement, blocks: Sequence[str]) -> None:
    """Take away what is left of our lines, from the last on, so that the places of the others stay right."""
    children = await _root_children(feishu, action.chat)
    places = [index for index, block in enumerate(children) if block.block_id in blocks]
    for start, end in reversed(_runs(places)):
        await feishu.docx_announcement_block_children_batch_delete(
            action.chat, action.chat, start_index=start, end_index=end, client_token=uuid4().hex
        )


def _runs(places: Sequence[int]) -> list[tuple[int, int]]:
    """Rising numbers as half-open spans of neighbours: `[0, 1, 4]` is `[(0, 2), (4, 5)]`."""
    runs: list[tuple[int, int]] = []
    for place in places:
        if runs and runs[-1][1] == place:
            runs[-1] = (runs[-1][0], place + 1)
        else:
            runs.append((place, place + 1))
    return runs


async def _root_children(feishu: FeishuClient, chat: ChatId) -> list[Block]:
    blocks = {
        block.block_id: block
        async for block in every_item(
            lambda token: feishu.docx_announcement_blocks_list(chat, page_size=500, page_token=token)
        )
    }
    root = blocks.get(BlockId(chat))
    return [blocks[child] for child in root.children if child in blocks] if root else []


def _elements(line: Line) -> tuple[TextElement, ...]:
    style = TextElementStyle(text_color=TextColor.GRAY) if line.style is LineStyle.DIVIDER else None
    elements = [TextElement.text(line.text, style)]
    if line.person is not None:
        elements.append(TextElement.mention(line.person))
    for words, person in line.others:
        elements += (TextElement.text(words), TextElement.mention(person))
    for number, (name, url) in enumerate(line.links):
        if number:
            elements.append(TextElement.text(_BETWEEN_LINKS))
        elements.append(TextElement.text(name, TextElementStyle(link=Link.to(url))))
    return tuple(elements)


# -- the old kind: one document of paragraphs --------------------------------------------------------------------------


async def _write_doc(feishu: FeishuClient, action: WriteAnnouncement) -> None:
    """Replace everything up to the grey line by the present lines."""
    old = await feishu.chat_announcement_get(action.chat)
    end = _end_of_ours(old.content, ours(action.lines)[-1].text)
    requests: list[Mapping[str, Any]] = []
    if end is not None:
        start, stop = end
        delete = {"deleteRange": {"zoneId": _BODY_ZONE, "startIndex": start, "endIndex": stop}}
        requests.append({"requestType": "DeleteContentRangeRequestType", "deleteContentRangeRequest": delete})
    lines = action.lines if end is None else ours(action.lines)
    body = {"blocks": [_paragraph(line) for line in lines]}
    insert = {
        "payload": msgspec.json.encode(body).decode(),
        "location": {"zoneId": _BODY_ZONE, "index": 0, "startOfZone": True},
    }
    requests.append({"requestType": "InsertBlocksRequestType", "insertBlocksRequest": insert})
    await feishu.chat_announcement_patch(action.chat, revision=old.revision, requests=requests)


def _texts(content: str) -> list[str]:
    """The text of each paragraph; none where it cannot be read."""
    return [_text_of(paragraph) for paragraph in _paragraphs(content)]


def _end_of_ours(content: str, divider: str) -> tuple[int, int] | None:
    """Where our lines stand in the document's characters, [start, end); None when they are not there."""
    start: int | None = None
    for paragraph in _paragraphs(content):
        location = paragraph.get("location") or {}
        if start is None:
            start = location.get("startIndex")
        if _text_of(paragraph) == divider and start is not None and "endIndex" in location:
            return start, location["endIndex"]
    return None


def _paragraphs(content: str) -> list[dict[str, Any]]:
    try:
        blocks = msgspec.json.decode(content)["body"]["blocks"]
    except (msgspec.DecodeError, KeyError, TypeError):
        return []
    return [block.get("paragraph") or {} for block in blocks or ()]


def _text_of(paragraph: Mapping[str, Any]) -> str:
    elements = paragraph.get("elements") or ()
    return "".join((element.get("textRun") or {}).get("text", "") for element in elements).rstrip("\n")


def _paragraph(line: Line) -> dict[str, Any]:
    elements = [_run(line.text)]
    if line.person is not None:
        elements.append(_named(line.person))
    for words, person in line.others:
        elements += (_run(words), _named(person))
    for number, (name, url) in enumerate(line.links):
        if number:
            elements.append(_run(_BETWEEN_LINKS))
        elements.append(_run(name, {"link": {"url": url}}))
    return {"type": "paragraph", "paragraph": {"elements": elements, "style": {}}}


def _run(text: str, style: JsonObject | None = None) -> JsonObject:
    return {"type": "textRun", "textRun": {"text": text, "style": style or {}}}


def _named(person: OpenId) -> JsonObject:
    return {"type": "person", "person": {"openId": person}}

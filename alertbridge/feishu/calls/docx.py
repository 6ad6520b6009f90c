"""The new kind of announcement (`docx`): a tree of blocks whose root block has the chat's id.

Writes carry a `client_token`, so that a repeat changes nothing. 5 writes/s are allowed for the whole app.
"""

from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import Final, NewType
from urllib.parse import quote, unquote

import msgspec

from alertbridge.core.ids import ChatId, OpenId
from alertbridge.feishu import checks, limits
from alertbridge.feishu.calls.pages import Page
from alertbridge.feishu.calls.words import Lenient
from alertbridge.feishu.protocol import Call, parameters, segment

BlockId = NewType("BlockId", str)

LATEST: Final = -1
"""The newest revision; as an index, the end."""


class AnnouncementKind(Lenient):
    """Which calls a chat's announcement takes."""

    DOCX = "docx"
    DOC = "doc"
    UNKNOWN = "unknown"


class AnnouncementInfo(msgspec.Struct, frozen=True, kw_only=True):
    """What a chat's announcement is, of either kind."""

    announcement_type: AnnouncementKind = AnnouncementKind.UNKNOWN
    revision_id: int = 0
    create_time: int = 0
    """Unix seconds."""
    update_time: int = 0
    """Unix seconds."""
    owner_id: str = ""
    modifier_id: str = ""


class BlockType(IntEnum):
    """Kinds of lines. Other blocks exist and are read as plain numbers."""

    TEXT = 2
    HEADING1 = 3
    HEADING2 = 4
    HEADING3 = 5
    BULLET = 12
    ORDERED = 13
    QUOTE = 15


class TextColor(IntEnum):
    """Colours of text."""

    RED = 1
    ORANGE = 2
    YELLOW = 3
    GREEN = 4
    BLUE = 5
    PURPLE = 6
    GRAY = 7


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """A link target, percent-encoded as a whole."""

    url: str

    @classmethod
    def to(cls, url: str) -> "Link":
        """Return a link to an ordinary URL."""
        checks.web_link(url, "a link in an announcement")
        return cls(url=quote(url, safe=""))

    @property
    def target(self) -> str:
        """The ordinary URL."""
        return unquote(self.url)


class TextElementStyle(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a run of text looks."""

    bold: bool = False
    italic: bool = False
    strikethrough: bool = False
    underline: bool = False
    inline_code: bool = False
    background_color: int | None = None
    text_color: int | None = None
    link: Link | None = None


class TextRun(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Some text. `\\n` in it is a soft break."""

    content: str = msgspec.field(default_factory=str)
    text_element_style: TextElementStyle | None = None


class MentionUser(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A person. Being mentioned here notifies nobody."""

    user_id: OpenId
    text_element_style: TextElementStyle | None = None


class TextElement(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One piece of a line: a run of text or a person; neither for kinds that we do not know."""

    text_run: TextRun | None = None
    mention_user: MentionUser | None = None

    @classmethod
    def text(cls, content: str, style: TextElementStyle | None = None) -> "TextElement":
        """Return a run of text."""
        return cls(text_run=TextRun(content=content, text_element_style=style))

    @classmethod
    def mention(cls, open_id: OpenId) -> "TextElement":
        """Return a person."""
        return cls(mention_user=MentionUser(user_id=open_id))


class TextBlock(msgspec.Struct, frozen=True, kw_only=True):
    """A line: text, heading, list item or quote."""

    elements: tuple[TextElement, ...] = ()

    @property
    def plain(self) -> str:
        """Its text, without people."""
        return "".join(element.text_run.content for element in self.elements if element.text_run is not None)


class Block(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A block. The member that belongs to `block_type` is set; none for kinds other than lines and the page."""

    block_type: int
    block_id: BlockId = BlockId("")
    """Empty in a block that is to be created."""
    parent_id: str = ""
    children: tuple[BlockId, ...] = ()
    page: TextBlock | None = None
    text: TextBlock | None = None
    heading1: TextBlock | None = None
    heading2: TextBlock | None = None
    heading3: TextBlock | None = None
    bullet: TextBlock | None = None
    ordered: TextBlock | None = None
    quote: TextBlock | None = None

    @classmethod
    def line(cls, block_type: BlockType, *elements: TextElement) -> "Block":
        """Return a new line of text: a paragraph, heading, list item or quote."""
        return msgspec.structs.replace(cls(block_type=block_type), **{block_type.name.lower(): _text_block(elements)})

    @property
    def plain(self) -> str:
        """Its text, without people; empty for blocks that have none."""
        lines = (
            self.page,
            self.text,
            self.heading1,
            self.heading2,
            self.heading3,
            self.bullet,
            self.ordered,
            self.quote,
        )
        return "".join(line.plain for line in lines if line is not None)


class BlockAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The revision that a write made, and the blocks that it touched (none for a deletion)."""

    revision_id: int
    children: tuple[Block, ...] = ()
    blocks: tuple[Block, ...] = ()
    client_token: str = ""


def docx_announcement_get(chat_id: ChatId) -> Call[AnnouncementInfo]:
    """Ask which kind of announcement a chat has. Works for both."""
    return Call(operation="docx_announcement_get", method="GET", path=_path(chat_id), answer=AnnouncementInfo)


def docx_announcement_blocks_list(
    chat_id: ChatId, *, revision_id: int | None = None, page_size: int | None = None, page_token: str | None = None
) -> Call[Page[Block]]:
    """List all blocks."""
    checks.page_size(page_size, limits.BLOCK_PAGE)
    return Call(
        operation="docx_announcement_blocks_list",
        method="GET",
        path=f"{_path(chat_id)}/blocks",
        query=parameters(revision_id=revision_id, page_size=page_size, page_token=page_token),
        answer=Page[Block],
    )


def docx_announcement_block_get(
    chat_id: ChatId, block_id: BlockId | ChatId, *, revision_id: int | None = None
) -> Call[Block]:
    """Get one block."""
    return Call(
        operation="docx_announcement_block_get",
        method="GET",
        path=_block_path(chat_id, block_id),
        query=parameters(revision_id=revision_id),
        answer=Block,
        answer_at=("data", "block"),
    )


def docx_announcement_block_children_get(
    chat_id: ChatId,
    block_id: BlockId | ChatId,
    *,
    revision_id: int | None = None,
    page_size: int | None = None,
    page_token: str | None = None,
) -> Call[Page[Block]]:
    """List the children of a block."""
    checks.page_size(page_size, limits.BLOCK_PAGE)
    return Call(
        operation="docx_announcement_block_children_get",
        method="GET",
        path=f"{_block_path(chat_id, block_id)}/children",
        query=parameters(revision_id=revision_id, page_size=page_size, page_token=page_token),
        answer=Page[Block],
    )


def docx_announcement_block_children_create(
    chat_id: ChatId,
    block_id: BlockId | ChatId,
    children: Sequence[Block],
    *,
    client_token: str,
    index: int = LATEST,
    revision_id: int | None = None,
) -> Call[BlockAnswer]:
    """Insert blocks under `block_id` (the chat's id is the root) at `index`, LATEST appends."""
    checks.some(limits.BLOCKS_CREATED, "new blocks per call", children)
    return Call(
        operation="docx_announcement_block_children_create",
        method="POST",
        path=f"{_block_path(chat_id, block_id)}/children",
        query=_written(revision_id, client_token),
        body={"children": children, "index": index},
        answer=BlockAnswer,
    )


def docx_announcement_blocks_batch_update(
    chat_id: ChatId,
    texts: Mapping[BlockId, Sequence[TextElement]],
    *,
    client_token: str,
    revision_id: int | None = None,
) -> Call[BlockAnswer]:
    """Replace the text of blocks."""
    checks.some(limits.BLOCKS_UPDATED, "changed blocks per call", texts)
    requests = [
        {"block_id": block_id, "update_text_elements": _text_block(elements)} for block_id, elements in texts.items()
    ]
    return Call(
        operation="docx_announcement_blocks_batch_update",
        method="PATCH",
        path=f"{_path(chat_id)}/blocks/batch_update",
        query=_written(revision_id, client_token),
        body={"requests": requests},
        answer=BlockAnswer,
    )


def docx_announcement_block_children_batch_delete(
    chat_id: ChatId,
    block_id: BlockId | ChatId,
    *,
    start_index: int,
    end_index: int,
    client_token: str,
    revision_id: int | None = None,
) -> Call[BlockAnswer]:
    """Delete the children from `start_index` up to, but without, `end_index`."""
    if not 0 <= start_index < end_index:
        raise ValueError(f"nothing between {start_index} and {end_index}")
    return Call(
        operation="docx_announcement_block_children_batch_delete",
        method="DELETE",
        path=f"{_block_path(chat_id, block_id)}/children/batch_delete",
        query=_written(revision_id, client_token),
        body={"start_index": start_index, "end_index": end_index},
        answer=BlockAnswer,
    )


def _path(chat_id: ChatId) -> str:
    return f"/open-apis/docx/v1/chats/{segment(chat_id, 'chat_id')}/announcement"


def _block_path(chat_id: ChatId, block_id: BlockId | ChatId) -> str:
    return f"{_path(chat_id)}/blocks/{segment(block_id, 'block_id')}"


def _written(revision_id: int | None, client_token: str) -> tuple[tuple[str, str], ...]:
    if not client_token:
        raise ValueError("a write to an announcement needs a client_token, else a repeat would write twice")
    return parameters(revision_id=revision_id, client_token=client_token)


def _text_block(elements: Sequence[TextElement]) -> TextBlock:
    if not elements:
        raise ValueError("a line needs at least one element; its text may be empty")
    block = TextBlock(elements=tuple(elements))
    units = len(block.plain.encode("utf-16-le")) // 2
    if units > limits.BLOCK_TEXT_UNITS:
        raise ValueError(f"at most {limits.BLOCK_TEXT_UNITS} UTF-16 units in a block, not {units}")
    return block

"""What an announcement is: a docx block tree, or an old document of paragraphs."""

from dataclasses import dataclass, field
from typing import Any

from alertbridge.sandbox.ids import new_id
from alertbridge.sandbox.messages import Member

Block = dict[str, Any]

PAGE = 1
KEPT_REVISIONS = 1000


@dataclass(slots=True)
class DocxAnnouncement:
    """A tree of blocks under a page block whose id is the chat's.

    Blocks are replaced, never changed, so that revisions can share them.
    """

    page_id: str
    owner: Member
    created_at: int
    modifier: Member
    updated_at: int
    blocks: dict[str, Block]
    revision: int = 1
    history: dict[int, dict[str, Block]] = field(default_factory=dict)
    answers: dict[str, Any] = field(default_factory=dict)
    """client_token -> what that write was answered."""

    def at(self, revision: int) -> dict[str, Block]:
        """Return the blocks as of `revision` (-1 is the latest). Raises KeyError when that is not kept (any more)."""
        if revision in (-1, self.revision):
            return self.blocks
        return self.history[revision]

    def write(self, blocks: dict[str, Block], by: Member, now: int) -> None:
        """Make `blocks` the next revision."""
        self.history[self.revision] = self.blocks
        self.history.pop(self.revision - KEPT_REVISIONS, None)
        self.blocks = blocks
        self.revision += 1
        self.modifier, self.updated_at = by, now


@dataclass(slots=True)
class DocAnnouncement:
    """The old kind: a title and paragraphs of plain text."""

    owner: Member
    created_at: int
    modifier: Member
    updated_at: int
    revision: int = 1
    title: str = ""
    paragraphs: list[str] = field(default_factory=list)


Announcement = DocxAnnouncement | DocAnnouncement


def new_docx(chat_id: str, owner: Member, now: int) -> DocxAnnouncement:
    """Return an empty docx announcement: nothing but its page block."""
    page = {"block_id": chat_id, "parent_id": "", "children": [], "block_type": PAGE, "page": text_of("")}
    return DocxAnnouncement(chat_id, owner, now, owner, now, {chat_id: page})


def new_doc(owner: Member, now: int) -> DocAnnouncement:
    """Return an empty old announcement."""
    return DocAnnouncement(owner, now, owner, now)


def text_of(content: str) -> Block:
    """Return the body of a text block with one plain run."""
    return {"style": {"align": 1}, "elements": [{"text_run": {"content": content, "text_element_style": {}}}]}


def new_block_id() -> str:
    """Return a fresh block id."""
    return new_id("dox")

"""The docx kind of announcement: a tree of blocks under a page block (BEHAVIOUR 7)."""

from collections.abc import Iterator
from typing import Any

from alertbridge.sandbox.announcements import PAGE, Block, DocAnnouncement, DocxAnnouncement, new_block_id, text_of
from alertbridge.sandbox.chats import Chat, ChatMode
from alertbridge.sandbox.ids import new_id
from alertbridge.sandbox.messages import Member
from alertbridge.sandbox.openapi import RATE_LIMITED
from alertbridge.sandbox.operations.paging import page_of
from alertbridge.sandbox.operations.registry import Call, JsonObject, operation
from alertbridge.sandbox.refusals import Refused
from alertbridge.sandbox.switches import Repeated
from alertbridge.sandbox.world import World

_KINDS = {
    2: "text",
    3: "heading1",
    4: "heading2",
    5: "heading3",
    12: "bullet",
    13: "ordered",
    15: "quote",
    19: "callout",
    22: "divider",
    34: "quote_container",
}
_TEXT, _CALLOUT, _QUOTE_CONTAINER = 2, 19, 34
_TEXT_KINDS = frozenset({2, 3, 4, 5, 12, 13, 15})
_PARENTS = frozenset({PAGE, _CALLOUT, _QUOTE_CONTAINER, 2, 12, 13})
"""Block types that may have children."""
_IN_CALLOUT = frozenset({2, 3, 4, 5, 12, 13, 15, _QUOTE_CONTAINER})

_STYLE_FIELDS = {
    1: "align",
    2: "done",
    3: "folded",
    4: "language",
    5: "wrap",
    6: "background_color",
    7: "indentation_level",
}

_MAX_UNITS = 100_000
_MAX_MENTIONS = 100
_PAGE_SIZE = 500

_INVALID = 1770001
_NOT_FOUND = 1770002
_MISMATCH = 1770006


@operation("docx_announcement_get")
def get(world: World, call: Call) -> JsonObject:
    """Tell the kind and state of the announcement; works for both kinds."""
    announcement = _chat(world, call).announcement
    assert announcement is not None  # only p2p chats have none, and they were refused
    is_docx = isinstance(announcement, DocxAnnouncement)
    id_type = call.query["user_id_type"]
    return {
        "revision_id": announcement.revision,
        "create_time": announcement.created_at // 1000,
        "update_time": announcement.updated_at // 1000,
        **_identity(world, "owner", announcement.owner, id_type),
        **_identity(world, "modifier", announcement.modifier, id_type),
        "announcement_type": "docx" if is_docx else "doc",
    }


@operation("docx_announcement_blocks_list")
def list_blocks(world: World, call: Call) -> JsonObject:
    """List all blocks, parents before their children."""
    announcement = _docx(_chat(world, call))
    blocks = _at(announcement, call)
    page = page_of(list(_walk(blocks, announcement.page_id)), call, default_size=_PAGE_SIZE)
    return {"items": list(page.items), **page.fields()}


@operation("docx_announcement_block_get")
def get_block(world: World, call: Call) -> JsonObject:
    """Show one block."""
    blocks = _at(_docx(_chat(world, call)), call)
    return {"block": _block(blocks, call.path["block_id"])}


@operation("docx_announcement_block_children_get")
def get_children(world: World, call: Call) -> JsonObject:
    """List the children of a block."""
    blocks = _at(_docx(_chat(world, call)), call)
    parent = _block(blocks, call.path["block_id"])
    page = page_of([blocks[id_] for id_ in parent.get("children", [])], call, default_size=_PAGE_SIZE)
    return {"items": list(page.items), **page.fields()}


@operation("docx_announcement_block_children_create")
def create_children(world: World, call: Call) -> JsonObject:
    """Insert blocks among the children of a block."""
    announcement = _writable(world, call)
    if (first := _replayed(world, announcement, call)) is not None:
        return first
    parent = _block(announcement.blocks, call.path["block_id"])
    wanted = call.body.get("children", [])
    if not wanted:
        raise Refused(_INVALID, "children is empty")
    _check_parent(parent, wanted)
    children = parent.get("children", [])
    index = call.body.get("index", -1)
    if not -1 <= index <= len(children):
        raise Refused(_INVALID, f"index is beyond the {len(children)} children")
    made = [_made(world, parent["block_id"], block) for block in wanted]
    at = len(children) if index == -1 else index
    ids = [one[0]["block_id"] for one in made]
    blocks = dict(announcement.blocks)
    blocks[parent["block_id"]] = {**parent, "children": [*children[:at], *ids, *children[at:]]}
    blocks.update({block["block_id"]: block for family in made for block in family})
    announcement.write(blocks, call.bot, call.now)
    return _written(announcement, call, {"children": [blocks[id_] for id_ in ids]})


@operation("docx_announcement_blocks_batch_update")
def update_blocks(world: World, call: Call) -> JsonObject:
    """Change texts and styles of several blocks, all or none, each block once."""
    announcement = _writable(world, call)
    if (first := _replayed(world, announcement, call)) is not None:
        return first
    requests = call.body.get("requests", [])
    if not requests:
        raise Refused(_INVALID, "requests is empty")
    ids = [request.get("block_id", "") for request in requests]
    if len(set(ids)) != len(ids):
        raise Refused(_INVALID, "a block is named twice")
    blocks = dict(announcement.blocks)
    for request in requests:
        block = _block(blocks, request.get("block_id", ""))
        blocks[block["block_id"]] = _updated(block, request)
    _check_mentions([request.get(name, {}) for request in requests for name in ("update_text_elements", "update_text")])
    announcement.write(blocks, call.bot, call.now)
    return _written(announcement, call, {"blocks": [blocks[id_] for id_ in ids]})


@operation("docx_announcement_block_children_batch_delete")
def delete_children(world: World, call: Call) -> JsonObject:
    """Delete the children from `start_index` up to, not including, `end_index`."""
    announcement = _writable(world, call)
    if (first := _replayed(world, announcement, call)) is not None:
        return first
    parent = _block(announcement.blocks, call.path["block_id"])
    children = parent.get("children", [])
    start, end = call.body["start_index"], call.body["end_index"]
    if not 0 <= start < end <= len(children):
        raise Refused(_INVALID, f"[{start}, {end}) is not within the {len(children)} children")
    if parent["block_type"] == _CALLOUT and end - start == len(children):
        raise Refused(1770031)
    doomed = {block["block_id"] for id_ in children[start:end] for block in _walk(announcement.blocks, id_)}
    blocks = {id_: block for id_, block in announcement.blocks.items() if id_ not in doomed}
    blocks[parent["block_id"]] = {**parent, "children": [*children[:start], *children[end:]]}
    announcement.write(blocks, call.bot, call.now)
    return _written(announcement, call, {})


def _chat(world: World, call: Call) -> Chat:
    chat = world.chats.get(call.path["chat_id"])
    if chat is None:
        raise Refused(_NOT_FOUND)
    if not chat.has(call.bot):
        raise Refused(1772003)
    if chat.mode is not ChatMode.GROUP or chat.is_dissolved:
        raise Refused(1772001)
    return chat


def _docx(chat: Chat) -> DocxAnnouncement:
    if isinstance(chat.announcement, DocAnnouncement):
        raise Refused(1772006)
    assert chat.announcement is not None  # groups have one
    return chat.announcement


def _writable(world: World, call: Call) -> DocxAnnouncement:
    chat = _chat(world, call)
    announcement = _docx(chat)
    if chat.settings["edit_permission"] == "only_owner" and not chat.may_administer(call.app):
        raise Refused(1772005)
    _at(announcement, call)
    limit = call.operation.rate_limit.per_announcement_per_second
    if not world.quotas.take_second(f"announcement {chat.chat_id}", limit, call.now):
        raise Refused(RATE_LIMITED, http=429)
    return announcement


def _at(announcement: DocxAnnouncement, call: Call) -> dict[str, Block]:
    """Return the blocks of the revision that is asked for."""
    revision = call.query["revision_id"]
    try:
        return announcement.at(revision)
    except KeyError:
        is_old = 0 <= revision < announcement.revision
        raise Refused(1770021 if is_old else _INVALID, f"revision_id {revision}") from None


def _replayed(world: World, announcement: DocxAnnouncement, call: Call) -> JsonObject | None:
    """Return what the same `client_token` was answered before."""
    token = call.query["client_token"]
    first: JsonObject | None = announcement.answers.get(token) if token else None
    if first is not None and world.switches.repeated_client_token is Repeated.REFUSED:
        raise Refused(_INVALID, "client_token was used before")
    return first


def _written(announcement: DocxAnnouncement, call: Call, fields: JsonObject) -> JsonObject:
    token = call.query["client_token"] or new_id("")
    answer = {**fields, "revision_id": announcement.revision, "client_token": token}
    if call.query["client_token"]:
        announcement.answers[token] = answer
    return answer


def _block(blocks: dict[str, Block], block_id: str) -> Block:
    block = blocks.get(block_id)
    if block is None:
        raise Refused(_NOT_FOUND)
    return block


def _walk(blocks: dict[str, Block], block_id: str) -> Iterator[Block]:
    block = blocks[block_id]
    yield block
    for child in block.get("children", []):
        yield from _walk(blocks, child)


def _check_parent(parent: Block, wanted: list[JsonObject]) -> None:
    if parent["block_type"] not in _PARENTS:
        raise Refused(1770028)
    if parent["block_type"] == _CALLOUT and any(block["block_type"] not in _IN_CALLOUT for block in wanted):
        raise Refused(1770030)


def _made(world: World, parent_id: str, wanted: JsonObject) -> list[Block]:
    """Return the new block, followed by the child it comes with, if it does."""
    block_type = wanted["block_type"]
    kind = _KINDS[block_type]
    if kind not in wanted or any(name in wanted for name in _KINDS.values() if name != kind):
        raise Refused(_MISMATCH, f"block_type {block_type} needs {kind} and nothing else")
    body = wanted[kind]
    if block_type in _TEXT_KINDS:
        _check_elements(body["elements"])
        _check_mentions([body])
    block = {"block_id": new_block_id(), "parent_id": parent_id, "block_type": block_type, kind: body}
    if block_type != _CALLOUT or not world.switches.callout_has_empty_child:
        return [block]
    child = {"block_id": new_block_id(), "parent_id": block["block_id"], "block_type": _TEXT, "text": text_of("")}
    return [{**block, "children": [child["block_id"]]}, child]


def _updated(block: Block, request: JsonObject) -> Block:
    operations = [name for name in ("update_text_elements", "update_text_style", "update_text") if name in request]
    if len(operations) != 1:
        raise Refused(_INVALID, "a request has exactly one operation")
    kind = "page" if block["block_type"] == PAGE else _KINDS[block["block_type"]]
    if block["block_type"] != PAGE and block["block_type"] not in _TEXT_KINDS:
        raise Refused(1770025)
    update, body = request[operations[0]], dict(block[kind])
    if "elements" in update:
        _check_elements(update["elements"])
        body["elements"] = update["elements"]
    if "style" in update:
        names = [_STYLE_FIELDS[field] for field in update["fields"]]
        body["style"] = {**body.get("style", {}), **{name: update["style"].get(name) for name in names}}
        body["style"] = {name: value for name, value in body["style"].items() if value is not None}
    return {**block, kind: body}


def _check_elements(elements: list[JsonObject]) -> None:
    units = 0
    for element in elements:
        if len(element.keys() & {"text_run", "mention_user"}) != 1:
            raise Refused(_MISMATCH, "an element has exactly one member")
        run = element.get("text_run", {})
        units += len(run.get("content", "").encode("utf-16-le")) // 2
        url = run.get("text_element_style", {}).get("link", {}).get("url")
        if url is not None and "://" in url:
            raise Refused(_INVALID, "link.url is not percent-encoded")
    if units > _MAX_UNITS:
        raise Refused(1770033)


def _check_mentions(bodies: list[Any]) -> None:
    mentions = sum("mention_user" in element for body in bodies for element in body.get("elements", []))
    if mentions > _MAX_MENTIONS:
        raise Refused(1770035)


def _identity(world: World, name: str, member: Member, id_type: str) -> JsonObject:
    """Return the id of a person; for a bot its open_id, as the documents name no other type here."""
    person = world.people.get(member.id)
    app = world.apps.get(member.id)
    id_ = person.id_as(id_type) if person else app.bot_open_id if app else member.id
    return {f"{name}_id": id_, f"{name}_id_type": id_type if person else "open_id"}

"""The old kind of announcement: a document of paragraphs, edited with old-Docs operations."""

from typing import Any

import msgspec

from alertbridge.sandbox.announcements import DocAnnouncement
from alertbridge.sandbox.chats import Chat
from alertbridge.sandbox.messages import Member, MemberKind
from alertbridge.sandbox.operations.lookups import own_chat
from alertbridge.sandbox.operations.registry import Call, JsonObject, operation
from alertbridge.sandbox.refusals import Refused
from alertbridge.sandbox.world import World

_MAX_LAG = 100
_REJECTED = 232018


@operation("chat_announcement_get")
def get(world: World, call: Call) -> JsonObject:
    """Show the document."""
    document = _document(own_chat(world, call))
    id_type = call.query["user_id_type"]
    owner_id, owner_type = _identity(world, document.owner, id_type)
    modifier_id, modifier_type = _identity(world, document.modifier, id_type)
    return {
        "content": msgspec.json.encode(_content(document)).decode(),
        "revision": str(document.revision),
        "create_time": str(document.created_at // 1000),
        "update_time": str(document.updated_at // 1000),
        "owner_id": owner_id,
        "owner_id_type": owner_type,
        "modifier_id": modifier_id,
        "modifier_id_type": modifier_type,
    }


@operation("chat_announcement_patch")
def patch(world: World, call: Call) -> JsonObject:
    """Apply a list of edits to the document, all or none."""
    chat = own_chat(world, call)
    if chat.settings["edit_permission"] == "only_owner" and not chat.may_administer(call.app):
        raise Refused(232002)
    document = _document(chat)
    revision = call.body["revision"]
    if not revision.isdigit() or not 0 <= document.revision - int(revision) <= _MAX_LAG:
        raise Refused(232001, f"revision is {document.revision}")
    if "requests" not in call.body:
        raise Refused(232001, "requests is missing")
    title, paragraphs = document.title, list(document.paragraphs)
    for request in call.body["requests"]:
        title, paragraphs = _apply(request, title, paragraphs)
    document.title, document.paragraphs = title, paragraphs
    document.revision += 1
    document.modifier, document.updated_at = call.bot, call.now
    return {}


def _document(chat: Chat) -> DocAnnouncement:
    if chat.announcement is None:
        raise Refused(232003)
    if not isinstance(chat.announcement, DocAnnouncement):
        raise Refused(232097)
    return chat.announcement


def _identity(world: World, member: Member, id_type: str) -> tuple[str, str]:
    person = world.people.get(member.id) if member.kind is MemberKind.USER else None
    return (member.id, "app_id") if person is None else (person.id_as(id_type), id_type)


def _apply(text: str, title: str, paragraphs: list[str]) -> tuple[str, list[str]]:
    """Return title and paragraphs after one edit. Raises Refused for an edit the document cannot take."""
    try:
        edit = msgspec.json.decode(text, type=dict[str, Any])
        match edit.get("requestType"):
            case "InsertBlocksRequestType":
                return title, _inserted(edit["insertBlocksRequest"], paragraphs)
            case "DeleteContentRangeRequestType":
                return title, _deleted(edit["deleteContentRangeRequest"]["deleteRange"], paragraphs)
            case "UpdateTitleRequestType":
                return _payload_text(edit["updateTitleRequest"]["payload"]), paragraphs
    except (msgspec.DecodeError, RecursionError, KeyError, TypeError, AttributeError) as problem:
        raise Refused(_REJECTED, f"the edit cannot be read: {problem!r}") from None
    raise Refused(_REJECTED, f"unknown requestType {edit.get('requestType')}")


def _inserted(request: JsonObject, paragraphs: list[str]) -> list[str]:
    payload = msgspec.json.decode(request["payload"])
    blocks = payload["blocks"] if isinstance(payload, dict) else payload
    added = [_elements_text(block["paragraph"]["elements"]) for block in blocks]
    location = request["location"]
    if location.get("endOfZone"):
        return [*paragraphs, *added]
    at = _paragraph_at(location["index"], paragraphs)
    return [*paragraphs[:at], *added, *paragraphs[at:]]


def _deleted(span: JsonObject, paragraphs: list[str]) -> list[str]:
    first = _paragraph_at(span["startIndex"], paragraphs)
    last = _paragraph_at(span["endIndex"], paragraphs)
    return [*paragraphs[:first], *paragraphs[last:]]


def _paragraph_at(index: int, paragraphs: list[str]) -> int:
    """Return the number of the paragraph that begins at or behind a character position of the zone."""
    for number, (start, _) in enumerate(_spans(paragraphs)):
        if index <= start:
            return number
    return len(paragraphs)


def _payload_text(payload: str) -> str:
    return _elements_text(msgspec.json.decode(payload)["elements"])


def _elements_text(elements: list[JsonObject]) -> str:
    return "".join(element["textRun"]["text"] for element in elements if "textRun" in element)


def _spans(paragraphs: list[str]) -> list[tuple[int, int]]:
    """Return where each paragraph starts and ends, counting one character for its end."""
    spans: list[tuple[int, int]] = []
    start = 0
    for paragraph in paragraphs:
        spans.append((start, start + len(paragraph)))
        start += len(paragraph) + 1
    return spans


def _content(document: DocAnnouncement) -> JsonObject:
    blocks = [
        {"type": "paragraph", "paragraph": {"elements": [_run(text, start, end)], "location": _location(start, end)}}
        for text, (start, end) in zip(document.paragraphs, _spans(document.paragraphs), strict=True)
    ]
    title = {"elements": [_run(document.title, 0, len(document.title))], "location": _location(0, len(document.title))}
    return {"title": title, "body": {"blocks": blocks}}


def _run(text: str, start: int, end: int) -> JsonObject:
    return {"type": "textRun", "textRun": {"text": text, "style": {}, "location": _location(start, end)}}


def _location(start: int, end: int) -> JsonObject:
    return {"zoneId": "0", "startIndex": start, "endIndex": end}

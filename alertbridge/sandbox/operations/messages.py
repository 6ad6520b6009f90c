"""Messages: send, reply, edit, update a card, recall, read."""

from typing import Any

from alertbridge.sandbox import cards, events
from alertbridge.sandbox.chats import Chat, ChatMode
from alertbridge.sandbox.content import Composed, card_content_as_sent, compose
from alertbridge.sandbox.ids import new_id
from alertbridge.sandbox.messages import MemberKind, Message, user
from alertbridge.sandbox.operations.lookups import message_in_path, own_message_chat
from alertbridge.sandbox.operations.paging import page_of
from alertbridge.sandbox.operations.registry import Call, JsonObject, operation
from alertbridge.sandbox.people import TENANT_KEY, Person, PersonStatus
from alertbridge.sandbox.refusals import Refused
from alertbridge.sandbox.switches import Repeated
from alertbridge.sandbox.world import World

CARD_LIFE_MS = 14 * 24 * 3600 * 1000
_YEAR_MS = 365 * 24 * 3600 * 1000
_MAX_EDITS = 20
_CARD_UPDATES_PER_SECOND = 5

_READ_GROUP = ("im:message.group_msg",)
_RECALLED_TEXT = "This message was recalled"


@operation("message_create")
def create(world: World, call: Call) -> JsonObject:
    """Send a message to a chat or a person, at most one per `uuid` within an hour."""
    if (first := _first_of(world, call)) is not None:
        return _view(world, first)
    chat, person = _target(world, call)
    composed = compose(world, call.app, call.body["msg_type"], call.body["content"])
    _check_may_speak(chat, call, composed)
    if chat is None:
        assert person is not None  # a target is a chat or a person
        chat, is_new = world.p2p_chat(call.app, person)
        if is_new:
            events.p2p_chat_created(world, chat, call.app, person, call.bot)
    _count_send(world, call, chat)
    message = _message(call, chat, composed)
    world.add_message(chat, message)
    _remember(world, call, message)
    return _view(world, message)


@operation("message_reply")
def reply(world: World, call: Call) -> JsonObject:
    """Answer a message, in a thread where that is asked for or the message is in one."""
    if (first := _first_of(world, call)) is not None:
        return _view(world, first)
    parent, chat = own_message_chat(world, call)
    if parent.is_deleted:
        raise Refused(230011)
    composed = compose(world, call.app, call.body["msg_type"], call.body["content"])
    _check_may_speak(chat, call, composed)
    _count_send(world, call, chat)
    message = _message(call, chat, composed)
    answer_to(message, parent, in_thread=bool(call.body.get("reply_in_thread", False)))
    world.add_message(chat, message)
    _remember(world, call, message)
    return _view(world, message)


@operation("message_update")
def edit(world: World, call: Call) -> JsonObject:
    """Edit one's own text or post, at most 20 times."""
    message, chat = _editable(world, call)
    if message.msg_type not in ("text", "post"):
        raise Refused(230054)
    if message.edits >= _MAX_EDITS:
        raise Refused(230072)
    if call.now - message.created_at > world.switches.edit_window_seconds * 1000:
        raise Refused(230075)
    composed = compose(world, call.app, call.body["msg_type"], call.body["content"])
    _check_may_speak(chat, call, composed)
    message.msg_type = call.body["msg_type"]
    put_content(message, composed, call.now)
    message.edits += 1
    return _view(world, message)


@operation("message_patch")
def update_card(world: World, call: Call) -> JsonObject:
    """Replace one's own card; both the old and the new one must be shared by all readers."""
    message, _ = _editable(world, call, not_sender=230001)
    if message.msg_type != "interactive":
        raise Refused(230001, "This message is NOT a card.")
    replace_card(world, call, message, compose(world, call.app, "interactive", call.body["content"]))
    return {}


@operation("message_delete")
def recall(world: World, call: Call) -> JsonObject:
    """Recall one's own message, or another's as owner, manager or creator."""
    message, chat = own_message_chat(world, call)
    if message.is_deleted:
        if world.switches.recall_twice_succeeds:
            return {}
        raise Refused(230110)
    if message.sender == call.bot:
        if call.now - message.created_at > world.switches.recall_window_seconds * 1000:
            raise Refused(230009)
    elif not _may_recall_others(chat, call) or call.now - message.created_at > _YEAR_MS:
        raise Refused(230026)
    take_back(chat, message, call.now)
    return {}


@operation("message_get")
def get(world: World, call: Call) -> JsonObject:
    """Read one message."""
    message, chat = own_message_chat(world, call)
    _check_may_read(chat, call)
    return {"items": [_view(world, message, call, deleted_text=None)]}


@operation("message_list")
def list_(world: World, call: Call) -> JsonObject:
    """Read the history of a chat (thread roots only) or of a thread."""
    query = call.query
    if query["container_id_type"] == "thread":
        messages = [one for one in world.messages.values() if one.thread_id == query["container_id"]]
        chat = world.chats[messages[0].chat_id] if messages else None
    else:
        chat = world.chats.get(query["container_id"])
        messages = [] if chat is None else [one for one in chat.messages if _is_in_chat_view(one)]
        messages = _between(call, messages)
    if chat is None:
        raise Refused(230001, "container_id is unknown")
    if not chat.has(call.bot) or chat.is_dissolved:
        raise Refused(230002)
    _check_may_read(chat, call)
    if query["sort_type"] == "ByCreateTimeDesc":
        messages = messages[::-1]
    page = page_of(messages, call)
    items = [_view(world, message, call, deleted_text=_RECALLED_TEXT) for message in page.items]
    return {"items": items, **page.fields()}


def replace_card(world: World, call: Call, message: Message, composed: Composed) -> None:
    """Put a new card into a message, within 14 days and not while somebody is clicking on it. Raises Refused."""
    if call.now - message.created_at > CARD_LIFE_MS:
        raise Refused(230031)
    if message.is_card_v2 and message.clicks_in_flight:
        raise cards.card_error(cards.TOO_MANY_ELEMENTS, "card action is lock")
    cards.check_update(message.content, composed.content)
    if not world.quotas.take_second(f"card {message.message_id}", _CARD_UPDATES_PER_SECOND, call.now):
        raise Refused(230020)
    put_content(message, composed, call.now)


def answer_to(message: Message, parent: Message, *, in_thread: bool) -> None:
    """Make `message` a reply to `parent`."""
    message.parent_id = parent.message_id
    message.root_id = parent.root_id or parent.message_id
    if in_thread or parent.thread_id:
        parent.thread_id = parent.thread_id or new_id("omt_")
        message.thread_id = parent.thread_id


def take_back(chat: Chat, message: Message, now: int) -> None:
    """Recall a message: its text goes, and with it the banner that showed it and its pin."""
    message.is_deleted, message.updated_at = True, now
    message.pin = None
    if chat.top_notice is not None and chat.top_notice.message_id == message.message_id:
        chat.top_notice = None


def _message(call: Call, chat: Chat, composed: Composed) -> Message:
    return Message(
        message_id=new_id("om_"),
        chat_id=chat.chat_id,
        sender=call.bot,
        msg_type=call.body["msg_type"],
        content=composed.content,
        read_content=composed.read_content,
        created_at=call.now,
        mentions=composed.mentions,
    )


def put_content(message: Message, composed: Composed, now: int) -> None:
    """Give a message new content."""
    message.content, message.read_content = composed.content, composed.read_content
    message.mentions = composed.mentions
    message.updated_at = now


def _target(world: World, call: Call) -> tuple[Chat | None, Person | None]:
    """Return the chat to write to, or the person; a p2p chat that exists is returned as the chat."""
    id_type, id_ = call.query["receive_id_type"], call.body["receive_id"]
    if id_type == "chat_id":
        chat = world.chats.get(id_)
        if chat is None:
            raise Refused(230034)
        if chat.is_dissolved:
            raise Refused(232009)
        if not chat.has(call.bot):
            raise Refused(230002)
        return chat, None
    person = world.people.by_email(id_) if id_type == "email" else world.people.find(id_, id_type)
    if person is None:
        raise Refused(230034)
    if person.status is PersonStatus.RESIGNED or not person.is_reachable:
        raise Refused(230013)
    return None, person


def _check_may_speak(chat: Chat | None, call: Call, composed: Composed) -> None:
    if chat is None:
        return
    if not chat.may_speak(call.bot):
        raise Refused(230018)
    limited = chat.settings["at_all_permission"] == "only_owner" and not chat.may_administer(call.app)
    if limited and call.body.get("msg_type") == "interactive" and cards.mentions_everybody(composed.content):
        raise Refused(230018)


def _count_send(world: World, call: Call, chat: Chat) -> None:
    """Hold to five messages a second per chat, whoever of the bots sends; a p2p chat is its person."""
    limit = call.operation.rate_limit.per_chat_per_second
    if not world.quotas.take_second(f"send {chat.chat_id}", limit, call.now):
        raise Refused(230020)


def _uuid_key(call: Call) -> str | None:
    uuid = call.body.get("uuid")
    return f"{call.app.app_id} {uuid}" if uuid else None


def _first_of(world: World, call: Call) -> Message | None:
    """Return the message this `uuid` already made within the hour."""
    key = _uuid_key(call)
    message_id = world.message_uuids.get(key, call.now) if key else None
    if message_id is None:
        return None
    if world.switches.repeated_message_uuid is Repeated.REFUSED:
        raise Refused(230001, "uuid was used before")
    return world.messages[message_id]


def _remember(world: World, call: Call, message: Message) -> None:
    if key := _uuid_key(call):
        world.message_uuids.remember(key, message.message_id, call.now)


def _editable(world: World, call: Call, *, not_sender: int = 230071) -> tuple[Message, Chat]:
    message, chat = message_in_path(world, call)
    if not chat.has(call.bot) and call.operation.lists(230002):
        raise Refused(230002)
    if message.sender != call.bot:
        raise Refused(not_sender, "The operator is not the sender of the message." if not_sender == 230001 else "")
    if message.is_deleted:
        raise Refused(230011)
    return message, chat


def _may_recall_others(chat: Chat, call: Call) -> bool:
    return chat.may_administer(call.app) or chat.creator == call.app.app_id


def _check_may_read(chat: Chat, call: Call) -> None:
    if chat.mode is ChatMode.GROUP and not call.app.holds_any(_READ_GROUP):
        raise Refused(230027, "need scope: im:message.group_msg")


def _is_in_chat_view(message: Message) -> bool:
    """A chat shows the roots of its threads; answers inside a thread are listed with the thread."""
    return message.thread_id is None or message.parent_id is None


def _between(call: Call, messages: list[Message]) -> list[Message]:
    start, end = (_seconds(call, name) for name in ("start_time", "end_time"))
    return [
        message
        for message in messages
        if (start is None or message.created_at >= start * 1000) and (end is None or message.created_at <= end * 1000)
    ]


def _seconds(call: Call, name: str) -> int | None:
    text = call.query[name]
    if text is None:
        return None
    if not text.isdigit():
        raise Refused(230001, f"{name} is not a number of seconds")
    return int(text)


def _view(world: World, message: Message, call: Call | None = None, *, deleted_text: str | None = None) -> JsonObject:
    query: dict[str, Any] = call.query if call else {}
    view: JsonObject = {
        "message_id": message.message_id,
        "msg_type": message.msg_type,
        "create_time": str(message.created_at),
        "update_time": str(message.updated_at or message.created_at),
        "deleted": message.is_deleted,
        "updated": message.updated_at is not None and not message.is_deleted,
        "chat_id": message.chat_id,
        "sender": _sender(world, message, query.get("user_id_type") or "open_id"),
    }
    for name, value in (
        ("root_id", message.root_id),
        ("parent_id", message.parent_id),
        ("thread_id", message.thread_id),
    ):
        if value is not None:
            view[name] = value
    if message.is_deleted:
        if deleted_text is not None:
            view["body"] = {"content": deleted_text}
        return view
    as_sent = message.msg_type == "interactive" and query.get("card_msg_content_type") == "user_card_content"
    view["body"] = {"content": card_content_as_sent(message.content) if as_sent else message.read_content}
    if message.mentions:
        view["mentions"] = [
            {"key": one.key, "id": one.id, "id_type": one.id_type, "name": one.name, "tenant_key": TENANT_KEY}
            for one in message.mentions
        ]
    return view


def _sender(world: World, message: Message, id_type: str) -> JsonObject:
    sender = message.sender
    if sender.kind is MemberKind.APP:
        return {"id": sender.id, "id_type": "app_id", "sender_type": "app", "tenant_key": TENANT_KEY}
    person = world.people.get(sender.id)
    id_ = person.id_as(id_type) if person else sender.id
    return {"id": id_, "id_type": id_type, "sender_type": "user", "tenant_key": TENANT_KEY}


def by_person(chat: Chat, person: Person, composed: Composed, now: int) -> Message:
    """Return a text message that a person writes."""
    return Message(
        message_id=new_id("om_"),
        chat_id=chat.chat_id,
        sender=user(person.open_id),
        msg_type="text",
        content=composed.content,
        read_content=composed.read_content,
        created_at=now,
        mentions=composed.mentions,
    )

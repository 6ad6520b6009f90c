"""What joining, leaving and disbanding do to a chat and whom they tell, whoever asked for it."""

from alertbridge.sandbox import events
from alertbridge.sandbox.apps import App
from alertbridge.sandbox.chats import Chat, ChatStatus
from alertbridge.sandbox.messages import Member, bot, user
from alertbridge.sandbox.people import Person
from alertbridge.sandbox.world import World


def add_people(world: World, chat: Chat, people: list[Person], by: Member) -> None:
    """Let people join; those already inside stay as they are."""
    joining = [person for person in people if person.open_id not in chat.members]
    for person in joining:
        chat.members[person.open_id] = world.now()
        chat.pending.pop(person.open_id, None)
    events.users_added(world, chat, by, joining)


def remove_people(world: World, chat: Chat, people: list[Person], by: Member) -> None:
    """Take people out, with every role they had. The owner's place goes to the next in line."""
    for person in people:
        _forget(world, chat, user(person.open_id))
        chat.members.pop(person.open_id, None)
        chat.moderators.pop(person.open_id, None)
    events.users_deleted(world, chat, by, people)


def add_bot(world: World, chat: Chat, app: App, by: Member) -> None:
    """Let a bot join."""
    if app.app_id not in chat.bots:
        chat.bots[app.app_id] = world.now()
        events.bot_added(world, chat, by, app)


def remove_bot(world: World, chat: Chat, app: App, by: Member) -> None:
    """Take a bot out and tell it."""
    _forget(world, chat, bot(app.app_id))
    chat.bots.pop(app.app_id, None)
    events.bot_deleted(world, chat, by, app)


def hand_over(world: World, chat: Chat, owner: Member, by: Member) -> None:
    """Make a member the owner."""
    before = _owner_ids(world, chat.owner)
    chat.owner = owner
    chat.managers.pop(owner, None)
    events.chat_updated(world, chat, by, {"owner_id": before}, {"owner_id": _owner_ids(world, owner)})


def disband(world: World, chat: Chat, by: Member, *, keep_history: bool = False) -> None:
    """End the chat. Its history is deleted and its bots are told, unless a person chose to keep the history."""
    if keep_history:
        chat.status = ChatStatus.DISSOLVED_SAVE
        return
    chat.status = ChatStatus.DISSOLVED
    events.chat_disbanded(world, chat, by)
    for message in chat.messages:
        message.is_purged = True
        message.content, message.read_content = None, ""
    chat.messages.clear()
    chat.top_notice = None


def _forget(world: World, chat: Chat, leaving: Member) -> None:
    chat.managers.pop(leaving, None)
    if chat.owner == leaving and (successor := world.next_owner(chat, leaving)) is not None:
        chat.owner = successor
        chat.managers.pop(successor, None)


def _owner_ids(world: World, owner: Member) -> dict[str, str]:
    person = world.people.get(owner.id)
    return events.event_ids(person) if person is not None else {}

"""Buzzes: urgent calls about the bot's own messages, in the app, by SMS or by phone."""

from alertbridge.sandbox.chats import Chat
from alertbridge.sandbox.messages import Buzz
from alertbridge.sandbox.operations.lookups import own_message_chat
from alertbridge.sandbox.operations.registry import Call, JsonObject, operation
from alertbridge.sandbox.people import Person
from alertbridge.sandbox.refusals import Refused
from alertbridge.sandbox.world import World

_MAX_UNREAD = 200


@operation("message_urgent_app")
def by_app(world: World, call: Call) -> JsonObject:
    """Buzz in the app."""
    return _buzz(world, call, "app")


@operation("message_urgent_sms")
def by_sms(world: World, call: Call) -> JsonObject:
    """Buzz in the app and by SMS, from the tenant's paid quota."""
    return _buzz(world, call, "sms")


@operation("message_urgent_phone")
def by_phone(world: World, call: Call) -> JsonObject:
    """Buzz in the app and by phone, from the tenant's paid quota."""
    return _buzz(world, call, "phone")


def _buzz(world: World, call: Call, kind: str) -> JsonObject:
    message, chat = own_message_chat(world, call)
    if message.is_deleted:
        raise Refused(230110)
    if message.sender != call.bot:
        raise Refused(230012)
    if chat.settings["urgent_setting"] == "only_owner" and not chat.may_administer(call.app):
        raise Refused(230052)
    people, invalid = _callable(world, chat, call)
    if not people:
        raise Refused(230001, "no id in user_id_list is valid")
    if any(person.unread_buzzes >= _MAX_UNREAD for person in people):
        raise Refused(230023)
    if kind != "app":
        if world.switches.buzz_quota < len(people):
            raise Refused(230024)
        world.switches.buzz_quota -= len(people)
    called = {open_id for buzz in message.urgent for open_id in buzz.open_ids}
    for person in people:
        if world.switches.repeated_buzz_counts or person.open_id not in called:
            person.unread_buzzes += 1
    message.urgent.append(Buzz(kind, tuple(person.open_id for person in people)))
    return {"invalid_user_id_list": invalid}


def _callable(world: World, chat: Chat, call: Call) -> tuple[list[Person], list[str]]:
    """Return the people in the chat, and the ids of nobody or of people outside."""
    people: list[Person] = []
    invalid: list[str] = []
    for id_ in dict.fromkeys(call.body["user_id_list"]):
        person = world.people.find(id_, call.query["user_id_type"])
        if person is not None and person.open_id in chat.members and person.is_reachable:
            people.append(person)
        else:
            invalid.append(id_)
    return people, invalid

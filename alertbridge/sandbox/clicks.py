"""A person uses a card: which component is meant, and what the platform then sends to the app."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from alertbridge.sandbox import cards
from alertbridge.sandbox.acts import NotPossible
from alertbridge.sandbox.app_answer import AppAnswer
from alertbridge.sandbox.apps import App
from alertbridge.sandbox.card_components import FORM_INPUTS
from alertbridge.sandbox.content import card_as_read
from alertbridge.sandbox.events import event_ids
from alertbridge.sandbox.ids import new_id
from alertbridge.sandbox.messages import MemberKind, Message
from alertbridge.sandbox.outbound import Outbound
from alertbridge.sandbox.people import TENANT_KEY, Person
from alertbridge.sandbox.refusals import Refused
from alertbridge.sandbox.world import CardToken, World

JsonObject = dict[str, Any]

BAD_CARD = 200673
_DAY_MS = 24 * 3600 * 1000
_INTERACTIVE_DAYS_V1, _INTERACTIVE_DAYS_V2 = 30, 14

_INITIAL = (
    "default_value",
    "initial_option",
    "initial_date",
    "initial_time",
    "initial_datetime",
    "checked",
    "selected_values",
)
"""The properties that hold what an input starts with."""


@dataclass(frozen=True, slots=True)
class Click:
    """What a person does: `button` is what they see, an element_id or a name; or `value` is what is behind it."""

    button: str | None = None
    value: Any = None
    form: JsonObject = field(default_factory=dict)
    option: str | None = None
    host: str = "im_message"


@dataclass(frozen=True, slots=True)
class Target:
    """The component that was used, the form around it, and the option picked on it."""

    component: JsonObject
    form: JsonObject | None = None
    option: str | None = None


async def click(world: World, outbound: Outbound, person: Person, message: Message, action: Click) -> AppAnswer:
    """Send the callback of a click and put the card of the answer, if any, into the message.

    Raises NotPossible when the person cannot do that: not in the chat, nothing like it on the card, too old, disabled.
    """
    app = _app_behind(world, person, message)
    target = find_target(message.content, action)
    token = new_id("c-")
    world.card_tokens[token] = issued = CardToken(app.app_id, message.message_id, world.now())
    body = {
        "operator": {"tenant_key": TENANT_KEY, **event_ids(person)},
        "token": token,
        "action": action_of(target, action),
        "host": action.host,
        "context": {"open_message_id": message.message_id, "open_chat_id": message.chat_id},
    }
    message.clicks_in_flight += 1
    try:
        answer = await outbound.callback(app, "card.action.trigger", body)
    finally:
        message.clicks_in_flight -= 1
    issued.is_answered = True
    return _with_card(world, app, message, answer)


def find_target(card: JsonObject, action: Click) -> Target:
    """Return the component that is meant. Raises NotPossible when there is none, or it cannot be used."""
    for target in _targets(card):
        if not _is_meant(target, action):
            continue
        if target.component.get("disabled"):
            raise NotPossible("this component is disabled")
        if _value_of(target.component) is None and target.form is None and _opens_link(target):
            raise NotPossible("this opens a link, the app is not asked")
        return target
    raise NotPossible(
        f"nothing on the card is or says {action.button if action.button is not None else action.value!r}"
    )


def action_of(target: Target, action: Click) -> JsonObject:
    """Return `event.action` of the callback."""
    component = target.component
    sent: JsonObject = {"tag": component["tag"]}
    value = _value_of(component)
    if value is not None:
        sent["value"] = value
    if component.get("name"):
        sent["name"] = component["name"]
    if target.form is not None:
        sent["form_value"] = _form_value(target.form, action.form)
        return sent
    picked = target.option if target.option is not None else action.option
    match component["tag"]:
        case "overflow" | "select_static" | "select_person":
            if picked is None:
                raise NotPossible("choose an `option`")
            sent["option"] = picked
        case "date_picker" | "picker_time" | "picker_datetime":
            sent |= {"option": picked or "", "timezone": "Asia/Shanghai"}
        case "multi_select_static" | "multi_select_person":
            sent["options"] = (picked or "").split(",")
        case "input":
            sent["input_value"] = picked or ""
        case "checker":
            sent["checked"] = not component.get("checked", False)
    return sent


def _app_behind(world: World, person: Person, message: Message) -> App:
    chat = world.chats[message.chat_id]
    if message.msg_type != "interactive" or message.is_deleted or message.is_purged:
        raise NotPossible("there is no card to click on any more")
    if person.open_id not in chat.members:
        raise NotPossible(f"{person.name} is not in the chat")
    days = _INTERACTIVE_DAYS_V2 if message.is_card_v2 else _INTERACTIVE_DAYS_V1
    if world.now() - message.created_at > days * _DAY_MS:
        raise NotPossible(f"the card is older than {days} days")
    app = world.apps.get(message.sender.id) if message.sender.kind is MemberKind.APP else None
    if app is None:
        raise NotPossible("the card was not sent by an app")
    return app


def _targets(card: JsonObject) -> Iterator[Target]:
    """Yield everything that can be used: submit buttons with their form, options of menus, other components."""
    in_forms: list[JsonObject] = []
    for part in cards.components(card):
        if part["tag"] == "form":
            inside = [one for one in cards.components_in(part) if one is not part]
            in_forms += inside
            for one in inside:
                if one["tag"] == "button":
                    is_submit = one.get("form_action_type") == "submit"
                    yield Target(one, part if is_submit else None)
    for part in cards.components(card):
        if any(part is inside for inside in in_forms):
            continue
        yield Target(part)
        for option in part.get("options", []):
            if isinstance(option, dict) and "value" in option:
                yield Target(part, option=str(option["value"]))


def _is_meant(target: Target, action: Click) -> bool:
    component = target.component
    if action.button is None:
        return target.option is None and action.value is not None and _value_of(component) == action.value
    if target.option is not None:
        options = (option for option in component["options"] if str(option.get("value")) == target.option)
        return any(action.button in _visible(option.get("text")) for option in options)
    names = {component.get("element_id"), component.get("name")}
    is_named = action.button in names
    shown = component.get("text") if component.get("tag") == "button" else component.get("placeholder")
    return component["tag"] not in ("plain_text", "lark_md") and (is_named or action.button in _visible(shown))


def _visible(text: Any) -> set[str]:
    if not isinstance(text, dict):
        return set()
    translated = text.get("i18n_content")
    others = translated.values() if isinstance(translated, dict) else ()
    return {shown for shown in (text.get("content"), *others) if isinstance(shown, str) and shown}


def _value_of(component: JsonObject) -> Any:
    for behavior in component.get("behaviors", []):
        if behavior.get("type") == "callback":
            return behavior.get("value", {})
    return component.get("value")


def _opens_link(target: Target) -> bool:
    component = target.component
    links = any(behavior.get("type") == "open_url" for behavior in component.get("behaviors", []))
    return links or bool(component.get("url") or component.get("multi_url"))


def _form_value(form: JsonObject, given: JsonObject) -> JsonObject:
    """Return the form's values: what is given, else what stood there. Raises NotPossible for a missing one."""
    inputs = [part for part in cards.components_in(form) if part["tag"] in FORM_INPUTS]
    names = {part["name"] for part in inputs}
    if foreign := sorted(given.keys() - names):
        raise NotPossible(f"the form has no {', '.join(foreign)}; it has {', '.join(sorted(names))}")
    values: JsonObject = {}
    for part in inputs:
        value = given.get(part["name"], _initial(part))
        if part.get("required") and value in (None, "", []):
            raise NotPossible(f"{part['name']} is required")
        if isinstance(value, str) and len(value) > (longest := part.get("max_length", len(value))):
            raise NotPossible(f"{part['name']} is longer than {longest}")
        if value is not None:
            values[part["name"]] = value
    return values


def _initial(part: JsonObject) -> Any:
    if part["tag"] == "select_static" and isinstance(part.get("initial_index"), int):
        options = part.get("options", [])
        index = part["initial_index"]
        return options[index - 1].get("value") if 0 < index <= len(options) else None
    nothing = "" if part["tag"] == "input" else None
    return next((part[name] for name in _INITIAL if name in part), nothing)


def _with_card(world: World, app: App, message: Message, answer: AppAnswer) -> AppAnswer:
    """Put the card of a good answer into the message; a bad card is the client's error 200673, a downgrade 200830."""
    if answer.client_error is not None or not isinstance(answer.body, dict) or not answer.body.get("card"):
        return answer
    card = answer.body["card"]
    data = card.get("data") if isinstance(card, dict) and card.get("type") == "raw" else None
    if not isinstance(data, dict):
        return AppAnswer(answer.status, answer.body, BAD_CARD)
    if message.is_card_v2 and data.get("schema") != "2.0":
        return AppAnswer(answer.status, answer.body, cards.DOWNGRADE)
    try:
        cards.check(world, app, data)
    except Refused:
        return AppAnswer(answer.status, answer.body, BAD_CARD)
    message.content, message.read_content = data, card_as_read(data)
    message.updated_at = world.now()
    return answer

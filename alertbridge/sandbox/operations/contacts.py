"""Looking people up by address or id, within the app's contact range and field scopes (BEHAVIOUR 13)."""

from alertbridge.sandbox.apps import App
from alertbridge.sandbox.operations.registry import Call, JsonObject, operation
from alertbridge.sandbox.people import Person, PersonStatus
from alertbridge.sandbox.refusals import Refused
from alertbridge.sandbox.switches import UnresolvedRows
from alertbridge.sandbox.world import World

_BROAD = ("contact:contact:readonly", "contact:contact:readonly_as_app", "contact:contact:access_as_app")
_STATUS = ("contact:user.employee:readonly", *_BROAD)
_BASE = ("contact:user.base:readonly", *_BROAD)
_EMAIL = ("contact:user.email:readonly",)
_PHONE = ("contact:user.phone:readonly",)
_USER_ID = ("contact:user.employee_id:readonly",)

_UNKNOWN_ID = {"open_id": 99992351, "user_id": 41012, "union_id": 41012}


@operation("user_batch_get_id")
def find(world: World, call: Call) -> JsonObject:
    """Resolve login emails and mobile numbers; a row that cannot be resolved has no `user_id`."""
    rows: list[JsonObject] = [
        *({"email": email, **_resolved(call, world.people.by_email(email))} for email in call.body.get("emails", [])),
        *({"mobile": text, **_resolved(call, world.people.by_mobile(text))} for text in call.body.get("mobiles", [])),
    ]
    if world.switches.unresolved_rows is UnresolvedRows.DROPPED:
        rows = [row for row in rows if "user_id" in row]
    return {"user_list": rows}


@operation("user_batch_get")
def get_many(world: World, call: Call) -> JsonObject:
    """Describe people; those out of range are silently missing."""
    found = (world.people.find(id_, call.query["user_id_type"]) for id_ in call.query["user_ids"])
    return {"items": [_described(call.app, person) for person in found if person and _is_in_range(person)]}


@operation("user_get")
def get(world: World, call: Call) -> JsonObject:
    """Describe one person; somebody out of range is refused."""
    id_type = call.query["user_id_type"]
    person = world.people.find(call.path["user_id"], id_type)
    if person is None:
        code = _UNKNOWN_ID[id_type]
        raise Refused(code, msg=f"these open ids not existed: [{call.path['user_id']}]" if code == 99992351 else None)
    if not _is_in_range(person):
        raise Refused(41050)
    return {"user": _described(call.app, person)}


def _resolved(call: Call, person: Person | None) -> JsonObject:
    if person is None or person.status in (PersonStatus.OUT_OF_RANGE, PersonStatus.UNJOINED):
        return {}
    if person.status is PersonStatus.RESIGNED and not call.body.get("include_resigned", False):
        return {}
    row: JsonObject = {"user_id": person.id_as(call.query["user_id_type"])}
    if call.app.holds_any(_STATUS):
        row["status"] = _status(person)
    return row


def _is_in_range(person: Person) -> bool:
    return person.status is not PersonStatus.OUT_OF_RANGE


def _described(app: App, person: Person) -> JsonObject:
    """Return the fields the app's scopes let it see."""
    fields: JsonObject = {"open_id": person.open_id, "union_id": person.union_id}
    if app.holds_any(_USER_ID):
        fields["user_id"] = person.user_id
    if app.holds_any(_BASE):
        fields |= {"name": person.name, "en_name": person.en_name, "avatar": {}}
    if app.holds_any(_EMAIL):
        fields |= {"email": person.email, "enterprise_email": person.enterprise_email}
    if app.holds_any(_PHONE):
        fields |= {"mobile": person.mobile, "mobile_visible": True}
    if app.holds_any(_STATUS):
        fields["status"] = _status(person)
    return fields


def _status(person: Person) -> JsonObject:
    return {
        "is_frozen": person.status is PersonStatus.FROZEN,
        "is_resigned": person.status is PersonStatus.RESIGNED,
        "is_activated": person.status not in (PersonStatus.RESIGNED, PersonStatus.UNJOINED),
        "is_exited": False,
        "is_unjoin": person.status is PersonStatus.UNJOINED,
    }

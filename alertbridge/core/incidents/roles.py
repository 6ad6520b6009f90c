"""Who does what in an incident: beside its lead, somebody who tells the others and somebody who writes down.

Who has a role has to be in the group. A role ends with the incident, when somebody else gets it, or when its holder
leaves for good.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime

from alertbridge.core.chats.chat import Saying, SayingKind
from alertbridge.core.ids import OpenId
from alertbridge.core.incidents.change import Answer, Change
from alertbridge.core.incidents.command import Command, Via
from alertbridge.core.incidents.incident import OPEN, Incident
from alertbridge.core.incidents.outbox import say
from alertbridge.core.incidents.transition import expect
from alertbridge.core.oncall.role import Role
from alertbridge.core.timeline import Happening, TimelineLine


def holder(incident: Incident, role: Role) -> OpenId | None:
    """Who has it; None: nobody."""
    return incident.lead if role is Role.LEAD else incident.roles.get(role)


def idle_role(incident: Incident, command: Command) -> Answer | None:
    """The answer to a command that lacks something, or asks for what is so already; None: there is something to do."""
    if command.role is None or command.to is None:
        return Answer.INCOMPLETE
    return Answer.ALREADY_SO if holder(incident, command.role) == command.to else None


def give_role(incident: Incident, command: Command) -> Change:
    """Give somebody a role beside the lead's, and ask them into the group. Whoever had it before has it no more."""
    assert command.role is not None
    assert command.to is not None
    incident = replace(incident, roles=incident.roles | {command.role: command.to})
    incident = expect(incident, {command.to})
    told = Saying(
        kind=SayingKind.ROLE,
        cause=command.id,
        who=command.to,
        text=command.role,
        reply_to=command.reply_to if command.via is Via.CHAT else None,
    )
    line = TimelineLine(
        at=command.at, what=Happening.ROLE, by=command.by, text=command.role, details={"to": command.to}
    )
    return Change(say(incident, told), (line,))


def awaits_roles(incident: Incident) -> bool:
    """Whether it has to be looked up who has the roles that its route gives."""
    is_known = incident.responders is not None and incident.folded_in is None
    return is_known and incident.status in OPEN and bool(incident.opening.route.roles) and not incident.has_roles


def take_roles(incident: Incident, found: Mapping[Role, OpenId], at: datetime) -> Change:
    """Give the roles of the route. What people gave meanwhile stays."""
    new = {role: person for role, person in found.items() if role not in incident.roles}
    lines = tuple(
        TimelineLine(at=at, what=Happening.ROLE, text=role, details={"to": person}) for role, person in new.items()
    )
    return Change(replace(incident, roles=incident.roles | new, has_roles=True), lines)


def end_roles(incident: Incident, people: Collection[OpenId]) -> Incident:
    """Take the roles from people who are gone for good."""
    kept = {role: person for role, person in incident.roles.items() if person not in people}
    return incident if len(kept) == len(incident.roles) else replace(incident, roles=kept)

"""Who has the roles that a route gives to people or schedules, when its incident begins."""

from datetime import datetime

import structlog

from alertbridge.config import Team
from alertbridge.core.ids import OpenId
from alertbridge.core.incidents.incident import Incident
from alertbridge.core.oncall.role import Role
from alertbridge.flows.oncall.calling import keys_behind
from alertbridge.flows.oncall.people import Directory

log = structlog.get_logger(__name__)


async def look_up_roles(
    incident: Incident, team: Team, directory: Directory, now: datetime
) -> dict[Role, OpenId] | None:
    """The first person behind each role of the route; None: Feishu cannot name people now, ask again."""
    route = incident.opening.route
    keys = {role: keys_behind(target, route, team, now) for role, target in route.roles.items()}
    named = await directory.named([key for several in keys.values() for key in several], team)
    if named.cause:
        log.warning("roles_not_looked_up", cause=named.cause)
        return None
    found = {role: [named.ids[key] for key in several if key in named.ids] for role, several in keys.items()}
    return {role: people[0] for role, people in found.items() if people}

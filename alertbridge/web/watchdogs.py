"""How the watchdogs stand, for programs."""

from aiohttp import web

from alertbridge.flows.watchdogs import Standing, standings
from alertbridge.web.doors import require_admin
from alertbridge.web.state import WEB


async def list_watchdogs(request: web.Request) -> web.Response:
    """Every watchdog of the team file, for each of its senders."""
    state = request.app[WEB]
    require_admin(request, state.admin_token)
    found = await standings(state.watchdogs, state.team.current)
    return web.json_response({"watchdogs": [_as_json(one) for one in found]})


def _as_json(one: Standing) -> dict[str, object]:
    return {
        "watchdog": one.watchdog,
        "sender": one.sender,
        "every_seconds": int(one.every.total_seconds()),
        "heard_at": one.heard_at and one.heard_at.isoformat(),
        "quiet_seconds": int(one.quiet_for.total_seconds()),
        "is_silent": one.is_silent,
    }

"""`POST /-/reload`: the team file, read again. A bad one is refused and the old one stays."""

from aiohttp import web

from alertbridge.config import ConfigError
from alertbridge.web.doors import require_admin
from alertbridge.web.problems import problem
from alertbridge.web.state import WEB


async def reload_team(request: web.Request) -> web.Response:
    """200 once the new file is in force; 400 with every problem in it."""
    state = request.app[WEB]
    require_admin(request, state.admin_token)
    try:
        await state.team.reload()
    except ConfigError as error:
        return problem(400, "\n".join(str(found) for found in error.problems))
    except OSError as error:
        return problem(400, f"the team file cannot be read: {error}")
    return web.json_response({"status": "ok", "warnings": [str(warning) for warning in state.team.current.warnings]})

"""Tokens, and who the bot is."""

from alertbridge.sandbox.operations.registry import Call, JsonObject, operation
from alertbridge.sandbox.refusals import Refused
from alertbridge.sandbox.world import World

_ENABLED = 2


@operation("auth_tenant_access_token_internal", has_data=False)
def give_token(world: World, call: Call) -> JsonObject:
    """Hand out the app's token with the seconds it still has."""
    app = world.apps.get(call.body["app_id"])
    if app is None:
        raise Refused(10003)
    if app.secret != call.body["app_secret"]:
        raise Refused(world.switches.wrong_secret_code)
    if not app.is_enabled:
        raise Refused(10014)
    token = world.apps.issue(app, call.now)
    return {"tenant_access_token": token.text, "expire": (token.expires_at - call.now) // 1000}


@operation("bot_info_get", has_data=False)
def tell_bot(world: World, call: Call) -> JsonObject:
    """Describe the calling bot."""
    app = call.app
    return {
        "bot": {
            "activate_status": _ENABLED,
            "app_name": app.name,
            "avatar_url": world.image_url("bot"),
            "ip_white_list": [],
            "open_id": app.bot_open_id,
        }
    }

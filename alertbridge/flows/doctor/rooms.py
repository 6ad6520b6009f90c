"""Whether the bot is in the groups that routes name as standing rooms."""

from alertbridge.config import Team
from alertbridge.core.alerts.route import RouteNode
from alertbridge.core.checkup import Finding, bad, good, unknown
from alertbridge.core.ids import ChatId
from alertbridge.feishu.client import FeishuClient
from alertbridge.feishu.errors import ChatGone, FeishuError


async def look_at_rooms(feishu: FeishuClient, team: Team) -> list[Finding]:
    """Ask about each group once."""
    rooms = dict.fromkeys(node.route.chat.existing for node in _nodes(team.routes))
    return [await _look_at(feishu, ChatId(room)) for room in rooms if room]


async def _look_at(feishu: FeishuClient, room: ChatId) -> Finding:
    name = f"room:{room}"
    try:
        presence = await feishu.chat_members_is_in_chat(room)
    except ChatGone:
        return bad(name, "room_gone", "room_gone", room=room)
    except FeishuError as error:
        return unknown(name, "room_unknown", room=room, cause=str(error))
    return good(name, "room", room=room) if presence.is_in_chat else bad(name, "room_without_us", "room", room=room)


def _nodes(node: RouteNode) -> list[RouteNode]:
    return [node, *(inner for child in node.children for inner in _nodes(child))]

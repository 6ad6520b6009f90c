"""Whether Feishu gives us an address for a long connection.

It is not opened: Feishu would give it events, and nobody would take them in.
"""

from alertbridge.core.checkup import Finding, bad, good, unknown
from alertbridge.feishu.client import FeishuClient
from alertbridge.feishu.errors import FeishuError, LimitReached, Refused
from alertbridge.feishu.inbound.endpoint import long_connection_endpoint
from alertbridge.flows.doctor.console import Console, Page

NAME = "long_connection"


async def look_at_long_connection(feishu: FeishuClient, app_id: str, app_secret: str, console: Console) -> Finding:
    """Ask for an address, and leave it at that."""
    try:
        await feishu.send(long_connection_endpoint(app_id=app_id, app_secret=app_secret))
    except LimitReached as error:
        return bad(NAME, "long_connection_full", "long_connection_full", cause=str(error))
    except Refused as error:
        return bad(NAME, "long_connection_refused", "long_connection", cause=str(error), **console.way(Page.EVENTS))
    except FeishuError as error:
        return unknown(NAME, "feishu_away", "feishu_away", url=console.base_url, cause=str(error))
    return good(NAME, "long_connection")

"""The official SDK's long connection, in a process of its own: prints what it hears, one JSON line each.

python -m tests.sandbox.sdk_listener http://127.0.0.1:8090
"""

import sys
from typing import Any

import lark_oapi as lark
import msgspec
from lark_oapi.event.callback.model.p2_card_action_trigger import P2CardActionTriggerResponse


def _say(kind: str, event: Any) -> None:
    sys.stdout.write(msgspec.json.encode([kind, lark.JSON.marshal(event)]).decode() + "\n")
    sys.stdout.flush()


def _clicked(event: Any) -> Any:
    _say("card", event)
    return P2CardActionTriggerResponse({"toast": {"type": "success", "content": "已收到"}})


def main(url: str) -> None:
    """Listen until the process is ended."""
    handler = (
        lark.EventDispatcherHandler.builder("", "", lark.LogLevel.ERROR)
        .register_p2_im_chat_updated_v1(lambda event: _say("updated", event))
        .register_p1_customized_event("p2p_chat_create", lambda event: _say("p2p", event))
        .register_p2_card_action_trigger(_clicked)
        .build()
    )
    lark.ws.Client(
        "cli_sandbox", "sandbox-secret", log_level=lark.LogLevel.ERROR, event_handler=handler, domain=url
    ).start()


if __name__ == "__main__":
    main(sys.argv[1])

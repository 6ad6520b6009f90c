"""Turns typed errors into answers, in one place: JSON problems (RFC 9457) with a text that says how to mend it.

The status decides what a sender does next (`ingest/CONTRACT.md` section 1): 503 is tried again, 4xx is not.
"""

from collections.abc import Awaitable, Callable

import msgspec
import structlog
from aiohttp import web

from alertbridge.feishu.inbound.envelope import Malformed
from alertbridge.feishu.inbound.seal import Forged
from alertbridge.flows.our_bot import BotUnknown
from alertbridge.ingest.refusals import BadBody
from alertbridge.ingest.senders import UnknownSender
from alertbridge.store.errors import StoreAway, TooNew

log = structlog.get_logger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Busy(Exception):  # noqa: N818 - named for what it says, like all our errors
    """More is under way than memory allows. Alertmanager tries again by itself."""


class Refused(Exception):  # noqa: N818 - named for what it says, like all our errors
    """What is asked for is not there, or cannot be. `detail` says how to mend it."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


def problem(status: int, detail: str) -> web.Response:
    """Answer with a problem; `detail` ends up in the sender's log, so it holds nothing secret."""
    # Without a challenge no browser asks its reader for the token.
    headers = {"WWW-Authenticate": 'Basic realm="alertbridge", charset="UTF-8"'} if status == 401 else {}
    body = msgspec.json.encode({"status": status, "detail": detail})  # as UTF-8: people read this in logs
    return web.Response(
        body=body, status=status, headers=headers, content_type="application/problem+json", charset="utf-8"
    )


def answering_problems(handler: Handler) -> Handler:
    """Wrap a handler: what went wrong is answered; what nobody foresaw is a 500 with its trace in the log."""

    async def answer(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except (BadBody, Malformed) as error:
            log.warning("request_refused", path=request.path, status=400, reason=str(error))
            return problem(400, str(error))
        except web.RequestPayloadError as error:
            log.warning("request_refused", path=request.path, status=400, reason=str(error))
            return problem(400, "The body cannot be read: it was cut off, or is not packed as its headers say.")
        except Refused as error:
            log.warning("request_refused", path=request.path, status=error.status, reason=error.detail)
            return problem(error.status, error.detail)
        except UnknownSender as error:
            log.warning("request_refused", path=request.path, status=401, reason=str(error))
            return problem(401, str(error))
        except Forged as error:
            log.warning("request_refused", path=request.path, status=401, reason=str(error))
            return problem(401, "This does not prove that it comes from Feishu; why is in the log of alertbridge.")
        except web.HTTPRequestEntityTooLarge as error:
            log.warning("request_refused", path=request.path, status=413, reason=error.text)
            return problem(413, f"{error.text}. Let the sender put fewer alerts into one request.")
        except (StoreAway, Busy, BotUnknown) as error:
            log.warning("request_deferred", path=request.path, status=503, reason=str(error))
            asked = (
                "This cannot be read now, please ask"
                if request.method in ("GET", "HEAD")
                else "Not stored, please send it"
            )
            return problem(503, f"{asked} again: {error}")
        except TooNew as error:
            log.error("request_deferred", path=request.path, status=503, reason=str(error))
            return problem(503, str(error))

    return answer

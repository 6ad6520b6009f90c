"""Who may read and change: whoever shows the admin token."""

import hmac
from base64 import b64decode

from aiohttp import web

from alertbridge.ingest.senders import UnknownSender


def require_admin(request: web.Request, admin_token: str) -> None:
    """Raise `UnknownSender` unless the request shows the admin token: as bearer, or as the password of basic auth.

    Without a token configured the doors are open: such a process listens on loopback, or somebody said `_INSECURE`.
    No page in a browser may change anything: a stranger's could, with what the operator's browser shows for him.
    """
    if request.method not in ("GET", "HEAD") and "Origin" in request.headers:
        raise UnknownSender("A page in a browser may not do this, whoever is signed in: use `alertbridge` or curl.")
    if not admin_token:
        return
    scheme, _, shown = request.headers.get("Authorization", "").strip().partition(" ")
    if scheme.lower() == "basic":
        try:
            shown = b64decode(shown).decode().partition(":")[2]
        except ValueError:
            shown = ""
    if not hmac.compare_digest(shown.encode("utf-8", "backslashreplace"), admin_token.encode()):
        raise UnknownSender("This needs the admin token (ALERTBRIDGE_ADMIN_TOKEN), as `Authorization: Bearer …`.")

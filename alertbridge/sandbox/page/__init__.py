"""The sandbox's page: draws its groups as a chat client would, in the reader's language.

Knows the page's files and the headers they are served with. What the page shows comes from `GET /sandbox/state`, what
it does goes through the rest of the control API; both belong to the sandbox's app.
"""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from aiohttp import web

_FOLDER: Final = Path(__file__).parent
_TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_HEADERS: Final = {
    # The page inserts what strangers wrote as text only; should that ever fail, nothing of it may run or load.
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",  # modules of two versions must never meet in one browser
}


def add_page(app: web.Application) -> None:
    """Serve the page at `/` and its files under `/sandbox/page/`."""
    for file in sorted(_FOLDER.iterdir()):
        if file.suffix not in _TYPES:
            continue
        path = "/" if file.name == "index.html" else f"/sandbox/page/{file.name}"
        app.router.add_get(path, _serving(file))


def _serving(file: Path) -> Callable[[web.Request], Awaitable[web.FileResponse]]:
    """Answer with `file`; the type is ours, because a machine's own table may call scripts plain text."""

    async def serve(_: web.Request) -> web.FileResponse:
        return web.FileResponse(file, headers={**_HEADERS, "Content-Type": _TYPES[file.suffix]})

    return serve

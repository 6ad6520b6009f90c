"""What can go wrong with an Alertmanager, by what the caller should do.

    UpstreamError
    ├── Away       no replica answered, or only with a 5xx: try later. A write may have happened all the same
    └── Rejected   the request was understood and not accepted
        ├── Denied     credentials, path or permissions: somebody has to change the configuration
        └── Invalid    this request can never succeed

aiohttp's own errors end at the client.
"""


class UpstreamError(Exception):
    """Anything an Alertmanager does not do. Its text is for operators: which address, and what it said."""

    def __init__(self, said: str, *, status: int | None = None) -> None:
        super().__init__(said)
        self.status = status
        """Of the HTTP answer; None: there was none."""


class Away(UpstreamError):  # noqa: N818 - named for what it says, like all our errors
    """No usable answer from any replica."""


class Rejected(UpstreamError):  # noqa: N818 - named for what it says, like all our errors
    """An Alertmanager answered, and said no."""


class Denied(Rejected):
    """401, 403, 404 or a redirect: wrong credentials, a wrong path prefix, or something else listens there."""


class Invalid(Rejected):
    """400 or 422: what we asked for cannot be."""

"""Why nothing came back from an address, in one sentence for people."""

import aiohttp


def why_unanswered(url: str, error: aiohttp.ClientError | TimeoutError) -> str:
    """Return what was wrong with asking `url`."""
    match error:
        case aiohttp.InvalidURL() | aiohttp.NonHttpUrlClientError():
            return f"{url} is no address: write it like http://127.0.0.1:8080."
        case aiohttp.ClientConnectorError():
            return f"{url} does not answer: {error.os_error.strerror or error.os_error}."
        case TimeoutError():
            return f"{url} does not answer in time."
        case _:
            return f"{url} does not answer: {error}."

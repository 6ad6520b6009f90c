"""The apps of the tenant: credentials, scopes, event settings, the bot each of them is, and their tokens."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from alertbridge.sandbox.connections import LongConnections
from alertbridge.sandbox.ids import new_id

DEFAULT_APP_ID = "cli_sandbox"
DEFAULT_SECRET = "sandbox-secret"  # noqa: S105 - the sandbox's public test credential

_TOKEN_LIFE_MS = 7200 * 1000
_RENEWED_BELOW_MS = 1800 * 1000


@dataclass(slots=True)
class Token:
    """A tenant access token and when it stops working."""

    text: str
    expires_at: int


@dataclass(slots=True)
class App:
    """A self-built app with its bot. `scopes` and `subscriptions` None mean all of them."""

    app_id: str
    secret: str
    name: str
    event_url: str = ""
    encrypt_key: str = ""
    verification_token: str = ""
    scopes: frozenset[str] | None = None
    subscriptions: frozenset[str] | None = None
    is_enabled: bool = True
    has_bot: bool = True
    tokens: list[Token] = field(default_factory=list)
    connections: LongConnections = field(default_factory=LongConnections)

    @property
    def bot_open_id(self) -> str:
        """The open_id of the bot itself."""
        return f"ou_{hashlib.sha256(self.app_id.encode()).hexdigest()[:32]}"

    def holds_any(self, scopes: tuple[str, ...]) -> bool:
        """Say whether one of `scopes` was granted (an empty list asks for nothing)."""
        return self.scopes is None or not scopes or not self.scopes.isdisjoint(scopes)

    def subscribes(self, event_type: str) -> bool:
        """Say whether events of this type are wanted."""
        return self.subscriptions is None or event_type in self.subscriptions


class Apps:
    """All apps, and whose token is whose."""

    def __init__(self) -> None:
        self._apps: dict[str, App] = {}
        self._owners: dict[str, tuple[App, Token]] = {}

    def __iter__(self) -> Iterator[App]:
        return iter(self._apps.values())

    def get(self, app_id: str) -> App | None:
        """Return the app with this id."""
        return self._apps.get(app_id)

    def add(self, app: App) -> None:
        """Install an app in the tenant."""
        self._apps[app.app_id] = app

    def issue(self, app: App, now: int) -> Token:
        """Return the app's token: the same one while at least 30 minutes of it remain, else a new one beside it."""
        app.tokens = [token for token in app.tokens if token.expires_at > now]
        if app.tokens and app.tokens[-1].expires_at - now >= _RENEWED_BELOW_MS:
            return app.tokens[-1]
        token = Token(new_id("t-"), now + _TOKEN_LIFE_MS)
        app.tokens.append(token)
        self._owners[token.text] = (app, token)
        return token

    def by_token(self, text: str, now: int) -> App | None:
        """Return the app a token belongs to, None when it is unknown or has expired."""
        app, token = self._owners.get(text, (None, None))
        return app if token is not None and token.expires_at > now else None

    def revoke_all(self, app: App) -> None:
        """Make every token of the app invalid at once."""
        for token in app.tokens:
            del self._owners[token.text]
        app.tokens.clear()

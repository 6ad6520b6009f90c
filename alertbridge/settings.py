"""How this process runs: the environment, read once at start. What the operator wants is in the team file."""

import re
from collections.abc import Iterable
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BeforeValidator, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, EnvSettingsSource, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from alertbridge.core.alerts.watchdog import INTEGRATION

PREFIX = "ALERTBRIDGE_"

FEISHU = "https://open.feishu.cn"
LARK = "https://open.larksuite.com"


class Events(StrEnum):
    """How Feishu's events reach us."""

    WEBHOOK = "webhook"
    WEBSOCKET = "websocket"


class HeartbeatMethod(StrEnum):
    """How the service outside is called."""

    GET = "get"
    POST = "post"


class LogLevel(StrEnum):
    """How much is logged."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class SecretFiles(EnvSettingsSource):
    """Reads `ALERTBRIDGE_X_FILE` as the content of `ALERTBRIDGE_X`, so that secrets can be mounted as files."""

    def get_field_value(self, field: Any, field_name: str) -> tuple[Any, str, bool]:  # noqa: ARG002 - pydantic's
        """Return the content of the file that `<PREFIX><FIELD>_FILE` names, without its last newline."""
        path = self.env_vars.get(f"{PREFIX}{field_name}_file".lower())
        try:
            value = Path(path).read_text(encoding="utf-8").rstrip("\r\n") if path else None
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
            raise ValueError(f"{PREFIX}{field_name.upper()}_FILE: {path} cannot be read: {reason}") from error
        return value, field_name, False


def _comma_separated(value: object) -> object:
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


class Settings(BaseSettings):
    """Every `ALERTBRIDGE_*` variable. A variable `X` may be given as `X_FILE`, a path whose content is the value."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid", env_ignore_empty=True)

    redis_url: SecretStr | None = None
    """Redis or Valkey: `redis://`, `rediss://`, `unix://`, `redis+sentinel://h1,h2/name/0`. Empty: `serve` has one."""

    redis_replicas: int = Field(default=0, ge=0)
    """Replicas that must have a write before the sender gets 200 (WAIT). 0: the primary's disk is enough."""

    config_file: Path | None = None
    """The team file (YAML). Empty: one catch-all route, groups with the bot alone in them."""

    host: str = "127.0.0.1"
    """Address to listen on. Anything but loopback needs the tokens below, or `_INSECURE=yes`."""

    port: int = Field(default=8080, ge=0, le=65535)
    """Port to listen on."""

    log_level: LogLevel = LogLevel.INFO
    """Least important lines that are logged: `debug`, `info`, `warning` or `error`."""

    public_url: str = ""
    """What people and Feishu's tabs and menus use to reach this service, e.g. `https://alertbridge.example.com`."""

    data_dir: Path = Path("alertbridge-data")
    """Where the embedded store and the archives of closed groups live."""

    feishu_base_url: str = FEISHU
    """`https://open.feishu.cn`, Lark's `https://open.larksuite.com`, or the sandbox's address."""

    feishu_app_id: str = ""
    """App ID of the self-built app (`cli_…`)."""

    feishu_app_secret: SecretStr = SecretStr("")
    """App secret of the self-built app."""

    feishu_encrypt_key: SecretStr = SecretStr("")
    """Encrypt Key of the app's event subscription: events are then signed and encrypted."""

    feishu_verification_token: SecretStr = SecretStr("")
    """Verification Token of the app's event subscription."""

    feishu_events: Events = Events.WEBHOOK
    """How events arrive: `webhook` (Feishu calls `/feishu/events`), or `websocket` (we connect to Feishu)."""

    ingest_token: Annotated[dict[str, SecretStr], NoDecode] = Field(default_factory=dict)
    """Tokens of senders, `name=token,…`, or one bare token (named `default`). The name is the integration."""

    admin_token: SecretStr = SecretStr("")
    """Bearer token of `POST /-/reload` and the API's writes."""

    insecure: bool = False
    """`yes`: start on a public address although a token or key is missing. Only for a network you trust whole."""

    history_days: int = Field(default=90, ge=1)
    """Days a closed incident stays in the store."""

    languages: Annotated[tuple[str, ...], BeforeValidator(_comma_separated), NoDecode] = ("zh", "en")
    """Languages of chat and pages, the first is primary: `zh,en`, `en,zh`, `zh` or `en`."""

    timezone: str = "Asia/Shanghai"
    """IANA zone of times in places that cannot show each reader's own."""

    resend_delay_seconds: float = Field(default=65, gt=0)
    """How often a directly pushing Prometheus repeats an alert; a resolve counts after two of these without it."""

    alertmanager_credentials: Annotated[dict[str, SecretStr], NoDecode] = Field(default_factory=dict)
    """What Alertmanagers of the team file want to be shown: `name=credential,…` by integration, or one bare one.

    A credential is a bearer token, or `user:password` for basic auth.
    """

    alertmanager_look_seconds: float = Field(default=30, ge=1, le=300)
    """How often the Alertmanagers of the team file are asked what they hold, by one of all workers.

    Nothing is missing before two looks within ten minutes missed it, so it is at most every five.
    """

    heartbeat_url: SecretStr = SecretStr("")
    """What a service outside wants to be called at while everything works (healthchecks.io, …). Empty: nobody is."""

    heartbeat_method: HeartbeatMethod = HeartbeatMethod.GET
    """How it is called: `get` or `post`."""

    heartbeat_seconds: float = Field(default=60, ge=10, le=3600)
    """How often; by one of all web processes."""

    @field_validator("heartbeat_url")
    @classmethod
    def _is_called_over_http(cls, value: SecretStr) -> SecretStr:
        parts = urlsplit(value.get_secret_value())
        if value.get_secret_value() and (parts.scheme not in ("http", "https") or not parts.hostname):
            raise ValueError("write a whole address: https://host/…")
        return value

    calendars: Annotated[dict[str, SecretStr], NoDecode] = Field(default_factory=dict)
    """Addresses of calendars that are not for everybody's eyes, `name=https://…,…`; `ical: {secret: name}` uses one.

    A comma in an address is written %2C.
    """

    calendar_read_seconds: float = Field(default=900, ge=10, le=86400)
    """How often the calendars of the team file are read, by one of all workers."""

    @field_validator("calendars", mode="before")
    @classmethod
    def _named_addresses(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        addresses: dict[str, str] = {}
        for part in filter(None, (part.strip() for part in value.split(","))):
            name, equals, address = (piece.strip() for piece in part.partition("="))
            if not equals or not name or not re.match(r"(https?|webcal)://", address):
                raise ValueError("write name=https://…; a comma in an address is written %2C")
            if name in addresses:
                raise ValueError(f"two calendars are named {name!r}")
            addresses[name] = re.sub("^webcal://", "https://", address)
        return addresses

    @field_validator("ingest_token", "alertmanager_credentials", mode="before")
    @classmethod
    def _named_tokens(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        tokens: dict[str, str] = {}
        for part in filter(None, (part.strip() for part in value.split(","))):
            name, equals, token = part.partition("=")
            name, token = (name.strip(), token.strip()) if equals else ("default", part)
            if not name or not token.strip("="):
                # The end of base64 looks just so; read as a name, such a token would be known to everybody as "=".
                raise ValueError("write name=token; a single token that ends in = needs a name, too: default=…")
            if name in tokens:
                raise ValueError(f"two tokens are named {name!r}")
            tokens[name] = token
        return tokens

    @field_validator("ingest_token")
    @classmethod
    def _is_no_name_of_ours(cls, value: dict[str, SecretStr]) -> dict[str, SecretStr]:
        if INTEGRATION in value:
            raise ValueError(f"no token is named {INTEGRATION}: what alertbridge finds out by itself comes under it")
        return value

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"no IANA time zone is called {value!r}; write one like Asia/Shanghai") from error
        return value

    @field_validator("languages")
    @classmethod
    def _known_languages(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value or set(value) - {"zh", "en"} or len(set(value)) != len(value):
            raise ValueError("languages are zh,en / en,zh / zh / en")
        return value

    @field_validator("feishu_base_url", "public_url")
    @classmethod
    def _no_trailing_slash(cls, value: str) -> str:
        return value.rstrip("/")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic's
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic's
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take arguments first, then variables, then files that variables name; no `.env`, no secrets folder."""
        return init_settings, env_settings, SecretFiles(settings_cls)


VARIABLES: Final = frozenset(
    f"{PREFIX}{name.upper()}{ending}" for name in Settings.model_fields for ending in ("", "_FILE")
)
"""Every variable that is read."""


def unknown_variables(names: Iterable[str]) -> list[str]:
    """Those of `names` that look like ours and are read by nobody: misspelt, most likely."""
    return sorted(name for name in names if name.upper().startswith(PREFIX) and name.upper() not in VARIABLES)


def is_loopback(host: str) -> bool:
    """True where only this machine can reach `host`."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def open_doors(settings: Settings) -> list[str]:
    """Name the variables without which a public address would stand open; `[]` where it is safe to start."""
    if settings.insecure or is_loopback(settings.host):
        return []
    needed = {
        "INGEST_TOKEN": bool(settings.ingest_token),
        "ADMIN_TOKEN": bool(settings.admin_token.get_secret_value()),
        "FEISHU_ENCRYPT_KEY": (
            settings.feishu_events is Events.WEBSOCKET or bool(settings.feishu_encrypt_key.get_secret_value())
        ),
    }
    return [PREFIX + name for name, given in needed.items() if not given]

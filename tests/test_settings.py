"""The environment, read: every variable, secrets in files, what is refused, and which doors must not stand open."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError
from pydantic_settings import SettingsError

from alertbridge.settings import (
    PREFIX,
    Events,
    HeartbeatMethod,
    LogLevel,
    Settings,
    is_loopback,
    open_doors,
    unknown_variables,
)

EVERY_VARIABLE: dict[str, tuple[str, Any]] = {
    "redis_url": ("redis://store:6379/1", SecretStr("redis://store:6379/1")),
    "redis_replicas": ("2", 2),
    "config_file": ("/etc/alertbridge/team.yaml", Path("/etc/alertbridge/team.yaml")),
    "host": ("0.0.0.0", "0.0.0.0"),
    "port": ("80", 80),
    "log_level": ("debug", LogLevel.DEBUG),
    "public_url": ("https://ab.example.com/", "https://ab.example.com"),
    "data_dir": ("/var/lib/alertbridge", Path("/var/lib/alertbridge")),
    "feishu_base_url": ("https://open.larksuite.com/", "https://open.larksuite.com"),
    "feishu_app_id": ("cli_1", "cli_1"),
    "feishu_app_secret": ("s", SecretStr("s")),
    "feishu_encrypt_key": ("k", SecretStr("k")),
    "feishu_verification_token": ("t", SecretStr("t")),
    "feishu_events": ("webhook", Events.WEBHOOK),
    "ingest_token": ("a=1, b = 2", {"a": SecretStr("1"), "b": SecretStr("2")}),
    "admin_token": ("x", SecretStr("x")),
    "insecure": ("yes", True),
    "history_days": ("30", 30),
    "languages": ("en, zh", ("en", "zh")),
    "timezone": ("Europe/Berlin", "Europe/Berlin"),
    "resend_delay_seconds": ("30", 30.0),
    "alertmanager_look_seconds": ("10", 10.0),
    "heartbeat_url": ("https://hc.example.com/ping/1", SecretStr("https://hc.example.com/ping/1")),
    "heartbeat_method": ("post", HeartbeatMethod.POST),
    "heartbeat_seconds": ("30", 30.0),
    "calendars": ("ops=https://host.example/a.ics", {"ops": SecretStr("https://host.example/a.ics")}),
    "calendar_read_seconds": ("60", 60.0),
    "alertmanager_credentials": ("user:pass", {"default": SecretStr("user:pass")}),
}


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No variable of ours, and a working directory without files."""
    import os

    for name in [name for name in os.environ if name.upper().startswith(PREFIX)]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def test_there_is_a_test_for_every_variable() -> None:
    assert set(EVERY_VARIABLE) == set(Settings.model_fields)


@pytest.mark.parametrize("name", EVERY_VARIABLE)
def test_a_variable_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    text, value = EVERY_VARIABLE[name]
    monkeypatch.setenv(PREFIX + name.upper(), text)

    assert getattr(Settings(), name) == value


@pytest.mark.parametrize("name", EVERY_VARIABLE)
def test_a_variable_is_read_from_a_file_without_its_last_newline(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    text, value = EVERY_VARIABLE[name]
    (tmp_path / "secret").write_bytes(text.encode() + b"\r\n")
    monkeypatch.setenv(f"{PREFIX}{name.upper()}_FILE", str(tmp_path / "secret"))

    assert getattr(Settings(), name) == value


@pytest.mark.parametrize("name", EVERY_VARIABLE)
def test_an_empty_variable_is_none(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    default = getattr(Settings(), name)
    monkeypatch.setenv(PREFIX + name.upper(), "")

    assert getattr(Settings(), name) == default


def test_a_variable_goes_before_its_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("from the file")
    monkeypatch.setenv("ALERTBRIDGE_ADMIN_TOKEN", "from the variable")
    monkeypatch.setenv("ALERTBRIDGE_ADMIN_TOKEN_FILE", str(tmp_path / "secret"))

    assert Settings().admin_token.get_secret_value() == "from the variable"


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_file_that_cannot_be_read_is_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes | None
) -> None:
    if content is not None:
        (tmp_path / "secret").write_bytes(content)
    monkeypatch.setenv("ALERTBRIDGE_ADMIN_TOKEN_FILE", str(tmp_path / "secret"))

    with pytest.raises(SettingsError) as caught:
        Settings()
    assert f"ALERTBRIDGE_ADMIN_TOKEN_FILE: {tmp_path / 'secret'} cannot be read: " in str(caught.value.__cause__)


def test_a_stray_dotenv_file_is_not_read(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("ALERTBRIDGE_PORT=1\n")

    assert Settings().port == 8080


def test_defaults_are_safe_and_local() -> None:
    settings = Settings()

    assert (settings.host, settings.port, settings.insecure) == ("127.0.0.1", 8080, False)
    assert settings.redis_url is None
    assert settings.ingest_token == {}
    assert open_doors(settings) == []


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("port", "65536", "65535"),
        ("port", "http", "integer"),
        ("redis_replicas", "-1", "greater than or equal to 0"),
        ("history_days", "0", "greater than or equal to 1"),
        ("resend_delay_seconds", "0", "greater than 0"),
        ("feishu_events", "polling", "webhook"),
        ("log_level", "loud", "debug"),
        ("insecure", "perhaps", "boolean"),
        ("languages", "fr", "zh,en"),
        ("languages", "zh,zh", "zh,en"),
        ("languages", ",", "zh,en"),
        ("timezone", "Peking", "no IANA time zone is called 'Peking'"),
        ("timezone", "../etc/passwd", "Asia/Shanghai"),
        ("ingest_token", "a=", "write name=token"),
        ("ingest_token", "=secret", "write name=token"),
        ("ingest_token", "alertbridge=1", "no token is named alertbridge"),
        ("ingest_token", "a=1,a=2", "two tokens are named 'a'"),
        ("ingest_token", "one,two", "two tokens are named 'default'"),
    ],
)
def test_a_bad_value_says_what_is_expected(monkeypatch: pytest.MonkeyPatch, name: str, text: str, words: str) -> None:
    monkeypatch.setenv(PREFIX + name.upper(), text)

    with pytest.raises(ValidationError) as caught:
        Settings()
    (problem,) = caught.value.errors()
    assert problem["loc"][0] == name
    assert words in problem["msg"]


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("secret", {"default": "secret"}),
        ("a=b=c", {"a": "b=c"}),
        ("default=c2VjcmV0IQ==", {"default": "c2VjcmV0IQ=="}),
        ("a=1,secret,", {"a": "1", "default": "secret"}),
        (" , ", {}),
    ],
)
def test_tokens_are_named(monkeypatch: pytest.MonkeyPatch, text: str, tokens: dict[str, str]) -> None:
    monkeypatch.setenv("ALERTBRIDGE_INGEST_TOKEN", text)

    assert {name: token.get_secret_value() for name, token in Settings().ingest_token.items()} == tokens


@pytest.mark.parametrize("secret", ["c2VjcmV0IQ==", "c2VjcmV0ISE="])
def test_a_bare_token_in_base64_is_not_taken_for_a_name_nor_told(monkeypatch: pytest.MonkeyPatch, secret: str) -> None:
    monkeypatch.setenv("ALERTBRIDGE_INGEST_TOKEN", secret)

    with pytest.raises(ValidationError) as caught:
        Settings()
    (problem,) = caught.value.errors()
    assert "default=" in problem["msg"]
    assert secret.strip("=") not in problem["msg"]


def test_tokens_may_be_given_as_they_are() -> None:
    assert Settings(ingest_token={"a": SecretStr("1")}).ingest_token == {"a": SecretStr("1")}


def test_secrets_are_not_shown() -> None:
    settings = Settings(
        redis_url=SecretStr("redis://:hush@store"), ingest_token={"a": SecretStr("hush")}, admin_token=SecretStr("hush")
    )

    assert "hush" not in repr(settings)
    assert "hush" not in str(settings.model_dump())


# -- doors -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "localhost", "::1"])
def test_on_loopback_no_key_is_needed(host: str) -> None:
    assert is_loopback(host)
    assert open_doors(Settings(host=host)) == []


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1", "alertbridge.example.com", ""])
def test_on_any_other_address_each_missing_key_is_named(host: str) -> None:
    assert not is_loopback(host)
    assert open_doors(Settings(host=host)) == [
        "ALERTBRIDGE_INGEST_TOKEN",
        "ALERTBRIDGE_ADMIN_TOKEN",
        "ALERTBRIDGE_FEISHU_ENCRYPT_KEY",
    ]


KEYS: dict[str, Any] = {
    "ingest_token": {"default": SecretStr("a")},
    "admin_token": SecretStr("b"),
    "feishu_encrypt_key": SecretStr("c"),
}


@pytest.mark.parametrize("missing", KEYS)
def test_one_missing_key_is_enough_to_refuse(missing: str) -> None:
    given: dict[str, Any] = {name: value for name, value in KEYS.items() if name != missing}

    assert open_doors(Settings(host="0.0.0.0", **given)) == [PREFIX + missing.upper()]


def test_with_all_keys_it_may_start() -> None:
    assert open_doors(Settings(host="0.0.0.0", **KEYS)) == []


def test_a_long_connection_needs_no_key_for_events() -> None:
    given: dict[str, Any] = {name: value for name, value in KEYS.items() if name != "feishu_encrypt_key"}

    assert open_doors(Settings(host="0.0.0.0", feishu_events=Events.WEBSOCKET, **given)) == []


def test_somebody_may_say_that_the_network_is_trusted() -> None:
    assert open_doors(Settings(host="0.0.0.0", insecure=True)) == []


def test_variables_that_nobody_reads_are_found() -> None:
    read = ["ALERTBRIDGE_PORT", "alertbridge_port", "ALERTBRIDGE_ADMIN_TOKEN_FILE", "PATH"]

    assert unknown_variables([*read, "ALERTBRIDGE_ADMIN_TOKN", "ALERTBRIDGE_"]) == [
        "ALERTBRIDGE_",
        "ALERTBRIDGE_ADMIN_TOKN",
    ]


def test_addresses_of_calendars_have_names() -> None:
    settings = Settings(calendars="ops=webcal://host.example/a?x=1, night=https://host.example/b%2Cc")  # type: ignore[arg-type]

    assert {name: address.get_secret_value() for name, address in settings.calendars.items()} == {
        "ops": "https://host.example/a?x=1",
        "night": "https://host.example/b%2Cc",
    }


@pytest.mark.parametrize("value", ["https://host.example/a", "ops=ftp://x", "=https://x", "a=https://x,a=https://y"])
def test_an_address_of_a_calendar_that_cannot_be_used_is_refused(value: str) -> None:
    with pytest.raises(ValidationError, match=r"write name=https|two calendars"):
        Settings(calendars=value)  # type: ignore[arg-type]

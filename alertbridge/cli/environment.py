"""The settings of a process, read from its environment; where they cannot be used, one line each, and exit 2."""

import click
from pydantic import ValidationError
from pydantic_settings import SettingsError

from alertbridge.cli.processes import USAGE_ERROR
from alertbridge.settings import PREFIX, Settings


class Unusable(click.ClickException):
    """The settings cannot be used."""

    exit_code = USAGE_ERROR


def read_settings() -> Settings:
    """Read the environment. Raises `Unusable`."""
    try:
        return Settings()
    except ValidationError as error:
        problems = [
            f"{PREFIX}{str(found['loc'][0]).upper()}: {found['msg'].removeprefix('Value error, ')}"
            for found in error.errors()
        ]
        raise Unusable("\n".join(problems)) from error
    except SettingsError as error:
        raise Unusable(str(error.__cause__)) from error


def missing_credentials(settings: Settings) -> list[str]:
    """Name the variables without which no call to Feishu can be made."""
    return [
        f"{PREFIX}FEISHU_{name}"
        for name, value in (
            ("APP_ID", settings.feishu_app_id),
            ("APP_SECRET", settings.feishu_app_secret.get_secret_value()),
        )
        if not value
    ]

"""The product as the operator starts it, in processes of their own, for stories in which they are killed."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from pydantic import SecretStr

import alertbridge
from alertbridge.settings import PREFIX, Settings

_ROOT = Path(alertbridge.__file__).parents[1]


def environment(settings: Settings, **others: str) -> dict[str, str]:
    """The variables that make a process run with these settings."""
    said: dict[str, Any] = {name: getattr(settings, name) for name in settings.model_fields_set}
    told = {name: value.get_secret_value() if isinstance(value, SecretStr) else value for name, value in said.items()}
    variables = {f"{PREFIX}{name.upper()}": str(value) for name, value in told.items() if value is not None}
    return {**os.environ, **variables, **others}


@asynccontextmanager
async def a_process(command: str, settings: Settings, **others: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run `alertbridge COMMAND` until the block ends, unless somebody kills it before. Its log lies beside its data."""
    log = settings.data_dir / f"{command}.log"
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "alertbridge",
            command,
            env=environment(settings, **others),
            cwd=_ROOT,
            stdout=output,
            stderr=output,
        )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


def descendants(pid: int) -> list[int]:
    """The processes below one, children before grandchildren."""
    children = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return children + [below for child in children for below in descendants(child)]

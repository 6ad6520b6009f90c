"""`chats list|orphans|disband`: the janitor. It asks the store and Feishu itself, with the environment of a worker."""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

import click

from alertbridge.cli.environment import Unusable, missing_credentials, read_settings
from alertbridge.cli.output import print_json, print_table
from alertbridge.core.groups.belonging import Belonging, Group, Standing
from alertbridge.core.groups.links import Install
from alertbridge.core.ids import ChatId
from alertbridge.core.text import clean
from alertbridge.feishu.errors import FeishuError
from alertbridge.flows import janitor
from alertbridge.logs import configure_logs
from alertbridge.settings import PREFIX, LogLevel
from alertbridge.store.embedded import find_store
from alertbridge.store.errors import BadUrl, StoreError
from alertbridge.wiring import Parts, open_parts

T = TypeVar("T")

_NAME_LIMIT = 60


@dataclass(frozen=True, slots=True)
class _Seen:
    """A group, and where it stands."""

    group: Group
    standing: Standing


def list_chats(*, named: str, output: str) -> int:
    """Print the groups that the bot is in."""
    return _show(_run(lambda parts: _survey(parts, named)), output, nothing="The bot is in no group.")


def list_orphans(output: str) -> int:
    """Print those of our groups that are nobody's any more."""
    found = _run(lambda parts: _survey(parts, ""))
    orphans = [one for one in found if one.standing.belonging is Belonging.ORPHAN]
    return _show(orphans, output, nothing="There are no orphans.")


def disband(chat: str, *, without_archive: bool, is_confirmed: bool) -> int:
    """Disband one group of ours that is over; returns the exit code."""
    seen = _run(lambda parts: _look_at(parts, ChatId(chat)))
    if seen is None:
        raise click.ClickException(f"The bot is in no group {chat!r}. `alertbridge chats list` shows those it is in.")
    name, standing = clean(seen.group.name, _NAME_LIMIT), seen.standing
    if not standing.may_be_disbanded:
        raise click.ClickException(f"{name} stays: it is {standing.belonging}, {standing.why}.{_instead(standing)}")
    if not (standing.is_archived or without_archive):
        raise click.ClickException(
            f"{name} stays: what was said there is not archived ({standing.why}), and Feishu keeps nothing of a"
            " disbanded group. Say --without-archive to lose it."
        )
    if not is_confirmed:
        if not sys.stdin.isatty():
            raise click.ClickException("Nobody is there to ask: say --yes.")
        click.confirm(f"Disband {name} ({chat}; {standing.why})? Feishu keeps nothing of it.", abort=True)
    _run(lambda parts: parts.feishu.chat_disband(ChatId(chat)))
    click.echo(f"{name} is disbanded.")
    return 0


def _instead(standing: Standing) -> str:
    """What to do in place of disbanding."""
    return f" Close #{standing.number} in its group." if standing.belonging is Belonging.LIVE else ""


# -- looking -----------------------------------------------------------------------------------------------------------


async def _survey(parts: Parts, named: str) -> list[_Seen]:
    install = await parts.install()
    return [await _seen(group, install, parts) async for group in janitor.groups(parts.feishu, named)]


async def _look_at(parts: Parts, chat: ChatId) -> _Seen | None:
    group = await janitor.find_group(parts.feishu, chat)
    return None if group is None else await _seen(group, await parts.install(), parts)


async def _seen(group: Group, install: Install, parts: Parts) -> _Seen:
    return _Seen(group, await janitor.standing_of(group, install, parts.records))


def _show(found: list[_Seen], output: str, *, nothing: str) -> int:
    if output == "json":
        print_json([_as_json(one) for one in found])
    elif found:
        print_table(["chat", "belongs", "#", "name", "why"], [_row(one) for one in found])
    else:
        click.echo(nothing)
    return 0


def _as_json(one: _Seen) -> dict[str, object]:
    return {
        "chat_id": one.group.chat,
        "name": one.group.name,
        "belongs": one.standing.belonging,
        "why": one.standing.why,
        "incident": one.standing.incident,
        "number": one.standing.number,
        "is_archived": one.standing.is_archived,
    }


def _row(one: _Seen) -> list[str]:
    number = "" if one.standing.number is None else str(one.standing.number)
    return [one.group.chat, one.standing.belonging, number, one.group.name, one.standing.why]


# -- the way there -----------------------------------------------------------------------------------------------------


def _run(work: Callable[[Parts], Awaitable[T]]) -> T:
    """Do something with the parts of a process; what Feishu or the store refuses is told in one line, exit 1."""

    async def run() -> T:
        async with _parts() as parts:
            return await work(parts)

    try:
        return asyncio.run(run())
    except (FeishuError, StoreError) as error:
        raise click.ClickException(str(error)) from error


@asynccontextmanager
async def _parts() -> AsyncIterator[Parts]:
    configure_logs(LogLevel.ERROR)
    settings = read_settings()
    if missing := missing_credentials(settings):
        raise Unusable(f"Not set: {', '.join(missing)}. `chats` asks Feishu itself, with the environment of a worker.")
    url = settings.redis_url.get_secret_value() if settings.redis_url else await find_store(settings.data_dir)
    if url is None:
        raise Unusable(
            f"{PREFIX}REDIS_URL is not set, and no store runs in {settings.data_dir}: start `alertbridge serve` first."
        )
    try:
        async with open_parts(settings, url) as parts:
            yield parts
    except BadUrl as error:
        raise Unusable(str(error)) from error

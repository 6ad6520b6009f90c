"""`watchdogs`: what an operator reads of those who have to be heard."""

from datetime import timedelta
from pathlib import Path

import msgspec

from alertbridge.flows.watchdogs import watch
from alertbridge.store.clock import Clock
from tests.cli.processes import Ended, run
from tests.store_server import StoreServer
from tests.web.service import TEAM, Service, a_team_file, product_on, webhook

WATCHED = TEAM + "watchdogs: {prometheus: {every: 5m}, elsewhere: {every: 2h, senders: [us]}}\n"


async def ask(service: Service, *words: str) -> Ended:
    return await run("watchdogs", "--url", str(service.client.make_url("/")), *words)


async def test_it_lists_them_and_ends_with_1_where_one_is_silent(store_server: StoreServer, tmp_path: Path) -> None:
    team_file = a_team_file(tmp_path, WATCHED)
    async with product_on(store_server.url, data_dir=tmp_path, config_file=team_file) as product:
        await product.post("/webhooks/alertmanager", webhook("Watchdog"))
        ended = await ask(product)
        assert ended.code == 0, ended.err
        listed = [line.split("  ") for line in ended.out.splitlines()]
        assert [line[0] for line in listed] == ["watchdog", "prometheus", "elsewhere"]
        assert "0 s ago" in ended.out
        assert "never, expected for 0 s" in ended.out

        await product.runtime.watchdogs.beat()
        await watch(product.runtime)
        await Clock(product.parts.connection).advance(timedelta(minutes=6))
        await watch(product.runtime)
        ended = await ask(product)
        assert ended.code == 1
        assert "SILENT" in ended.out
        assert "6 min ago" in ended.out

        (silent, waiting) = msgspec.json.decode((await ask(product, "-o", "json")).out)
        assert (silent["is_silent"], waiting["is_silent"], waiting["heard_at"]) == (True, False, None)


async def test_where_there_are_none_it_says_so(store_server: StoreServer, tmp_path: Path) -> None:
    async with product_on(store_server.url, data_dir=tmp_path, config_file=a_team_file(tmp_path)) as product:
        ended = await ask(product)

    assert (ended.code, ended.out) == (0, "The team file names no watchdogs.\n")

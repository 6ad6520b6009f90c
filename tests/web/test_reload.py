"""The team file, read again: in force everywhere or nowhere."""

import asyncio
import signal
from pathlib import Path

from alertbridge.wiring import open_parts
from tests.cli.processes import running
from tests.store_server import StoreServer
from tests.web.service import TEAM, Product, Service, a_team_file, service_on, settings_for

BAD = """
people: {alice: {emial: alice@example.com}}
route: {people: [nobody]}
"""


async def test_a_good_file_is_in_force_and_its_warnings_are_told(product: Product, tmp_path: Path) -> None:
    a_team_file(tmp_path, TEAM + "  name: renamed\n")

    status, said = await product.post("/-/reload")

    assert (status, said["status"]) == (200, "ok")
    assert isinstance(said["warnings"], list)
    assert product.state.team.current.routes.route.name == "renamed"


async def test_a_bad_file_is_refused_with_every_problem_and_the_old_one_stays(product: Product, tmp_path: Path) -> None:
    before = product.state.team.current
    file = a_team_file(tmp_path, BAD)

    status, said = await product.post("/-/reload")

    assert status == 400
    problems = said["detail"].splitlines()
    assert len(problems) >= 2
    assert all(problem.startswith(f"{file}:") for problem in problems)
    assert "email" in said["detail"]
    assert product.state.team.current is before


async def test_a_file_that_cannot_be_read_is_refused_and_the_old_one_stays(product: Product, tmp_path: Path) -> None:
    before = product.state.team.current
    (tmp_path / "team.yaml").unlink()

    status, said = await product.post("/-/reload")

    assert status == 400
    assert "cannot be read" in said["detail"]
    assert product.state.team.current is before


async def test_while_the_store_is_away_nothing_is_reloaded(
    product: Product, store_server: StoreServer, tmp_path: Path
) -> None:
    before = product.state.team.current
    a_team_file(tmp_path, TEAM + "  name: renamed\n")
    store_server.kill()

    assert (await product.post("/-/reload"))[0] == 503
    assert product.state.team.current is before


async def test_without_a_team_file_there_is_nothing_to_reload(service: Service) -> None:
    assert (await service.post("/-/reload"))[0] == 200


async def test_a_reload_on_one_process_is_a_reload_of_all(store_server: StoreServer, tmp_path: Path) -> None:
    settings = settings_for(config_file=a_team_file(tmp_path))
    async with service_on(store_server.url, settings) as service, open_parts(settings, store_server.url) as other:
        await other.team.start()
        following = asyncio.create_task(other.team.keep_following())
        a_team_file(tmp_path, TEAM + "  name: renamed\n")
        assert (await service.post("/-/reload"))[0] == 200

        async with asyncio.timeout(20):
            while other.team.current.routes.route.name != "renamed":  # noqa: ASYNC110 - the store says it
                await asyncio.sleep(0.02)
        following.cancel()


async def test_sighup_reloads_and_a_bad_file_is_told_in_the_log(store_server: StoreServer, tmp_path: Path) -> None:
    file = a_team_file(tmp_path)
    environment = {"ALERTBRIDGE_REDIS_URL": store_server.url, "ALERTBRIDGE_CONFIG_FILE": str(file)}
    async with running("web", environment) as web:
        a_team_file(tmp_path, TEAM + "  name: renamed\n")
        web.process.send_signal(signal.SIGHUP)
        await web.says("team_in_force", times=2)

        a_team_file(tmp_path, BAD)
        web.process.send_signal(signal.SIGHUP)
        await web.says("team_refused")
        assert "emial" in web.said()

        file.unlink()
        web.process.send_signal(signal.SIGHUP)
        await web.says("team_refused", times=2)
        assert (await web.get("/readyz"))[0] == 200

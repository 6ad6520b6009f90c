"""`doctor`: what it finds in a whole installation, and that it leaves nothing behind."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from alertbridge.core.checkup import Health
from alertbridge.flows.watchdogs import watch
from alertbridge.sandbox.apps import DEFAULT_APP_ID, DEFAULT_SECRET
from alertbridge.sandbox.openapi import Contract
from alertbridge.store.clock import Clock
from alertbridge.store.keys import PARKED
from tests.cli.processes import Ended, free_port, run
from tests.store_server import StoreServer, a_server
from tests.upstream.fake import fakes
from tests.web.service import ALICE, NOWHERE, TEAM, Product, a_team_file, product_on, webhook

Found = dict[str, dict[str, Any]]


@pytest.fixture
async def product(store_server: StoreServer, tmp_path: Path) -> AsyncIterator[Product]:
    """Give a web process and a Feishu, on a store that is set up as it should be."""
    async with product_on(store_server.url, data_dir=tmp_path, config_file=a_team_file(tmp_path)) as running:
        yield running


def environment(product: Product, **changes: str) -> dict[str, str]:
    """The variables of an operator who has set everything."""
    settings = product.parts.settings
    return {
        "ALERTBRIDGE_REDIS_URL": product.parts.redis_url,
        "ALERTBRIDGE_CONFIG_FILE": str(settings.config_file),
        "ALERTBRIDGE_DATA_DIR": str(settings.data_dir),
        "ALERTBRIDGE_PUBLIC_URL": str(product.client.make_url("")).rstrip("/"),
        "ALERTBRIDGE_FEISHU_BASE_URL": product.feishu_url,
        "ALERTBRIDGE_FEISHU_APP_ID": DEFAULT_APP_ID,
        "ALERTBRIDGE_FEISHU_APP_SECRET": DEFAULT_SECRET,
    } | changes


async def ask(product: Product, *options: str, **changes: str) -> Ended:
    return await run("doctor", *options, **environment(product, **changes))


async def found(product: Product, *options: str, code: int, **changes: str) -> Found:
    """What it found, by what was looked at."""
    ended = await ask(product, "--output", "json", *options, **changes)
    assert ended.code == code, ended.out + ended.err
    assert ended.err == ""
    said = json.loads(ended.out)
    assert said["exit"] == code
    return {finding["name"]: finding for finding in said["findings"]}


async def test_with_a_long_connection_its_address_is_asked_for_and_no_url(product: Product) -> None:
    seen = await found(product, code=0, ALERTBRIDGE_FEISHU_EVENTS="websocket")

    assert seen["long_connection"]["health"] == Health.GOOD
    assert "event_url" not in seen


async def test_a_whole_installation_is_well(product: Product) -> None:
    seen = await found(product, code=0)

    assert {one["health"] for one in seen.values()} == {Health.GOOD, Health.NOTE}
    assert {"store", "team", "event_url", "credentials", "bot", "people", "limits", "scope:groups"} <= seen.keys()
    assert seen["events"]["health"] == Health.NOTE, "that was not asked for"
    assert (await product.control("state", "GET"))["chats"] == []


async def test_with_a_probe_events_are_seen_to_come_and_nothing_is_left(product: Product) -> None:
    seen = await found(product, "--probe", code=0)

    assert seen["events"]["health"] == Health.GOOD
    assert seen["card"]["health"] == Health.GOOD
    assert seen["announcement"]["says"]["en"].startswith("Groups have the docx kind")
    chats = (await product.control("state", "GET"))["chats"]
    assert [chat["status"] for chat in chats] == ["dissolved"]
    assert await product.parts.connection.call("ZCARD", PARKED) == 0


async def test_events_that_do_not_come_are_told(product: Product) -> None:
    await product.control(f"apps/{DEFAULT_APP_ID}", "PUT", event_url="")

    seen = await found(product, "--probe", code=1)

    assert seen["events"]["health"] == Health.BAD
    assert "Events & Callbacks" in seen["events"]["mend"]["en"]
    assert "事件与回调" in seen["events"]["mend"]["zh"]


async def test_what_a_person_reads_is_in_the_languages_that_are_set(product: Product) -> None:
    both = await ask(product)
    english = await ask(product, ALERTBRIDGE_LANGUAGES="en")

    assert both.code == english.code == 0
    assert "ok   飞书接受 App ID 与 App Secret\n     Feishu takes the App ID" in both.out
    assert "ok   Feishu takes the App ID" in english.out
    assert english.out.isascii()


# -- this machine ------------------------------------------------------------------------------------------------------


async def test_settings_that_cannot_be_used_are_2(product: Product) -> None:
    ended = await ask(product, ALERTBRIDGE_PORT="many")

    assert ended.code == 2
    assert "ALERTBRIDGE_PORT" in ended.err


async def test_an_open_door_and_a_misspelt_variable_are_told(product: Product) -> None:
    seen = await found(product, code=1, ALERTBRIDGE_HOST="0.0.0.0", ALERTBRIDGE_ADMIN_TOKEN="hush")
    assert "ALERTBRIDGE_INGEST_TOKEN" in seen["settings"]["says"]["en"]

    seen = await found(product, code=0, ALERTBRIDGE_CONFG_FILE="team.yaml")
    assert "ALERTBRIDGE_CONFG_FILE" in seen["settings"]["says"]["en"]


async def test_a_store_that_forgets_is_told_with_the_mend(product: Product) -> None:
    port = free_port()
    with a_server(port):
        seen = await found(product, code=1, ALERTBRIDGE_REDIS_URL=f"redis://127.0.0.1:{port}/0")

    assert "append" in seen["store"]["says"]["en"]
    assert "in its configuration" in seen["store"]["mend"]["en"]


async def test_a_store_that_is_away_or_not_there_is_told(product: Product) -> None:
    seen = await found(product, code=2, ALERTBRIDGE_REDIS_URL=f"redis://127.0.0.1:{free_port()}/0")
    assert seen["store"]["health"] == Health.UNKNOWN

    seen = await found(product, code=0, ALERTBRIDGE_REDIS_URL="")
    assert "alertbridge serve" in seen["store"]["mend"]["en"]


async def test_a_bad_team_file_is_told_with_its_line(product: Product, tmp_path: Path) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text("route: {peple: [alice]}\n", encoding="utf-8")

    seen = await found(product, code=1, ALERTBRIDGE_CONFIG_FILE=str(file))

    assert "bad.yaml:1" in seen["team"]["says"]["en"]


# -- the app -----------------------------------------------------------------------------------------------------------


async def test_a_wrong_secret_ends_the_look_there(product: Product) -> None:
    seen = await found(product, code=1, ALERTBRIDGE_FEISHU_APP_SECRET="other")

    assert seen["credentials"]["health"] == Health.BAD
    assert "Credentials & Basic Info" in seen["credentials"]["mend"]["en"]
    assert "people" not in seen


async def test_no_secret_is_told_without_asking_feishu(product: Product) -> None:
    seen = await found(product, code=1, ALERTBRIDGE_FEISHU_APP_SECRET="")

    assert "ALERTBRIDGE_FEISHU_APP_SECRET" in seen["settings"]["says"]["en"]
    assert "credentials" not in seen


async def test_a_feishu_that_is_away_could_not_be_looked_at(product: Product) -> None:
    seen = await found(product, code=2, ALERTBRIDGE_FEISHU_BASE_URL=f"http://127.0.0.1:{free_port()}")

    assert seen["credentials"]["health"] == Health.UNKNOWN


async def test_an_address_that_is_not_feishus_is_told(product: Product) -> None:
    seen = await found(product, code=1, ALERTBRIDGE_FEISHU_BASE_URL=str(product.client.make_url("")).rstrip("/"))

    assert "is not Feishu's open platform" in seen["credentials"]["says"]["en"]


@pytest.mark.parametrize(
    ("change", "said"),
    [({"has_bot": False}, "The app has no bot"), ({"is_enabled": False}, "refuses the credentials")],
    ids=["no bot", "not in use"],
)
async def test_an_app_that_cannot_work_is_told(product: Product, change: dict[str, bool], said: str) -> None:
    await product.control(f"apps/{DEFAULT_APP_ID}", "PUT", **change)

    seen = await found(product, code=1)

    assert any(said in one["says"]["en"] for one in seen.values())


async def test_each_missing_scope_is_named_with_what_is_lost(product: Product) -> None:
    await give_scopes_but(product, "im:chat", "im:chat.tabs:write_only", "im:resource:upload", "im:resource")

    seen = await found(product, code=1)

    assert seen["scope:tabs"]["health"] == Health.BAD
    assert "im:chat.tabs:write_only" in seen["scope:tabs"]["mend"]["en"]
    assert seen["scope:avatars"]["health"] == Health.BAD
    assert seen["scope:groups"]["health"] == Health.GOOD
    assert seen["scope:menu"]["health"] == Health.GOOD


async def test_a_scope_that_no_route_needs_may_be_missing(product: Product, tmp_path: Path) -> None:
    await give_scopes_but(product, "im:chat", "im:chat.tabs:write_only")
    file = a_team_file(tmp_path, TEAM + "  chat: {tabs: false}\n")

    seen = await found(product, code=0, ALERTBRIDGE_CONFIG_FILE=str(file))

    assert "scope:tabs" not in seen


async def test_without_the_scope_to_read_groups_it_is_told_where_there_is_one(product: Product) -> None:
    await product.fire("Down")
    await give_scopes_but(product, "im:message.group_msg")

    seen = await found(product, code=1)

    assert "im:message.group_msg" in seen["scope:history"]["mend"]["en"]


async def give_scopes_but(product: Product, *taken: str) -> None:
    contract = Contract.load()
    scopes = {scope for operation in contract.operations.values() for scope in operation.scopes}
    kept = sorted((scopes | {"im:message.group_msg"}) - set(taken))
    await product.control(f"apps/{DEFAULT_APP_ID}", "PUT", scopes=kept)


async def test_limits_that_are_met_are_told(product: Product) -> None:
    await product.fail("chat_tabs_list", "rate_limited", seconds=1)
    seen = await found(product, code=1)
    assert "99991400" in seen["limits"]["says"]["en"]

    await product.fail("chat_tabs_list", "refuse", code=99991403)
    seen = await found(product, code=1)
    assert "used up" in seen["limits"]["says"]["en"]


# -- people and the address of events ----------------------------------------------------------------------------------


async def test_people_whom_the_app_does_not_see_are_named(product: Product, tmp_path: Path) -> None:
    people = "  zoe: {email: zoe@example.com}\n  max: {open_id: ou_nobody}\n  cy: {email: carol@example.com}\n"
    file = a_team_file(tmp_path, TEAM.replace("fallback:", people + "fallback:"))
    await product.control("people", email="carol@example.com", status="frozen")

    seen = await found(product, code=1, ALERTBRIDGE_CONFIG_FILE=str(file))

    amiss = {name for name, one in seen.items() if one["health"] == Health.BAD}
    assert amiss == {"person:zoe", "person:max", "person:cy"}
    assert "zoe@example.com" in seen["person:zoe"]["says"]["zh"]
    assert "frozen" in seen["person:cy"]["says"]["en"]


async def test_a_card_that_feishu_does_not_take_whole_is_told(product: Product) -> None:
    await product.fail("message_create", "refuse", code=200621, times=2)  # the first asks for the scope

    seen = await found(product, "--probe", code=0)

    assert seen["card"]["health"] == Health.NOTE
    assert "200621" in seen["card"]["says"]["en"]


async def test_a_card_that_could_not_be_sent_is_not_known(product: Product) -> None:
    await product.fail("message_create", "refuse", code=230002, times=9)

    seen = await found(product, "--probe", code=2)

    assert seen["card"]["health"] == Health.UNKNOWN


async def test_standing_rooms_without_the_bot_are_told(product: Product, tmp_path: Path) -> None:
    async def a_room() -> str:
        made = await product.control("act", open_id=product.id(ALICE), action="create_chat", name="Ops")
        return str(made["chat_id"])

    there, without_us = await a_room(), await a_room()
    await product.control("act", open_id=product.id(ALICE), action="remove_bot", chat_id=without_us)
    routes = "".join(
        f"    - {{name: r{number}, matchers: ['n=\"{number}\"'], chat: {{existing: {room}}}}}\n"
        for number, room in enumerate((there, without_us, "oc_nowhere"))
    )
    file = a_team_file(tmp_path, f"{TEAM}  routes:\n{routes}")

    seen = await found(product, code=1, ALERTBRIDGE_CONFIG_FILE=str(file))

    assert seen[f"room:{there}"]["health"] == Health.GOOD
    assert "add the bot" in seen[f"room:{without_us}"]["mend"]["en"]
    assert "chat.existing" in seen["room:oc_nowhere"]["mend"]["zh"]


async def test_an_address_of_events_with_other_keys_is_told(product: Product) -> None:
    seen = await found(product, code=1, ALERTBRIDGE_FEISHU_ENCRYPT_KEY="of another app")

    assert "401" in seen["event_url"]["says"]["en"]
    assert "Encryption" in seen["event_url"]["mend"]["en"]


async def test_an_address_where_nobody_is_or_somebody_else_is_told(product: Product) -> None:
    nobody = await found(product, code=1, ALERTBRIDGE_PUBLIC_URL=f"http://127.0.0.1:{free_port()}")
    somebody = await found(product, code=1, ALERTBRIDGE_PUBLIC_URL=product.feishu_url)

    assert "no answer" in nobody["event_url"]["says"]["en"]
    assert "it answers 40" in somebody["event_url"]["says"]["en"]


async def test_each_replica_of_an_alertmanager_is_asked_and_has_to_send_under_its_name(
    product: Product, tmp_path: Path
) -> None:
    async with fakes(2) as (well, denying):
        well.says("GET", "status", 200, {"uptime": "2026-11-01T00:00:00Z"})
        denying.says("GET", "status", 401, "who are you")
        urls = f"{well.url}, {denying.url}, {NOWHERE}"
        text = f"{TEAM}\nalertmanagers: {{production: {{urls: [{urls}]}}}}\n"
        file = a_team_file(tmp_path, text)
        config = {"ALERTBRIDGE_CONFIG_FILE": str(file), "ALERTBRIDGE_INGEST_TOKEN": "staging=secret"}

        seen = await found(product, code=1, **config)

    assert {name: one["health"] for name, one in seen.items() if name.startswith("alertmanager:")} == {
        "alertmanager:production": Health.BAD,
        f"alertmanager:production:{well.url}": Health.GOOD,
        f"alertmanager:production:{denying.url}": Health.BAD,
        f"alertmanager:production:{NOWHERE}": Health.BAD,
    }
    assert "production=TOKEN" in seen["alertmanager:production"]["mend"]["en"]
    assert "credentials of production" in seen[f"alertmanager:production:{denying.url}"]["mend"]["en"]


# -- check-config --ask ------------------------------------------------------------------------------------------------


async def check_config(product: Product, team: str, tmp_path: Path, **changes: str) -> Ended:
    (tmp_path / "asked").mkdir()
    file = a_team_file(tmp_path / "asked", team)
    return await run("check-config", str(file), "--ask", **environment(product, **changes))


async def test_a_team_file_is_checked_for_people_who_cannot_be_called(product: Product, tmp_path: Path) -> None:
    team = TEAM.replace("fallback:", "  rita: {email: resigned@example.com}\n  ghost: {open_id: ou_no}\nfallback:")

    ended = await check_config(product, team, tmp_path)

    assert ended.code == 1
    assert "rita (resigned@example.com) cannot be called: left the company" in ended.err
    assert "ghost (ou_no) cannot be called: Feishu knows nobody by this" in ended.err
    assert "alice" not in ended.err


async def test_a_team_file_whose_people_can_all_be_called_is_good(product: Product, tmp_path: Path) -> None:
    ended = await check_config(product, TEAM, tmp_path)

    assert (ended.code, ended.err) == (0, "")


async def test_people_cannot_be_asked_for_without_credentials_or_feishu(product: Product, tmp_path: Path) -> None:
    ended = await check_config(product, TEAM, tmp_path, ALERTBRIDGE_FEISHU_APP_SECRET="")
    assert ended.code == 2
    assert "ALERTBRIDGE_FEISHU_APP_SECRET" in ended.err

    (tmp_path / "asked").rename(tmp_path / "before")
    ended = await check_config(product, TEAM, tmp_path, ALERTBRIDGE_FEISHU_BASE_URL=NOWHERE)
    assert ended.code == 1
    assert "Feishu could not be asked" in ended.err


async def test_watchdogs_are_told_by_when_they_were_heard_and_whether_they_can_be(
    store_server: StoreServer, tmp_path: Path
) -> None:
    text = (
        f"{TEAM}\nwatchdogs: {{alive: {{every: 5m, senders: [default, us]}}, lost: {{every: 5m, matchers: [a=b]}}}}\n"
    )
    async with product_on(store_server.url, data_dir=tmp_path, config_file=a_team_file(tmp_path, text)) as product:
        await product.post("/webhooks/alertmanager", webhook("Watchdog"))
        seen = await found(product, code=1)

        await product.runtime.watchdogs.beat()
        await watch(product.runtime)
        await Clock(product.parts.connection).advance(timedelta(minutes=6))
        await watch(product.runtime)
        later = await found(product, code=1)

    assert {name: one["health"] for name, one in seen.items() if name.startswith("watchdog")} == {
        "watchdog:alive:default": Health.GOOD,
        "watchdog:alive:us": Health.BAD,
        "watchdog:lost:default": Health.NOTE,
    }
    assert "us=TOKEN" in seen["watchdog:alive:us"]["mend"]["en"]
    assert later["watchdog:lost:default"]["health"] == Health.BAD
    assert "silent" in later["watchdog:lost:default"]["says"]["en"]

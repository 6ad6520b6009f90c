"""The API of schedules: who is on call, the shifts to come, overrides made and taken back."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from alertbridge.core.alerts.route import ChatPolicy
from alertbridge.core.ids import OpenId
from alertbridge.core.oncall.schedule import on_call
from alertbridge.core.rooms.room import person_room
from alertbridge.flows.oncall.rota import Rota
from alertbridge.flows.teams import CurrentTeam
from alertbridge.store.calendars import Calendars
from alertbridge.store.keys import INBOX
from alertbridge.store.oncall import Overrides
from alertbridge.store.teams import Teams
from tests.store_server import StoreServer
from tests.web.service import ALICE as ALICE_MAIL
from tests.web.service import BOB as BOB_MAIL
from tests.web.service import Product, a_team_file, product_on

TEAM = """
people:
  alice: {name: 爱丽丝, email: alice@example.com}
  bob: {email: bob@example.com}
  carol: {name: Carol, open_id: ou_carol}
schedules:
  payments:
    timezone: Asia/Shanghai
    secondary: platform
    layers: [{starts: 2020-01-06, people: [alice, bob], every: 500}]
  platform:
    timezone: UTC
    layers: [{starts: 2020-01-06, ends: 2120-01-01, people: [bob]}]
route: {schedule: payments, chat: {timezone: Asia/Shanghai}}
fallback: [alice]
"""
ALICE = {"key": "alice", "name": "爱丽丝"}
BOB = {"key": "bob", "name": "bob"}
CAROL = {"key": "carol", "name": "Carol"}
PATH = "/api/v1/oncall"


@pytest.fixture
async def service(store_server: StoreServer, tmp_path: Path) -> AsyncIterator[Product]:
    """Give a web process whose team has schedules."""
    async with product_on(store_server.url, data_dir=tmp_path, config_file=a_team_file(tmp_path, TEAM)) as running:
        yield running


async def override(service: Product, **wish: str) -> tuple[int, Any]:
    async with service.client.post(f"{PATH}/overrides", json=wish) as answer:
        return answer.status, await answer.json(content_type=None)


async def refused(service: Product, path: str) -> tuple[int, str]:
    status, answer = await service.get(path)
    return status, answer["detail"]


async def test_it_tells_who_is_on_call_who_is_second_and_who_is_next(service: Product) -> None:
    status, answer = await service.get(f"{PATH}?at=2026-02-01T09:00:00%2B08:00")

    assert status == 200
    assert answer["at"] == "2026-02-01T01:00:00+00:00"
    payments, platform = answer["schedules"]
    assert payments["schedule"] == "payments"
    assert payments["timezone"] == "Asia/Shanghai"
    assert payments["now"] == {
        "people": [ALICE],
        "starts_at": "2020-01-06T01:00:00+00:00",
        "ends_at": "2029-08-06T01:00:00+00:00",
        "is_gap": False,
        "is_override": False,
    }
    assert payments["secondary"]["people"] == [BOB]
    assert payments["next"]["people"] == [BOB]
    assert (platform["secondary"], platform["now"]["people"]) == (None, [BOB])


async def test_one_schedule_may_be_asked_for_and_a_time_when_nobody_is(service: Product) -> None:
    _, answer = await service.get(f"{PATH}?schedule=platform&at=2130-01-01T00:00:00 00:00")

    (platform,) = answer["schedules"]
    assert platform["now"] == {
        "people": [],
        "starts_at": "2120-01-01T09:00:00+00:00",
        "ends_at": None,
        "is_gap": True,
        "is_override": False,
    }
    assert platform["next"] is None
    _, now = await service.get(PATH)
    assert [one["now"]["is_gap"] for one in now["schedules"]] == [False, False]


async def test_it_lists_shifts_and_gaps(service: Product) -> None:
    _, answer = await service.get(
        f"{PATH}/shifts?schedule=platform&since=2119-12-31T00:00:00Z&until=2120-02-01T00:00:00Z"
    )

    assert answer["is_complete"]
    assert [(one["schedule"], one["people"], one["is_gap"]) for one in answer["shifts"]] == [
        ("platform", [BOB], False),
        ("platform", [], True),
    ]
    _, soon = await service.get(f"{PATH}/shifts?schedule=payments")
    assert [one["people"] for one in soon["shifts"]] == [[ALICE]]


async def test_somebody_covers_until_that_is_taken_back(service: Product) -> None:
    status, made = await override(service, who="爱丽丝", by="CAROL", when="00:00-24:00")

    assert (status, made["goes_before"]) == (200, [])
    (one,) = made["overrides"]
    assert (one["schedule"], one["people"], one["instead_of"]) == ("payments", [CAROL], ALICE)
    assert one["made_by"] == "operator"
    _, now = await service.get(f"{PATH}?schedule=payments")
    assert now["schedules"][0]["now"]["people"] == [CAROL]
    assert now["schedules"][0]["now"]["is_override"]

    _, relieved = await override(service, who="alice@example.com", by="bob", when="00:00-24:00")
    assert relieved["goes_before"] == [one]
    _, listed = await service.get(f"{PATH}/overrides")
    assert listed["overrides"] == [one, *relieved["overrides"]]

    for gone in listed["overrides"]:
        async with service.client.delete(f"{PATH}/overrides/{gone['id']}") as answer:
            assert await answer.json() == {"id": gone["id"]}
    async with service.client.delete(f"{PATH}/overrides/{one['id']}") as answer:
        assert answer.status == 404
    _, now = await service.get(f"{PATH}?schedule=payments")
    assert now["schedules"][0]["now"]["people"] == [ALICE]


async def test_those_who_are_concerned_are_told(service: Product) -> None:
    alice, bob = (OpenId(service.id(email)) for email in (ALICE_MAIL, BOB_MAIL))
    await service.parts.directory.open_ids(list(service.parts.team.current.people.values()))
    _, made = await override(service, who="alice", by="bob", when="00:00-24:00")
    async with service.client.delete(f"{PATH}/overrides/{made['overrides'][0]['id']}"):
        pass

    told, taken_back = await waiting(service, bob)
    assert "管理员（命令行） 换班：" in told
    assert "由你顶 爱丽丝（payments）" in told
    assert "管理员（命令行） 取消换班：" in taken_back
    told, taken_back = await waiting(service, alice)
    assert "由 bob 顶你（payments）" in told
    assert "bob 不再顶你，按值班表（payments）" in taken_back


async def waiting(service: Product, person: OpenId) -> list[str]:
    """What is in the inbox of somebody's direct chat."""
    stored = await service.parts.connection.call("LRANGE", f"{INBOX}{person_room(person)}", 0, -1)
    return [entry.decode() for entry in stored]


async def test_everybodys_place_is_taken_in_the_schedule_that_is_named(service: Product) -> None:
    when = "2119-12-31T09:00/2120-02-01T09:00"
    _, made = await override(service, by="carol", when=when, schedule="platform")

    (one,) = made["overrides"]
    assert (one["people"], one["instead_of"]) == ([CAROL], None)
    assert (one["starts_at"], one["ends_at"]) == ("2119-12-31T09:00:00+00:00", "2120-02-01T09:00:00+00:00")


async def test_what_one_process_makes_counts_in_all(service: Product) -> None:
    await override(service, who="alice", by="carol", when="00:00-24:00")

    team = CurrentTeam(Teams(service.parts.connection), file=None, chat=ChatPolicy())
    await team.start()
    rota = Rota(Overrides(service.parts.connection), Calendars(service.parts.connection), team)
    await rota.refresh()
    assert on_call(rota.schedules["payments"], service.parts.clock.now()).people == ("carol",)


@pytest.mark.parametrize(
    ("wish", "status", "says"),
    [
        ({"by": "bob"}, 400, 'needs a body like {"who": "alice", "by": "bob", "when": "18:00-22:00"}'),
        ({"by": "bob", "when": "tonight"}, 400, "'tonight' is no time: write 18:00-22:00, or 2026-02-01T18:00/2026"),
        ({"who": "alicia", "by": "bob", "when": "18:00-22:00"}, 404, "names nobody 'alicia'; did you mean 'alice'?"),
        ({"who": "alice", "by": "xyz", "when": "18:00-22:00"}, 404, "names nobody 'xyz'; name them by key, by email"),
        ({"who": "bob", "by": "bob", "when": "18:00-22:00"}, 409, "bob cannot cover for themselves"),
        (
            {"who": "carol", "by": "bob", "when": "18:00-22:00"},
            409,
            "carol has no shift in any schedule at 18:00-22:00",
        ),
        (
            {"who": "alice", "by": "carol", "when": "18:00-22:00", "schedule": "platform"},
            409,
            "alice has no shift in platform at 18:00-22:00, so there is nothing to cover.",
        ),
        ({"by": "bob", "when": "18:00-22:00"}, 409, "Name the schedule in which bob shall be on call; there are: pay"),
        ({"by": "bob", "when": "18:00-22:00", "schedule": "paymnts"}, 404, "no schedule 'paymnts'; did you mean 'pay"),
        ({"by": "bob", "when": "18:00-22:00", "schedule": "x"}, 404, "no schedule 'x'; there are: payments, platform"),
        (
            {"by": "bob", "when": "2020-02-01T09:00/2020-02-02T09:00", "schedule": "payments"},
            409,
            "is over, or ends before it begins",
        ),
        (
            {"by": "bob", "when": "2030-02-01T09:00/2031-02-02T09:00", "schedule": "payments"},
            409,
            "is longer than 100 days: change the rotation in the team file",
        ),
    ],
)
async def test_what_cannot_be_is_refused_with_how_to_mend_it(
    service: Product, wish: dict[str, str], status: int, says: str
) -> None:
    answered, answer = await override(service, **wish)

    assert answered == status
    assert says in answer["detail"]


async def test_a_question_that_cannot_be_answered_says_why(service: Product) -> None:
    assert await refused(service, f"{PATH}?at=2026-02-01T09:00") == (
        400,
        "`at` is no time: write it with its offset, like 2026-02-01T09:00:00+08:00.",
    )
    assert (await refused(service, f"{PATH}?at=9999-02-01T09:00Z"))[0] == 400
    assert (await refused(service, f"{PATH}?at=soon"))[0] == 400
    assert (await refused(service, f"{PATH}?schedule=x"))[0] == 404
    status, says = await refused(service, f"{PATH}/shifts?since=2026-02-01T00:00:00Z&until=2028-02-01T00:00:00Z")
    assert (status, says) == (400, "`until` has to be later than `since`, by at most 400 days.")


async def test_only_the_operator_may(store_server: StoreServer, tmp_path: Path) -> None:
    file = a_team_file(tmp_path, TEAM)
    async with product_on(store_server.url, data_dir=tmp_path, config_file=file, admin_token="s3cret") as locked:
        assert (await locked.get(PATH))[0] == 401
        assert (await locked.get(f"{PATH}/shifts"))[0] == 401
        assert (await locked.get(f"{PATH}/overrides"))[0] == 401
        assert (await override(locked, who="alice", by="bob", when="18:00-22:00"))[0] == 401
        async with locked.client.delete(f"{PATH}/overrides/x") as answer:
            assert answer.status == 401

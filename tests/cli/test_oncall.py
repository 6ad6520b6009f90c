"""`oncall`: who is on call, the shifts to come, gaps and overrides, from a service or a team file."""

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from aiohttp import ClientSession
from click.testing import CliRunner

from alertbridge.cli.commands import main
from tests.cli.processes import Ended, run
from tests.store_server import StoreServer
from tests.web.service import Service, a_team_file, product_on

TEAM = """
people:
  alice: {name: 爱丽丝, email: alice@example.com}
  bob: {email: bob@example.com}
schedules:
  payments:
    timezone: Asia/Shanghai
    secondary: nights
    layers: [{starts: 2026-01-05, people: [alice, bob]}]
  nights:
    timezone: Asia/Shanghai
    layers: [{starts: 2026-01-05, people: [bob], only: [{times: ["22:00-06:00"]}]}]
route: {schedule: payments, chat: {timezone: Asia/Shanghai}}
fallback: [alice]
"""
AT = ("--at", "2026-01-06T12:00+08:00")


@pytest.fixture
async def service(store_server: StoreServer, tmp_path: Path) -> AsyncIterator[Service]:
    """Give a web process whose team has schedules."""
    async with product_on(store_server.url, data_dir=tmp_path, config_file=a_team_file(tmp_path, TEAM)) as running:
        yield running


@pytest.fixture
def file(tmp_path: Path) -> str:
    """Give a team file that nobody serves."""
    return str(a_team_file(tmp_path, TEAM))


async def ask(service: Service, *words: str) -> Ended:
    return await run("oncall", "--url", str(service.client.make_url("/")), *words)


async def read(file: str, *words: str) -> Ended:
    return invoke("--file", file, *words)


def invoke(*words: str) -> Ended:
    """Run a command that asks nobody, in this process."""
    result = CliRunner().invoke(main, ["oncall", *words], prog_name="alertbridge")
    return Ended(result.exit_code, result.stdout, result.stderr)


async def test_now_tells_who_is_on_call_who_is_second_and_next(service: Service, file: str) -> None:
    ended = await ask(service, "now", *AT)

    assert ended.code == 1, "nights has nobody at noon"
    assert ended.out.splitlines() == [
        "schedule  on call  until                second  next",
        "payments  爱丽丝   01-12 09:00 (UTC+8)  nobody  bob",
        "nights    nobody   22:00 (UTC+8)                bob",
    ]
    assert (await read(file, "now", *AT)).out == ended.out
    one = await read(file, "now", *AT, "--schedule", "payments", "-o", "json")
    assert one.code == 0
    assert [shown["schedule"] for shown in msgspec.json.decode(one.out)["schedules"]] == ["payments"]


async def test_next_lists_the_shifts_to_come(service: Service, file: str) -> None:
    ended = await ask(service, "next", *AT, "--schedule", "payments")

    assert ended.code == 0, ended.err
    assert ended.out.splitlines() == [
        "schedule  from                 to                   on call",
        "payments  01-05 09:00 (UTC+8)  01-12 09:00 (UTC+8)  爱丽丝",
        "payments  01-12 09:00 (UTC+8)  01-19 09:00 (UTC+8)  bob",
        "payments  01-19 09:00 (UTC+8)  01-26 09:00 (UTC+8)  爱丽丝",
    ]
    bobs = await read(file, "next", *AT, "--schedule", "payments", "--person", "BOB", "-o", "json")
    assert [shift["starts_at"] for shift in msgspec.json.decode(bobs.out)["shifts"]] == ["2026-01-12T01:00:00+00:00"]
    none = await read(file, "next", *AT, "--days", "3", "--person", "carol")
    assert none.out == "carol has no shift within 3 days.\n"
    many = await read(file, "next", *AT, "--days", "400")
    assert len(many.out.splitlines()) == 201
    assert "There are more: ask for fewer --days, or for one --schedule." in many.err


async def test_next_draws_a_calendar(service: Service) -> None:
    ended = await ask(service, "next", *AT, "--days", "2", "--calendar")

    assert ended.code == 0, ended.err
    assert "payments (Asia/Shanghai)" in ended.out
    assert "Tue 01-06 │爱丽丝─" in ended.out
    assert "│bob" in ended.out


async def test_gaps_are_told_and_end_with_1(service: Service, file: str) -> None:
    ended = await ask(service, "gaps", *AT, "--days", "1")

    assert ended.code == 1
    assert ended.out.splitlines() == [
        "schedule  from                 to",
        "nights    06:00 (UTC+8)        22:00 (UTC+8)",
        "nights    01-07 06:00 (UTC+8)  01-07 22:00 (UTC+8)",
    ]
    assert (await read(file, "gaps", *AT, "--days", "1", "-o", "json")).code == 1
    without = await read(file, "gaps", *AT, "--schedule", "payments")
    assert (without.code, without.out) == (0, "No gap within 30 days.\n")


async def an_override(service: Service, **wish: str) -> str:
    """Make one without the command line; its id."""
    async with service.client.post("/api/v1/oncall/overrides", json={"when": "00:00-24:00"} | wish) as answer:
        return str((await answer.json())["overrides"][0]["id"])


async def test_an_override_is_made_and_goes_before_an_older_one(service: Service) -> None:
    older = await an_override(service, who="bob", by="alice", schedule="nights")

    made = await ask(service, "override", "bob", "alice", "00:00-24:00", "--schedule", "nights")

    assert made.code == 0, made.err
    assert "爱丽丝 covers bob: nights" in made.out
    assert f"This goes before an older one: {older}  爱丽丝 covers bob" in made.out


async def test_overrides_are_listed_and_taken_back(service: Service) -> None:
    ids = [
        await an_override(service, who="bob", by="alice", schedule="nights"),
        await an_override(service, by="bob", schedule="payments"),
    ]

    listed = await ask(service, "override", "--list")
    removed = await ask(service, "override", "--remove", ids[0])

    assert [line.split()[0] for line in listed.out.splitlines()] == ["id", *ids]
    assert "bob is on call" in listed.out
    assert removed.out == f"{ids[0]} does not count any more.\n"
    _, left = await service.get("/api/v1/oncall/overrides")
    assert [one["id"] for one in left["overrides"]] == ids[1:]


async def test_times_of_overrides_are_those_of_their_schedule_whatever_clock_this_machine_has(service: Service) -> None:
    when = "2036-01-06T18:00/2036-01-06T22:00"

    made = await ask(service, "override", "bob", when, "--schedule", "payments")
    listed = await ask(service, "override", "--list")

    assert made.out.endswith("bob is on call: payments, 01-06 18:00 (UTC+8) to 01-06 22:00 (UTC+8)\n")
    assert "payments  01-06 18:00 (UTC+8)  01-06 22:00 (UTC+8)  bob is on call" in listed.out


async def test_without_overrides_it_says_so(service: Service) -> None:
    ended = await ask(service, "override", "--list")

    assert (ended.code, ended.out) == (0, "There are no overrides but those of the team file.\n")


async def test_what_cannot_be_is_told_in_one_line(service: Service, file: str) -> None:
    nobody = await ask(service, "override", "alicia", "bob", "18:00-22:00")
    assert (nobody.code, nobody.err) == (1, "Error: The team file names nobody 'alicia'; did you mean 'alice'?\n")
    for words in ((), ("a",), ("a", "b", "c", "d"), ("--list", "a", "b"), ("--list", "--remove", "x")):
        ended = invoke("override", *words)
        assert ended.code == 2
        assert "Write `override alice bob 18:00-22:00`, `override --list` or `override --remove ID`." in ended.err
    offline = await read(file, "override", "--list")
    assert "Overrides are made in a running alertbridge" in offline.err
    late = await read(file, "now", "--at", "soon")
    assert late.code == 2
    assert "'soon' is no time; write it like 2026-02-01T09:00 or 2026-02-01T09:00+08:00" in late.err
    unknown = await read(file, "now", "--schedule", "x")
    assert unknown.err == "Error: The team file has no schedule 'x'; there are: payments, nights.\n"


async def test_a_team_without_schedules_is_told_so(tmp_path: Path) -> None:
    file = str(a_team_file(tmp_path, "route: {}\n"))

    assert (await read(file, "now")).out == "The team file has no schedules.\n"
    assert (await read(file, "next")).out == "The team file has no schedules.\n"
    assert (await read(file, "gaps")).code == 0


async def test_ical_prints_a_calendar_and_its_address(service: Service, tmp_path: Path) -> None:
    printed = await ask(service, "ical", "payments")
    written = await ask(service, "ical", "--person", "bob", "--output", str(tmp_path / "bob.ics"))
    address = await ask(service, "ical", "payments", "--url")

    assert printed.out.startswith("BEGIN:VCALENDAR")
    assert "SUMMARY:爱丽丝" in printed.out
    assert written.out == f"{tmp_path / 'bob.ics'}: written\n"
    assert (tmp_path / "bob.ics").read_bytes().endswith(b"END:VCALENDAR\r\n")
    async with ClientSession() as session, session.get(address.out.strip()) as answer:
        assert answer.status == 200
        assert (await answer.text()).startswith("BEGIN:VCALENDAR")


async def test_ical_reads_a_team_file_without_a_service(file: str) -> None:
    ended = await read(file, "ical", "--person", "bob")

    assert ended.code == 0
    assert "SUMMARY:值班 nights" in ended.out


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("ical",), 2, "Name a schedule, or a --person."),
        (("ical", "payments", "--person", "bob"), 2, "Name a schedule, or a --person."),
        (("ical", "payments", "--url"), 2, "Only a running alertbridge has an address"),
        (("ical", "nothing"), 1, "The team file has no schedule 'nothing'."),
        (("ical", "--person", "nobody"), 1, "The team file has no person 'nobody'."),
        (("ical", "payments", "--output", "/nowhere/x.ics"), 1, "/nowhere/x.ics cannot be written"),
    ],
)
async def test_ical_says_what_it_cannot_do(file: str, words: tuple[str, ...], code: int, says: str) -> None:
    ended = await read(file, *words)

    assert ended.code == code
    assert says in ended.err


WITH_CALENDARS = """
people:
  alice: {name: 爱丽丝, email: alice@example.com}
schedules:
  shared: {timezone: UTC, ical: {file: shared.ics}}
  private: {timezone: UTC, ical: {secret: ops}}
  lost: {timezone: UTC, ical: {file: lost.ics}}
route: {schedule: shared}
fallback: [alice]
"""


async def test_a_team_file_is_read_with_the_calendars_beside_it(tmp_path: Path) -> None:
    (tmp_path / "shared.ics").write_text(
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nDTSTART:20260101T000000Z\nDURATION:P1D\nRRULE:FREQ=DAILY\nSUMMARY:alice\n"
        "END:VEVENT\nEND:VCALENDAR\n"
    )

    ended = await run("oncall", "--file", str(a_team_file(tmp_path, WITH_CALENDARS)), "now")

    assert ended.code == 1
    assert "shared    爱丽丝" in ended.out
    assert "private has nobody here: its calendar is not a file" in ended.err
    assert "lost has nobody here: lost.ics: the file cannot be read" in ended.err

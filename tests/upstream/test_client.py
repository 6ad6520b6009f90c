"""The client where Alertmanager does not answer as it should: what the caller is told, and who is asked next."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from alertbridge.core.ids import IncidentId
from alertbridge.upstream import client
from alertbridge.upstream.errors import Away, Denied, Invalid, UpstreamError
from alertbridge.upstream.protocol import AlertState
from alertbridge.upstream.silences import end_silence, marker, put_silence
from tests.upstream.fake import CUT, NEVER, Fake, asking, fakes

INCIDENT = IncidentId("01JD4ZK5M8Q0V7R3X9T2B6N1HC")
NOW = datetime(2026, 11, 22, 14, 1, tzinfo=UTC)
UNTIL = NOW + timedelta(hours=2)
NOBODY = "http://127.0.0.1:9"
MADE = {"silenceID": "s1"}


def a_silence(**changes: object) -> dict[str, object]:
    """One of the incident's, as Alertmanager lists it."""
    matcher = {"name": "service", "value": "checkout", "isRegex": False, "isEqual": True}
    return {
        "id": "s1",
        "status": {"state": "active"},
        "matchers": [matcher],
        "startsAt": NOW.isoformat(),
        "endsAt": UNTIL.isoformat(),
        "updatedAt": NOW.isoformat(),
        "createdBy": "Alice",
        "comment": f"deploy {marker(INCIDENT)}",
    } | changes


async def put(fake: Fake, *others: str) -> str:
    """Let the incident be silenced."""
    async with asking(*others, fake.url) as alertmanager:
        return await put_silence(
            alertmanager,
            INCIDENT,
            matchers=(("service", "checkout"),),
            until=UNTIL,
            author="Alice",
            comment="deploy",
        )


@pytest.fixture
async def pair() -> AsyncIterator[list[Fake]]:
    """Give two replicas."""
    async with fakes(2) as both:
        yield both


@pytest.fixture
async def fake() -> AsyncIterator[Fake]:
    """Give an Alertmanager without silences that makes one when asked to."""
    async with fakes(1) as (only,):
        only.says("GET", "silences", 200, [])
        only.says("POST", "silences", 200, MADE)
        yield only


# -- answers -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (500, "gone wrong", Away),
        (503, "starting", Away),
        (429, "slowly", Away),
        (401, "who are you", Denied),
        (403, "not you", Denied),
        (404, "not here", Denied),
        (302, "log in first", Denied),
        (400, "bad matcher", Invalid),
        (422, "no matchers", Invalid),
        (200, "<html>a proxy</html>", Denied),
        (200, {"alerts": []}, Denied),
    ],
)
async def test_each_answer_says_what_to_do(fake: Fake, status: int, body: object, error: type[UpstreamError]) -> None:
    fake.says("GET", "alerts", status, body)

    async with asking(fake.url) as alertmanager:
        said = r"answer of an Alertmanager" if status == 200 else f"HTTP {status}"
        with pytest.raises(error, match=said) as refusal:
            await alertmanager.get_alerts()
    assert refusal.value.status == status


async def test_of_a_cluster_the_one_that_somebody_has_to_mend_counts() -> None:
    async with fakes(2) as (first, second), asking(first.url, second.url) as alertmanager:
        first.says("GET", "alerts", 401, "who are you")
        second.says("GET", "alerts", 503, "starting")
        with pytest.raises(Denied) as refusal:
            await alertmanager.get_alerts()
        first.fails("GET", "alerts", CUT)
        second.fails("GET", "alerts", CUT)
        with pytest.raises(Away) as away:
            await alertmanager.get_alerts()

    assert (refusal.value.status, away.value.status) == (401, None)


async def test_nobody_there_is_told_with_the_address() -> None:
    async with asking(NOBODY) as alertmanager:
        with pytest.raises(Away, match=NOBODY):
            await alertmanager.get_status()


async def test_one_that_hangs_is_left(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "ANSWER_SECONDS", 0.05)
    fake.fails("GET", "silences", NEVER)

    async with asking(fake.url) as alertmanager:
        with pytest.raises(Away, match="no answer within"):
            await alertmanager.get_silences()


async def test_alerts_are_read_with_their_silences(fake: Fake) -> None:
    status = {"state": "suppressed", "silencedBy": ["s1"], "inhibitedBy": [], "mutedBy": []}
    alert = {
        "fingerprint": "abc",
        "labels": {"alertname": "A"},
        "startsAt": NOW.isoformat(),
        "status": status,
        "receivers": [{"name": "x"}],
    }
    fake.says("GET", "alerts", 200, [alert])

    async with asking(fake.url) as alertmanager:
        (read,) = await alertmanager.get_alerts()

    assert (read.fingerprint, read.status.state, read.status.silenced_by) == ("abc", AlertState.SUPPRESSED, ("s1",))


# -- replicas ----------------------------------------------------------------------------------------------------------


async def test_the_first_replica_that_answers_counts(pair: list[Fake]) -> None:
    first, second = pair
    first.fails("GET", "silences", CUT)
    second.says("GET", "silences", 200, [])

    async with asking(NOBODY, first.url, second.url) as alertmanager:
        assert await alertmanager.get_silences() == []

    assert (bool(first.asked), len(second.asked)) == (True, 1)


async def test_each_replica_can_be_asked_by_itself(pair: list[Fake]) -> None:
    for fake in pair:
        fake.says("GET", "status", 200, {"uptime": NOW.isoformat(), "cluster": {}})

    async with asking(*(fake.url for fake in pair)) as alertmanager:
        assert [(await one.get_status()).uptime for one in alertmanager.replicas()] == [NOW, NOW]

    assert [len(fake.asked) for fake in pair] == [1, 1]


async def test_a_write_goes_to_another_replica_only_if_nobody_was_reached(pair: list[Fake]) -> None:
    first, second = pair
    for fake in pair:
        fake.says("GET", "silences", 200, [])
        fake.says("POST", "silences", 200, MADE)

    assert await put(first, NOBODY) == "s1"
    first.fails("POST", "silences", CUT)
    with pytest.raises(Away):
        await put(second, first.url)

    assert ("POST", "/api/v2/silences") not in second.asked, "the first may have made it"


async def test_the_path_prefix_of_an_address_is_kept(fake: Fake) -> None:
    fake.answers["GET", "/monitoring/api/v2/silences"] = 200, []

    async with asking(f"{fake.url}/monitoring") as alertmanager:
        assert await alertmanager.get_silences() == []


@pytest.mark.parametrize(
    ("credential", "shown"),
    [("", None), ("a-token", "Bearer a-token"), ("user:pass:word", "Basic dXNlcjpwYXNzOndvcmQ=")],
)
async def test_what_it_wants_to_be_shown_is_shown(fake: Fake, credential: str, shown: str | None) -> None:
    async with asking(fake.url, credential=credential) as alertmanager:
        await alertmanager.get_silences()

    assert fake.authorization == shown


# -- the silence of an incident ----------------------------------------------------------------------------------------


async def test_a_new_silence_carries_author_reason_and_mark(fake: Fake) -> None:
    assert await put(fake) == "s1"

    (body,) = fake.bodies
    assert body["matchers"] == [{"name": "service", "value": "checkout", "isRegex": False, "isEqual": True}]
    assert (body["createdBy"], body["comment"]) == ("Alice", f"deploy {marker(INCIDENT)}")
    assert datetime.fromisoformat(body["endsAt"]) == UNTIL
    assert datetime.fromisoformat(body["startsAt"]) < NOW, "Alertmanager's clock may lag"
    assert "id" not in body


async def test_after_a_lost_answer_the_silence_is_found_and_not_made_again(fake: Fake) -> None:
    fake.fails("POST", "silences", CUT)
    with pytest.raises(Away):
        await put(fake)
    fake.says("GET", "silences", 200, [a_silence()])

    assert await put(fake) == "s1"
    assert fake.asked.count(("POST", "/api/v2/silences")) == 1


async def test_a_silence_with_another_end_is_changed_where_it_is(fake: Fake) -> None:
    fake.says("GET", "silences", 200, [a_silence(endsAt=NOW.isoformat())])

    await put(fake)

    (body,) = fake.bodies
    assert (body["id"], datetime.fromisoformat(body["startsAt"])) == ("s1", NOW)


async def test_silences_of_others_and_those_that_ended_are_left_alone(fake: Fake) -> None:
    ended = a_silence(status={"state": "expired"})
    foreign = a_silence(id="s2", comment="somebody's own")
    fake.says("GET", "silences", 200, [ended, foreign])

    async with asking(fake.url) as alertmanager:
        await end_silence(alertmanager, INCIDENT)
    await put(fake)

    assert [method for method, _ in fake.asked] == ["GET", "GET", "POST"]
    assert "id" not in fake.bodies[0]


async def test_every_silence_with_the_mark_is_ended(fake: Fake) -> None:
    fake.says("GET", "silences", 200, [a_silence(), a_silence(id="a/b")])
    fake.says("DELETE", "silence/s1", 200)
    fake.says("DELETE", "silence/a/b", 200)

    async with asking(fake.url) as alertmanager:
        await end_silence(alertmanager, INCIDENT)

    assert [path for method, path in fake.asked if method == "DELETE"] == ["/api/v2/silence/s1", "/api/v2/silence/a/b"]

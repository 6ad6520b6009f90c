"""The archive of an incident as files: written, read back, repeated; and what may be forgotten then."""

from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from alertbridge.core.chats.archive import ArchivedMessage
from alertbridge.core.ids import IncidentId, MessageId
from alertbridge.flows.archive import IncidentArchive, export
from alertbridge.flows.tidy import tidy
from alertbridge.store.errors import StoreAway, Unreadable
from alertbridge.store.keys import ARCHIVE, CLOSED, INCIDENT
from alertbridge.store.retention import not_exported
from tests.builders import T
from tests.store_server import StoreServer
from tests.web.service import ALICE, Product, an_alert, webhook

FOREVER = timedelta(days=365)
HOSTILE = [
    "<at id=all></at> disk full",
    "[重新登录](https://evil.example)",
    "![x](img_v2_abc)",
    "a\n# BIG\n- x\n    code",
    "&#60;at id=all&#62;",
    "**x** ~~y~~ <font color='red'>",
    "| a | b |",
    "`code` \\ _x_",
    "prod\u202egnp.exe",
]


def a_message(number: int, text: str = "hello", by: str = "ou_x") -> ArchivedMessage:
    return ArchivedMessage(
        id=MessageId(f"om_{number}"), at=T + timedelta(seconds=number), by=by, kind="text", text=text
    )


async def write(product: Product, incident: IncidentId, folder: Path) -> Path:
    """Export an incident."""
    return await export(
        await product.incident(incident),
        archive=product.parts.archive,
        records=product.parts.records,
        names_of=product.parts.directory.names,
        folder=folder,
    )


async def over(product: Product) -> IncidentId:
    """Let an incident come to its end."""
    incident = await product.fire("Down")
    await product.post("/webhooks/alertmanager", webhook(an_alert("Down", "resolved")))
    await product.work()
    await product.later(hours=2)
    await product.later(hours=1)
    assert await product.open() == ()
    return incident


async def test_messages_and_timeline_are_written_as_json_and_markdown(product: Product, tmp_path: Path) -> None:
    incident = await product.fire(an_alert("DiskFull", severity="critical"))
    await product.click(incident, "ack")
    await product.work()
    kept = IncidentArchive(product.parts.archive, incident)
    await kept.add([a_message(2, "second"), a_message(1, "first", by=product.id(ALICE))])
    await kept.add([a_message(1, "first", by=product.id(ALICE))])
    assert await kept.count() == 2

    folder = await write(product, incident, tmp_path / "archive")

    opened = (await product.incident(incident)).opened_at
    assert folder == tmp_path / "archive" / f"{opened:%Y-%m}" / f"1-{incident}"
    document = msgspec.json.decode((folder / "incident.json").read_bytes())
    assert (document["number"], document["id"], document["severity"]) == (1, incident, "P1")
    assert [said["text"] for said in document["messages"]] == ["first", "second"]
    assert "acknowledged" in [line["what"] for line in document["timeline"]]
    text = (folder / "incident.md").read_text(encoding="utf-8")
    assert text.startswith("# P1 DiskFull (#1)\n")
    assert "爱丽丝" in text
    assert "**爱丽丝**: first" in text
    assert sorted(file.name for file in folder.iterdir()) == ["incident.json", "incident.md"]
    assert {file.stat().st_mode & 0o077 for file in folder.iterdir()} == {0}


async def test_it_can_be_repeated(product: Product, tmp_path: Path) -> None:
    incident = await product.fire("Down")
    first = await write(product, incident, tmp_path)
    await product.parts.archive.add(incident, [a_message(1)])
    second = await write(product, incident, tmp_path)

    assert first == second
    assert len(msgspec.json.decode((second / "incident.json").read_bytes())["messages"]) == 1


@pytest.mark.parametrize("text", HOSTILE)
async def test_p8_untrusted_text_stays_text_in_markdown(product: Product, tmp_path: Path, text: str) -> None:
    incident = await product.fire(an_alert(text))
    await product.parts.archive.add(incident, [a_message(1, text, by=text)])

    folder = await write(product, incident, tmp_path)

    markdown = (folder / "incident.md").read_text(encoding="utf-8")
    assert markdown.count("\n# ") == 0
    for line in markdown.splitlines()[1:]:
        assert line in ("", "---") or line.startswith("- ")
        ours = line.replace(": ", "", 1).removeprefix("- ").replace("**", "", 1)[::-1].replace("**", "", 1)[::-1]
        bare = [c for place, c in enumerate(ours) if c in "<>[]`|&~" and (place == 0 or ours[place - 1] != "\\")]
        assert bare == [], line
    assert "\u202e" not in markdown
    document = msgspec.json.decode((folder / "incident.json").read_bytes())
    assert document["messages"][0]["text"] == text


@pytest.mark.parametrize("name", ["incident.json.part", "incident.md"])
async def test_a_place_that_cannot_be_written_is_an_error_and_nothing_counts_as_exported(
    product: Product, tmp_path: Path, name: str
) -> None:
    incident = await over_without_files(product, tmp_path)
    target = tmp_path / "elsewhere"
    first = await write_nothing(product, incident, target)
    (first / name / "in the way").mkdir(parents=True)

    with pytest.raises(OSError, match=name.partition(".part")[0]):
        await write(product, incident, target)
    assert await not_exported(product.parts.connection) == (incident,)


async def over_without_files(product: Product, tmp_path: Path) -> IncidentId:
    """Let an incident come to its end while the archive's folder is a file."""
    (tmp_path / "archive").write_text("in the way")
    return await over(product)


async def write_nothing(product: Product, incident: IncidentId, folder: Path) -> Path:
    opened = (await product.incident(incident)).opened_at
    return folder / f"{opened:%Y-%m}" / f"1-{incident}"


async def test_what_a_full_disk_does_not_keep_is_noticed(
    product: Product, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    incident = await product.fire("Down")
    monkeypatch.setattr(Path, "read_bytes", lambda _: b"cut")

    with pytest.raises(OSError, match="does not hold what was written"):
        await write(product, incident, tmp_path)


async def test_p6_after_a_full_disk_the_next_tidying_writes_the_files_and_only_then_the_store_forgets(
    product: Product, tmp_path: Path
) -> None:
    incident = await over_without_files(product, tmp_path)
    await product.later(days=400)
    connection = product.parts.connection

    await tidy(product.runtime, connection, history=FOREVER)
    assert await product.parts.records.get(incident) is not None

    (tmp_path / "archive").unlink()
    await tidy(product.runtime, connection, history=FOREVER)
    assert list((tmp_path / "archive").rglob("incident.md"))
    assert await product.parts.records.get(incident) is None


async def test_a_damaged_archive_is_kept_and_keeps_no_other_from_its_files(product: Product, tmp_path: Path) -> None:
    incident = await over_without_files(product, tmp_path)
    (tmp_path / "archive").unlink()
    await product.parts.connection.call("HSET", ARCHIVE + incident, "om_0", b"no zlib")

    with pytest.raises(Unreadable):
        await write(product, incident, tmp_path)
    await tidy(product.runtime, product.parts.connection, history=timedelta(0))

    assert await not_exported(product.parts.connection) == (incident,)


async def test_a_damaged_incident_keeps_no_other_from_its_files_and_its_end(product: Product) -> None:
    connection = product.parts.connection
    await connection.call("ZADD", CLOSED, 1, "01DAMAGED")
    await connection.call("HSET", f"{INCIDENT}01DAMAGED", "schema", 1, "number", 7, "opened", 1, "opening", "{")
    incident = await over(product)

    await tidy(product.runtime, connection, history=timedelta(0))

    assert await product.parts.records.get(incident) is None
    assert await not_exported(connection) == ("01DAMAGED",)


async def test_however_many_are_old_all_are_forgotten(product: Product) -> None:
    connection = product.parts.connection
    for number in range(250):
        await connection.call("HSET", f"{INCIDENT}{number}", "exported", 1)
        await connection.call("ZADD", CLOSED, 1, number)

    await tidy(product.runtime, connection, history=FOREVER)

    assert await connection.call("ZCARD", CLOSED) == 0


async def test_while_the_store_is_away_nothing_is_written(
    product: Product, store_server: StoreServer, tmp_path: Path
) -> None:
    incident = await product.incident(await product.fire("Down"))
    store_server.kill()

    with pytest.raises(StoreAway):
        await export(
            incident,
            archive=product.parts.archive,
            records=product.parts.records,
            names_of=product.parts.directory.names,
            folder=tmp_path,
        )
    with pytest.raises(StoreAway):
        await tidy(product.runtime, product.parts.connection, history=FOREVER)

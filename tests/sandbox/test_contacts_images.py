"""Looking people up, and uploading images."""

from io import BytesIO

import aiohttp
import pytest

from tests.sandbox.feishu import ALICE, BOB, FROZEN, OUTSIDE, PNG, RESIGNED, UNJOINED, Feishu, JsonObject
from tests.sandbox.test_chats import other_app


async def rows(feishu: Feishu, **body: object) -> list[JsonObject]:
    found: list[JsonObject] = (await feishu.ok("user_batch_get_id", body=body))["user_list"]
    return found


async def test_emails_and_mobiles_are_resolved(feishu: Feishu) -> None:
    found = await rows(feishu, emails=["Alice@Example.com"], mobiles=["13800000002", "+8613800000002", "+14155550104"])
    assert found[0]["user_id"] == feishu.id(ALICE)
    assert found[0]["email"] == "Alice@Example.com"
    assert [row["user_id"] for row in found[1:3]] == [feishu.id(BOB)] * 2
    assert found[3]["user_id"] == feishu.id("dave@example.com")
    assert found[0]["status"]["is_activated"]


async def test_who_cannot_be_resolved_has_no_id(feishu: Feishu) -> None:
    emails = ["nobody@example.com", "frida@corp.example.com", OUTSIDE, UNJOINED, RESIGNED, ""]
    assert all("user_id" not in row for row in await rows(feishu, emails=emails))
    resigned = await rows(feishu, emails=[RESIGNED], include_resigned=True)
    assert resigned[0]["status"]["is_resigned"]
    assert (await rows(feishu, emails=[FROZEN]))[0]["status"]["is_frozen"]
    await feishu.switch(unresolved_rows="dropped")
    assert await rows(feishu, emails=[*emails, ALICE], mobiles=["1"]) == await rows(feishu, emails=[ALICE])


async def test_at_most_fifty_of_each_are_looked_up(feishu: Feishu) -> None:
    assert await feishu.code("user_batch_get_id", body={"emails": ["a@example.com"] * 51}) == 99992402


async def test_people_out_of_range_are_missing_or_refused(feishu: Feishu) -> None:
    query = {"user_ids": [feishu.id(ALICE), feishu.id(OUTSIDE), "ou_x"]}
    items = (await feishu.ok("user_batch_get", query=query))["items"]
    assert [item["open_id"] for item in items] == [feishu.id(ALICE)]
    assert (await feishu.ok("user_get", feishu.id(ALICE)))["user"]["name"] == "陈爱丽"
    assert await feishu.code("user_get", feishu.id(OUTSIDE)) == 41050
    assert await feishu.code("user_get", "ou_x") == 99992351
    assert await feishu.code("user_get", "x", query={"user_id_type": "user_id"}) == 41012
    assert await feishu.code("user_batch_get") == 40001


async def test_fields_need_scopes_of_their_own(feishu: Feishu) -> None:
    await feishu.control("PUT", "apps/cli_sandbox", {"scopes": ["contact:contact.base:readonly"]})
    user = (await feishu.ok("user_get", feishu.id(ALICE)))["user"]
    assert user.keys() == {"open_id", "union_id"}


@pytest.mark.parametrize(
    ("content", "image_type", "code"),
    [
        (PNG, "message", 0),
        (b"GIF89a\x01\x00\x01\x00", "avatar", 0),
        (b"RIFF\x00\x00\x00\x00WEBP", "message", 0),
        (b"", "message", 234010),
        (b"%PDF-1.7", "message", 234011),
        (b"\xff\xd8\xff" + b"\0" * (10 * 1024 * 1024), "message", 234006),
        (PNG[:16] + (4097).to_bytes(4) + PNG[20:], "avatar", 234039),
        (b"GIF89a" + (2001).to_bytes(2, "little") + b"\x01\x00", "message", 234039),
        (PNG, "sticker", 234001),
    ],
)
async def test_an_image_is_checked(feishu: Feishu, content: bytes, image_type: str, code: int) -> None:
    assert (await feishu.upload(content, image_type)).code == code


async def test_an_upload_is_a_form_with_both_fields(feishu: Feishu) -> None:
    assert await feishu.code("image_create", body={"image_type": "message"}) == 234001
    form = aiohttp.FormData({"image_type": "message"})
    form.add_field("other", PNG, filename="x.png")
    assert await feishu.code("image_create", form=form) == 234001
    form = aiohttp.FormData({"image_type": BytesIO(b"\xff")})
    assert await feishu.code("image_create", form=form) == 234001
    form = aiohttp.FormData({"image_type": "message", "image": "text"}, default_to_multipart=True)
    assert await feishu.code("image_create", form=form) == 234011


async def test_an_image_belongs_to_the_app_that_uploaded_it(feishu: Feishu) -> None:
    other = await other_app(feishu)
    chat = await feishu.chat(ALICE, bot_id_list=["cli_other"])
    key = (await feishu.upload()).data["image_key"]
    assert (await other.send(chat, {"image_key": key}, "image")).code == 230017

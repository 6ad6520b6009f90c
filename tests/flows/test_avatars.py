"""The pictures of groups: uploaded once, kept, dropped when Feishu does not take them any more."""

import asyncio

import pytest

from alertbridge.flows import avatars
from alertbridge.flows.avatars import PICTURES, Avatars
from alertbridge.store.avatars import Avatars as Keys
from tests.store_server import StoreServer
from tests.web.service import Product


def process(product: Product) -> Avatars:
    """The pictures as one more process knows them."""
    return Avatars(product.parts.feishu, Keys(product.parts.connection, "cli_sandbox"))


async def uploads(product: Product) -> int:
    state = await product.control("state", "GET")
    return int(state["operations"].get("image_create", 0))


async def test_every_picture_is_uploaded_once_for_all_processes(product: Product) -> None:
    first, second = process(product), process(product)
    assert first.known() == {}
    await first.upload_all()
    await second.upload_all()

    assert set(first.known()) == set(PICTURES)
    assert second.known() == first.known()
    assert await uploads(product) == len(PICTURES)


async def test_a_group_gets_the_picture_of_its_severity(product: Product) -> None:
    await product.parts.avatars.upload_all()
    incident = await product.fire("Down")

    assert (await product.chat(incident))["avatar"] == product.parts.avatars.known()["p3"]


async def test_what_feishu_does_not_take_any_more_is_uploaded_again_at_the_next_start(product: Product) -> None:
    first = process(product)
    await first.upload_all()
    refused = first.known()["p1"]

    await first.forget("p1")
    await first.forget("never known")
    assert "p1" not in first.known()

    second = process(product)
    await second.upload_all()
    assert second.known()["p1"] not in ("", refused)
    assert await uploads(product) == len(PICTURES) + 1


async def test_what_fails_is_tried_again_and_nothing_is_uploaded_twice(
    product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(avatars, "_RETRY_SECONDS", 0.01)
    await product.fail("image_create", "refuse", code=234007, times=2)
    await product.fail("image_create", "server_error", times=2)
    ours = process(product)

    await ours.upload_all()

    assert set(ours.known()) == set(PICTURES)


async def test_while_the_store_is_away_it_goes_on_trying(
    product: Product, store_server: StoreServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(avatars, "_RETRY_SECONDS", 0.01)
    store_server.kill()
    ours = process(product)
    uploading = asyncio.create_task(ours.upload_all())
    await asyncio.sleep(0.1)
    assert not uploading.done()

    store_server.start()
    async with asyncio.timeout(20):
        await uploading
    assert set(ours.known()) == set(PICTURES)

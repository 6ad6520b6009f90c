"""The stage on which actions are performed."""

from collections.abc import AsyncIterator

import pytest

from tests.feishu.performing import Stage, staged


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with staged() as opened:
        yield opened

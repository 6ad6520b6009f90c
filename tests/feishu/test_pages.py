"""Lists are read to their end, which `has_more` tells and nothing else."""

from alertbridge.feishu.calls.pages import Page, every_item


class Pages:
    """Serves pages by token and notes what was asked."""

    def __init__(self, pages: dict[str | None, Page[int]]) -> None:
        self.pages = pages
        self.asked: list[str | None] = []

    async def fetch(self, token: str | None) -> Page[int]:
        self.asked.append(token)
        return self.pages[token]


async def test_all_pages_are_read_even_past_an_empty_one() -> None:
    pages = Pages(
        {
            None: Page(items=(1, 2), has_more=True, page_token="a"),
            "a": Page(items=(), has_more=True, page_token="b"),
            "b": Page(items=(3,), has_more=False, page_token="c"),
        }
    )

    assert [item async for item in every_item(pages.fetch)] == [1, 2, 3]
    assert pages.asked == [None, "a", "b"]


async def test_a_page_token_that_stands_still_ends_the_list() -> None:
    pages = Pages(
        {
            None: Page(items=(1,), has_more=True, page_token="a"),
            "a": Page(items=(2,), has_more=True, page_token="a"),
        }
    )

    assert [item async for item in every_item(pages.fetch)] == [1, 2]


async def test_more_without_a_token_ends_the_list() -> None:
    pages = Pages({None: Page(items=(1,), has_more=True)})

    assert [item async for item in every_item(pages.fetch)] == [1]

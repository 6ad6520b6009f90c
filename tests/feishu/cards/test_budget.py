"""A card is never larger than what we allow ourselves; rows give way first, then links, then the second language."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from alertbridge.core.chats.card import Link, LinkKind, More, Option, Row, Update
from alertbridge.core.ids import OpenId
from alertbridge.feishu.cards.live import CARD_BYTES, CARD_ELEMENTS, LINKS, live_card
from tests.feishu.cards.views import AS_OF, BOTH, STARTED, element, firing, parts, tagged

TEXT = st.text(st.sampled_from("<&_a é漢\U0001f525\n"), max_size=40).flatmap(
    lambda text: st.integers(0, 30).map(lambda times: text * times)
)
URL = st.integers(0, 2_100).map(lambda length: "https://h/" + "x" * length)


def size(card: dict[str, Any]) -> int:
    return len(json.dumps(card, ensure_ascii=False, separators=(",", ":")).encode())


def links(length: int, *, letter: str = "x") -> tuple[Link, ...]:
    return (Link(kind=LinkKind.RUNBOOK, url="https://h/" + letter * length),)


def opened(card: dict[str, Any]) -> int:
    return sum("default_url" in part for part in parts(card))


def draw(**changes: Any) -> dict[str, Any]:
    return live_card(firing(**changes), as_of=AS_OF, version=7, languages=BOTH)


@given(
    texts=st.lists(TEXT, min_size=9, max_size=9),
    rows=st.integers(0, 12),
    urls=st.lists(URL, max_size=6),
    languages=st.sampled_from([("zh", "en"), ("en", "zh"), ("zh",), ("en",)]),
)
def test_a_card_stays_within_the_budget_whatever_the_alerts_carry(
    texts: list[str], rows: int, urls: list[str], languages: tuple[str, ...]
) -> None:
    title, route, scope, summary, value, before, name, label, update = texts
    view = firing(
        title=title,
        route=route,
        scope=scope,
        summary=summary,
        value=value,
        value_before=before,
        common=((name, label),) * 4,
        rows=(Row(value=value, labels=((name, label),) * 20, since=STARTED),) * rows,
        more=More(count=400, label=name, values=((label, 20),) * 20),
        links=tuple(Link(kind=LinkKind.LOGS, url=url, is_foreign=True) for url in urls),
        options=tuple(Option),
        update=Update(text=update, at=STARTED, by=None),
    )

    card = live_card(view, as_of=AS_OF, version=7, languages=languages)

    assert size(card) <= CARD_BYTES
    assert sum("tag" in part for part in parts(card)) <= CARD_ELEMENTS
    assert element(card, "ack")


def test_a_card_of_the_usual_size_is_drawn_whole() -> None:
    assert size(draw()) < CARD_BYTES // 3


def test_rows_give_way_first_and_are_counted_with_the_rest() -> None:
    long = tuple(Row(value="{" * 120, labels=(("a", "{" * 160),), since=STARTED) for _ in range(5))
    card = draw(rows=long, common=(("a", "{" * 120), ("b", "{" * 40)), links=links(1_900, letter="漢") * 2)
    panel = tagged(card, "collapsible_panel")[0]
    kept = panel["elements"][0]["content"].count("<br>") + 1

    assert 0 < kept < 5
    assert panel["elements"][1]["content"] == f"另有 {5 - kept} 条"
    assert panel["header"]["title"]["content"] == f"最严重的 {kept} 条"
    assert opened(card) == 2


def test_links_give_way_next() -> None:
    card = draw(links=links(1_980, letter="漢") * LINKS)

    assert not tagged(card, "collapsible_panel")
    assert opened(card) == 3
    assert "i18n_content" in element(card, "facts")


def test_the_second_language_gives_way_last_and_nobody_is_left_uncalled() -> None:
    people = tuple(OpenId(f"ou_{number:032x}") for number in range(440))
    card = live_card(firing(), as_of=AS_OF, version=7, languages=BOTH, mention=people)

    assert size(card) <= CARD_BYTES
    assert opened(card) == 0
    assert "i18n_content" not in element(card, "facts")
    assert element(card, "called")["content"].count("<at ") == 440

"""P8: what senders and people write stays text, wherever it is shown."""

import json

from tests.journeys.scene import has_full_group
from tests.journeys.stage import TEAM, OpenStage, Stage

EVERYBODY = "<at id=all></at> [log in](https://evil.example) **now**"
FAKE_NAME = "[P1][resolved] all fine (#1)"


async def test_p8_what_an_alert_says_calls_nobody_and_links_nowhere(stage: Stage) -> None:
    sender = stage.alertmanager(FAKE_NAME, common={"service": EVERYBODY, "cluster": "a\u202egnp.exe"})
    await sender.fire("db-1", "db-2", summary=EVERYBODY)
    await stage.until(has_full_group)

    group = (await stage.scene()).group
    assert group.name == "[P1][firing] (P1)(resolved) all fine (#1) (#1)"
    (card,) = group.live_cards
    assert _texts(card["content"], "plain_text", "summary") == [EVERYBODY]
    for markdown in _texts(card["content"], "markdown"):
        assert "<at id=all>" not in markdown
        assert "](https://evil" not in markdown
    assert "\u202e" not in json.dumps(group.seen, ensure_ascii=False)


async def test_p8_a_link_that_an_alert_brings_along_is_not_followed_blindly(a_stage: OpenStage) -> None:
    team = TEAM.replace('    runbook: "https://wiki.example.com/{alertname}"\n', "    hosts: [wiki.example.com]\n")
    async with a_stage(team=team) as stage:
        sender = stage.alertmanager("../x?y=1#z", common={"instance": "https://evil.example/"})
        await sender.fire("db-1")
        await stage.until(lambda scene: scene.group.pinned and scene.group.tabs)

        addresses = [
            tab["tab_content"]["url"] for tab in (await stage.scene()).group.seen["tabs"] if tab["tab_content"]
        ]
        urls = [url for url in addresses if url]
        assert urls
        assert all(url.startswith(("https://alertbridge.example.com/", "https://grafana.example.com/")) for url in urls)


async def test_p8_a_persons_words_are_text_in_the_archive(stage: Stage) -> None:
    sender = stage.alertmanager()
    await sender.fire()
    await stage.until(has_full_group)
    await stage.talk("alice", "# title\n<script>alert(1)</script> [x](javascript:y)", (await stage.scene()).group.id)
    await sender.resolve()
    await stage.play(lambda scene: scene.is_over)

    written = await stage.archive()
    assert "<script>" not in written
    assert "\n# title" not in written
    assert "[x](javascript" not in written


def _texts(part: object, tag: str, element: str = "") -> list[str]:
    """The contents of every part of a card that has this tag, or only of that within one element."""
    if isinstance(part, list):
        return [text for inner in part for text in _texts(inner, tag, element)]
    if not isinstance(part, dict):
        return []
    inside = "" if part.get("element_id") == element else element
    found = [str(part["content"])] if part.get("tag") == tag and not element and "content" in part else []
    return found + [text for inner in part.values() for text in _texts(inner, tag, inside)]

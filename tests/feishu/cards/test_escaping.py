"""The table of CHAT.md section 8: what strangers write is shown as they wrote it and does nothing."""

import html
import json
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alertbridge.core.chats.card import CardView, Link, LinkKind, More, Row, State
from alertbridge.core.groups.naming import group_name
from alertbridge.core.severity import Severity
from alertbridge.core.text import clean
from alertbridge.feishu.cards.ladder import ladder
from alertbridge.feishu.cards.live import live_card
from alertbridge.feishu.cards.markup import escape, markdown_text
from tests.feishu.cards.views import AS_OF, BOTH, STARTED, a_row, element, firing, parts, tagged

ANY_TEXT = st.text(st.characters(codec=None), max_size=60)
HOSTILE = st.text(st.sampled_from("<>&#;*_~`[]()!:/\\|'\"= \nabc@-+$x01"), max_size=60)
FOREIGN = ANY_TEXT | HOSTILE

OUR_TAGS = re.compile(
    r"<br>|<local_datetime millisecond='\d+' format_type='(time|date_short)'></local_datetime>"
    r"|<person id='[A-Za-z0-9_-]+'></person>|<at id=[A-Za-z0-9_-]+></at>|<font color='grey'>|</font>"
)
ENTITY = re.compile(r"&#\d+;|&sim;")


def draw(**changes: Any) -> dict[str, Any]:
    return live_card(firing(**changes), as_of=AS_OF, version=7, languages=BOTH)


def facts(**changes: Any) -> str:
    return str(element(draw(**changes), "facts")["content"])


def read(markdown: str) -> str:
    """What a reader sees of a line without markup."""
    return html.unescape(markdown.replace("&sim;", "~"))


def test_1_a_mention_of_everybody_in_a_summary_is_only_text() -> None:
    shown = element(draw(summary="<at id=all></at> disk full", value=""), "summary")["text"]

    assert shown["tag"] == "plain_text"
    assert shown["content"] == "<at id=all></at> disk full"


def test_2_a_mention_in_a_label_is_only_text() -> None:
    sent = "&#60;at id&#61;ou&#95;boss&#62;&#60;&#47;at&#62;"

    assert facts(common=(("team", "<at id=ou_boss></at>"),)).endswith(f"**范围** team={sent}")
    assert read(sent) == "<at id=ou_boss></at>"


def test_3_a_link_in_a_label_is_only_text() -> None:
    sent = "&#91;重新登录&#93;&#40;https&#58;&#47;&#47;evil&#46;example&#41;"

    assert facts(common=(("a", "[重新登录](https://evil.example)"),)).endswith(f"a={sent}")


def test_4_an_image_in_a_label_does_not_refuse_the_card() -> None:
    assert facts(common=(("a", "![x](img_v2_abc)"),)).endswith("a=&#33;&#91;x&#93;&#40;img&#95;v2&#95;abc&#41;")


def test_5_lines_and_blocks_in_a_row_become_one_line() -> None:
    text = "a\n# BIG\n- x\n    code"
    row = Row(value="", labels=(("why", text),), since=STARTED)
    sent = tagged(draw(rows=(row, a_row())), "collapsible_panel")[0]["elements"][0]["content"].split(" · ")[0]

    assert sent == "why=a &#35; BIG &#45; x code"
    assert read(sent) == "why=a # BIG - x code"


def test_6_an_entity_is_escaped_once_and_seen_as_written() -> None:
    sent = "&#38;&#35;60;at id&#61;all&#38;&#35;62;"

    assert facts(common=(("a", "&#60;at id=all&#62;"),)).endswith(f"a={sent}")
    assert read(sent) == "&#60;at id=all&#62;"


def test_7_styles_emoji_and_fonts_are_only_text() -> None:
    text = "**x** ~~y~~ :FIRE: <font color='red'>"
    sent = (
        "&#42;&#42;x&#42;&#42; &sim;&sim;y&sim;&sim; &#58;FIRE&#58; &#60;font color&#61;&#39;red&#39;&#62;"
    )  # fmt: skip

    assert facts(common=(("a", text),)).endswith(f"a={sent}")
    assert read(sent) == text


def test_8_only_web_addresses_become_links() -> None:
    bad = Link(kind=LinkKind.RUNBOOK, url="javascript:alert(1)")
    odd = Link(kind=LinkKind.LOGS, url="https://h/a b)(c")
    card = draw(links=(bad, odd))

    assert tagged(card, "div")[1]["text"]["i18n_content"] == {
        "zh_cn": "手册：链接无效",
        "en_us": "Runbook: invalid link",
    }
    assert [part["default_url"] for part in parts(card) if "default_url" in part] == ["https://h/a%20b%29%28c"]


def test_9_hidden_directions_go_and_long_values_are_cut() -> None:
    assert facts(common=(("a", "prod\u202egnp.exe"),)).endswith("a=prodgnp&#46;exe")
    assert facts(common=(("a", "é" * 30_000),)).endswith("a=" + "é" * 119 + "…")


def test_10_a_title_cannot_look_like_another_state_or_number() -> None:
    name = group_name(Severity.P3, State.FIRING, "[P1][resolved] all fine (#1)", 88)

    assert name["en"] == "[P3][firing] (P1)(resolved) all fine (#1) (#88)"


@pytest.mark.parametrize("code", range(0x20, 0x7F))
def test_every_ascii_character_but_letters_digits_and_four_more_is_an_entity(code: int) -> None:
    character = chr(code)
    sent = escape(character)

    if character.isalnum() or character in " ,;":
        assert sent == character
    else:
        assert sent == ("&sim;" if character == "~" else f"&#{code};")


@given(FOREIGN)
def test_escaped_text_reads_as_the_cleaned_one(text: str) -> None:
    sent = markdown_text(text, 80)

    assert not set(ENTITY.sub("", sent)) & set("<>&*_~`[]()!:/\\|'\"#-+$=@.")
    assert read(sent) == clean(text, 80)


def view_of(texts: list[str]) -> CardView:
    """A card in which every foreign text stands somewhere."""
    title, route, scope, summary, value, before, name, label, count, url = texts
    rows = (
        Row(value=value, labels=((name, label), (label, name)), since=STARTED),
        Row(value=before, labels=((label, summary),), since=STARTED),
    )
    return firing(
        title=title,
        route=route,
        scope=scope,
        summary=summary,
        value=value,
        value_before=before,
        common=((name, label), (label, name)),
        rows=rows,
        more=More(count=3, label=name, values=((count, 2), (label, 1))),
        links=(
            Link(kind=LinkKind.RUNBOOK, url=url, is_foreign=True),
            Link(kind=LinkKind.LOGS, url=f"https://h/{url}"),
        ),
    )


@given(st.lists(FOREIGN, min_size=10, max_size=10), st.sampled_from([State.FIRING, State.RESOLVED]))
def test_nothing_foreign_is_markup_in_any_markdown_of_the_card(texts: list[str], state: State) -> None:
    card = live_card(replace(view_of(texts), state=state), as_of=AS_OF, version=7, languages=BOTH)

    for part in tagged(card, "markdown"):
        for sent in [part["content"], *part.get("i18n_content", {}).values()]:
            ours = sent.replace("**", "")
            assert not set(ENTITY.sub("", OUR_TAGS.sub("", ours))) & set("<>&*_~`[]()!\\|'\"#$")
            assert "\n" not in sent


@given(st.lists(FOREIGN, min_size=10, max_size=10))
def test_no_message_in_place_of_the_card_has_nodes_that_read_markup(texts: list[str]) -> None:
    for rung in ladder(view_of(texts), as_of=AS_OF, version=7, languages=BOTH):
        content = json.loads(rung.content.json)
        assert {part["tag"] for part in parts(content) if "tag" in part}.isdisjoint({"md", "lark_md"})
        if rung.content.msg_type == "post":
            assert {part["tag"] for part in parts(content) if "tag" in part} <= {"text", "a", "at"}

"""Where a person makes a silence by hand."""

from urllib.parse import unquote

from alertbridge.core.alerts.silence import page_for
from alertbridge.core.text import encode_url


def test_the_page_is_filled_with_the_matchers_whatever_they_hold() -> None:
    page = page_for("https://am.example.com/x", (("alertname", "High 5xx"), ("path", 'C:\\a"b\nc')))

    assert unquote(page) == (
        'https://am.example.com/x/#/silences/new?filter={alertname="High 5xx",path="C:\\\\a\\"b\\nc"}'
    )
    assert encode_url(page) == page, "it is encoded once"


def test_where_people_cannot_open_it_there_is_no_page() -> None:
    assert page_for("", (("a", "b"),)) == ""

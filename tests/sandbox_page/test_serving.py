"""What is served under which address, without a browser."""

import re
from pathlib import Path

import pytest
from aiohttp import ClientSession
from yarl import URL

from alertbridge.sandbox import page
from tests.sandbox_page.fake_sandbox import running

_FOLDER = Path(page.__file__).parent
_ASSETS = sorted(file for file in _FOLDER.iterdir() if file.suffix in {".html", ".css", ".js", ".svg"})

_VALUES = frozenset(
    {
        *("all_members", "only_owner", "not_anyone", "moderator_list", "allowed", "not_allowed"),
        *("no_approval_required", "approval_required", "private", "public"),
    }
)
"""Values of settings, translated by `sayOr`."""


async def test_the_page_is_served_at_the_root_and_may_run_only_its_own_scripts() -> None:
    async with running() as sandbox, ClientSession() as session, session.get(sandbox.url) as answer:
        assert answer.status == 200
        assert answer.content_type == "text/html"
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'; script-src 'self'" in policy
        assert "unsafe" not in policy


@pytest.mark.parametrize(
    ("name", "content_type"), [("page.js", "text/javascript"), ("page.css", "text/css"), ("icon.svg", "image/svg+xml")]
)
async def test_every_file_has_a_type_that_browsers_accept(name: str, content_type: str) -> None:
    assert await _served(name) == (200, content_type)


@pytest.mark.parametrize("name", ["__init__.py", "index.html", "../people.py", "%2e%2e/people.py", ""])
async def test_nothing_but_the_page_s_files_is_served(name: str) -> None:
    status, _ = await _served(name)

    assert status == 404


async def _served(name: str) -> tuple[int, str]:
    async with running() as sandbox, ClientSession() as session:
        url = URL(f"{sandbox.url}sandbox/page/{name}", encoded=True)
        async with session.get(url) as answer:
            return answer.status, answer.content_type


def test_the_page_needs_nothing_from_elsewhere() -> None:
    addresses = {
        address for file in _ASSETS for address in re.findall(r"""["'(](?:https?:)?//[^"')\s]+""", file.read_text())
    }
    assert {address.strip("\"'(") for address in addresses} == {"http://www.w3.org/2000/svg"}


def test_no_script_writes_markup() -> None:
    written = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|srcdoc|\beval\(|new Function"
    )

    assert [file.name for file in _ASSETS if written.search(file.read_text())] == []


def test_every_word_of_the_page_is_used_and_has_both_languages() -> None:
    source = (_FOLDER / "words.js").read_text()
    catalogue = dict(re.findall(r"^  (\w+): (\[.*\]),$", source, re.MULTILINE))
    code = "".join(file.read_text() for file in _ASSETS if file.name != "words.js") + source.split("let index")[1]

    assert [key for key, pair in catalogue.items() if not re.fullmatch(r'\["[^"]+", "[^"]+"\]', pair)] == []
    assert [key for key in re.findall(r'\bsay\("(\w+)"', code) if key not in catalogue] == []
    built = re.compile(r"^(?:state|buzz|status)_")  # say(`state_${state}`)
    assert [key for key in catalogue if f'"{key}"' not in code and not built.match(key) and key not in _VALUES] == []

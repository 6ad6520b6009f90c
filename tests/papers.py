"""The project's papers as values: their tables, their links, their snippets."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
READMES = (ROOT / "README.md", ROOT / "README.zh-CN.md")
PAPERS = (
    *READMES,
    ROOT / "CHANGELOG.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").rglob("*.md")),
)
DEPLOYED = tuple(path for path in sorted((ROOT / "deploy").rglob("*")) if path.is_file())

_CODE = re.compile(r"`([^`]+)`")
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_FENCE = re.compile(r"^( *)```(\w+)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)


def rows(paper: Path) -> list[list[str]]:
    """Return the cells of every table row, headings and rules included."""
    lines = (line.strip() for line in paper.read_text(encoding="utf-8").splitlines())
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]


def code(text: str) -> list[str]:
    """Return what stands in backticks."""
    return _CODE.findall(text)


def first_column(paper: Path) -> set[str]:
    """Return everything in backticks in the first column of any table."""
    return {name for row in rows(paper) for name in code(row[0])}


def snippets(paper: Path, language: str) -> list[str]:
    """Return the fenced blocks of a language, without their indentation."""
    return [
        "".join(line.removeprefix(indent) for line in block.splitlines(keepends=True))
        for indent, named, block in _FENCE.findall(paper.read_text(encoding="utf-8"))
        if named == language
    ]


def relative_links(paper: Path) -> list[tuple[str, str]]:
    """Return path and anchor of every link that stays inside the project."""
    found = _LINK.findall(paper.read_text(encoding="utf-8"))
    inside = [link for link in found if not re.match(r"[a-z]+:", link)]
    return [(path, anchor) for path, _, anchor in (link.partition("#") for link in inside)]


def anchors(paper: Path) -> set[str]:
    """Return what a link into a paper may name: its headings, as they are made into addresses."""
    headings = re.findall(r"^#+ (.+)$", paper.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}

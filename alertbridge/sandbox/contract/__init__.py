"""The Feishu contract as data: `openapi.yaml` is for people, `openapi.json` is the same document for a fast start.

After a change of the YAML: `python -m alertbridge.sandbox.contract` writes the JSON again; a test holds both equal.
"""

from pathlib import Path
from typing import Any

import msgspec
from ruamel.yaml import YAML

FOLDER = Path(__file__).parent


def load() -> dict[str, Any]:
    """Return the OpenAPI document (parsing the YAML takes most of a second, the JSON milliseconds)."""
    return msgspec.json.decode((FOLDER / "openapi.json").read_bytes(), type=dict[str, Any])


def from_yaml() -> dict[str, Any]:
    """Parse the YAML source of the document."""
    document: dict[str, Any] = YAML(typ="safe", pure=True).load(FOLDER / "openapi.yaml")
    return document


def as_json(document: dict[str, Any]) -> bytes:
    """Render `document` the way `openapi.json` is kept: one space of indent, so that a change reads as a diff."""
    return msgspec.json.format(msgspec.json.encode(document), indent=1) + b"\n"

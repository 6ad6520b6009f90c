"""The pictures of our groups (CHAT.md section 2): shipped as PNG files beside this module, drawn by `drawing`."""

from importlib.resources import files
from typing import Final

NAMES: Final = ("p1", "p2", "p3", "p4", "resolved", "silenced")
"""A severity's digit on red, orange, yellow, blue; a tick on green; a bell with a bar on grey."""


def picture(name: str) -> bytes:
    """The PNG file of one of `NAMES`, 256 x 256 pixels."""
    return files(__name__).joinpath(f"{name}.png").read_bytes()

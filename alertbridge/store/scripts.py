"""The Lua scripts: their text, and how Redis knows them."""

from dataclasses import dataclass
from hashlib import sha1
from importlib.resources import files

from alertbridge.store.keys import lua_locals


@dataclass(frozen=True, slots=True)
class Script:
    """One script as it is sent to Redis: keys as locals, the prelude, then its own file."""

    name: str
    source: str
    sha: str


def load(name: str) -> Script:
    """Read `scripts/<name>.lua`."""
    folder = files("alertbridge.store") / "scripts"
    parts = [lua_locals(), *((folder / f"{part}.lua").read_text(encoding="utf-8") for part in ("prelude", name))]
    source = "".join(parts)
    return Script(name, source, sha1(source.encode(), usedforsecurity=False).hexdigest())

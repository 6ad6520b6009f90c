"""Draw the pictures anew: `python -m alertbridge.feishu.avatars`, after a change of `drawing`."""

from pathlib import Path

from alertbridge.feishu.avatars import NAMES
from alertbridge.feishu.avatars.drawing import draw

if __name__ == "__main__":
    for name in NAMES:
        Path(__file__).with_name(f"{name}.png").write_bytes(draw(name))

"""What is printed for people is no order to their terminal (P8)."""

import msgspec
import pytest

from alertbridge.cli.output import print_json

TITLE = "磁盘 \x1b[31m \x9b31m prod\u202egnp.exe \u200b\x7f"


def test_p8_json_holds_nothing_that_a_terminal_obeys_or_hides(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"title": TITLE})

    said = capsys.readouterr().out
    assert msgspec.json.decode(said) == {"title": TITLE}
    assert not set(said) & set("\x1b\x9b\u202e\u200b\x7f")
    assert "磁盘" in said

"""Log lines: on stderr, JSON for machines, words for a terminal; ours and those of libraries alike."""

import json
import subprocess
import sys
from typing import Any

import pytest

PROGRAM = """
import logging, structlog
from alertbridge.logs import configure_logs
configure_logs({arguments})
log = structlog.get_logger("ours")
structlog.contextvars.bind_contextvars(incident="01X")
log.debug("looked")
log.info("chat_created", chat="oc_1", name="群 \\u202e")
logging.getLogger("library").info("of a library %s", 7)
logging.getLogger("arq.worker").info("job started")
logging.getLogger("arq.worker").warning("job lost")
try:
    1 / 0
except ZeroDivisionError:
    log.exception("broken")
log.error("bad")
"""


def lines_of(arguments: str = "") -> tuple[str, str]:
    """Run the program; stdout and stderr."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.replace("{arguments}", arguments)], capture_output=True, check=True, timeout=30
    )
    return done.stdout.decode(), done.stderr.decode()


def objects(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_a_machine_gets_one_json_object_a_line_on_stderr() -> None:
    out, err = lines_of()
    lines = objects(err)

    assert out == ""
    assert [line["event"] for line in lines] == ["chat_created", "of a library 7", "job lost", "broken", "bad"]
    assert [line["level"] for line in lines] == ["info", "info", "warning", "error", "error"]
    assert all(line["incident"] == "01X" and line["timestamp"].endswith("Z") for line in lines)
    assert lines[0]["chat"] == "oc_1"
    assert "ZeroDivisionError" in lines[3]["exception"]


def test_what_is_less_important_than_the_level_is_left_out() -> None:
    assert [line["event"] for line in objects(lines_of('"warning"')[1])] == ["job lost", "broken", "bad"]
    assert objects(lines_of('"debug"')[1])[0]["event"] == "looked"


@pytest.mark.parametrize("word", ["broken", "ZeroDivisionError", "chat_created", "oc_1", "of a library 7"])
def test_a_person_gets_words(word: str) -> None:
    _, err = lines_of("json=False")

    assert word in err
    assert not err.startswith("{")

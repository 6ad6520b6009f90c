"""The command line as a whole: quick to help, honest about what it cannot do."""

import signal
import socket
import subprocess
import sys

import pytest

from tests.cli.processes import run, running_sandbox

COMMANDS = [
    [],
    ["demo"],
    ["serve"],
    ["web"],
    ["worker"],
    ["sandbox"],
    ["check-config"],
    ["doctor"],
    ["chats", "disband"],
    ["routes", "test"],
    ["replay"],
    ["incidents"],
    ["incidents", "list"],
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
async def test_every_command_has_help(command: list[str]) -> None:
    ended = await run(*command, "--help")

    assert ended.code == 0
    assert ended.out.startswith("Usage: ")


async def test_an_unknown_command_is_2() -> None:
    assert (await run("fly")).code == 2


async def test_the_version_is_told() -> None:
    from alertbridge import __version__

    assert __version__ in (await run("--version")).out


def test_help_loads_no_server() -> None:
    program = (
        "import sys\nsys.argv = ['alertbridge', '--help']\n"
        "from alertbridge.cli.commands import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "heavy = {'aiohttp', 'redis', 'arq', 'pydantic', 'prometheus_client', 'jinja2', 'cryptography', 'ruamel'}\n"
        "sys.exit(','.join(sorted(heavy & sys.modules.keys())) or 0)"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=False)

    assert done.stderr == ""
    assert done.returncode == 0


async def test_a_sandbox_on_a_taken_port_says_so() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ended = await run("sandbox", "--port", str(port))

    assert ended.code == 1
    assert f"port {port} cannot be used" in ended.err
    assert "--port" in ended.err
    assert "sandbox: http" not in ended.err, "it is announced once it is there"
    assert "Traceback" not in ended.err


async def test_a_sandbox_ends_with_ctrl_c() -> None:
    async with running_sandbox() as sandbox:
        await sandbox.answers("/sandbox/state")
        assert await sandbox.interrupt() == 0
        assert "Traceback" not in sandbox.said()


async def test_a_sandbox_ends_with_ctrl_c_also_where_its_shell_had_it_ignored() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # what a shell's `&` does to what it starts
    try:
        async with running_sandbox() as sandbox:
            await sandbox.answers("/sandbox/state")
            assert await sandbox.interrupt() == 0
    finally:
        signal.signal(signal.SIGINT, before)

"""`sandbox`: a Feishu on this machine."""

import asyncio
import contextlib

import click

from alertbridge.cli.processes import stop_on_signals
from alertbridge.logs import configure_logs
from alertbridge.sandbox.app import run_sandbox


def run(host: str, port: int, *, events_url: str, latency: float, quotas: bool) -> int:
    """Serve until interrupted or terminated."""
    configure_logs()

    def tell(url: str) -> None:
        click.echo(f"sandbox: {url} (app cli_sandbox, secret sandbox-secret)", err=True)

    async def serve() -> None:
        stopping = asyncio.Event()
        stop_on_signals(stopping)  # also where Ctrl-C was ignored at the start, as behind a shell's `&`
        serving = asyncio.create_task(
            run_sandbox(host, port, events_url=events_url, latency_seconds=latency, quotas=quotas, listening=tell)
        )
        stopped = asyncio.create_task(stopping.wait())
        await asyncio.wait([serving, stopped], return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        serving.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await serving

    try:
        asyncio.run(serve())
    except OSError as error:
        click.echo(f"port {port} cannot be used: {error.strerror}. Choose another with --port.", err=True)
        return 1
    return 0

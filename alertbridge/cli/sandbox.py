"""`sandbox`: a Feishu on this machine."""

import asyncio
import contextlib

import click

from alertbridge.logs import configure_logs
from alertbridge.sandbox.app import run_sandbox


def run(host: str, port: int, *, events_url: str, latency: float, quotas: bool) -> int:
    """Serve until interrupted."""
    configure_logs()

    def tell(url: str) -> None:
        click.echo(f"sandbox: {url} (app cli_sandbox, secret sandbox-secret)", err=True)

    try:
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(
                run_sandbox(host, port, events_url=events_url, latency_seconds=latency, quotas=quotas, listening=tell)
            )
    except OSError as error:
        click.echo(f"port {port} cannot be used: {error.strerror}. Choose another with --port.", err=True)
        return 1
    return 0

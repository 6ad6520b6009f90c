"""What the app is allowed to do, for stories in which an administrator forgot something."""

from alertbridge.sandbox.chats import OPERATE_AS_OWNER
from alertbridge.sandbox.openapi import Contract
from tests.journeys.stage import Stage


async def take_scopes(stage: Stage, *scopes: str) -> None:
    """Take scopes away from the app, and leave it all the others that anything needs."""
    contract = Contract.load()
    needed = {scope for operation in contract.operations.values() for scope in operation.scopes}
    heard = {scope for listed in contract.event_scopes.values() for scope in listed}
    held = needed | heard | {*OPERATE_AS_OWNER, "im:message.group_msg"}
    assert held.issuperset(scopes)
    await stage.sandbox("PUT", "apps/cli_sandbox", scopes=sorted(held.difference(scopes)))

"""Whether the app may do what the product needs, and whether Feishu has had enough of it."""

import asyncio
from collections.abc import Collection, Sequence
from typing import Final

from alertbridge.config import Team
from alertbridge.core.alerts.route import ChatPolicy, RouteNode
from alertbridge.core.checkup import Finding, bad, good, note, unknown
from alertbridge.core.copy import catalogue as copy
from alertbridge.feishu.client import FeishuClient
from alertbridge.feishu.errors import FeishuError, RateLimited
from alertbridge.feishu.probing import Answer, Need, ask, needs
from alertbridge.flows.doctor.console import Console, Page

_QUOTA_SPENT: Final = 99991403

_WAYS_OF_LAST_RESORT: Final = frozenset({"buzz_sms", "buzz_phone"})
"""Paid for: an installation may do without, unless it counts on them."""


async def look_at_scopes(feishu: FeishuClient, team: Team, console: Console) -> list[Finding]:
    """Ask for each thing that the team's routes need."""
    unused = _unused(team)
    wanted = [need for need in needs() if need.name not in unused]
    answers = await asyncio.gather(*(ask(feishu, need) for need in wanted))
    met = [error for answer in answers for error in answer.unclear]
    return [*map(_finding, wanted, answers, [console] * len(wanted)), *_limits(met)]


def missing_scope(need: str, scopes: Sequence[Collection[str]], console: Console) -> Finding:
    """Say that a scope is missing; of each group of `scopes` any one will do."""
    named = ", ".join(" | ".join(group) for group in scopes if group) or "docs/feishu.md"
    says = note if need in _WAYS_OF_LAST_RESORT else bad
    return says(
        f"scope:{need}",
        "scope_missing",
        "scope",
        what=copy.text(f"need.{need}"),
        scopes=named,
        **console.way(Page.SCOPES),
    )


def _finding(need: Need, answer: Answer, console: Console) -> Finding:
    if answer.missing:
        return missing_scope(need.name, answer.missing, console)
    what = copy.text(f"need.{need.name}")
    if answer.unclear:
        return unknown(f"scope:{need.name}", "scope_unknown", what=what, cause=str(answer.unclear[0]))
    return good(f"scope:{need.name}", "scope", what=what)


def _limits(met: Sequence[FeishuError]) -> list[Finding]:
    if spent := [error for error in met if error.code == _QUOTA_SPENT]:
        return [bad("limits", "quota_spent", "quota", cause=str(spent[0]))]
    if limited := [error for error in met if isinstance(error, RateLimited)]:
        return [bad("limits", "limits_met", "limits", cause=str(limited[0]))]
    return [good("limits", "limits")]


def _unused(team: Team) -> set[str]:
    """The needs that no route has, and whose scopes may therefore be missing."""
    policies = list(_policies(team.routes))
    return {
        name
        for name, is_used in (
            ("announcement", any(policy.announcement for policy in policies)),
            ("tabs", any(policy.tabs for policy in policies)),
            ("menu", any(policy.menu for policy in policies)),
        )
        if not is_used
    }


def _policies(node: RouteNode) -> list[ChatPolicy]:
    return [node.route.chat, *(policy for child in node.children for policy in _policies(child))]

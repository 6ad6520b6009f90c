"""Exports read and planned as the command does it, without its files."""

from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

from alertbridge.config import Team, parse_team
from alertbridge.core.oncall.schedule import on_call
from alertbridge.importing import goalert, grafana_oncall, opsgenie, pagerduty
from alertbridge.importing.answers import Answer, read_answers
from alertbridge.importing.draft import Draft, Kind
from alertbridge.importing.plan import Line, Plan, Wishes, plan
from alertbridge.importing.splice import TeamText

SAMPLES = Path(__file__).parent.parent / "samples" / "import"
NOW = datetime(2026, 11, 1, tzinfo=UTC)
EMPTY = "route: {}\n"
NOBODY = Wishes(people={})
PRODUCTS: dict[str, ModuleType] = {one.PRODUCT: one for one in (pagerduty, opsgenie, grafana_oncall, goalert)}


def answers_of(product: str) -> list[Answer]:
    return list(read_answers((SAMPLES / f"{product}.json").read_bytes(), product))


def draft_of(product: str, *answers: Answer) -> Draft:
    draft = PRODUCTS[product].read(answers or answers_of(product), NOW)
    assert isinstance(draft, Draft)
    return draft


def planned(product: str, *answers: Answer, text: str = EMPTY, wishes: Wishes = NOBODY) -> Plan:
    return plan(draft_of(product, *answers), TeamText(text, "team.yaml"), wishes)


def team_of(plan: Plan) -> Team:
    return parse_team(plan.text)


def line_of(plan: Plan, kind: Kind, foreign: str) -> Line:
    return next(line for line in plan.lines if (line.kind, line.id) == (kind, foreign))


def said_of(plan: Plan, kind: Kind, foreign: str) -> str:
    return "\n".join(f"{note.said}; {note.hint}" for note in line_of(plan, kind, foreign).notes)


def called(team: Team, schedule: str, at: datetime) -> set[str]:
    """Who is on call, by email."""
    return {team.people[person].email.lower() for person in on_call(team.schedules[schedule], at).people}

"""The team file: what the operator wants (routes, people, schedules). How a process runs is in `settings.py`."""

from alertbridge.config.parse import parse_team
from alertbridge.config.problems import ConfigError, Problem
from alertbridge.config.team import EMPTY_TEAM, CalendarSource, Person, Team, empty_team

__all__ = ["EMPTY_TEAM", "CalendarSource", "ConfigError", "Person", "Problem", "Team", "empty_team", "parse_team"]

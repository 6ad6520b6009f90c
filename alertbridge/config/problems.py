"""What is wrong with a team file, and where."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One error or warning. `line` and `column` count from 1; `hint` says how to mend it."""

    source: str
    line: int
    column: int
    message: str
    hint: str = ""

    def __str__(self) -> str:
        said = f"{self.source}:{self.line}:{self.column}: {self.message}"
        return f"{said}; {self.hint}" if self.hint else said


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Sort problems as they stand in the file, each once."""
    return tuple(sorted(set(problems), key=lambda problem: (problem.line, problem.column, problem.message)))


class ConfigError(ValueError):
    """A team file that cannot be used. `problems` are all there are, in the order of the file."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(
            sorted(set(problems), key=lambda problem: (problem.line, problem.column, problem.message))
        )
        super().__init__("\n".join(map(str, self.problems)))

"""Reading a team file: the text as a tree, all its problems at once, and if there are none, the team."""

from dataclasses import replace

from pydantic import ValidationError

from alertbridge.config.build import build_team
from alertbridge.config.contradictions import contradictions
from alertbridge.config.document import plain, read_document, strange_nodes
from alertbridge.config.entries import TeamEntry
from alertbridge.config.problems import ConfigError, in_order
from alertbridge.config.references import wrong_references
from alertbridge.config.shape import shape_problems
from alertbridge.config.suspicions import suspicions
from alertbridge.config.team import Team
from alertbridge.core.alerts.route import ChatPolicy


def parse_team(text: str | bytes, *, source: str = "team.yaml", chat: ChatPolicy = ChatPolicy()) -> Team:  # noqa: B008 - frozen
    """Return the team that a YAML text describes, with warnings.

    `source` is what problems call the file; `chat` is what the outermost route inherits (languages and zone are
    settings, too). Raises `ConfigError` with every problem of the file, not only the first.
    """
    document = read_document(text, source)
    problems = [*strange_nodes(document), *wrong_references(document)]
    try:
        entry = TeamEntry.model_validate(plain(document.root))
    except ValidationError as error:
        raise ConfigError([*problems, *shape_problems(error, document)]) from error
    if problems:
        raise ConfigError(problems)
    team = build_team(entry, chat)
    if problems := [*contradictions(team, document)]:
        raise ConfigError(problems)
    return replace(team, warnings=in_order(suspicions(team, document)))

"""Why somebody of the team file cannot be called."""

from enum import StrEnum


class Unreachable(StrEnum):
    """What Feishu says of them."""

    UNKNOWN = "unknown"
    """It knows nobody by what the file says, or this app may not see them: it tells the two apart for nobody."""
    RESIGNED = "resigned"
    FROZEN = "frozen"
    INACTIVE = "inactive"
    """They have never logged in."""

"""What can go wrong with a call to Feishu, sorted by what the caller should do about it.

    FeishuError
    ├── Retryable                 ask again after `wait_seconds`
    │   ├── QuotaWait             our own limiter said no: nothing was sent
    │   ├── RateLimited           the gateway's window of this API is full, for all workers
    │   ├── Busy                  Feishu cannot do it now: business limit, same work under way, internal error
    │   ├── Unreachable           no connection: nothing was sent
    │   └── AnswerLost            sent, but no usable answer came: the work may have been done
    └── Refused                   asking again unchanged cannot succeed
        ├── InvalidRequest        we built the request wrongly, or what it names is not there: a bug or an old picture
        ├── Misconfigured         the operator has to mend the app or our settings; say so
        │   ├── Unauthorized      credentials or token
        │   └── MissingScope      a permission of the app that is not granted: `scopes`
        ├── ChatGone              disbanded or unknown: make another, or stop
        ├── NotInChat             the bot was removed: join again, or move
        ├── NotPermitted          the chat, its owner or the tenant does not allow it: say so and leave it
        │   └── NotOwner          only the owner may: the bot no longer owns the chat
        ├── BadMember             people who cannot be used: go on without them (`ids`)
        ├── LimitReached          no room: members, managers, tabs, menus, blocks
        ├── WordingRefused        content review or a naming rule: say it in neutral words
        │   └── NameRefused       the same for a chat's name or description
        ├── ContentTooLarge       send less
        ├── CardRefused           the card is not accepted (`inner_code`): send a simpler one
        ├── CardTokenSpent        the callback's update token is used up or too old: patch the message
        ├── ImageUnusable         the image is refused or belongs to another app: upload it again
        ├── MessageGone           recalled or deleted: send a new one
        ├── Uneditable            too old or edited too often: send a new one
        │   └── CardExpired       a card older than 14 days
        ├── BlockGone             a block of the announcement is no longer there: list them again
        ├── WrongAnnouncementKind the chat has the other kind of announcement: use the other calls
        └── BuzzRefused           nobody was buzzed (`reason`)

A code alone does not say which: Feishu uses some of them again with another meaning, so `codes.py` reads them with the
operation.
"""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """The facts of one failed call: what was asked and what came back."""

    operation: str
    """Feishu's call, by its name here: `chat_create`."""
    code: int | None = None
    """Feishu's own code. None: there was no answer, or none of Feishu's."""
    msg: str = ""
    """Feishu's text. It may change at any time: for people, never for branching."""
    log_id: str = ""
    """What Feishu's support asks for."""
    status: int | None = None
    """HTTP status. None: there was no answer."""

    def __str__(self) -> str:
        """Return one line for logs and timelines: `chat_update: 232009 This chat … (HTTP 400, log id 2026…)`."""
        said = " ".join(str(part) for part in (self.code, self.msg) if part not in (None, ""))
        answer = [f"HTTP {self.status}"] if self.status is not None else []
        traced = [*answer, *([f"log id {self.log_id}"] if self.log_id else [])]
        return f"{self.operation}: {said or 'no answer'}" + (f" ({', '.join(traced)})" if traced else "")


class FeishuError(Exception):
    """Any failure of a call. `failure` holds the facts."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure)
        self.failure = failure

    @property
    def operation(self) -> str:
        """The call that failed."""
        return self.failure.operation

    @property
    def code(self) -> int | None:
        """Feishu's code, None when Feishu gave none."""
        return self.failure.code


class Retryable(FeishuError):  # noqa: N818 named after what to do
    """Asking again, with the same `uuid`, can succeed after `wait_seconds`."""

    def __init__(self, failure: Failure, *, wait_seconds: float) -> None:
        super().__init__(failure)
        self.wait_seconds = wait_seconds


class QuotaWait(Retryable):
    """Our own limiter has no slot within a second. Nothing was sent."""


class RateLimited(Retryable):
    """The gateway refused: this API's window is full for the whole app. `wait_seconds` is what Feishu asked for."""


class Busy(Retryable):
    """Feishu cannot do it now: a business limit, the same work under way, or an internal error."""


class Unreachable(Retryable):
    """There was no connection. Nothing was sent."""


class AnswerLost(Retryable):
    """The request went out and no usable answer came back: the work may have been done."""


class Refused(FeishuError):  # noqa: N818 named after what to do
    """Asking again unchanged cannot succeed."""


class InvalidRequest(Refused):
    """A parameter is wrong, or names something that is not there (an old tab, an old menu).

    `fields` maps what Feishu named to its description.
    """

    def __init__(self, failure: Failure, *, fields: dict[str, str] | None = None) -> None:
        super().__init__(failure)
        self.fields = fields or {}


class Misconfigured(Refused):
    """The operator has to mend the app's state, abilities or plan in Feishu's console, or our settings."""


class Unauthorized(Misconfigured):
    """App ID, app secret, token or IP allow list."""


class MissingScope(Misconfigured):
    """The app lacks a permission, or its version with that permission is not published. Any one of `scopes` will do."""

    def __init__(self, failure: Failure, *, scopes: tuple[str, ...] = ()) -> None:
        super().__init__(failure)
        self.scopes = scopes


class ChatGone(Refused):
    """The chat is disbanded, or Feishu does not know it."""


class NotInChat(Refused):
    """The bot is not in the chat."""


class NotPermitted(Refused):
    """The chat's settings, its owner or the tenant do not allow it."""


class NotOwner(NotPermitted):
    """Only the owner of the chat may, and that is not the bot."""


class BadMember(Refused):
    """People or bots who cannot be used: resigned, unknown, or outside the app's range.

    `ids` are those that Feishu named; empty when it did not say which.
    """

    def __init__(self, failure: Failure, *, ids: tuple[str, ...] = ()) -> None:
        super().__init__(failure)
        self.ids = ids


class LimitReached(Refused):
    """There is no room for one more: members, managers, tabs, menus, blocks."""


class WordingRefused(Refused):
    """The text did not pass Feishu's content review or the tenant's data-loss prevention."""


class NameRefused(WordingRefused):
    """This name or description cannot be used: its wording, its length, or because another public chat has it."""


class ContentTooLarge(Refused):
    """The content is above 30 KB (post, card) or 150 KB (text)."""


class CardRefused(Refused):
    """Feishu does not accept this card. `inner_code` tells why, None when it did not say."""

    def __init__(self, failure: Failure, *, inner_code: int | None = None) -> None:
        super().__init__(failure)
        self.inner_code = inner_code


class CardTokenSpent(Refused):
    """A callback's update token works twice within 30 minutes; this one no longer does."""


class ImageUnusable(Refused):
    """The image is not accepted, or its key belongs to another app."""


class MessageGone(Refused):
    """The message was recalled or deleted, or never existed."""


class Uneditable(Refused):
    """The message can no longer be edited or recalled: the tenant's window is over, or it was edited 20 times."""


class CardExpired(Uneditable):
    """The card is older than 14 days."""


class BlockGone(Refused):
    """The announcement, or a block of it, is no longer there."""


class WrongAnnouncementKind(Refused):
    """The chat's announcement is of the other kind (`docx` or `doc`)."""


class BuzzReason(StrEnum):
    """Why nobody was buzzed."""

    NOT_OUR_MESSAGE = "not_our_message"
    TOO_MANY_UNREAD = "too_many_unread"
    """Somebody in the list has more than 200 unread buzzes, which fails the call for all."""
    QUOTA_SPENT = "quota_spent"
    """The tenant's paid quota of SMS and phone calls, or its limit of buzzes."""
    FORBIDDEN = "forbidden"
    """By the chat's settings, or because Feishu judged it risky."""
    FOLDED = "folded"


class BuzzRefused(Refused):
    """Nobody was buzzed, for `reason`."""

    def __init__(self, failure: Failure, *, reason: BuzzReason) -> None:
        super().__init__(failure)
        self.reason = reason

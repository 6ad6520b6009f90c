"""What came of a call: every error of Feishu, and of the way there, becomes an outcome here, once."""

from collections.abc import Awaitable

from alertbridge.core.chats.outcome import AnswerLost, ChatGone, Failed, Outcome
from alertbridge.feishu import errors


async def outcome_of(doing: Awaitable[Outcome]) -> Outcome:
    """Wait for what is being done. Raises nothing of Feishu's."""
    try:
        return await doing
    except errors.AnswerLost as error:
        return AnswerLost(cause=str(error))
    except errors.QuotaWait as wait:
        return Failed(cause=str(wait), wait_seconds=wait.wait_seconds, is_quota=True)
    except errors.RateLimited as error:
        return Failed(cause=str(error), wait_seconds=error.wait_seconds)
    except errors.Retryable as error:
        return Failed(cause=str(error))
    except (errors.ChatGone, errors.NotInChat):
        return ChatGone()
    except errors.MissingScope as error:
        return Failed(cause=str(error), is_refused=True, scope=" | ".join(error.scopes))
    except errors.Refused as error:
        return Failed(cause=str(error), is_refused=True)

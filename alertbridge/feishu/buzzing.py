"""Calls people: makes a message urgent for them, or writes to them directly. What a refusal means is said here."""

from collections.abc import Mapping
from typing import Final, assert_never

from alertbridge.core.chats.action import Buzz, PageDirectly
from alertbridge.core.chats.outcome import Buzzed, BuzzRefused, Hurdle, Sent
from alertbridge.core.oncall.policy import Way
from alertbridge.feishu import errors
from alertbridge.feishu.calls.buzzes import Buzzed as Called
from alertbridge.feishu.calls.messages import Content
from alertbridge.feishu.cards.page import page_card
from alertbridge.feishu.client import FeishuClient
from alertbridge.feishu.surroundings import Surroundings

_HURDLES: Final[Mapping[errors.BuzzReason, Hurdle]] = {
    errors.BuzzReason.NOT_OUR_MESSAGE: Hurdle.MESSAGE,
    errors.BuzzReason.TOO_MANY_UNREAD: Hurdle.UNREAD,
    errors.BuzzReason.QUOTA_SPENT: Hurdle.QUOTA,
    errors.BuzzReason.FORBIDDEN: Hurdle.FORBIDDEN,
    errors.BuzzReason.FOLDED: Hurdle.MESSAGE,
}


async def buzz(action: Buzz, feishu: FeishuClient) -> Buzzed | BuzzRefused:
    """Make the call. Raises what says nothing of these people, this message or this way."""
    try:
        called = await _call(action, feishu)
    except errors.BuzzRefused as error:
        return BuzzRefused(why=_HURDLES[error.reason], cause=str(error))
    except errors.BadMember as error:
        return BuzzRefused(why=Hurdle.PERSON, cause=str(error))
    except errors.MessageGone as error:
        return BuzzRefused(why=Hurdle.GONE, cause=str(error))
    except errors.MissingScope as error:
        return BuzzRefused(why=Hurdle.SCOPE, cause=str(error))
    except errors.Misconfigured:
        raise
    except (errors.ChatGone, errors.NotInChat) as error:
        if not action.is_direct:
            raise
        return BuzzRefused(why=Hurdle.OTHER, cause=str(error))
    except errors.Refused as error:
        return BuzzRefused(why=Hurdle.OTHER, cause=str(error))
    return Buzzed(outside=frozenset(called.invalid_user_id_list))


async def _call(action: Buzz, feishu: FeishuClient) -> Called:
    match action.way:
        case Way.APP:
            return await feishu.message_urgent_app(action.message, action.people)
        case Way.SMS:
            return await feishu.message_urgent_sms(action.message, action.people)
        case Way.PHONE:
            return await feishu.message_urgent_phone(action.message, action.people)
        case Way.CARD:
            raise AssertionError("a mention needs no call")
        case _:
            assert_never(action.way)


async def page_directly(action: PageDirectly, feishu: FeishuClient, around: Surroundings) -> Sent | BuzzRefused:
    """Write to somebody directly. Raises what says nothing of this person."""
    chat = around.incident.chat
    card = page_card(
        action.view,
        as_of=around.now,
        version=action.version,
        languages=around.policy.languages,
        names=around.names,
        group=chat.share_link if chat else "",
        page=around.page,
    )
    content = Content.card(card)

    async def send(uuid: str) -> Sent:
        sent = await feishu.message_create(action.person, content, receive_id_type="open_id", uuid=uuid)
        return Sent(message=sent.message_id, form=content.msg_type)

    try:
        return await send(action.uuid)
    except errors.InvalidRequest:
        # Feishu may refuse a `uuid` whose first answer was lost; and rather twice than not at all.
        return await send(f"{action.uuid}-2")
    except errors.Misconfigured:
        raise
    except errors.Refused as error:
        return BuzzRefused(why=Hurdle.PERSON, cause=str(error))

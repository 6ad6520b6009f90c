"""Does what is planned for a room: its messages."""

from alertbridge.core import action as act
from alertbridge.core.action import Outcome
from alertbridge.core.copy import Languages
from alertbridge.core.tending import RoomAction
from alertbridge.feishu.cards.posts import lines
from alertbridge.feishu.client import FeishuClient
from alertbridge.feishu.outcomes import outcome_of


async def perform_in_room(action: RoomAction, feishu: FeishuClient, languages: Languages) -> Outcome:
    """Do one action. Never raises for what Feishu or the network does: that is an outcome."""
    return await outcome_of(_perform(action, feishu.at(action.priority), languages))


async def _perform(action: RoomAction, feishu: FeishuClient, languages: Languages) -> Outcome:
    letter = action.letter
    content = lines(letter.text, languages)
    if letter.reply_to is None:
        sent = await feishu.message_create(letter.chat, content, uuid=action.uuid)
    else:
        sent = await feishu.message_reply(letter.reply_to, content, chat_id=letter.chat, uuid=action.uuid)
    return act.Sent(message=sent.message_id, form=content.msg_type)

"""Harmless questions that show what the app may do.

No call lists the scopes of an app. But Feishu's gateway looks at them before anything else is looked at: asked about a
group that is not there, it names the missing scope (99991672), or says that there is no such group. Unconfirmed: that
it does so for each call; where it finds the group missing first, the scope counts as granted.

One call for each set of scopes that open it is enough: a test compares them with the calls that the product makes.
"""

from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

from alertbridge.core.ids import ChatId, MessageId, OpenId
from alertbridge.feishu.calls.buzzes import message_urgent_app, message_urgent_phone, message_urgent_sms
from alertbridge.feishu.calls.chats import (
    ChatCreated,
    chat_create,
    chat_disband,
    chat_link_create,
    chat_list,
    chat_moderation_get,
    chat_moderation_update,
    chat_top_notice_delete,
    chat_update,
)
from alertbridge.feishu.calls.contacts import user_batch_get, user_batch_get_id
from alertbridge.feishu.calls.docx import docx_announcement_block_children_batch_delete, docx_announcement_blocks_list
from alertbridge.feishu.calls.images import image_create
from alertbridge.feishu.calls.members import chat_managers_add, chat_members_add, chat_members_list
from alertbridge.feishu.calls.menus import MenuId, chat_menu_tree_delete, chat_menu_tree_get
from alertbridge.feishu.calls.messages import Content, message_create, message_delete, message_list, message_patch
from alertbridge.feishu.calls.reactions import message_reaction_create
from alertbridge.feishu.calls.tabs import WantedTab, chat_tabs_create, chat_tabs_list
from alertbridge.feishu.client import FeishuClient
from alertbridge.feishu.errors import FeishuError, Misconfigured, MissingScope, Refused, Retryable
from alertbridge.feishu.protocol import Call

_CHAT: Final = ChatId("oc_" + "0" * 32)
_MESSAGE: Final = MessageId("om_" + "0" * 32)
_PERSON: Final = OpenId("ou_" + "0" * 32)
_EMAIL: Final = "nobody@alertbridge.invalid"
_NO_IMAGE: Final = b"this is no image"
_NOTHING: Final = Content.text("-")
_CARD: Final = {"schema": "2.0", "config": {"update_multi": True}, "body": {"elements": [{"tag": "hr"}]}}


@dataclass(frozen=True, slots=True)
class Need:
    """Something that the app has to be allowed to do, and the calls that show whether it is."""

    name: str
    calls: tuple[Call[Any], ...]


def needs() -> tuple[Need, ...]:
    """List what the product needs, the most important first. None of the calls can change anything."""
    return (
        # A public group without a name is refused by rule (232042), so none is made.
        Need(
            "groups",
            (
                chat_create(uuid=uuid4().hex, chat_type="public"),
                chat_update(_CHAT, name="-"),
                chat_disband(_CHAT),
                chat_link_create(_CHAT),
            ),
        ),
        Need("find", (chat_list(page_size=1),)),
        Need(
            "members",
            (chat_members_add(_CHAT, [_PERSON]), chat_managers_add(_CHAT, [_PERSON]), chat_members_list(_CHAT)),
        ),
        Need(
            "messages",
            (
                message_create(_CHAT, _NOTHING, uuid=uuid4().hex),
                message_patch(_MESSAGE, _CARD),
                message_delete(_MESSAGE),
            ),
        ),
        # Nobody is called: there is no such message.
        Need("buzz_app", (message_urgent_app(_MESSAGE, [_PERSON]),)),
        Need("buzz_sms", (message_urgent_sms(_MESSAGE, [_PERSON]),)),
        Need("buzz_phone", (message_urgent_phone(_MESSAGE, [_PERSON]),)),
        Need("notice", (chat_top_notice_delete(_CHAT),)),
        Need(
            "lock",
            (chat_moderation_update(_CHAT, moderation_setting="all_members"), chat_moderation_get(_CHAT)),
        ),
        Need("archive", (message_list(_CHAT, page_size=1),)),
        Need(
            "announcement",
            (
                docx_announcement_blocks_list(_CHAT, page_size=1),
                docx_announcement_block_children_batch_delete(
                    _CHAT, _CHAT, start_index=0, end_index=1, client_token=uuid4().hex
                ),
            ),
        ),
        Need("tabs", (chat_tabs_list(_CHAT), chat_tabs_create(_CHAT, [WantedTab(name="-", url="https://a.invalid")]))),
        Need("menu", (chat_menu_tree_get(_CHAT), chat_menu_tree_delete(_CHAT, [MenuId("0")]))),
        Need("reactions", (message_reaction_create(_MESSAGE, "OK"),)),
        Need("avatars", (image_create(_NO_IMAGE, image_type="avatar"),)),
        Need("people", (user_batch_get_id(emails=[_EMAIL]),)),
        Need("names", (user_batch_get([_PERSON]),)),
    )


@dataclass(frozen=True, slots=True)
class Answer:
    """What Feishu said to the calls of a need."""

    missing: tuple[tuple[str, ...], ...] = ()
    """Scopes for each call that is not allowed: any one of them would do. `()`: Feishu did not name them."""
    unclear: tuple[FeishuError, ...] = ()
    """Why Feishu could not be asked."""


async def ask(feishu: FeishuClient, need: Need) -> Answer:
    """Ask for one need. Raises nothing of Feishu's."""
    missing: list[tuple[str, ...]] = []
    unclear: list[FeishuError] = []
    for call in need.calls:
        try:
            made = await feishu.send(call)
            if isinstance(made, ChatCreated):  # against the rule; a group that nobody asked for does not stay
                await feishu.send(chat_disband(made.chat_id))
        except MissingScope as error:
            missing.append(error.scopes)
        except (Retryable, Misconfigured) as error:
            unclear.append(error)
        except Refused:  # because there is no such group, message, person or image: it was allowed to ask
            pass
    return Answer(tuple(dict.fromkeys(missing)), tuple(unclear))

"""Makes, fills and names the group; what Feishu refuses of it is left out, and the note tells so."""

from dataclasses import dataclass, replace
from typing import Final, Literal, TypedDict

from alertbridge.core.chats import action as act
from alertbridge.core.chats.chat import Text
from alertbridge.core.chats.outcome import ChatGone, ChatMade, Done, MembersAdded, Outcome
from alertbridge.core.groups import naming
from alertbridge.core.ids import ChatId, OpenId
from alertbridge.feishu import errors, finding, limits
from alertbridge.feishu.calls.chats import Validity
from alertbridge.feishu.calls.members import SucceedType
from alertbridge.feishu.calls.pages import every_item
from alertbridge.feishu.calls.words import I18nNames
from alertbridge.feishu.client import FeishuClient
from alertbridge.feishu.surroundings import Surroundings

SHARE_LINK_LIFE: Final[Validity] = "year"
"""Long enough for any incident; a link dies with its group anyway."""


async def create_chat(action: act.CreateChat, feishu: FeishuClient, around: Surroundings) -> Outcome:
    """Create with the people and the wanted look; without what Feishu refuses of them, which the note tells."""
    look = _Look(name=action.name, avatar=around.avatars.get(action.avatar, ""))
    members = action.members
    notes: list[str] = []
    while True:
        try:
            made = await feishu.chat_create(
                uuid=action.uuid,
                description=action.description,
                user_id_list=members,
                join_message_visibility="not_anyone",
                leave_message_visibility="not_anyone",
                edit_permission="only_owner",
                urgent_setting="all_members",
                **_settings(look),
            )
        except errors.Refused as error:
            # A repeat with a known `uuid` may be answered by an error although the chat is there.
            if action.is_repeat and (found := await _find_repeated(action, feishu, around)):
                return ChatMade(chat=found, members=())
            if isinstance(error, errors.BadMember) and members:
                members = ()  # they are added afterwards, where one bad id does not stop the others
            elif (plainer := _plainer(look, error, action)) is not None:
                look = plainer
            else:
                raise
            notes.append(str(error))
        else:
            await _forget_unusable(look, action, around)
            return ChatMade(chat=made.chat_id, members=members, note="; ".join(notes))


async def _find_repeated(action: act.CreateChat, feishu: FeishuClient, around: Surroundings) -> ChatId | None:
    return await finding.find_chat_by_marker(feishu, around.owner, action.description)


async def join_chat(action: act.JoinChat, feishu: FeishuClient) -> Outcome:
    """Join a standing room unless the bot is in it: it may only where the group is public. Nobody is added."""
    if not (await feishu.chat_members_is_in_chat(action.chat)).is_in_chat:
        await feishu.chat_members_me_join(action.chat)
    wanted, here = set(action.people), set[OpenId]()
    try:
        async for member in every_item(
            lambda token: feishu.chat_members_list(action.chat, page_size=limits.CHAT_PAGE, page_token=token)
        ):
            here |= {member.member_id} & wanted
            if here == wanted:
                break
    except errors.MissingScope as error:  # who is there is not known: then nobody is called by the card
        return ChatMade(chat=action.chat, members=(), note=str(error))
    return ChatMade(chat=action.chat, members=tuple(sorted(here)))


async def set_moderation(action: act.SetModeration, feishu: FeishuClient) -> None:
    """Say who may post."""
    if action.is_locked or action.speakers is None:
        setting: Literal["only_owner", "all_members"] = "only_owner" if action.is_locked else "all_members"
        await feishu.chat_moderation_update(action.chat, moderation_setting=setting)
        return
    await feishu.chat_moderation_update(
        action.chat,
        moderation_setting="moderator_list",
        moderator_added_list=action.speakers,
        moderator_removed_list=action.silenced,
    )


async def rejoin(chat: ChatId, feishu: FeishuClient) -> Outcome:
    """Be in a group again from which the bot was taken out. Only a public one takes it; else it is lost."""
    try:
        if not (await feishu.chat_members_is_in_chat(chat)).is_in_chat:
            await feishu.chat_members_me_join(chat)
    except errors.Refused:
        return ChatGone()
    return Done()


async def add_members(action: act.AddMembers, feishu: FeishuClient) -> Outcome:
    """Add in steps of 50, one after the other: Feishu wants member changes of a chat in line."""
    refused: dict[OpenId, str] = {}
    for start in range(0, len(action.people), limits.CHAT_USERS):
        refused |= await _add(feishu, action.chat, action.people[start : start + limits.CHAT_USERS])
    return MembersAdded(refused=refused)


async def _add(feishu: FeishuClient, chat: ChatId, people: tuple[OpenId, ...]) -> dict[OpenId, str]:
    """Add whom Feishu takes; the others are returned with the reason."""
    try:
        added = await feishu.chat_members_add(chat, people, succeed_type=SucceedType.ADD_USABLE)
    except errors.BadMember as error:
        refused = {person: str(error) for person in people if person in error.ids}
        # An id of another app can fail the call for all of them, and Feishu may not say whose it is.
        rest = [tuple(person for person in people if person not in refused)] if refused else [(one,) for one in people]
        for others in rest:
            if others:
                refused |= await _add(feishu, chat, others)
        return refused
    return {
        OpenId(person): reason
        for ids, reason in (
            (added.invalid_id_list, "out_of_range"),
            (added.not_existed_id_list, "unknown"),
            (added.pending_approval_id_list, "pending"),
        )
        for person in ids
    }


async def rename(action: act.Rename, feishu: FeishuClient, around: Surroundings) -> Outcome:
    """Give the group its name and picture, without what Feishu refuses of them."""
    look = _Look(name=action.name, avatar=around.avatars.get(action.avatar, ""))
    notes: list[str] = []
    while True:
        try:
            await feishu.chat_update(action.chat, **_settings(look))
        except errors.Refused as error:
            plainer = _plainer(look, error, action)
            if plainer is None:
                raise
            look = plainer
            notes.append(str(error))
        else:
            await _forget_unusable(look, action, around)
            return Done(note="; ".join(notes))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """What a group is seen as: its name, and the image key of its picture ("" for Feishu's own)."""

    name: Text
    avatar: str


def _plainer(look: _Look, error: errors.Refused, action: act.CreateChat | act.Rename) -> _Look | None:
    """The look without what Feishu refuses of it; None where it refuses something else."""
    match error:
        case errors.NameRefused() if look.name != action.plain_name:
            return replace(look, name=action.plain_name)
        # A new chat has no code of its own for a picture that is not there.
        case errors.ImageUnusable() | errors.InvalidRequest() if look.avatar:
            return replace(look, avatar="")
    return None


async def _forget_unusable(look: _Look, action: act.CreateChat | act.Rename, around: Surroundings) -> None:
    """Only now that it went well without its picture is it known that the picture was what Feishu refused."""
    if not look.avatar and action.avatar in around.avatars:
        await around.forget_avatar(action.avatar)


class LookSettings(TypedDict, total=False):
    """The same as Feishu's calls take it."""

    name: str
    i18n_names: I18nNames
    avatar: str


def named(name: Text) -> LookSettings:
    """How a call that makes a group is told its name."""
    return _settings(_Look(name=name, avatar=""))


def _settings(look: _Look) -> LookSettings:
    settings: LookSettings = {"name": naming.searched(look.name)}
    if names := i18n_names(look.name):
        settings["i18n_names"] = names
    if look.avatar:
        settings["avatar"] = look.avatar
    return settings


def i18n_names(name: Text) -> I18nNames | None:
    """Feishu's per-language names; None where one language is set, which then is the plain name."""
    return I18nNames(zh_cn=name["zh"], en_us=name["en"]) if len(name) > 1 else None

"""Does what the planner lists: one action, its calls, what came of it.

Every failure becomes an outcome here, once, so that the planner decides what a failure means: `perform` raises nothing
of Feishu's. How a card steps down when Feishu refuses it is in `cards`, how announcements are written in `announcing`.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, TypedDict, assert_never

import msgspec

from alertbridge.core import action as act
from alertbridge.core.action import Action, Outcome
from alertbridge.core.chat import Menu, MenuItem, Tab, Text
from alertbridge.core.ids import ChatId, OpenId
from alertbridge.core.incident import Incident
from alertbridge.core.route import ChatPolicy
from alertbridge.feishu import announcing, archiving, errors, finding, limits
from alertbridge.feishu.calls import menus, tabs
from alertbridge.feishu.calls.chats import Validity
from alertbridge.feishu.calls.members import SucceedType
from alertbridge.feishu.calls.messages import Content
from alertbridge.feishu.calls.words import I18nNames
from alertbridge.feishu.cards.ladder import Rung, ladder
from alertbridge.feishu.cards.sayings import Occasion, saying
from alertbridge.feishu.client import FeishuClient

SHARE_LINK_LIFE: Final[Validity] = "year"
"""Long enough for any incident; a link dies with its group anyway."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What an action needs beside itself."""

    incident: Incident
    now: datetime
    page: str
    """Where the incident can be read; "" where this install has no public address."""
    avatars: Mapping[str, str]
    """Image keys by picture name; a picture that is not uploaded is left out."""
    names: Mapping[OpenId, str]
    """How people are called in messages."""
    archive: archiving.ArchiveSink
    owner: finding.Owner
    """How our own groups are recognised."""
    forget_avatar: Callable[[str], Awaitable[None]]
    """Told of a picture whose key Feishu does not take any more."""

    @property
    def policy(self) -> ChatPolicy:
        """How the route wants its groups."""
        return self.incident.opening.route.chat


async def perform(action: Action, feishu: FeishuClient, around: Surroundings) -> Outcome:
    """Do one action. Never raises for what Feishu or the network does: that is an outcome."""
    try:
        return await _perform(action, feishu.at(action.priority), around)
    except errors.AnswerLost as error:
        return act.AnswerLost(cause=str(error))
    except errors.QuotaWait as wait:
        return act.Failed(cause=str(wait), wait_seconds=wait.wait_seconds, is_quota=True)
    except errors.RateLimited as error:
        return act.Failed(cause=str(error), wait_seconds=error.wait_seconds)
    except errors.Retryable as error:
        return act.Failed(cause=str(error))
    except (errors.ChatGone, errors.NotInChat):
        return act.ChatGone()
    except errors.MissingScope as error:
        return act.Failed(cause=str(error), is_refused=True, scope=" | ".join(error.scopes))
    except errors.Refused as error:
        return act.Failed(cause=str(error), is_refused=True)


async def _perform(action: Action, feishu: FeishuClient, around: Surroundings) -> Outcome:
    match action:
        case act.CreateChat():
            return await _create_chat(action, feishu, around)
        case act.FindChat():
            found = await finding.find_chat(feishu, around.owner, action.incident, action.number)
            return act.ChatMade(chat=found, members=()) if found else act.NotFound()
        case act.SendCard():
            return await _send_card(action, feishu, around)
        case act.EditCard():
            return await _edit_card(action, feishu, around)
        case act.PutTopNotice(chat=chat, message=message):
            try:
                await feishu.chat_top_notice_put(chat, message_id=message)
            except errors.MessageGone:
                return act.CardGone()
        case act.DeleteTopNotice(chat=chat):
            with suppress(errors.InvalidRequest):  # somebody took it away by hand: the wish is met
                await feishu.chat_top_notice_delete(chat)
        case act.AddMembers():
            return await _add_members(action, feishu)
        case act.AddManagers(chat=chat, people=people):
            await feishu.chat_managers_add(chat, people)
        case act.DeleteManagers(chat=chat, people=people):
            await feishu.chat_managers_delete(chat, people)
        case act.Rename():
            return await _rename(action, feishu, around)
        case act.WriteAnnouncement():
            return await announcing.write(feishu, action)
        case act.CreateTabs(chat=chat, tabs=wanted):
            return _tabs_seen(await feishu.chat_tabs_create(chat, [_wanted_tab(tab) for tab in wanted]))
        case act.UpdateTabs(chat=chat, tabs=wanted):
            changed = {tabs.TabId(tab.id): _wanted_tab(tab) for tab in wanted}
            return _tabs_seen(await feishu.chat_tabs_update(chat, changed))
        case act.LookAtTabs(chat=chat):
            return _tabs_seen(await feishu.chat_tabs_list(chat))
        case act.CreateMenu(chat=chat, menu=menu):
            tree = await feishu.chat_menu_tree_create(chat, [_wanted_menu(top) for top in menu])
            return _menu_seen(tree, around.policy.languages)
        case act.DeleteMenu(chat=chat, ids=ids):
            tree = await feishu.chat_menu_tree_delete(chat, [menus.MenuId(menu_id) for menu_id in ids])
            return _menu_seen(tree, around.policy.languages)
        case act.LookAtMenu(chat=chat):
            return _menu_seen(await feishu.chat_menu_tree_get(chat), around.policy.languages)
        case act.SetModeration(chat=chat, is_locked=is_locked):
            await feishu.chat_moderation_update(chat, moderation_setting="only_owner" if is_locked else "all_members")
        case act.FetchShareLink(chat=chat):
            link = await feishu.chat_link_create(chat, validity_period=SHARE_LINK_LIFE)
            return act.LinkMade(url=link.share_link)
        case act.Say():
            return await _say(action, feishu, around)
        case act.ArchiveMessages(chat=chat):
            return await archiving.archive(feishu, chat, around.archive)
        case act.DisbandChat(chat=chat):
            await feishu.chat_disband(chat)
        case _:
            assert_never(action)
    return act.Done()


# -- the chat and its people -------------------------------------------------------------------------------------------


async def _create_chat(action: act.CreateChat, feishu: FeishuClient, around: Surroundings) -> Outcome:
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
                return act.ChatMade(chat=found, members=())
            if isinstance(error, errors.BadMember) and members:
                members = ()  # they are added afterwards, where one bad id does not stop the others
            elif (plainer := _plainer(look, error, action)) is not None:
                look = plainer
            else:
                raise
            notes.append(str(error))
        else:
            await _forget_unusable(look, action, around)
            return act.ChatMade(chat=made.chat_id, members=members, note="; ".join(notes))


async def _find_repeated(action: act.CreateChat, feishu: FeishuClient, around: Surroundings) -> ChatId | None:
    return await finding.find_chat_by_marker(feishu, around.owner, action.description)


async def _add_members(action: act.AddMembers, feishu: FeishuClient) -> Outcome:
    """Add in steps of 50, one after the other: Feishu wants member changes of a chat in line."""
    refused: dict[OpenId, str] = {}
    for start in range(0, len(action.people), limits.CHAT_USERS):
        refused |= await _add(feishu, action.chat, action.people[start : start + limits.CHAT_USERS])
    return act.MembersAdded(refused=refused)


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


async def _rename(action: act.Rename, feishu: FeishuClient, around: Surroundings) -> Outcome:
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
            return act.Done(note="; ".join(notes))


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


class _LookSettings(TypedDict, total=False):
    """The same as Feishu's calls take it."""

    name: str
    i18n_names: I18nNames
    avatar: str


def _settings(look: _Look) -> _LookSettings:
    settings: _LookSettings = {"name": _english_first(look.name)}
    if names := _i18n(look.name):
        settings["i18n_names"] = names
    if look.avatar:
        settings["avatar"] = look.avatar
    return settings


def _english_first(name: Text) -> str:
    """The plain `name` field has the English state word, for search and scripts, whatever the primary language."""
    return name.get("en") or next(iter(name.values()))


def _i18n(name: Text) -> I18nNames | None:
    """Feishu's per-language names; None where one language is set, which then is the plain name."""
    return I18nNames(zh_cn=name["zh"], en_us=name["en"]) if len(name) > 1 else None


# -- messages ----------------------------------------------------------------------------------------------------------


async def _send_card(action: act.SendCard, feishu: FeishuClient, around: Surroundings) -> act.Sent:
    async def look(since: datetime) -> act.Sent | None:
        found = await finding.find_card(feishu, around.owner, action.chat, action.view.incident, since)
        return act.Sent(message=found, form="interactive") if found else None

    async def send_rung(rung: Rung) -> act.Sent:
        sent = await feishu.message_create(action.chat, rung.content, uuid=action.uuid)
        note = await _send_companion(rung.companion, feishu, action) if rung.companion else ""
        return act.Sent(message=sent.message_id, form=rung.content.msg_type, note=note)

    return await _once(action, look, lambda: _climb_down(_rungs(action, around, action.mention), send_rung))


async def _send_companion(companion: Content, feishu: FeishuClient, action: act.SendCard) -> str:
    """Send what goes with a card that is out already: no failure of this one may look as if that were not so.

    Returns why it could not be sent: then the people are not called, but they are in the group.
    """
    try:
        await feishu.message_create(action.chat, companion, uuid=f"{action.uuid}-called")
    except errors.Retryable as error:
        raise errors.AnswerLost(error.failure, wait_seconds=error.wait_seconds) from error
    except errors.Refused as error:
        return str(error)
    return ""


async def _once(
    action: act.SendCard | act.Say,
    look: Callable[[datetime], Awaitable[act.Sent | None]],
    send: Callable[[], Awaitable[act.Sent]],
) -> act.Sent:
    """Send a message that an earlier try may have sent: look for it first, or when Feishu refuses the known `uuid`.

    Where the bot may not look, it is rather there twice than not at all.
    """
    note = ""
    if action.look_since is not None:
        try:
            if found := await look(action.look_since):
                return found
        except errors.Refused as error:
            note = f"perhaps there twice: {error}"
    try:
        sent = await send()
    except errors.Refused:
        with suppress(errors.Refused):
            if action.tried_at is not None and (found := await look(action.tried_at)):
                return found
        raise
    return replace(sent, note=note) if note else sent


async def _edit_card(action: act.EditCard, feishu: FeishuClient, around: Surroundings) -> Outcome:
    async def edit(rung: Rung) -> act.Sent:
        if action.form == "post":
            await feishu.message_update(action.message, rung.content)
        else:
            await feishu.message_patch(action.message, _card(rung.content))
        return act.Sent(message=action.message, form=action.form)

    rungs = (rung for rung in _rungs(action, around, ()) if rung.content.msg_type == action.form)
    try:
        sent = await _climb_down(rungs, edit)
    except (errors.MessageGone, errors.Uneditable):
        return act.CardGone()
    return act.Done(note=sent.note)


def _rungs(action: act.SendCard | act.EditCard, around: Surroundings, mention: tuple[OpenId, ...]) -> Iterator[Rung]:
    return ladder(
        action.view,
        as_of=around.now,
        version=action.version,
        languages=around.policy.languages,
        mention=mention,
        names=around.names,
    )


async def _climb_down(rungs: Iterator[Rung], send: Callable[[Rung], Awaitable[act.Sent]]) -> act.Sent:
    """Send the best form that Feishu takes; the note says which one it was, and why no better one."""
    refusal: errors.Refused | None = None
    for rung in rungs:
        try:
            sent = await send(rung)
        except (errors.CardRefused, errors.BadMember, errors.WordingRefused, errors.ContentTooLarge) as error:
            refusal = error
        else:
            notes = ([f"{rung.step}: {refusal}"] if refusal else []) + ([sent.note] if sent.note else [])
            return replace(sent, note="; ".join(notes))
    assert refusal is not None, "a ladder has at least one rung"
    raise refusal


async def _say(action: act.Say, feishu: FeishuClient, around: Surroundings) -> Outcome:
    occasion = Occasion(
        incident=around.incident.id,
        version=around.incident.version,
        now=action.tried_at or around.now,
        timezone=around.policy.timezone,
        languages=around.policy.languages,
        on_close=around.policy.on_close,
        names=around.names,
        link=around.page,
    )
    content = saying(action.saying, occasion)
    if action.saying.edits is not None:
        try:
            await feishu.message_patch(action.saying.edits, _card(content))
        except (errors.MessageGone, errors.Uneditable) as error:
            return act.Done(note=str(error))
        return act.Done()

    async def look(since: datetime) -> act.Sent | None:
        found = await finding.find_message(feishu, around.owner, action.chat, content, since)
        return act.Sent(message=found, form=content.msg_type) if found else None

    async def send() -> act.Sent:
        sent = await feishu.message_create(action.chat, content, uuid=action.uuid)
        return act.Sent(message=sent.message_id, form=content.msg_type)

    return await _once(action, look, send)


def _card(content: Content) -> dict[str, Any]:
    card: dict[str, Any] = msgspec.json.decode(content.json)
    return card


# -- tabs and menu -----------------------------------------------------------------------------------------------------


def _wanted_tab(tab: Tab) -> tabs.WantedTab:
    return tabs.WantedTab(name=tab.name, url=tab.url)


def _tabs_seen(answer: tabs.Tabs) -> act.TabsSeen:
    return act.TabsSeen(
        tabs=tuple(
            Tab(name=tab.tab_name, url=tab.tab_content.url, id=tab.tab_id)
            for tab in answer.chat_tabs
            if tab.tab_type == "url"
        )
    )


def _wanted_menu(menu: Menu) -> menus.WantedMenu:
    return menus.WantedMenu(
        item=menus.MenuItem.heading(_english_last(menu.name), i18n_names=_i18n(menu.name)),
        children=tuple(
            menus.MenuItem.link(_english_last(item.name), item.url, i18n_names=_i18n(item.name)) for item in menu.items
        ),
    )


def _menu_seen(tree: menus.MenuTree, languages: tuple[str, ...]) -> act.MenuSeen:
    return act.MenuSeen(
        menu=tuple(
            Menu(
                id=top.chat_menu_top_level_id,
                name=_read_name(top.chat_menu_item, languages),
                items=tuple(
                    MenuItem(
                        id=child.chat_menu_second_level_id,
                        name=_read_name(child.chat_menu_item, languages),
                        url=child.chat_menu_item.redirect_link.common_url if child.chat_menu_item.redirect_link else "",
                    )
                    for child in top.children
                ),
            )
            for top in tree.chat_menu_top_levels
        )
    )


def _english_last(name: Text) -> str:
    """Fields that nobody searches hold the primary language."""
    return next(iter(name.values()))


def _read_name(item: menus.MenuItem, languages: tuple[str, ...]) -> Text:
    if len(languages) == 1 or item.i18n_names is None:
        return {languages[0]: item.name}
    by_language = {"zh": item.i18n_names.zh_cn, "en": item.i18n_names.en_us}
    return {language: by_language[language] for language in languages}

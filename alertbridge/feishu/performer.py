"""Does what the planner lists: one action, its calls, what came of it.

The planner decides what a failure means, so `perform` raises nothing of Feishu's. How the calls of an action go is in
`groups`, `messages`, `places`, `announcing`, `archiving` and `buzzing`.
"""

from contextlib import suppress
from typing import assert_never

from alertbridge.core.chats import action as act
from alertbridge.core.chats.action import ChatAction
from alertbridge.core.chats.outcome import CardGone, ChatMade, Done, LinkMade, NotFound, Outcome
from alertbridge.feishu import announcing, archiving, buzzing, errors, finding, groups, looking, messages, places
from alertbridge.feishu.calls import menus, tabs
from alertbridge.feishu.client import FeishuClient
from alertbridge.feishu.outcomes import outcome_of
from alertbridge.feishu.surroundings import Surroundings


async def perform(action: ChatAction, feishu: FeishuClient, around: Surroundings) -> Outcome:
    """Do one action. Never raises for what Feishu or the network does: that is an outcome."""
    return await outcome_of(_perform(action, feishu.at(action.priority), around))


async def _perform(action: ChatAction, feishu: FeishuClient, around: Surroundings) -> Outcome:
    match action:
        case act.CreateChat():
            return await groups.create_chat(action, feishu, around)
        case act.JoinChat():
            return await groups.join_chat(action, feishu)
        case act.FindChat():
            found = await finding.find_chat(feishu, around.owner, action.incident, action.number)
            return ChatMade(chat=found, members=()) if found else NotFound()
        case act.SendCard():
            return await messages.send_card(action, feishu, around)
        case act.EditCard():
            return await messages.edit_card(action, feishu, around)
        case act.EditOldCard(message=message, view=view, version=version):
            edit = act.EditCard(message=message, form="interactive", view=view, version=version)
            return await messages.edit_card(edit, feishu, around)
        case act.PutTopNotice(chat=chat, message=message):
            try:
                await feishu.chat_top_notice_put(chat, message_id=message)
            except errors.MessageGone:
                return CardGone()
        case act.DeleteTopNotice(chat=chat):
            with suppress(errors.InvalidRequest):  # somebody took it away by hand: the wish is met
                await feishu.chat_top_notice_delete(chat)
        case act.AddMembers():
            return await groups.add_members(action, feishu)
        case act.AddManagers(chat=chat, people=people):
            await feishu.chat_managers_add(chat, people)
        case act.RemoveMembers(chat=chat, people=people):
            with suppress(errors.BadMember):  # they are out already: the wish is met
                await feishu.chat_members_remove(chat, people)
        case act.DeleteManagers(chat=chat, people=people):
            await feishu.chat_managers_delete(chat, people)
        case act.Rename():
            return await groups.rename(action, feishu, around)
        case act.Describe(chat=chat, description=description):
            await feishu.chat_update(chat, description=description)
        case act.Rejoin(chat=chat):
            return await groups.rejoin(chat, feishu)
        case act.LookAtChat():
            return await looking.look(feishu, action, around.policy.languages)
        case act.WriteAnnouncement():
            return await announcing.write(feishu, action)
        case act.CreateTabs(chat=chat, tabs=wanted):
            return places.tabs_seen(await feishu.chat_tabs_create(chat, [places.wanted_tab(tab) for tab in wanted]))
        case act.UpdateTabs(chat=chat, tabs=wanted):
            changed = {tabs.TabId(tab.id): places.wanted_tab(tab) for tab in wanted}
            return places.tabs_seen(await feishu.chat_tabs_update(chat, changed))
        case act.DeleteTabs(chat=chat, ids=ids):
            return places.tabs_seen(await feishu.chat_tabs_delete(chat, [tabs.TabId(tab) for tab in ids]))
        case act.SortTabs(chat=chat, order=order):
            return places.tabs_seen(await feishu.chat_tabs_sort(chat, [tabs.TabId(tab) for tab in order]))
        case act.LookAtTabs(chat=chat):
            return places.tabs_seen(await feishu.chat_tabs_list(chat))
        case act.CreateMenu(chat=chat, menu=menu):
            tree = await feishu.chat_menu_tree_create(chat, [places.wanted_menu(top) for top in menu])
            return places.menu_seen(tree, around.policy.languages)
        case act.DeleteMenu(chat=chat, ids=ids):
            tree = await feishu.chat_menu_tree_delete(chat, [menus.MenuId(menu_id) for menu_id in ids])
            return places.menu_seen(tree, around.policy.languages)
        case act.PatchMenu(chat=chat, items=items):
            for item in items:  # the answer to one holds only that one, and side by side they are refused as busy
                await feishu.chat_menu_item_patch(
                    chat, menus.MenuId(item.id), places.wanted_item(item), update_fields=places.ITEM_FIELDS
                )
        case act.SortMenu(chat=chat, order=order):
            tree = await feishu.chat_menu_tree_sort(chat, [menus.MenuId(menu_id) for menu_id in order])
            return places.menu_seen(tree, around.policy.languages)
        case act.LookAtMenu(chat=chat):
            return places.menu_seen(await feishu.chat_menu_tree_get(chat), around.policy.languages)
        case act.SetModeration():
            await groups.set_moderation(action, feishu)
        case act.FetchShareLink(chat=chat):
            link = await feishu.chat_link_create(chat, validity_period=groups.SHARE_LINK_LIFE)
            return LinkMade(url=link.share_link)
        case act.Say():
            return await messages.say(action, feishu, around)
        case act.RecallForm():
            return await messages.recall_form(action, feishu, around)
        case act.ArchiveMessages(chat=chat):
            return await archiving.archive(feishu, chat, around.archive)
        case act.Buzz():
            return await buzzing.buzz(action, feishu)
        case act.PageDirectly():
            return await buzzing.page_directly(action, feishu, around)
        case act.DisbandChat(chat=chat):
            await feishu.chat_disband(chat)
        case _:
            assert_never(action)
    return Done()

"""Tabs and menus: ours in Feishu's form, Feishu's in ours."""

from typing import Final

from alertbridge.core.chats.chat import Menu, MenuItem, Tab, Text
from alertbridge.core.chats.outcome import MenuSeen, TabsSeen
from alertbridge.feishu.calls import menus, tabs
from alertbridge.feishu.groups import i18n_names

ITEM_FIELDS: Final[tuple[menus.MenuField, ...]] = ("NAME", "I18N_NAME", "REDIRECT_LINK")
"""What an entry of a menu is made of."""


def wanted_tab(tab: Tab) -> tabs.WantedTab:
    """Our tab in Feishu's form."""
    return tabs.WantedTab(name=tab.name, url=tab.url)


def tabs_seen(answer: tabs.Tabs) -> TabsSeen:
    """The tabs that lead to pages, in our form."""
    return TabsSeen(
        tabs=tuple(
            Tab(name=tab.tab_name, url=tab.tab_content.url, id=tab.tab_id)
            for tab in answer.chat_tabs
            if tab.tab_type == "url"
        ),
        order=tuple(tab.tab_id for tab in answer.chat_tabs),
    )


def wanted_menu(menu: Menu) -> menus.WantedMenu:
    """Our menu in Feishu's form."""
    return menus.WantedMenu(
        item=menus.MenuItem.heading(_english_last(menu.name), i18n_names=i18n_names(menu.name)),
        children=tuple(wanted_item(item) for item in menu.items),
    )


def wanted_item(item: MenuItem) -> menus.MenuItem:
    """One entry of ours in Feishu's form."""
    return menus.MenuItem.link(_english_last(item.name), item.url, i18n_names=i18n_names(item.name))


def menu_seen(tree: menus.MenuTree, languages: tuple[str, ...]) -> MenuSeen:
    """The whole menu in our form."""
    return MenuSeen(
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

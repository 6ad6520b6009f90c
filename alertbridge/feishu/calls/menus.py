"""The menu at the bottom of a group: links only, clicks are not reported. Most calls answer with the whole menu."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NewType

import msgspec

from alertbridge.core.ids import ChatId
from alertbridge.feishu import checks, limits
from alertbridge.feishu.calls.chats import chat_path
from alertbridge.feishu.calls.images import ImageKey
from alertbridge.feishu.calls.words import I18nNames
from alertbridge.feishu.protocol import Call, segment

MenuId = NewType("MenuId", str)

MenuField = Literal["ICON", "NAME", "I18N_NAME", "REDIRECT_LINK"]


class MenuLink(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where a menu item leads, per client; without its own link a client takes `common_url`."""

    common_url: str = ""
    ios_url: str = ""
    android_url: str = ""
    pc_url: str = ""
    web_url: str = ""


class MenuItem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One item. With children it leads nowhere and has no icon; `action_type` cannot be changed later."""

    name: str = ""
    action_type: Literal["NONE", "REDIRECT_LINK"] | str = ""
    redirect_link: MenuLink | None = None
    image_key: str = ""
    i18n_names: I18nNames | None = None

    @classmethod
    def heading(cls, name: str, *, i18n_names: I18nNames | None = None) -> "MenuItem":
        """Return an item that opens its children."""
        return cls(name=name, action_type="NONE", i18n_names=i18n_names)

    @classmethod
    def link(
        cls, name: str, url: str, *, i18n_names: I18nNames | None = None, image_key: ImageKey | None = None
    ) -> "MenuItem":
        """Return an item that opens a page."""
        return cls(
            name=name,
            action_type="REDIRECT_LINK",
            redirect_link=MenuLink(common_url=url),
            i18n_names=i18n_names,
            image_key=image_key or "",
        )


@dataclass(frozen=True, slots=True)
class WantedMenu:
    """A top-level item with what it opens."""

    item: MenuItem
    children: tuple[MenuItem, ...] = ()

    def as_json(self) -> dict[str, object]:
        """Return Feishu's form of it."""
        checks.at_most(limits.MENU_CHILDREN, "items under one menu", self.children)
        _check_item(self.item)
        for child in self.children:
            _check_item(child)
        if self.children and (self.item.action_type != "NONE" or self.item.image_key):
            raise ValueError(f"menu {self.item.name!r} has children, so it can have neither link nor icon")
        menu: dict[str, object] = {"chat_menu_item": self.item}
        if self.children:
            menu["children"] = [{"chat_menu_item": child} for child in self.children]
        return menu


class SubMenu(msgspec.Struct, frozen=True, kw_only=True):
    """An item under a top-level one."""

    chat_menu_second_level_id: MenuId
    chat_menu_item: MenuItem = MenuItem()


class TopMenu(msgspec.Struct, frozen=True, kw_only=True):
    """A top-level item."""

    chat_menu_top_level_id: MenuId
    chat_menu_item: MenuItem = MenuItem()
    children: tuple[SubMenu, ...] = ()


class MenuTree(msgspec.Struct, frozen=True, kw_only=True):
    """The whole menu, left to right."""

    chat_menu_top_levels: tuple[TopMenu, ...] = ()


def chat_menu_tree_create(chat_id: ChatId, menus: Sequence[WantedMenu]) -> Call[MenuTree]:
    """Append top-level items with their children; a chat has at most 3. Nothing can be added to an existing one."""
    checks.some(limits.MENU_TOP_LEVELS, "top-level menus", menus)
    body = {"menu_tree": {"chat_menu_top_levels": [menu.as_json() for menu in menus]}}
    return _tree("chat_menu_tree_create", "POST", chat_id, "", body)


def chat_menu_tree_get(chat_id: ChatId) -> Call[MenuTree]:
    """Get the menu."""
    return _tree("chat_menu_tree_get", "GET", chat_id, "", None)


def chat_menu_tree_delete(chat_id: ChatId, top_level_ids: Sequence[MenuId]) -> Call[MenuTree]:
    """Delete top-level items with their children."""
    checks.some(limits.MENU_TOP_LEVELS, "top-level menus", top_level_ids)
    return _tree("chat_menu_tree_delete", "DELETE", chat_id, "", {"chat_menu_top_level_ids": top_level_ids})


def chat_menu_tree_sort(chat_id: ChatId, top_level_ids: Sequence[MenuId]) -> Call[MenuTree]:
    """Order the top-level items. `top_level_ids` must name all of them."""
    checks.some(limits.MENU_TOP_LEVELS, "top-level menus", top_level_ids)
    return _tree("chat_menu_tree_sort", "POST", chat_id, "/sort", {"chat_menu_top_level_ids": top_level_ids})


def chat_menu_item_patch(
    chat_id: ChatId, menu_item_id: MenuId, item: MenuItem, *, update_fields: Sequence[MenuField]
) -> Call[MenuItem]:
    """Change one item of either level; only `update_fields` are applied."""
    checks.some(len(update_fields), "the fields to change", update_fields)
    if "NAME" in update_fields:
        _check_name(item)
    _check_links(item)
    return Call(
        operation="chat_menu_item_patch",
        method="PATCH",
        path=f"{chat_path(chat_id)}/menu_items/{segment(menu_item_id, 'menu_item_id')}",
        body={"update_fields": update_fields, "chat_menu_item": item},
        answer=MenuItem,
        answer_at=("data", "chat_menu_item"),
    )


def _tree(
    operation: str, method: Literal["GET", "POST", "DELETE"], chat_id: ChatId, tail: str, body: object
) -> Call[MenuTree]:
    return Call(
        operation=operation,
        method=method,
        path=f"{chat_path(chat_id)}/menu_tree{tail}",
        body=body,
        answer=MenuTree,
        answer_at=("data", "menu_tree"),
    )


def _check_item(item: MenuItem) -> None:
    _check_name(item)
    _check_links(item)


def _check_name(item: MenuItem) -> None:
    checks.some(limits.MENU_NAME_CHARACTERS, "characters of a menu name", item.name)
    if item.i18n_names is not None:
        for name in msgspec.structs.astuple(item.i18n_names):
            checks.at_most(limits.MENU_NAME_CHARACTERS, "characters of a menu name", name)


def _check_links(item: MenuItem) -> None:
    if item.redirect_link is not None:
        for url in msgspec.structs.astuple(item.redirect_link):
            checks.web_link(url or None, "a menu's link")

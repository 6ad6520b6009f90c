"""Tabs and menus: what to do next so that ours are there, current, and in order."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from alertbridge.core.chats import action as act
from alertbridge.core.chats.action import Action
from alertbridge.core.chats.chat import Chat, Menu, Tab
from alertbridge.core.chats.giving_way import MENU, TABS, gives_way
from alertbridge.core.groups.blueprint import OUR_MENUS
from alertbridge.core.text import is_same_address


def tabs_as_known(there: tuple[Tab, ...], known: tuple[Tab, ...]) -> tuple[Tab, ...]:
    """The tabs that are there; an address that only is written otherwise is the one that we know."""
    by_id = {tab.id: tab for tab in known}
    return tuple(replace(tab, url=_as_known(tab.url, by_id[tab.id].url)) if tab.id in by_id else tab for tab in there)


def menu_as_known(there: tuple[Menu, ...], known: tuple[Menu, ...]) -> tuple[Menu, ...]:
    """The same for menus, entry by entry."""
    urls = {item.id: item.url for menu in known for item in menu.items}
    return tuple(
        replace(menu, items=tuple(replace(item, url=_as_known(item.url, urls.get(item.id, ""))) for item in menu.items))
        for menu in there
    )


def _as_known(there: str, known: str) -> str:
    return known if is_same_address(there, known) else there


def tab_wishes(chat: Chat, wanted: tuple[Tab, ...]) -> Iterator[Action]:
    """The next step towards the wanted tabs: make, change, take away, sort. People's own stay in place."""
    if chat.tabs is None:
        yield act.LookAtTabs(chat=chat.id)
        return
    if gives_way(chat, TABS):
        return
    seen = {tab.name: tab for tab in chat.tabs}
    ours = [seen[tab.name].id for tab in wanted if tab.name in seen]
    order = _in_places(chat.tab_order, ours)
    if new := [tab for tab in wanted if tab.name not in seen]:
        yield act.CreateTabs(chat=chat.id, tabs=tuple(new))
    elif moved := [tab for tab in wanted if not is_same_address(seen[tab.name].url, tab.url)]:
        yield act.UpdateTabs(chat=chat.id, tabs=tuple(replace(tab, id=seen[tab.name].id) for tab in moved))
    elif stale := [tab.id for tab in chat.tabs if tab.id in chat.made_tabs and tab.id not in ours]:
        yield act.DeleteTabs(chat=chat.id, ids=tuple(stale))
    elif order != chat.tab_order:
        yield act.SortTabs(chat=chat.id, order=order)


def _in_places(order: tuple[str, ...], ours: Sequence[str]) -> tuple[str, ...]:
    """`order` with ours as wanted in the places that are ours: what is other people's stays where it is."""
    following = iter([one for one in ours if one in order])
    return tuple(next(following) if one in ours else one for one in order)


def menu_wishes(chat: Chat, wanted: tuple[Menu, ...]) -> Iterator[Action]:
    """The next step towards the wanted menus; people's own stay."""
    if chat.menu is None:
        yield act.LookAtMenu(chat=chat.id)
        return
    if gives_way(chat, MENU):
        return
    # Feishu can neither add an entry to a menu nor delete one: what has too many or too few is made anew.
    ours = [menu for menu in chat.menu if OUR_MENUS & set(menu.name.values())]
    pairs = [(menu, _same_shape(menu, wanted)) for menu in ours]
    changed = [
        replace(new, id=old.id)
        for menu, shaped in pairs
        if shaped is not None
        for old, new in zip(menu.items, shaped.items, strict=True)
        if not (old.name == new.name and is_same_address(old.url, new.url))
    ]
    order = _in_places(tuple(menu.id for menu in chat.menu), _wanted_order(ours, wanted))
    if stale := [menu.id for menu, shaped in pairs if shaped is None]:
        yield act.DeleteMenu(chat=chat.id, ids=tuple(stale))
    elif changed:
        yield act.PatchMenu(chat=chat.id, items=tuple(changed))
    elif new := [menu for menu in wanted if menu.name not in [mine.name for mine in ours]]:
        yield act.CreateMenu(chat=chat.id, menu=tuple(new))
    elif order != tuple(menu.id for menu in chat.menu):
        yield act.SortMenu(chat=chat.id, order=order)


def _same_shape(menu: Menu, wanted: Sequence[Menu]) -> Menu | None:
    """The wanted menu that `menu` becomes by new names and addresses of its entries; None: by no such change."""
    named = (one for one in wanted if one.name == menu.name and len(one.items) == len(menu.items))
    return next(named, None)


def _wanted_order(ours: Sequence[Menu], wanted: Sequence[Menu]) -> list[str]:
    names = [menu.name for menu in wanted]
    return [
        menu.id for menu in sorted(ours, key=lambda menu: names.index(menu.name) if menu.name in names else len(names))
    ]

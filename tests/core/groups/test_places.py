"""Tabs and menus are made, changed, taken away and put in order, one step after the other; people's own stay."""

from dataclasses import replace

from alertbridge.core.chats import action as act
from alertbridge.core.chats.action import Action
from alertbridge.core.chats.chat import Chat, Menu, Tab
from alertbridge.core.groups.places import menu_wishes, tab_wishes
from tests.builders import CHAT, a_chat, a_menu

FIRST, SECOND = (Tab(name=name, url=f"https://{name}.example.com") for name in ("a", "b"))
THEIRS = Tab(name="cats", url="https://cats.example.com", id="t3")
INCIDENT = a_menu("事件", ("page", "https://x.example.com"))
HELP = a_menu("帮助", ("on call", "https://y.example.com"))


def with_tabs(*tabs: Tab) -> Chat:
    ids = tuple(tab.id for tab in tabs)
    return a_chat(tabs=tabs, tab_order=("message", *ids), made_tabs=frozenset(ids) - {THEIRS.id})


def placed(tab: Tab, name: str) -> Tab:
    return replace(tab, id=name)


def tabs(chat: Chat, *wanted: Tab) -> list[Action]:
    return list(tab_wishes(chat, wanted))


def menus(chat: Chat, *wanted: Menu) -> list[Action]:
    return list(menu_wishes(chat, wanted))


def numbered(menu: Menu, name: str) -> Menu:
    items = tuple(replace(item, id=f"{name}-{number}") for number, item in enumerate(menu.items))
    return replace(menu, id=name, items=items)


def test_tabs_in_another_order_are_sorted_and_people_s_own_stay_in_their_place() -> None:
    chat = with_tabs(placed(SECOND, "t2"), THEIRS, placed(FIRST, "t1"))

    assert tabs(chat, FIRST, SECOND) == [act.SortTabs(chat=CHAT, order=("message", "t1", "t3", "t2"))]


def test_a_tab_that_leads_nowhere_any_more_is_taken_away_if_we_made_it() -> None:
    chat = with_tabs(placed(FIRST, "t1"), placed(SECOND, "t2"), THEIRS)

    assert tabs(chat, FIRST) == [act.DeleteTabs(chat=CHAT, ids=("t2",))]
    assert tabs(with_tabs(placed(FIRST, "t1"), THEIRS), FIRST) == []


def test_while_the_order_of_tabs_is_not_known_they_are_not_sorted() -> None:
    chat = replace(with_tabs(placed(SECOND, "t2"), placed(FIRST, "t1")), tab_order=())

    assert tabs(chat, FIRST, SECOND) == []


def test_menus_in_another_order_are_sorted() -> None:
    chat = a_chat(menu=(numbered(HELP, "m2"), numbered(a_menu("cats", ("c", "https://c.example.com")), "m3")))
    assert menus(chat, HELP) == []

    chat = replace(chat, menu=(*(chat.menu or ()), numbered(INCIDENT, "m1")))
    assert menus(chat, INCIDENT, HELP) == [act.SortMenu(chat=CHAT, order=("m1", "m3", "m2"))]


def test_entries_get_new_names_and_addresses_without_the_menu_being_made_anew() -> None:
    chat = a_chat(menu=(numbered(INCIDENT, "m1"),))
    wanted = a_menu("事件", ("page", "https://new.example.com"))

    (item,) = wanted.items
    assert menus(chat, wanted) == [act.PatchMenu(chat=CHAT, items=(replace(item, id="m1-0"),))]


def test_an_address_that_feishu_writes_otherwise_is_not_sent_again() -> None:
    chat = with_tabs(replace(FIRST, url="https://A.example.com:443/", id="t1"))
    assert tabs(chat, FIRST) == []

    chat = a_chat(menu=(numbered(a_menu("事件", ("page", "https://x.example.com/")), "m1"),))
    assert menus(chat, INCIDENT) == []


def test_a_menu_with_too_few_entries_is_made_anew() -> None:
    chat = a_chat(menu=(numbered(INCIDENT, "m1"),))
    wanted = a_menu("事件", ("page", "https://x.example.com"), ("more", "https://z.example.com"))

    assert menus(chat, wanted) == [act.DeleteMenu(chat=CHAT, ids=("m1",))]

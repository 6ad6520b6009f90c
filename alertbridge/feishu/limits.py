"""The vendor's documented limits. Source: each call's page under https://open.feishu.cn/document/server-docs."""

from typing import Final

UUID_CHARACTERS: Final = 50
"""Of the `uuid` of a chat (remembered 10 h) or message (remembered 1 h)."""

CHAT_USERS: Final = 50
"""People per call that creates a chat, adds, removes or appoints."""
CHAT_BOTS: Final = 5
"""Bots per call of the same kind."""
CHAT_PAGE: Final = 100
"""Items per page: chats, members, moderators."""
SEARCH_CHARACTERS: Final = 64
"""Of a search. Longer ones find nothing instead of failing."""

TAB_NAME_CHARACTERS: Final = 60
TABS: Final = 20
"""Custom tabs of a chat."""

MENU_TOP_LEVELS: Final = 3
MENU_CHILDREN: Final = 5
MENU_NAME_CHARACTERS: Final = 120

TEXT_BYTES: Final = 150 * 1024
"""Of a text message's `content`."""
RICH_BYTES: Final = 30 * 1024
"""Of a post's or card's `content`."""
MESSAGE_PAGE: Final = 50
"""Messages or pins per page."""
BUZZ_USERS: Final = 200
"""People per buzz."""
IMAGE_BYTES: Final = 10 * 1024 * 1024

BLOCKS_CREATED: Final = 50
"""New announcement blocks per call."""
BLOCKS_UPDATED: Final = 200
"""Changed announcement blocks per call."""
BLOCK_PAGE: Final = 500
BLOCK_TEXT_UNITS: Final = 100_000
"""UTF-16 units of text in one announcement block."""

CONTACT_BATCH: Final = 50
"""Emails, mobiles or ids per lookup."""

"""What Feishu's codes mean, so which error a refusal becomes.

Codes are used again with other meanings (230071-230075, 232024, 232078), so a code is read together with its operation:
`_OF_OPERATION` first, then `_EVERYWHERE`. A code in neither is a plain `Refused`.
Source: the error table at the end of each call's page under https://open.feishu.cn/document/server-docs.
"""

import re
from collections.abc import Mapping
from typing import Final

from alertbridge.feishu.errors import (
    BadMember,
    BlockGone,
    BuzzReason,
    BuzzRefused,
    CardExpired,
    CardRefused,
    CardTokenSpent,
    ChatGone,
    ContentTooLarge,
    ImageUnusable,
    InvalidRequest,
    LimitReached,
    MessageGone,
    Misconfigured,
    MissingScope,
    NameRefused,
    NotInChat,
    NotOwner,
    NotPermitted,
    Refused,
    Unauthorized,
    Uneditable,
    WordingRefused,
    WrongAnnouncementKind,
)

OK: Final = 0
RATE_LIMITED: Final = 99991400
CONTENT_TOO_LARGE: Final = 230025
WRAPPED_CARD_ERROR: Final = 230099
WRONG_RECEIVER: Final = 230034

DONE_WITHOUT_ANSWER: Final = 232039
"""The managers were changed, only the resulting list could not be returned: a success without data."""

STALE_TOKEN: Final = frozenset({99991661, 99991663, 99991664, 99991665, 99991668, 99991671, 99991677})
"""A new token can cure these. The same codes after a fresh token mean that the endpoint does not take ours."""

SAME_REACTION: Final = 231015
"""The same reaction is being set, or (this is not documented) was set before."""

BUSY_SECONDS: Final[Mapping[int, float]] = {
    2200: 2,  # internal error, often under frequent calls
    40003: 2,  # contact API's internal error
    230020: 1,  # 5 messages/s to one chat, shared by all its bots
    230047: 1,  # 5 pins/s of one message
    230048: 1,
    230049: 1,  # the same message is being sent
    SAME_REACTION: 1,
    232019: 1,  # changes of one chat's members must follow each other
    232068: 1,  # the same chat is being created
    232073: 1,  # the menu is being changed
    232096: 5,  # Feishu has paused writing
    1771001: 2,
    1771002: 2,
    1771003: 2,
    1771004: 2,
    1771005: 10,  # under maintenance
    1771006: 2,
    1: 5,  # no address for a long connection now
    1000040343: 5,  # the same
}
"""Codes that mean *later*, and how long to wait at least."""

BUZZES: Final = frozenset({"message_urgent_app", "message_urgent_sms", "message_urgent_phone"})

_SHOWS_CREDENTIALS: Final = frozenset({"auth_tenant_access_token_internal", "long_connection_endpoint"})
"""Calls that say who we are: what they refuse are our credentials."""

TOO_MANY_CONNECTIONS: Final = 1000040350
"""The app has 50 long connections already."""

_BUZZ_REASONS: Final[Mapping[int, BuzzReason]] = {
    230012: BuzzReason.NOT_OUR_MESSAGE,
    230023: BuzzReason.TOO_MANY_UNREAD,
    230024: BuzzReason.QUOTA_SPENT,
    230052: BuzzReason.FORBIDDEN,
    230098: BuzzReason.FOLDED,
}

_INNER_CODE: Final = re.compile(r"ErrCode:\s*(\d+)")
"""A wrapped card error has its own code in `msg` only."""

_EXTRA_SCOPES: Final[Mapping[str, tuple[str, ...]]] = {
    "message_list": ("im:message.group_msg",),
    "message_get": ("im:message.group_msg",),
}
"""230027 does not name what is missing. Reading a chat needs this one, and most apps do not have it."""


_MEANINGS: Final[Mapping[type[Refused], tuple[int, ...]]] = {
    ChatGone: (230045, 231004, 232006, 232009, 99992356),
    NotInChat: (230002, 232011, 1772003),
    NotOwner: (232016, 232017, 232038),
    NotPermitted: (
        *(230018, 230026, 230035, 230046, 230050, 231203),  # messages
        *(231002, 231007, 231008, 231018, 231019, 231020, 231021, 231022),  # reactions
        *(232002, 232010, 232014, 232037, 232051, 232055, 232060, 232064, 232066, 232075, 232076),  # chats
        *(232091, 232092, 232093, 232095),  # the tenant's rules, a meeting under way
        *(200310, 40004, 1770032, 1772002, 1772005),  # cards, contacts, announcements
    ),
    BadMember: (
        *(230013, 230029, 230034, 230038, 230053),  # written to
        *(232007, 232012, 232021, 232022, 232024, 232027, 232028, 232030, 232031, 232032, 232035, 232043),  # in chats
        *(41012, 41050, 99992351, 99992360, 99992361, 99992364),  # looked up
    ),
    LimitReached: (
        TOO_MANY_CONNECTIONS,
        *(232013, 232040, 232044, 232046, 232070, 232071),
        *(1770004, 1770005, 1770007, 1770008, 1770033, 1770034, 1770035),
    ),
    NameRefused: (232020, 232023, 232026, 232042),
    WordingRefused: (230022, 230028),
    ContentTooLarge: (CONTENT_TOO_LARGE,),
    CardRefused: (WRAPPED_CARD_ERROR, 200621, 11310, 11311, 100290, 10002, 100000),
    CardTokenSpent: (300020, 300030, 300040),
    ImageUnusable: (230017, 232041, 232056, 234006, 234010, 234011, 234039),
    MessageGone: (200000, 230011, 230110, 231003, 231005, 99992354),
    Uneditable: (230009,),
    CardExpired: (230031,),
    BlockGone: (1770002, 1770003),
    WrongAnnouncementKind: (232097, 1772006),
    MissingScope: (230027, 99991672, 99991679),
    Unauthorized: (*STALE_TOKEN, 10003, 10014, 10015, 234002, 99991401, 99991676),
    Misconfigured: (
        *(230006, 232004, 232025, 232033, 232034, 234007, 1772004, 1772025, 1772034),
        *(99991201, 99991301, 99991403, 99991662, 99991673),
    ),
    InvalidRequest: (
        *(9499, 99992402, 40001, 100030, 200320, 300090),
        *(230001, 231001, 231010, 231011, 231012, 231013, 231014),
        *(232001, 232015, 232047, 232048, 232049, 232072, 234001),
        *(1770001, 1770006, 1770014, 1770024, 1770025, 1770028, 1770029, 1770030, 1770031, 1770041),
    ),
}

_EVERYWHERE: Final = {code: error for error, meant in _MEANINGS.items() for code in meant}

_OF_OPERATION: Final[Mapping[tuple[str, int], type[Refused]]] = {
    **{(buzz, 230001): BadMember for buzz in BUZZES},  # every person in the list is unusable
    ("chat_managers_delete", 232024): Misconfigured,  # carries the text of 232034 here
    ("chat_menu_tree_create", 232078): InvalidRequest,
    ("chat_menu_item_patch", 232078): InvalidRequest,
    ("message_list", 230073): NotPermitted,
    ("message_update", 230071): NotPermitted,
    ("message_update", 230072): Uneditable,
    ("message_update", 230075): Uneditable,
}


def refusal(operation: str, code: int, *, names_people: bool) -> type[Refused]:
    """Return the class of error that `code` means for `operation`.

    `names_people` says whether the request named anyone: a code about people on a call that names none (top notice,
    tabs) is about what the bot may do there.
    """
    if operation in _SHOWS_CREDENTIALS and code != TOO_MANY_CONNECTIONS:
        return Unauthorized
    if operation in BUZZES and code in _BUZZ_REASONS:
        return BuzzRefused
    found = _OF_OPERATION.get((operation, code)) or _EVERYWHERE.get(code, Refused)
    if found is BadMember and not names_people:
        # *The receive_id is invalid* names a chat when it does not name a person.
        return ChatGone if code == WRONG_RECEIVER else NotPermitted
    return found


def buzz_reason(code: int) -> BuzzReason:
    """Return why a buzz was refused. `code` is one that `refusal` called `BuzzRefused`."""
    return _BUZZ_REASONS[code]


def inner_code(code: int, msg: str) -> int | None:
    """Return the card's own error code: the one inside `msg` when it is wrapped, else `code` itself."""
    if code != WRAPPED_CARD_ERROR:
        return code
    found = _INNER_CODE.search(msg)
    return int(found[1]) if found else None


def extra_scopes(operation: str) -> tuple[str, ...]:
    """Return the scopes that `operation` needs beyond its usual ones, for refusals that do not name them."""
    return _EXTRA_SCOPES.get(operation, ())

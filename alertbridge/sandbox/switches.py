"""What the documents leave open ("unconfirmed"), as named choices that can be turned while the sandbox runs."""

from dataclasses import dataclass
from enum import StrEnum


class Repeated(StrEnum):
    """What a second call with the same `uuid` or `client_token` gets."""

    FIRST = "first"
    """The first call's answer, code 0."""
    REFUSED = "refused"
    """An error."""


class AnnouncementKind(StrEnum):
    """The two incompatible kinds of chat announcements."""

    DOCX = "docx"
    DOC = "doc"


class AppOperator(StrEnum):
    """What `operator_id` holds in events about changes that an app made."""

    EMPTY = "empty"
    BOT = "bot"
    """The bot's own open_id."""


class UnresolvedRows(StrEnum):
    """What batch_get_id does with an address it cannot resolve."""

    KEPT = "kept"
    """A row without `user_id`."""
    DROPPED = "dropped"


@dataclass(slots=True)
class Switches:
    """One field per unconfirmed behaviour; the default is the documents' own assumption where they state one."""

    repeated_chat_uuid: Repeated = Repeated.FIRST
    repeated_message_uuid: Repeated = Repeated.FIRST
    repeated_client_token: Repeated = Repeated.FIRST
    wrong_secret_code: int = 10014
    """10014 or 10015."""
    unconfirmed_http: int = 400
    """HTTP status of errors whose status the documents do not give."""
    wrong_method_http: int = 405
    rate_limited_http: int = 429
    """429, or 400 as older APIs answer (docx operations have a documented status of their own)."""
    unknown_chat_code: int = 232001
    """For operations whose table lists no code for an unknown chat_id."""
    announcement_kind: AnnouncementKind = AnnouncementKind.DOCX
    """Kind of the announcements of chats created from now on."""
    callout_has_empty_child: bool = False
    own_changes_raise_events: bool = True
    """Whether an app hears of what its own calls changed."""
    creation_raises_member_events: bool = False
    """Whether creating a chat with members raises im.chat.member.user.added_v1."""
    app_operator: AppOperator = AppOperator.EMPTY
    recall_twice_succeeds: bool = True
    """False: 230110."""
    repeated_reaction_succeeds: bool = True
    """True: the existing reaction is returned; False: 231015."""
    repeated_buzz_counts: bool = True
    """Whether a repeated buzz is one more unread buzz."""
    member_total_counts_bots: bool = False
    join_twice_succeeds: bool = True
    """False: 232027."""
    delete_missing_top_notice_succeeds: bool = True
    """False: 232001."""
    unresolved_rows: UnresolvedRows = UnresolvedRows.KEPT
    docx_writes_share_one_quota: bool = False
    """Whether the 5 writes (10 reads) a second of an app are counted over all docx operations together."""
    signature_without_encrypt_key: bool = True
    """Whether signature headers are present when no Encrypt Key is set."""
    event_part_bytes: int = 0
    """An event over a long connection is split into parts of so many bytes; 0: it is not."""
    pings_are_answered: bool = True
    """False: the long connection stays open and nobody is behind it."""
    ping_interval_seconds: int = 120
    reconnect_interval_seconds: int = 120
    reconnect_nonce_seconds: int = 30
    """The three numbers are what clients of a long connection are told."""
    edit_window_seconds: int = 24 * 3600
    """How long texts and posts can be edited (the tenant's setting)."""
    recall_window_seconds: int = 24 * 3600
    """How long a message can be recalled (the tenant's setting)."""
    buzz_quota: int = 100_000
    """Paid SMS and phone buzzes left; below one: 230024."""

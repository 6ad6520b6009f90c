"""People of the tenant: find by email or mobile, look up by id. Fields without their scope are silently absent."""

from collections.abc import Sequence

import msgspec

from alertbridge.core.ids import OpenId
from alertbridge.feishu import checks, limits
from alertbridge.feishu.calls.words import PersonIdType
from alertbridge.feishu.protocol import Call, parameters, segment

_USERS = "/open-apis/contact/v3/users"


class UserStatus(msgspec.Struct, frozen=True, kw_only=True):
    """Whether an account can be used; a field without its scope is None."""

    is_frozen: bool | None = None
    is_resigned: bool | None = None
    is_activated: bool | None = None
    is_exited: bool | None = None
    is_unjoin: bool | None = None


class FoundUser(msgspec.Struct, frozen=True, kw_only=True):
    """The answer for one email or mobile. Rows come in any order: match by `email` or `mobile`."""

    user_id: OpenId | None = None
    """None: nobody, or outside the app's contact range."""
    email: str = ""
    mobile: str = ""
    status: UserStatus = UserStatus()


class FoundUsers(msgspec.Struct, frozen=True, kw_only=True):
    """The answers of a lookup."""

    user_list: tuple[FoundUser, ...] = ()


class User(msgspec.Struct, frozen=True, kw_only=True):
    """A person."""

    open_id: OpenId | None = None
    union_id: str = ""
    user_id: str = ""
    name: str = ""
    en_name: str = ""
    nickname: str = ""
    email: str = ""
    mobile: str = ""
    status: UserStatus = UserStatus()
    leader_user_id: str = ""
    job_title: str = ""


class Users(msgspec.Struct, frozen=True, kw_only=True):
    """People; who is outside the app's contact range is silently missing."""

    items: tuple[User, ...] = ()


def user_batch_get_id(
    *, emails: Sequence[str] = (), mobiles: Sequence[str] = (), include_resigned: bool = False
) -> Call[FoundUsers]:
    """Find open_ids by login email or mobile (outside mainland China with `+` and country code)."""
    checks.at_most(limits.CONTACT_BATCH, "emails per lookup", emails)
    checks.at_most(limits.CONTACT_BATCH, "mobiles per lookup", mobiles)
    if not emails and not mobiles:
        raise ValueError("nobody to look up")
    return Call(
        operation="user_batch_get_id",
        method="POST",
        path=f"{_USERS}/batch_get_id",
        query=parameters(user_id_type="open_id"),
        body={"emails": emails, "mobiles": mobiles, "include_resigned": include_resigned},
        answer=FoundUsers,
        people=(*emails, *mobiles),
    )


def user_batch_get(user_ids: Sequence[str], *, user_id_type: PersonIdType = "open_id") -> Call[Users]:
    """Look up people."""
    checks.some(limits.CONTACT_BATCH, "people per lookup", user_ids)
    repeated = tuple(("user_ids", user_id) for user_id in user_ids)
    return Call(
        operation="user_batch_get",
        method="GET",
        path=f"{_USERS}/batch",
        query=repeated + parameters(user_id_type=user_id_type),
        answer=Users,
        people=tuple(user_ids),
    )


def user_get(user_id: str, *, user_id_type: PersonIdType = "open_id") -> Call[User]:
    """Look up one person. Outside the app's contact range it is `BadMember`."""
    return Call(
        operation="user_get",
        method="GET",
        path=f"{_USERS}/{segment(user_id, 'user_id')}",
        query=parameters(user_id_type=user_id_type),
        answer=User,
        answer_at=("data", "user"),
        people=(user_id,),
    )

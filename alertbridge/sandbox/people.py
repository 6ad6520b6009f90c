"""The people of the sandbox's tenant: their ids, their addresses and whether an app can reach them."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

TENANT_KEY = "sandbox_tenant"


class PersonStatus(StrEnum):
    """Where somebody stands in the company, as far as an app is concerned."""

    ACTIVE = "active"
    RESIGNED = "resigned"
    FROZEN = "frozen"
    UNJOINED = "unjoined"
    """Invited to the company, never signed in."""
    OUT_OF_RANGE = "out_of_range"
    """Works here, but outside the app's availability and contact range."""


@dataclass(slots=True)
class Person:
    """One person; `email` is the personal login address, `enterprise_email` never resolves to anybody."""

    open_id: str
    union_id: str
    user_id: str
    name: str
    en_name: str
    email: str
    mobile: str
    enterprise_email: str = ""
    status: PersonStatus = PersonStatus.ACTIVE
    unread_buzzes: int = 0

    @property
    def is_reachable(self) -> bool:
        """Whether an app may add, message or look up this person."""
        return self.status in (PersonStatus.ACTIVE, PersonStatus.FROZEN)

    def id_as(self, id_type: str) -> str:
        """Return the `open_id`, `union_id` or `user_id`."""
        match id_type:
            case "union_id":
                return self.union_id
            case "user_id":
                return self.user_id
        return self.open_id


def make_person(
    *,
    name: str,
    email: str = "",
    en_name: str = "",
    mobile: str = "",
    enterprise_email: str = "",
    status: PersonStatus = PersonStatus.ACTIVE,
) -> Person:
    """Make a person whose ids follow from the address, so that they are the same in every sandbox."""
    digest = hashlib.sha256((email or mobile or name).encode()).hexdigest()
    return Person(
        open_id=f"ou_{digest[:32]}",
        union_id=f"on_{digest[32:]}",
        user_id=digest[:8],
        name=name,
        en_name=en_name,
        email=email,
        mobile=mobile,
        enterprise_email=enterprise_email,
        status=status,
    )


def test_accounts() -> list[Person]:
    """Return the accounts every sandbox starts with: four ordinary ones and four odd ones."""
    return [
        make_person(name="陈爱丽", en_name="Alice Chen", email="alice@example.com", mobile="13800000001"),
        make_person(name="王博", en_name="Bob Wang", email="bob@example.com", mobile="13800000002"),
        make_person(name="李可", en_name="Carol Li", email="carol@example.com", mobile="13800000003"),
        make_person(name="赵大伟", en_name="Dave Zhao", email="dave@example.com", mobile="+14155550104"),
        make_person(
            name="孙离",
            en_name="Rita Sun",
            email="resigned@example.com",
            mobile="13800000005",
            status=PersonStatus.RESIGNED,
        ),
        make_person(
            name="周远",
            en_name="Oscar Zhou",
            email="outside@example.com",
            mobile="13800000006",
            status=PersonStatus.OUT_OF_RANGE,
        ),
        make_person(
            name="吴新",
            en_name="Uma Wu",
            email="unjoined@example.com",
            mobile="13800000007",
            status=PersonStatus.UNJOINED,
        ),
        make_person(
            name="郑冬",
            en_name="Frida Zheng",
            email="frozen@example.com",
            mobile="13800000008",
            enterprise_email="frida@corp.example.com",
            status=PersonStatus.FROZEN,
        ),
    ]


class People:
    """Everybody, found by any of their ids or addresses."""

    def __init__(self, people: list[Person]) -> None:
        self._people: dict[str, Person] = {}
        self._by_other_id: dict[str, Person] = {}
        for person in people:
            self.add(person)

    def __iter__(self) -> Iterator[Person]:
        return iter(self._people.values())

    def add(self, person: Person) -> None:
        """Add somebody."""
        self._people[person.open_id] = person
        self._by_other_id[person.union_id] = person
        self._by_other_id[person.user_id] = person

    def get(self, open_id: str) -> Person | None:
        """Return the person with this `open_id`."""
        return self._people.get(open_id)

    def find(self, id_: str, id_type: str) -> Person | None:
        """Return the person with this `open_id`, `union_id` or `user_id`."""
        if id_type == "open_id":
            return self._people.get(id_)
        person = self._by_other_id.get(id_)
        return person if person is not None and person.id_as(id_type) == id_ else None

    def find_any(self, id_: str) -> Person | None:
        """Return the person with this id of whatever type (cards accept all three)."""
        return self._people.get(id_) or self._by_other_id.get(id_)

    def by_email(self, email: str) -> Person | None:
        """Return the person who signs in with this address."""
        wanted = email.strip().lower()
        return next((person for person in self if person.email.lower() == wanted != ""), None)

    def by_mobile(self, mobile: str) -> Person | None:
        """Return the person with this number; numbers of mainland China need no country code."""
        wanted = mobile.strip().removeprefix("+86")
        return next((person for person in self if person.mobile.removeprefix("+86") == wanted != ""), None)

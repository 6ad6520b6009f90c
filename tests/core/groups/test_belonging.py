"""Whose group it is: told by its mark, its owner, and what the store says of the incident in the mark."""

from dataclasses import replace
from typing import Any

import pytest

from alertbridge.core.alerts.route import OnClose
from alertbridge.core.groups import naming
from alertbridge.core.groups.belonging import Belonging, Group, Owned, claimed, claimed_incident, unclaimed
from alertbridge.core.ids import ChatId
from alertbridge.core.incidents.incident import Archive, Incident, Status
from tests.builders import CHAT, INCIDENT, INSTALL, a_chat, a_route, an_incident, an_opening

OURS = f"Incident #1 {naming.marker(INSTALL.key, INSTALL.app_id, INCIDENT)}"
THEIRS = f"Incident #1 {naming.marker(b'the key of another', INSTALL.app_id, INCIDENT)}"
LOBBY = f"Payments {naming.lobby_marker(INSTALL.key, INSTALL.app_id, 'payments')}"
THEIR_LOBBY = f"Payments {naming.lobby_marker(b'the key of another', INSTALL.app_id, 'payments')}"


def a_group(description: str = OURS, **changes: Any) -> Group:
    known: dict[str, Any] = {"chat": CHAT, "name": "[P1][firing] x (#1)", "description": description, "is_owned": True}
    return Group(**known | changes)


def ended(on_close: OnClose = OnClose.DISBAND, archive: Archive | None = None) -> Owned:
    incident = an_incident(opening=an_opening(a_route(on_close=on_close)), chat=a_chat(), status=Status.CLOSED)
    return Owned(number=7, incident=replace(incident, archive=archive or Archive()), has_ended=True)


def test_a_group_is_claimed_by_our_own_mark_while_a_bot_owns_it() -> None:
    assert claimed_incident(a_group(), INSTALL.key, INSTALL.app_id) == INCIDENT
    for other in (a_group(THEIRS), a_group(is_owned=False), a_group("no mark"), a_group(LOBBY)):
        assert claimed_incident(other, INSTALL.key, INSTALL.app_id) is None


@pytest.mark.parametrize(
    ("group", "belonging"),
    [
        (a_group(THEIRS), Belonging.FOREIGN),
        (a_group(is_owned=False), Belonging.FOREIGN),
        (a_group(LOBBY), Belonging.LOBBY),
        (a_group(THEIR_LOBBY), Belonging.FOREIGN),
        (a_group(LOBBY, is_owned=False), Belonging.FOREIGN),
        (a_group("Lunch"), Belonging.UNMARKED),
        (a_group(f"{OURS} and more"), Belonging.UNMARKED),
    ],
)
def test_what_is_not_ours_is_never_disbanded(group: Group, belonging: Belonging) -> None:
    standing = unclaimed(group, INSTALL.key, INSTALL.app_id)

    assert standing.belonging is belonging
    assert not standing.may_be_disbanded


@pytest.mark.parametrize(
    "incident", [None, an_incident(chat=None), an_incident(chat=a_chat()), an_incident(chat=a_chat(), is_closing=True)]
)
def test_the_group_of_an_open_incident_lives(incident: Incident | None) -> None:
    standing = claimed(a_group(), INCIDENT, Owned(number=7, incident=incident, has_ended=False))

    assert (standing.belonging, standing.number) == (Belonging.LIVE, 7)
    assert not standing.may_be_disbanded


def test_a_group_that_is_about_to_be_disbanded_lives_until_then() -> None:
    closing = replace(ended(), has_ended=False)

    assert claimed(a_group(), INCIDENT, closing).belonging is Belonging.LIVE


def test_a_group_whose_incident_is_forgotten_closed_or_elsewhere_is_an_orphan() -> None:
    moved = Owned(number=7, incident=an_incident(chat=a_chat(id=ChatId("oc_2"))), has_ended=False)
    never_had_one = Owned(number=7, incident=an_incident(chat=None, status=Status.CLOSED), has_ended=True)

    for owned in (None, ended(), moved, never_had_one):
        standing = claimed(a_group(), INCIDENT, owned)
        assert standing.belonging is Belonging.ORPHAN
        assert standing.may_be_disbanded
        assert standing.incident == INCIDENT


@pytest.mark.parametrize(
    "owned", [ended(OnClose.LOCK), ended(OnClose.KEEP), ended(archive=Archive(refused="a scope is missing"))]
)
def test_a_group_that_was_to_stay_is_kept_and_may_be_disbanded(owned: Owned) -> None:
    standing = claimed(a_group(), INCIDENT, owned)

    assert standing.belonging is Belonging.KEPT
    assert standing.may_be_disbanded
    assert not standing.is_archived


def test_whether_it_is_archived_is_told() -> None:
    assert claimed(a_group(), INCIDENT, ended(OnClose.LOCK, Archive(is_complete=True))).is_archived
    assert claimed(a_group(), INCIDENT, ended(archive=Archive(is_complete=True))).is_archived

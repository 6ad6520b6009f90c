"""Whether Feishu takes our cards as they are: not all of what a card may hold is written in its documents."""

from datetime import datetime
from uuid import uuid4

from alertbridge.core import lifecycle
from alertbridge.core.alerts.alert import Alert, AlertStatus
from alertbridge.core.alerts.route import Route
from alertbridge.core.chats.card import CardView
from alertbridge.core.checkup import Finding, good, note, unknown
from alertbridge.core.copy import catalogue as copy
from alertbridge.core.groups.blueprint import blueprint
from alertbridge.core.groups.links import Install
from alertbridge.core.ids import AlertKey, ChatId, EntryId, IncidentId
from alertbridge.core.incidents.command import AlertsReceived
from alertbridge.core.incidents.incident import Opening
from alertbridge.feishu.cards.ladder import ladder
from alertbridge.feishu.client import FeishuClient
from alertbridge.feishu.errors import CardRefused, ContentTooLarge, FeishuError, Refused, WordingRefused


async def try_card(
    feishu: FeishuClient, chat: ChatId, view: CardView, languages: copy.Languages, now: datetime
) -> Finding:
    """Send a card into a group that is about to be disbanded, and simpler ones until Feishu takes one."""
    refused: Refused | None = None
    for rung in ladder(view, as_of=now, version=0, languages=languages):
        try:
            await feishu.message_create(chat, rung.content, uuid=uuid4().hex)
        except (CardRefused, WordingRefused, ContentTooLarge) as error:
            refused = refused or error
        except FeishuError as error:
            return unknown("card", "card_untried", cause=str(error))
        else:
            if refused is None:
                return good("card", "card")
            return note("card", "card_simpler", "card_simpler", step=rung.step, cause=str(refused))
    return unknown("card", "card_untried", cause=str(refused))


def sample_card(install: Install, incident: IncidentId, now: datetime) -> CardView:
    """The card of an incident with everything on it: two alerts, so that they are listed, and what can be pressed."""
    opening = Opening(
        integration="doctor",
        tenant="",
        group_key="doctor",
        route=Route(name="doctor"),
        group_labels={"alertname": "Doctor"},
        resolve_wait_seconds=0,
    )
    alerts = {
        AlertKey(instance): Alert(
            fingerprint=instance,
            status=AlertStatus.FIRING,
            labels={"alertname": "Doctor", "instance": instance},
            annotations={"summary": "alertbridge doctor --probe"},
            starts_at=now,
            ends_at=None,
        )
        for instance in ("one", "two")
    }
    opened = lifecycle.open_incident(incident, 0, opening, now).incident
    shown = lifecycle.observe(opened, AlertsReceived(id=EntryId("doctor"), at=now, alerts=alerts)).incident
    card = blueprint(shown, install).card
    assert card is not None, "an open incident has a card"
    return card

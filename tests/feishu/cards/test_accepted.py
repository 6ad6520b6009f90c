"""Every message we make is one that Feishu takes, by the sandbox's reading of its documents."""

from dataclasses import replace

import pytest

from alertbridge.core.alerts.route import OnClose
from alertbridge.core.chats.card import CardView
from alertbridge.core.chats.chat import Saying, SayingKind
from alertbridge.core.ids import MessageId, OpenId
from alertbridge.feishu.calls.messages import Content
from alertbridge.feishu.cards.ladder import ladder
from alertbridge.feishu.cards.sayings import Occasion, saying
from alertbridge.sandbox.apps import App
from alertbridge.sandbox.content import compose
from alertbridge.sandbox.people import test_accounts as accounts
from alertbridge.sandbox.refusals import Refused
from alertbridge.sandbox.world import World
from tests.feishu.cards.views import AS_OF, BOTH, INCIDENT, STATES, firing, many

ALICE, BOB = (OpenId(person.open_id) for person in accounts()[:2])
APP = App(app_id="cli_sandbox", secret="s", name="alertbridge")


def send(message: Content) -> None:
    """Raise `Refused` unless the sandbox takes it."""
    compose(World(), APP, message.msg_type, message.json)


@pytest.mark.parametrize("languages", [("zh", "en"), ("en", "zh"), ("zh",), ("en",)])
@pytest.mark.parametrize("view", [*STATES.values(), many(500), firing(links=(), rows=())])
def test_every_live_card_is_accepted_on_every_rung(view: CardView, languages: tuple[str, ...]) -> None:
    known = replace(view, lead=BOB, resolved_by=BOB)

    for rung in ladder(known, as_of=AS_OF, version=7, languages=languages, mention=(ALICE,)):
        send(rung.content)
        if rung.companion is not None:
            send(rung.companion)


@pytest.mark.parametrize("kind", SayingKind)
@pytest.mark.parametrize("on_close", OnClose)
def test_every_message_is_accepted(kind: SayingKind, on_close: OnClose) -> None:
    occasion = Occasion(
        incident=INCIDENT,
        version=7,
        now=AS_OF,
        timezone="Asia/Shanghai",
        languages=BOTH,
        on_close=on_close,
        link="https://alertbridge.example.com/incidents/1423",
    )
    what = Saying(
        kind=kind,
        cause="c",
        who=ALICE,
        to=BOB,
        at=AS_OF,
        seconds=600,
        count=3,
        text="disbanded" if kind in (SayingKind.MOVED, SayingKind.ROOM_UNUSABLE) else "text",
        edits=MessageId("om_1"),
    )

    send(saying(what, occasion))


def test_an_id_that_nobody_has_refuses_the_card_and_the_rung_without_ids_is_accepted() -> None:
    rungs = list(ladder(firing(), as_of=AS_OF, version=7, languages=BOTH, mention=(OpenId("ou_nobody"),)))

    for rung in rungs[:2]:
        with pytest.raises(Refused):
            send(rung.content)
    send(rungs[2].content)

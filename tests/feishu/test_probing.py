"""The questions that show what the app may do: they change nothing, and say what is missing."""

from copy import deepcopy

from alertbridge.core.copy.catalogue import CATALOGUE
from alertbridge.feishu.probing import Answer, ask, needs
from tests.feishu.performing import Stage
from tests.feishu.scripted import Server, says, serving, talking


async def test_asking_changes_nothing(stage: Stage) -> None:
    await stage.feishu.chat_create(uuid="u", name="somebody's")
    before = deepcopy((stage.world.chats, stage.world.messages, stage.world.images))

    answers = [await ask(stage.feishu, need) for need in needs()]

    assert (stage.world.chats, stage.world.messages, stage.world.images) == before
    assert set(answers) == {Answer()}


async def test_without_any_scope_all_of_it_is_missing(stage: Stage) -> None:
    stage.world.apps.get("cli_sandbox").scopes = frozenset()  # type: ignore[union-attr]  # it is there

    for need in needs():
        answer = await ask(stage.feishu, need)
        assert len(answer.missing) == len({call.operation for call in need.calls}), need.name
        assert answer.unclear == ()


async def test_who_cannot_be_asked_is_told() -> None:
    busy = says({"code": 2200, "msg": "internal"}, status=500)
    async with serving(Server([busy])) as server, talking(server.url) as feishu:
        answer = await ask(feishu, needs()[0])

    assert [error.code for error in answer.unclear] == [2200] * 4


async def test_a_group_that_is_made_all_the_same_does_not_stay() -> None:
    made = says({"code": 0, "data": {"chat_id": "oc_made"}})
    refused = says({"code": 232006, "msg": "no such chat"}, status=400)
    async with serving(Server([made, says({"code": 0}), refused])) as server, talking(server.url) as feishu:
        assert await ask(feishu, needs()[0]) == Answer()

    assert [(request.method, request.path.rsplit("/", 1)[-1]) for request in server.requests[:2]] == [
        ("POST", "chats"),
        ("DELETE", "oc_made"),
    ]


def test_every_need_has_words() -> None:
    assert {f"need.{need.name}" for need in needs()} <= CATALOGUE.keys()

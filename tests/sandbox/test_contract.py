"""The contract as data, as routes and as validators."""

import pytest

from alertbridge.sandbox import contract
from alertbridge.sandbox.openapi import Contract
from alertbridge.sandbox.operations.registry import HANDLERS
from alertbridge.sandbox.refusals import Refused
from tests.sandbox.feishu import CONTRACT, Feishu


def test_the_json_is_the_yaml() -> None:
    assert contract.load() == contract.from_yaml()


def test_the_json_is_kept_in_its_canonical_form() -> None:
    assert (contract.FOLDER / "openapi.json").read_bytes() == contract.as_json(contract.from_yaml())


def test_every_operation_of_the_contract_has_rules() -> None:
    assert HANDLERS.keys() == CONTRACT.operations.keys()
    assert len(HANDLERS) == 59


def test_a_fixed_path_wins_over_a_parameter() -> None:
    assert CONTRACT.find("GET", "/open-apis/im/v1/chats/search").operation.id == "chat_search"
    found = CONTRACT.find("GET", "/open-apis/im/v1/chats/oc_1")
    assert (found.operation.id, found.path) == ("chat_get", {"chat_id": "oc_1"})


@pytest.mark.parametrize("path", ["/open-apis/im/v1", "/open-apis/im/v2/chats", "/open-apis/im/v1/chats/a/b/c/d"])
def test_an_unknown_path_is_not_found(path: str) -> None:
    with pytest.raises(Refused) as refused:
        Contract.load().find("GET", path)
    assert refused.value.code == 99991201


async def test_an_unknown_path_answers_404(feishu: Feishu) -> None:
    async with feishu.session.get(f"{feishu.url}/open-apis/im/v9/chats") as response:
        assert (response.status, (await response.json())["code"]) == (404, 99991201)


async def test_a_wrong_method_has_its_own_code(feishu: Feishu) -> None:
    async with feishu.session.delete(f"{feishu.url}/open-apis/im/v1/chats") as response:
        assert (await response.json())["code"] == 99991301


async def test_a_missing_parameter_is_named(feishu: Feishu) -> None:
    body = {"receive_id": "oc_1", "msg_type": "text", "content": "{}"}
    answer = await feishu.call("message_create", body=body)
    assert (answer.status, answer.code) == (400, 99992402)
    assert [one["field"] for one in answer.body["error"]["field_violations"]] == ["receive_id_type"]


async def test_every_wrong_field_of_a_body_is_named(feishu: Feishu) -> None:
    body = {"msg_type": "letter", "content": 3}
    answer = await feishu.call("message_create", query={"receive_id_type": "chat_id"}, body=body)
    violations = answer.body["error"]["field_violations"]
    assert answer.code == 99992402
    assert {one["field"] for one in violations} == {"", "msg_type", "content"}
    assert any("receive_id" in one["description"] for one in violations)


@pytest.mark.parametrize(
    ("operation", "query", "code"),
    [
        ("chat_list", {"page_size": 101}, 232001),
        ("chat_list", {"page_size": "many"}, 232001),
        ("chat_list", {"page_token": "bm90IG91cnM="}, 232001),
        ("chat_list", {"page_token": "?"}, 232001),
        ("chat_list", {"sort_type": "ByName"}, 99992402),
        ("message_list", {"container_id_type": "chat", "container_id": "oc_1", "page_size": 51}, 230001),
        ("user_batch_get", {"user_ids": ["ou_1"] * 51}, 40001),
    ],
)
async def test_a_query_out_of_bounds_is_refused(
    feishu: Feishu, operation: str, query: dict[str, object], code: int
) -> None:
    assert await feishu.code(operation, query=query) == code


async def test_booleans_are_true_or_false(feishu: Feishu) -> None:
    assert await feishu.code("chat_create", query={"set_bot_manager": "yes"}, body={}) == 99992402


async def test_a_body_must_be_json(feishu: Feishu) -> None:
    url, headers = f"{feishu.url}/open-apis/im/v1/chats", {"Authorization": f"Bearer {feishu.token}"}
    for data, content_type in (("{", "application/json"), ("{}", "text/plain"), ("\xff", "application/json")):
        sent = {**headers, "Content-Type": content_type}
        async with feishu.session.post(url, data=data.encode("latin-1"), headers=sent) as response:
            assert (await response.json())["code"] == 9499


async def test_json_that_is_too_deep_is_no_json(feishu: Feishu) -> None:
    url, headers = f"{feishu.url}/open-apis/im/v1/chats", {"Content-Type": "application/json"}
    headers["Authorization"] = f"Bearer {feishu.token}"
    async with feishu.session.post(url, data=b"[" * 100_000, headers=headers) as response:
        answer = await response.json()
    assert (answer["code"], "not JSON" in answer["msg"]) == (9499, True)
    chat = await feishu.chat()
    for msg_type, code in (("text", 230001), ("interactive", 230099)):
        body = {"receive_id": chat, "msg_type": msg_type, "content": "[" * 20_000}
        assert await feishu.code("message_create", query={"receive_id_type": "chat_id"}, body=body) == code


async def test_unknown_fields_of_a_body_are_ignored(feishu: Feishu) -> None:
    await feishu.ok("chat_create", body={"name": "a", "toolkit_ids": ["1"]})

"""The official SDK as a client nobody here wrote: its calls, its errors, and its event dispatcher."""

import asyncio
from collections.abc import Callable
from io import BytesIO
from typing import Any

import lark_oapi as lark
import pytest
from lark_oapi.api.contact.v3 import BatchGetIdUserRequest, BatchGetIdUserRequestBody
from lark_oapi.api.im.v1 import (
    AddManagersChatManagersRequest,
    AddManagersChatManagersRequestBody,
    ChatMenuItem,
    ChatMenuTopLevel,
    ChatMenuTree,
    ChatTab,
    ChatTabContent,
    ChatTopNotice,
    CreateChatMembersRequest,
    CreateChatMembersRequestBody,
    CreateChatMenuTreeRequest,
    CreateChatMenuTreeRequestBody,
    CreateChatRequest,
    CreateChatRequestBody,
    CreateChatTabRequest,
    CreateChatTabRequestBody,
    CreateImageRequest,
    CreateImageRequestBody,
    CreateMessageRequest,
    CreateMessageRequestBody,
    DeleteChatRequest,
    GetChatRequest,
    ListMessageRequest,
    PatchMessageRequest,
    PatchMessageRequestBody,
    PutTopNoticeChatTopNoticeRequest,
    PutTopNoticeChatTopNoticeRequestBody,
    UrgentAppMessageRequest,
    UrgentReceivers,
)
from lark_oapi.core.cache import LocalCache
from lark_oapi.core.exception import ObtainAccessTokenException
from lark_oapi.core.token.manager import TokenManager
from lark_oapi.event.callback.model.p2_card_action_trigger import P2CardActionTriggerResponse

from tests.sandbox.conftest import Heard, Listener
from tests.sandbox.feishu import ALICE, BOB, PNG, RESIGNED, Feishu, as_json
from tests.sandbox.test_cards import INCIDENT
from tests.sandbox.test_events import listen


@pytest.fixture
def sdk(feishu: Feishu, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(TokenManager, "cache", LocalCache())  # its own outlives the sandbox of one test
    builder = lark.Client.builder().app_id("cli_sandbox").app_secret("sandbox-secret")
    return builder.domain(feishu.url).log_level(lark.LogLevel.ERROR).build()


async def call(method: Callable[[Any], Any], request: Any) -> Any:
    return await asyncio.to_thread(method, request)


async def ok(method: Callable[[Any], Any], request: Any) -> Any:
    answer = await call(method, request)
    assert answer.success(), (answer.code, answer.msg)
    assert answer.get_log_id()
    return getattr(answer, "data", None)  # operations without data have no such attribute


async def create_chat(feishu: Feishu, sdk: Any) -> str:
    body = CreateChatRequestBody.builder().name("incident").user_id_list([feishu.id(ALICE)]).build()
    request = CreateChatRequest.builder().user_id_type("open_id").uuid("u1").request_body(body).build()
    chat_id: str = (await ok(sdk.im.v1.chat.create, request)).chat_id
    return chat_id


async def send(sdk: Any, chat: str, content: object, msg_type: str = "interactive") -> Any:
    body = CreateMessageRequestBody.builder().receive_id(chat).msg_type(msg_type).content(as_json(content)).build()
    request = CreateMessageRequest.builder().receive_id_type("chat_id").request_body(body).build()
    return await call(sdk.im.v1.message.create, request)


async def test_a_group_lives_its_whole_life(feishu: Feishu, sdk: Any) -> None:
    chat = await create_chat(feishu, sdk)
    message = (await send(sdk, chat, INCIDENT)).data.message_id
    patch = PatchMessageRequestBody.builder().content(as_json(INCIDENT)).build()
    await ok(sdk.im.v1.message.patch, PatchMessageRequest.builder().message_id(message).request_body(patch).build())

    notice = ChatTopNotice.builder().action_type("1").message_id(message).build()
    body = PutTopNoticeChatTopNoticeRequestBody.builder().chat_top_notice([notice]).build()
    request = PutTopNoticeChatTopNoticeRequest.builder().chat_id(chat).request_body(body).build()
    await ok(sdk.im.v1.chat_top_notice.put_top_notice, request)

    content = ChatTabContent.builder().url("https://example.com").build()
    tab = ChatTab.builder().tab_name("Runbook").tab_type("url").tab_content(content).build()
    tabs = CreateChatTabRequestBody.builder().chat_tabs([tab]).build()
    created = await ok(
        sdk.im.v1.chat_tab.create, CreateChatTabRequest.builder().chat_id(chat).request_body(tabs).build()
    )
    assert [one.tab_type for one in created.chat_tabs] == ["message", "doc_list", "url"]

    top = ChatMenuTopLevel.builder().chat_menu_item(ChatMenuItem.builder().action_type("NONE").name("Help").build())
    tree = ChatMenuTree.builder().chat_menu_top_levels([top.build()]).build()
    menu = CreateChatMenuTreeRequestBody.builder().menu_tree(tree).build()
    made = await ok(
        sdk.im.v1.chat_menu_tree.create, CreateChatMenuTreeRequest.builder().chat_id(chat).request_body(menu).build()
    )
    assert made.menu_tree.chat_menu_top_levels[0].chat_menu_item.name == "Help"

    listed = ListMessageRequest.builder().container_id_type("chat").container_id(chat).build()
    assert [one.message_id for one in (await ok(sdk.im.v1.message.list, listed)).items] == [message]
    await ok(sdk.im.v1.chat.delete, DeleteChatRequest.builder().chat_id(chat).build())
    detail = await ok(sdk.im.v1.chat.get, GetChatRequest.builder().chat_id(chat).build())
    assert detail.chat_status == "dissolved"


async def test_people_are_found_added_and_appointed(feishu: Feishu, sdk: Any) -> None:
    chat = await create_chat(feishu, sdk)
    lookup = BatchGetIdUserRequestBody.builder().emails([BOB, "nobody@example.com"]).build()
    request = BatchGetIdUserRequest.builder().user_id_type("open_id").request_body(lookup).build()
    bob, nobody = (await ok(sdk.contact.v3.user.batch_get_id, request)).user_list
    assert (bob.user_id, nobody.user_id) == (feishu.id(BOB), None)

    ids = CreateChatMembersRequestBody.builder().id_list([bob.user_id, feishu.id(RESIGNED)]).build()
    members = CreateChatMembersRequest.builder().chat_id(chat).member_id_type("open_id").succeed_type(1)
    added = await ok(sdk.im.v1.chat_members.create, members.request_body(ids).build())
    assert added.invalid_id_list == [feishu.id(RESIGNED)]

    appointed = AddManagersChatManagersRequestBody.builder().manager_ids([bob.user_id]).build()
    managers = AddManagersChatManagersRequest.builder().chat_id(chat).member_id_type("open_id").request_body(appointed)
    assert (await ok(sdk.im.v1.chat_managers.add_managers, managers.build())).chat_managers == [bob.user_id]


async def test_images_and_buzzes_work(feishu: Feishu, sdk: Any) -> None:
    chat = await create_chat(feishu, sdk)
    image = CreateImageRequestBody.builder().image_type("message").image(BytesIO(PNG)).build()
    key = (await ok(sdk.im.v1.image.create, CreateImageRequest.builder().request_body(image).build())).image_key
    message = (await send(sdk, chat, {"image_key": key}, "image")).data.message_id
    receivers = UrgentReceivers.builder().user_id_list([feishu.id(ALICE), feishu.id(BOB)]).build()
    request = UrgentAppMessageRequest.builder().message_id(message).user_id_type("open_id").request_body(receivers)
    buzzed = await ok(sdk.im.v1.message.urgent_app, request.build())
    assert buzzed.invalid_user_id_list == [feishu.id(BOB)]


async def test_refusals_reach_the_sdk_with_code_text_and_details(feishu: Feishu, sdk: Any) -> None:
    unknown = await call(sdk.im.v1.chat.get, GetChatRequest.builder().chat_id("oc_x").build())
    assert (unknown.code, unknown.raw.status_code) == (232006, 400)
    chat = await create_chat(feishu, sdk)
    bad = await send(sdk, chat, {"schema": "2.0", "body": {"elements": [{"tag": "blink"}]}})
    assert bad.code == 230099
    assert "ErrCode: 200621" in bad.msg
    body = CreateMessageRequestBody.builder().receive_id(chat).msg_type("text").content("{}").build()
    missing = await call(sdk.im.v1.message.create, CreateMessageRequest.builder().request_body(body).build())
    assert missing.code == 99992402
    assert missing.error["field_violations"][0]["field"] == "receive_id_type"


async def test_a_wrong_secret_reaches_the_sdk(feishu: Feishu, sdk: Any) -> None:
    wrong = lark.Client.builder().app_id("cli_sandbox").app_secret("x").domain(feishu.url)
    client = wrong.log_level(lark.LogLevel.CRITICAL).build()
    with pytest.raises(ObtainAccessTokenException, match="10014"):
        await call(client.im.v1.chat.get, GetChatRequest.builder().chat_id("oc_x").build())


def dispatched(builder: Any) -> Callable[[Heard], tuple[int, Any]]:
    """Return a listener's answer that hands every request to the SDK's dispatcher."""
    handler = builder.build()

    def answer(heard: Heard) -> tuple[int, Any]:
        request = lark.RawRequest()
        request.uri, request.body, request.headers = "/events", heard.raw, heard.headers
        response = handler.do(request)
        return response.status_code, lark.JSON.unmarshal(response.content.decode(), dict)

    return answer


@pytest.mark.parametrize("key", ["", "encrypt key"])
async def test_the_dispatcher_accepts_events_callbacks_and_the_url_check(
    feishu: Feishu, listener: Listener, key: str
) -> None:
    seen: list[Any] = []

    def clicked(event: Any) -> Any:
        seen.append(event)
        return P2CardActionTriggerResponse({"toast": {"type": "success", "content": "ok"}})

    builder = (
        lark.EventDispatcherHandler.builder(key, "vt", lark.LogLevel.ERROR)
        .register_p2_im_chat_updated_v1(seen.append)
        .register_p2_im_chat_disbanded_v1(seen.append)
        .register_p2_im_chat_member_user_added_v1(seen.append)
        .register_p2_im_message_receive_v1(seen.append)
        .register_p1_customized_event("p2p_chat_create", seen.append)
        .register_p2_im_chat_access_event_bot_p2p_chat_entered_v1(seen.append)
        .register_p2_card_action_trigger(clicked)
    )
    listener.answer = dispatched(builder)
    chat = await feishu.chat(ALICE)
    assert (await listen(feishu, listener, encrypt_key=key))["verified"]

    await feishu.act(ALICE, "rename", chat, name="new")
    await feishu.act(ALICE, "add", chat, target=BOB)
    await feishu.control("POST", "message", {"open_id": feishu.id(ALICE), "chat_id": chat, "text": "hi"})
    card = await feishu.sent(chat, INCIDENT)
    click = {"open_id": feishu.id(ALICE), "message_id": card, "value": {"a": "ack"}}
    answer = await feishu.control("POST", "click", click)
    assert (answer["status"], answer["body"]["toast"]["content"]) == (200, "ok")
    await feishu.act(ALICE, "disband", chat)
    await feishu.act(ALICE, "open_p2p")
    await feishu.settled()

    delivered = (await feishu.state())["events"]
    assert delivered == {
        "im.chat.updated_v1": 1,
        "im.chat.member.user.added_v1": 1,
        "im.message.receive_v1": 1,
        "card.action.trigger": 1,
        "im.chat.disbanded_v1": 1,
        "p2p_chat_create": 1,
        "im.chat.access_event.bot_p2p_chat_entered_v1": 1,
    }
    callback = next(one for one in seen if hasattr(one.event, "action"))
    assert callback.event.action.value == {"a": "ack"}
    assert callback.event.context.open_chat_id == chat


async def test_the_dispatcher_refuses_events_for_another_token(feishu: Feishu, listener: Listener) -> None:
    level = lark.LogLevel.CRITICAL
    listener.answer = dispatched(lark.EventDispatcherHandler.builder("", "other", level))
    assert (await listen(feishu, listener))["problem"] == "answered 500"

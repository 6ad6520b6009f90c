"""What happens in the demo, scene by scene: something is done from outside, and then shows in the groups."""

from typing import Any

import msgspec

from alertbridge.cli.hands import Chat, Hands, State, card_says, cards, is_said, members
from alertbridge.cli.senders import checkout_webhook, disk_webhook, line_webhook

CHECKOUT = "checkout"
DISK = "DiskFull"
LINE = "LinkDown"


class Story:
    """The scenes in their order. Each raises `StoryStuck` where the product does not do what is told."""

    def __init__(self, hands: Hands) -> None:
        self.hands = hands
        self._began_at = hands.now()

    async def play(self) -> None:
        """Tell the story from the first alert to the last group's end."""
        await self.hands.until_ready()
        for scene in (
            self._checkout_breaks,
            self._alice_takes_it,
            self._people_come_and_go,
            self._it_gets_worse,
            self._bob_rearranges_the_group,
            self._dave_has_seen_enough,
            self._a_disk_fills,
            self._nobody_takes_it,
            self._carol_hands_it_to_bob,
            self._the_bot_is_thrown_out,
            self._carol_asks_the_bot,
            self._a_group_becomes_the_lobby,
            self._the_network_team_has_a_group,
            self._checkout_recovers,
            self._the_groups_end,
            self._the_operator_tidies_up,
        ):
            await scene()
            await self.hands.pause()

    async def summary(self, *, is_ok: bool, seconds: float) -> dict[str, Any]:
        """What was sent, and what the sandbox counted."""
        state = await self.hands.state()
        groups = [chat for chat in state["chats"] if chat["chat_mode"] == "group"]
        return {
            "ok": is_ok,
            "alerts": self.hands.alerts_sent,
            "incidents": len(await self.hands.incidents()),
            "groups_created": state["operations"].get("chat_create", 0),
            "groups_disbanded": sum(chat["status"] == "dissolved" for chat in groups),
            "operations": state["operations"],
            "events": state["events"],
            "seconds": round(seconds, 1),
        }

    async def _checkout_breaks(self) -> None:
        hands = self.hands
        hands.tell("→ Alertmanager: a pod of checkout answers with errors (warning).")
        await self._checkout(1, "warning")
        chat = await hands.chat(CHECKOUT, lambda chat: chat["top_notice"])
        hands.tell(f"✓ A group: {chat['name']}")
        hands.tell(
            f"  In it: {', '.join(members(chat))}. The card is on top; announcement, tabs and menu are filled in."
        )

    async def _alice_takes_it(self) -> None:
        hands = self.hands
        hands.tell("→ Alice presses Ack on the card. Bob writes in the group.")
        await hands.click("alice", CHECKOUT, "ack")
        await hands.chat(CHECKOUT, lambda chat: card_says(chat, "acked"))
        await hands.say("bob", CHECKOUT, "5xx 从 14:01 开始，和刚才的发布有关？")
        hands.tell("✓ The card turns orange: 处理中, Alice leads.")

    async def _people_come_and_go(self) -> None:
        hands = self.hands
        await hands.pass_time(minutes=5)
        hands.tell("→ Five minutes later Bob brings Dave in; he invites Carol by mistake and takes it back.")
        await hands.act("bob", "add", CHECKOUT, target="dave@example.com")
        await hands.act("bob", "add", CHECKOUT, target="carol@example.com")
        await hands.act("bob", "withdraw", CHECKOUT, target="carol@example.com")
        await hands.pass_time(minutes=1)
        await hands.chat(CHECKOUT, lambda chat: is_said(chat, "现状以置顶卡片为准"))
        hands.tell("✓ Dave, and he alone, is told in one message what has happened so far.")
        hands.tell("→ Alice, who is on call, leaves the group.")
        await hands.act("alice", "leave", CHECKOUT)
        await hands.chat(CHECKOUT, lambda chat: "陈爱丽" in members(chat) and is_said(chat, "已请回"))
        hands.tell("✓ She is brought back, once. If she leaves again, the group says so and lets her go.")
        hands.tell("→ Dave gives the group another name.")
        await hands.act("dave", "rename", CHECKOUT, name="结算 5xx 作战室")
        await hands.pass_time(seconds=30)

    async def _it_gets_worse(self) -> None:
        hands = self.hands
        await hands.chat(CHECKOUT, lambda chat: chat["name"] == "结算 5xx 作战室")
        hands.tell("✓ The name stays, until there is news that belongs into it.")
        hands.tell("→ Alertmanager: five more pods, and now it is critical.")
        await self._checkout(6, "critical")
        await hands.chat(CHECKOUT, lambda chat: card_says(chat, "6 firing / 6") and "P1" in chat["name"])
        await hands.chat(CHECKOUT, lambda chat: not any("Runbook" in tab["tab_name"] for tab in _tabs(chat)))
        hands.tell("✓ No second group, no second card: the card says 6 firing, the name P1.")
        hands.tell("  The new alerts have no runbook: its tab and its entry of the menu are gone.")

    async def _bob_rearranges_the_group(self) -> None:
        hands = self.hands
        group = await hands.chat(CHECKOUT, lambda chat: len(_tabs(chat)) >= 2 and len(chat["menu"]) >= 2)
        hands.tell("→ Bob puts a tab last, renames another, deletes a menu and takes the banner down.")
        first, second, *_ = _tabs(group)
        await hands.act("bob", "rename_tab", CHECKOUT, tab_id=second["tab_id"], name="猫")
        await hands.act("bob", "move_tab", CHECKOUT, tab_id=first["tab_id"])
        await hands.act("bob", "delete_menu", CHECKOUT, menu_id=group["menu"][0]["id"])
        await hands.act("bob", "rename_menu", CHECKOUT, menu_id=group["menu"][1]["children"][0]["id"], name="狗")
        await hands.act("bob", "delete_top_notice", CHECKOUT)
        await hands.pass_time(minutes=10)
        await hands.chat(CHECKOUT, lambda chat: _places(chat) == _places(group) and chat["top_notice"])
        hands.tell(
            "✓ Feishu tells nobody of that. A look at the group, every ten minutes, puts all in its place again."
        )
        hands.tell("  Who undoes the same thing a second time will be given way to.")

    async def _dave_has_seen_enough(self) -> None:
        hands = self.hands
        hands.tell("→ Dave writes to the bot: 退出 (leave).")
        await hands.say("dave", CHECKOUT, "退出", to_bot=True)
        await hands.chat(CHECKOUT, lambda chat: "赵大伟" not in members(chat))
        hands.tell("✓ He is taken out, and nobody brings him back.")

    async def _a_disk_fills(self) -> None:
        hands = self.hands
        hands.tell("→ Grafana: a disk of the storage team is full. Its groups are locked at the end, and kept.")
        await hands.control("PUT", "switches", announcement_kind="doc")
        for operation in ("chat_tabs_create", "chat_menu_tree_create"):
            await hands.control("POST", "faults", operation=operation, kind="drop_answer")
        await hands.send("/webhooks/grafana", disk_webhook(began_at=hands.now()))
        await hands.chat(DISK, lambda chat: chat["top_notice"] and _announces(chat) and chat["menu"])
        await hands.control("PUT", "switches", announcement_kind="docx")
        hands.tell("✓ Feishu gave this group an announcement of the old kind; it is filled in all the same.")
        hands.tell("  Two of Feishu's answers got lost; what was there already was found, and nothing made twice.")

    async def _nobody_takes_it(self) -> None:
        hands = self.hands
        await hands.chat(DISK, lambda chat: card_says(chat, "前无人认领"))
        hands.tell("✓ Carol was buzzed in the app; the card says who is called next, and when.")
        hands.tell("… nobody acknowledges for five minutes.")
        await hands.pass_time(minutes=5)
        await hands.chat(DISK, lambda chat: is_said(chat, "步：呼叫") and "陈爱丽" in members(chat))
        hands.tell("✓ Step 2: Alice is on call. She was added to the group, and gets an SMS.")

    async def _carol_hands_it_to_bob(self) -> None:
        hands = self.hands
        await hands.click("carol", DISK, "assign", option=await hands.person("bob"))
        await hands.chat(DISK, lambda chat: "王博" in _managers(chat))
        hands.tell("✓ Carol assigned it to Bob: he was added to the group, as a manager of it.")
        await hands.click("bob", DISK, "assign", option=await hands.person("carol"))
        await hands.chat(DISK, lambda chat: "王博" not in _managers(chat))
        hands.tell("✓ Bob gave it back: Carol leads, and he is a plain member.")

    async def _the_bot_is_thrown_out(self) -> None:
        hands = self.hands
        before = await hands.chat(DISK, lambda _: True)
        hands.tell("→ Carol tidies up and removes the bot from the group.")
        await hands.act("carol", "remove_bot", DISK)
        await hands.chat(
            DISK,
            lambda chat: (
                chat["chat_id"] != before["chat_id"]
                and chat["top_notice"]
                and set(members(before)) <= set(members(chat))
            ),
        )
        hands.tell("✓ It cannot come back by itself: a new group with the same people goes on.")
        await hands.click("bob", DISK, "ack")
        await hands.chat(DISK, lambda chat: chat["top_notice"] and card_says(chat, "acked"))
        await hands.click("bob", DISK, "resolve")
        await hands.chat(DISK, lambda chat: chat["top_notice"] and card_says(chat, "took"))
        await hands.click("bob", DISK, "Close")
        await hands.chat(DISK, lambda chat: card_says(chat, "closed") and not chat["top_notice"])
        hands.tell("✓ Bob marked it resolved and closed it: archived, locked, the banner taken down.")

    async def _carol_asks_the_bot(self) -> None:
        hands = self.hands
        hands.tell("→ Carol opens the direct chat with the bot.")
        room = (await hands.act("carol", "open_p2p"))["chat_id"]
        await hands.until("the bot has greeted Carol", lambda state: _chat(state, room)["messages"])
        hands.tell("✓ It says what is hers, and what it understands.")

    async def _a_group_becomes_the_lobby(self) -> None:
        hands = self.hands
        hands.tell("→ Carol makes a group for everybody and brings the bot into it.")
        lobby = (await hands.act("carol", "create_chat", name="研发大厅"))["chat_id"]
        (offer,) = await hands.until("the bot has asked", lambda state: cards(_chat(state, lobby)))
        await hands.press("carol", offer["message_id"], "设为大厅")
        await hands.pass_time(seconds=15)
        await hands.until("the lobby shows a digest", lambda state: len(cards(_chat(state, lobby))) > 1)
        hands.tell("✓ It asked what it is for; now one card there shows everything that is open.")

    async def _the_network_team_has_a_group(self) -> None:
        hands = self.hands
        hands.tell("→ The network team has a public group of its own: Dave adds the bot, and takes it out again.")
        room = (await hands.act("dave", "create_chat", name="网络值班"))["chat_id"]
        await hands.act("dave", "update", chat_id=room, settings={"chat_type": "public"})
        await hands.act("dave", "remove_bot", chat_id=room)
        hands.tell("→ The operator names that group in the team file and reloads it; then a line fails.")
        await hands.change_team("existing: off", f"existing: {room}")
        began_at = hands.now()
        await hands.send("/webhooks/alertmanager", line_webhook(began_at=began_at))
        await hands.chat(LINE, lambda chat: chat["chat_id"] == room and chat["top_notice"])
        hands.tell("✓ The bot joined the group and put its card on top; nothing else of the group was touched.")
        await hands.click("dave", LINE, "ack")
        await hands.send("/webhooks/alertmanager", line_webhook(began_at=began_at, resolved_at=hands.now()))
        await hands.chat(LINE, lambda chat: card_says(chat, "took"))
        hands.tell("✓ Dave took it, and the line is back. This group is people's: nobody ends it.")

    async def _checkout_recovers(self) -> None:
        hands = self.hands
        hands.tell("→ Alertmanager: checkout has recovered.")
        await self._checkout(6, "critical", is_resolved=True)
        await hands.chat(CHECKOUT, lambda chat: card_says(chat, "took"))
        hands.tell("✓ The card turns green and says when the group ends. If it fired again now, the group would go on.")

    async def _the_groups_end(self) -> None:
        hands = self.hands
        hands.tell("… an hour passes; here it takes a second.")
        group = (await hands.chat(CHECKOUT, lambda _: True))["chat_id"]
        await hands.pass_time(minutes=61)
        await hands.until(
            "the group of checkout is disbanded",
            lambda state: _is_dissolved(state, group),
        )
        await hands.until("all incidents are closed", self._all_closed)
        hands.tell("✓ Locked, archived (messages and timeline are kept), disbanded. Nobody had to remember anything.")

    async def _the_operator_tidies_up(self) -> None:
        hands = self.hands
        hands.tell(f"→ The operator looks which groups are left: alertbridge chats list, and with --name {DISK}.")
        left = await hands.operate("chats", "list")
        found = msgspec.json.decode(await hands.operate("chats", "list", "--name", DISK, "--output", "json"))
        hands.tell("".join(f"  {line}\n" for line in left.splitlines()).rstrip())
        kept = next(chat["chat_id"] for chat in found if chat["belongs"] == "kept")
        await hands.operate("chats", "disband", kept, "--yes")
        await hands.until("the locked group is disbanded", lambda state: _is_dissolved(state, kept))
        hands.tell("✓ The locked group has been read: alertbridge chats disband. Only groups of its own can go so.")

    async def _all_closed(self, _: State) -> bool:
        return all(incident["status"] == "closed" for incident in await self.hands.incidents())

    async def _checkout(self, pods: int, severity: str, *, is_resolved: bool = False) -> None:
        resolved_at = self.hands.now() if is_resolved else None
        body = checkout_webhook(pods, severity, began_at=self._began_at, resolved_at=resolved_at)
        await self.hands.send("/webhooks/alertmanager", body)


def _announces(chat: Chat) -> bool:
    announcement = chat["announcement"]
    return announcement is not None and any(line.strip() for line in announcement["lines"])


def _is_dissolved(state: State, chat_id: str) -> bool:
    return bool(_chat(state, chat_id)["status"] == "dissolved")


def _chat(state: State, chat_id: str) -> Chat:
    return next(chat for chat in state["chats"] if chat["chat_id"] == chat_id)


def _managers(chat: Chat) -> list[str]:
    return [manager["name"] for manager in chat["managers"]]


def _tabs(chat: Chat) -> list[dict[str, Any]]:
    return [tab for tab in chat["tabs"] if tab["tab_type"] == "url"]


def _places(chat: Chat) -> list[str]:
    """The names of tabs, menus and their entries, in order."""
    entries = [entry["name"] for menu in chat["menu"] for entry in (menu, *menu["children"])]
    return [*(tab["tab_name"] for tab in _tabs(chat)), *entries]

"""What can be seen at one moment: Feishu's groups as the sandbox shows them, the incidents as the API tells them."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

JsonObject = dict[str, Any]


@dataclass(frozen=True)
class Group:
    """One group, as `/sandbox/state` draws it."""

    seen: JsonObject

    @property
    def id(self) -> str:
        return str(self.seen["chat_id"])

    @property
    def name(self) -> str:
        return str(self.seen["name"])

    @property
    def is_living(self) -> bool:
        return bool(self.seen["status"] == "normal")

    @property
    def people(self) -> set[str]:
        """Open ids of the members; the bot does not count."""
        return {member["id"] for member in self.seen["members"] if member["id_type"] == "open_id"}

    @property
    def managers(self) -> set[str]:
        return {manager["id"] for manager in self.seen["managers"]}

    @property
    def is_locked(self) -> bool:
        return bool(self.seen["moderation"]["setting"] == "only_owner")

    @property
    def pinned(self) -> str | None:
        notice = self.seen["top_notice"]
        return None if notice is None else str(notice["message_id"])

    @property
    def notes(self) -> list[str]:
        """The lines of the announcement."""
        announcement = self.seen["announcement"]
        return announcement["lines"] if announcement else []

    @property
    def tabs(self) -> list[str]:
        """Names of the tabs that somebody added."""
        return [tab["tab_name"] for tab in self.seen["tabs"] if tab["tab_type"] == "url"]

    @property
    def menu(self) -> list[str]:
        return [top["name"] for top in self.seen["menu"]]

    @property
    def messages(self) -> list[JsonObject]:
        return [message for message in self.seen["messages"] if not message["deleted"]]

    @property
    def live_cards(self) -> list[JsonObject]:
        """The messages that show the whole incident."""
        return [message for message in self.messages if _has_element(message, "facts")]

    @property
    def card(self) -> str:
        """Id of the one live card."""
        (card,) = self.live_cards
        return str(card["message_id"])

    @property
    def countdowns(self) -> list[JsonObject]:
        """The cards that only tell when the end is."""
        cards = [message for message in self.messages if message["msg_type"] == "interactive"]
        return [message for message in cards if message not in self.live_cards]

    @property
    def shown(self) -> str:
        """Everything on the live card, as one text."""
        return str(self.live_cards[-1]["content"])

    def said(self, words: str) -> list[JsonObject]:
        """The messages, cards aside, in which these words stand."""
        return [
            message
            for message in self.messages
            if message["msg_type"] != "interactive" and words in str(message["content"])
        ]


@dataclass(frozen=True)
class Scene:
    """One moment."""

    feishu: JsonObject
    incidents: list[JsonObject]
    """By number, closed ones too."""

    @cached_property
    def groups(self) -> list[Group]:
        """Every group that was ever made, disbanded ones too, oldest first."""
        return [Group(chat) for chat in self.feishu["chats"] if chat["chat_mode"] == "group"]

    @property
    def living(self) -> list[Group]:
        return [group for group in self.groups if group.is_living]

    @property
    def group(self) -> Group:
        """The one living group."""
        (group,) = self.living
        return group

    @property
    def incident(self) -> JsonObject:
        """The one incident there ever was."""
        (incident,) = self.incidents
        return incident

    @property
    def status(self) -> str:
        return str(self.incident["status"])

    @property
    def is_over(self) -> bool:
        """Whether every incident came to its end."""
        return bool(self.incidents) and all(incident["ended_at"] for incident in self.incidents)

    @property
    def troubles(self) -> list[JsonObject]:
        """What fails at present, over all incidents."""
        return [trouble for incident in self.incidents for trouble in incident.get("troubles", ())]

    def calls(self, operation: str) -> int:
        """How often an operation was called."""
        return int(self.feishu["operations"].get(operation, 0))

    def __str__(self) -> str:
        incidents = [
            f"#{one['number']} {one['status']} ended={one['ended_at']} troubles={one.get('troubles')}"
            for one in self.incidents
        ]
        groups = [
            f"{group.name} {group.seen['status']} {len(group.messages)} messages locked={group.is_locked}"
            for group in self.groups
        ]
        lines = [*incidents, *groups, str(self.feishu["operations"]), str(self.feishu["refused"])]
        return "\n".join(lines)


def has_full_group(scene: Scene) -> bool:
    """True once a group has everything that the first pass gives it."""
    if len(scene.living) != 1 or not scene.group.live_cards:
        return False
    group = scene.group
    return bool(
        group.pinned == group.card
        and group.notes
        and group.tabs
        and group.menu
        and group.managers
        and scene.incident["share_link"]
    )


def _has_element(message: JsonObject, element: str) -> bool:
    if message["msg_type"] != "interactive":
        return False
    elements = message["content"].get("body", {}).get("elements", [])
    return any(part.get("element_id") == element for part in elements)

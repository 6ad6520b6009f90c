"""The rules of every documented operation, one module per noun; importing the package fills `registry.HANDLERS`."""

from alertbridge.sandbox.operations import auth, chats, managers, members, messages, moderation, top_notice

__all__ = ["auth", "chats", "managers", "members", "messages", "moderation", "top_notice"]

"""Lobbies and direct chats, kept up to date."""

"""What belongs to no single incident: lobbies, and direct chats with the bot."""

"""What people write to the bot, read as what it asks for (CHAT.md section 5)."""

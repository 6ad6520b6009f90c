"""What people write to the bot, and how it is read."""

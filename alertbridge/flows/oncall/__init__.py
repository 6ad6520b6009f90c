"""Who is on call, where that comes from, and who is told of it."""

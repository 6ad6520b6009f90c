"""Who is called: schedules of shifts."""

"""What senders put on the wire becomes alerts: pure functions of a body, tolerant of what is seen in the wild."""

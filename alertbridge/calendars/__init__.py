"""Calendars that people keep elsewhere (RFC 5545): where they are, what stands in them; and ours, for their apps."""

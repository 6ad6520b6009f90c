"""Moving in: what another product's API says of people, schedules and escalation, as entries of a team file.

A product's module reads its answers into a `Draft`; `plan` compares it with the team file that is there.
"""

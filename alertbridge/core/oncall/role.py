"""What somebody does in an incident beside mending it."""

from enum import StrEnum


class Role(StrEnum):
    """One person has each at a time; the copy catalogue has their names."""

    LEAD = "lead"
    """Who holds the incident. It has one lead at most, whoever named them."""
    COMMS = "comms"
    """Tells everybody else how things stand."""
    SCRIBE = "scribe"
    """Writes down what was seen and done."""

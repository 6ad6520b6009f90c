"""One problem and its life: what alerts, people and time change in it."""

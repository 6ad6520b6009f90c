"""Schedules out of rotations that are on call side by side, and overrides that do not overlap."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from alertbridge.importing.draft import Kind, LayerDraft, Note, OverrideDraft, ScheduleDraft, Unusable
from alertbridge.importing.rotations import side_by_side

MAX_OVERRIDES = 200
"""Of one schedule: more than anybody reads."""


def schedules_of(
    key: str,
    name: str,
    timezone: str,
    levels: Sequence[Sequence[LayerDraft]],
    *,
    overrides: Sequence[OverrideDraft] = (),
    notes: Sequence[Note] = (),
) -> Iterator[ScheduleDraft | Unusable]:
    """Yield the schedule in which all rotations of a level are on call at once, and a later level goes before others.

    Where the hand-overs of rotations do not fit together, each becomes a schedule of its own.
    """
    exceptions, cut = apart(overrides)
    notes = (*notes, *cut)
    joined = [side_by_side(level) for level in levels]
    whole = [level for level in joined if level is not None]
    if len(whole) == len(joined):
        layers = tuple(layer for level in whole for layer in level)
        if layers != tuple(layer for level in levels for layer in level):
            said = "rotations that are on call at once are joined: who is on call is the same, the layers are longer"
            notes = (*notes, Note(said, is_change=False))
        yield ScheduleDraft(
            id=key, name=name, timezone=timezone, layers=layers, overrides=exceptions, notes=tuple(notes)
        )
    elif len(levels) > 1:
        said = "rotations of several levels hand over at times that do not fit together"
        note = Note(said, "give those of one level the same hand-overs there, export it again")
        yield Unusable(kind=Kind.SCHEDULE, id=key, name=name, notes=(note, *notes))
    else:
        strands = levels[0]
        said = f"its {len(strands)} rotations hand over at times that do not fit together: here each is a schedule"
        split = Note(said, "policies name them all; a route names one as its `schedule`")
        for number, layer in enumerate(strands, start=1):
            first = number == 1
            yield ScheduleDraft(
                id=key if first else f"{key}#{number}",
                name=name if first else f"{name} {number}",
                timezone=timezone,
                layers=(layer,),
                overrides=exceptions if first else (),
                notes=(split, *notes) if first else (split,),
            )


def apart(overrides: Sequence[OverrideDraft]) -> tuple[tuple[OverrideDraft, ...], tuple[Note, ...]]:
    """Cut overrides that replace the same people at the same time: the later in the list goes before."""
    found: list[OverrideDraft] = []
    notes: list[Note] = []
    if len(overrides) > MAX_OVERRIDES:
        said = f"of {len(overrides)} overrides the first {MAX_OVERRIDES} are brought over"
        notes.append(Note(said, "export fewer weeks ahead"))
    for override in map(_in_minutes, overrides[:MAX_OVERRIDES]):
        kept: list[OverrideDraft] = []
        for one in found:
            if one.instead_of != override.instead_of or one.ends <= override.starts or override.ends <= one.starts:
                kept.append(one)
                continue
            notes.append(Note(f"overrides overlap from {max(one.starts, override.starts)} on: the later one counts"))
            if one.starts < override.starts:
                kept.append(replace(one, ends=override.starts))
            if override.ends < one.ends:
                kept.append(replace(one, starts=override.ends))
        found = [*kept, override] if override.starts < override.ends else kept
    return tuple(sorted(found, key=lambda one: one.starts)), tuple(notes)


def _in_minutes(override: OverrideDraft) -> OverrideDraft:
    starts, ends = override.starts.replace(second=0, microsecond=0), override.ends.replace(second=0, microsecond=0)
    return replace(override, starts=starts, ends=ends)

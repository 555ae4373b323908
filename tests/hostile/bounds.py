"""How much each property tries."""

from __future__ import annotations

from hypothesis import Phase, settings

LONG = 20


def bounded(examples: int, times: int = 1) -> settings:
    """So many times `examples`. The usual run tries the same every time; a long one others."""
    is_long = examples >= LONG
    phases = (Phase.generate, Phase.shrink) if is_long else (Phase.generate,)
    return settings(
        max_examples=examples * times, derandomize=not is_long, database=None, phases=phases
    )


def soon(examples: int) -> settings:
    """Until one is found: among so many, the same every time."""
    return settings(
        max_examples=examples, derandomize=True, database=None, phases=(Phase.generate,)
    )

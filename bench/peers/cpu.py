"""Processor time of processes, from Linux' /proc; zeros elsewhere."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

POSTGRES_VARIABLE = "BENCH_POSTGRES_PID"
_TICK = os.sysconf("SC_CLK_TCK")


def seconds_of(pids: Iterable[int]) -> float:
    """What these processes have used so far."""
    return sum(_times(pid)[0] for pid in pids)


def postgres_seconds() -> float:
    """What the server has used so far, with all of its processes, ended ones included."""
    server = int(os.environ.get(POSTGRES_VARIABLE) or 0)
    if not server:
        return 0.0
    own, ended = _times(server)
    return own + ended + seconds_of(_children(server))


def _times(pid: int) -> tuple[float, float]:
    """Seconds of the process, and of its children that have ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0, 0.0
    user, system, ended_user, ended_system = map(int, fields[11:15])
    return (user + system) / _TICK, (ended_user + ended_system) / _TICK


def _children(pid: int) -> list[int]:
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []

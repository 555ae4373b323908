"""Ids of traces: random, but for those that begin with a key, whose ids are made of it."""

from __future__ import annotations

import hashlib
from contextvars import ContextVar
from typing import Final

from opentelemetry.sdk.trace.id_generator import IdGenerator, RandomIdGenerator

CHOSEN: Final[ContextVar[tuple[int, int] | None]] = ContextVar("respite_chosen_ids", default=None)
"""Of the trace and of the span that is begun next; None for random ones."""


class Ids(IdGenerator):
    """Random ids, but for a span whose trace and own id are chosen."""

    def __init__(self) -> None:
        self._random = RandomIdGenerator()

    def generate_span_id(self) -> int:
        """See IdGenerator."""
        chosen = CHOSEN.get()
        return chosen[1] if chosen else self._random.generate_span_id()

    def generate_trace_id(self) -> int:
        """See IdGenerator."""
        chosen = CHOSEN.get()
        return chosen[0] if chosen else self._random.generate_trace_id()


def ids_of(key: str) -> tuple[int, int]:
    """The ids of the trace that begins with this key, and of its first span."""
    digest = hashlib.sha256(key.encode()).digest()
    return int.from_bytes(digest[:16], "big"), int.from_bytes(digest[16:24], "big")

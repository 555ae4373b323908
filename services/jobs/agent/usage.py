"""What the model has cost whoever asked for an answer, however many calls that took."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(slots=True)
class Usage:
    """Tokens that the model has read and written, as far as its answers said."""

    tokens: int = 0


_current: ContextVar[Usage | None] = ContextVar("respite_model_usage", default=None)


@contextmanager
def counted() -> Iterator[Usage]:
    """Counts what the calls of this task cost until the end of the block."""
    usage = Usage()
    before = _current.set(usage)
    try:
        yield usage
    finally:
        _current.reset(before)


def add(tokens: int) -> None:
    """To be told of each answer of the model."""
    if (usage := _current.get()) is not None:
        usage.tokens += tokens

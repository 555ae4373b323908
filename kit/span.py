"""What a trace is made of, and what `kit.tracing` asks of whoever makes one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from contextvars import Context
from typing import Literal, Protocol

Kind = Literal["server", "client", "consumer", "internal"]
Value = str | int | float | bool


class Span(Protocol):
    """A stretch of work."""

    def note(self, name: str, value: Value) -> None:
        """Sets an attribute, never one with a person in it."""
        ...

    def fail(self, reason: str) -> None:
        """It went wrong. reason: a class or a code."""
        ...


class Arrival(Span, Protocol):
    """Something came from outside."""

    def came_first(self) -> None:
        """It had not come before: its trace begins with it."""
        ...


class Backend(Protocol):
    """What `kit.otel` does; see the functions of `kit.tracing`."""

    def span(
        self,
        name: str,
        kind: Kind,
        parent: Mapping[str, str] | None,
        attributes: Mapping[str, Value],
        judged: bool,
    ) -> AbstractContextManager[Span]:
        """See the function."""
        ...

    def arrival(
        self, key: str, name: str, started: int | None, attributes: Mapping[str, Value]
    ) -> AbstractContextManager[Arrival]:
        """See the function."""
        ...

    def company(self, others: Sequence[Context], name: str) -> AbstractContextManager[None]:
        """See the function."""
        ...

    def headers(self) -> Mapping[str, str]:
        """See the function."""
        ...

    def arrival_headers(self, key: str) -> Mapping[str, str]:
        """See the function."""
        ...

    def link_arrival(self, key: str) -> None:
        """See the function."""
        ...

    def ids(self) -> Mapping[str, str]:
        """See add_ids."""
        ...

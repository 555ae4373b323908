"""A Stripe that hangs holds some of billing's threads, never all: who has paid is answered without
it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import stripe

AT_ONCE: Final = 10  # of the 16 threads of `kit.server.build_server`
PATIENCE: Final = 0.25  # seconds; a Stripe that answers frees a place sooner


class BulkheadFull(stripe.APIConnectionError):
    """As many requests as may wait for Stripe at once do so already."""


class Bulkhead:
    """Lets `size` in at once.

    Who finds it full waits `patience` seconds, so that a burst is served. Once that was too short,
    others are refused at once until somebody leaves: those who wait hold threads too.
    """

    def __init__(self, size: int, patience: float) -> None:
        self._places = threading.BoundedSemaphore(size)
        self._patience = patience
        self._stuck = False

    @contextmanager
    def place(self) -> Iterator[None]:
        """Raises BulkheadFull."""
        if not self._places.acquire(timeout=0 if self._stuck else self._patience):
            self._stuck = True
            raise BulkheadFull("too many requests wait for Stripe")  # type: ignore[no-untyped-call]
        try:
            yield
        finally:
            self._stuck = False
            self._places.release()


class BulkheadClient(stripe.RequestsClient):
    """The SDK's HTTP client, of which so many requests are under way at once. timeout: seconds."""

    def __init__(self, timeout: float) -> None:
        super().__init__(timeout=timeout)
        self._bulkhead = Bulkhead(AT_ONCE, PATIENCE)

    def request(self, *args: Any, **kwargs: Any) -> Any:
        """Raises stripe.APIConnectionError, BulkheadFull too."""
        with self._bulkhead.place():
            return super().request(*args, **kwargs)

"""What happens when two transactions race for one unique value: the later one looks again.

Whoever stores a provider's id or a request key has looked it up before. Where another transaction
stored the same value meanwhile, the index refuses it, and a second look says whose it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy.exc import IntegrityError

from services.conversation.refusals import LostRace

_RACED_FOR: Final = frozenset({"messages_provider_sid", "messages_request_key"})


@contextmanager
def lost_race_if_taken() -> Iterator[None]:
    """Raises LostRace where a statement stored a provider's id or a key that another text has."""
    try:
        yield
    except IntegrityError as error:
        diagnostics = getattr(error.orig, "diag", None)
        if getattr(diagnostics, "constraint_name", None) not in _RACED_FOR:
            raise
        raise LostRace from None

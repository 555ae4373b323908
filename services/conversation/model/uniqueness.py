"""What happens when two people's transactions race for one unique value.

A person's own calls queue at their lock, so a lost race always means two people.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import IntegrityError

from kit.refusals import InvalidArgument, Refusal
from services.conversation.refusals import ProviderSidTaken


@contextmanager
def provider_sid_or_refuse() -> Iterator[None]:
    """Raises ProviderSidTaken where a statement gave a text the provider's id of another."""
    with _refusing("messages_provider_sid", ProviderSidTaken()):
        yield


@contextmanager
def request_key_or_refuse() -> Iterator[None]:
    """Raises InvalidArgument where a statement used the request key of another person's text."""
    with _refusing("messages_request_key", key_of_somebody_else()):
        yield


def key_of_somebody_else() -> InvalidArgument:
    """The refusal of a request key that made a text of somebody else."""
    return InvalidArgument("request_key", "was used for another person")


@contextmanager
def _refusing(constraint: str, refusal: Refusal) -> Iterator[None]:
    try:
        yield
    except IntegrityError as error:
        diagnostics = getattr(error.orig, "diag", None)
        if getattr(diagnostics, "constraint_name", None) != constraint:
            raise
        raise refusal from None

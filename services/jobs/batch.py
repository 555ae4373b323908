"""Many items in one transaction, without one item failing the others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from kit.logging import describe_error, get_logger
from kit.refusals import Internal, Refusal, StoreUnavailable

log = get_logger(__name__)

ItemT = TypeVar("ItemT")
ResultT = TypeVar("ResultT")


def all_or_each(
    items: Sequence[ItemT], run: Callable[[Sequence[ItemT]], Sequence[ResultT]]
) -> list[ResultT | Refusal]:
    """A result or a refusal for each item, in order.

    run: does the items in one transaction and returns a result for each. Where it fails because of
    an item, each item is tried by itself; where the database is away, all are refused.
    """
    try:
        return list(run(items))
    except StoreUnavailable as refusal:
        return [refusal] * len(items)
    except Refusal as refusal:
        if len(items) == 1:
            return [refusal]
    except Exception as error:
        log.error("batch_failed", items=len(items), error=describe_error(error))
        if len(items) == 1:
            return [Internal()]
    return [result for item in items for result in all_or_each([item], run)]


def refuse_if_all_unavailable(results: Sequence[object]) -> None:
    """Raises StoreUnavailable where nothing at all could be done: then the call failed."""
    if results and all(isinstance(result, StoreUnavailable) for result in results):
        raise StoreUnavailable

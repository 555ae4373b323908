"""Whether a batch call does what its one-item calls would have done, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc

from kit.refusals import refusal_of

# A response, or what a caller can tell of a refusal: code, reason, message, seconds to wait.
Outcome = object


def one_by_one(call: Callable[[Any], Any], requests: Iterable[Any]) -> list[Outcome]:
    """What one-item calls come to."""
    return [_outcome(call, request) for request in requests]


def together(call: Callable[[Any], Any], request: Any) -> list[Outcome]:
    """What a batch call comes to."""
    outcomes: list[Outcome] = []
    for result in call(request).results:
        if result.WhichOneof("result") == "response":
            outcomes.append(result.response)
            continue
        error = result.error
        wait = error.retry_delay.ToTimedelta() if error.HasField("retry_delay") else None
        outcomes.append((error.code, error.reason, error.message, wait))
    return outcomes


def at_once(call: Callable[[Any], Any], requests: Sequence[Any]) -> list[list[Outcome]]:
    """What batch calls come to that are made at the same time."""
    with ThreadPoolExecutor(len(requests)) as pool:
        return list(pool.map(lambda request: together(call, request), requests))


def _outcome(call: Callable[[Any], Any], request: Any) -> Outcome:
    try:
        return call(request)
    except grpc.RpcError as error:
        refusal = refusal_of(error)
        told = "; ".join(f"{field}: {what}" for field, what in refusal.violations)
        return (
            refusal.code.value[0],
            refusal.reason,
            told or refusal.sentence,
            refusal.retry_after,
        )

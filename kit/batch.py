"""Many items in one call and one transaction, without one item failing the others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

import grpc
from google.protobuf.message import Message

from kit.item_status import write_status
from kit.logging import describe_error, get_logger
from kit.refusals import Internal, InvalidArgument, Refusal, StoreUnavailable

log = get_logger(__name__)

MOST_ITEMS: Final = 1000
# Of an answer: what is left of a message's 4 MiB is for one item more, which may be that long.
MOST_BYTES: Final = 3 * 1024 * 1024

RequestT = TypeVar("RequestT")
ItemT = TypeVar("ItemT")
ResultT = TypeVar("ResultT")
BatchT = TypeVar("BatchT", bound=Message)


class NoRoom(Refusal):
    """The answers before it fill this batch; ask for it by itself."""

    code = grpc.StatusCode.RESOURCE_EXHAUSTED


def run_batch(
    requests: Sequence[RequestT],
    parse: Callable[[RequestT], ItemT],
    run: Callable[[Sequence[ItemT]], Sequence[ResultT | Refusal]],
) -> list[ResultT | Refusal]:
    """A result or a refusal for each request, in order: what a batch call answers.

    parse: raises InvalidArgument for bad input, which is that item's alone. run: does the others in
    one transaction, see `all_or_each`. Raises InvalidArgument for none or more than MOST_ITEMS of
    them, StoreUnavailable where the database is away.
    """
    if not 1 <= len(requests) <= MOST_ITEMS:
        raise InvalidArgument("requests", f"must hold 1 to {MOST_ITEMS} items")
    parsed: list[ItemT | Refusal] = []
    for request in requests:
        try:
            parsed.append(parse(request))
        except InvalidArgument as refusal:
            parsed.append(refusal)
    items = [each for each in parsed if not isinstance(each, Refusal)]
    done = all_or_each(items, run) if items else []
    refuse_if_all_unavailable(done)
    results = iter(done)
    return [each if isinstance(each, Refusal) else next(results) for each in parsed]


def all_or_each(
    items: Sequence[ItemT], run: Callable[[Sequence[ItemT]], Sequence[ResultT | Refusal]]
) -> list[ResultT | Refusal]:
    """A result or a refusal for each item, in order.

    run: does the items in one transaction and returns a result for each, or the refusal of one that
    leaves the others alone. Where it fails because of an item, each item is tried by itself; where
    the database is away, all are refused.
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


def batch_to_proto(
    kind: type[BatchT],
    results: Sequence[ResultT | Refusal],
    to_proto: Callable[[ResultT], Message],
) -> BatchT:
    """The answer of a batch call: `results` of `response` or `error`, in request order.

    kind: its message. to_proto: makes the response that a one-item call gives. From the item on at
    which MOST_BYTES are reached the others are refused with NoRoom: what was done for them is done,
    and the one-item call, which is safe to repeat, gives its result.
    """
    answer: Any = kind()
    room = MOST_BYTES
    for result in results:
        item = answer.results.add()
        if isinstance(result, Refusal):
            write_status(result, item.error)
        elif room <= 0:
            write_status(NoRoom(), item.error)
        else:
            response = to_proto(result)
            room -= response.ByteSize()
            item.response.CopyFrom(response)
    whole: BatchT = answer
    return whole


def only(results: Sequence[ResultT | Refusal]) -> ResultT:
    """The result of a batch of one, as a one-item call answers it. Raises its refusal."""
    [result] = results
    if isinstance(result, Refusal):
        raise result
    return result

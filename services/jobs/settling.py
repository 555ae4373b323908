"""Settling many claims of one call, in as few transactions as lanes allow."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TypeVar

from kit.aio_database import AsyncWriter
from kit.batch import all_or_each
from kit.database import Database
from kit.logging import describe_error, get_logger
from kit.refusals import InvalidArgument, Refusal, StoreUnavailable
from protos.jobs.v1 import jobs_pb2
from services.jobs.model.complete import (
    Ended,
    Locked,
    complete_laneless,
    complete_locked,
    portions_of,
)
from services.jobs.model.lanes import MOST_LANES
from services.jobs.model.settle import Result, Settled, settle, settle_free
from services.jobs.refusals import StaleClaim
from services.jobs.settlement import Settlement
from services.jobs.threads import DatabaseThreads
from services.jobs.wire.fields import parse_text
from services.jobs.wire.settlements import parse_complete, parse_settlement

log = get_logger(__name__)

T = TypeVar("T")
Results = dict[int, Result | Refusal]
Answers = tuple[Results, list[Settled]]


class Settling:
    """Ends claims. jitter: from 0 up to 1, random, for the back-off.

    Most of them end well, which calls of the database do that wait for no lane. What those do not
    end, and all else, goes the long way through a thread.
    """

    def __init__(
        self, database: AsyncWriter, threads: DatabaseThreads, jitter: Callable[[], float]
    ) -> None:
        self._database = database
        self._threads = threads
        self._jitter = jitter

    async def settle(
        self, messages: Sequence[jobs_pb2.Settlement]
    ) -> tuple[list[Result | Refusal], list[Settled]]:
        """A result or a refusal for each, in order, and what was committed."""
        results, ends, others = _read(messages)
        reports = await self._complete(list(ends.values()), alone=not others) if ends else []
        done = frozenset[int]().union(*(report.ended for report in reports))
        for index, end in ends.items():
            if end.job_id in done:
                results[index] = Result.DONE
            else:
                others[index] = end.settlement
        left = dict(sorted(others.items()))
        for run, waits in ((self._threads.write, False), (self._threads.wait_for_lanes, True)):
            if left:
                some, more = await run(partial(_settle_each, left, self._jitter, waits))
                results |= some
                reports += more
                left = {index: each for index, each in left.items() if index not in some}
        return [results[index] for index in range(len(messages))], reports

    async def _complete(self, ends: Sequence[Ended], *, alone: bool) -> list[Settled]:
        """Ends those that can be ended by calls that wait for no lane.

        The others, or all where a call fails, go the long way, which finds out why. alone: whether
        the call has nothing else; else what stores follow-ups goes with that, for jobs join a lane
        in the order of the call.
        """
        otherwise: tuple[Settled, list[Locked]] = (Settled(), [])
        able = ends if alone else [end for end in ends if not end.follow_ups]
        report, locked = await _tried(complete_laneless(self._database, able), otherwise)
        reports = [report]
        portions = portions_of(locked)
        if not any(end.follow_ups for end in able):
            calls = [_tried(complete_locked(self._database, some), Settled()) for some in portions]
            return reports + await asyncio.gather(*calls)
        if not _have_keys_of_their_own(able):
            return reports
        for some in portions:
            report = await _tried(complete_locked(self._database, some), Settled())
            reports.append(report)
            if len(report.ended) < len(some):
                break
        return reports


async def _tried(call: Awaitable[T], otherwise: T) -> T:
    """What a call answers, or else, where it fails."""
    try:
        return await call
    except StoreUnavailable:
        pass
    except Exception as error:
        log.error("batch_failed", error=describe_error(error))
    return otherwise


def _read(
    messages: Sequence[jobs_pb2.Settlement],
) -> tuple[Results, dict[int, Ended], dict[int, Settlement]]:
    """By index: what is refused, what ends well, and the others."""
    refused: Results = {}
    ends: dict[int, Ended] = {}
    others: dict[int, Settlement] = {}
    known: set[int] = set()
    for index, message in enumerate(messages):
        try:
            job_id = message.claim.job_id
            if job_id in known:
                raise InvalidArgument("claim.job_id", "must not be settled twice in one call")
            known.add(job_id)
            if message.HasField("complete"):
                ends[index] = _end(message)
            else:
                others[index] = parse_settlement(message)
        except InvalidArgument as refusal:
            refused[index] = refusal
    return refused, ends, others


def _end(message: jobs_pb2.Settlement) -> Ended:
    """The end of a claim that is done. Raises InvalidArgument."""
    claim = message.claim
    if not message.complete.follow_ups:  # thousands a second
        result = parse_text(message.complete.result, "complete.result")
        return Ended(claim.job_id, claim.claim, result)
    complete = parse_complete(message.complete)
    return Ended(claim.job_id, claim.claim, complete.result, complete.follow_ups)


def _settle_each(
    settlements: Mapping[int, Settlement],
    jitter: Callable[[], float],
    waits: bool,
    database: Database,
) -> Answers:
    """A result or a refusal by index; without `waits`, of those whose lanes nobody else has."""
    reports: list[Settled] = []
    behind: set[str] = set()

    def run(part: Sequence[Settlement]) -> Sequence[Result | None]:
        report = database.transact(
            lambda db: settle(db, part, jitter) if waits else settle_free(db, part, jitter, behind)
        )
        reports.append(report)
        behind.update(*report.held.values())
        settled = iter(report.results)
        return [None if each.job_id in report.held else next(settled) for each in part]

    answers: list[Result | Refusal | None] = []
    for portion in _portions(list(settlements.values())):
        answers += all_or_each(portion, run)
    results: Results = {}
    for index, answer in zip(settlements, answers, strict=True):
        if answer is not None:
            results[index] = StaleClaim() if answer is Result.STALE else answer
    return results, reports


def _portions(settlements: Sequence[Settlement]) -> list[list[Settlement]]:
    """The settlements in portions, each with no more lanes than one transaction may lock."""
    portions: list[list[Settlement]] = []
    room = 0
    for settlement in settlements:
        needed = _lanes_at_most(settlement)
        if not portions or needed > room:
            portions.append([])
            room = MOST_LANES
        portions[-1].append(settlement)
        room -= needed
    return portions


def _lanes_at_most(settlement: Settlement) -> int:
    """The job's own, one for what giving up may store, and those of its follow-ups."""
    return 2 + len({job.lane for job in settlement.follow_ups if job.lane is not None})


def _have_keys_of_their_own(ends: Iterable[Ended]) -> bool:
    """Whether no two of their follow-ups have one key."""
    keys = [job.key for end in ends for job in end.follow_ups]
    return len(keys) == len(set(keys))

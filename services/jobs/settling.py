"""Settling many claims of one call, in as few transactions as lanes allow."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kit.aio_database import AsyncWriter
from kit.batch import all_or_each
from kit.database import Database
from kit.logging import describe_error, get_logger
from kit.refusals import InvalidArgument, Refusal, StoreUnavailable
from protos.jobs.v1 import jobs_pb2
from services.jobs.model.lanes import MOST_LANES
from services.jobs.model.settle import Ended, Result, Settled, complete, settle
from services.jobs.refusals import StaleClaim
from services.jobs.settlement import Complete, Settlement
from services.jobs.threads import DatabaseThreads
from services.jobs.wire import parse_settlement, parse_text

log = get_logger(__name__)

Results = dict[int, Result | Refusal]


class Settling:
    """Ends claims. jitter: from 0 up to 1, random, for the back-off."""

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
        results: Results = {}
        plain: dict[int, Ended] = {}
        others: list[int] = []
        known: set[int] = set()
        for index, message in enumerate(messages):
            try:
                job_id = message.claim.job_id
                if job_id in known:
                    raise InvalidArgument("claim.job_id", "must not be settled twice in one call")
                known.add(job_id)
                if (ended := _plain_end(message)) is not None:
                    plain[index] = ended
                else:
                    others.append(index)
            except InvalidArgument as refusal:
                results[index] = refusal
        reports: list[Settled] = []
        if plain:
            report = await self._complete(list(plain.values()))
            reports.append(report)
            for index, ended in plain.items():
                if ended.job_id in report.ended:
                    results[index] = Result.DONE
                else:
                    others.append(index)
        if others:
            others.sort()
            rest, more = await self._threads.write(
                lambda database: _settle_others(
                    database, {index: messages[index] for index in others}, self._jitter
                )
            )
            results |= rest
            reports += more
        return [results[index] for index in range(len(messages))], reports

    async def _complete(self, ended: Sequence[Ended]) -> Settled:
        """Ends the plainest claims, which are most of them, by one call.

        What it does not end, or all where it fails, goes the long way, which finds out why.
        """
        try:
            return await complete(self._database, ended)
        except StoreUnavailable:
            pass
        except Exception as error:
            log.error("batch_failed", items=len(ended), error=describe_error(error))
        return Settled()


def _plain_end(message: jobs_pb2.Settlement) -> Ended | None:
    """The end of a claim that asks for nothing but that. Raises InvalidArgument."""
    if not message.HasField("complete"):
        return None
    complete, claim = message.complete, message.claim
    if complete.follow_ups:
        return None
    return Ended(claim.job_id, claim.claim, parse_text(complete.result, "complete.result"))


def _settle_others(
    database: Database,
    messages: dict[int, jobs_pb2.Settlement],
    jitter: Callable[[], float],
) -> tuple[Results, list[Settled]]:
    results: Results = {}
    parsed: dict[int, Settlement] = {}
    for index, message in messages.items():
        try:
            parsed[index] = parse_settlement(message)
        except InvalidArgument as refusal:
            results[index] = refusal
    reports: list[Settled] = []

    def run(part: Sequence[Settlement]) -> Sequence[Result]:
        report = database.transact(lambda db: settle(db, part, jitter))
        reports.append(report)
        return report.results

    answers: list[Result | Refusal] = []
    for portion in _portions(list(parsed.values())):
        answers += all_or_each(portion, run)
    for index, answer in zip(parsed, answers, strict=True):
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
    outcome = settlement.outcome
    follow_ups = outcome.follow_ups if isinstance(outcome, Complete) else ()
    return 2 + len({job.lane for job in follow_ups if job.lane is not None})

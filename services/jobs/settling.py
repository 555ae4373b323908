"""Settling many claims of one call, in as few transactions as lanes allow."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kit.batch import all_or_each
from kit.database import Database
from kit.refusals import InvalidArgument, Refusal
from protos.jobs.v1 import jobs_pb2
from services.jobs.model.lanes import MOST_LANES
from services.jobs.model.settle import Result, Settled, settle
from services.jobs.refusals import StaleClaim
from services.jobs.settlement import Complete, Settlement
from services.jobs.wire import parse_settlement


def settle_many(
    database: Database,
    messages: Sequence[jobs_pb2.Settlement],
    jitter: Callable[[], float],
) -> tuple[list[Result | Refusal], list[Settled]]:
    """Ends claims: a result or a refusal for each, in order, and what was committed."""
    results: dict[int, Result | Refusal] = {}
    parsed: dict[int, Settlement] = {}
    known: set[int] = set()
    for index, message in enumerate(messages):
        try:
            settlement = parse_settlement(message)
            if settlement.job_id in known:
                raise InvalidArgument("claim.job_id", "must not be settled twice in one call")
            known.add(settlement.job_id)
            parsed[index] = settlement
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
    return [results[index] for index in range(len(messages))], reports


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

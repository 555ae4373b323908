"""Fetching from a provider what it could not tell us, once, from where the last pass stopped.

A pass says in its result how far it got, and the next one goes on from there: while all is well it
looks at some minutes, after an outage at as much as it missed. That mark lies in the same database
as the keys of the jobs, so after a restore both are of one moment and everything since comes back.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from kit.logging import get_logger
from services.jobs.workflows import follow_ups
from services.jobs.workflows.context import Context, LastResult
from services.jobs.workflows.outcome import Done, FollowUp

log = get_logger(__name__)

WEBHOOK_FIRST = timedelta(minutes=3)
"""What is younger is left to its webhook, which knows more."""

FARTHEST_BACK = timedelta(days=7)
"""What is older is not fetched: the queue forgets keys after 30 days."""

OVERLAP = timedelta(minutes=10)
"""How much of the last pass is looked at again: the provider's list may lag, its clock differ."""

SLICE = timedelta(hours=6)
"""How much is fetched at once; between two slices a long way back can be broken off."""

LONGEST_PASS = timedelta(minutes=2)
"""After this a pass stops at the next slice, and its successor goes on."""

CLOCKS_APART = timedelta(minutes=1)
"""A mark that is farther ahead is of a clock that was wrong: what came meanwhile was not seen."""

WORRIED_AFTER = timedelta(hours=1)
"""Operators are told, once a day, of a provider that could not be asked for so long."""

Fetch = Callable[[datetime, datetime], Awaitable[Sequence[FollowUp] | None]]
"""Jobs for everything between two moments, both included, oldest first; None: cannot be asked."""

_REACHED = re.compile(r"until (\S+Z)")


async def reconcile(name: str, fetch: Fetch, ctx: Context) -> Done:
    """One pass. It ends well whatever the provider says: a failure would only pile up, and the
    next tick tries again from the same mark. name: of the job's type."""
    newest = (ctx.clock.now() - WEBHOOK_FIRST).replace(microsecond=0)
    last = _believed(await ctx.last_result(name), newest)
    first = _first(last, newest)
    # Not ahead of the clock, which a development stack may have moved back since.
    reached = min(max(_mark(last.result) or first, first), newest)
    began, created = ctx.clock.now(), 0
    for since, until in _slices(reached, newest):
        found = await fetch(max(since - OVERLAP, first), until)
        if found is None:
            return _away(name, reached, newest, created)
        offered = await ctx.offer(found)
        if offered.refused:
            log.error("reconciled_refused", count=len(offered.refused), reason=offered.refused[0])
        created += offered.created
        reached = until
        if ctx.clock.now() - began > LONGEST_PASS:
            break
    if created:
        log.warning("reconciled", type=name, created=created)
    return Done(f"until {_written(reached)}: {created} came back")


def _away(name: str, reached: datetime, newest: datetime, created: int) -> Done:
    told: tuple[FollowUp, ...] = ()
    if newest - reached > WORRIED_AFTER:
        told = (follow_ups.alert("RECONCILER_BEHIND", f"{name}:{newest:%Y-%m-%d}"),)
    return Done(f"until {_written(reached)}: {created} came back, provider away", told)


def _believed(last: LastResult, newest: datetime) -> LastResult:
    """Without a mark that lies ahead: then the past is looked at from its beginning."""
    mark = _mark(last.result)
    return last if mark is None or mark <= newest + CLOCKS_APART else replace(last, result="")


def _first(last: LastResult, newest: datetime) -> datetime:
    """Where the past begins. What came before the clock first asked was not ours to answer: a line
    that takes over a number must not answer again what its predecessor answered."""
    farthest = newest - FARTHEST_BACK
    if last.scheduled_since is None:
        return farthest
    return max(farthest, min(last.scheduled_since.replace(microsecond=0), newest))


def _mark(result: str) -> datetime | None:
    found = _REACHED.match(result)
    return None if found is None else datetime.fromisoformat(found[1])


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _slices(since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The span in order of time; one slice, where nothing is new, for the sake of the overlap."""
    while True:
        end = min(since + SLICE, until)
        yield since, end
        if end >= until:
            return
        since = end

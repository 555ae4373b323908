"""A job is leased by the transaction that stores it exactly where a claim would have given it
first, on queues made at random."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg import pq

from kit.aio_connection import bound
from kit.binary_arrays import Array
from kit.columns import Reader, Row
from services.jobs.model.claim import Slots, Token, claim
from services.jobs.model.enqueue import enqueue_laneless
from services.jobs.model.hand import Taker, enqueue_one
from services.jobs.new_job import parse_new_job
from tests.databases import Databases
from tests.jobs.queue.handing import STORE
from tests.jobs.queue.vocabulary import job, text

KINDS = (("process_inbound_sms", 0), ("send_notice", 2), ("probe", 2), ("sweep_check_ins", 3))
a_planted_job = st.tuples(
    st.sampled_from(KINDS),
    st.sampled_from([None, -5, 60]),  # no lease, one that has run out, one that goes on
    st.sampled_from(["w1", "w2"]),
    st.booleans(),  # whether the worker was handed it
    st.booleans(),  # and whether it holds it
)


class Undone:
    """Calls in a transaction that is rolled back."""

    def __init__(self, url: str) -> None:
        self.connection = psycopg.connect(url)
        self.connection.execute("SET ROLE jobs_writer")
        self.connection.commit()
        self._reader = Reader(self.connection)

    async def call(
        self, statement: bytes, *arguments: Array | bytes | None, planned_anew: bool = False
    ) -> list[Row]:
        result = self.connection.pgconn.exec_params(
            statement, *bound(arguments), result_format=pq.Format.BINARY
        )
        if result.status != pq.ExecStatus.TUPLES_OK:
            raise psycopg.errors.error_from_result(result)
        return self._reader.rows(result)


@pytest.fixture(scope="module")
def undone(databases: Databases) -> Iterator[Undone]:
    databases.truncate("jobs")
    undone = Undone(databases["jobs"].admin)
    yield undone
    undone.connection.close()


def rows(undone: Undone) -> list[tuple[object, ...]]:
    """Live jobs, and what workers are remembered to have been handed."""
    live = undone.connection.execute(
        b"SELECT to_jsonb(j) - 'id' - 'place' AS job FROM jobs.jobs j ORDER BY job"
    ).fetchall()
    kept = undone.connection.execute(
        b"SELECT w.worker, array_agg(k.key ORDER BY k.key), w.claims FROM jobs.worker_claims w,"
        b" unnest(w.job_ids) i JOIN jobs.jobs k ON k.id = i GROUP BY w.worker ORDER BY 1"
    ).fetchall()
    return live + kept


@settings(max_examples=120, deadline=None)
@given(
    planted=st.lists(a_planted_job, max_size=3),
    kind=st.sampled_from(["probe", "process_inbound_sms"]),
    types=st.lists(st.sampled_from(KINDS), min_size=1, max_size=4, unique=True),
    paused=st.sets(st.sampled_from([name for name, _ in KINDS]), max_size=2),
)
def test_it_leases_the_new_job_exactly_where_a_claim_gives_that_first(
    undone: Undone,
    planted: Sequence[tuple[tuple[str, int], int | None, str, bool, bool]],
    kind: str,
    types: Sequence[tuple[str, int]],
    paused: set[str],
) -> None:
    names = tuple(dict.fromkeys((kind, *(name for name, _ in types))))
    new = parse_new_job(job("new", text() if kind == "process_inbound_sms" else None))
    db, held, handed = undone.connection, [], []
    outcomes = []
    try:
        for number, ((name, priority), lease, worker, told, holds) in enumerate(planted):
            given = {
                "key": f"planted {number}", "type": name, "priority": priority, "lease": lease,
                "worker": worker, "claim": int(lease is not None),
            }  # fmt: skip
            row = db.execute(STORE, given).fetchone()
            assert row is not None
            if lease is not None and told:
                handed.append((row[0], 1))
                held += [(row[0], 1)] if holds else []
        for name in paused:
            db.execute("INSERT INTO jobs.paused_types (type, reason) VALUES (%s, 'TEST')", [name])
        if handed:
            db.execute(
                "INSERT INTO jobs.worker_claims (worker, job_ids, claims) VALUES ('w1', %s, %s)",
                [[job_id for job_id, _ in handed], [1] * len(handed)],
            )
        for way in (_in_one, _one_after_the_other):
            db.execute("SAVEPOINT here")
            outcomes.append((asyncio.run(way(undone, new, names, held)), rows(undone)))
            db.execute("ROLLBACK TO here")
    finally:
        db.rollback()
    (at_once, after_it), (separately, after_them) = outcomes
    assert at_once == separately
    if at_once:
        assert after_it == after_them


async def _in_one(
    undone: Undone, new: object, names: tuple[str, ...], held: Sequence[Token]
) -> bool:
    result, leased = await enqueue_one(undone, new, Taker("w1", names, held))  # type: ignore[arg-type]
    assert result.created
    assert result.ready == (leased is None)
    return leased is not None


async def _one_after_the_other(
    undone: Undone, new: object, names: tuple[str, ...], held: Sequence[Token]
) -> bool:
    await enqueue_laneless(undone, [new])  # type: ignore[arg-type, list-item]
    claims = await claim(undone, "w1", [Slots(names, 1)], held)  # type: ignore[arg-type]
    return [each.key for each in claims.jobs] == ["new"]

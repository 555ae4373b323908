"""What docs/jobs.md says of types, indexes and limits is what the code does."""

from __future__ import annotations

import re
from datetime import timedelta

from google.protobuf.descriptor import Descriptor

from protos.jobs.v1.payloads_pb2 import JobPayload
from services.jobs import tables
from services.jobs.backoff import LONGEST
from services.jobs.job_type import LONGEST_STAY, JobType, SpentJob
from services.jobs.model.history import PORTION
from services.jobs.model.lanes import MOST_LANES
from services.jobs.model.read import MOST_COUNTED
from services.jobs.types import JOB_TYPES
from tests.docs.markdown import ROOT, Document

OWNERS = {"user_id", "stripe_customer_id"}
UNITS = ((3600, "h"), (60, "min"), (1, "s"))


def page() -> Document:
    return Document.read(ROOT / "docs" / "jobs.md")


def indexes() -> set[str]:
    """Those with a name of their own; what a primary key serves needs no telling."""
    return {
        str(index.name)
        for table in tables.metadata.tables.values()
        for index in table.indexes
        if table is not tables.audit_records
    }


def types_by_the_code() -> dict[str, tuple[str, ...]]:
    """Lane, priority, lease, give-up rule and what follows from it, as the page words them."""
    return {name: _row(name, job_type) for name, job_type in JOB_TYPES.items()}


def _row(name: str, job_type: JobType) -> tuple[str, ...]:
    payload = JobPayload()
    message = getattr(payload, name)
    message.SetInParent()
    kind: Descriptor = message.DESCRIPTOR
    for owner in OWNERS & set(kind.fields_by_name):
        setattr(message, owner, f"<{owner}>")
    attempts = job_type.give_up.attempts
    spent = job_type.when_spent(SpentJob(1, "key", name, payload))
    return (
        job_type.lane(payload) or "–",
        str(job_type.priority),
        _length(job_type.lease),
        (f"{attempts} attempts or " if attempts else "") + _length(job_type.give_up.age),
        ", ".join(f"`{each.payload.WhichOneof('type')}`" for each in spent) or "–",
    )


def _length(time: timedelta) -> str:
    seconds = round(time.total_seconds())
    return next(f"{seconds // size} {unit}" for size, unit in UNITS if seconds % size == 0)


def test_the_table_of_types_is_that_of_the_code() -> None:
    [rows] = page().section("Types").tables()
    said = {name.strip("`"): (lane.strip("`"), *rest) for name, lane, *rest in rows[1:]}
    assert said == types_by_the_code()


def test_every_index_is_on_the_page() -> None:
    [rows] = page().section("Indexes").tables()
    assert {row[0].strip("`") for row in rows[1:]} == indexes()


def test_the_types_of_the_crisis_path_are_named() -> None:
    prose = page().section("Pause").prose
    [said] = re.findall(r"these are\s+([^.]+)\.", prose)
    named = set(re.findall(r"`(\w+)`", said))
    assert named == {name for name, each in JOB_TYPES.items() if each.crisis_path}


def test_the_limits_on_the_page_are_those_of_the_code() -> None:
    text = " ".join(page().text.split())
    assert f"up to {LONGEST_STAY.total_seconds():.0f} s" in text
    assert f"At most {MOST_LANES} lanes" in text
    assert f"{PORTION:,} rows" in text
    assert f"counts up to {MOST_COUNTED:,} jobs" in text
    assert timedelta(hours=1) == LONGEST

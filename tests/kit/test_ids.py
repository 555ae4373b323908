from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.clock import FixedClock, SystemClock
from kit.ids import parse_uuid, uuid7
from kit.refusals import InvalidArgument


def test_an_id_is_a_uuid_of_version_7_that_carries_the_time() -> None:
    before = time.time_ns() // 1_000_000
    made = uuid7()
    after = time.time_ns() // 1_000_000
    assert (made.version, made.variant) == (7, "specified in RFC 4122")
    # ids made in a burst may run ahead of the clock, by a millisecond for every 2,048 of them
    assert before <= made.int >> 80 <= after + 1000


def test_ids_grow_and_never_repeat_within_a_process() -> None:
    made = [uuid7() for _ in range(50_000)]
    assert made == sorted(set(made))


def test_ids_of_many_threads_never_repeat() -> None:
    with ThreadPoolExecutor(8) as threads:
        batches = list(threads.map(lambda _: [uuid7() for _ in range(2_000)], range(8)))
    assert all(batch == sorted(batch) for batch in batches)
    assert len({made for batch in batches for made in batch}) == 16_000


def test_a_forked_process_makes_other_ids() -> None:
    receiver, sender = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(sender, uuid7().bytes)
        os._exit(0)
    os.waitpid(child, 0)
    assert UUID(bytes=os.read(receiver, 16)) != uuid7()


@given(st.uuids())
def test_an_id_is_read_in_either_case(made: UUID) -> None:
    assert parse_uuid(str(made), "user_id") == made
    assert parse_uuid(str(made).upper(), "user_id") == made


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "{01890a5d-ac96-774b-bcce-b302099a8057}",
        "urn:uuid:01890a5d-ac96-774b-bcce-b302099a8057",
        "01890a5dac96774bbcceb302099a8057",
        "01890a5d-ac96-774b-bcce-b302099a8057\n",
        "01890a5d-ac96-774b-bcce-b302099a805g",
        "٠1890a5d-ac96-774b-bcce-b302099a8057",
    ],
)
def test_anything_but_the_canonical_spelling_is_refused_by_the_name_of_its_field(text: str) -> None:
    with pytest.raises(InvalidArgument) as refused:
        parse_uuid(text, "user_id")
    assert [field for field, _ in refused.value.violations] == ["user_id"]


def test_a_fixed_clock_moves_only_when_told() -> None:
    clock = FixedClock(datetime(2026, 11, 23, 7, tzinfo=UTC))
    assert clock.now() == clock.now()
    assert clock.advance(timedelta(hours=1)) == clock.now() == datetime(2026, 11, 23, 8, tzinfo=UTC)


def test_clocks_speak_utc_and_refuse_naive_time() -> None:
    assert SystemClock().now().tzinfo is UTC
    with pytest.raises(ValueError, match="aware"):
        FixedClock(datetime(2026, 11, 23))  # noqa: DTZ001

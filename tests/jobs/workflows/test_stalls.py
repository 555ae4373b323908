"""Texts that wait for services that stall leave room for a crisis."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from services.jobs.workflows.outcome import Done, Later
from services.jobs.workflows.stalls import HANGS_AFTER, Stalled, Stalls
from tests.jobs.workflows.acting import Acting
from tests.jobs.workflows.test_process_inbound_sms import CRISIS, comes_in

MOST = 4


class Seconds:
    """A clock that is set by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def stalls(seconds: Seconds) -> Stalls:
    return Stalls(MOST, seconds)


@pytest.fixture
def out() -> Iterator[ExitStack]:
    """Texts that wait until the end of the test."""
    with ExitStack() as stack:
        yield stack


def texts_wait(stalls: Stalls, out: ExitStack, count: int) -> None:
    """So many, for services that say nothing."""
    for _ in range(count):
        out.enter_context(stalls.waiting())


def runs_out(stalls: Stalls, seconds: Seconds, after: float = 5.0) -> None:
    """A text asks them in vain."""
    with pytest.raises(TimeoutError), stalls.waiting():
        seconds.now += after
        raise TimeoutError


def test_however_many_ask_none_is_turned_away_while_none_has_waited_for_long(
    stalls: Stalls, seconds: Seconds, out: ExitStack
) -> None:
    texts_wait(stalls, out, 1_000)
    seconds.now += HANGS_AFTER - 0.01
    texts_wait(stalls, out, 600)


def test_once_enough_have_waited_for_long_the_next_is_turned_away(
    stalls: Stalls, seconds: Seconds, out: ExitStack
) -> None:
    texts_wait(stalls, out, MOST - 1)
    seconds.now += HANGS_AFTER
    texts_wait(stalls, out, 1)
    texts_wait(stalls, out, 20)
    seconds.now += HANGS_AFTER
    with pytest.raises(Stalled), stalls.waiting():
        pass


def test_after_one_ran_out_of_time_only_so_many_try_until_one_is_recorded(
    stalls: Stalls, seconds: Seconds, out: ExitStack
) -> None:
    runs_out(stalls, seconds)
    texts_wait(stalls, out, MOST - 1)
    first = ExitStack()
    first.enter_context(stalls.waiting())
    with pytest.raises(Stalled), stalls.waiting():
        pass
    first.close()
    texts_wait(stalls, out, 20)


def test_services_that_refuse_at_once_do_not_stall(
    stalls: Stalls, seconds: Seconds, out: ExitStack
) -> None:
    """Texts that need them take no place for long."""
    runs_out(stalls, seconds, after=0.1)
    texts_wait(stalls, out, MOST + 1)


@pytest.mark.slow
def test_a_text_is_tried_again_soon_and_a_crisis_goes_its_way(
    acting: Acting, stalls: Stalls, seconds: Seconds, out: ExitStack
) -> None:
    acting.stalls = stalls
    texts_wait(stalls, out, MOST)
    seconds.now += HANGS_AFTER
    outcome = comes_in(acting, "I am so tired")
    assert isinstance(outcome, Later)
    assert 1 <= outcome.delay.total_seconds() <= 2
    assert outcome.reason == "SERVICES_STALL"
    crisis = comes_in(acting, CRISIS)
    assert isinstance(crisis, Done)
    assert len(crisis.follow_ups) == 3

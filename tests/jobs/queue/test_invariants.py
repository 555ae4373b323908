"""Whatever is done to the queue in whatever order, its promises hold."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.jobs.queue.machine import QueueMachine
from tests.jobs.queue.replica import Replica
from tests.jobs.queue.vocabulary import Queue

pytestmark = pytest.mark.slow


@pytest.fixture
def machine(
    queue: Queue, replicas: Sequence[Replica], truncate: Callable[[str], None]
) -> type[QueueMachine]:
    QueueMachine.queue = queue
    QueueMachine.callers = [each.caller("admin") for each in replicas]
    QueueMachine.empty = staticmethod(truncate)
    return QueueMachine


def test_the_promises_hold_whatever_is_done(
    machine: type[QueueMachine], replicas: Sequence[Replica]
) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=30,
            stateful_step_count=50,
            deadline=None,
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert [each.metric("lane_repairs_total") for each in replicas] == [0, 0]

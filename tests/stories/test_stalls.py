"""A service stalls while many people write, and one of them is in danger."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.stories.test_crisis import CRISIS, the_reply_went_out
from tests.world.world import World

pytestmark = pytest.mark.slow

MANY = 150


def test_texts_that_wait_for_a_service_leave_room_for_a_crisis(world: World) -> None:
    """Ten places, and 150 texts that wait for five seconds each: more than a minute for all."""
    ana = world.new_number()
    with world.worker(worker_slots=12):
        world.texts(ana, "hi")
        world.receives(ana)
        with world.without("identity", jammed=True):
            others = [world.new_number() for _ in range(MANY)]
            with ThreadPoolExecutor(8) as pool:
                list(pool.map(lambda number: world.texts(number, "hi"), others))
            world.texts(ana, CRISIS)
            the_reply_went_out(world, ana)
        world.rests(120)
    assert all(len(world.phone(number).received) == 1 for number in others)

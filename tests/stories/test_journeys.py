"""Silent people are asked back, and whoever comes back is welcome."""

from __future__ import annotations

import pytest

from protos.profile.v1 import profile_pb2 as profile
from tests.world.world import World

pytestmark = pytest.mark.slow


def phase(world: World, number: str) -> str:
    name = profile.JourneyPhase.Name(world.profile_of(number).journey_phase)
    return name.removeprefix("JOURNEY_PHASE_").lower()


def test_a_silent_subscriber_is_asked_back_three_times_and_a_text_brings_them_back(
    world: World,
) -> None:
    ana = world.new_number()
    world.burns_out(ana, days=0, score=10)  # thriving: no check-ins
    welcome = len(world.phone(ana).received)
    with world.worker(clock=world.parts.profile_clock):
        for stage, days in enumerate((7, 14, 30), start=1):
            with world.later(days=days):
                for _ in range(2):
                    world.ticks("advance_journeys")
                    world.ticks("sweep_reactivations")
            assert len(world.phone(ana).received) == welcome + stage
        with world.later(days=31):
            world.ticks("advance_journeys")
    assert phase(world, ana) == "churned"
    bodies = world.phone(ana).bodies[welcome:]
    assert len(set(bodies)) == 3
    assert all("STOP" in body for body in bodies)
    world.texts(ana, "hi, it has been a while")
    world.receives(ana, welcome + 4)
    assert phase(world, ana) == "active"

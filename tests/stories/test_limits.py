"""A person who writes more than is answered: told once, then silence, except in a crisis."""

from __future__ import annotations

import pytest

from services.jobs.workflows.notices import LIMITED
from tests.world.world import World

pytestmark = pytest.mark.slow


def test_a_person_over_the_limit_is_told_once_then_silent_but_a_crisis_is_answered_all_the_same(
    world: World,
) -> None:
    ana = world.new_number()
    with world.worker(access_policy="open"):
        for count in range(1, 11):
            world.texts(ana, f"thing number {count}")
            world.receives(ana, count)
        world.texts(ana, "and another")
        assert world.receives(ana, 11)[-1].body == LIMITED
        world.texts(ana, "and yet another")
        world.rests()
        assert len(world.phone(ana).received) == 11
        world.texts(ana, "I want to die")
        assert "988" in world.receives(ana, 12)[-1].body
        assert world.phone(ana).bodies.count(LIMITED) == 1
        world.texts(ana, "HELP")
        assert len(world.receives(ana, 13)) == 13

"""The assistant remembers what people tell it, and does what they ask of it."""

from __future__ import annotations

import pytest

from protos.profile.v1 import profile_pb2 as profile
from tests.world.world import World

pytestmark = pytest.mark.slow


def test_a_person_says_who_they_are_and_asks_for_a_check_in_by_texting(world: World) -> None:
    ana = world.new_number()
    world.texts(ana, "my name is Ana and I care for my dad")
    world.receives(ana)
    known = world.profile_of(ana)
    assert (known.first_name, known.care_recipient_name) == ("Ana", "dad")
    world.texts(ana, "please check in on me less often")
    world.receives(ana, 2)
    fewer = profile.CheckInPreference.CHECK_IN_PREFERENCE_FEWER
    assert world.profile_of(ana).check_in_preference == fewer
    world.texts(ana, "start a check-in")
    assert "(1/3) How is your mood today?" in world.receives(ana, 3)[2].body
    world.texts(ana, "4")
    assert world.receives(ana, 4)[3].body.startswith("(2/3)")

"""Five texts at once, a model that takes long, and a crash in the worst moment (acceptance 14)."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from protos.conversation.v1 import conversation_pb2 as conversation
from tests.faults.workers import a_worker, its_leases_run_out
from tests.world.waiting import until
from tests.world.world import World

pytestmark = pytest.mark.slow

INBOUND = conversation.Direction.DIRECTION_INBOUND

MODEL_TAKES = 8.0
"""Seconds."""


@pytest.fixture
def workerless(world: World) -> Iterator[World]:
    world.parts.stop_worker()
    yield world
    world.parts.start_worker()


def model_calls(world: World) -> int:
    return sum(world.sandbox.counts("openai").values())


def answers_to(world: World, number: str) -> list[int]:
    """For each text of the person, in order, the place of its answer among what they were sent."""
    with psycopg.connect(world.databases["conversation"].admin) as admin:
        rows = admin.execute(
            "SELECT i.body, a.provider_sid FROM conversation.messages i"
            "  JOIN conversation.messages a ON a.id = i.answered_by"
            " WHERE i.user_id = %s AND i.direction = 'inbound' ORDER BY i.event_at, i.sequence",
            [world.user_id(number)],
        ).fetchall()
    sids = [text.sid for text in world.phone(number).received]
    assert [body for body, _ in rows] == [text.body for text in world.phone(number).sent]
    return [sids.index(sid) for _, sid in rows]


def test_five_texts_in_two_seconds_are_answered_in_order_though_the_worker_dies_over_the_first(
    workerless: World, tmp_path: Path
) -> None:
    world = workerless
    ana, ben = world.new_number(), world.new_number()
    asked = model_calls(world)
    world.fault("openai", "delay", seconds=MODEL_TAKES, times=1)
    point = "PrepareOutboundMessage:after:2"  # ben's is the first, ana's the second
    with a_worker(world, "crashing_worker", point, tmp_path, model=True) as dying:
        begun = time.monotonic()
        for n in range(5):
            world.texts(ana, f"thing number {n}")
        assert time.monotonic() - begun < 2
        until(lambda: model_calls(world) > asked, "the model call", 60)
        called = time.monotonic()
        world.texts(ben, "hello")
        until(lambda: world.phone(ben).received, "ben's answer")
        assert time.monotonic() - called < MODEL_TAKES, "ben waited for ana"
        assert world.phone(ana).received == ()
        assert dying.end() == -signal.SIGKILL
        its_leases_run_out(world, dying)
    world.parts.start_worker()
    until(lambda: world.phone(ana).received, "ana's answer")
    world.rests(60)
    world.parts.stop_worker()
    places = answers_to(world, ana)
    assert len(places) == 5
    assert places == sorted(places)
    assert set(places) == set(range(len(world.phone(ana).received)))
    assert len(world.phone(ben).received) == 1
    said = world.transcript(ana)
    assert len([m for m in said if m.direction != INBOUND]) == len(world.phone(ana).received)

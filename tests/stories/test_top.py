"""`respite top` on the running line: what it shows, what its keys do, what stays on it."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import grpc
import pytest
from textual.pilot import Pilot
from textual.widgets import DataTable
from typer.testing import CliRunner

from kit.clock import FixedClock
from protos.jobs.v1 import jobs_pb2 as jobs
from respite.cli import app
from respite.commands.ending import Exit
from respite.services import Services
from respite.top.app import Top
from respite.top.gathering import Gatherer
from services.jobs.workflows.stripe_away import TOLD_AFTER
from tests.ports import free_port
from tests.world.dead_letters import dead_letters
from tests.world.waiting import until
from tests.world.world import World

pytestmark = pytest.mark.slow

SMALL = (80, 24)


@asynccontextmanager
async def running(
    environment: dict[str, str], size: tuple[int, int] = SMALL
) -> AsyncIterator[tuple[Top, Pilot[None]]]:
    services = Services(environment)
    gatherer = Gatherer(services, environment)
    top = Top(services, gatherer, interval=0.5)
    try:
        async with top.run_test(size=size, notifications=True) as pilot:
            await shows(pilot, lambda: top.picture is not None)
            yield top, pilot
    finally:
        gatherer.close()
        services.close()


async def shows(pilot: Pilot[None], condition: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, screen(pilot.app)
        await pilot.pause(0.05)


def screen(top: object) -> str:
    """What is to be read on it."""
    assert isinstance(top, Top)
    return "\n".join(
        "".join(segment.text for segment in strip)
        for strip in top.screen._compositor.render_strips()
    )


def paused(world: World) -> set[str]:
    stats = world.jobs.GetQueueStats(jobs.GetQueueStatsRequest()).types
    return {each.type for each in stats if each.HasField("pause")}


def reason_shown(top: Top, name: str) -> str | None:
    """Of the pause of a type, None where it is shown as not paused."""
    rows = top.picture.queue.part.rows if top.picture and top.picture.queue else ()
    return next((row.pause for row in rows if row.type == name), None)


def answers(world: World) -> bool:
    try:
        world.jobs.GetQueueStats(jobs.GetQueueStatsRequest())
        world.worker_jobs.GetQueueStats(jobs.GetQueueStatsRequest())
    except grpc.RpcError:
        return False
    return True


def test_one_frame_is_printed_for_scripts(
    world: World, operator_environment: dict[str, str], logs_elsewhere: None
) -> None:
    number = world.new_number()
    world.texts(number, "hello")
    world.receives(number)
    with dead_letters(world, {"once": "HTTP_503"}):
        done = CliRunner().invoke(app, ["top", "--once"], env=operator_environment)
        assert done.exit_code == 0, done.output
        job_id = world.job("once").job_id
        assert f"  {job_id}" in done.stdout
        assert all(each in done.stdout for each in ("ack p50", "reply", "HTTP_503", "answer_sms"))
        world.jobs.RetryJob(jobs.RetryJobRequest(job_id=job_id))
    nowhere = operator_environment | {"JOBS_ADDRESS": f"localhost:{free_port()}"}
    away = CliRunner().invoke(app, ["top", "--once"], env=nowhere)
    assert away.exit_code == Exit.UNREACHABLE
    assert "jobs is away" in away.stdout
    no_terminal = CliRunner().invoke(app, ["top"], env=operator_environment)
    assert no_terminal.exit_code == Exit.USAGE


def test_the_first_line_says_that_a_provider_or_a_database_is_away_and_who_waits(
    world: World, operator_environment: dict[str, str], logs_elsewhere: None
) -> None:
    def first_line() -> str:
        printed = CliRunner().invoke(app, ["top", "--once"], env=operator_environment).stdout
        return printed.partition("\n")[0]

    # Of other stories a dead letter or an open crisis may be told as well.
    assert not re.search(r"(Stripe|Twilio|PostgreSQL) is away|no reply", first_line())
    world.fault("stripe", "fail", status=503)
    world.subscribes(world.new_number())
    until(lambda: re.search(r"▲ Worth a look: .*Stripe is away", first_line()), first_line)
    world.fault("twilio", "fail", status=404, body="no such page")  # surely not taken
    number = world.new_number()
    world.texts(number, "I want to kill myself")
    waiting = "✖ Needs you now: 1 crisis text has had no reply"
    until(lambda: waiting in first_line() and "Twilio is away" in first_line(), first_line)
    world.clear_faults()
    world.receives(number)
    with world.databases.away("identity"):
        until(lambda: "✖ Needs you now: PostgreSQL is away" in first_line(), first_line)
    until(lambda: "PostgreSQL" not in first_line(), first_line)


def test_texts_that_wait_for_stripe_are_counted_however_long_they_have_waited(
    world: World, operator_environment: dict[str, str], logs_elsewhere: None
) -> None:
    def shown() -> str:
        return CliRunner().invoke(app, ["top", "--once"], env=operator_environment).stdout

    assert "Stripe is away" not in shown()
    world.fault("stripe", "fail", status=503)
    ana, ben = world.new_number(), world.new_number()
    with world.worker(free_answers=0):
        world.texts(ana, "hello")
        until(lambda: "Stripe is away: 1 text waits" in shown(), shown)
        minutes_later = FixedClock(datetime.now(UTC) + 2 * TOLD_AFTER)
        with world.worker(free_answers=0, clock=minutes_later):
            world.texts(ben, "hello")
            until(lambda: "Stripe is away: 2 texts wait" in shown(), shown)
    world.clear_faults()
    for job in world.jobs_of_type("answer_sms", jobs.JOB_STATE_SCHEDULED):
        world.jobs.RetryJob(jobs.RetryJobRequest(job_id=job.job_id))
    until(lambda: "Stripe is away" not in shown(), shown)


def test_a_dead_letter_is_chosen_looked_at_and_retried(
    world: World, operator_environment: dict[str, str]
) -> None:
    key = "top[/b]"  # a key is no markup

    async def story() -> None:
        async with running(operator_environment) as (top, pilot):
            lower = top.query_one("#pane", DataTable)
            job_id = str(world.job(key).job_id)
            lower.move_cursor(row=lower.get_row_index(job_id))
            await pilot.press("tab", "enter")
            await shows(pilot, lambda: f"key      {key}" in screen(top))
            await pilot.press("escape", "r")
            await shows(pilot, lambda: job_id not in {key.value for key in lower.rows})
            await shows(pilot, lambda: "is tried again" in screen(top))

    with dead_letters(world, {key: "HTTP_503"}):
        asyncio.run(story())
        assert world.job(key).state == jobs.JOB_STATE_READY


def test_a_type_is_paused_after_a_yes_and_the_crisis_path_after_its_name(
    world: World, operator_environment: dict[str, str]
) -> None:
    async def choose(pilot: Pilot[None], name: str) -> None:
        queues = pilot.app.query_one("#queues", DataTable)
        queues.move_cursor(row=queues.get_row_index(name))
        await pilot.press("p")

    async def story() -> None:
        async with running(operator_environment) as (top, pilot):
            await choose(pilot, "send_check_in")
            await pilot.press("n")
            await shows(pilot, lambda: "nothing was changed" in screen(top))
            assert not paused(world)
            await choose(pilot, "send_check_in")
            await pilot.press("y")
            await shows(pilot, lambda: reason_shown(top, "send_check_in") == "OPERATOR")
            assert paused(world) == {"send_check_in"}
            await choose(pilot, "send_check_in")
            await pilot.press("y")
            await shows(pilot, lambda: not paused(world))

            await choose(pilot, "send_crisis_reply")
            await pilot.press("y", "enter")
            await shows(pilot, lambda: len(top.screen_stack) == 1)
            assert not paused(world)
            await choose(pilot, "send_crisis_reply")
            await pilot.press(*"send", "underscore", *"crisis", "underscore", *"reply", "enter")
            await shows(pilot, lambda: reason_shown(top, "send_crisis_reply") == "OPERATOR")
            await shows(pilot, lambda: "✖ send_crisis_reply is paused" in screen(top))
            await choose(pilot, "send_crisis_reply")
            await pilot.press("y")
            await shows(pilot, lambda: not paused(world))

    asyncio.run(story())


def test_everything_fits_eighty_columns_and_types_are_sorted_by_key(
    operator_environment: dict[str, str],
) -> None:
    async def story() -> None:
        async with running(operator_environment) as (top, pilot):
            queues = top.query_one("#queues", DataTable)
            assert queues.max_scroll_x == 0
            assert "q quit" in screen(top)
            assert "p95" in screen(top)
            await pilot.press("s", "s")
            await shows(pilot, lambda: "sort: name" in screen(top))
            names = [str(queues.get_row_at(row)[0])[2:] for row in range(queues.row_count)]
            assert names == sorted(names)
            for key, heading in (("2", "last handed"), ("3", "waits for"), ("1", "reason")):
                await pilot.press(key)
                await shows(pilot, lambda heading=heading: heading in screen(top))  # type: ignore[misc]
                assert top.query_one("#pane", DataTable).max_scroll_x == 0
            await pilot.press("question_mark")
            await shows(pilot, lambda: "due and free" in screen(top))
            assert "any key goes on" in screen(top)
            await pilot.press("x")
            await shows(pilot, lambda: len(top.screen_stack) == 1)

    asyncio.run(story())


def test_while_a_service_is_away_its_last_picture_stays_with_its_age(
    world: World, operator_environment: dict[str, str]
) -> None:
    async def story() -> None:
        async with running(operator_environment) as (top, pilot):
            queues = top.query_one("#queues", DataTable)
            known = queues.row_count
            assert known > 20
            await asyncio.to_thread(world.parts.stop_jobs)
            try:
                await shows(pilot, lambda: "✖ jobs is away" in screen(top))
                assert "Needs you now" in screen(top)
                await shows(pilot, lambda: "as it was" in screen(top))
                assert queues.row_count == known
            finally:
                await asyncio.to_thread(world.parts.start_jobs)
            await shows(pilot, lambda: "jobs is away" not in screen(top))

    asyncio.run(story())
    until(lambda: answers(world), "the others to find it again", 30)

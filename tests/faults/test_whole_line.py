"""The whole system, real processes all of it, under the worst that can happen to it: whoever texts
gets one answer (acceptance 15 to 17, 38)."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.faults.line import Another, Line, until
from tests.respite.stack import processes_of

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc"),
]

POST = {"method": "POST"}
STATUS_POSTS = {"source": "status"}


@pytest.fixture(scope="module")
def running_line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    """Not among pytest's folders, which the user that PostgreSQL runs as may not pass."""
    home = Path(tempfile.mkdtemp(prefix="respite-line-"))
    home.chmod(0o711)
    try:
        line = Line(
            home,
            tmp_path_factory.mktemp("line"),
            WORKER_GRACE_SECONDS="1",
            OUTBOUND_PER_HOUR="1000000",
            OUTBOUND_SEGMENTS_PER_SECOND="0",
        )
        yield line
        line.close()
    finally:
        for pid in processes_of(str(home)):
            os.kill(pid, signal.SIGKILL)
        until(lambda: not processes_of(str(home)), "the end of all processes", 60)
        shutil.rmtree(home)


@pytest.fixture
def line(running_line: Line) -> Iterator[Line]:
    yield running_line
    running_line.clear_faults()
    running_line.model("whole")


REPEATED = 10
"""Seconds for which texts may find no queue and every one of them is told again: the sandbox posts
a text four times, as Twilio can be asked to, and the last time 12 s after the first was refused.
The gateway looks every second whether the queue is back."""

SWEPT = 360
"""Seconds in which a text comes back of which the provider has given up to tell, since we were away
for longer than it repeats itself: two of the sweeps that ask for such."""


def people(prefix: str, count: int) -> list[str]:
    return [f"+1{prefix}{n:07d}" for n in range(2_000_000, 2_000_000 + count)]


def wrongs(line: Line, numbers: Sequence[str]) -> list[str]:
    """What is not as after one text and one answer."""
    with ThreadPoolExecutor(4) as pool:
        return [wrong for wrong in pool.map(line.wrongs, numbers) if wrong]


def are_answered(line: Line, numbers: Sequence[str], seconds: float) -> None:
    """Waits until everybody has an answer."""
    left = list(numbers)

    def nobody_waits() -> bool:
        while left and line.received(left[-1]):
            left.pop()
        return not left

    until(nobody_waits, "an answer for everybody", seconds)
    line.rests(seconds)


def test_a_thousand_texts_whose_receipt_was_lost_are_a_thousand_texts(line: Line) -> None:
    numbers = people("213", 1000)
    # What the provider posts of a text settles it at once: without that only looking it up helps.
    line.fault("webhooks", "lose", match=STATUS_POSTS)
    lost = line.fault("twilio", "drop_after_accept", times=1000, match=POST)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: line.texts(number, "hello"), numbers))
    until(lambda: line.strikes(lost) == 1000, "a thousand lost receipts", 300)
    line.rests(180)
    sent = Counter(line.texts_sent())
    assert [number for number in numbers if sent[number] != 1] == []
    assert wrongs(line, numbers[::50]) == []


def test_ctrl_c_with_texts_in_flight_and_a_hanging_model_loses_nothing_and_doubles_nothing(
    line: Line,
) -> None:
    hanging, late = people("214", 30), people("215", 20)
    line.model("jammed")
    for number in hanging:
        line.texts(number, "hello")
    until(lambda: line.running("answer_sms") >= 20, "calls of the model", 60)
    for number in late:
        line.texts(number, "hello")
    begun = time.monotonic()
    assert line.stack.stop(signal.SIGINT) == 0
    assert time.monotonic() - begun < 45
    assert "Everything is stopped" in line.stack.said
    assert "is killed" not in line.stack.said
    line.model("whole")
    line.start()
    are_answered(line, hanging + late, 180)
    assert wrongs(line, hanging + late) == []


def test_whatever_is_killed_while_a_hundred_people_text_each_gets_one_answer(line: Line) -> None:
    """From the death of jobs to the recovery of PostgreSQL the gateway answers 503. Where a slow
    machine takes longer over that than the provider repeats itself, texts come by the reconciler,
    and only those of which every post fell into that time."""
    numbers = people("216", 100)
    parts = iter([numbers[start : start + 20] for start in range(0, 100, 20)])

    def twenty_text() -> None:
        for number in next(parts):
            line.texts(number, "hello")

    with line.another("worker") as second:
        twenty_text()
        until(lambda: line.received(numbers[0]), "the first answer", 60)
        twenty_text()
        line.kill("serve worker")
        line.stack.await_output("worker was killed by signal 9", 60)
        twenty_text()
        begun = time.monotonic()
        line.kill("serve jobs")
        line.stack.await_output("jobs was killed by signal 9", 60)
        twenty_text()
        line.kill("serve conversation")
        line.stack.await_output("conversation was killed by signal 9", 60)
        twenty_text()
        line.kill(" -D ")
        line.stack.await_output("PostgreSQL ended by itself", 60)
        until(line.is_ready, "all to be back", 120)
        away = time.monotonic() - begun
        are_answered(line, numbers, SWEPT)
        line.rests(180)
        second.ends()
    line.rests(180)
    assert wrongs(line, numbers) == []
    assert line.given_up() == []
    untold = [each for each in line.webhooks("sms") if each["state"] != "delivered"]
    if away < REPEATED:
        assert untold == []
    # Four posts, of which the last was refused like the others: nothing else may end one.
    ends = {(each["state"], each["attempt"], each["last_status"]) for each in untold}
    assert ends <= {("gave_up", 4, 503)}, untold
    assert line.is_ready()


class Twilio:
    """Posts texts of new people at a steady rate, each to a gateway that was ready a moment ago,
    and again after a 503. Stops after 300."""

    def __init__(self, line: Line, gateways: list[Another], a_second: int) -> None:
        self.statuses: Counter[int | str] = Counter()
        self.numbers: list[str] = []
        self._line = line
        self._gateways = gateways
        self._pause = 1 / a_second
        self._ready: list[Another] = list(gateways)
        self._over = threading.Event()
        self._pool = ThreadPoolExecutor(64)
        self._threads = [threading.Thread(target=each) for each in (self._run, self._look)]
        for thread in self._threads:
            thread.start()

    def _run(self) -> None:
        due = time.monotonic()
        for number in people("217", 300):
            if self._over.wait(max(0.0, due - time.monotonic())):
                return
            due += self._pause
            self.numbers.append(number)
            self._pool.submit(self._post, number)

    def _look(self) -> None:
        while not self._over.wait(0.1):
            self._ready = [each for each in tuple(self._gateways) if each.is_ready()]

    def _post(self, number: str) -> None:
        sid = f"SM{int(number[1:]):032d}"
        for _ in range(20):
            port = random.choice(self._ready).port
            try:
                status = self._line.post_text(port, sid, number, "hello")
            except Exception as error:  # no answer at all is what must not happen
                self.statuses[type(error).__name__] += 1
                return
            self.statuses[status] += 1
            if status != 503:
                return
            time.sleep(0.5)  # also once it is over: who is still refused then would not try again

    def stop(self) -> None:
        """Waits for what is under way."""
        self._over.set()
        for thread in self._threads:
            thread.join(30)
        self._pool.shutdown()


def test_a_rolling_restart_at_50_posts_a_second_loses_nothing_and_doubles_nothing(
    line: Line,
) -> None:
    line.fault("webhooks", "lose", match=STATUS_POSTS)
    with ExitStack() as others:
        old, new = [[others.enter_context(line.another("gateway")) for _ in "ab"] for _ in "on"]
        gateways = list(old)
        twilio = Twilio(line, gateways, 50)
        try:
            for each, successor in zip(old, new, strict=True):
                gateways.append(successor)
                each.ends()
                gateways.remove(each)
            line.kill("serve jobs", signal.SIGTERM)
            line.stack.await_output("jobs ended with status 0", 60)
            until(line.is_ready, "jobs to be back", 60)
        finally:
            twilio.stop()
        assert twilio.statuses.keys() <= {200, 503}, twilio.statuses
        assert twilio.statuses[200] == len(twilio.numbers)
        are_answered(line, twilio.numbers, 240)
    assert wrongs(line, twilio.numbers) == []

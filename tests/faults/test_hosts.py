"""Three hosts, one of which is cut off for a while: nothing is lost, nothing is doubled."""

from __future__ import annotations

import json
import threading
import urllib.request
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import psycopg
import pytest

from tests.faults.hosts import (
    HOSTS,
    ON_EVERY_HOST,
    PUBLIC_URL,
    Hosts,
    Network,
    three_hosts,
    why_not,
)
from tests.faults.line import form_of, until
from tests.world.posting import post_form

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

TEXTS_A_SECOND = 5
CUT_OFF = HOSTS[-1]


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Network, Hosts]]:
    if reason := why_not():
        pytest.skip(reason)
    with three_hosts(tmp_path_factory.mktemp("hosts")) as found:
        yield found


class Twilio:
    """Posts texts of new people at a steady rate, to any host's gateway, until it is told to stop.

    What is not answered in 5 s, or not with 200, is posted again to another. Of posts to the hosts
    that stay, not_taken: how many were not taken. in_a_row: how many were, since the last of these.
    """

    def __init__(self, hosts: Hosts) -> None:
        self.numbers: list[str] = []
        self.statuses: Counter[tuple[int, int]] = Counter()
        self.not_taken = 0
        self.in_a_row = 0
        self._hosts = hosts
        self._over = threading.Event()
        self._pool = ThreadPoolExecutor(64)
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        while not self._over.wait(1 / TEXTS_A_SECOND):
            number = f"+1218{2_000_000 + len(self.numbers)}"
            self.numbers.append(number)
            self._pool.submit(self._post, number, len(self.numbers))

    def _post(self, number: str, turn: int) -> None:
        form = form_of(f"SM{int(number[1:]):032d}", number, "hello")
        for attempt in range(20):
            host = HOSTS[(turn + attempt) % len(HOSTS)]
            try:
                gateway = self._hosts.gateway(host)
                status = post_form(gateway, form, self._hosts.token, PUBLIC_URL, 5)
            except OSError:
                status = 0
            self.statuses[host, status] += 1
            if host != CUT_OFF:
                self.not_taken += status != 200
                self.in_a_row = self.in_a_row + 1 if status == 200 else 0
            if status == 200:
                return

    def stop(self) -> None:
        """Waits for what is under way."""
        self._over.set()
        self._thread.join(60)
        self._pool.shutdown()


def ask(url: str) -> str:
    with urllib.request.urlopen(url, timeout=60) as answer:
        return str(answer.read().decode())


def query(hosts: Hosts, question: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(hosts.database, autocommit=True) as admin:
        return admin.execute(question.encode()).fetchall()


def answered(hosts: Hosts) -> int:
    [(count,)] = query(hosts, "SELECT count(*) FROM jobs.finished_jobs WHERE type = 'send_answer'")
    return int(count)


def left(hosts: Hosts, worker: str = "%") -> int:
    """How many jobs are due or under way, or are with workers whose name is like this."""
    like = "" if worker == "%" else f" WHERE worker LIKE '{worker}' AND lease_until IS NOT NULL"
    [(count,)] = query(hosts, f"SELECT count(*) FROM jobs.jobs{like}")
    return int(count)


def test_a_host_that_is_cut_off_and_comes_back_loses_no_text_and_doubles_none(
    line: tuple[Network, Hosts],
) -> None:
    network, hosts = line
    twilio = Twilio(hosts)
    try:
        until(lambda: answered(hosts) >= 10, "answers while all is well", 120)
        not_taken = twilio.not_taken
        network.cut(CUT_OFF)
        until(lambda: twilio.not_taken > not_taken, "a call that vanishes", 120)
        # Until clients notice, a third of the calls to jobs vanish, and the gateways say 503.
        until(lambda: twilio.in_a_row >= 20, "clients to leave the lost host alone", 120)
        before = answered(hosts)
        until(lambda: answered(hosts) >= before + 20, "answers by the other hosts", 120)
        assert twilio.statuses[CUT_OFF, 0] > 0
        network.rejoin(CUT_OFF)
        accepted = twilio.statuses[CUT_OFF, 200]
        until(lambda: twilio.statuses[CUT_OFF, 200] > accepted, "posts to be taken again", 120)
    finally:
        twilio.stop()

    lost = f"%-{hosts.pid(CUT_OFF, 'worker')}-%"
    until(lambda: left(hosts) == left(hosts, lost), "all but what the lost worker was given", 120)
    # What was claimed for it and never arrived comes back when the leases end: the database's
    # clock is put forward to that.
    query(hosts, f"UPDATE jobs.jobs SET lease_until = now() WHERE worker LIKE '{lost}' RETURNING 1")

    everybody = twilio.numbers
    until(lambda: answered(hosts) >= len(everybody), "everybody's answer", 180)
    for number in everybody:
        messages = json.loads(ask(f"{hosts.sandbox}/sandbox/phones/{number}"))["messages"]
        received = [each["body"] for each in messages if each["direction"] == "out"]
        assert len(received) == 1, f"{number} received {received}"
    recorded = query(
        hosts,
        "SELECT direction, count(*), count(DISTINCT user_id) FROM conversation.messages"
        " GROUP BY direction",
    )
    assert [row[1:] for row in recorded] == [(len(everybody),) * 2] * 2, recorded
    assert query(hosts, "SELECT type FROM jobs.dead_jobs") == []
    assert query(hosts, "SELECT type FROM jobs.finished_jobs WHERE result = 'expired'") == []
    for name in ON_EVERY_HOST:
        until(partial(hosts.is_ready, CUT_OFF, name), f"{name} to be ready again", 120)

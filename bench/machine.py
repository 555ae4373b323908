"""On what was measured: figures say nothing without it."""

from __future__ import annotations

import os
import platform
import re
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path

import psycopg

from bench.peers import database
from bench.peers.series import PEERS_PYTHON
from respite.home import CHECKOUT

_OURS = ("grpcio", "protobuf", "psycopg", "SQLAlchemy", "uvicorn", "uvloop")
_PEERS = re.compile(r"^([a-z-]+)(?:\[[a-z,]+\])?==([^;\s]+)", re.MULTILINE)


def description() -> list[str]:
    """Lines of Markdown: the machine, our versions, the server, the other queues' versions."""
    [[server]] = database.execute("SHOW server_version")
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    system = f"{platform.system()} {platform.release()}"
    ours = ", ".join(f"{name} {version(name)}" for name in _OURS)
    pins = _PEERS.findall((CHECKOUT / "bench/peers/requirements.in").read_text())
    return [
        f"- {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, commit {_commit()}",
        (
            f"- {cores} cores ({_processor()}), {_memory()} GiB, {system}; what is measured and the"
            f" load generators share them; load average at the start {os.getloadavg()[0]:.2f}"
        ),
        (
            f"- PostgreSQL {server} with {_settings()}; {_commit_rate()} one-row commits/s alone,"
            f" {_commit_at_leisure():.2f} ms each where there are 20 a second"
        ),
        f"- Respite on Python {platform.python_version()}, {ours}, mutual TLS everywhere",
        f"- the others on Python {_peers_python()}: "
        + ", ".join(f"{name} {number}" for name, number in pins),
    ]


def _commit() -> str:
    done = subprocess.run(
        ["git", "describe", "--always", "--dirty"],
        cwd=CHECKOUT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.stdout.strip() or "unknown"


def _processor() -> str:
    try:
        found = re.search(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    except FileNotFoundError:
        found = None
    return found[1] if found else platform.machine()


def _memory() -> int:
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30)


def _settings() -> str:
    names = ("fsync", "synchronous_commit", "full_page_writes", "shared_buffers")
    return ", ".join(f"{name} {database.execute(f'SHOW {name}')[0][0]}" for name in names)


def _commit_rate() -> int:
    """One-row commits a second of one connection: how fast this machine can be durable."""
    with _commits() as commit:
        began = time.perf_counter()
        count = 0
        while time.perf_counter() - began < 1:
            commit()
            count += 1
    return count


def _commit_at_leisure() -> float:
    """Milliseconds, as a median, of a one-row commit on a machine that has nothing else to do: a
    processor that sleeps in between takes its time to wake."""
    taken: list[float] = []
    with _commits() as commit:
        for _ in range(40):
            time.sleep(0.05)
            began = time.perf_counter()
            commit()
            taken.append(time.perf_counter() - began)
    return statistics.median(taken) * 1000


@contextmanager
def _commits() -> Iterator[Callable[[], object]]:
    """What commits one row each time that it is called."""
    with psycopg.connect(database.url(), autocommit=True) as connection:
        connection.execute("CREATE TABLE committed (n integer)")
        yield partial(connection.execute, "INSERT INTO committed VALUES (1)")
        connection.execute("DROP TABLE committed")


def _peers_python() -> str:
    if not PEERS_PYTHON.exists():
        return "(not installed)"
    done = subprocess.run(
        [PEERS_PYTHON, "-c", "import platform; print(platform.python_version())"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout.strip()

"""On what was measured: figures say nothing without it."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import time
from datetime import UTC, datetime
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
        f"- PostgreSQL {server} with {_settings()}; {_commit_rate()} one-row commits/s alone",
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
    with psycopg.connect(database.url(), autocommit=True) as connection:
        connection.execute("CREATE TABLE committed (n integer)")
        began = time.perf_counter()
        count = 0
        while time.perf_counter() - began < 1:
            connection.execute("INSERT INTO committed VALUES (1)")
            count += 1
        connection.execute("DROP TABLE committed")
    return count


def _peers_python() -> str:
    if not PEERS_PYTHON.exists():
        return "(not installed)"
    done = subprocess.run(
        [PEERS_PYTHON, "-c", "import platform; print(platform.python_version())"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout.strip()

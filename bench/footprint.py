"""What the system asks of a machine: memory and time to start of each process.

`python -m bench.footprint` runs one of each on a PostgreSQL as `make run` has it, texts it through
the sandbox, and prints the table of docs/scaling.md. Linux only: memory is read from /proc.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.peers import database
from bench.posts import TEXT, number_of
from bench.stack import Stack, bench_home
from kit.postgres import EmbeddedPostgres
from respite.processes import PROCESSES, SERVICES

_ANSWERED = "SELECT count(*) FROM jobs.finished_jobs WHERE type = 'send_answer'"
_LIMIT_SECONDS = 180.0


@dataclass(slots=True)
class Footprint:
    """One process, or PostgreSQL with all of its. Memory in MiB.

    share: its pages, those that it shares with others divided among them: shares add up. resident:
    all of its pages, as when it runs alone on a machine. loaded and most are the same two after the
    texts.
    """

    name: str
    start_seconds: float
    share: float
    resident: float
    loaded: float = 0
    most: float = 0


def measure(texts: int) -> list[Footprint]:
    """Starts one process after the other, each alone, then lets `texts` people text at once."""
    with _own_postgres() as (admin_url, postgres_pid, seconds), ExitStack() as running:
        stack = Stack(bench_home(), admin_url)
        stack.migrate(SERVICES)
        pids = {"PostgreSQL": postgres_pid}
        starts = {"PostgreSQL": seconds}
        for process in PROCESSES:
            began = time.monotonic()
            pids |= running.enter_context(stack.running([process.name]))
            starts[process.name] = time.monotonic() - began
        found = {
            name: Footprint(name, starts[name], *_memory(family_of(pid)))
            for name, pid in pids.items()
        }
        _text(stack.environment["SANDBOX_URL"], texts)
        for name, pid in pids.items():
            found[name].loaded, found[name].most = _memory(family_of(pid))
    return list(found.values())


def table(found: list[Footprint], texts: int) -> Iterator[str]:
    """Lines of Markdown."""
    yield f"| process | ready after | share at rest | share after {texts} texts | resident |"
    yield "|---|---|---|---|---|"
    for each in found:
        yield (
            f"| {each.name} | {each.start_seconds:.1f} s | {each.share:.0f} MiB"
            f" | {each.loaded:.0f} MiB | {each.most:.0f} MiB |"
        )
    seconds, share, loaded = (
        sum(getattr(each, name) for each in found) for name in ("start_seconds", "share", "loaded")
    )
    yield f"| all | {seconds:.1f} s one by one | {share:.0f} MiB | {loaded:.0f} MiB | |"


def family_of(pid: int) -> list[int]:
    """A process and all that descend from it."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdecimal():
            continue
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        children.setdefault(parent, []).append(int(folder.name))
    found = [pid]
    for each in found:
        found += children.get(each, [])
    return found


def _memory(pids: list[int]) -> tuple[float, float]:
    """Share and resident pages of these processes."""
    share = resident = 0
    for pid in pids:
        try:
            text = Path(f"/proc/{pid}/smaps_rollup").read_text()
        except (FileNotFoundError, ProcessLookupError):
            continue  # a connection of PostgreSQL's that has ended meanwhile
        sizes = dict(re.findall(r"^(Pss|Rss): +(\d+) kB$", text, re.MULTILINE))
        share += int(sizes["Pss"])
        resident += int(sizes["Rss"])
    return share / 1024, resident / 1024


@contextmanager
def _own_postgres() -> Iterator[tuple[str, int, float]]:
    """A server with the settings of `respite up`; an empty database's URL, its process, and its
    seconds to start."""
    home = bench_home()
    home.make()
    with EmbeddedPostgres(home.path / "footprint") as postgres:
        postgres.start(0, "bench")
        postgres.stop()  # the first start makes the data folder
        began = time.monotonic()
        os.environ[database.VARIABLE] = postgres.start(0, "bench")
        seconds = time.monotonic() - began
        assert postgres.pid is not None
        try:
            database.make_anew()
            yield database.url(), postgres.pid, seconds
        finally:
            del os.environ[database.VARIABLE]


def _text(sandbox_url: str, texts: int) -> None:
    def send(person: int) -> None:
        body = json.dumps({"from": number_of(person), "body": TEXT}).encode()
        request = urllib.request.Request(f"{sandbox_url}/sandbox/texts", data=body)
        urllib.request.urlopen(request, timeout=60).close()

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(send, range(texts)))
    deadline = time.monotonic() + _LIMIT_SECONDS
    while int(database.execute(_ANSWERED)[0][0]) < texts:
        if time.monotonic() > deadline:
            raise TimeoutError("not every text was answered")
        time.sleep(0.2)


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=500, help="how many people text at once")
    texts: int = parser.parse_args().texts
    sys.stdout.write("\n".join(table(measure(texts), texts)) + "\n")


if __name__ == "__main__":
    main()

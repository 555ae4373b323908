"""A worker process of one system: `python -m bench.peers.worker NAME CONCURRENCY`."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.peers import sink
from bench.peers.system import system

LOG_VARIABLE = "BENCH_LOGS"
"""Names the folder to which workers write what they say."""


@dataclass(frozen=True, slots=True)
class Workers:
    """Worker processes that run, and where their handlers leave evidence."""

    sink: Path
    pids: Sequence[int]


@contextmanager
def workers(name: str, count: int, concurrency: int) -> Iterator[Workers]:
    """Runs worker processes, and kills them at the end."""
    memory = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(prefix="sink", dir=memory if memory.is_dir() else None))
    log = Path(os.environ.get(LOG_VARIABLE, tempfile.gettempdir())) / f"worker-{name}.log"
    processes: list[subprocess.Popen[bytes]] = []
    try:
        with log.open("wb") as output:
            processes += [
                subprocess.Popen(
                    [sys.executable, "-P", "-m", "bench.peers.worker", name, str(concurrency)],
                    env={**os.environ, sink.VARIABLE: str(folder)},
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    start_new_session=True,
                )
                for _ in range(count)
            ]
        yield Workers(folder, [process.pid for process in processes])
    finally:
        for process in processes:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    system(sys.argv[1]).work(int(sys.argv[2]))

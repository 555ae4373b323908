"""Worker processes of the fault stories, and what time does to their leases."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import psycopg

from tests.world.waiting import until
from tests.world.world import World

NEVER: Final = "never:before:1"
"""A point that no worker reaches."""


class WorkerProcess:
    """A running worker that crashes or freezes at a point."""

    def __init__(
        self, world: World, module: str, point: str, folder: Path, *, model: bool = False
    ) -> None:
        """module: of tests.faults. model: whether it asks the model instead of the rules."""
        settings = json.loads(world.parts.settings_for_a_process())
        if model:
            settings["openai_api_key"] = world.sandbox.settings.openai_key
        self._marker = folder / "reached"
        self._log = folder / "worker.log"
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    f"tests.faults.{module}",
                    json.dumps(settings),
                    point,
                    str(self._marker),
                ],
                env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
                stderr=log,
            )

    @property
    def said(self) -> str:
        """What it has logged."""
        return self._log.read_text(errors="replace")

    def freeze(self) -> None:
        """Stops it where it is."""
        self.process.send_signal(signal.SIGSTOP)
        self.freezes()

    def freezes(self) -> None:
        """Waits until it has stopped."""
        until(self._is_stopped, "the worker to stop", 60)

    def thaw(self) -> None:
        """Lets it go on."""
        self.process.send_signal(signal.SIGCONT)

    def ends(self) -> None:
        """Asks it to drain and waits until it has."""
        self.process.terminate()
        assert self.process.wait(30) == 0, self.said

    def close(self) -> None:
        """Ends it at once, whatever it is doing."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(10)

    def _is_stopped(self) -> bool:
        assert self.process.poll() is None, self.said
        state = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(") ")[2][0]
        return state == "T"


@contextmanager
def a_worker(
    world: World, module: str, point: str, folder: Path, *, model: bool = False
) -> Iterator[WorkerProcess]:
    """One worker process, which does not outlive the block."""
    worker = WorkerProcess(world, module, point, folder, model=model)
    try:
        yield worker
    finally:
        worker.close()


def its_leases_run_out(world: World, worker: WorkerProcess) -> int:
    """As if the longest lease had passed since this worker claimed its jobs; how many it had."""
    with psycopg.connect(world.databases["jobs"].admin, autocommit=True) as admin:
        return admin.execute(
            "UPDATE jobs.jobs SET lease_until = now() WHERE lease_until > now() AND worker LIKE %s",
            [f"%-{worker.process.pid}-%"],
        ).rowcount

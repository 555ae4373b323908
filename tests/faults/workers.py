"""Worker processes of the fault stories, and what time does to their leases."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import psycopg

from tests.faults import forked
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
        self._marker = folder / "reached"
        self._log = folder / "worker.log"
        settings = world.parts.settings_for_a_process(model=model)
        self._process = forked.start(module, self._log, settings, point, str(self._marker))
        assert self._process.pid is not None
        self.pid: int = self._process.pid

    @property
    def said(self) -> str:
        """What it has logged."""
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    @property
    def has_come_to_its_point(self) -> bool:
        """Whether it has crashed or stopped there."""
        return self._marker.exists()

    def end(self) -> int | None:
        """Waits for its end, and says what that was as in subprocess; None where it goes on."""
        self._process.join(60)
        return self._process.exitcode

    def freeze(self) -> None:
        """Stops it where it is."""
        os.kill(self.pid, signal.SIGSTOP)
        self.freezes()

    def freezes(self) -> None:
        """Waits until it has stopped."""
        until(self._is_stopped, "the worker to stop", 60)

    def thaw(self) -> None:
        """Lets it go on."""
        os.kill(self.pid, signal.SIGCONT)

    def ends(self) -> None:
        """Asks it to drain and waits until it has."""
        self._process.terminate()
        assert self.end() == 0, self.said

    def close(self) -> None:
        """Ends it at once, whatever it is doing."""
        if self._process.exitcode is None:
            self._process.kill()
            self.end()

    def _is_stopped(self) -> bool:
        assert self._process.exitcode is None, self.said
        state = Path(f"/proc/{self.pid}/stat").read_text().rpartition(") ")[2][0]
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
            [f"%-{worker.pid}-%"],
        ).rowcount

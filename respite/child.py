"""One process of a run: started, watched, restarted, stopped; its log kept in a file."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Final

from respite.home import CHECKOUT
from respite.lifeline import VARIABLE as LIFELINE
from respite.processes import Process
from respite.ready import readiness

LARGEST_LOG: Final = 10 * 1024 * 1024  # bytes; the log before that is kept as <name>.log.1
_FIRST_PAUSE: Final = 0.5  # seconds before the first restart; doubled for each that follows
_LONGEST_PAUSE: Final = 30.0
_HEALTHY_AFTER: Final = 60.0  # seconds without a crash, after which the pause is the first again


class Child:
    """A process of the table.

    environment: all of it, for the child to start with. host: where its health port listens.
    lifeline: the end of the runner's pipe that children hold, see `respite.lifeline`.
    """

    def __init__(
        self,
        process: Process,
        environment: Mapping[str, str],
        logs: Path,
        lifeline: int,
    ) -> None:
        self.process = process
        self.log = logs / f"{process.name}.log"
        self.restart_at: float | None = None
        self._environment = dict(environment)
        self._lifeline = lifeline
        self._running: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0
        self._pause = _FIRST_PAUSE
        self._reader: IO[bytes] | None = None
        self._half_line = b""
        self._log_began = 0

    @property
    def name(self) -> str:
        """As in the table."""
        return self.process.name

    def start(self) -> None:
        """Starts it; its log is appended to."""
        self._open_log()
        environment = {
            **self._environment,
            LIFELINE: str(self._lifeline),
            "PYTHONPATH": str(CHECKOUT),
        }
        with self.log.open("ab") as log:
            self._log_began = log.tell()
            self._running = subprocess.Popen(
                # -P: nothing in the current folder may stand in for a module of ours
                [sys.executable, "-P", "-m", "respite.serve", self.name],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=[self._lifeline],
                start_new_session=True,  # Ctrl-C is for the runner, which stops all in order
            )
        self._started_at = time.monotonic()
        self.restart_at = None

    @property
    def pid(self) -> int | None:
        """The process id, None while it does not run."""
        return self._running.pid if self._running and self._running.poll() is None else None

    def exit_status(self) -> int | None:
        """How it ended (negative: the signal that killed it); None while it runs."""
        return self._running.poll() if self._running else None

    def plan_restart(self) -> float:
        """Says when to start it again after it ended by itself; returns the pause in seconds."""
        now = time.monotonic()
        if now - self._started_at > _HEALTHY_AFTER:
            self._pause = _FIRST_PAUSE
        pause, self._pause = self._pause, min(self._pause * 2, _LONGEST_PAUSE)
        self.restart_at = now + pause
        return pause

    def is_ready(self) -> bool:
        """Whether it says that it takes work."""
        return self.pid is not None and readiness(self.process, self._environment) == "ready"

    def terminate(self) -> None:
        """Asks it to drain and end."""
        self.restart_at = None
        if self._running and self._running.poll() is None:
            self._running.terminate()

    def kill(self) -> None:
        """Ends it at once and waits for that."""
        if self._running and self._running.poll() is None:
            self._running.kill()
            self._running.wait()

    def new_lines(self) -> list[str]:
        """The whole lines that it has logged since the last call."""
        if self._reader is None:
            return []
        *lines, self._half_line = (self._half_line + self._reader.read()).split(b"\n")
        return [line.decode(errors="replace") for line in lines]

    def last_lines(self, most: int) -> list[str]:
        """What it logged last; nothing of the times that it ran before."""
        with self.log.open("rb") as log:
            log.seek(self._log_began)
            return log.read().decode(errors="replace").splitlines()[-most:]

    def _open_log(self) -> None:
        if self._reader is not None:
            return
        if self.log.exists() and self.log.stat().st_size > LARGEST_LOG:
            self.log.replace(self.log.with_name(f"{self.log.name}.1"))
        self.log.touch(mode=0o600)
        self._reader = self.log.open("rb")
        self._reader.seek(0, os.SEEK_END)

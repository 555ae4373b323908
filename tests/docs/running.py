"""The whole system as `make run` starts it, and a terminal beside it."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from respite.home import CHECKOUT
from respite.processes import PROCESSES
from tests.respite.stack import Stack, clean_environment


@dataclass(frozen=True, slots=True)
class Finished:
    """How a shell script ended. output: what it wrote, errors among it."""

    status: int
    output: str


@dataclass(frozen=True, slots=True)
class RunningSystem:
    """A run. environment: of the person who started it."""

    environment: Mapping[str, str]

    def sh(self, script: str, seconds: float = 90.0) -> Finished:
        """Runs a script as a person would type it in the folder of the code.

        An address that is printed with a default port is that of this run.
        """
        for port in (each for process in PROCESSES for each in process.ports):
            chosen = port.chosen(self.environment)
            script = script.replace(f"localhost:{port.number}", f"localhost:{chosen}")
        ports = {port.variable for process in PROCESSES for port in process.ports}
        done = subprocess.run(
            ["sh", "-eu", "-c", script],
            cwd=CHECKOUT,
            # A second terminal knows the folder and finds out the rest.
            env={name: each for name, each in self.environment.items() if name not in ports},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=seconds,
            check=False,
        )
        return Finished(done.returncode, done.stdout)


@contextmanager
def running_system(given: Mapping[str, str] | None = None) -> Iterator[RunningSystem]:
    """`bin/respite up` from an empty folder; stopped as by Ctrl-C. given: what else is set."""
    with tempfile.TemporaryDirectory(prefix="respite-docs-") as folder:
        home = Path(folder)
        home.chmod(0o711)  # as root, PostgreSQL runs as somebody else, who has to pass through
        environment = {**clean_environment(home), **(given or {})}
        stack = Stack(environment, home / "up.txt")
        try:
            stack.await_ready()
            yield RunningSystem(stack.environment)
        finally:
            status = stack.stop()
        assert status == 0, stack.said

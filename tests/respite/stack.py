"""`respite up` as a person runs it: the launcher, a home of its own, ports of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from respite.home import CHECKOUT
from respite.processes import POSTGRES_PORT, PROCESSES
from tests.ports import free_ports

LAUNCHER = CHECKOUT / "bin" / "respite"
START_TIMEOUT = 110.0
# What a developer's shell may hold and what a test must not depend on.
_NOT_INHERITED = re.compile(
    r"(TWILIO|STRIPE|OPENAI|RESPITE|TLS|LOG|SANDBOX|GATEWAY|PUBLIC|ALERT|DEVELOPMENT)_|.*DATABASE_URL"
    r"|.*_(PORT|ADDRESS)$|BIND_HOST$"
)


def clean_environment(home: Path) -> dict[str, str]:
    """This process's environment without what configures Respite, with ports of its own."""
    ports = [port for process in PROCESSES for port in process.ports]
    variables = [*dict.fromkeys(port.variable for port in ports), POSTGRES_PORT.variable]
    numbers = free_ports(len(variables))
    inherited = {key: text for key, text in os.environ.items() if not _NOT_INHERITED.match(key)}
    moved = {variable: str(number) for variable, number in zip(variables, numbers, strict=True)}
    return {**inherited, **moved, "RESPITE_HOME": str(home)}


def respite(
    *words: str, environment: Mapping[str, str], timeout: float = 60.0, cwd: Path = CHECKOUT
) -> subprocess.CompletedProcess[str]:
    """Runs one command of the launcher to its end."""
    return subprocess.run(
        [LAUNCHER, *words],
        env=dict(environment),
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


class Stack:
    """One `respite up`, running in the background."""

    def __init__(self, environment: Mapping[str, str], output: Path) -> None:
        self.output = output
        self.environment = dict(environment)
        with output.open("wb") as file:
            self.process = subprocess.Popen(
                [LAUNCHER, "up"],
                env=self.environment,
                cwd=CHECKOUT,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                start_new_session=True,
            )

    @property
    def said(self) -> str:
        """Everything that it has printed."""
        return self.output.read_text(errors="replace")

    def await_ready(self) -> None:
        """Waits until it says that it is ready."""
        self.await_output("Ready in", START_TIMEOUT)

    def await_output(self, text: str, timeout: float) -> None:
        """Waits until it has printed `text`."""
        deadline = time.monotonic() + timeout
        while text not in self.said:
            assert self.process.poll() is None, f"respite up ended:\n{self.said}"
            assert time.monotonic() < deadline, f"{text!r} was not said:\n{self.said}"
            time.sleep(0.05)

    def respite(self, *words: str, timeout: float = 60.0) -> subprocess.CompletedProcess[str]:
        """Runs another command in the same home, as from a second terminal."""
        return respite(*words, environment=self.environment, timeout=timeout)

    def processes(self) -> dict[int, str]:
        """The command lines of everything that belongs to this run, by process id."""
        return processes_of(self.environment["RESPITE_HOME"])

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        """Sends a signal and waits for the end; the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(60)


def processes_of(home: str) -> dict[int, str]:
    """The command lines of all processes that a run in `home` has started, the runner included.

    Children know their home from their environment, PostgreSQL from its arguments.
    """
    found: dict[int, str] = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdecimal():
            continue
        try:
            words = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
            variables = (folder / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        ours = f"RESPITE_HOME={home}".encode() in variables and "respite" in words
        if words and (ours or f"-D {home}/" in words):
            found[int(folder.name)] = words
    return found


def nothing_runs(home: Path, within: float) -> bool:
    """Whether all processes of a run in `home` end within so many seconds."""
    return until(lambda: not processes_of(str(home)), within)


def until(condition: Callable[[], bool], within: float) -> bool:
    """Whether the condition comes to hold within so many seconds."""
    deadline = time.monotonic() + within
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True

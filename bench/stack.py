"""Processes of Respite as `respite up` starts them, on free ports and a database of their own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from respite import certs
from respite.development import development_environment, made_secrets
from respite.home import CHECKOUT, Home
from respite.lifeline import VARIABLE as LIFELINE
from respite.migrate import migrate_all
from respite.processes import BY_NAME, PROCESSES, Process, environment_of
from respite.ready import readiness

HOME_VARIABLE = "BENCH_HOME"
# What is measured is not how little may leave.
UNLIMITED = {"OUTBOUND_PER_HOUR": "1000000000", "OUTBOUND_SEGMENTS_PER_SECOND": "0"}
START_SECONDS = 60.0
STOP_SECONDS = 10.0


def bench_home() -> Home:
    """The folder of everything that benchmarks leave behind: `.respite/bench` by default."""
    given = os.environ.get(HOME_VARIABLE)
    return Home(Path(given).absolute() if given else CHECKOUT / ".respite" / "bench")


class NotStarted(Exception):
    """A process did not come up; the text has the end of its log."""


class Stack:
    """The environment of a run, its certificates, and its processes.

    admin_url: of the database that is theirs, as its superuser. given: variables that win over
    what a development run would have. Processes that ran before are not known to it.
    """

    def __init__(self, home: Home, admin_url: str, given: Mapping[str, str] | None = None) -> None:
        self.home = home
        home.make()
        home.logs.mkdir(mode=0o700, exist_ok=True)
        ports = {port.variable for process in PROCESSES for port in process.ports}
        numbers = dict(zip(sorted(ports), map(str, free_ports(len(ports))), strict=True))
        self.environment = development_environment(
            home, {"PATH": os.environ["PATH"]} | numbers | UNLIMITED | dict(given or {}),
            made_secrets(home), admin_url,
        )  # fmt: skip
        # A line goes by the machine's clock; one that can be moved is a file to be looked at.
        del self.environment["DEVELOPMENT_CLOCK"]
        certs.make(home.certificates)

    def migrate(self, services: Sequence[str]) -> None:
        """Makes the schemas of these services."""
        admin_url = self.environment["ADMIN_DATABASE_URL"]
        environment = {
            name: value for name, value in self.environment.items() if name != "ADMIN_DATABASE_URL"
        } | {f"{service.upper()}_ADMIN_DATABASE_URL": admin_url for service in services}
        migrate_all(environment, skip_without_admin=True)

    @contextmanager
    def running(self, names: Sequence[str], **changes: str) -> Iterator[dict[str, int]]:
        """Runs one process of each name until the end of the block; gives their process ids.

        changes: of the environment, for these processes alone. Raises NotStarted.
        """
        with self._started({name: ("respite.serve", name) for name in names}, changes) as pids:
            yield pids

    @contextmanager
    def running_instead(self, name: str, module: str, **changes: str) -> Iterator[int]:
        """Runs `module` with what the process `name` would be told; gives its process id."""
        with self._started({name: (module,)}, changes) as pids:
            yield pids[name]

    @contextmanager
    def _started(
        self, commands: Mapping[str, Sequence[str]], changes: Mapping[str, str]
    ) -> Iterator[dict[str, int]]:
        environment = self.environment | dict(changes)
        running: list[_Running] = []
        lifeline, own_end = os.pipe()  # should this process be killed, those end by themselves
        try:
            for name, command in commands.items():
                told = environment_of(BY_NAME[name], environment)
                running.append(_Running(BY_NAME[name], command, told, self.home.logs, lifeline))
            for process in running:
                process.await_ready()
            yield {process.name: process.pid for process in running}
        finally:
            for process in reversed(running):
                process.stop()
            os.close(own_end)
            os.close(lifeline)


class _Running:
    """One process, from its start on."""

    def __init__(
        self,
        process: Process,
        command: Sequence[str],
        environment: Mapping[str, str],
        logs: Path,
        lifeline: int,
    ) -> None:
        self.name = process.name
        self._process = process
        self._environment = environment
        self._log = logs / f"{process.name}-{process.health.chosen(environment)}.log"
        with self._log.open("wb") as log:
            self._popen = subprocess.Popen(
                [sys.executable, "-P", "-m", *command],
                env={**environment, LIFELINE: str(lifeline), "PYTHONPATH": str(CHECKOUT)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=[lifeline],
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self._popen.pid

    def await_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while readiness(self._process, self._environment) != "ready":
            if self._popen.poll() is not None or time.monotonic() > deadline:
                last = self._log.read_text(encoding="utf-8", errors="replace").splitlines()[-5:]
                raise NotStarted("\n".join([f"{self.name} did not start:", *last]))
            time.sleep(0.05)

    def stop(self) -> None:
        self._popen.terminate()
        try:
            self._popen.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._popen.kill()
            self._popen.wait()


def free_ports(count: int) -> list[int]:
    """Ports on which nothing listens now."""
    with ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]

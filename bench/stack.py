"""Processes of Respite as `respite up` starts them, on free ports and a database of their own."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from respite import certs
from respite.child import Child
from respite.development import development_environment, made_secrets
from respite.home import CHECKOUT, Home
from respite.migrate import migrate_all
from respite.processes import BY_NAME, PROCESSES, environment_of

HOME_VARIABLE = "BENCH_HOME"
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
            home, {"PATH": os.environ["PATH"]} | numbers | dict(given or {}),
            made_secrets(home), admin_url,
        )  # fmt: skip
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

        changes: of the environment, for these processes alone.
        """
        with ExitStack() as closing:
            lifeline, own_end = os.pipe()
            closing.callback(os.close, own_end)
            closing.callback(os.close, lifeline)
            environment = self.environment | changes
            children = [
                Child(BY_NAME[name], environment_of(BY_NAME[name], environment),
                      self.home.logs, lifeline)
                for name in names
            ]  # fmt: skip
            closing.callback(_stop, children)
            for child in children:
                child.start()
            _await_ready(children)
            yield {child.name: child.pid or 0 for child in children}


def free_ports(count: int) -> list[int]:
    """Ports on which nothing listens now."""
    with ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]


def _await_ready(children: Sequence[Child]) -> None:
    deadline = time.monotonic() + START_SECONDS
    for child in children:
        while not child.is_ready():
            if child.exit_status() is not None or time.monotonic() > deadline:
                raise NotStarted(f"{child.name} did not start:\n{''.join(_last_lines(child))}")
            time.sleep(0.05)


def _last_lines(child: Child) -> list[str]:
    with child.log.open(encoding="utf-8", errors="replace") as log:
        return log.readlines()[-5:]


def _stop(children: Sequence[Child]) -> None:
    for child in children:
        child.terminate()
    deadline = time.monotonic() + STOP_SECONDS
    for child in reversed(children):
        while child.pid is not None and time.monotonic() < deadline:
            time.sleep(0.02)
        child.kill()

"""`respite up`: the whole system on this machine, from nothing to answering, until Ctrl-C."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from types import FrameType
from typing import Final

from rich.console import Console

from kit.postgres import EmbeddedPostgres, PostgresStartError
from respite import summary
from respite.development import (
    development_environment,
    made_secrets,
    tell_others,
    wants_own_postgres,
)
from respite.family import Family, NotStarted
from respite.home import CHECKOUT, AlreadyRunning, Home
from respite.lifeline import VARIABLE as LIFELINE
from respite.ports import PATIENCE, PortsTaken, check_ports
from respite.processes import POSTGRES_PORT, PROCESSES, BadPort, Process
from respite.providers import needs_sandbox
from respite.screen import Screen

_TICK: Final = 0.2  # seconds between looks at processes and logs


class Stopped(Exception):
    """A signal came while something was being started."""


def up(given: Mapping[str, str], *, verbose: bool) -> int:
    """Runs everything until SIGINT, SIGTERM or SIGHUP; the exit status.

    0 after a stop that was asked for, 1 where something could not start, 2 for bad settings.
    """
    screen = Screen(Console(stderr=False), verbose=verbose)
    home = Home.of(given)
    try:
        home.make()
        with home.locked():
            _Run(home, given, screen).run()
    except Stopped:
        screen.say("Stopped before everything was up.")
    except BadPort as problem:
        return _fail(screen, problem, 2)
    except (AlreadyRunning, PortsTaken, PostgresStartError, NotStarted) as problem:
        return _fail(screen, problem, 1)
    except OSError as problem:
        return _fail(screen, problem, 1)
    return 0


def _fail(screen: Screen, problem: Exception, status: int) -> int:
    screen.console.print(str(problem), style="red", markup=False, highlight=False, soft_wrap=True)
    return status


class _Run:
    """One run, from lock to lock."""

    def __init__(self, home: Home, given: Mapping[str, str], screen: Screen) -> None:
        self._home = home
        self._given = given
        self._screen = screen
        self._stopping = threading.Event()
        self._hurry = threading.Event()
        self._started_at = time.monotonic()
        self._postgres: EmbeddedPostgres | None = None
        self._processes = [each for each in PROCESSES if self._is_wanted(each)]

    def run(self) -> None:
        """Starts everything, watches it, stops it in reverse order."""
        with_postgres = wants_own_postgres(self._given)
        # A run that was killed has left its note behind, and perhaps processes that still drain.
        patience = PATIENCE if self._home.running.exists() else 0.0
        check_ports(self._processes, self._given, with_postgres=with_postgres, patience=patience)
        self._listen_to_signals()
        self._home.logs.mkdir(mode=0o700, exist_ok=True)
        lifeline, own_end = os.pipe()
        family = None
        try:
            environment = self._environment(with_postgres)
            family = Family(self._processes, environment, self._home, lifeline, self._screen)
            family.start_first("sandbox")
            self._prepare(environment, lifeline)
            tell_others(self._home, environment)
            family.start(self._stopping)
            self._refuse_if_stopping()
            seconds = time.monotonic() - self._started_at
            data = self._postgres.folder if self._postgres else None
            summary.show(
                self._screen, self._home, environment, self._processes, data=data, seconds=seconds
            )
            self._watch(family)
        finally:
            self._stop(family)
            os.close(own_end)
            os.close(lifeline)

    def _is_wanted(self, process: Process) -> bool:
        return process.name != "sandbox" or needs_sandbox(self._given)

    def _environment(self, with_postgres: bool) -> dict[str, str]:
        made = made_secrets(self._home)
        admin_url = self._given.get("ADMIN_DATABASE_URL")
        if with_postgres:
            admin_url = self._start_postgres()
        return development_environment(self._home, self._given, made, admin_url)

    def _start_postgres(self) -> str:
        with self._screen.step("Starting PostgreSQL") as done:
            self._postgres = EmbeddedPostgres(self._home.postgres)
            url = self._postgres.start(POSTGRES_PORT.chosen(self._given))
            done.append("PostgreSQL is up")
        self._refuse_if_stopping()
        return url

    def _prepare(self, environment: Mapping[str, str], lifeline: int) -> None:
        """Certificates, migrations, the operator: in a process that ends when they are there."""
        with (
            self._screen.step("Certificates, schemas, operator") as done,
            (self._home.logs / "prepare.log").open("ab") as log,
        ):
            preparing = subprocess.Popen(
                [sys.executable, "-P", "-m", "respite.prepare"],
                env={**environment, "PYTHONPATH": str(CHECKOUT), LIFELINE: str(lifeline)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.PIPE,
                pass_fds=[lifeline],
                start_new_session=True,
            )
            while preparing.poll() is None and not self._stopping.wait(0.02):
                continue
            if preparing.poll() is None:
                preparing.terminate()
            _, problem = preparing.communicate()
            self._refuse_if_stopping()
            if preparing.returncode:
                raise NotStarted(problem.decode(errors="replace").strip())
            done.append("Certificates, schemas and operator are in place")

    def _watch(self, family: Family) -> None:
        while not self._stopping.wait(_TICK):
            family.tick()
            if self._postgres and _has_ended(self._postgres):
                self._screen.say("[red]PostgreSQL ended by itself[/]; starting it again")
                self._postgres.stop()
                try:
                    # Who ended at the same time begins to start while the server recovers.
                    self._postgres.start(POSTGRES_PORT.chosen(self._given), meanwhile=family.tick)
                except PostgresStartError as problem:
                    raise NotStarted(f"PostgreSQL cannot be started again: {problem}") from None

    def _stop(self, family: Family | None) -> None:
        started = time.monotonic()
        self._stopping.set()
        if family:
            self._screen.say("Stopping; a second Ctrl-C does not wait …")
            family.stop(self._hurry)
        if self._postgres:
            self._postgres.stop()
        self._home.running.unlink(missing_ok=True)
        self._screen.say(f"Everything is stopped ({time.monotonic() - started:.1f} s).")

    def _listen_to_signals(self) -> None:
        def stop(_number: int, _frame: FrameType | None) -> None:
            if self._stopping.is_set():
                self._hurry.set()
            self._stopping.set()

        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, stop)

    def _refuse_if_stopping(self) -> None:
        if self._stopping.is_set():
            raise Stopped


def _has_ended(postgres: EmbeddedPostgres) -> bool:
    """Whether the server is gone although nobody stopped it. Leaves it to be waited for."""
    if postgres.pid is None or not hasattr(os, "waitid"):  # macOS has it from Python 3.13
        return False
    looking = os.WEXITED | os.WNOHANG | os.WNOWAIT
    return os.waitid(os.P_PID, postgres.pid, looking) is not None

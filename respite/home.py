"""The folder that holds everything a development run leaves behind."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

CHECKOUT: Final = Path(__file__).resolve().parents[1]


class AlreadyRunning(Exception):
    """Another `respite up` works in this home; the text is one line."""


@dataclass(frozen=True, slots=True)
class Home:
    """RESPITE_HOME: certificates, logs, data, secrets."""

    path: Path

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Home:
        """The folder that the environment names, else `.respite` beside the code."""
        given = environment.get("RESPITE_HOME")
        return cls(Path(given).expanduser().absolute() if given else CHECKOUT / ".respite")

    @property
    def certificates(self) -> Path:
        """Certificates and keys, the operator's among them."""
        return self.path / "certs"

    @property
    def logs(self) -> Path:
        """One log a process."""
        return self.path / "logs"

    @property
    def postgres(self) -> Path:
        """The embedded PostgreSQL, data included."""
        return self.path / "pg"

    @property
    def secrets(self) -> Path:
        """The secrets made at the first start, which later starts use again."""
        return self.path / "secrets.env"

    @property
    def clock(self) -> Path:
        """How far the sandbox has moved the clock."""
        return self.path / "clock"

    @property
    def running(self) -> Path:
        """What the other commands have to know of the `respite up` that runs now."""
        return self.path / "running.env"

    def make(self) -> None:
        """Makes the folder. Others may pass through: PostgreSQL runs as another user under root."""
        if not self.path.is_dir():
            self.path.mkdir(parents=True)
            self.path.chmod(0o711)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keeps a second `respite up` out, for as long as this process lives at most."""
        with (self.path / "up.lock").open("a+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                lock.seek(0)
                holder = lock.read().strip() or "unknown"
                raise AlreadyRunning(
                    f"Respite is already running in {self.path} (process {holder});"
                    " stop it first, or set RESPITE_HOME to another folder"
                ) from None
            lock.truncate(0)
            lock.write(str(os.getpid()))
            lock.flush()
            yield


def read_variables(path: Path) -> dict[str, str]:
    """The NAME=value lines of a file; empty where there is no file."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return {}
    pairs = (line.partition("=") for line in lines if "=" in line and not line.startswith("#"))
    return {name: value for name, _, value in pairs}


def write_variables(path: Path, variables: Mapping[str, str], heading: str) -> None:
    """Replaces the file in one step; only its owner may read it."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    lines = [f"# {heading}", *(f"{name}={value}" for name, value in variables.items())]
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write("\n".join(lines) + "\n")
    draft.replace(path)

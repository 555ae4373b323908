"""Whether the ports of a run are free, told before anything starts."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Final

from kit.process import binding_problem
from respite.processes import POSTGRES_PORT, Port, Process

# A run that was killed leaves processes that drain and then end by themselves.
PATIENCE: Final = 20.0


class PortsTaken(Exception):
    """Ports are somebody else's; the text has a line for each, with the variable that moves it."""


def check_ports(
    processes: Sequence[Process],
    environment: Mapping[str, str],
    *,
    with_postgres: bool,
    patience: float,
) -> None:
    """Raises PortsTaken, or BadPort.

    patience: seconds to wait for ports to become free, where a run was killed a moment ago.
    """
    host = environment.get("BIND_HOST") or "127.0.0.1"
    wanted = [(process.name, host, port) for process in processes for port in process.ports]
    if with_postgres:
        wanted.append(("PostgreSQL", "127.0.0.1", POSTGRES_PORT))
    _refuse_double(wanted, environment)
    deadline = time.monotonic() + patience
    while taken := [
        f"port {port.chosen(environment)} ({name}) is taken: set {port.variable} to another"
        for name, where, port in wanted
        if binding_problem(where, port.chosen(environment)) is not None
    ]:
        if time.monotonic() >= deadline:
            raise PortsTaken("\n".join(taken))
        time.sleep(0.2)


def _refuse_double(wanted: Sequence[tuple[str, str, Port]], environment: Mapping[str, str]) -> None:
    holders: dict[int, Port] = {}
    for _, _, port in wanted:
        number = port.chosen(environment)
        other = holders.setdefault(number, port)
        if other != port:
            raise PortsTaken(f"port {number}: {other.variable} and {port.variable} are the same")

"""Whether a process takes work, as its health port says; what containers are probed with."""

from __future__ import annotations

import http.client
import os
import sys
from collections.abc import Mapping
from typing import Final

from respite.processes import BY_NAME, PROCESSES, Process

_TIMEOUT: Final = 2.0  # seconds
# What stands for every address, and the one of them that is asked.
_ASKED: Final = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104


def readiness(process: Process, environment: Mapping[str, str]) -> str:
    """Asks a process of this machine: "ready", "not ready" or "not running". Raises BadPort."""
    port = process.health.chosen(environment)
    connection = http.client.HTTPConnection(asked_host(environment), port, timeout=_TIMEOUT)
    try:
        connection.request("GET", process.ready_path)
        answer = connection.getresponse()
        answer.read()  # to close with something unread would reset the connection
        return "ready" if answer.status == 200 else "not ready"
    except (OSError, http.client.HTTPException):
        return "not running"
    finally:
        connection.close()


def asked_host(environment: Mapping[str, str]) -> str:
    """Where a process of this machine is asked over HTTP."""
    given = environment.get("BIND_HOST", "")
    return _ASKED.get(given, given)


def ready(name: str) -> int:
    """`respite ready NAME`: the exit status, 0 if it is.

    Without a name, of whatever runs on this machine, which in a container is one process: 0 if
    something does and all of it takes work.
    """
    if name not in {*BY_NAME, ""}:
        sys.stderr.write(f"no process is called {name}\n")
        return 2
    asked = [BY_NAME[name]] if name else PROCESSES
    found = {readiness(process, os.environ) for process in asked}
    state = next(each for each in ("not ready", "ready", "not running") if each in found)
    sys.stdout.write(f"{state}\n")
    return 0 if state == "ready" else 1

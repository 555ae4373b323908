"""How commands end: the status says what kind of problem it was, one line what to do."""

from __future__ import annotations

from enum import IntEnum
from typing import NoReturn

import typer


class Exit(IntEnum):
    """The status of a command that could not do what it is for."""

    FAILED = 1
    """Refused by a service, or done in part."""
    USAGE = 2
    """The call or the settings are wrong; the same call never works."""
    NOT_FOUND = 3
    """What was named does not exist."""
    UNREACHABLE = 4
    """A service did not answer; the same call may work later."""


def fail(problem: str, status: int = Exit.FAILED) -> NoReturn:
    """Says the problem on stderr and ends."""
    typer.echo(problem.strip(), err=True)
    raise typer.Exit(status)

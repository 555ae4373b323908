"""How commands end when they cannot do what they are for."""

from __future__ import annotations

from typing import NoReturn

import typer


def fail(problem: str, status: int = 1) -> NoReturn:
    """Says the problem on stderr and ends. status: 2 where the call or the settings are wrong."""
    typer.echo(problem.strip(), err=True)
    raise typer.Exit(status)

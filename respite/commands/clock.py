"""`respite clock`: let time pass in the sandbox, for the providers and for the line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Annotated, Any

import typer

from respite.commands.ending import fail
from respite.commands.in_sandbox import in_sandbox
from respite.commands.lengths import parse_length
from respite.commands.showing import length, note
from respite.sandbox_client import SandboxClient

clock_app = typer.Typer(
    name="clock", help="Let time pass in the sandbox.", invoke_without_command=True
)


@clock_app.callback()
def _clock(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        show()


@clock_app.command("show")
def show() -> None:
    """Say what time it is for the line and its providers. `respite clock` alone does the same."""
    with _sandbox() as sandbox:
        _say(sandbox.clock())


@clock_app.command("forward")
def forward(
    length: Annotated[str, typer.Argument(help="Such as 30min, 25h or 3d.")],
) -> None:
    """Let so much time pass at once: whatever is due within it happens now."""
    span = parse_length(length)
    with _sandbox() as sandbox:
        _say(sandbox.move_clock(advance_seconds=span.total_seconds()))


@clock_app.command("reset")
def reset() -> None:
    """Go back to the machine's time. What happened ahead of it stays, with its times."""
    with _sandbox() as sandbox:
        _say(sandbox.move_clock(offset_seconds=0))
    note("what happened ahead of it lies in the future now; an empty RESPITE_HOME begins anew")


@contextmanager
def _sandbox() -> Iterator[SandboxClient]:
    """The sandbox, where the line's clock goes with its own; ends the command where it does not."""
    with in_sandbox() as sandbox:
        if not sandbox.clock()["moves_the_line"]:
            fail("this line goes by its machines' clocks; that of `respite up` can be moved")
        yield sandbox


def _say(told: Mapping[str, Any]) -> None:
    now, ahead = datetime.fromisoformat(told["now"]), timedelta(seconds=told["offset_seconds"])
    behind = "behind" if ahead < timedelta(0) else "ahead of"
    where = f"{length(abs(ahead))} {behind} this machine" if ahead else "as on this machine"
    typer.echo(f"{now:%Y-%m-%d %H:%M:%SZ}, {where}")

"""Commands about safety: what crisis detection makes of a text."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from respite.commands.ending import Exit, fail

safety_app = typer.Typer(
    name="safety", help="Review crisis detection (docs/crisis.md).", no_args_is_help=True
)


@safety_app.callback()
def safety() -> None:
    """Review crisis detection (docs/crisis.md)."""


@safety_app.command()
def check(
    file: Annotated[str, typer.Argument(help="Texts in UTF-8, one a line; - for standard input.")],
    explain: Annotated[
        bool, typer.Option("--explain", help="Print below each text what decided.")
    ] = False,
) -> None:
    """Print for each text its kind of crisis, or none, then a tab and the text.

    It is what the line itself would decide: local, the same every time, and nothing is stored.
    """
    from protos.jobs.v1.payloads_pb2 import InboundCrisisKind
    from services.jobs.safety.crisis import read
    from services.jobs.safety.explanation import explanation

    try:
        for text in _lines(file):
            reading = read(text)
            kind = InboundCrisisKind.Name(reading.crisis.kind) if reading.crisis else "none"
            typer.echo(f"{kind.removeprefix('INBOUND_CRISIS_KIND_').lower()}\t{text}")
            for line in explanation(reading) if explain else ():
                typer.echo(f"\t{line}")
    except OSError as problem:
        fail(f"{file}: {problem.strerror}", Exit.USAGE)


def _lines(file: str) -> Iterator[str]:
    """Each line without its end; bytes that are not UTF-8 are shown as such, not refused."""
    source = sys.stdin.buffer if file == "-" else Path(file).open("rb")  # noqa: SIM115
    with source:
        for line in source:
            yield line.decode(errors="replace").rstrip("\r\n")

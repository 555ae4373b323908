"""`respite top`: the line at a glance, live."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from respite.commands.ending import Exit, fail
from respite.commands.operator import calling, status_of
from respite.commands.showing import waiting
from respite.development import environment_for_commands
from respite.top.frame import Sort


def top(
    interval: Annotated[
        float, typer.Option(min=0.5, max=60, help="Seconds between pictures.")
    ] = 2.0,
    sort: Annotated[Sort, typer.Option(help="Order of the types.")] = Sort.TROUBLE,
    once: Annotated[bool, typer.Option("--once", help="Print one picture and end.")] = False,
) -> None:
    """Watch the line: queues, workers, lanes, dead letters, crises, how long people wait.

    Keys retry a dead letter and pause a type; ? tells them. What a service that is away said last
    stays, with its age. --once ends with 4 where the jobs service is away, with 1 where it refuses.
    """
    from rich.console import Console

    from respite.top.gathering import Gatherer
    from respite.top.once import say_frame

    environment = environment_for_commands(os.environ)
    if not once and not sys.stdout.isatty():
        fail("this is no terminal: --once prints one picture", Exit.USAGE)
    with calling() as services:
        gatherer = Gatherer(services, environment)
        try:
            if once:
                with waiting("asking the services"):
                    picture = gatherer.look()
                console = Console(width=None if sys.stdout.isatty() else 120)
                say_frame(console, picture, sort)
            else:
                from respite.top.app import Top

                Top(services, gatherer, interval, sort).run()
        finally:
            gatherer.close()
    if once and picture.queue is None:
        refused = picture.away.get("jobs")
        raise typer.Exit(status_of(refused) if refused else Exit.UNREACHABLE)

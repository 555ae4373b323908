"""The command that brings people in from another system."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from respite.commands.ending import fail


def import_people(
    file: Annotated[Path, typer.Argument(help="CSV; its first line names the columns.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check the file alone; nothing is called.")
    ] = False,
    overwrite: Annotated[
        bool,
        typer.Option(
            "--overwrite", help="Replace what profiles hold; else only fill what is empty."
        ),
    ] = False,
    at_once: Annotated[int, typer.Option(min=1, max=64, help="How many people side by side.")] = 8,
) -> None:
    """Bring people in from another system, as the operator (docs/migration.md).

    Columns: phone, and any of first_name, relationship, care_recipient_name, zip_code, time_zone,
    stripe_customer_id, opted_out_at. A second run changes nothing. Every refused line is told with
    its number; the status is 1 if there was one.
    """
    from respite.commands.operator import calling
    from respite.people_file import UnreadableFile, read_people
    from respite.people_import import PeopleImport

    try:
        people, refused = read_people(file, datetime.now(UTC))
    except UnreadableFile as problem:
        fail(f"{file}: {problem}", 2)
    except OSError as problem:
        fail(f"{file}: {problem.strerror}", 2)
    if not dry_run:
        with calling() as services:
            importing = PeopleImport(services, overwrite=overwrite)
            importing.knock()
            refused += importing.run(people, at_once)
    for line in sorted(refused, key=lambda each: each.line):
        typer.echo(str(line), err=True)
    good = len({person.line for person in people} - {each.line for each in refused})
    typer.echo(f"{good} {'good' if dry_run else 'imported'}, {len(refused)} refused")
    if refused:
        raise typer.Exit(1)

"""The command line: `bin/respite`. One line for whatever goes wrong, and a status that says so."""

from __future__ import annotations

import os
import sys
from typing import Annotated, NoReturn

import typer

from respite.cli_certs import certs_app
from respite.cli_import import import_people
from respite.cli_people import grant_admin, subscribe, text
from respite.cli_safety import safety_app
from respite.development import environment_for_commands
from respite.processes import BY_NAME, PROCESSES, BadPort
from respite.terminal import fail

app = typer.Typer(
    name="respite",
    help="A text-message support line for family caregivers: five services, a gateway, workers.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(certs_app)
app.add_typer(safety_app)
app.command()(text)
app.command()(subscribe)
app.command("grant-admin")(grant_admin)
app.command("import")(import_people)


@app.command()
def up(
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Show every line that is logged.")
    ] = False,
) -> None:
    """Run the whole system on this machine until Ctrl-C."""
    from respite.up import up as run

    raise typer.Exit(run(os.environ, verbose=verbose))


@app.command()
def serve(
    process: Annotated[str, typer.Argument(help=f"One of {', '.join(BY_NAME)}.")],
) -> None:
    """Run one process in the foreground, configured by environment variables alone."""
    from respite.serve import serve as run

    if process not in BY_NAME:
        fail(f"no process is called {process}; there are {', '.join(BY_NAME)}", 2)
    run(process)


@app.command()
def migrate() -> None:
    """Make roles and schemas and bring them to the newest version. Safe to repeat."""
    from psycopg import OperationalError

    from kit.migrations import MigrationError
    from respite.migrate import NotConfigured, migrate_all

    environment = environment_for_commands(os.environ)
    try:
        migrate_all(environment, lambda name: typer.echo(f"schema {name}"))
    except NotConfigured as problem:
        fail(str(problem), 2)
    except (MigrationError, OperationalError, OSError, ValueError) as problem:
        fail(str(problem))
    typer.echo("every schema is at its newest version")


@app.command()
def status() -> None:
    """Say of each process on this machine whether it takes work."""
    from respite.ready import readiness

    environment = environment_for_commands(os.environ)
    try:
        found = {process.name: readiness(process, environment) for process in PROCESSES}
    except BadPort as problem:
        fail(str(problem), 2)
    for name, state in found.items():
        typer.echo(f"{name:<13} {state}")
    # without the sandbox, providers are real: that is no fault
    if any(state != "ready" for name, state in found.items() if name != "sandbox"):
        raise typer.Exit(1)


@app.command()
def ready(
    process: Annotated[
        str, typer.Argument(help="A process of this machine; by default whatever runs here.")
    ] = "",
) -> None:
    """Exit with 0 if a process takes work: what containers are probed with."""
    from respite.ready import ready as ask

    raise typer.Exit(ask(process))


@app.command(
    context_settings={
        "allow_extra_args": True,
        "ignore_unknown_options": True,
        "help_option_names": [],
    }
)
def grpcurl(context: typer.Context) -> None:
    """Call a service as the operator: respite grpcurl SERVICE [flags] [list | describe | METHOD].

    Adds the address and the certificates to your own grpcurl.
    """
    from respite.grpcurl import CannotCall, command

    try:
        words = command(context.args, environment_for_commands(os.environ))
    except CannotCall as problem:
        fail(str(problem), 2)
    sys.stdout.flush()
    os.execv(words[0], words)  # noqa: S606


def main() -> NoReturn:
    """Runs the command that the arguments name."""
    app(prog_name="respite")
    raise SystemExit(0)

"""The command line: `bin/respite`. One line for whatever goes wrong, and a status that says so."""

from __future__ import annotations

import os
import sys
from typing import Annotated, Final, NoReturn

import typer

from respite.commands.audit import audit
from respite.commands.bring_in import import_people
from respite.commands.certs import certs_app
from respite.commands.clock import clock_app
from respite.commands.crises import crises_app
from respite.commands.doctor import doctor
from respite.commands.ending import fail
from respite.commands.jobs import jobs_app
from respite.commands.phone import grant_admin, subscribe, text
from respite.commands.reconciling import reconcile_payments, reconcile_sends
from respite.commands.safety import safety_app
from respite.commands.top import top
from respite.commands.users import users_app
from respite.development import environment_for_commands
from respite.processes import BY_NAME, PROCESSES, BadPort

app = typer.Typer(
    name="respite",
    help="A text-message support line for family caregivers: five services, a gateway, workers.",
    epilog="Status: 0 fine; 1 refused, or done in part; 2 a wrong call or wrong settings;"
    " 3 not found; 4 a service does not answer. docs/cli.md has all of it.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
_OPERATING: Final = "Operate the line"
_TRYING: Final = "Text it, in the sandbox"
_RUNNING: Final = "Run it"
app.command(rich_help_panel=_OPERATING)(top)
app.command(rich_help_panel=_OPERATING)(doctor)
app.add_typer(jobs_app, rich_help_panel=_OPERATING)
app.add_typer(users_app, rich_help_panel=_OPERATING)
app.add_typer(crises_app, rich_help_panel=_OPERATING)
app.command(rich_help_panel=_OPERATING)(audit)
app.command("import", rich_help_panel=_OPERATING)(import_people)
app.command("reconcile-sends", rich_help_panel=_OPERATING)(reconcile_sends)
app.command("reconcile-payments", rich_help_panel=_OPERATING)(reconcile_payments)
app.add_typer(safety_app, rich_help_panel=_OPERATING)
app.command(rich_help_panel=_TRYING)(text)
app.command(rich_help_panel=_TRYING)(subscribe)
app.add_typer(clock_app, rich_help_panel=_TRYING)
app.command("grant-admin", rich_help_panel=_RUNNING)(grant_admin)
app.add_typer(certs_app, rich_help_panel=_RUNNING)


@app.command(rich_help_panel=_RUNNING)
def up(
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Show every line that is logged.")
    ] = False,
) -> None:
    """Run the whole system on this machine until Ctrl-C."""
    from respite.up import up as run

    raise typer.Exit(run(os.environ, verbose=verbose))


@app.command(rich_help_panel=_RUNNING)
def serve(
    process: Annotated[str, typer.Argument(help=f"One of {', '.join(BY_NAME)}.")],
) -> None:
    """Run one process in the foreground, configured by environment variables alone."""
    from respite.serve import serve as run

    if process not in BY_NAME:
        fail(f"no process is called {process}; there are {', '.join(BY_NAME)}", 2)
    run(process)


@app.command(rich_help_panel=_RUNNING)
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


@app.command(rich_help_panel=_RUNNING)
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


@app.command(rich_help_panel=_RUNNING)
def ready(
    process: Annotated[
        str, typer.Argument(help="A process of this machine; by default whatever runs here.")
    ] = "",
) -> None:
    """Exit with 0 if a process takes work: what containers are probed with."""
    from respite.ready import ready as ask

    raise typer.Exit(ask(process))


@app.command(
    rich_help_panel=_OPERATING,
    context_settings={
        "allow_extra_args": True,
        "ignore_unknown_options": True,
        "help_option_names": [],
    },
)
def grpcurl(context: typer.Context) -> None:
    """Call a service with your own grpcurl, as the operator.

    It is given the address and the certificates: respite grpcurl SERVICE METHOD, or list or
    describe in place of the method. Its own flags may stand anywhere after the service.
    """
    from respite.grpcurl import CannotCall, command

    if context.args in (["--help"], ["-h"]):  # after a service they are grpcurl's own
        typer.echo(context.get_help())
        return
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

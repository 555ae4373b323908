"""`respite certs`: make, list and renew certificates of the private CA."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from kit.certificates import CertificateProblem, parse_host
from respite import certs
from respite.commands.ending import Exit, fail
from respite.commands.showing import say_table
from respite.development import environment_for_commands
from respite.processes import PROCESSES

certs_app = typer.Typer(
    name="certs", help="Make, list and renew certificates.", no_args_is_help=True
)


@certs_app.command("make")
def make(
    dns: Annotated[
        list[str] | None,
        typer.Option(help="A further host name or address for every process; may be repeated."),
    ] = None,
    operator: Annotated[
        str, typer.Option(help="User id of an operator, for operator.crt and operator.key.")
    ] = "",
) -> None:
    """Make the CA and a certificate for each process, where they are missing."""
    environment = environment_for_commands(os.environ)
    directory = certs.directory_of(environment)
    try:
        hosts = [parse_host(each) for each in dns or ()]
    except ValueError as problem:
        fail(f"--dns: {problem}", Exit.USAGE)
    try:
        made = certs.make(directory, hosts)
        if operator and certs.make_operator(directory, operator):
            made.append(certs.OPERATOR)
        holders = [process.name for process in PROCESSES] + [certs.OPERATOR] * bool(operator)
        certs.hand_out_apart(directory, holders, environment)
    except (CertificateProblem, ValueError, OSError) as problem:
        fail(str(problem))
    typer.echo(f"{directory}: {'made ' + ', '.join(made) if made else 'nothing was missing'}")


@certs_app.command("list")
def show() -> None:
    """List the certificates: whose name each carries, and until when."""
    directory = certs.directory_of(environment_for_commands(os.environ))
    try:
        found = certs.listed(directory)
    except CertificateProblem as problem:
        fail(str(problem))
    if not found:
        fail(f"there are no certificates in {directory}; `respite certs make` makes them")
    say_table(
        ("certificate", "until", "name", "hosts"),
        (
            (
                facts.name,
                f"{facts.not_after:%Y-%m-%d}",
                facts.uri or "–",
                ", ".join((*facts.dns_names, *facts.addresses)),
            )
            for facts in found
        ),
        apart=True,
    )


@certs_app.command("renew")
def renew(
    names: Annotated[
        list[str] | None, typer.Argument(help="Whose; by default those that are due.")
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="All of them, due or not; but never the CA.")
    ] = False,
) -> None:
    """Renew certificates in the last third of their life; running processes take them up."""
    environment = environment_for_commands(os.environ)
    directory = certs.directory_of(environment)
    try:
        renewed = certs.renew_due(directory, names or [], everything=everything)
        certs.hand_out_renewed(directory, environment)
    except KeyError as problem:
        fail(f"there is no certificate for {problem.args[0]} in {directory}", 2)
    except (CertificateProblem, OSError) as problem:
        fail(str(problem))
    typer.echo(f"renewed: {', '.join(renewed) if renewed else 'none was due'}")

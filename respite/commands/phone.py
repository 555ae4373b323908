"""Commands about people: text the line, subscribe, become an admin."""

from __future__ import annotations

import os
import re
from typing import Annotated

import typer

from respite.commands.ending import fail
from respite.commands.in_sandbox import in_sandbox
from respite.commands.showing import waiting
from respite.development import environment_for_commands
from respite.home import Home

Number = Annotated[str, typer.Argument(help="In E.164, such as +12025550101.")]
Timeout = Annotated[float, typer.Option(help="Seconds to wait for the answer.")]

_ENTITLED = ("active", "trialing")
_E164 = re.compile(r"\+[1-9]\d{6,14}")


def _check(number: str) -> None:
    if not _E164.fullmatch(number):
        fail(f"{number}: a number looks like +12025550101", 2)


def text(
    number: Number,
    body: Annotated[str, typer.Argument(help="What is texted.")],
    timeout: Timeout = 30.0,
) -> None:
    """Text the line from a number through the sandbox, and print what comes back."""
    _check(number)
    with in_sandbox() as sandbox, waiting("waiting for the answer"):
        known = sandbox.received(number)
        sandbox.text(number, body)
        answers = sandbox.wait_for_texts(number, known, timeout)
    if not answers:
        fail(f"no answer within {timeout:g} s; the logs are in {Home.of(os.environ).logs}")
    typer.echo("\n\n".join(answers))


def subscribe(number: Number, timeout: Timeout = 30.0) -> None:
    """Pay for a subscription in the sandbox's Stripe, and show the welcome text."""
    _check(number)
    with in_sandbox() as sandbox:
        present = sandbox.subscription(number)
        if present and present["status"] in _ENTITLED:
            typer.echo(f"{number} is subscribed already ({present['id']})", err=True)
            return
        known = sandbox.received(number)
        typer.echo(f"subscribed: {sandbox.subscribe(number)}", err=True)
        with waiting("waiting for the welcome text"):
            texts = sandbox.wait_for_texts(number, known, timeout)
    if not texts and present:
        typer.echo("no welcome text: a person is welcomed once", err=True)
        return
    if not texts:
        fail(f"no welcome text within {timeout:g} s; the logs are in {Home.of(os.environ).logs}")
    typer.echo("\n\n".join(texts))


def grant_admin(
    phone: Number,
    certificate: Annotated[
        bool, typer.Option("--certificate", help="Also make the operator's certificate theirs.")
    ] = False,
) -> None:
    """Make the person with this number an admin, on identity's database."""
    from kit.certificates import CertificateProblem
    from kit.refusals import InvalidArgument, Refusal
    from respite import certs, operator
    from respite.migrate import NotConfigured

    environment = environment_for_commands(os.environ)
    try:
        user_id = operator.grant_admin(environment, phone)
        if certificate:
            directory = certs.directory_of(environment)
            certs.make_operator(directory, str(user_id))
            certs.hand_out_apart(directory, [certs.OPERATOR], environment)
    except NotConfigured as problem:
        fail(str(problem), 2)
    except InvalidArgument as problem:
        [(_, what)] = problem.violations
        fail(f"{phone}: {what}", 2)
    except (Refusal, CertificateProblem, OSError) as problem:
        fail(str(problem))
    typer.echo(str(user_id))

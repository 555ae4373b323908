"""What a person wants to know once everything is up."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.markup import escape

from respite import grpcurl
from respite.commands.showing import length
from respite.development import clock_of
from respite.home import CHECKOUT, Home
from respite.processes import POSTGRES_PORT, Process
from respite.providers import SANDBOX_ACCOUNT_SID
from respite.screen import Screen

_PERSON = "+12025550101"


def show(
    screen: Screen,
    home: Home,
    environment: Mapping[str, str],
    processes: Sequence[Process],
    *,
    data: Path | None,
    seconds: float,
) -> None:
    """What runs where, how to text it, one line of grpcurl, where logs are, how long it took.

    data: the folder of the database, None where it is not ours.
    """
    heading, *rows = _table(environment, processes)
    screen.say(f"[bold]{heading}[/]")
    for row in rows:
        screen.say(escape(row))
    launcher = _launcher(environment)
    lines = [*_people_lines(environment, launcher)]
    lines.append(("Watch", f"{launcher} top"))
    lines.append(("Operate", f"{launcher} grpcurl identity list"))
    if grpcurl.find() is None:
        lines.append(("", grpcurl.HOW_TO_GET))
    lines.append(("Logs", str(home.logs)))
    if data is not None:
        lines.append(("Data", str(data)))
    if "OPENAI_API_KEY" not in environment and "OPENAI_API_KEY_FILE" not in environment:
        lines.append(("Assistant", "no OPENAI_API_KEY: answers come from rules"))
    if ahead := clock_of(environment).ahead:
        lines.append(("Clock", f"{length(ahead)} ahead of this machine's: {launcher} clock"))
    lines.append(("Stop", "Ctrl-C; nothing is lost"))
    for label, text in lines:
        screen.say(f"[bold]{label:<10}[/] {escape(text)}")
    screen.say(f"[green]Ready in {seconds:.1f} s.[/]")


def _table(environment: Mapping[str, str], processes: Sequence[Process]) -> list[str]:
    rows = [("process", "at", "health, metrics", "")]
    for process in processes:
        port = process.port.chosen(environment) if process.port else None
        at = "–" if port is None else f"localhost:{port}"
        rows.append(
            (process.name, at, f"localhost:{process.health.chosen(environment)}", process.does)
        )
    postgres = POSTGRES_PORT.chosen(environment)
    if f"127.0.0.1:{postgres}/" in environment.get("ADMIN_DATABASE_URL", ""):
        rows.append(("PostgreSQL", f"localhost:{postgres}", "", "a schema for each service"))
    return [f"{name:<13} {at:<16} {health:<16} {does}".rstrip() for name, at, health, does in rows]


def _people_lines(environment: Mapping[str, str], launcher: str) -> list[tuple[str, str]]:
    if environment["TWILIO_ACCOUNT_SID"] != SANDBOX_ACCOUNT_SID:
        public = environment["PUBLIC_URL"]
        return [
            ("Text it", f"text {environment.get('TWILIO_FROM_NUMBER', 'your Twilio number')}"),
            ("", f"its webhooks must reach {public}/twilio/sms and {public}/twilio/status"),
        ]
    return [
        ("Text it", f'{launcher} text "{_PERSON}" "hello"'),
        ("", f"or as a phone in the browser: {environment['SANDBOX_URL']}"),
        ("Subscribe", f'{launcher} subscribe "{_PERSON}"'),
    ]


def _launcher(environment: Mapping[str, str]) -> str:
    """bin/respite as it can be typed in another terminal in this folder."""
    path = CHECKOUT / "bin" / "respite"
    typed = "bin/respite" if Path.cwd() == CHECKOUT else str(path)
    given = os.environ.get("RESPITE_HOME")
    return f"RESPITE_HOME={environment['RESPITE_HOME']} {typed}" if given else typed

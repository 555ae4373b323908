"""`respite doctor`: whether everything is set up as it has to be."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import asdict
from typing import Final

import typer
from rich.console import Console
from rich.text import Text

from respite.commands.ending import Exit, fail
from respite.commands.showing import AsJson, say_json
from respite.doctor.finding import Finding
from respite.processes import BadPort

_STYLES: Final = {"ok": "green", "warn": "yellow", "fail": "bold red"}


def doctor(as_json: AsJson = False) -> None:
    """Check the set-up: address, providers, certificates, clocks, databases. Says what to fix.

    Beside a `respite up` its settings are checked, elsewhere those of the environment: run it with
    the variables of all processes. Nothing is changed and nothing is sent. The status is 1 where a
    check failed.
    """
    from respite.doctor.examination import examination

    console = Console(highlight=False, soft_wrap=True)
    counts: Counter[str] = Counter()
    try:
        for finding in examination(os.environ):
            counts[finding.level] += 1
            if as_json:
                say_json(asdict(finding))
            else:
                _say(console, finding)
    except BadPort as problem:
        fail(str(problem), Exit.USAGE)
    if not as_json:
        typer.echo(f"{counts['ok']} ok, {counts['warn']} to look at, {counts['fail']} to fix")
    if counts["fail"]:
        raise typer.Exit(Exit.FAILED)


def _say(console: Console, finding: Finding) -> None:
    line = Text(f"{finding.level:<5}", _STYLES[finding.level])
    console.print(line.append(f"{finding.check:<24} {finding.said}", ""))
    if finding.fix:
        console.print(Text(f"{'':<30}→ {finding.fix}", "dim"))

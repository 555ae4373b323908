"""`respite reconcile-sends`: after a restore, what Twilio has is not sent again."""

from __future__ import annotations

import os
from collections import Counter
from datetime import UTC, datetime
from typing import Annotated

import typer

from respite.commands.ending import Exit, fail
from respite.commands.operator import calling
from respite.commands.showing import AsJson, note, number, say_facts, say_json


def reconcile_sends(
    since: Annotated[
        str,
        typer.Option(
            help="When the backup was begun, or earlier: 2026-11-25T21:40:00Z; UTC without zone."
        ),
    ],
    as_json: AsJson = False,
) -> None:
    """After a restore, tell the ledger what Twilio took since the backup, so that it is not resent.

    Pauses what sends, with the reason RESTORED, but for the crisis path, and leaves it paused.
    docs/runbook.md has the whole way. Safe to repeat; the status is 1 while some texts went to
    numbers that nobody has, for example of people whose own texts are not back yet.
    """
    from respite.doctor.settings import settings_of
    from respite.sent_texts import NotConfigured, SendReconciliation
    from services.jobs.carrier.account import AccountProblem
    from services.jobs.types import SENDING

    moment = _moment(since)
    with calling() as services:
        try:
            reconciling = SendReconciliation(settings_of(os.environ), services, _progress)
            for name in reconciling.pause():
                note(f"{name} is paused")
            report = reconciling.run(moment)
        except (NotConfigured, OSError) as problem:
            fail(str(problem), Exit.USAGE)
        except AccountProblem as problem:
            again = "; what was told is told: run it again" if problem.away else ""
            fail(f"Twilio: {problem}{again}", Exit.UNREACHABLE if problem.away else Exit.USAGE)
    strangers: Counter[str] = Counter()
    for each, count in report.strangers.items():
        strangers[number(each, full=False)] += count
    if as_json:
        counts = {name: getattr(report, name) for name in ("listed", "known", "matched", "stored")}
        say_json(counts | {"strangers": dict(strangers), "received": report.received})
    else:
        say_facts(
            (
                ("listed", f"{report.listed} that Twilio took since {moment:%Y-%m-%d %H:%M:%SZ}"),
                ("known", f"{report.known} that the ledger had"),
                ("matched", f"{report.matched} that waited in it, and are sent now"),
                ("stored", f"{report.stored} that stand for what would be sent again"),
                ("nobody's", f"{report.strangers.total()} to numbers that nobody has"),
                ("came in", report.received or "nothing was looked for yet"),
            )
        )
        typer.echo(f"when all is told: respite jobs resume {' '.join(SENDING)}")
    if strangers:
        listed = ", ".join(f"{count} to {each}" for each, count in strangers.items())
        note(f"nobody has these numbers yet: {listed}; run it again once the texts are back")
        raise typer.Exit(Exit.FAILED)


def _moment(text: str) -> datetime:
    """UTC where no zone is named, to the second."""
    try:
        moment = datetime.fromisoformat(text)
        moment = moment.replace(microsecond=0, tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        fail(f"{text}: must be a time such as 2026-11-25T21:40:00Z", Exit.USAGE)
    if moment > datetime.now(UTC):
        fail(f"{text}: lies in the future", Exit.USAGE)
    return moment


def _progress(listed: int, reached: datetime) -> None:
    note(f"{listed} texts, back to {reached:%Y-%m-%d %H:%M:%SZ}")

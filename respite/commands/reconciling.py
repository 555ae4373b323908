"""After a restore: what Twilio has is not sent again, and what Stripe has counts again."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Final

import typer

from respite.commands.ending import Exit, fail
from respite.commands.operator import calling
from respite.commands.showing import AsJson, note, number, say_facts, say_json
from respite.payments_report import Became, Report

if TYPE_CHECKING:
    from respite.sent_texts import Report as SentReport
    from respite.taken_texts import TakenTexts

Since = Annotated[
    str,
    typer.Option(
        help="When the backup was begun, or earlier: 2026-11-25T21:40:00Z; UTC without zone."
    ),
]
# In words what became of customers, but for the counts that are 0.
_WORDS: Final[Mapping[str, str]] = {
    "synced": "as Stripe has them, and whose they are is known",
    "linked": "whose person was found",
    "nobodys": "that pay and are nobody's yet",
    "not_linked": "that pay and whose person only Twilio knows",
    "erased": "of people who were erased",
    "gone": "that Stripe does not know",
    "refused": "that could not be brought up to date",
    "missing": "that billing does not know, or not whose they are",
}


def reconcile_sends(
    since: Since,
    as_json: AsJson = False,
) -> None:
    """After a restore, tell the ledger what Twilio took since the backup, so that it is not resent.

    Pauses what sends, with the reason RESTORED, but for the crisis path, and leaves it paused.
    docs/runbook.md has the whole way. Safe to repeat; the status is 1 while some texts went to
    numbers that nobody has, for example of people whose own texts are not back yet.
    """
    from respite.doctor.settings import settings_of
    from respite.sent_texts import SendReconciliation
    from respite.taken_texts import NotConfigured
    from services.jobs.carrier.account import AccountProblem

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
        _say_sends(report, moment)
    if strangers:
        listed = ", ".join(f"{count} to {each}" for each, count in strangers.items())
        note(f"nobody has these numbers yet: {listed}; run it again once the texts are back")
        raise typer.Exit(Exit.FAILED)


def _say_sends(report: SentReport, since: datetime) -> None:
    from services.jobs.types import SENDING

    say_facts(
        (
            ("listed", f"{report.listed} that Twilio took since {since:%Y-%m-%d %H:%M:%SZ}"),
            ("known", f"{report.known} that the ledger had"),
            ("matched", f"{report.matched} that waited in it, and are sent now"),
            ("stored", f"{report.stored} that stand for what would be sent again"),
            ("nobody's", f"{report.strangers.total()} to numbers that nobody has"),
            ("came in", report.received or "nothing was looked for yet"),
        )
    )
    typer.echo(f"when all is told: respite jobs resume {' '.join(SENDING)}")


def reconcile_payments(
    since: Since,
    until: Annotated[str, typer.Option(help="Before when: likewise. By default until now.")] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what changed; nothing is done.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """After a restore, bring back what people paid and canceled since the backup.

    Every customer that Stripe changed is fetched and linked to its person; then the queue gets the
    events, for journeys and for the one welcome. Stripe delivers an event for three days, so the
    three days before are looked at, too; where that is more than 30 days ago, for which events are
    kept, all subscriptions are gone through. docs/runbook.md has the whole way. Safe to repeat, and
    beside webhooks; the status is 1 while somebody pays of whom nobody knows who they are, or could
    not be brought up to date.
    """
    begin, end = _moment(since), _moment(until) if until else None
    report = _bring_back_payments(begin, end, dry=dry_run)
    _say_payments(report, begin, as_json=as_json, dry=dry_run)
    _say_what_is_left(report)
    if not report.is_whole:
        raise typer.Exit(Exit.FAILED)


def _bring_back_payments(begin: datetime, end: datetime | None, *, dry: bool) -> Report:
    from kit.clock import SystemClock
    from respite.payments import PaymentReconciliation
    from services.jobs.carrier.account import AccountProblem

    texts = _taken_texts()
    with calling() as services:
        reconciling = PaymentReconciliation(
            services, texts, SystemClock(), lambda listed: note(f"{listed} changes")
        )
        try:
            return reconciling.run(begin, end, dry=dry)
        except AccountProblem as problem:
            again = "; nothing was done yet: run it again" if problem.away else ""
            fail(f"Twilio: {problem}{again}", Exit.UNREACHABLE if problem.away else Exit.USAGE)


def _taken_texts() -> TakenTexts | None:
    """None where Twilio is not configured."""
    from respite.doctor.settings import settings_of
    from respite.taken_texts import NotConfigured, TakenTexts

    try:
        return TakenTexts(settings_of(os.environ))
    except NotConfigured as problem:
        note(f"{problem}: whom a checkout page was sent to cannot be looked up")
    except OSError as problem:
        fail(str(problem), Exit.USAGE)
    return None


def _say_what_is_left(report: Report) -> None:
    """By id alone, with what to do."""
    if not report.by_events:
        note("Stripe keeps events for 30 days: all subscriptions were gone through instead")
    for each, why in report.refused.items():
        note(f"{each}: {why}")
    for each in report.unasked:
        note(
            f"not linked: {each}: its page was for somebody whom the restore has forgotten, and"
            " only Twilio knows their number; set TWILIO_… and run it again"
        )
    if report.nobodys:
        note(f"nobody knows whose these are: {' '.join(report.nobodys)}; LinkCustomer says it")


def _say_payments(report: Report, since: datetime, *, as_json: bool, dry: bool) -> None:
    counts = {each.value: report.counts[each] for each in Became}
    if as_json:
        numbers = {name: getattr(report, name) for name in ("listed", "customers", "nameless")}
        queue = {"queued": report.queued, "known": report.known}
        lists = {
            "nobodys_ids": report.nobodys,
            "not_linked_ids": report.unasked,
            "refused_ids": report.refused,
        }
        say_json(numbers | counts | queue | lists)
        return
    what = "events" if report.by_events else "subscriptions and checkouts"
    say_facts(
        (
            ("listed", f"{report.listed} {what} since {since:%Y-%m-%d %H:%M:%SZ}"),
            ("customers", f"{report.customers} that they concern"),
            *((word, f"{counts[word]} {said}") for word, said in _WORDS.items() if counts[word]),
            ("nameless", f"{report.nameless} that name no customer" if report.nameless else ""),
            ("queue", "" if dry else f"{report.queued} new jobs, {report.known} known"),
        )
    )


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

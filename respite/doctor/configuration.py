"""What else has to be set before people rely on the line."""

from __future__ import annotations

from collections.abc import Iterator

from respite.doctor.finding import Finding, bad, ok, warn
from respite.doctor.settings import Settings
from respite.providers import SANDBOX_ACCOUNT_SID


def configuration(settings: Settings) -> Iterator[Finding]:
    """Who is alerted, what erasure needs, who answers."""
    sandboxed = settings["TWILIO_ACCOUNT_SID"] == SANDBOX_ACCOUNT_SID
    ways = [name for name in ("ALERT_WEBHOOK", "ALERT_PHONES") if settings[name]]
    if ways:
        yield ok("alerts", f"go by {' and '.join(ways)}")
    else:
        yield warn(
            "alerts",
            "reach nobody but the log and the metrics",
            "set ALERT_WEBHOOK, ALERT_PHONES or both for the worker",
        )
    if not settings["SUPPRESSION_KEY"]:
        yield bad(
            "SUPPRESSION_KEY",
            "is not set: who opted out cannot be erased",
            "set it once and for good, such as to what `openssl rand -hex 32` prints",
        )
    elif len(settings["SUPPRESSION_KEY"]) < 16:
        yield warn("SUPPRESSION_KEY", "is short", "a long random one cannot be guessed")
    else:
        yield ok("SUPPRESSION_KEY", "is set; keep a copy apart from the database")
    if settings["OPENAI_API_KEY"]:
        yield ok("assistant", "answers by OpenAI")
    elif sandboxed:
        yield ok("assistant", "answers from rules, as there is no OPENAI_API_KEY")
    else:
        yield warn("assistant", "answers from rules", "set OPENAI_API_KEY for the worker")

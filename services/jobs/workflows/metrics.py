"""What is measured of the work itself, besides what is measured of every job."""

from __future__ import annotations

from typing import Final

from prometheus_client import Counter, Histogram

from kit.labels import FewValues

CRISIS_REPLY_SECONDS: Final = Histogram(
    "respite_crisis_reply_seconds",
    "Time from the moment a crisis text was stored to that at which the provider took the reply.",
    buckets=(0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 3600),
)
SEGMENTS: Final = Counter(
    "respite_text_segments",
    "Segments of the texts that the provider accepted, by which it charges; those of a crisis reply"
    " that went out without the ledger are not known.",
)
DELIVERIES: Final = Counter(
    "respite_text_deliveries",
    "What the provider said became of a text: its status and its error code, none where all went"
    " well. It may say the same more than once.",
    ["status", "code"],
)
ALERTS: Final = Counter(
    "respite_alerts_raised", "What the people behind the line were to be told.", ["reason"]
)
ALERTS_FAILED: Final = Counter(
    "respite_alerts_failed", "Attempts that did not reach them by this way.", ["way"]
)
for _way in ("webhook", "phone"):
    ALERTS_FAILED.labels(_way)  # there as 0: an alert goes by the first failure, too
few_statuses: Final = FewValues(20)
few_codes: Final = FewValues()

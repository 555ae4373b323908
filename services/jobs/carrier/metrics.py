"""What is measured of the texts that are handed to the provider."""

from __future__ import annotations

from typing import Final

from prometheus_client import Counter, Histogram

from kit.labels import FewValues

OUTCOMES: Final = ("accepted", "refused", "account_refused", "not_sent", "unknown")

_SENT = Counter(
    "respite_texts_sent",
    f"Texts handed to the provider, by what it said: {', '.join(OUTCOMES)}.",
    ["outcome"],
)
SENT: Final = {outcome: _SENT.labels(outcome) for outcome in OUTCOMES}
FAILED: Final = Counter(
    "respite_texts_failed",
    "Texts that the provider did not accept: its code, or the class of what went wrong.",
    ["outcome", "code"],
)
SEND_SECONDS: Final = Histogram(
    "respite_text_send_seconds",
    "Time from handing a text to the provider to its answer, whatever that was.",
    buckets=(0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15),
)
few_codes: Final = FewValues()

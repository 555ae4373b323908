"""What is measured of the work itself, besides what is measured of every job."""

from __future__ import annotations

from typing import Final

from prometheus_client import Counter, Histogram

from kit.labels import FewValues
from protos.jobs.v1.payloads_pb2 import InboundCrisisSource

CRISIS_REPLY_SECONDS: Final = Histogram(
    "respite_crisis_reply_seconds",
    "Time from the moment a crisis text was stored to that at which the provider took the reply, by"
    " what took it for one: the rules, or the assistant, whose model has to answer first.",
    ["source"],
    buckets=(0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 3600),
)
CRISIS_TEXTS: Final = Counter(
    "respite_crisis_texts",
    "Crisis texts that were recorded, by what took them for one: the rules, or the assistant.",
    ["source"],
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


def source_word(source: InboundCrisisSource.ValueType) -> str:
    """What took a text for a crisis, as the label has it."""
    is_assistant = source == InboundCrisisSource.INBOUND_CRISIS_SOURCE_ASSISTANT
    return "assistant" if is_assistant else "rules"


for _each in InboundCrisisSource.values():
    # From the first scrape on, or the first crisis of a worker would be no increase.
    CRISIS_REPLY_SECONDS.labels(source_word(_each))
    CRISIS_TEXTS.labels(source_word(_each))

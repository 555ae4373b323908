"""Why a text was taken for a crisis or not, in lines that a clinician can read."""

from __future__ import annotations

from collections.abc import Iterator

from protos.jobs.v1.payloads_pb2 import InboundCrisisKind
from services.jobs.safety.crisis import LONG, MOST_PAIRS, NOT_MEANT, RULE, THRESHOLD, Reading

_FOR, _AGAINST = 8, 4
"""Weights that are shown: the heaviest."""


def explanation(reading: Reading) -> Iterator[str]:
    """The rules that matched, what the score is made of, and the heaviest weights."""
    if reading.certain:
        yield f"certain: {reading.certain.phrase}"
    for hit in reading.rules:
        kind = InboundCrisisKind.Name(hit.kind).removeprefix("INBOUND_CRISIS_KIND_").lower()
        yield f"rule of {kind}, +{RULE} for all: {hit.phrase}"
    for hit in reading.not_meant:
        yield f"not meant, -{NOT_MEANT} for all: {hit.phrase}"
    scores = reading.scores
    if scores.pairs:
        less = LONG * min(scores.pairs, MOST_PAIRS)
        yield f"{scores.pairs} pairs of sentences, -{less:.1f} for all"
    likeliest = max(scores.of_kind, key=scores.of_kind.__getitem__)
    yield (
        f"score {reading.score:.2f}, a crisis above {THRESHOLD}: weights {scores.any:+.2f} for any"
        f" kind, {scores.of_kind[likeliest]:+.2f} for {likeliest}"
    )
    ordered = sorted(scores.adds.items(), key=lambda each: -each[1])
    heaviest = [*ordered[:_FOR], *ordered[_FOR:][-_AGAINST:]]
    yield "weights for any kind: " + ", ".join(f"{each:+.2f} {name}" for name, each in heaviest)

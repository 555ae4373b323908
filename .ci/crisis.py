"""How well crisis detection does on the labelled corpora, and whether that is still good enough.

Recall: of the texts of a kind, those that are recognised as a crisis of any kind; beside it, those
recognised as this kind. False positives: of the texts that are none, those taken for one. Each with
its number and the 95 % interval of Wilson's score.
"""

from __future__ import annotations

import json
import sys
from functools import cache
from math import sqrt
from pathlib import Path

from protos.jobs.v1.payloads_pb2 import InboundCrisisKind
from services.jobs.safety.crisis import detect
from tests.jobs.safety.corpus import AUTHORS, CLEAN, CRISES, OTHERS, Labelled, corpus

DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "crisis.md"

Z = 1.959964
"""Of the normal distribution, for 95 %."""


@cache
def kind_of(text: str) -> str:
    """As the corpus calls it; none where it is no crisis."""
    found = detect(text)
    if found is None:
        return "none"
    return InboundCrisisKind.Name(found.kind).removeprefix("INBOUND_CRISIS_KIND_").lower()


def wilson(hits: int, n: int) -> tuple[float, float]:
    """The interval in which the true rate lies in 95 of 100 samples (Wilson 1927)."""
    rate = hits / n
    middle = (rate + Z * Z / (2 * n)) / (1 + Z * Z / n)
    half = Z * sqrt(rate * (1 - rate) / n + Z * Z / (4 * n * n)) / (1 + Z * Z / n)
    return max(0.0, middle - half), min(1.0, middle + half)


def rate(hits: int, n: int) -> str:
    low, high = wilson(hits, n)
    return f"{hits:3}/{n:<3} {hits / n:6.1%}  [{low:6.1%}, {high:6.1%}]"


def measured(texts: list[Labelled], label: str) -> tuple[int, int, int]:
    """Texts of a label, those taken for any crisis, those taken for this kind."""
    kinds = [kind_of(each.text) for each in texts if each.label == label]
    return len(kinds), sum(kind != "none" for kind in kinds), kinds.count(label)


def shortfalls(author: str) -> list[str]:
    """What is worse than the limits of an author's texts. Prints the figures."""
    folder = AUTHORS[author]
    texts = list(corpus(folder=folder))
    limits = json.loads((folder / "limits.json").read_text(encoding="utf-8"))
    problems = []
    halves = {
        "development": [each for each in texts if not each.is_held_out],
        "held_out": [each for each in texts if each.is_held_out],
        "all": texts,
    }
    print(f"   -- {author}: {'never learnt from' if author in CLEAN else 'learnt from'}")
    for half, limit in limits.items():
        print(f"   {half.replace('_', ' '):17} recognised [95 % interval]      as this kind")
        for label in CRISES:
            n, hits, same = measured(halves[half], label)
            print(f"   {label:17} {rate(hits, n)}   {same / n:6.1%}")
            if hits / n < limit[label]:
                problems.append(f"{author}, {half}: recall of {label} is below {limit[label]:.1%}")
        for label in OTHERS:
            n, hits, _ = measured(halves[half], label)
            print(f"   {label:17} {rate(hits, n)}   false positives")
            if hits / n > limit[label]:
                problems.append(
                    f"{author}, {half}: {label} taken for crises: above {limit[label]:.1%}"
                )
    return problems


def stated(author: str, label: str) -> str:
    """What docs/crisis.md says of an author's texts today."""
    _, _, table = DOCUMENT.read_text(encoding="utf-8").partition("`make check` guards\n")
    rows = [line.strip("| ").split(" | ") for line in table.splitlines() if line.startswith("| ")]
    row = next(row for row in rows if row[0] == author)
    return row[rows[0].index(f"`{label}`")]


def misstated(author: str) -> list[str]:
    """Where docs/crisis.md says something else of an author's texts than is so."""
    problems = []
    texts = list(corpus(folder=AUTHORS[author]))
    for label in (*CRISES, *OTHERS):
        n, hits, _ = measured(texts, label)
        if stated(author, label) != f"{hits}/{n}":
            problems.append(f"docs/crisis.md, {author}, {label}: it is {hits}/{n}")
    return problems


def main() -> None:
    problems = [
        problem for author in AUTHORS for problem in (*shortfalls(author), *misstated(author))
    ]
    for problem in problems:
        print(problem, file=sys.stderr)
    sys.exit(bool(problems))


if __name__ == "__main__":
    main()

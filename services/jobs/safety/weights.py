"""Weights learnt from labelled texts: how much what stands in a text speaks for a crisis.

The table (weights.tsv, made by `make crisis-weights`) has a line a feature (features.py): how rare
it is, then its weight for a crisis of any kind and for each kind. The score of a passage is

    start + sum(rarity * weight) / sqrt(SHORT + sum(rarity²))

over the features of the passage that the table holds. A text is read as a whole, and two sentences
at a time, so that a long story does not hide a sentence: the passage that scores most for a crisis
of any kind stands for the text.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt
from pathlib import Path

from services.jobs.safety.features import features

TABLE = Path(__file__).with_name("weights.tsv")
KINDS = (
    "suicide",
    "passive_ideation",
    "third_person",
    "harm_to_other",
    "abuse",
    "medical_emergency",
)
COLUMNS = ("feature", "rarity", "any", *KINDS)
START = "(start)"
"""The line that holds what each score starts from."""

TENTHS = 10
"""The table holds whole numbers."""

SHORT = 1500.0
"""So that two words do not weigh as much as a story, of which every word was meant."""

PART = 0.3
"""What two sentences score less than the whole: they know less. By cross-validation."""


class BadTable(ValueError):
    """The table of weights is not one that this code reads: make crisis-weights."""


@dataclass(frozen=True, slots=True)
class Scores:
    """Of the passage that stands for a text: log-odds, above nought for a crisis.

    of_kind: for each of KINDS. reasons: its features with what each adds to any, the most first.
    """

    any: float
    of_kind: dict[str, float]
    reasons: list[tuple[str, float]]


Row = tuple[int, ...]
"""Rarity, then the weights: any, and KINDS in their order."""


class Weights:
    """A table of weights. A line is taken apart when a text needs it: loading takes milliseconds.

    Raises BadTable.
    """

    def __init__(self, path: Path = TABLE) -> None:
        lines = path.read_text(encoding="utf-8").splitlines()
        rows = [line for line in lines if not line.startswith("# ")]
        if not rows or tuple(rows[0].split("\t")) != COLUMNS:
            raise BadTable(f"{path}: expected the columns {' '.join(COLUMNS)}")
        self._lines = dict(row.split("\t", 1) for row in rows[1:])
        if START not in self._lines:
            raise BadTable(f"{path}: no line {START}")
        self._start = [each / TENTHS for each in self.row(START)[1:]]

    def features(self) -> set[str]:
        """All that the table weighs."""
        return self._lines.keys() - {START}

    def scores(self, plain: str) -> Scores:
        """Of a normalised text."""
        words = plain.split()
        passages = _passages(words)
        held: list[dict[str, Row]] = [{} for _ in passages]
        begins = [begin for begin, _ in passages[1:]]
        rows: dict[str, Row] = {}
        for feature, begin, end in features(words):
            if feature not in self._lines:
                continue
            row = rows.get(feature) or rows.setdefault(feature, self.row(feature))
            held[0][feature] = row
            last = bisect_right(begins, begin)
            for at in range(max(1, last - 2), last + 1):
                if end <= passages[at][1]:
                    held[at][feature] = row
        scored = [self._any(mine) - (PART if at else 0) for at, mine in enumerate(held)]
        best = max(range(len(held)), key=scored.__getitem__)
        return self._scores(scored[best], held[best])

    def row(self, feature: str) -> Row:
        """The numbers of a feature: rarity, then the weights for any kind and for each of KINDS.

        Raises KeyError, BadTable.
        """
        row = tuple(map(int, self._lines[feature].split("\t")))
        if len(row) != len(COLUMNS) - 1:
            raise BadTable(f"the line of {feature}")
        return row

    def _any(self, held: dict[str, Row]) -> float:
        total = sum(row[0] * row[1] for row in held.values())
        return self._start[0] + total / length_of(row[0] for row in held.values()) / TENTHS

    def _scores(self, score: float, held: dict[str, Row]) -> Scores:
        length = length_of(row[0] for row in held.values()) * TENTHS
        of_kind = {
            kind: start + sum(row[0] * row[at] for row in held.values()) / length
            for at, (kind, start) in enumerate(zip(KINDS, self._start[1:], strict=True), start=2)
        }
        reasons = [(feature, row[0] * row[1] / length) for feature, row in held.items()]
        return Scores(score, of_kind, sorted(reasons, key=lambda each: -each[1]))


def length_of(rarities: Iterable[int]) -> float:
    """What the weights of a passage are divided by, from the rarity of its features in tenths."""
    return sqrt(SHORT * TENTHS**2 + sum(rarity * rarity for rarity in rarities))


def _passages(words: list[str]) -> list[tuple[int, int]]:
    """The whole, then each two sentences that follow each other where there are more than two:
    the numbers of the first word, and of the one after the last."""
    marks = [at for at, word in enumerate(words) if word == "|"]
    pairs = zip(marks, marks[2:], strict=False)
    return [(0, len(words)), *((begin, end + 1) for begin, end in pairs if len(marks) > 3)]

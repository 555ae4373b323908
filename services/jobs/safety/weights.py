"""Weights learnt from labelled texts: how much what stands in a text speaks for a crisis.

The table (weights.tsv, made by `make crisis-weights`) has a line a feature (features.py): how rare
it is, then its weight for a crisis of any kind and for each kind. The score of a passage is

    start + sum(rarity * weight) / sqrt(SHORT + sum(rarity²))

over the features of the passage that the table holds. A text is read as a whole, and two sentences
at a time, so that a long story does not hide a sentence: the passage that scores most for a crisis
of any kind stands for the text.
"""

from __future__ import annotations

import json
from array import array
from bisect import bisect_right
from dataclasses import dataclass
from math import sqrt
from operator import mul
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

    of_kind: for each of KINDS. adds: what each feature of the passage adds to any.
    """

    any: float
    of_kind: dict[str, float]
    adds: dict[str, float]


class Weights:
    """A table of weights, kept as a column of numbers each. Raises BadTable."""

    def __init__(self, path: Path = TABLE) -> None:
        lines = path.read_text(encoding="utf-8").splitlines()
        rows = [line.partition("\t") for line in lines if not line.startswith("# ")]
        if not rows or "".join(rows[0]) != "\t".join(COLUMNS):
            raise BadTable(f"{path}: expected the columns {' '.join(COLUMNS)}")
        self._row_of = {feature: row for row, (feature, _, _) in enumerate(rows[1:])}
        # JSON's reader takes a tenth of the time that int takes for each.
        listed = ",".join(rest for _, _, rest in rows[1:]).replace("\t", ",")
        numbers = array("h", json.loads(f"[{listed}]"))
        width = len(COLUMNS) - 1
        if START not in self._row_of or len(numbers) != width * len(self._row_of):
            raise BadTable(f"{path}: no line {START}, a line twice, or one of another length")
        self._rarity, *self._weights = [numbers[column::width] for column in range(width)]

    def features(self) -> set[str]:
        """All that the table weighs."""
        return self._row_of.keys() - {START}

    def scores(self, plain: str) -> Scores:
        """Of a normalised text."""
        words = plain.split()
        pairs = _pairs(words)
        begins = [begin for begin, _ in pairs]
        whole: dict[str, int] = {}
        parts: list[dict[str, int]] = [{} for _ in pairs]
        for feature, begin, end in features(words):
            row = self._row_of.get(feature)
            if row is None:
                continue
            whole[feature] = row
            last = bisect_right(begins, begin)
            for at in range(max(0, last - 3), last):
                if end <= pairs[at][1]:
                    parts[at][feature] = row
        best, passage = self._any(whole), whole
        for part in parts:
            score = self._any(part) - PART
            if score > best:
                best, passage = score, part
        return self._scores(best, passage)

    def _any(self, passage: dict[str, int]) -> float:
        return self._sums(passage, self._weights[:1])[0]

    def _sums(self, passage: dict[str, int], columns: list[array[int]]) -> list[float]:
        """What a passage scores by each column of weights."""
        rows = passage.values()
        rarities = [self._rarity[row] for row in rows]
        length = TENTHS * length_of(sum(map(mul, rarities, rarities)))
        start = self._row_of[START]
        return [
            column[start] / TENTHS + sum(map(mul, rarities, map(column.__getitem__, rows))) / length
            for column in columns
        ]

    def _scores(self, score: float, passage: dict[str, int]) -> Scores:
        of_kind = dict(zip(KINDS, self._sums(passage, self._weights[1:]), strict=True))
        length = TENTHS * length_of(sum(self._rarity[row] ** 2 for row in passage.values()))
        adds = {
            feature: self._rarity[row] * self._weights[0][row] / length
            for feature, row in passage.items()
        }
        return Scores(score, of_kind, adds)


def length_of(squares: int) -> float:
    """What the weights of a passage are divided by, from the squares of its rarities in tenths."""
    return sqrt(SHORT * TENTHS**2 + squares)


def _pairs(words: list[str]) -> list[tuple[int, int]]:
    """Each two sentences that follow each other, where there are more than two: the numbers of the
    first word, and of the one after the last."""
    marks = [at for at, word in enumerate(words) if word == "|"]
    if len(marks) <= 3:
        return []
    return [(begin, end + 1) for begin, end in zip(marks, marks[2:], strict=False)]

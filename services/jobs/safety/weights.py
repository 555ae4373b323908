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
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import sqrt
from operator import itemgetter, mul
from pathlib import Path

from services.jobs.safety.features import letters, phrases

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

    of_kind: for each of KINDS. shares: of each feature of the passage in any, before it is divided
    by `length`.
    """

    any: float
    of_kind: dict[str, float]
    shares: dict[str, int]
    length: float

    @property
    def adds(self) -> dict[str, float]:
        """What each feature of the passage adds to any."""
        return {feature: share / self.length for feature, share in self.shares.items()}


Passage = dict[str, int]
"""The features of a passage that the table holds, each with its row."""


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
        start = self._row_of[START]
        rarity, *weights = [numbers[column::width] for column in range(width)]
        self._starts = [column[start] / TENTHS for column in weights]
        rarity[start] = 0  # the start is added as it is
        self._squares = array("l", map(mul, rarity, rarity))
        # By how rare a feature is, in tenths of tenths: for any kind, then for each.
        self._any, *self._of_kind = [array("l", map(mul, rarity, column)) for column in weights]
        # Texts share most of their words.
        self._letters = lru_cache(maxsize=4096)(self._letters_of)

    def features(self) -> set[str]:
        """All that the table weighs."""
        return self._row_of.keys() - {START}

    def scores(self, plain: str) -> Scores:
        """Of a normalised text."""
        whole, pairs = self._passages(plain.split())
        passage, (score, length) = whole, self._score(whole)
        for pair in pairs:
            of_pair, length_of_pair = self._score(pair)
            if of_pair - PART > score:
                passage, score, length = pair, of_pair - PART, length_of_pair
        rows = self._rows(passage)
        of_kind = {
            kind: start + sum(rows(column)) / length
            for kind, start, column in zip(KINDS, self._starts[1:], self._of_kind, strict=True)
        }
        return Scores(score, of_kind, dict(zip(passage, rows(self._any), strict=False)), length)

    def _passages(self, words: list[str]) -> tuple[Passage, list[Passage]]:
        """The whole, and each two sentences that follow each other, where there are more."""
        whole: Passage = {}
        spans: list[tuple[Passage, int, int]] = []
        pairs = _pairs(words)
        for at, word in enumerate(words):
            rows = self._letters(word)
            whole.update(rows)
            if pairs:
                spans.append((rows, at, at + 1))
        for feature, begin, end in phrases(words):
            row = self._row_of.get(feature)
            if row is not None:
                whole[feature] = row
                if pairs:
                    spans.append(({feature: row}, begin, end))
        return whole, _parted(spans, pairs)

    def _letters_of(self, word: str) -> Passage:
        return {
            feature: self._row_of[feature] for feature in letters(word) if feature in self._row_of
        }

    def _score(self, passage: Passage) -> tuple[float, float]:
        """For a crisis of any kind; and what the weights of the passage are divided by."""
        rows = self._rows(passage)
        length = TENTHS * length_of(sum(rows(self._squares)))
        return self._starts[0] + sum(rows(self._any)) / length, length

    def _rows(self, passage: Passage) -> Callable[[array[int]], tuple[int, ...]]:
        """What picks the rows of a passage out of a column, and twice that of START, which holds
        nought: of fewer than two, itemgetter makes no tuple."""
        start = self._row_of[START]
        return itemgetter(*passage.values(), start, start)


def length_of(squares: int) -> float:
    """What the weights of a passage are divided by, from the squares of its rarities in tenths."""
    return sqrt(SHORT * TENTHS**2 + squares)


def _parted(
    spans: Iterable[tuple[Passage, int, int]], pairs: Sequence[tuple[int, int]]
) -> list[Passage]:
    """What stands in each pair of sentences. spans: features, with the numbers of the word at which
    they begin and of the one before which they end."""
    begins = [begin for begin, _ in pairs]
    parted: list[Passage] = [{} for _ in pairs]
    for rows, begin, end in spans:
        last = bisect_right(begins, begin)
        for at in range(max(0, last - 3), last):
            if end <= pairs[at][1]:
                parted[at].update(rows)
    return parted


def _pairs(words: list[str]) -> list[tuple[int, int]]:
    """Each two sentences that follow each other, where there are more than two: the numbers of the
    first word, and of the one after the last."""
    marks = [at for at, word in enumerate(words) if word == "|"]
    if len(marks) <= 3:
        return []
    return [(begin, end + 1) for begin, end in zip(marks, marks[2:], strict=False)]

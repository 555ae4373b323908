"""Weights learnt from labelled texts: how much what stands in a text speaks for a crisis.

The table (weights.bin, made by `make crisis-weights`) has a row a feature (features.py): how rare
it is, and what it adds to the score of a crisis of any kind and of each. The score of a passage is

    start + sum(rarity * weight) / sqrt(SHORT + sum(rarity²))

over the features of the passage that the table holds. A text is read as a whole, and two sentences
at a time, so that a long story does not hide a sentence: the passage that scores most for a crisis
of any kind stands for the text.

There are four hundred thousand rows, since what was seen in but two texts tells much together. So
the table holds a feature by its number instead of its letters, and is read without being parsed.
"""

from __future__ import annotations

import json
import sys
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from itertools import pairwise
from math import sqrt
from operator import itemgetter, lt, mul
from pathlib import Path

from services.jobs.safety.features import letters, phrases

TABLE = Path(__file__).with_name("weights.bin")
KINDS = (
    "suicide",
    "passive_ideation",
    "third_person",
    "harm_to_other",
    "abuse",
    "medical_emergency",
)
COLUMNS = ("rarity", "any", *KINDS)
"""Of the table: a feature's rarity, and that times its weight for any kind and for each."""

TENTHS = 10
"""The table holds whole numbers."""

SHORT = 1500.0
"""So that two words do not weigh as much as a story, of which every word was meant."""

PART = 0.3
"""What two sentences score less than the whole: they know less. By cross-validation."""


class BadTable(ValueError):
    """The table of weights is not one that this code reads: make crisis-weights."""


def number_of(feature: str) -> int:
    """Of 64 bits: among a million features the odds of two with one number are 1 in 30 million."""
    return int.from_bytes(blake2b(feature.encode(), digest_size=8).digest(), "little")


def write_table(
    path: Path,
    rows: Mapping[str, Sequence[int]],
    starts: Sequence[float],
    learnt_from: Mapping[str, int],
) -> None:
    """rows: of each feature a number for each of COLUMNS, in tenths. starts: what each score starts
    from, of any kind and of each. learnt_from: texts of each author. Raises OverflowError if a
    number does not fit in 16 bits, BadTable if two features have one number."""
    ordered = sorted((number_of(feature), row) for feature, row in rows.items())
    numbers = array("Q", [number for number, _ in ordered])
    if not all(lt(*pair) for pair in pairwise(numbers)):
        raise BadTable("two features have one number")
    told = {
        "columns": COLUMNS,
        "rows": len(ordered),
        "starts": [round(start, 3) for start in starts],
        "learnt from": dict(learnt_from),
    }
    body = [array("h", [row[at] for _, row in ordered]) for at in range(len(COLUMNS))]
    head = json.dumps(told).encode() + b"\n"
    path.write_bytes(head + b"".join(column.tobytes() for column in (numbers, *body)))


@dataclass(frozen=True, slots=True)
class Scores:
    """Of the passage that stands for a text: log-odds, above nought for a crisis.

    of_kind: for each of KINDS. shares: of each feature of the passage in any, before it is divided
    by `length`. pairs: of sentences that were tried beside the whole.
    """

    any: float
    of_kind: dict[str, float]
    shares: dict[str, int]
    length: float
    pairs: int

    @property
    def adds(self) -> dict[str, float]:
        """What each feature of the passage adds to any."""
        return {feature: share / self.length for feature, share in self.shares.items()}


Passage = dict[str, int]
"""The features of a passage that the table holds, each with its row."""


class Weights:
    """A table of weights, kept as a column of numbers each. Raises BadTable.

    learnt_from: texts of each author.
    """

    def __init__(self, path: Path = TABLE) -> None:
        head, _, body = path.read_bytes().partition(b"\n")
        try:
            told = json.loads(head)
        except ValueError:
            told = None
        if not isinstance(told, dict):
            raise BadTable(f"{path}: no line of JSON comes first")
        rows = told.get("rows", 0)
        width = 8 + 2 * len(COLUMNS)
        is_whole = told.get("columns") == list(COLUMNS) and len(body) == rows * width
        if not is_whole or len(told["starts"]) != len(COLUMNS) - 1 or sys.byteorder != "little":
            raise BadTable(f"{path}: expected {', '.join(COLUMNS)} of each feature, little-endian")
        self.learnt_from: dict[str, int] = told["learnt from"]
        self._starts: list[float] = told["starts"]
        self._numbers = array("Q", body[: 8 * rows])
        # One row more, which holds nought.
        self._rarity, self._any, *self._of_kind = [
            array("h", body[2 * rows * (4 + at) : 2 * rows * (5 + at)] + bytes(2))
            for at in range(len(COLUMNS))
        ]
        # Texts share most of their words, and much of what they say.
        self._letters = lru_cache(maxsize=4096)(self._letters_of)
        self._phrase = lru_cache(maxsize=8192)(self._row)

    def __len__(self) -> int:
        """Features of the table."""
        return len(self._numbers)

    def __contains__(self, feature: str) -> bool:
        return self._row(feature) is not None

    def _row(self, feature: str) -> int | None:
        number = number_of(feature)
        at = bisect_left(self._numbers, number)
        return at if at < len(self._numbers) and self._numbers[at] == number else None

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
        shares = dict(zip(passage, rows(self._any), strict=False))
        return Scores(score, of_kind, shares, length, len(pairs))

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
            row = self._phrase(feature)
            if row is not None:
                whole[feature] = row
                if pairs:
                    spans.append(({feature: row}, begin, end))
        return whole, _parted(spans, pairs)

    def _letters_of(self, word: str) -> Passage:
        found = ((feature, self._row(feature)) for feature in letters(word))
        return {feature: row for feature, row in found if row is not None}

    def _score(self, passage: Passage) -> tuple[float, float]:
        """For a crisis of any kind; and what the weights of the passage are divided by."""
        rows = self._rows(passage)
        rarities = rows(self._rarity)
        length = length_of(sum(map(mul, rarities, rarities)))
        return self._starts[0] + sum(rows(self._any)) / length, length

    def _rows(self, passage: Passage) -> Callable[[array[int]], tuple[int, ...]]:
        """What picks the rows of a passage out of a column, and twice the one that holds nought: of
        fewer than two, itemgetter makes no tuple."""
        nought = len(self)
        return itemgetter(*passage.values(), nought, nought)


def length_of(squares: int) -> float:
    """What the numbers of a passage are divided by, in tenths as they are; from the squares of its
    rarities in tenths."""
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

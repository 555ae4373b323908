"""Learns the weights of crisis detection from the labelled corpora, and writes their table.

Logistic regression, one for a crisis of any kind and one for each kind, on what there is in a text
(services/jobs/safety/features.py): each feature as heavy as it is rare, each text as heavy as any
other. Nothing is random: the same corpora and the same scikit-learn make the same table, but for
the last digit on another processor.

With --validate nothing is written: each fifth of the authors in turn is left out, and read with
what the others taught. With --list nothing is written either: what would be is printed for people
to read. Needs scikit-learn, in an environment of its own: `make crisis-weights` (docs/crisis.md).
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from math import log
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from protos.jobs.v1.payloads_pb2 import InboundCrisisKind
from services.jobs.safety.crisis import THRESHOLD, Reading, read
from services.jobs.safety.features import features
from services.jobs.safety.normalise import normalise
from services.jobs.safety.weights import (
    COLUMNS,
    KINDS,
    TABLE,
    TENTHS,
    Weights,
    length_of,
    write_table,
)
from tests.jobs.safety.corpus import AUTHORS, CLEAN, CRISES, OTHERS, Labelled, corpus

LEAST = 2
"""Texts that a feature must be in."""

STRENGTH = 60.0
"""Of the fit to the texts (C): by cross-validation."""

TELLING = 0.75
UNSEEN = 0.5
"""The fit finds it the easier to weigh a feature the more its share of the crises differs from its
share of the other texts: by the absolute logarithm of their quotient to the power of TELLING (naive
Bayes as what a regression begins with: Wang and Manning, 2012), UNSEEN texts more counted on both
sides. By cross-validation."""

FAINT = 0.3
"""Of the features, those that are left out since they add least, to any kind and to the one that
they speak most for. The same crises are found without them where as few others are taken for one.
"""

LEARNT_ONLY = frozenset(["own", "fresh", "vic"])
"""Authors whose texts say nothing on how well strangers are read: rules were made from those of the
first two, and vic's are pairs that share most of their words, of which one is a crisis."""

PARTS = 5
"""In which the authors are left out."""

TRAINER = "finn"
"""Who trained the weights, and had seen what was taken wrongly of the others' texts: left out
of the validation altogether."""

Texts = dict[str, list[Labelled]]
Held = dict[str, frozenset[str]]


def learnt_from() -> Texts:
    """The texts of each author that weights may be learnt from."""
    return {
        author: list(corpus(folder=folder))
        for author, folder in AUTHORS.items()
        if author not in CLEAN
    }


def held_by(text: str) -> frozenset[str]:
    return frozenset(feature for feature, _, _ in features(normalise(text).split()))


def write(path: Path, texts: Texts, held: Held) -> None:
    """The table of what these texts teach."""
    rows, starts = learn([each for mine in texts.values() for each in mine], held)
    write_table(path, rows, starts, {author: len(mine) for author, mine in texts.items()})


def learn(texts: list[Labelled], held: Held) -> tuple[dict[str, list[int]], list[float]]:
    """The rows of a table, and what each score starts from."""
    counted = Counter(feature for each in texts for feature in held[each.text])
    names = sorted(feature for feature, count in counted.items() if count >= LEAST)
    rarity = {name: round(TENTHS * (1 + log(len(texts) / counted[name]))) for name in names}
    weights, starts = fit(texts, held, names, rarity)
    rarities = np.array([rarity[name] for name in names])
    numbers = np.rint(np.vstack([rarities, weights * rarities])).astype(int)
    adds = np.abs(numbers[1]) + np.abs(numbers[2:]).max(axis=0)
    kept = np.flatnonzero(adds > np.quantile(adds, FAINT))
    rows = {names[at]: numbers[:, at].tolist() for at in kept.tolist()}
    return rows, starts.tolist()


def show(rows: dict[str, list[int]]) -> None:
    """Prints a table for people, what adds most to a crisis of any kind first."""
    print("feature", *COLUMNS, sep="\t")
    for name, numbers in sorted(rows.items(), key=lambda row: -row[1][1]):
        print(name, *(number / TENTHS for number in numbers), sep="\t")


def fit(
    texts: list[Labelled], held: Held, names: list[str], rarity: dict[str, int]
) -> tuple[np.ndarray, np.ndarray]:
    """A row of weights for any kind and for each of KINDS, a column a feature; and the starts."""
    at = {name: number for number, name in enumerate(names)}
    columns = [sorted(at[name] for name in held[each.text] if name in at) for each in texts]
    rarities = [[rarity[names[column]] for column in row] for row in columns]
    matrix = sparse.csr_matrix(
        (
            np.concatenate(
                [np.array(row) / length_of(sum(each * each for each in row)) for row in rarities]
            ),
            np.concatenate(columns).astype(int),
            np.cumsum([0, *map(len, columns)]),
        ),
        shape=(len(texts), len(names)),
    )
    weights, starts = [], []
    for kind in ("any", *KINDS):
        is_one = np.array(
            [each.is_crisis if kind == "any" else each.label == kind for each in texts]
        )
        ease = telling(matrix, is_one)
        model = LogisticRegression(C=STRENGTH, solver="liblinear", class_weight="balanced")
        model.fit((matrix @ sparse.diags(ease)).tocsr(), is_one)
        weights.append(model.coef_[0] * ease)
        starts.append(model.intercept_[0])
    return np.array(weights), np.array(starts)


def telling(matrix: sparse.csr_matrix, is_one: np.ndarray) -> np.ndarray:
    """For each feature how much it tells by itself."""
    there = matrix.astype(bool).astype(int)
    ones, others = there[is_one].sum(axis=0) + UNSEEN, there[~is_one].sum(axis=0) + UNSEEN
    quotient = (ones / ones.sum()) / (others / others.sum())
    return np.abs(np.log(np.asarray(quotient).ravel())) ** TELLING


def validate(texts: Texts, held: Held) -> None:
    """Prints how the authors who saw no rules are read with the weights that others taught."""
    readings: list[tuple[Labelled, Reading]] = []
    texts = {author: mine for author, mine in texts.items() if author != TRAINER}
    strangers = sorted(texts.keys() - LEARNT_ONLY)
    for part in range(PARTS):
        left_out = strangers[part::PARTS]
        with TemporaryDirectory() as folder:
            path = Path(folder) / TABLE.name
            write(path, {other: texts[other] for other in texts if other not in left_out}, held)
            weights = Weights(path)
        for author in left_out:
            mine = [(each, read(each.text, weights)) for each in texts[author]]
            print(f"{author:8}", *shares(mine, THRESHOLD), flush=True)
            readings += mine
    print("all     ", *shares(readings, THRESHOLD))
    print("kind    ", *(f"{label} {share:.1%}" for label, share in kinds_right(readings)))
    scores = sorted(r.score for each, r in readings if each.label == "hard_negatives")
    for taken in (0.02, 0.03, 0.04, 0.05, 0.06, 0.08, 0.10, 0.15):
        threshold = scores[int(len(scores) * (1 - taken))]
        print(f"{threshold:5.2f}   ", *shares(readings, threshold))


def shares(readings: list[tuple[Labelled, Reading]], threshold: float) -> list[str]:
    """Of each label, those taken for a crisis."""
    found = []
    for label in (*CRISES, *OTHERS):
        mine = [reading for each, reading in readings if each.label == label]
        taken = sum(bool(each.certain) or each.score > threshold for each in mine)
        found.append(f"{label[:9]} {taken}/{len(mine)}={taken / len(mine):.1%}")
    return found


def kinds_right(readings: list[tuple[Labelled, Reading]]) -> list[tuple[str, float]]:
    """Of the crises of a label that were recognised, those recognised as it."""
    found = []
    for label in KINDS:
        mine = [r.crisis.kind for each, r in readings if each.label == label and r.crisis]
        kind = InboundCrisisKind.Value(f"INBOUND_CRISIS_KIND_{label.upper()}")
        found.append((label, mine.count(kind) / len(mine)))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--validate", action="store_true")
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args()
    texts = learnt_from()
    held = {each.text: held_by(each.text) for mine in texts.values() for each in mine}
    if options.validate:
        validate(texts, held)
    elif options.list:
        show(learn([each for mine in texts.values() for each in mine], held)[0])
    else:
        write(TABLE, texts, held)
        print(f"{TABLE.name}: {len(Weights())} features", file=sys.stderr)


if __name__ == "__main__":
    main()

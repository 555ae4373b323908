"""Learns the weights of crisis detection from the labelled corpora, and writes their table.

Logistic regression, one for a crisis of any kind and one for each kind, on what there is in a text
(services/jobs/safety/features.py): each feature as heavy as it is rare, each text as heavy as any
other. What carries most is kept, and weighed again by itself. Nothing is random: the same corpora
and the same scikit-learn make the same table, but for the last digit on another processor.

With --validate nothing is written: each author in turn is left out, and read with what the others
taught. Needs scikit-learn, in an environment of its own: `make crisis-weights` (docs/crisis.md).
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
    START,
    TABLE,
    TENTHS,
    Weights,
    length_of,
)
from tests.jobs.safety.corpus import AUTHORS, CLEAN, CRISES, OTHERS, Labelled, corpus

KEPT = 40_000
"""Features of the table."""

LEAST = 2
"""Texts that a feature must be in."""

STRENGTH = 60.0
"""Of the fit to the texts (C): by cross-validation."""

RULES_MADE_FROM = frozenset(["own", "fresh"])
"""Their texts say nothing on how well the rules do."""

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


def learn(texts: list[Labelled], held: Held) -> list[str]:
    """The lines of a table, what speaks most for a crisis first."""
    counted = Counter(feature for each in texts for feature in held[each.text])
    names = sorted(feature for feature, count in counted.items() if count >= LEAST)
    rarity = {name: round(TENTHS * (1 + log(len(texts) / counted[name]))) for name in names}
    weights = fit(texts, held, names, rarity)[0]
    carried = np.abs(weights).max(axis=0) * np.array([rarity[name] for name in names])
    names = sorted(names[at] for at in np.argsort(-carried, kind="stable")[:KEPT])
    weights, starts = fit(texts, held, names, rarity)
    rows = {START: [TENTHS, *tenths(starts)]}
    for at in np.argsort(-weights[0], kind="stable"):
        rows[names[at]] = [rarity[names[at]], *tenths(weights[:, at])]
    return ["\t".join([name, *map(str, numbers)]) for name, numbers in rows.items()]


def tenths(numbers: np.ndarray) -> list[int]:
    return [round(TENTHS * float(each)) for each in numbers]


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
        is_one = [each.is_crisis if kind == "any" else each.label == kind for each in texts]
        model = LogisticRegression(C=STRENGTH, solver="liblinear", class_weight="balanced")
        model.fit(matrix, is_one)
        weights.append(model.coef_[0])
        starts.append(model.intercept_[0])
    return np.array(weights), np.array(starts)


def write(path: Path, lines: list[str], texts: Texts) -> None:
    authors = ", ".join(f"{author} {len(mine)}" for author, mine in texts.items())
    header = [
        "# Weights of crisis detection, in tenths: services/jobs/safety/weights.py reads them.",
        "# Made by `make crisis-weights`; not to be changed by hand.",
        f"# Learnt from the texts of: {authors}.",
        "\t".join(COLUMNS),
    ]
    path.write_text("\n".join([*header, *lines]) + "\n", encoding="utf-8")


def validate(texts: Texts, held: Held) -> None:
    """Prints how each author who saw no rules is read with the weights that the others taught."""
    readings: list[tuple[Labelled, Reading]] = []
    texts = {author: mine for author, mine in texts.items() if author != TRAINER}
    for author in sorted(texts.keys() - RULES_MADE_FROM):
        others = [each for other, mine in texts.items() if other != author for each in mine]
        with TemporaryDirectory() as folder:
            path = Path(folder) / "weights.tsv"
            write(path, learn(others, held), texts)
            weights = Weights(path)
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
    options = parser.parse_args()
    texts = learnt_from()
    held = {each.text: held_by(each.text) for mine in texts.values() for each in mine}
    if options.validate:
        validate(texts, held)
    else:
        write(TABLE, learn([each for mine in texts.values() for each in mine], held), texts)
        print(f"{TABLE.name}: {len(Weights().features())} features", file=sys.stderr)


if __name__ == "__main__":
    main()

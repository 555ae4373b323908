"""The labelled texts by which crisis detection is measured, and how they are divided.

One tab-separated file a label: language, topic, text. tests/data/crisis is by the author of the
rules, tests/data/crisis_fresh by one who had not seen them; there a hash chooses the half that was
held out from the rules. tests/data/crisis_voices has a folder for each author since. The weights
are learnt from all of them but CLEAN (docs/crisis.md).
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "data" / "crisis"
FRESH = FOLDER.with_name("crisis_fresh")
VOICES = FOLDER.with_name("crisis_voices")
AUTHORS = {
    "own": FOLDER,
    "fresh": FRESH,
    **{folder.name: folder for folder in sorted(VOICES.iterdir()) if folder.is_dir()},
}
"""The folder of each author's texts."""

CLEAN = frozenset("cleo ines mina nell noel owen sol tova ugo vera wade xena yves".split())
"""Authors whose texts neither rules nor weights were made from, and never may be."""

CRISES = (
    "suicide",
    "passive_ideation",
    "third_person",
    "harm_to_other",
    "abuse",
    "medical_emergency",
)
"""As the kinds are called everywhere, and the names of their files."""

OTHERS = ("hard_negatives", "ordinary")
"""No crisis: what reads like one, and what does not."""

NEAR = 0.75
"""Of their words, that two texts of one file may not share (Jaccard)."""

_NO_WORD = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Labelled:
    """A text as somebody would send it. label: its file's name. language: en, es or mixed."""

    label: str
    language: str
    topic: str
    text: str

    @property
    def is_crisis(self) -> bool:
        return self.label in CRISES

    @property
    def is_held_out(self) -> bool:
        """By its words alone, so that no change of the rules or of the file moves it."""
        return hashlib.sha256(" ".join(words(self.text)).encode()).digest()[0] % 2 == 0


def words(text: str) -> list[str]:
    """Lower case, without accents and signs. Not the detection's own normalisation, which may
    change: the division of the corpus must not."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(each for each in plain if not unicodedata.combining(each))
    return _NO_WORD.sub(" ", plain.replace("’", "").replace("'", "")).split()


def corpus(labels: Iterable[str] = (*CRISES, *OTHERS), folder: Path = FOLDER) -> Iterator[Labelled]:
    """Every text of a folder, file by file."""
    for label in labels:
        lines = (folder / f"{label}.tsv").read_text(encoding="utf-8").splitlines()
        for line in lines[1:]:
            language, topic, text = line.split("\t")
            yield Labelled(label, language, topic, text)


def near_duplicates(texts: Iterable[Labelled]) -> list[tuple[Labelled, Labelled]]:
    """Pairs of one file that share NEAR or more of their words."""
    found = []
    by_label = defaultdict(list)
    for each in texts:
        by_label[each.label].append((each, frozenset(words(each.text))))
    for entries in by_label.values():
        holders: defaultdict[str, list[int]] = defaultdict(list)
        for at, (each, mine) in enumerate(entries):
            shared = Counter(other for word in mine for other in holders[word])
            found += [
                (entries[other][0], each)
                for other, common in shared.items()
                if common >= NEAR * (len(mine) + len(entries[other][1]) - common)
            ]
            for word in mine:
                holders[word].append(at)
    return found

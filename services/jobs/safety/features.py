"""What of a text is weighed: its words, words in order, words near each other, letters of words.

    die                  a word; "|" is where a sentence begins or ends
    want to die          up to three words in order
    <kin> wants to       the same with a word for its group, where there is one of a group
    want .. die          two words of a sentence with one to three between them, groups for words
    *uici*               three to five letters of a word, "_" for where it begins or ends

A feature is there or is not; how often does not count.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate

_GROUPS = {
    "<kin>": (
        "mom mum mother mama mommy dad father papa daddy wife husband hubby partner spouse son"
        " daughter kid kids child children baby boy girl brother sister grandma grandpa grandmother"
        " grandfather nana granny uncle aunt cousin nephew niece boyfriend girlfriend stepdad"
        " stepmom esposo esposa marido mujer hijo hija hermano hermana madre padre mami papi abuela"
        " abuelo tio tia suegra suegro primo prima nieto nieta novio novia"
    ),
    "<them>": "he she him her they them his hers their",
    "<meds>": (
        "pills pill meds medicine medication tablets morphine oxy oxycodone insulin ativan xanax"
        " ambien tylenol pastillas pastilla medicina medicinas"
    ),
}
GROUP_OF = {word: group for group, words in _GROUPS.items() for word in words.split()}
_IN_ORDER = 3
_APART = 5
_LETTERS = range(3, 6)

Feature = tuple[str, int, int]
"""With the number of the word at which it begins, and of the one before which it ends."""


def features(words: Sequence[str]) -> Iterator[Feature]:
    """Every feature of the words of a normalised text (normalise.py), some of them twice."""
    for at, word in enumerate(words):
        for feature in letters(word):
            yield feature, at, at + 1
    yield from phrases(words)


def phrases(words: Sequence[str]) -> Iterator[Feature]:
    """Those of the features that are words, not letters of one."""
    yield from _in_order(words)
    grouped = ["<number>" if word.isdigit() else GROUP_OF.get(word, word) for word in words]
    if grouped != words:
        yield from (found for found in _in_order(grouped) if "<" in found[0])
    yield from _apart(grouped)


def letters(word: str) -> Iterator[str]:
    """The letter groups of a word, none of the end of a sentence."""
    edged = f"_{word}_"
    for many in _LETTERS if word != "|" else ():
        for at in range(len(edged) - many + 1):
            yield f"*{edged[at : at + many]}*"


def _in_order(words: Sequence[str]) -> list[Feature]:
    return [
        (" ".join(words[at : at + many]), at, at + many)
        for many in range(1, _IN_ORDER + 1)
        for at in range(len(words) - many + 1)
    ]


def _apart(words: Sequence[str]) -> list[Feature]:
    sentences = list(accumulate(word == "|" for word in words))
    return [
        (f"{words[at]} .. {words[at + apart]}", at, at + apart + 1)
        for apart in range(2, _APART)
        for at in range(len(words) - apart)
        if words[at] != "|" and sentences[at] == sentences[at + apart]
    ]

"""Which words a phrase cannot do without: a phrase is tried only on a text that holds them.

Most of some 1,700 phrases lack a word in most texts, so that a text is compared with a few dozen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache


def parts_of(text: str) -> set[str]:
    """The words of a normalised text, and their beginnings as phrases write them: "suicid*"."""
    return set().union(*map(_parts_of_word, text.split()))


@lru_cache(maxsize=4096)
def _parts_of_word(word: str) -> frozenset[str]:
    return frozenset([word, *(f"{word[:end]}*" for end in range(1, len(word) + 1))])


def required(tokens: list[str], words: Mapping[str, list[str]]) -> list[frozenset[str]]:
    """Sets of parts, of each of which a text needs one for a phrase to fit.

    tokens: of a phrase that compiles (phrases.py). words: the tokens of each <name>, in brackets.
    """
    needed, at = [], 0
    while at < len(tokens):
        item = tokens[at]
        end = _closing(tokens, at) if item in {"(", "[", "!("} else at
        if item == "(":
            needed += _of_choice(tokens[at + 1 : end], words)
        elif item.startswith("<"):
            needed += _of_choice(words[item[1:-1]][1:-1], words)
        elif item[0].isalnum():
            needed.append(frozenset([item]))
        at = end + 1
    return needed


def _of_choice(tokens: list[str], words: Mapping[str, list[str]]) -> list[frozenset[str]]:
    """One set for all the alternatives together, none if an alternative needs no word."""
    together: set[str] = set()
    for alternative in _alternatives(tokens):
        needed = required(alternative, words)
        if not needed:
            return []
        together |= min(needed, key=len)
    return [frozenset(together)]


def _alternatives(tokens: list[str]) -> Iterable[list[str]]:
    one: list[str] = []
    at = 0
    while at < len(tokens):
        end = _closing(tokens, at) if tokens[at] in {"(", "[", "!("} else at
        if tokens[at] == "|":
            yield one
            one = []
        else:
            one += tokens[at : end + 1]
        at = end + 1
    yield one


def _closing(tokens: list[str], opening: int) -> int:
    """Where the bracket that opens there closes."""
    depth = 0
    for at in range(opening, len(tokens)):
        depth += (tokens[at] in {"(", "[", "!("}) - (tokens[at] in {")", "]"})
        if depth == 0:
            return at
    raise AssertionError("brackets were matched when the phrase was compiled")

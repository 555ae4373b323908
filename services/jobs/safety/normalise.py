"""One spelling for the many ways in which people type the same thing on a phone."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

from services.jobs.safety.spellings import (
    CONFUSABLE,
    EMOJI,
    LAUGHTER,
    SPELLINGS,
    UNMISTAKABLE,
)

LONGEST = 2_000
"""Characters that are read; the longest text that Twilio delivers has 1,600."""

_LEET = str.maketrans(
    {"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s", "!": "i"}
)
_APOSTROPHES = str.maketrans(dict.fromkeys("’‘ʼ´`′＇", "'"))
_EMOJI = str.maketrans(EMOJI)
# Accents apart from their letters, and what shows nothing, such as joiners and soft hyphens.
_UNSEEN = frozenset({"Mn", "Me", "Cf"})

# Each with letters without which there is nothing to find: most texts have none of most of them.
_SHORTHANDS = (
    ("y ", re.compile(r"\by(?= (?:am|are|is|do|did|does|should)\b)"), "why"),
    ("w/", re.compile(r"\bw/ ?o\b"), "without"),
    ("s/h", re.compile(r"\bs/h\b"), "self harm"),
    ("w/", re.compile(r"\bw/"), "with "),
    ("od", re.compile(r"\bod(?:'|\W)?(?:ing|in)\b"), "overdosing"),
    ("od", re.compile(r"\bod'?e?d\b"), "overdosed"),
    ("over dos", re.compile(r"\bover dos(e|ed|ing)\b"), r"overdos\1"),
    (
        " too",
        re.compile(r"\b(want|wnat|whant|wnt|need|going|have|trying|try|like|about) too\b"),
        r"\1 to",
    ),
    ("boy a", re.compile(r"\bboy a\b"), "voy a"),
    ("pa ", re.compile(r"\bpa (?:q|que)\b"), "para que"),
    ("my self", re.compile(r"\bmy self\b"), "myself"),
    ("with out", re.compile(r"\bwith out\b"), "without"),
    ("any more", re.compile(r"\bany more\b"), "anymore"),
)
_CONTRACTIONS = (
    ("m", re.compile(r"\b(i)'?m\b"), r"\1 am"),
    ("'ll", re.compile(r"'ll\b"), " will"),
    ("'ve", re.compile(r"'ve\b"), " have"),
    ("'d", re.compile(r"'d\b"), " would"),
    ("can", re.compile(r"\b(?:can't|cannot)\b"), "can not"),
    ("won't", re.compile(r"\bwon't\b"), "will not"),
    ("ain't", re.compile(r"\bain't\b"), "is not"),
    ("n't", re.compile(r"n't\b"), " not"),
    ("'re", re.compile(r"'re\b"), " are"),
    (
        "'s",
        re.compile(r"\b(he|she|it|that|what|there|who|here|how|where|everything|everyone)'s\b"),
        r"\1 is",
    ),
    (
        "'s",
        re.compile(r"\b(mom|mum|dad|wife|husband|son|daughter|brother|sister|father|mother)'s\b"),
        r"\1 is",
    ),
)
# With three letters or more after it, an i is the word.
_SPELT_OUT = re.compile(r"\b(i (?=(?:[a-z][.\-_* ]){2}))?([a-z](?:[.\-_* ][a-z]){2,})\b")
_INSIDE_A_WORD = re.compile(r"(?<=[a-z0-9@$])[*!](?=[a-z0-9@$])")
_SENTENCE_ENDS = re.compile(r"[.!?;:\n\r|]+|…")
_NO_WORD = re.compile(r"[^a-z0-9@$!|]+")
_REPEATED = re.compile(r"([a-z])\1{2,}")
_SIGNS = re.compile(r"[^a-z0-9]")
_LAUGHTER = frozenset(LAUGHTER.split())
_AS_THEY_ARE = frozenset((*CONFUSABLE, *UNMISTAKABLE))


def plain_letters(text: str) -> str:
    """Lower case, no accents, wide letters as narrow ones, and nothing that does not show."""
    if text.isascii():
        return text.lower()
    # One sign may stand for eighteen letters.
    text = unicodedata.normalize("NFKD", text)[: 2 * LONGEST].lower()
    return "".join(each for each in text if unicodedata.category(each) not in _UNSEEN)


def ways_to_read(text: str) -> tuple[str, ...]:
    """The text, and where it has signs that do not show, once more with a space for each of them:
    they stand inside words, and in pasted texts between words in place of a space."""
    text = text[:LONGEST]
    if text.isascii():
        return (text,)
    spaced = "".join(" " if unicodedata.category(each) == "Cf" else each for each in text)
    return (text,) if spaced == text else (text, spaced)


def normalise(text: str) -> str:
    """Lower case, no accents, plain apostrophes resolved, SMS spellings and leetspeak written out.

    The answer holds words of letters and digits between single spaces, and " | " where a sentence
    ends and at both ends, so that phrases never reach from one sentence into the next.
    """
    text = plain_letters(text[:LONGEST].translate(_APOSTROPHES).translate(_EMOJI))
    for letters, pattern, words in (*_SHORTHANDS, *_CONTRACTIONS):
        if letters in text:
            text = pattern.sub(words, text)
    text = _SPELT_OUT.sub(lambda found: (found[1] or "") + re.sub(r"[^a-z]", "", found[2]), text)
    text = _INSIDE_A_WORD.sub(lambda found: "" if found[0] == "*" else "!", text)
    text = re.sub(r"(?<=[a-z0-9@$])!(?=[a-z0-9@$])", "\0", text)
    text = _SENTENCE_ENDS.sub(" | ", text).replace("\0", "!")
    text = _REPEATED.sub(r"\1", _NO_WORD.sub(" ", text))
    sentences = (" ".join(filter(None, map(_word, part.split()))) for part in text.split("|"))
    return " | ".join(("", *filter(None, sentences), ""))


@lru_cache(maxsize=4096)
def _word(word: str) -> str:
    known = SPELLINGS.get(word)
    if known is not None:
        return known
    if word == "|" or word.isdigit():
        return word
    if not word.isalpha():
        if not any(map(str.isalpha, word)):
            return _SIGNS.sub("", word)
        word = word.translate(_LEET)
        word = SPELLINGS.get(word, word)
    if word in _LAUGHTER:
        return "lol"
    return _resembled(word) if len(word) >= _SHORTEST else word


def _variants(word: str) -> Iterator[str]:
    """The word, and the word with one letter left out: two that are one slip apart share one."""
    yield word
    for at in range(len(word)):
        yield word[:at] + word[at + 1 :]


_SHORTEST = min(map(len, CONFUSABLE)) - 1
_BY_VARIANT = {variant: word for word in CONFUSABLE for variant in _variants(word)}


def _resembled(word: str) -> str:
    """The one word of CONFUSABLE that this is a slip of, else the word itself."""
    if word in _AS_THEY_ARE or len(word) > _LONGEST_WORD:
        return word
    for variant in _variants(word):
        meant = _BY_VARIANT.get(variant)
        if meant is not None and _one_slip(word, meant):
            return meant
    return word


_LONGEST_WORD = max(map(len, CONFUSABLE)) + 1


def _one_slip(word: str, meant: str) -> bool:
    """Whether one letter is left out, put in, exchanged or swapped with its neighbour."""
    if word[0] != meant[0]:
        return False
    if len(word) != len(meant):
        shorter, longer = sorted((word, meant), key=len)
        return shorter in set(_variants(longer))
    apart = [at for at, (a, b) in enumerate(zip(word, meant, strict=True)) if a != b]
    if len(apart) == 1:
        return True
    return any(
        [a, b] == apart and word[a] == meant[b] and word[b] == meant[a]
        for a, b in pairwise(apart)
        if b == a + 1
    )

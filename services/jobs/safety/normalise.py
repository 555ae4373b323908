"""One spelling for the many ways in which people type the same thing on a phone."""

from __future__ import annotations

import re
import unicodedata

_LEET = str.maketrans(
    {"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s"}
)

_SMS = {
    "u": "you",
    "ur": "your",
    "r": "are",
    "2": "to",
    "4": "for",
    "im": "i am",
    "ill": "i will",
    "ive": "i have",
    "id": "i would",
    "wanna": "want to",
    "wana": "want to",
    "gonna": "going to",
    "gunna": "going to",
    "gona": "going to",
    "cant": "can not",
    "cannot": "can not",
    "dont": "do not",
    "didnt": "did not",
    "doesnt": "does not",
    "wont": "will not",
    "isnt": "is not",
    "shes": "she is",
    "hes": "he is",
    "theyre": "they are",
    "kms": "kill myself",
    "kys": "kill yourself",
    "unalive": "kill",
    "unaliving": "killing",
    "unalived": "killed",
    "suicidle": "suicidal",
    "sucidal": "suicidal",
    "suacidal": "suicidal",
    "suicde": "suicide",
    "sucide": "suicide",
    "suiside": "suicide",
    "dieing": "dying",
    "die": "die",
    "anymor": "anymore",
    "q": "que",
    "k": "que",
    "kiero": "quiero",
    "ya": "ya",
}

_CONTRACTIONS = (
    (re.compile(r"\bi'm\b"), "i am"),
    (re.compile(r"\bi'll\b"), "i will"),
    (re.compile(r"\bi've\b"), "i have"),
    (re.compile(r"\bi'd\b"), "i would"),
    (re.compile(r"\bcan't\b"), "can not"),
    (re.compile(r"\bwon't\b"), "will not"),
    (re.compile(r"n't\b"), " not"),
    (re.compile(r"'re\b"), " are"),
    (re.compile(r"\b(he|she|it|that|what|there|who)'s\b"), r"\1 is"),
)


def normalise(text: str) -> str:
    """Lower case, no accents, plain apostrophes resolved, SMS spellings and leetspeak written out.

    The answer holds letters, digits and single spaces only, with " | " where a sentence ends, so
    that patterns never reach from one sentence into the next.
    """
    text = unicodedata.normalize("NFKD", text.lower().replace("’", "'").replace("‘", "'"))
    text = "".join(each for each in text if not unicodedata.combining(each))
    for pattern, words in _CONTRACTIONS:
        text = pattern.sub(words, text)
    text = re.sub(r"[.!?;\n]+", " | ", text)
    text = re.sub(r"[^a-z0-9@$|]+", " ", text)
    text = re.sub(r"\b(?:[a-z] ){3,}[a-z]\b", lambda found: found[0].replace(" ", ""), text)
    text = re.sub(r"([a-z])\1{2,}", r"\1", text)
    return " ".join(_word(word) for word in text.split())


def _word(word: str) -> str:
    known = _SMS.get(word)
    if known is not None:
        return known
    if any(each.isdigit() or each in "@$" for each in word) and any(map(str.isalpha, word)):
        plain = word.translate(_LEET)
        return _SMS.get(plain, plain)
    return word

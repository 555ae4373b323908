"""Whether a text is answered in English or in Spanish, where no rule says so."""

from __future__ import annotations

from collections.abc import Iterable

_ENGLISH = frozenset(
    "i my me the a an and to of in is am are was it that for with he she they her his him you not"
    " do have has will would be this on if so just but at what how who".split()
)
_SPANISH = frozenset(
    "yo mi me el la los las un una y que de en es soy esta estoy era lo para con se le su sus tu no"
    " ya si pero por cuando como hoy muy mas este esa eso al del te nos ni o porque".split()
)
_BOTH = _ENGLISH & _SPANISH


def language_of(words: Iterable[str]) -> str:
    """ "en" or "es", by the small words; "en" where there is nothing to tell it by."""
    told = [word for word in words if word not in _BOTH]
    spanish = sum(word in _SPANISH for word in told)
    return "es" if spanish > sum(word in _ENGLISH for word in told) else "en"

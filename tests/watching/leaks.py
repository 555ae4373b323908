"""What must never be told, in every spelling in which it might be."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import quote, quote_plus


def spellings(word: str) -> set[bytes]:
    """A word as it is, without its plus, for URLs, in hex, as JSON, and inside base64."""
    plain = word.encode()
    found = {plain, plain.hex().encode(), quote(word, safe="").encode(), quote_plus(word).encode()}
    found.add(json.dumps(word)[1:-1].encode())
    found |= {each.lower() for each in found}
    if word.startswith("+"):
        found |= spellings(word[1:])
    # In base64 it looks different at each of three places; the ends depend on what stands beside.
    for place in range(3):
        encoded = base64.b64encode(b"\0" * place + plain)
        middle = encoded[(0, 2, 3)[place] : len(encoded) - 4 if len(encoded) > 12 else None]
        found |= {middle, middle.replace(b"+", b"-").replace(b"/", b"_")}
    return {each for each in found if len(each) > 5}


def leaks(told: Mapping[str, bytes], secrets: Iterable[str]) -> Sequence[tuple[str, str, bytes]]:
    """Where which secret was told, with the words around it."""
    return [
        (place, secret, text[max(0, at - 80) : at + 80])
        for secret in secrets
        for spelling in spellings(secret)
        for place, text in told.items()
        if (at := text.find(spelling)) >= 0
    ]

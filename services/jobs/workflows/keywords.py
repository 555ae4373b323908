"""Words that are obeyed, not answered: STOP, START, HELP, DELETE.

The whole message has to be the word; a word inside a sentence is part of the sentence ("I can't
stop crying"). The list is Twilio's default opt-out, opt-in and help keywords, in English, AYUDA,
and a short list of plain revocations (47 CFR 64.1200(a)(10): any reasonable means).
"""

from __future__ import annotations

import re
from enum import Enum

from services.jobs.safety.normalise import plain_letters


class Keyword(Enum):
    """What the person told us to do."""

    STOP = "stop"
    START = "start"
    HELP = "help"
    YES = "yes"
    """START from a person who has opted out; from anybody else an ordinary answer."""
    DELETE = "delete"
    """Asks to be erased; asked back."""
    YES_DELETE = "yes delete"
    """Confirms it."""


_WORDS = {
    **dict.fromkeys(
        (
            "stop",
            "stopall",
            "stop all",
            "unsubscribe",
            "cancel",
            "end",
            "quit",
            "revoke",
            "optout",
            "opt out",
        ),
        Keyword.STOP,
    ),
    **dict.fromkeys(("start", "unstop"), Keyword.START),
    **dict.fromkeys(("help", "info", "ayuda"), Keyword.HELP),
    "yes": Keyword.YES,
    "delete": Keyword.DELETE,
    "yes delete": Keyword.YES_DELETE,
}

# Without "please" and "again", which make none of them another wish.
_REVOCATIONS = frozenset(
    {
        "stop",
        "stop now",
        "no more texts",
        "no more messages",
        "stop texting",
        "stop texting me",
        "stop messaging me",
        "stop sending me texts",
        "stop sending me messages",
        "dont text me",
        "dont contact me",
        "remove me from your list",
        "take me off your list",
        "unsubscribe",
        "unsubscribe me",
        "opt out",
        "opt me out",
        "i want to opt out",
        "pare",
        "deja de escribirme",
        "no me escribas mas",
        "no me escriban mas",
        "ya no me escribas",
        "ya no me escriban",
        "no mas mensajes",
        "basta de mensajes",
    }
)
_COURTESIES = re.compile(r"^(?:please|por favor) | (?:please|por favor|again|any ?more)$")

_OPT_OUT_TYPES = {"STOP": Keyword.STOP, "START": Keyword.START, "HELP": Keyword.HELP}


def keyword(body: str, opt_out_type: str = "") -> Keyword | None:
    """What the person told us to do, None where they told us nothing.

    opt_out_type: Twilio's own reading, which knows words of other languages; it counts first.
    """
    recognised = _OPT_OUT_TYPES.get(opt_out_type.upper())
    if recognised is not None:
        return recognised
    plain = _plain(body)
    wish = plain.replace("do not ", "dont ")
    while wish != (without := _COURTESIES.sub("", wish)):
        wish = without
    if wish in _REVOCATIONS:
        return Keyword.STOP
    return _WORDS.get(plain)


def _plain(body: str) -> str:
    """The words alone, one space between two."""
    letters = re.sub(r"['’‘]", "", plain_letters(body))
    words = re.sub(r"[\W_]+", " ", letters).split()
    spelt_out = all(len(word) == 1 for word in words)
    return ("" if spelt_out else " ").join(words)

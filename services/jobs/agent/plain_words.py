# ruff: noqa: E501  (a rule is read as one line)
"""What a person asks for in plain words, for the assistant that needs no model.

Only what is said outright is taken: to keep a wrong name is worse than to ask for it once more.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from services.jobs.agent.deeds import CheckIns, Questionnaire


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the texts of a turn ask for.

    told: of themselves, by names of a profile. check_ins, questionnaire: None where they ask for
    none. numbers: whether they ask for the help lines.
    """

    told: Mapping[str, str]
    check_ins: CheckIns | None
    questionnaire: Questionnaire | None
    numbers: bool


# What often stands where a name would, with a capital all the same.
_NO_NAME: Final = r"(?!(?:After|All|Alzheimer|And|Any|Anytime|Asap|At|Back|Because|But|Can|Day|Dementia|Do|For|Friday|He|Help|How|If|In|Is|It|Later|Monday|My|Never|Night|Not|Now|On|Parkinson|Please|Saturday|She|Since|So|Sunday|Thank|Thanks|The|They|This|Thursday|To|Today|Tomorrow|Tonight|Tuesday|We|Wednesday|What|When|Who|With|You)\b)"

# The words around a name may be in any case, the name itself begins with a capital.
_FIRST_NAME: Final = re.compile(
    rf"\b(?i:my name is|my name'?s|call me|i am called|me llamo|mi nombre es)\s+{_NO_NAME}([A-Z][^\W\d_]{{1,19}}(?:-[A-Z][^\W\d_]+)?)\b"
)
_RELATIVE: Final = r"(?:mother|father)-in-law|(?:grand)?(?:mother|father)|mom|mum|mama|dad|papa|wife|husband|partner|son|daughter|sister|brother|aunt|uncle|grandma|grandpa|friend"
_CARES_FOR: Final = re.compile(
    rf"\b(?:care for|caring for|take care of|taking care of|look after|looking after)\s+my\s+({_RELATIVE})\b(?:,?\s+{_NO_NAME}([A-Z][^\W\d_]{{1,19}})\b)?",
)
_RELATIONSHIP: Final = re.compile(
    r"\bi(?:'m| am) (?:his|her|their) (daughter|son|wife|husband|partner|sister|brother|mother|father|niece|nephew|granddaughter|grandson|daughter-in-law|son-in-law|friend)\b(?!'s)",
    re.IGNORECASE,
)
_ZIP_CODE: Final = re.compile(
    r"\bzip(?:\s*code)?(?:\s*is|:)?\s*(\d{5}(?:-\d{4})?)\b", re.IGNORECASE
)

# Of what they do not want, and of what they do themselves, people speak in the same words.
_MEANT: Final = r"(?<!n't )(?<!dont )(?<!not )(?<!never )(?<!did you )(?<!\bI )"
_WANTED: Final = r"(?<!n't want )(?<!dont want )(?<!not want )(?<!you do )"

_CHECK_INS: Final = tuple(
    (wish, re.compile(pattern, re.IGNORECASE))
    for wish, pattern in (
        (CheckIns.NONE, rf"\b{_MEANT}(?:stop|quit|no more) (?:the )?check(?:ing)?[ -]?ins?\b|(?:^|[.!?,;]|\bplease|\band)\s*(?:don'?t|do not|never) check[ -]in(?: (?:on|with) me)?(?: any ?more| again| please| ever)?\s*(?:[.!?,;]|$)"),
        (CheckIns.FEWER, rf"\b{_MEANT}check[ -]in (?:on me )?(?:a (?:little|bit) )?(?:less|not so|more seldom|rarely)\b|\b{_WANTED}(?:fewer|less|too many) check[ -]?ins\b"),
        (CheckIns.AS_USUAL, rf"\b{_MEANT}(?:start|resume) check(?:ing)?[ -]?ins?\b|\b{_MEANT}check in (?:on me )?(?:again|as usual|as before|more)\b|\bmore check[ -]?ins\b"),
    )
)  # fmt: skip

# The whole text, or a request in so many words: "check in" alone stands in many sentences.
_QUESTIONNAIRES: Final = tuple(
    (questionnaire, re.compile(pattern, re.IGNORECASE))
    for questionnaire, pattern in (
        (Questionnaire.MONTHLY_REVIEW, r"\W*(?:(?:start|do|take) )?(?:a |the |my )?monthly review(?: please| now)?\W*"),
        (Questionnaire.DAILY_CHECK_IN, r"\W*(?:(?:can|could) (?:we|i|you) )?(?:(?:please )?(?:start|do|take|have) )?(?:a |the |my )?(?:daily )?check[ -]?in(?: (?:with|on) me)?(?: please| now)?\W*"),
    )
)  # fmt: skip

_NUMBERS: Final = re.compile(
    r"\b(?:crisis|emergency|hotline|help ?lines?)\s+(?:numbers?|resources?|lines?)\b|\bwho can i call\b",
    re.IGNORECASE,
)


def wishes_of(texts: Sequence[str]) -> Wishes:
    """What these texts ask for; of several that speak of the same thing the last one counts."""
    told: dict[str, str] = {}
    check_ins: CheckIns | None = None
    questionnaire: Questionnaire | None = None
    for text in texts:
        told |= _told(text)
        check_ins = next((wish for wish, said in _CHECK_INS if said.search(text)), check_ins)
        questionnaire = next(
            (which for which, said in _QUESTIONNAIRES if said.fullmatch(text)), questionnaire
        )
    return Wishes(told, check_ins, questionnaire, any(map(_NUMBERS.search, texts)))


def _told(text: str) -> dict[str, str]:
    told: dict[str, str] = {}
    text = text.replace("’", "'")
    if found := _FIRST_NAME.search(text):
        told["first_name"] = found[1]
    if found := _CARES_FOR.search(text):
        told["care_recipient_name"] = found[2] or found[1]
    if found := _RELATIONSHIP.search(text):
        told["relationship"] = found[1].lower()
    if found := _ZIP_CODE.search(text):
        told["zip_code"] = found[1]
    return told

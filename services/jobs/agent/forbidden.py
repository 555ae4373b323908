# ruff: noqa: E501  (a rule is read as one line)
"""What no answer may say, whoever wrote it (domain.md section 9).

The rules would rather refuse too much: in the place of a refused answer the offline assistant speaks.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from services.jobs.agent.drugs import DRUG
from services.jobs.agent.forbidden_spanish import PATTERNS, REACHING
from services.jobs.agent.numbers import ALLOWED, digits_of
from services.jobs.agent.prompt import REPORTING, RULES

_MEDICINE = r"(?:dose|doses|dosage|medication|medications|medicine|medicines|meds|pills?|tablets?|insulin|prescription|antidepressants?|painkillers?)"
_COUNT = r"(?:\d+(?:[.,/]\d+)?|half|one|two|three|four|five|six|ten|twenty|fifty)"
_PROFESSION = r"(?:licensed|certified|registered|qualified|nurse|doctor|physician|therapist|psychologist|psychiatrist|counsell?or|social worker|lawyer|pharmacist)"
_CONDITION = r"(?:(?:clinical|major|severe|mild|early|late|early-onset|late-stage|vascular|lewy body|frontotemporal) ){0,2}(?:depression|bipolar|ptsd|psychosis|schizophrenia|dementia|delirium|alzheimer'?s|parkinson'?s|(?:an? )?(?:\w+ ){0,2}disorder)"
_LITTLE = r"(?:(?:just|tiny|small|little|bit|touch|drop) )"

_RULES: Final = tuple(
    (name, re.compile(pattern, re.IGNORECASE))
    for name, pattern in (
        ("dose", rf"\b{_COUNT}\s?(?:more |extra )?(?:mg|mcg|ml|cc|milligrams?|micrograms?|units?|tablets?|pills?|capsules?|drops|doses)\b"),
        ("dose", rf"\b(?:half|double|twice|triple) (?:of )?(?:a|an|the|her|his|their|your) (?:\w+ )?{_MEDICINE}\b"),
        ("dose", rf"\b(?:{_COUNT}|an?|more|extra|another|less|some)\s+{_LITTLE}{{0,2}}(?:(?:more|extra|of|the|a|her|his|their|your)\s+){{0,3}}{DRUG}\b"),
        ("dose", rf"\b(?:take|taking|give|giving)\s+(?:it|them|him|her|mom|dad)\b[^.!?]{{0,30}}\b(?:every {_COUNT} hours?|(?:once|twice|{_COUNT} times) (?:a|per) day)\b"),
        ("medicine", rf"\b(?:stop|quit|skip|start|begin|take|taking|give|giving|try|use|add|hold|mix|combine|switch to|switch from|come off|go off|wean off|double|increase|decrease|lower|reduce|raise|halve)\s+(?:\w+\s+){{0,4}}{DRUG}\b"),
        ("medicine", rf"\b{DRUG} (?:will|would|can|could|should|might|may) (?:\w+ )?(?:make|help|calm|settle|relax|ease|knock|put|let|get)\b"),
        ("medicine", r"\b(?:stop|quit)\s+(?:taking|giving (?:her|him|them))\s+(?:it|them|those)(?:\s+(?:now|today|tonight|for)\b|\s*[.,;!?]|$)"),
        ("medicine", rf"\b(?:stop|quit|skip|start|begin|double|increase|decrease|lower|reduce|raise|halve|crush|cut|split|withhold|adjust|wean off|come off|go off)\s+(?:taking\s+|giving\s+)?(?:\w+\s+){{0,3}}{_MEDICINE}\b(?! (?:list|log|chart|schedule|reminder|organizer|box)s?\b)"),
        ("diagnosis", rf"\b(?:you|he|she|they|your \w+) (?:\w+ly )?(?:have|has|are suffering from|is suffering from|suffers? from)(?: developed| got)? {_CONDITION}\b"),
        ("diagnosis", rf"\b(?:you've|he's|she's|they've) (?:\w+ly )?(?:got|developed|suffering from) {_CONDITION}\b"),
        ("diagnosis", rf"\b(?:sounds?|looks?|seems?) like {_CONDITION}\b|\byou(?:'re| are) (?:clinically depressed|bipolar|psychotic)\b|\bI(?: would|'d| can)? diagnose\b"),
        ("diagnosis", rf"\b(?:likely|probably|classic|clearly|definitely|textbook) {_CONDITION}\b|\byou (?:may|might|could) be (?:\w+ly )?(?:depressed|bipolar|psychotic)\b"),
        ("credential", r"\bhipaa\b"),
        ("credential", rf"\bI(?:'m| am) (?:an? |your )?(?:(?!not\b)\w+ )?{_PROFESSION}\b|\bas an? (?:\w+ )?{_PROFESSION}\b"),
        ("human", r"\bI(?:'m| am) (?:also )?(?:just )?(?:an? )?(?:(?:real|actual|fellow|live) )?(?:human|person|man|woman|caregiver|mother|father|mom|dad)\b"),
        ("human", r"\bI(?:'m| am) (?:very |totally |quite )?real\b(?! (?:sorry|glad|proud))|\bas an? (?:\w+ )?(?:mother|father|mom|dad|parent|caregiver|woman|man) myself\b|\bI(?:'ve| have) been an? (?:\w+ )?(?:caregiver|mother|father|mom|dad|parent|nurse|doctor)\b"),
        ("human", r"\bmy own (?:mother|father|mom|dad|husband|wife|child|kids|parents)\b|\bwhen I (?:cared|was caring) for my\b"),
        ("human", r"\bI(?:'m| am) not (?:an? )?(?:AI|bot|robot|machine|program|computer)\b"),
        ("prompt", r"\b(?:system prompt|developer message|system message|my (?:instructions|rules|prompt|guidelines) (?:are|is|say|says|state)|as instructed|I was (?:told|instructed|programmed) to|language model trained|OpenAI|GPT-?\d)"),
        ("code", r"[{}\\]|</?[a-z]\w*[ >/]|\w\(\)|=>|==|\b(?:SELECT|INSERT|DELETE) .{1,40}\b(?:FROM|INTO)\b|\bfunction_call\b"),
        ("link", r"https?:|www\.|\b[\w-]{1,60}\.(?:com|org|net|io|gov|info|biz|co|me|ly|app|ai)\b"),
        # A sentence that begins without a blank before it begins with a capital.
        ("link", r"\b[a-z0-9][\w-]{1,60}\.(?-i:[a-z]{2,24})\b|\bdot (?:com|org|net|gov|info|io)\b"),
        ("address", r"\S@\S"),
        ("number", r"\b(?:(?:zero|oh|one|two|three|four|five|six|seven|eight|nine)[\s,.-]+){7,}"),
        ("number", r"\b1?[\s.-]?\(?[89]\d\d\)?[\s.-]?(?-i:[A-Z]{4,})\b"),
    )
)  # fmt: skip

_SPANISH: Final = tuple((name, re.compile(pattern, re.IGNORECASE)) for name, pattern in PATTERNS)

NAMES: Final = frozenset(name for name, _ in _RULES)
"""Of the rules, as `objection` gives them."""

_NUMBER: Final = re.compile(r"\+?\d[\d\s().\-]{5,}\d")
# Too short to be told from other numbers, but for the word that asks to reach somebody there.
_SHORT_NUMBER: Final = re.compile(
    rf"\b(?:call|dial|text|sms|reach|ring|number|line|hotline|lifeline|{REACHING})\b[^\d.!?]{{0,30}}"
    r"(\d{3,6}(?:\s*(?:,|/|or|and|then|o al|y al|o|y)\s*\d{3,6})*)\b",
    re.IGNORECASE,
)

_RUN: Final = 8
"""So many words of the rules in a row are not said by chance."""


def objection(text: str, *, told: frozenset[str] = frozenset()) -> str:
    """The name of the rule by which a text must not be sent, "" where none speaks against it.

    told: rules that do not hold, where a person speaks of themselves.
    """
    bare = _without_accents(text)
    for rules, words in ((_RULES, text), (_SPANISH, bare)):
        for name, pattern in rules:
            if name not in told and pattern.search(words):
                return name
    if _runs(text) & _RULES_IN_RUNS:
        return "prompt"
    numbers = [found[0] for found in _NUMBER.finditer(text)]
    for found in _SHORT_NUMBER.finditer(_NUMBER.sub(" ", bare)):
        numbers += re.findall(r"\d+", found[1])
    return "" if all(digits_of(number) in ALLOWED for number in numbers) else "number"


def _without_accents(text: str) -> str:
    return "".join(each for each in unicodedata.normalize("NFKD", text) if each.isascii())


def _runs(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"[a-z0-9']+", text.lower())
    return {tuple(words[start : start + _RUN]) for start in range(len(words) - _RUN + 1)}


_RULES_IN_RUNS: Final = _runs(REPORTING) | _runs(RULES)

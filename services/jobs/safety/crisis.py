"""Recognising a crisis in a text: local, deterministic, in milliseconds, before anything else.

Rules (rules/) and learnt weights (weights.py) decide together: what somebody foresaw, and what many
voices taught. They err on the side of answering: a crisis text too many costs a moment, one too few
may cost a life. What they must leave alone is named in domain.md section 5: fatigue, idiom, dark
jokes. How well they do is measured by `make check` on corpora; docs/crisis.md tells the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass

from protos.jobs.v1.payloads_pb2 import InboundCrisisKind
from services.jobs.safety.languages import language_of
from services.jobs.safety.normalise import normalise, ways_to_read
from services.jobs.safety.phrases import Table
from services.jobs.safety.required import parts_of
from services.jobs.safety.rules import (
    abuse,
    certain,
    harm_to_other,
    medical_emergency,
    not_meant,
    passive_ideation,
    suicide,
    third_person,
)
from services.jobs.safety.rules.words import WORDS
from services.jobs.safety.weights import KINDS, Scores, Weights

UNSPECIFIED = InboundCrisisKind.INBOUND_CRISIS_KIND_UNSPECIFIED
SUICIDE = InboundCrisisKind.INBOUND_CRISIS_KIND_SUICIDE
PASSIVE = InboundCrisisKind.INBOUND_CRISIS_KIND_PASSIVE_IDEATION
THIRD_PERSON = InboundCrisisKind.INBOUND_CRISIS_KIND_THIRD_PERSON
HARM_TO_OTHER = InboundCrisisKind.INBOUND_CRISIS_KIND_HARM_TO_OTHER
ABUSE = InboundCrisisKind.INBOUND_CRISIS_KIND_ABUSE
MEDICAL = InboundCrisisKind.INBOUND_CRISIS_KIND_MEDICAL_EMERGENCY

GRAVEST_FIRST = (MEDICAL, SUICIDE, HARM_TO_OTHER, ABUSE, THIRD_PERSON, PASSIVE)
"""An ambulance, then the writer's life, then somebody else's. The wish of the one they care for
goes before the writer's own passive thoughts, since it may be acted on now."""

_ABOUT_ANOTHER = {THIRD_PERSON, HARM_TO_OTHER, ABUSE}
"""What is found of these is taken out before the rest is read: "mom says she wants to die" and
"he threatened to kill me" say nothing of the writer's own wish."""

THRESHOLD = 0.3
RULE = 1.5
NOT_MEANT = 1.0
LONG = 0.3
MOST_PAIRS = 6
"""The score of a text is what its weights say for any crisis, and for the kind they say most for;
RULE more where a rule found something, NOT_MEANT less where something is not meant, LONG less for
each pair of sentences, of which one may seem a crisis by chance, up to MOST_PAIRS. All by
cross-validation over authors (docs/crisis.md)."""

KIND_BY_RULE = 1.2
KIND_IS_MEANT = 1.0
"""A kind is meant if its own score, KIND_BY_RULE more where its rule says so, is above this."""


@dataclass(frozen=True, slots=True)
class Crisis:
    """What was recognised.

    kind: what it is about. language: "en" or "es", of the rule that recognised it or of the text.
    """

    kind: InboundCrisisKind.ValueType
    language: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A phrase of the rules that stands in a text. kind: UNSPECIFIED where it is certain or not
    meant."""

    kind: InboundCrisisKind.ValueType
    language: str
    phrase: str


@dataclass(frozen=True, slots=True)
class Reading:
    """How a text was read, and what came of it.

    certain: of rules/certain.py, decides alone. score: above THRESHOLD for a crisis.
    """

    crisis: Crisis | None
    certain: Hit | None
    rules: list[Hit]
    not_meant: list[Hit]
    score: float
    scores: Scores


_Tables = tuple[tuple[str, Table], ...]
"""With the language of each."""

_RULES: tuple[tuple[InboundCrisisKind.ValueType, _Tables], ...] = tuple(
    (kind, tuple((language, Table(text, WORDS)) for language, text in texts))
    for kind, texts in (
        (MEDICAL, (("en", medical_emergency.EN), ("es", medical_emergency.ES))),
        (THIRD_PERSON, (("en", third_person.EN), ("es", third_person.ES))),
        (HARM_TO_OTHER, (("en", harm_to_other.EN), ("es", harm_to_other.ES))),
        (ABUSE, (("en", abuse.EN), ("es", abuse.ES))),
        (SUICIDE, (("en", suicide.EN), ("es", suicide.ES))),
        (PASSIVE, (("en", passive_ideation.EN), ("es", passive_ideation.ES))),
    )
)
_CERTAIN = (("en", Table(certain.EN, WORDS)), ("es", Table(certain.ES, WORDS)))
_NOT_MEANT = (("en", Table(not_meant.EN, WORDS)), ("es", Table(not_meant.ES, WORDS)))
_PARTS = frozenset[str]().union(
    *(
        table.parts
        for tables in (_CERTAIN, _NOT_MEANT, *(tables for _, tables in _RULES))
        for _, table in tables
    )
)
"""What any of them asks of a text."""
_WEIGHTS = Weights()
KIND_OF = {name: InboundCrisisKind.Value(f"INBOUND_CRISIS_KIND_{name.upper()}") for name in KINDS}
"""Each kind by the word for it: a label of the texts, a column of the weights."""


def detect(text: str) -> Crisis | None:
    """The crisis in a text, None where there is none."""
    for way in ways_to_read(text):
        seen = _look(way, _WEIGHTS)
        # Most texts are so far from a crisis that no rule would make them one: none is tried then.
        if seen.certain or seen.score(by_rule=True) > THRESHOLD:
            found = _judge(seen).crisis
            if found is not None:
                return found
    return None


def read(text: str, weights: Weights = _WEIGHTS) -> Reading:
    """The crisis in a text, and everything that was found for and against it."""
    readings = [_judge(_look(way, weights)) for way in ways_to_read(text)]
    return next((each for each in readings if each.crisis), readings[0])


@dataclass(frozen=True, slots=True)
class _Look:
    """What a text is before the rules are tried. meant: without what is not meant."""

    plain: str
    parts: Set[str]
    meant: str
    not_meant: list[Hit]
    certain: Hit | None
    scores: Scores

    def score(self, *, by_rule: bool) -> float:
        """Where a rule found something, or none did."""
        score = self.scores.any + max(self.scores.of_kind.values())
        score -= LONG * min(self.scores.pairs, MOST_PAIRS)
        return score + (RULE * by_rule - NOT_MEANT * bool(self.not_meant))


def _look(text: str, weights: Weights) -> _Look:
    plain = normalise(text)
    parts = parts_of(plain) & _PARTS
    meant, not_meant = _without_what_is_not_meant(plain, parts)
    certain = next(_hits(UNSPECIFIED, _CERTAIN, meant, parts), None)
    return _Look(plain, parts, meant, not_meant, certain, weights.scores(plain))


def _judge(seen: _Look) -> Reading:
    rules = _by_rules(seen.meant, seen.parts)
    score = seen.score(by_rule=bool(rules))
    crisis = None
    if seen.certain or score > THRESHOLD:
        by_rule = {hit.kind for hit in rules}
        kind = _kind(seen.scores, by_rule, is_certain=seen.certain is not None)
        crisis = Crisis(kind, _language(kind, rules, seen.plain))
    return Reading(crisis, seen.certain, rules, seen.not_meant, score, seen.scores)


def _without_what_is_not_meant(plain: str, parts: Set[str]) -> tuple[str, list[Hit]]:
    found: list[Hit] = []
    for language, table in _NOT_MEANT:
        plain, phrases = table.without(plain, parts)
        found += [Hit(UNSPECIFIED, language, phrase) for phrase in phrases]
    return plain, found


def _by_rules(plain: str, parts: Set[str]) -> list[Hit]:
    found: list[Hit] = []
    for kind, tables in _RULES:
        found += _hits(kind, tables, plain, parts)
        for _, table in tables if kind in _ABOUT_ANOTHER else ():
            plain, _ = table.without(plain, parts)
    return found


def _hits(
    kind: InboundCrisisKind.ValueType, tables: _Tables, plain: str, parts: Set[str]
) -> Iterator[Hit]:
    """The first phrase of each language."""
    for language, table in tables:
        phrase = table.first(plain, parts)
        if phrase is not None:
            yield Hit(kind, language, phrase)


def _kind(
    scores: Scores, by_rule: set[InboundCrisisKind.ValueType], *, is_certain: bool
) -> InboundCrisisKind.ValueType:
    """The gravest kind that is meant, by the rules alone if it is certain; else the likeliest."""
    of = {
        KIND_OF[name]: score + KIND_BY_RULE * (KIND_OF[name] in by_rule)
        for name, score in scores.of_kind.items()
    }
    for kind in GRAVEST_FIRST:
        if kind in by_rule if is_certain else of[kind] > KIND_IS_MEANT:
            return kind
    return max(GRAVEST_FIRST, key=lambda kind: of[kind])


def _language(kind: InboundCrisisKind.ValueType, rules: list[Hit], plain: str) -> str:
    """Of the rule that found the kind, else of the text."""
    for hit in rules:
        if hit.kind == kind:
            return hit.language
    return language_of(plain.split())

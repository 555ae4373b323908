"""Recognising a crisis in a text: local, deterministic, in milliseconds, before anything else.

The rules (rules/) err on the side of answering: a crisis text too many costs a moment, one too few
may cost a life. What they must leave alone is named in domain.md section 5: fatigue, idiom, dark
jokes. How well they do is measured by `make check` on a corpus; docs/crisis.md tells the rest.
"""

from __future__ import annotations

from dataclasses import dataclass

from protos.jobs.v1.payloads_pb2 import InboundCrisisKind
from services.jobs.safety.normalise import normalise
from services.jobs.safety.phrases import Table
from services.jobs.safety.required import parts_of
from services.jobs.safety.rules import (
    abuse,
    harm_to_other,
    medical_emergency,
    not_meant,
    passive_ideation,
    suicide,
    third_person,
)
from services.jobs.safety.rules.words import WORDS


@dataclass(frozen=True, slots=True)
class Crisis:
    """What was recognised.

    kind: what it is about. language: "en" or "es", of the rule that recognised it.
    """

    kind: InboundCrisisKind.ValueType
    language: str


SUICIDE = InboundCrisisKind.INBOUND_CRISIS_KIND_SUICIDE
PASSIVE = InboundCrisisKind.INBOUND_CRISIS_KIND_PASSIVE_IDEATION
THIRD_PERSON = InboundCrisisKind.INBOUND_CRISIS_KIND_THIRD_PERSON
HARM_TO_OTHER = InboundCrisisKind.INBOUND_CRISIS_KIND_HARM_TO_OTHER
ABUSE = InboundCrisisKind.INBOUND_CRISIS_KIND_ABUSE
MEDICAL = InboundCrisisKind.INBOUND_CRISIS_KIND_MEDICAL_EMERGENCY

_GRAVEST_FIRST = (MEDICAL, SUICIDE, HARM_TO_OTHER, ABUSE, THIRD_PERSON, PASSIVE)
"""An ambulance, then the writer's life, then somebody else's. The wish of the one they care for
goes before the writer's own passive thoughts, since it may be acted on now."""

_ABOUT_ANOTHER = {THIRD_PERSON, HARM_TO_OTHER, ABUSE}
"""What is found of these is taken out before the rest is read: "mom says she wants to die" and
"he threatened to kill me" say nothing of the writer's own wish."""

_TABLES = (
    (MEDICAL, medical_emergency),
    (THIRD_PERSON, third_person),
    (HARM_TO_OTHER, harm_to_other),
    (ABUSE, abuse),
    (SUICIDE, suicide),
    (PASSIVE, passive_ideation),
)
_RULES = tuple(
    (kind, (("en", Table(table.EN, WORDS)), ("es", Table(table.ES, WORDS))))
    for kind, table in _TABLES
)
_NOT_MEANT = (Table(not_meant.EN, WORDS), Table(not_meant.ES, WORDS))


def detect(text: str) -> Crisis | None:
    """The crisis in a text, None where there is none. The gravest kind that is found decides."""
    plain = normalise(text)
    parts = parts_of(plain)
    for table in _NOT_MEANT:
        plain, _ = table.without(plain, parts)
    found: dict[InboundCrisisKind.ValueType, str] = {}
    for kind, tables in _RULES:
        for language, table in tables:
            if kind in _ABOUT_ANOTHER:
                plain, hits = table.without(plain, parts)
            else:
                hits = table.finds(plain, parts)
            if hits:
                found.setdefault(kind, language)
    for kind in _GRAVEST_FIRST:
        if kind in found:
            return Crisis(kind, found[kind])
    return None

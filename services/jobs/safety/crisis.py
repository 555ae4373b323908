# ruff: noqa: E501  (a rule is read as one line)
"""Recognising a crisis in a text: local, deterministic, in milliseconds, before anything else.

The rules err on the side of answering: a crisis text too many costs a moment, one too few may cost
a life. What they must leave alone is named in domain.md section 5: fatigue, idiom, dark jokes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from protos.jobs.v1.payloads_pb2 import InboundCrisisKind
from services.jobs.safety.normalise import normalise


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

_KIN = (
    r"(?:my )?(?:mom|mum|mother|mama|dad|father|papa|husband|wife|partner|son|daughter|brother|sister"
    r"|grandma|grandmother|grandpa|grandfather|aunt|uncle|he|she|they)"
)
_KIN_ES = (
    r"(?:mi )?(?:mama|madre|papa|padre|esposo|esposa|marido|mujer|hijo|hija|hermano|hermana"
    r"|abuelo|abuela|tio|tia|el|ella)"
)
_I_WANT = (
    r"i (?:(?:just|really|do|only|still|kind of|sort of|honestly|might|may|will|am|have been|keep|"
    r"also|actually) )*(?:want(?:ed)? to|going to|need to|wish i could|plan(?:ning)? to|"
    r"think(?:ing)? (?:of|about)|about to|ready to|decided to|thought about|will|could|should)"
)
_GAP = r"(?: \w+){0,3}? "

_RULES: tuple[tuple[InboundCrisisKind.ValueType, str, str], ...] = (
    (
        MEDICAL,
        "en",
        rf"\b(?:{_KIN}|i) (?:\w+ ){{0,3}}(?:not|stopped|can not|is not) breath(?:e|ing)\b",
    ),
    (MEDICAL, "en", r"\b(?:is not|are not|not|stopped|can not|barely) breath(?:e|ing)\b"),
    (MEDICAL, "en", r"\b(?:chest pains?|crushing chest|heart attack)\b(?! (?:last|years?|in \d))"),
    (
        MEDICAL,
        "en",
        r"\b(?:took|swallowed|ate) (?:\w+ ){0,4}(?:too many|whole bottle|all (?:of )?(?:his|her|my|their|the)) (?:\w+ ){0,2}(?:pills?|meds|medication|insulin|tablets)\b",
    ),
    (MEDICAL, "en", r"\b(?:overdos(?:e|ed|ing))\b"),
    (MEDICAL, "en", r"\b(?:slurr(?:ed|ing)|face (?:is )?droop\w*)\b"),
    (
        MEDICAL,
        "en",
        rf"\b{_KIN} (?:is |are |just |has )*(?:unconscious|unresponsive|passed out|will not wake up|can not wake up|choking|having a (?:stroke|seizure))\b",
    ),
    (
        MEDICAL,
        "en",
        rf"\b(?:can not|could not) wake {_KIN}\b|\bwake (?:him|her|them) up\b(?=.*\b(?:not|can)\b)",
    ),
    (MEDICAL, "en", r"\bbleeding (?:a lot|heavily|badly|and (?:it )?will not stop)\b"),
    (
        MEDICAL,
        "es",
        r"\bno (?:puede |esta )?respira(?:ndo|r)?\b|\bdolor (?:fuerte )?(?:de|en el) pecho\b|\bsobredosis\b|\binconsciente\b|\bno (?:se )?despierta\b|\bderrame cerebral\b",
    ),
    (
        THIRD_PERSON,
        "en",
        rf"\b{_KIN} (?:\w+ ){{0,3}}(?:wants? to|wishes (?:\w+ )?(?:could|would)|going to|tried to|threatens? to|threatening to|trying to|plans? to|talks? about|talking about|keeps? saying (?:\w+ ){{0,4}}(?:to )?) ?(?:die|dying|be dead|kill(?:ing)? (?:him|her|them)sel(?:f|ves)|end (?:it|his life|her life)|suicide|hurt(?:ing)? (?:him|her|them)sel(?:f|ves))\b",
    ),
    (
        THIRD_PERSON,
        "en",
        rf"\b{_KIN} (?:is|says|said|sounds|seems|feels) (?:\w+ ){{0,3}}suicidal\b",
    ),
    (
        THIRD_PERSON,
        "es",
        rf"\b{_KIN_ES} (?:\w+ ){{0,3}}(?:quiere|quiso|intento|dice que quiere) (?:morir(?:se)?|matarse|suicidarse)\b",
    ),
    (
        HARM_TO_OTHER,
        "en",
        rf"\b{_I_WANT} (?:kill|hurt|hit|smother|choke|strangle|poison|stab|shoot|beat)(?:ing)? (?:my )?(?:mom|mum|mother|dad|father|husband|wife|partner|son|daughter|brother|sister|grandma|grandpa|him|her|them|someone|somebody|people)\b",
    ),
    (
        HARM_TO_OTHER,
        "en",
        r"\bi (?:am )?(?:afraid|scared|worried) (?:that )?i (?:will|might|may|am going to|would|could) (?:hurt|hit|kill|harm|strike)\b",
    ),
    (
        HARM_TO_OTHER,
        "en",
        r"\bi (?:just )?(?:hit|slapped|choked|shoved|hurt) (?:my )?(?:mom|mother|dad|father|husband|wife|him|her)\b",
    ),
    (
        HARM_TO_OTHER,
        "es",
        r"\b(?:quiero|voy a|tengo ganas de) (?:matar|lastimar|golpear|pegar)(?:lo|la|le)?\b(?!me)",
    ),
    (
        ABUSE,
        "en",
        rf"\b{_KIN} (?:just |is |keeps? |has |always |will )*(?:hits?|hitting|beats?|beating|chok(?:es|ed|ing)|punch(?:es|ed|ing)|slap(?:s|ped|ping)?|hurts?|hurting|abus(?:es|ed|ing)|threaten(?:s|ed|ing) to kill) me\b",
    ),
    (
        ABUSE,
        "en",
        r"\bi am (?:being |getting )?(?:abused|beaten|hit)\b|\b(?:afraid|scared) (?:of|for my life)\b(?= (?:him|her|my husband|my wife)|$)|\bhe will not let me leave\b",
    ),
    (
        ABUSE,
        "en",
        rf"\b(?:someone|somebody|the aide|the nurse|staff|caregiver|{_KIN}) (?:is |keeps? |was )?(?:hitting|abusing|beating|molesting|raping|hurting) (?:my )?(?:mom|mother|dad|father|him|her|us)\b",
    ),
    (ABUSE, "es", rf"\b(?:{_KIN_ES} )?me (?:pega|golpea|maltrata|amenaza)\b"),
    (
        SUICIDE,
        "en",
        r"\b(?:kill|killing|hang|hanging|shoot|shooting|drown|cut|cutting|hurt|hurting|harm|harming) (?:my ?self)\b",
    ),
    (SUICIDE, "en", r"\b(?:end|ending|take|taking) (?:my (?:own )?life|it all)\b"),
    (
        SUICIDE,
        "en",
        r"\b(?:commit|attempt|committing|attempting|considering|contemplating|thinking (?:of|about)|thoughts of)(?: \w+)? ?suicide\b|\bsuicidal\b(?! (?:patient|people|prevention))|\bsuicide (?:note|plan|attempt)\b",
    ),
    (
        SUICIDE,
        "en",
        rf"\b{_I_WANT}{_GAP}?(?:die|be dead|end it|disappear forever|jump off|overdose)\b(?! (?:of|from) (?:laugh\w*|embarrass\w*|boredom|shame|hunger|cringe)| my hair| for)",
    ),
    (
        SUICIDE,
        "en",
        r"\b(?:want to die|wanting to die|wish i (?:was|were) dead|rather be dead|ready to die|better off dead)\b(?! (?:of|from) (?:laugh\w*|embarrass\w*|boredom))",
    ),
    (
        SUICIDE,
        "en",
        r"\b(?:do|does) not want to (?:live|be alive|exist|keep living|go on living|be here)(?: any ?more| like this| in this world)?$|\b(?:do not want to (?:live|be alive|exist|keep living|be here) (?:any ?more|anymore))\b|\bno reason (?:left )?to (?:live|go on)\b|\bnothing (?:left )?to live for\b|\bcan not (?:live|go on living) (?:like this )?any ?more\b",
    ),
    (
        SUICIDE,
        "en",
        r"\b(?:have|got|bought|found|holding|hold|loaded) (?:\w+ ){0,2}(?:gun|rope|noose|pills)\b(?=.*\b(?:ready|tonight|over|end|done|goodbye|use)\b)|\bsaid my goodbyes\b|\bgoodbye (?:world|forever)\b",
    ),
    (
        SUICIDE,
        "es",
        r"\b(?:quiero|quisiera|voy a|pienso en|ganas de|deseo|prefiero) (?:morir(?:me)?|matarme|suicidarme|quitarme la vida|acabar con (?:mi vida|todo)|hacerme dano|cortarme)\b|\b(?:me quiero|me voy a|me voy) (?:a )?(?:morir|matar|suicidar)\b|\bquitarme la vida\b|\bsuicid(?:arme|io)\b|\bno quiero (?:vivir|seguir viviendo)\b|\bya no quiero vivir\b|\bno tengo (?:ninguna )?razon para vivir\b",
    ),
    (
        PASSIVE,
        "en",
        r"\b(?:better off|better|easier|happier) without me\b|\bif i (?:was|were) (?:gone|dead|not here)\b|\bif i (?:died|disappeared|vanished)\b|\b(?:wish|wished) i (?:could )?(?:just )?(?:disappear\w*|vanish\w*|was never born|were never born|had never been born|would not wake up|did not exist|could sleep forever|was not here|were not here)\b",
    ),
    (
        PASSIVE,
        "en",
        r"\b(?:not|never) (?:want to )?wak(?:e|ing) up\b(?! (?:early|at|so|this|before|on time|for|to|with|until|him|her|the|my))(?<!he not wake up)(?<!she not wake up)|\bgo to sleep and (?:not|never) wake up\b|\bsleep (?:forever|and never wake)\b",
    ),
    (
        PASSIVE,
        "en",
        r"\b(?:want|need|like) to (?:just )?(?:disappear|vanish|not exist|stop existing|cease to exist)\b(?! (?:for (?:a|an|one|the)|to|on|into|with))|\b(?:everyone|they|everybody|family|kids|world) would be (?:better|happier|fine|relieved)(?: off)? (?:without me|if i)\b|\bnobody would (?:miss me|notice if i (?:was|were) gone|care if i (?:died|was gone))\b|\b(?:do not|not) care if i (?:live|die|wake up)\b|\bwhat is the point of (?:living|being alive|going on)\b|\btired of (?:living|being alive|life)\b",
    ),
    (
        PASSIVE,
        "es",
        r"\b(?:estarian|estaria|estan) mejor sin mi\b|\b(?:quiero|quisiera|ojala pudiera) (?:desaparecer|no despertar|dormir(?:me)? y no despertar)\b|\bno (?:quiero|quisiera) despertar\b|\bojala no (?:despertara|hubiera nacido|existiera)\b|\bcansad[oa] de vivir\b",
    ),
)

_COMPILED = tuple((kind, language, re.compile(rule)) for kind, language, rule in _RULES)

_NOT_MEANT = re.compile(
    r"\b(?:this|that|the|traffic|work|my back|my feet|these|it|he|she|they) (?:\w+ ){0,2}(?:is |are )?kill(?:s|ing) me\b"
    r"|\bend (?:my|the|this) (?:subscription|membership|plan|account|service|day|week|call)\b"
    r"|\b(?:do not|never|would never|not going to|did not|am not|will not) (?:\w+ ){0,2}(?:want to )?(?:kill|hurt|harm) (?:myself|anyone|anybody)\b"
    r"|\b(?:i am|am) not (?:at all )?suicidal\b"
    r"|\b(?:could|so|just) (?:have )?(?:die|died) (?:of|from) (?:embarrass\w*|laugh\w*|shame|boredom)\b"
    r"|\bto die for\b|\bdying (?:of|from) (?:laugh\w*|curiosity|heat|boredom)\b|\bdying to (?:see|know|try|meet|hear)\b"
)


def detect(text: str) -> Crisis | None:
    """The crisis in a text, None where there is none. The gravest rule that fits decides."""
    plain = _NOT_MEANT.sub(" | ", normalise(text))
    for kind, language, rule in _COMPILED:
        if rule.search(plain):
            return Crisis(kind, language)
    return None

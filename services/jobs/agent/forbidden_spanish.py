# ruff: noqa: E501  (a rule is read as one line)
"""What no answer may say, in Spanish: the rules of `forbidden` for words without their accents."""

from __future__ import annotations

from typing import Final

from services.jobs.agent.drugs import DRUG, DRUG_IN_SPANISH

_MEDICINE = r"(?:medicinas?|medicamentos?|pastillas?|tabletas?|capsulas?|comprimidos?|gotas|dosis|insulina|recetas?)"
_SOME = rf"(?:{DRUG}|{DRUG_IN_SPANISH})"
_COUNT = r"(?:\d+|una?|dos|tres|cuatro|cinco|seis|media|medio)"
_CHANGE = r"(?:deja|deje|dejar|suspende|suspenda|suspender|aumenta|aumente|aumentar|baja|baje|bajar|sube|suba|subir|reduce|reduzca|reducir|duplica|duplique|duplicar|cambia|cambie|cambiar|salta|salte|saltar|saltate|omite|omita|omitir|empieza|empiece|empezar|parte|parta|partir|tritura|triture|triturar|mezcla|mezcle|mezclar)"
_GIVE = r"(?:toma|tome|tomar|da|dale|dele|des|dar|darle|prueba|pruebe|probar|usa|use|usar)"
_CONDITION = r"(?:depresion|bipolaridad|esquizofrenia|demencia|alzheimer|trastorno \w+)"
_KIN = r"(?:madre|padre|mama|papa|cuidador|cuidadora)"

PATTERNS: Final = (
    ("dose", rf"\b{_COUNT}\s(?:(?:mas|extra)\s)?(?:pastillas?|tabletas?|capsulas?|comprimidos?|gotas|dosis|{_SOME})\b"),
    ("dose", rf"\b(?:mas|menos|otra|otro|doble de|mitad de)\s(?:(?:la|el|su|tu)\s)?(?:dosis|pastillas?|{_SOME})\b"),
    ("medicine", rf"(?<!antes de )(?<!sin )\b{_CHANGE}\s+(?:de (?:tomar|dar|darle)\s+)?(?:\w+\s+){{0,2}}(?:{_MEDICINE}|{_SOME})\b"),
    ("medicine", rf"(?<!antes de )(?<!sin )\b{_GIVE}\s+(?:\w+\s+){{0,3}}(?:{_MEDICINE}|{_SOME})\b"),
    ("diagnosis", rf"\b(?:tienes|sufres|padeces)\s(?:de\s)?{_CONDITION}\b|\b(?:parece que|probablemente|seguramente|seguro que)\s(?:\w+\s){{0,3}}{_CONDITION}\b"),
    ("human", rf"\bsoy\s(?:(?:una?|muy|tambien)\s)?(?:real|persona|ser humano|human[oa]|medic[oa]|doctora?|enfermer[oa]|terapeuta|psicolog[oa]|{_KIN})\b"),
    ("link", r"\bpunto (?:com|org|net|gov|info|io)\b"),
)  # fmt: skip

REACHING: Final = (
    r"llama|llame|llamar|marca|marque|marcar|textea|textear|manda|mande|mandar|envia|envie|enviar"
    r"|numero|linea|telefono"
)
"""Words that ask to reach somebody at a number."""

"""The fixed answers to crisis texts: plain GSM-7, at most two segments (306 characters).

Numbers: 988 Suicide & Crisis Lifeline (988lifeline.org), Crisis Text Line (crisistextline.org),
National Domestic Violence Hotline (thehotline.org).
"""

from __future__ import annotations

import phonenumbers

from protos.jobs.v1.payloads_pb2 import InboundCrisisKind
from services.jobs.safety.crisis import Crisis

_EN = {
    InboundCrisisKind.INBOUND_CRISIS_KIND_SUICIDE: (
        "I'm really glad you told me. You matter, and you don't have to carry this alone. "
        "Please reach a person now: call or text 988, or text HOME to 741741. "
        "If you are in danger right now, call 911."
    ),
    InboundCrisisKind.INBOUND_CRISIS_KIND_PASSIVE_IDEATION: (
        "That sounds so heavy, and I'm glad you said it. You deserve someone with you in this. "
        "Please talk to a person now: call or text 988, or text HOME to 741741. "
        "In danger? Call 911."
    ),
    InboundCrisisKind.INBOUND_CRISIS_KIND_THIRD_PERSON: (
        "Thank you for telling me. Take what they say seriously and stay with them if you can. "
        "Call or text 988 together, or text HOME to 741741. "
        "If they may act on it now, call 911."
    ),
    InboundCrisisKind.INBOUND_CRISIS_KIND_HARM_TO_OTHER: (
        "Thank you for saying this out loud; it takes courage. Step away to a safe spot if you "
        "can. Call or text 988 now, or text HOME to 741741. "
        "If anyone is in danger, call 911."
    ),
    InboundCrisisKind.INBOUND_CRISIS_KIND_ABUSE: (
        "I'm so sorry. You don't deserve this, and it is not your fault. If you are in danger, "
        "call 911. For help, call 1-800-799-7233 day or night. "
        "You can also call or text 988, or text HOME to 741741."
    ),
    InboundCrisisKind.INBOUND_CRISIS_KIND_MEDICAL_EMERGENCY: (
        "Call 911 now - this can be a medical emergency. Stay with them and do what the "
        "dispatcher says. I'm with you. After that, for yourself: "
        "call or text 988, or text HOME to 741741."
    ),
}

_ES = {
    InboundCrisisKind.INBOUND_CRISIS_KIND_SUICIDE: (
        "Me alegra que me lo digas. Tu vida importa y no estas a solas. "
        "Habla con alguien ahora: llama o textea al 988 (oprime 2), o envia HOME al 741741. "
        "Si hay peligro ahora, llama al 911."
    ),
    InboundCrisisKind.INBOUND_CRISIS_KIND_PASSIVE_IDEATION: (
        "Eso suena muy pesado y me alegra que lo digas. Mereces compania en esto. "
        "Habla con alguien ahora: llama o textea al 988 (oprime 2), o envia HOME al 741741. "
        "Si hay peligro, llama al 911."
    ),
    InboundCrisisKind.INBOUND_CRISIS_KIND_THIRD_PERSON: (
        "Gracias por contarmelo. Tomalo en serio y no le dejes a solas si puedes. "
        "Llamen o texteen al 988 (opriman 2), o envien HOME al 741741. "
        "Si hay peligro ahora, llama al 911."
    ),
    InboundCrisisKind.INBOUND_CRISIS_KIND_HARM_TO_OTHER: (
        "Gracias por decirlo; hace falta valor. Alejate a un lugar seguro si puedes. "
        "Llama o textea al 988 (oprime 2), o envia HOME al 741741. "
        "Si alguien corre peligro, llama al 911."
    ),
    InboundCrisisKind.INBOUND_CRISIS_KIND_ABUSE: (
        "Lo siento mucho. No lo mereces y no es tu culpa. Si hay peligro, llama al 911. "
        "Ayuda dia y noche: 1-800-799-7233. "
        "Tambien puedes llamar o textear al 988 (oprime 2), o enviar HOME al 741741."
    ),
    InboundCrisisKind.INBOUND_CRISIS_KIND_MEDICAL_EMERGENCY: (
        "Llama al 911 ahora: puede ser una emergencia medica. Quedate a su lado y haz lo que te "
        "digan. Despues, para ti: llama o textea al 988 (oprime 2), o envia HOME al 741741."
    ),
}

_ABROAD = {
    "en": " Outside the US, where there is no 988, call your local emergency number.",
    "es": " El 988 es de EE.UU.; fuera, llama al numero local de emergencias.",
}

_ABROAD_WITHIN_1 = frozenset("AG AI BB BM BS DM DO GD JM KN KY LC MS SX TC TT VC VG".split())
"""Regions that share +1 but not 988. The United States and their territories have it, and Canada
has a 988 and a 911 of its own (988.ca)."""


def crisis_reply(kind: InboundCrisisKind.ValueType, language: str, number: str) -> str:
    """The words that answer a crisis text.

    language: "en" or "es". number: E.164 of the person; one from where 988 does not answer is told
    so, with the advice to call the local emergency number.
    """
    bodies = _ES if language == "es" else _EN
    # A kind that only a newer version knows is answered too.
    body = bodies.get(kind, bodies[InboundCrisisKind.INBOUND_CRISIS_KIND_SUICIDE])
    return body + _ABROAD["es" if language == "es" else "en"] if _is_abroad(number) else body


def crisis_of(body: str) -> Crisis | None:
    """What these words answer, wherever their person is; None where they answer no crisis text."""
    for language, bodies in (("en", _EN), ("es", _ES)):
        for kind, reply in bodies.items():
            if body in (reply, reply + _ABROAD[language]):
                return Crisis(kind, language)
    return None


def _is_abroad(number: str) -> bool:
    if not number.startswith("+1"):
        return True
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.region_code_for_number(parsed) in _ABROAD_WITHIN_1

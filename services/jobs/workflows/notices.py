"""Fixed texts, plain GSM-7. What they must say is in domain.md sections 4, 6 and 9."""

from __future__ import annotations

from protos.jobs.v1.payloads_pb2 import Notice

NOTICES = {
    Notice.NOTICE_WELCOME: (
        "Welcome to Respite! You're subscribed. Text any time, day or night. I'm an AI, here to "
        "listen and to help you cope. HELP for help, STOP to opt out."
    ),
    Notice.NOTICE_OPT_OUT_CONFIRMATION: (
        "You're unsubscribed from Respite and will get no more texts. Reply START to come back. "
        "In a crisis call or text 988."
    ),
    Notice.NOTICE_OPT_IN_CONFIRMATION: (
        "You're back with Respite. Text any time. HELP for help, STOP to opt out. "
        "Msg & data rates may apply."
    ),
    Notice.NOTICE_HELP: (
        "Respite: support by text for family caregivers. An AI answers. STOP to opt out. "
        "Msg&data rates may apply. Crisis: call/text 988. Danger: 911."
    ),
    Notice.NOTICE_APOLOGY: (
        "I'm sorry, I couldn't answer just now. Please text me again in a little while. If it's "
        "urgent: call or text 988, text HOME to 741741, or call 911."
    ),
    Notice.NOTICE_DELAY: (
        "I'm sorry, I can't answer just now: something here isn't working. It may take a while. "
        "If it's urgent: call or text 988, text HOME to 741741, or call 911."
    ),
    Notice.NOTICE_DELETE_CONFIRMATION: (
        "This deletes all Respite has of you and ends your subscription. It can't be undone. "
        "To go on, reply YES DELETE within an hour."
    ),
}

GOODBYE = (
    "Your data is being deleted and your subscription has ended. Thank you for your trust. "
    "In a crisis call or text 988, any time."
)

FIRST_ANSWER = " (I'm an AI, not a person. Reply STOP to opt out.)"

SORRY_FOR_THE_DELAY = "Sorry for the delay. "

ONLY_TEXT = "Thanks for sending that. I can only read text, so please tell me in words."

LIMITED = (
    "That's more texts than I can answer, so I'll be quiet for a while. Please text again later. "
    "In a crisis call or text 988, any time."
)

CRISIS_FOLLOW_UP = (
    "Hi, this is Respite. I've been thinking of you since you reached out. How are you doing "
    "today? If it's heavy, call or text 988 any time."
)

REACTIVATIONS = (
    (
        "Hi, it's Respite. We haven't talked for a while. How are things with you? "
        "A word or two is plenty. STOP to opt out."
    ),
    (
        "Hi, it's Respite, thinking of you. If something is heavy this week, text me and "
        "we'll look at it together. STOP to opt out."
    ),
    (
        "Hi, it's Respite. I won't keep writing, but I'm still here whenever you want to "
        "talk: just text. STOP to opt out."
    ),
)
"""By stage: after 7, 14 and 30 days of silence."""

ASSESSMENT_COMPLETED = (
    "Thank you for telling me. Text me any time if you want to talk about it. "
    "If it ever gets too much, call or text 988."
)

ASSESSMENT_DEFERRED = "That's fine, we'll leave it for another time. Text me whenever you like."

QUESTION_FOLLOWS = "Let's see how you are."
"""Where an assistant that was to put a question into our words has said nothing else."""


CHECK_IN = "Hi, this is Respite checking in: "
"""How every check-in begins."""


def check_in(question: str, question_count: int) -> str:
    """The text that begins a check-in, with its first question."""
    return (
        f"{CHECK_IN}{question_count} short questions. {question}. "
        "Or reply SKIP or LATER. STOP to opt out."
    )


def first_question(question: str, question_count: int) -> str:
    """The first question of an assessment that the person asked for."""
    return f"{next_question(question, 1, question_count)}. Or reply SKIP or LATER."


def next_question(question: str, number: int, question_count: int) -> str:
    """The question that follows the one that was answered."""
    return f"({number}/{question_count}) {question}"


def asked_again(question: str) -> str:
    """The question once more, after a number that is no rating."""
    return f"A number from 1 to 5, please, or SKIP. {question}"


_INVITATIONS = {
    "en": (
        "I'd love to keep supporting you. To go on texting with me, please subscribe here: "
        "{url} In a crisis call or text 988, any time."
    ),
    "es": (
        "Me encantaria seguir a tu lado. Para que sigamos en contacto, suscribete aqui: "
        "{url} En una crisis llama o textea al 988 (oprime 2), a toda hora."
    ),
}

_MENDING = {
    "en": (
        "I'd love to keep supporting you. Your subscription is on hold: a payment is missing, or "
        "it was paused. You can set it right here: {url} In a crisis call or text 988, any time."
    ),
    "es": (
        "Me encantaria seguir a tu lado. Tu suscripcion no corre: falta un pago o esta en pausa. "
        "Puedes arreglarlo aqui: {url} En una crisis llama o textea al 988 (oprime 2), a toda hora."
    ),
}

_MENDING_WITHOUT_PAGE = {
    "en": (
        "I'd love to keep supporting you. Your subscription is on hold: a payment did not go "
        "through, or it was paused. We will be in touch to set it right. "
        "In a crisis call or text 988, any time."
    ),
    "es": (
        "Me encantaria seguir a tu lado. Tu suscripcion no corre: un pago no se hizo o esta en "
        "pausa. Te escribiremos para arreglarlo. "
        "En una crisis llama o textea al 988 (oprime 2), a toda hora."
    ),
}


def subscribe_invitation(url: str, language: str) -> str:
    """The text with the checkout link. language: "en" or "es"."""
    return _INVITATIONS[language].format(url=url)


def mending_invitation(url: str, language: str) -> str:
    """The text with the link to the person's own billing. language: "en" or "es"."""
    return _MENDING[language].format(url=url)


def mending_notice(language: str) -> str:
    """The same where there is no page to link to. language: "en" or "es"."""
    return _MENDING_WITHOUT_PAGE[language]

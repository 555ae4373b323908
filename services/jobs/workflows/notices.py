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
}

FIRST_ANSWER = " (I'm an AI, not a person. Reply STOP to opt out.)"

SORRY_FOR_THE_DELAY = "Sorry for the delay. "

ONLY_TEXT = "Thanks for sending that. I can only read text, so please tell me in words."

CRISIS_FOLLOW_UP = (
    "Hi, this is Respite. I've been thinking of you since you reached out. How are you doing "
    "today? If it's heavy, call or text 988 any time."
)

CHECK_IN = (
    "Hi, this is Respite checking in. How are you holding up today? "
    "A word or two is enough. STOP to opt out."
)


def subscribe_invitation(url: str) -> str:
    """The text with the checkout link."""
    return (
        "I'd love to keep supporting you. To go on texting with me, please subscribe here: "
        f"{url} In a crisis call or text 988, any time."
    )

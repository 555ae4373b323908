"""Which of our texts answer no text of a person's, told by their words alone."""

from __future__ import annotations

from typing import Final

from protos.jobs.v1.payloads_pb2 import Notice
from services.jobs.safety.replies import crisis_of
from services.jobs.workflows.notices import (
    CHECK_IN,
    CRISIS_FOLLOW_UP,
    GOODBYE,
    NOTICES,
    REACTIVATIONS,
)

_FIXED: Final = frozenset(
    {
        *(body for notice, body in NOTICES.items() if notice != Notice.NOTICE_APOLOGY),
        CRISIS_FOLLOW_UP,
        GOODBYE,
        *REACTIVATIONS,
    }
)


def answers_no_text(body: str) -> bool:
    """Whether these are fixed words that are sent for another reason than a text to be answered:
    a crisis, a word such as HELP, a payment, or because it was time."""
    return body in _FIXED or body.startswith(CHECK_IN) or crisis_of(body) is not None

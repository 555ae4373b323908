"""What an operator may have sent to a person: checked before the job is stored."""

from __future__ import annotations

from typing import Final

from kit.ids import parse_uuid
from kit.refusals import InvalidArgument
from protos.jobs.v1.payloads_pb2 import JobPayload

LONGEST_BODY: Final = 1600
"""UTF-16 units. Twilio takes as many characters in one message (docs, "Message body"); counted so,
a text that Twilio sends as UCS-2 is never longer than it allows."""

LONGEST_REQUEST_KEY: Final = 100


def check_operator_text(payload: JobPayload) -> None:
    """Raises InvalidArgument naming the field that is not fit to be sent."""
    text, prefix = payload.send_operator_text, "job.payload.send_operator_text"
    parse_uuid(text.user_id, f"{prefix}.user_id")
    if not text.body.strip():
        raise InvalidArgument(f"{prefix}.body", "must not be blank")
    if len(text.body.encode("utf-16-le")) // 2 > LONGEST_BODY:
        raise InvalidArgument(f"{prefix}.body", f"must have at most {LONGEST_BODY} characters")
    if "\0" in text.body:
        raise InvalidArgument(f"{prefix}.body", "must not hold NUL")
    if not 1 <= len(text.request_key) <= LONGEST_REQUEST_KEY or "\0" in text.request_key:
        raise InvalidArgument(
            f"{prefix}.request_key",
            f"must have 1 to {LONGEST_REQUEST_KEY} characters, none of them NUL",
        )

"""Stripe's webhook: who signed it, and whom the event concerns."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final

from stripe import SignatureVerificationError, WebhookSignature

from gateway import keys
from gateway.post import Post, Refused, malformed, unsupported
from gateway.verification import VALID, Verification
from kit.clock import Clock
from kit.stripe_event import (
    EVENT_ID,
    HANDLED,
    StripeJson,
    charge_of,
    customer_of,
    phone_of,
    user_of,
)
from protos.jobs.v1.jobs_pb2 import NewJob
from protos.jobs.v1.payloads_pb2 import JobPayload, ProcessStripeEvent

SIGNATURE_HEADER: Final = "Stripe-Signature"
BODY_CAP: Final = 512 * 1024
# https://docs.stripe.com/webhooks#replay-attacks
TOLERANCE: Final = timedelta(seconds=300)

_TIMESTAMP: Final = re.compile(r"\d{1,12}", re.ASCII)
_EVENT_TYPE: Final = re.compile(r"[a-z0-9_.]{1,100}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Ignored:
    """A genuine event of a type that means nothing to us."""

    event_type: str


def verify_stripe(
    secrets: Sequence[str], signature: str, payload: bytes, now: datetime
) -> Verification:
    """Whether the holder of one of `secrets` signed `payload` within 300 s of `now`.

    signature: the Stripe-Signature header. Source: https://docs.stripe.com/webhooks/signature. The
    SDK compares the signatures; it would accept any time in the future, so the time is ours.
    """
    time = _timestamp(signature)
    if time is None:
        return Verification(False, "malformed_signature")
    if not any(_signed_with(secret, signature, payload) for secret in secrets):
        return Verification(False, "signature_differs")
    age = now.timestamp() - time
    if abs(age) > TOLERANCE.total_seconds():
        return Verification(False, "too_old" if age > 0 else "in_the_future")
    return VALID


def _timestamp(signature: str) -> int | None:
    """Seconds since the epoch, None where the header does not have exactly one such time."""
    items = [item.partition("=") for item in signature.split(",")]
    times = [value for name, _, value in items if name == "t"]
    if not signature.isascii() or len(times) != 1 or not _TIMESTAMP.fullmatch(times[0]):
        return None
    return int(times[0])


def _signed_with(secret: str, signature: str, payload: bytes) -> bool:
    try:
        # It decodes the payload: bytes that are no UTF-8 were not signed by Stripe.
        WebhookSignature.verify_header(payload, signature, secret)
    except (SignatureVerificationError, UnicodeDecodeError):
        return False
    return True


class StripeWebhooks:
    """The route of Stripe.

    secrets: the endpoint's signing secrets, several while one is being replaced.
    livemode: of the key with which we call Stripe, None where it does not tell.
    """

    def __init__(self, secrets: Sequence[str], livemode: bool | None, clock: Clock) -> None:
        self._secrets = secrets
        self._livemode = livemode
        self._clock = clock

    def event(self, post: Post) -> NewJob | Ignored:
        """The job for an event. Raises Refused."""
        if post.content_type() != "application/json":
            raise unsupported()
        signatures = post.headers.getlist(SIGNATURE_HEADER)
        if len(signatures) != 1:
            raise malformed("several_signatures")
        verification = verify_stripe(self._secrets, signatures[0], post.body, self._clock.now())
        if not verification.valid:
            raise Refused(HTTPStatus.FORBIDDEN, verification.reason)
        return self._read(post.json_object())

    def _read(self, event: dict[str, object]) -> NewJob | Ignored:
        # A thin event, "v2.core.event", names an object to be fetched: our endpoint has no use
        # for it, and somebody should see that it is set up wrongly.
        if event.get("object") != "event":
            raise malformed("not_a_snapshot_event")
        event_id = _matching(EVENT_ID, event.get("id"), "bad_event_id")
        event_type = _matching(_EVENT_TYPE, event.get("type"), "bad_event_type")
        if self._livemode is not None and event.get("livemode") is not self._livemode:
            raise malformed("livemode_differs")
        if event_type not in HANDLED:
            return Ignored(event_type)
        data = event.get("data")
        subject = data.get("object") if isinstance(data, dict) else None
        if not isinstance(subject, dict):
            raise malformed("no_data_object")
        payload = ProcessStripeEvent(
            event_id=event_id,
            event_type=event_type,
            stripe_customer_id=_customer_of(subject),
            user_id=user_of(subject),
            phone_number=phone_of(subject),
            stripe_charge_id=charge_of(subject),
        )
        return NewJob(
            key=keys.stripe_event(event_id), payload=JobPayload(process_stripe_event=payload)
        )


def _matching(pattern: re.Pattern[str], value: object, reason: str) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise malformed(reason)
    return value


def _customer_of(subject: StripeJson) -> str:
    found = customer_of(subject)
    if found is None:
        raise malformed("bad_customer_id")
    return found

"""The idempotency keys of the jobs that the gateway makes.

They are part of the contract with the reconcilers, which make the same keys from what they fetch.
"""

from __future__ import annotations


def inbound_sms(message_sid: str) -> str:
    """The key of an inbound text, by its "SM…" or "MM…"."""
    return f"twilio:{message_sid}"


def sms_status(message_sid: str, status: str) -> str:
    """The key of one status of a text that we sent; Twilio posts each status once."""
    return f"twilio-status:{message_sid}:{status}"


def stripe_event(event_id: str) -> str:
    """The key of a Stripe event, by its "evt_…"."""
    return f"stripe:{event_id}"

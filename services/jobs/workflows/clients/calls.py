"""What every call to another service has: a deadline, and a way to tell refusals apart."""

from __future__ import annotations

import grpc

from kit.refusals import refusal_of

DEADLINE = 5.0
"""Seconds for a call that only touches a database."""

STRIPE_DEADLINE = 20.0
"""Seconds for a call behind which billing asks Stripe, several times if need be."""


def is_refused(error: grpc.RpcError, reason: str) -> bool:
    """True where the call was refused for this published reason."""
    return refusal_of(error).reason == reason

"""What Stripe refuses or does not answer, in our words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, Final

import grpc
import stripe

from kit import tracing
from kit.logging import get_logger
from kit.refusals import Refusal

DEFAULT_RETRY_AFTER: Final = timedelta(seconds=5)
LONGEST_RETRY_AFTER: Final = timedelta(minutes=5)
# The key is wrong or too weak, or what we ask for (a price, a customer) is not there.
_MISCONFIGURED: Final = (
    stripe.AuthenticationError,
    stripe.PermissionError,
    stripe.InvalidRequestError,
)

# Nothing was carried out, so nothing is kept under the key; of a 409 another still is.
_NOT_CARRIED_OUT: Final = frozenset({401, 403, 409, 429})

_ATTRIBUTES: Final = {"server.address": "api.stripe.com"}
logger = get_logger(__name__)


class CustomerNotFound(Refusal):
    """Stripe knows no such customer."""

    code = grpc.StatusCode.NOT_FOUND


class ChargeNotFound(Refusal):
    """Stripe knows no such charge."""

    code = grpc.StatusCode.NOT_FOUND


class NoStripeCustomer(Refusal):
    """This person is no customer at Stripe."""

    code = grpc.StatusCode.FAILED_PRECONDITION


class StripeUnavailable(Refusal):
    """Stripe cannot be reached or asks us to wait; try again."""

    code = grpc.StatusCode.UNAVAILABLE


class StripeMisconfigured(Refusal):
    """Stripe refuses our key or our settings; an operator must look at the log of billing."""

    code = grpc.StatusCode.FAILED_PRECONDITION


class RequestKeyReused(Refusal):
    """This request key was used for another request before."""

    code = grpc.StatusCode.FAILED_PRECONDITION


@contextmanager
def refusals() -> Iterator[None]:
    """Turns the SDK's errors into refusals; what Stripe said goes to the log, never to callers."""
    try:
        with tracing.span("Stripe", "client", attributes=_ATTRIBUTES):
            yield
    except stripe.IdempotencyError as error:
        raise RequestKeyReused from error
    except _MISCONFIGURED as error:
        logger.error("stripe_misconfigured", **_facts(error))
        raise StripeMisconfigured from error
    except stripe.StripeError as error:
        # Time-outs, refused connections, 409, 429, 5xx, answers that are not JSON.
        logger.warning("stripe_unavailable", **_facts(error))
        raise StripeUnavailable(retry_after=_retry_after(error.headers)) from error


def is_repeated(refusal: Refusal) -> bool:
    """Whether Stripe has answered, and so answers the same again under the same idempotency key."""
    error = refusal.__cause__
    if not isinstance(error, stripe.StripeError) or error.http_status is None:
        return False
    return error.http_status >= 400 and error.http_status not in _NOT_CARRIED_OUT


def _facts(error: stripe.StripeError) -> Mapping[str, Any]:
    """What may be logged: no message, which quotes parameters, and no body."""
    return {
        "kind": type(error).__name__,
        "status": error.http_status,
        "code": error.code,
        "param": getattr(error, "param", None),
        "request_id": error.request_id,
    }


def _retry_after(headers: Mapping[str, str] | None) -> timedelta:
    """The Retry-After header, which is also a date with some proxies, within reason."""
    text = next((v for k, v in (headers or {}).items() if k.lower() == "retry-after"), "")
    if not text.isascii() or not text.isdigit():
        return DEFAULT_RETRY_AFTER
    return min(timedelta(seconds=min(int(text), 86_400)), LONGEST_RETRY_AFTER)

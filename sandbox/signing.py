"""The signatures Twilio and Stripe put on their webhooks."""

import base64
import hashlib
import hmac
from collections.abc import Iterable, Sequence


def twilio_signature(token: str, url: str, fields: Iterable[tuple[str, str]]) -> str:
    """Return X-Twilio-Signature: HMAC-SHA1 over the URL and the sorted, distinct form fields.

    Source: https://www.twilio.com/docs/usage/webhooks/webhooks-security
    """
    signed = url + "".join(name + value for name, value in sorted(set(fields)))
    digest = hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def stripe_signature(secrets: Sequence[str], payload: bytes, timestamp: int) -> str:
    """Return Stripe-Signature with one v1 per endpoint secret, as during a rotation.

    `timestamp` is in seconds since the epoch. Source: https://docs.stripe.com/webhooks/signature
    """
    signed = str(timestamp).encode() + b"." + payload
    made = [hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in secrets]
    return ",".join([f"t={timestamp}", *(f"v1={signature}" for signature in made)])

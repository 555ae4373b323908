"""Posting to a gateway as Twilio does, past the sandbox."""

from __future__ import annotations

import urllib.error
import urllib.parse
import urllib.request

from twilio.request_validator import RequestValidator

from tests.world.parts import Parts


def post_text(parts: Parts, port: int, sid: str, sender: str, body: str) -> int:
    """One signed post about an inbound text; returns the HTTP status."""
    told = parts.sandbox.settings
    form = {
        "MessageSid": sid,
        "SmsSid": sid,
        "SmsMessageSid": sid,
        "AccountSid": told.account_sid,
        "From": sender,
        "To": told.from_number,
        "Body": body,
        "NumMedia": "0",
        "NumSegments": "1",
        "ApiVersion": "2010-04-01",
    }
    return post_form(f"http://127.0.0.1:{port}", form, told.auth_tokens[0], parts.public_url)


def post_form(
    gateway: str, form: dict[str, str], token: str, public_url: str, seconds: float = 15
) -> int:
    """One signed post to the gateway at this address; returns the HTTP status."""
    signature = RequestValidator(token).compute_signature(f"{public_url}/twilio/sms", form)
    request = urllib.request.Request(
        f"{gateway}/twilio/sms",
        data=urllib.parse.urlencode(form).encode(),
        headers={
            "X-Twilio-Signature": signature,
            "Content-Type": "application/x-www-form-urlencoded",
        },
    )
    try:
        with urllib.request.urlopen(request, timeout=seconds) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code

"""The gateway's routes before the real jobs service: whatever is posted, no answer is our fault."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stripe import WebhookSignature

from tests.gateway.door import sms, twilio_form
from tests.hostile.bounds import bounded
from tests.hostile.messages import ODD_STRINGS
from tests.hostile.posts import send
from tests.world.world import World

pytestmark = pytest.mark.slow

TWILIO = ("/twilio/sms", "/twilio/status")
# More than a post may hold is test_oversized_posts.py's.
TEXTS = st.sampled_from([each for each in ODD_STRINGS if len(each) < 2_000]) | st.text(
    st.characters(exclude_categories=["Cs"]), max_size=30
)
FIELDS = ("MessageSid", "From", "To", "Body", "NumMedia", "AccountSid", "OptOutType")
STATUS_FIELDS = ("MessageStatus", "ErrorCode", "MediaUrl0", "MediaContentType0", "SmsStatus")
NAMES = st.sampled_from((*FIELDS, *STATUS_FIELDS)) | TEXTS
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | TEXTS
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3)
)
EVENT = {
    "id": "evt_1",
    "object": "event",
    "type": "customer.subscription.updated",
    "livemode": False,
    "created": 1_790_000_000,
    "data": {"object": {"id": "sub_1", "object": "subscription", "customer": "cus_1"}},
}


def test_signed_forms_with_anything_in_them_are_never_5xx(attacked: World, examples: int) -> None:
    told, seen = attacked.sandbox.settings, set[int]()

    @bounded(examples, times=10)
    @given(st.sampled_from(TWILIO), st.dictionaries(NAMES, TEXTS, max_size=3), st.data())
    def property_(path: str, changes: dict[str, str], data: st.DataObject) -> None:
        whole = dict(sms(attacked.new_sid(), AccountSid=told.account_sid, MessageStatus="sent"))
        for name in data.draw(st.sets(st.sampled_from(sorted(whole)), max_size=2)):
            del whole[name]
        fields = [*(whole | changes).items()]
        body, headers = twilio_form(path, fields, told.auth_tokens[0], attacked.parts.public_url)
        seen.add(status := send(attacked, path, body, dict(headers)))
        assert status < 500, fields

    property_()
    assert 200 in seen


def test_signed_events_with_anything_in_them_are_never_5xx(attacked: World, examples: int) -> None:
    secret, seen = attacked.sandbox.settings.webhook_secrets[0], set[int]()

    @bounded(examples, times=10)
    @given(st.dictionaries(st.sampled_from(sorted(EVENT)), VALUES, max_size=2), VALUES)
    def property_(changes: dict[str, Any], inner: Any) -> None:
        for event in (EVENT | changes, EVENT | {"data": {"object": inner}}, inner):
            payload = json.dumps(event)
            signature = WebhookSignature.generate_signature_header(payload, secret)
            headers = {"Content-Type": "application/json", "Stripe-Signature": signature}
            seen.add(status := send(attacked, "/stripe", payload.encode(), headers))
            assert status < 500, payload

    property_()
    assert 200 in seen


def test_what_nobody_signed_is_4xx_and_makes_no_job(attacked: World, examples: int) -> None:
    before = attacked.unsettled()
    names = st.sampled_from(
        ("Content-Type", "Content-Encoding", "X-Twilio-Signature", "Stripe-Signature")
    )
    latin = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=40)
    odd = st.sampled_from(
        ("gzip", "application/json; charset=utf-7", "t=1,v1=0", "t=,v1=", "a" * 9_000)
    )
    form = st.just("application/x-www-form-urlencoded")

    @bounded(examples, times=10)
    @given(
        st.sampled_from((*TWILIO, "/stripe", "/", "//", "/twilio", "/stripe/", "/%2e%2e/stripe")),
        st.sampled_from(("POST", "POST", "POST", "GET", "PUT", "DELETE", "OPTIONS", "BREW")),
        st.binary(max_size=200) | st.just(b"From=%2B1&Body=%ff%00&MessageSid=SM1"),
        st.dictionaries(names, latin | odd | form, max_size=3),
    )
    def property_(path: str, method: str, body: bytes, headers: dict[str, str]) -> None:
        assert send(attacked, path, body, headers, method) in range(200, 500)

    property_()
    assert attacked.unsettled() == before

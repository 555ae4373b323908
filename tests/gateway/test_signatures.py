"""Signature vectors out of the providers' own SDK suites."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

import pytest

from gateway.stripe import verify_stripe
from gateway.twilio import Fields, verify_twilio
from gateway.verification import Verification
from tests.gateway.door import VECTORS

Vector = dict[str, Any]

FORMS = [each for each in VECTORS["twilio_signatures"] if each["mode"] == "form"]
JSONS = [each for each in VECTORS["twilio_signatures"] if each["mode"] == "json"]
# Signed over another spelling of the query than the one received. What came over the wire is what
# counts: a gateway that tried other spellings would accept a re-encoded query.
RESPELT = "tw-node-legacy-querystring"


def fields_of(vector: Vector) -> Fields:
    pairs = vector.get("param_pairs") or parse_qsl(
        vector.get("raw_form_body", ""), keep_blank_values=True
    )
    fields = Fields()
    for name, value in pairs:
        fields.setdefault(name, []).append(value)
    return fields


def checked(vector: Vector, fields: Fields, json_body: bytes | None = None) -> Verification:
    signature = vector["signature"] or ""
    tokens = ["another-token", vector["auth_token"]]
    return verify_twilio(tokens, signature, vector["request_url"], fields, json_body)


def test_all_the_vectors_are_here() -> None:
    assert (len(FORMS), len(JSONS), len(VECTORS["stripe_signatures"])) == (46, 6, 23)


@pytest.mark.parametrize("vector", FORMS, ids=lambda vector: vector["id"])
def test_a_form_vector_verifies_as_stated(vector: Vector) -> None:
    url = vector["request_url"]
    if vector["id"] == RESPELT:
        assert not checked(vector, fields_of(vector)).valid
        vector = {**vector, "request_url": url.replace("'", "%27")}
    assert checked(vector, fields_of(vector)).valid is vector["expect_valid"]


@pytest.mark.parametrize("vector", JSONS, ids=lambda vector: vector["id"])
def test_a_json_vector_verifies_as_stated(vector: Vector) -> None:
    result = checked(vector, Fields(), vector["raw_body"].encode())
    assert result.valid is vector["expect_valid"]


@pytest.mark.parametrize("vector", VECTORS["twilio_body_hashes"])
def test_a_body_hash_is_of_the_raw_bytes(vector: Vector) -> None:
    assert hashlib.sha256(vector["body"].encode()).hexdigest() == vector["sha256_hex"]


@pytest.mark.parametrize("vector", VECTORS["stripe_signatures"], ids=lambda vector: vector["id"])
def test_a_stripe_vector_verifies_as_stated(vector: Vector) -> None:
    result = verify_stripe(
        ["whsec_another", vector["secret"]],
        vector["stripe_signature"],
        vector["payload"].encode(),
        datetime.fromtimestamp(vector["now"], UTC),
    )
    assert result.valid is vector["expect_valid"]


def test_a_verification_says_why_for_the_log() -> None:
    assert Verification(True).reason == ""
    refused = verify_twilio(["token"], "", "https://example.org/", Fields(), b"{}")
    assert refused == Verification(False, "no_body_hash")


def test_a_port_behind_credentials_is_found() -> None:
    # The official validator takes everything before the first colon for the host.
    signed = verify_twilio(
        ["12345"],
        "CukzLTc1tT5dXEDIHm/tKBanW10=",
        "https://user:pass@mycompany.com:8443/myapp.php?foo=1&bar=2",
        fields_of(FORMS[0]),
    )
    assert signed.valid

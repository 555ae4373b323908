"""Numbers that we never text again, kept so that nobody can read them."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field

import grpc

from kit.refusals import Refusal
from services.identity.phone_number import PhoneNumber


class SuppressionKeyMissing(Refusal):
    """SUPPRESSION_KEY is not set, so a number cannot be suppressed."""

    code = grpc.StatusCode.FAILED_PRECONDITION


@dataclass(frozen=True, slots=True)
class Suppression:
    """Hashes numbers. key: a secret; a plain hash of a number is found by trying all numbers.

    b"" where no key is set: then no number is known to be suppressed, and none can be.
    """

    key: bytes = field(default=b"", repr=False)

    def hash_of(self, phone_number: PhoneNumber) -> bytes:
        """32 bytes. Raises SuppressionKeyMissing."""
        if not self.key:
            raise SuppressionKeyMissing
        return hmac.new(self.key, phone_number.e164.encode(), hashlib.sha256).digest()

    def hash_if_known(self, phone_number: PhoneNumber) -> bytes:
        """The same; b"", which is no number's, without a key."""
        return self.hash_of(phone_number) if self.key else b""

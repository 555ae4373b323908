"""Whether a job is about a person: by what it carries, decoded, never by searching text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import DecodeError, Message

from protos.jobs.v1.payloads_pb2 import JobPayload

Meaning = Literal["user", "number", "customer", "nothing"]

MEANINGS: Final[Mapping[str, Meaning]] = {
    "user_id": "user",
    "subject": "user",  # of an alert: a job's id, or a person's
    "sender": "number",
    "phone_number": "number",
    "stripe_customer_id": "customer",
    "stripe_customer_ids": "customer",
    # These hold texts, and ids that name nobody; whose they are, the others say.
    "account_sid": "nothing",
    "body": "nothing",
    "content_type": "nothing",
    "error_code": "nothing",
    "event_id": "nothing",
    "event_type": "nothing",
    "expired_message_id": "nothing",
    "follow_up_id": "nothing",
    "language": "nothing",
    "message_id": "nothing",
    "message_sid": "nothing",
    "note": "nothing",
    "opt_out_type": "nothing",
    "provider_sid": "nothing",
    "reactivation_id": "nothing",
    "reason": "nothing",
    "recipient": "nothing",
    "request_key": "nothing",
    "status": "nothing",
    "stripe_charge_id": "nothing",
    "url": "nothing",
}
"""What the text fields of payloads name. A test wants every field of every payload here."""

_FEWEST_DIGITS: Final = 10


@dataclass(frozen=True, slots=True)
class Person:
    """Who is looked for. number: E.164, "" where unknown."""

    user_id: str
    number: str
    customers: frozenset[str]

    @property
    def needles(self) -> list[bytes]:
        """Bytes of which at least one is in every payload about them, but for Stripe's numbers,
        which are written in many ways."""
        return [each.encode() for each in (self.user_id, self.number, *self.customers) if each]

    @property
    def names(self) -> list[str]:
        """What a key that names them holds; of a number `is_named_by` looks closer."""
        return [each for each in (self.user_id, self.number) if each]

    def is_named_by(self, key: str) -> bool:
        """Whether an idempotency key holds their id or number; another number may begin with it."""
        number = re.escape(self.number) + r"(?![0-9])"
        return self.user_id in key or bool(self.number and re.search(number, key))

    def is_meant_by(self, payload: bytes) -> bool:
        """Whether a serialized JobPayload is about them. One that cannot be read is nobody's."""
        try:
            message = JobPayload.FromString(payload)
        except DecodeError:
            return False
        return any(self._fits(MEANINGS.get(name), text) for name, text in texts_of(message))

    def _fits(self, meaning: Meaning | None, text: str) -> bool:
        match meaning:
            case "user":
                return text == self.user_id
            case "number":
                return self._is_number(text)
            case "customer":
                return text in self.customers
            case _:
                return False

    def _is_number(self, text: str) -> bool:
        """Numbers as people and Stripe write them, with or without their country."""
        digits = re.sub(r"\D", "", text)
        ours = self.number.removeprefix("+")
        return bool(ours) and len(digits) >= _FEWEST_DIGITS and ours.endswith(digits)


def texts_of(message: Message) -> Iterator[tuple[str, str]]:
    """Every text in a message and within it, with the name of its field."""
    for field, value in message.ListFields():
        values = value if field.is_repeated else [value]
        for each in values:
            if field.type == FieldDescriptor.TYPE_MESSAGE:
                yield from texts_of(each)
            elif field.type == FieldDescriptor.TYPE_STRING:
                yield field.name, each

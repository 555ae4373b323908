"""Requests from their descriptors: plausible in all but a few fields, which are anything at all.

A request that is odd everywhere is refused for its first field and tests no more than that.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from google.protobuf import message_factory
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

ODD_STRINGS = (
    "",
    " ",
    "\x00",
    "a\x00b",
    "\u202egnirts\u202c",
    "\ufeff\u200b\u2028",
    "\U0001f469\u200d\U0001f469\u200d\U0001f467",
    "\U0010ffff\ue000",
    "e\u0301" * 50,
    "'; DROP TABLE jobs; --",
    "%s %(name)s {0} \\",
    '{"a": [1]}',
    "{1,2}",
    "NaN",
    "infinity",
    "0",
    "-1",
    "../../etc/passwd",
    "Etc/../GMT",
    "/etc/localtime",
    "00000000-0000-0000-0000-000000000000",
    "00000000-0000-7000-8000-00000000000g",
    "{01930000-0000-7000-8000-000000000000}",
    "+1202555010",
    "+120255501011111111",
    "+\u0661\u0662\u0660\u0662\u0665\u0665\u0665\u0660\u0661\u0660\u0661",
    "eyJhIjoxfQ",
    "AAAA",
    "a" * 255,
    "a" * 1_000,
    "\U0001f600" * 3_000,
    "a" * 300_000,
)
WORDS = ("a", "word", "a:1", "SM" + "0" * 31 + "1", "cus_1", "America/New_York", "17", "{}")
PLAUSIBLE = {"type": "sweep_check_ins", "time_zone": "America/New_York", "cron": "0 * * * *"}
# What may be changed: any other field of the message that is masked would be refused at once.
MASKS = {
    "UpdateUserRequest": ("email", "name"),
    "UpdateProfileRequest": ("first_name", "relationship", "zip_code", "time_zone", "language"),
}
NUMBERS = ("+12025550101", "+12025550102")
# What PostgreSQL, Python's datetime and protobuf's own rules end at, and one beyond each.
SECONDS = (
    *(0, -1, 1, -62_135_596_800, -62_135_596_801, 253_402_300_799, 253_402_300_800),
    *(315_576_000_000, 315_576_000_001, 2**31, 2**53, 2**63 - 1, -(2**63)),
)
NANOS = (0, 1, -1, 999_999_999, 1_000_000_000, 2**31 - 1, -(2**31))
FLOATS = (0.0, -0.0, -1.0, 1e308, 5e-324, float("nan"), float("inf"), float("-inf"))
_BITS = {
    FieldDescriptor.CPPTYPE_INT32: (-(2**31), 2**31 - 1),
    FieldDescriptor.CPPTYPE_INT64: (-(2**63), 2**63 - 1),
    FieldDescriptor.CPPTYPE_UINT32: (0, 2**32 - 1),
    FieldDescriptor.CPPTYPE_UINT64: (0, 2**64 - 1),
}
MOST_DEEP = 5
# A little more than a server reads, and no more than a test process should hold.
MOST_BYTES = 5 * 1024 * 1024
MANY = (0, 2, 101, 1_001, 3_000)


class Requests:
    """Strategies for messages. ids: of people who exist, for fields that want a UUID. words: what
    is plausible, by the name of a field. odd: whether a field of each may be anything at all."""

    def __init__(
        self,
        ids: tuple[str, ...],
        words: Mapping[str, tuple[str, ...]] | None = None,
        *,
        odd: bool = True,
    ) -> None:
        self._ids = (*ids, "01930000-0000-7000-8000-000000000000")
        self._words = words or {}
        self._odd = odd
        # Of one moment, or what is drawn again in another second would be another message.
        self._now = int(datetime.now(UTC).timestamp())

    def of(self, descriptor: Descriptor, depth: int = 0) -> SearchStrategy[Message]:
        """A message of this type. depth: how many messages it stands in."""

        @st.composite
        def drawn(draw: DrawFn) -> Message:
            message = message_factory.GetMessageClass(descriptor)()
            names = [each.name for each in descriptor.fields]
            odd = draw(st.sets(st.sampled_from(names), max_size=1)) if names and self._odd else ()
            for each in self._chosen(draw, descriptor):
                self._fill(draw, message, each, each.name in odd, depth)
            return message

        return drawn()

    def _chosen(self, draw: DrawFn, descriptor: Descriptor) -> list[FieldDescriptor]:
        """All fields that a plausible request sets: of each oneof one, of the rest nearly all."""
        choices = [tuple(one.fields) for one in descriptor.oneofs if len(one.fields) > 1]
        picked = [draw(st.sampled_from(fields)) for fields in choices]
        rest = [
            each
            for each in descriptor.fields
            if each.containing_oneof is None or len(each.containing_oneof.fields) == 1
        ]
        return picked + [each for each in rest if draw(st.integers(0, 20))]

    def _fill(
        self, draw: DrawFn, message: Message, field: FieldDescriptor, odd: bool, depth: int
    ) -> None:
        target: Any = getattr(message, field.name)
        if is_map(field):
            entry: Any = field.message_type
            key, value = entry.fields_by_name["key"], entry.fields_by_name["value"]
            for _ in range(draw(st.sampled_from((0, 1, 2, 200))) if odd else 1):
                if value.message_type is None:
                    target[self._scalar(draw, key, odd)] = self._scalar(draw, value, odd)
                else:
                    made = draw(self.of(value.message_type, depth + 1))
                    target[self._scalar(draw, key, odd)].CopyFrom(made)
        elif field.is_repeated:
            count = draw(st.sampled_from(MANY)) if odd else draw(st.integers(1, 2))
            some = [self._value(draw, field, odd, depth) for _ in range(min(count, 2))]
            count = min(count, MOST_BYTES // max(1, *map(_size, some))) if some else 0
            target.extend((some * (count // 2 + 1))[:count])
        elif field.message_type is None:
            setattr(message, field.name, self._scalar(draw, field, odd))
        elif depth < MOST_DEEP and not (odd and draw(st.booleans())):
            target.CopyFrom(self._value(draw, field, odd, depth))
            target.SetInParent()

    def _value(self, draw: DrawFn, field: FieldDescriptor, odd: bool, depth: int) -> Any:
        if field.message_type is None:
            return self._scalar(draw, field, odd)
        fill = {
            "google.protobuf.Timestamp": self._timestamp,
            "google.protobuf.Duration": self._duration,
            "google.protobuf.FieldMask": self._mask,
        }.get(field.message_type.full_name)
        if fill is None:
            return draw(self.of(field.message_type, depth + 1))
        message = message_factory.GetMessageClass(field.message_type)()
        fill(draw, message, odd, field)
        return message

    def _timestamp(self, draw: DrawFn, message: Any, odd: bool, _: FieldDescriptor) -> None:
        message.seconds = self._now - draw(st.integers(0, 9)) * 3600
        if odd:
            message.seconds = draw(st.sampled_from(SECONDS))
            message.nanos = draw(st.sampled_from(NANOS))

    def _duration(self, draw: DrawFn, message: Any, odd: bool, _: FieldDescriptor) -> None:
        message.seconds = draw(st.sampled_from(SECONDS)) if odd else draw(st.integers(0, 60))
        message.nanos = draw(st.sampled_from(NANOS)) if odd else 0

    def _mask(self, draw: DrawFn, message: Any, odd: bool, field: FieldDescriptor) -> None:
        paths: tuple[str, ...] = ("*", "", "a.b.c", "user_id", "\u202e")
        if not odd:
            request: Any = field.containing_type
            paths = MASKS.get(request.name, paths)
        message.paths.extend(draw(st.lists(st.sampled_from(paths), max_size=4)))

    def _scalar(self, draw: DrawFn, field: FieldDescriptor, odd: bool) -> Any:
        kind = field.cpp_type
        if kind == FieldDescriptor.CPPTYPE_BOOL:
            return draw(st.booleans())
        if kind == FieldDescriptor.CPPTYPE_ENUM:
            enum: Any = field.enum_type
            known = st.sampled_from([each.number for each in enum.values])
            return draw(st.sampled_from((99, -1, 2**31 - 1)) | known if odd else known)
        if kind in (FieldDescriptor.CPPTYPE_DOUBLE, FieldDescriptor.CPPTYPE_FLOAT):
            return draw(st.sampled_from(FLOATS) if odd else st.floats(0, 100))
        if kind != FieldDescriptor.CPPTYPE_STRING:
            low, high = _BITS[kind]
            if odd:
                return draw(st.sampled_from((low, high, 0)) | st.integers(low, high))
            named = [int(each) for each in self._words.get(field.name, ())]
            return draw(st.sampled_from([*named, *range(6)]))
        text = self._odd_text() if odd else self._plausible_text(field.name)
        return draw(text) if field.type != FieldDescriptor.TYPE_BYTES else draw(text).encode()

    def _odd_text(self) -> SearchStrategy[str]:
        every_plane = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
        return st.sampled_from(ODD_STRINGS) | every_plane

    def _plausible_text(self, name: str) -> SearchStrategy[str]:
        if name in self._words:
            return st.sampled_from(self._words[name])
        if "phone" in name or name in ("to", "sender", "from"):
            return st.sampled_from(NUMBERS)
        if "page_token" in name:
            return st.just("")
        if name in PLAUSIBLE:
            return st.just(PLAUSIBLE[name])
        if name in ("user_id", "user_ids"):
            return st.sampled_from(self._ids)
        if name.endswith(("_id", "_ids")):
            return st.sampled_from(self._ids) | st.sampled_from(WORDS)
        return st.sampled_from(WORDS)


def _size(value: Any) -> int:
    if isinstance(value, Message):
        return value.ByteSize()
    return len(value) if isinstance(value, str | bytes) else 8


def is_map(field: FieldDescriptor) -> bool:
    """Whether the field is a map, which is a repeated field of entries."""
    return bool(field.message_type and field.message_type.GetOptions().map_entry)

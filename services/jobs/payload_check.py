"""What no payload may hold, whatever its type: a time that is none, an id that is in no key."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from google.protobuf.message import Message

from kit.refusals import InvalidArgument
from kit.wire import parse_time
from protos.jobs.v1.payloads_pb2 import JobPayload

_SID: Final = "message_sid"
# As conversation takes it; keys of the jobs that follow are made of it.
_SIDS: Final = re.compile(r"[!-~]{0,64}")


def _fields_of(kind: str) -> Mapping[str, tuple[str, ...]]:
    """Names of the fields of this kind, a message's full name, by job type."""
    return {
        field.name: tuple(
            each.name
            for each in field.message_type.fields
            if each.message_type is not None and each.message_type.full_name == kind
        )
        for field in JobPayload.DESCRIPTOR.fields
        if field.message_type is not None
    }


_TIMES: Final = _fields_of("google.protobuf.Timestamp")
_WITH_SID: Final = frozenset(
    field.name
    for field in JobPayload.DESCRIPTOR.fields
    if field.message_type is not None and _SID in field.message_type.fields_by_name
)


def check_payload(name: str, payload: JobPayload) -> None:
    """Raises InvalidArgument naming the field. name: of the type that is set."""
    carried: Message = getattr(payload, name)
    if name in _WITH_SID and not _SIDS.fullmatch(getattr(carried, _SID)):
        raise InvalidArgument(
            f"job.payload.{name}.{_SID}", "must have at most 64 visible ASCII characters"
        )
    for field in _TIMES[name]:
        if not carried.HasField(field):
            continue
        try:
            parse_time(carried, field)
        except InvalidArgument as refusal:
            [(_, description)] = refusal.violations
            raise InvalidArgument(f"job.payload.{name}.{field}", description) from None

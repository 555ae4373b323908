"""What every contract needs between protobuf and Python: moments, durations, enums."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Final, Generic, TypeVar, overload

from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from kit.refusals import InvalidArgument

# Sums of these with any delay of ours still are moments, in Python and in PostgreSQL.
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_SECOND: Final = int(datetime(2000, 1, 1, tzinfo=UTC).timestamp())
_END_SECOND: Final = int(datetime(3000, 1, 1, tzinfo=UTC).timestamp())

NumberT = TypeVar("NumberT", bound=int)
ValueT = TypeVar("ValueT", bound=Enum)


class Names(Generic[NumberT, ValueT]):
    """One enum in its two spellings: BURNOUT_BAND_HIGH on the wire is BurnoutBand.HIGH here."""

    def __init__(
        self, number_of: Callable[[str], NumberT], prefix: str, values: type[ValueT]
    ) -> None:
        """number_of: of the generated enum, its `Value`. ValueError for a name it lacks."""
        self._numbers = {value: number_of(f"{prefix}_{value.name}") for value in values}
        self._values = {number: value for value, number in self._numbers.items()}

    def parse(self, number: NumberT, field: str) -> ValueT:
        """Raises InvalidArgument naming `field` for UNSPECIFIED and for numbers we do not know."""
        value = self._values.get(number)
        if value is None:
            raise InvalidArgument(field, "must be one of the values of its enum, but UNSPECIFIED")
        return value

    def number(self, value: ValueT) -> NumberT:
        """The number on the wire."""
        return self._numbers[value]


def parse_time(message: Message, field: str) -> datetime:
    """The moment in a Timestamp field, to the microsecond, in UTC.

    Raises InvalidArgument naming `field` where it is unset or no moment of this millennium.
    """
    if not message.HasField(field):
        raise InvalidArgument(field, "is required")
    stamp: Timestamp = getattr(message, field)
    if not (_FIRST_SECOND <= stamp.seconds < _END_SECOND and 0 <= stamp.nanos < 1_000_000_000):
        raise InvalidArgument(field, "must be a moment from the year 2000 to the year 2999")
    return _EPOCH + timedelta(seconds=stamp.seconds, microseconds=stamp.nanos // 1000)


@overload
def timestamp(moment: datetime) -> Timestamp: ...
@overload
def timestamp(moment: datetime | None) -> Timestamp | None: ...
def timestamp(moment: datetime | None) -> Timestamp | None:
    """An aware moment for the wire; None stays unset."""
    if moment is None:
        return None
    since = moment - _EPOCH
    return Timestamp(seconds=since.days * 86_400 + since.seconds, nanos=since.microseconds * 1000)


def duration(length: timedelta) -> Duration:
    """A length of time for the wire."""
    if length < timedelta(0):  # its parts have one sign on the wire, and not in Python
        wire = Duration()
        wire.FromTimedelta(length)
        return wire
    return Duration(seconds=length.days * 86_400 + length.seconds, nanos=length.microseconds * 1000)

"""How commands show what they found: tables for people, a JSON object a line for scripts."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final

import typer
from google.protobuf.duration_pb2 import Duration
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from rich.console import Console
from rich.text import Text

from respite.commands.tables import say_fitting

AsJson = Annotated[
    bool, typer.Option("--json", help="A JSON object a line, with the names of the protos.")
]
Full = Annotated[
    bool, typer.Option("--full", help="Whole phone numbers instead of their last four digits.")
]
Limit = Annotated[int, typer.Option("--limit", "-n", min=0, help="At most so many; 0 for all.")]

# Wide enough that nothing is cut where nobody looks at columns.
_WIDTH_OF_FILES: Final = 500
_SHOWN_DIGITS: Final = 4
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_UNITS: Final = ((86_400, "d"), (3_600, "h"), (60, "min"))


def harmless(text: str) -> str:
    """The text with control characters as \\u001b and the like, but for tabs and ends of lines.

    To a terminal they are commands, and whoever texts the line could send them.
    """
    return _CONTROLS.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def say_json(message: Message | Mapping[str, Any]) -> None:
    """One object on a line of its own. Every field is there, also those that hold nothing."""
    found = message if isinstance(message, Mapping) else as_mapping(message)
    typer.echo(harmless(json.dumps(found, ensure_ascii=False)))


def as_mapping(message: Message) -> dict[str, Any]:
    """A message by the names of its proto; moments and durations as protobuf's JSON has them."""
    return MessageToDict(
        message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
    )


def say_table(
    columns: Sequence[str],
    rows: Iterable[Sequence[str | Text]],
    *,
    none: str = "",
    apart: bool = False,
) -> None:
    """Columns under headings. A heading that begins with ">" is one of numbers, to the right.

    none: the remark where there are no rows, for whoever would see nothing. apart: see
    `tables.say_fitting`.
    """
    cells = [
        [each if isinstance(each, Text) else Text(harmless(each)) for each in row] for row in rows
    ]
    if not cells:
        if none:
            note(none)
        return
    if sys.stdout.isatty():
        say_fitting(Console(highlight=False), columns, cells, apart=apart)
        return
    plain = Console(width=_WIDTH_OF_FILES, highlight=False, color_system=None)
    with plain.capture() as captured:
        say_fitting(plain, columns, cells)
    for line in captured.get().splitlines():
        typer.echo(line.rstrip())


def say_facts(facts: Iterable[tuple[str, str]]) -> None:
    """Names and what they are, a line each; what is empty is left out."""
    for name, fact in facts:
        if fact:
            typer.echo(f"{name:<16} {harmless(fact)}")


def note(line: str) -> None:
    """A remark that is no part of the answer."""
    typer.echo(line, err=True)


def moment(stamp: Timestamp) -> str:
    """When, in UTC, to the second; "" where it is unset."""
    if not stamp.seconds:
        return ""
    return f"{stamp.ToDatetime(UTC):%Y-%m-%d %H:%M:%SZ}"


@contextmanager
def waiting(what: str) -> Iterator[None]:
    """Says on a terminal what is waited for, as long as it is; nothing where nobody looks."""
    with Console(stderr=True).status(what):
        yield


def ago(stamp: Timestamp, now: datetime | None = None) -> str:
    """How long ago, or how long until then."""
    if not stamp.seconds:
        return ""
    past = (now or datetime.now(UTC)) - stamp.ToDatetime(UTC)
    return f"{length(past)} ago" if past >= timedelta(0) else f"in {length(-past)}"


def length(span: timedelta | Duration) -> str:
    """A length of time in its largest unit that says enough: 35 ms, 2.4 s, 12 min, 3 h, 2 d."""
    if isinstance(span, Duration):
        span = span.ToTimedelta()
    seconds = span.total_seconds()
    if seconds < 0.9995:
        return f"{max(seconds, 0) * 1000:.0f} ms"
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    if seconds < 90:
        return f"{seconds:.0f} s"
    for size, unit in _UNITS:
        if seconds >= size * 2 or (unit == "min" and seconds >= size):
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def number(e164: str, *, full: bool) -> str:
    """A phone number, or its last four digits as lists of the services show them."""
    if full:
        return e164
    return "*" * (len(e164) - _SHOWN_DIGITS) + e164[-_SHOWN_DIGITS:]


def word(kind: Any, value: int) -> str:
    """The name of a value without that of its enum, in lower case; "" for none.

    kind: of the generated code, such as `jobs_pb2.JobState`.
    """
    name: str = kind.Name(value)
    prefix = kind.DESCRIPTOR.values_by_number[0].name.removesuffix("UNSPECIFIED")
    found = name.removeprefix(prefix).lower()
    return "" if found == "unspecified" else found

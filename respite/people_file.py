"""A file of people who come from another system: CSV with a header, one person a line."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from kit.refusals import InvalidArgument
from services.identity.phone_number import SHOWN_DIGITS, PhoneNumber
from services.profile.details import parse_detail

DETAILS: Final = ("first_name", "relationship", "care_recipient_name", "zip_code", "time_zone")
COLUMNS: Final = ("phone", *DETAILS, "stripe_customer_id", "opted_out_at")
# "cus_" and letters, digits or "_", at most 255: https://docs.stripe.com/upgrades
_CUSTOMER: Final = re.compile(r"cus_\w{1,251}", re.ASCII)


class UnreadableFile(Exception):
    """No line can be read; the text is one sentence."""


@dataclass(frozen=True, slots=True)
class Person:
    """One good line. details: by column, what the line knows of them, never "".

    line: the number of its first line in the file, from 1. opted_out_at: aware, UTC.
    """

    line: int
    phone: PhoneNumber = field(repr=False)
    details: Mapping[str, str] = field(repr=False)
    stripe_customer_id: str
    opted_out_at: datetime | None


@dataclass(frozen=True, slots=True)
class RefusedLine:
    """A line that was not imported, and why. ending: the number's last four digits, "" unknown."""

    line: int
    ending: str
    reason: str

    def __str__(self) -> str:
        number = f" (number ending in {self.ending})" if self.ending else ""
        return f"line {self.line}{number}: {self.reason}"


def ending_of(phone: PhoneNumber) -> str:
    """What a report may show of a number."""
    return phone.e164[-SHOWN_DIGITS:]


def read_people(path: Path, now: datetime) -> tuple[list[Person], list[RefusedLine]]:
    """The people of the file, and the lines that hold none, both in the order of the file.

    now: an opt-out may not lie after it. Raises UnreadableFile, OSError.
    """
    people: list[Person] = []
    refused: list[RefusedLine] = []
    seen: dict[str, int] = {}
    for line, cells in _lines_of(path):
        phone: PhoneNumber | None = None
        try:
            phone = _phone(cells["phone"])
            person = _person(line, phone, cells, now)
            _claim(seen, (phone.e164, person.stripe_customer_id), line)
        except InvalidArgument as problem:
            reason = "; ".join(f"{_column(name)} {what}" for name, what in problem.violations)
            refused.append(RefusedLine(line, ending_of(phone) if phone else "", reason))
        else:
            people.append(person)
    return people, refused


def _lines_of(path: Path) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Each line's number and its cells by column; one that does not fit raises when it is read."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, strict=True)
        try:
            header = _header(next(reader, []))
            end = reader.line_num
            for row in reader:
                start, end = end + 1, reader.line_num
                if row:
                    yield start, _Cells(header, row)
        except UnicodeDecodeError:
            raise UnreadableFile("is not UTF-8 text") from None
        except csv.Error as problem:
            raise UnreadableFile(f"is no CSV after line {reader.line_num}: {problem}") from None


class _Cells(dict[str, str]):
    """The cells of a row by column. Asked for one, it refuses a row of another length."""

    def __init__(self, header: Sequence[str], row: Sequence[str]) -> None:
        super().__init__(zip(header, (cell.strip() for cell in row), strict=False))
        self._expected, self._found = len(header), len(row)

    def __getitem__(self, column: str) -> str:
        if self._found != self._expected:
            raise InvalidArgument("line", f"has {self._found} fields, not {self._expected}")
        return self.get(column, "")


def _header(names: Iterable[str]) -> list[str]:
    header = [name.strip() for name in names]
    if "phone" not in header:
        raise UnreadableFile("has no column phone: the first line names the columns")
    unknown = [name for name in header if name not in COLUMNS]
    if unknown:
        raise UnreadableFile(f"has unknown columns {unknown}; known are {', '.join(COLUMNS)}")
    if len(set(header)) < len(header):
        raise UnreadableFile("names a column twice")
    return header


def _person(line: int, phone: PhoneNumber, cells: Mapping[str, str], now: datetime) -> Person:
    details = {name: parse_detail(name, cells[name]) for name in DETAILS if cells[name]}
    customer, opted_out = cells["stripe_customer_id"], cells["opted_out_at"]
    if customer and not _CUSTOMER.fullmatch(customer):
        raise InvalidArgument("stripe_customer_id", "must be a customer's id such as cus_N5a")
    return Person(line, phone, details, customer, _moment(opted_out, now) if opted_out else None)


def _phone(text: str) -> PhoneNumber:
    """In E.164 alone: a spreadsheet that took the "+" away must not make another country's."""
    if not text.startswith("+"):
        raise InvalidArgument("phone", "must be in E.164, such as +12025550101")
    return PhoneNumber.parse(text)


def _moment(text: str, now: datetime) -> datetime:
    """UTC where no offset is named; the beginning of the day where no time is."""
    try:
        moment = datetime.fromisoformat(text)
        moment = moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        what = "must be a date or time in ISO 8601, such as 2025-03-14T09:30:00Z"
        raise InvalidArgument("opted_out_at", what) from None
    if moment > now:
        # until then no START could bring the person back
        raise InvalidArgument("opted_out_at", "lies in the future")
    return moment


def _claim(seen: dict[str, int], keys: tuple[str, str], line: int) -> None:
    """Refuses what an earlier line has: which of the two is right, nobody can tell."""
    for column, key in zip(("phone", "stripe_customer_id"), keys, strict=True):
        if key in seen:
            raise InvalidArgument(column, f"is that of line {seen[key]} too")
    seen.update((key, line) for key in keys if key)


def _column(name: str) -> str:
    """The column behind a field of a request."""
    return {"phone_number": "phone"}.get(name, name.removeprefix("profile."))

"""Which lines of a file of people are good, and what is said of the others."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from respite.people_file import COLUMNS, UnreadableFile, read_people
from tests.respite.stack import respite

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
ANA = "+12025550101"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "people.csv"


def refusal(path: Path, header: str, line: str) -> str:
    """What is said of one line that must be refused."""
    path.write_text(f"{header}\n{line}\n")
    people, [refused] = read_people(path, NOW)
    assert not people
    return str(refused)


def test_a_line_may_know_everything_or_the_phone_alone(path: Path) -> None:
    path.write_text(
        f"\ufeff{','.join(COLUMNS)}\r\n"
        f'{ANA},Ana,daughter,"Rosa, ""Mom""",60614,America/Chicago,cus_A1,'
        "2025-03-14T09:30:00-05:00\r\n"
        "\r\n"
        "+1 202 555 0102 ,,,,,,,2025-03-14\r\n"
        "+12025550103,,,,,,,\r\n",
        encoding="utf-8",
    )
    [ana, ben, cleo], refused = read_people(path, NOW)
    assert not refused
    assert (ana.line, ana.phone.e164, ana.stripe_customer_id) == (2, ANA, "cus_A1")
    assert ana.details == {
        "first_name": "Ana",
        "relationship": "daughter",
        "care_recipient_name": 'Rosa, "Mom"',
        "zip_code": "60614",
        "time_zone": "America/Chicago",
    }
    assert ana.opted_out_at == datetime(2025, 3, 14, 14, 30, tzinfo=UTC)
    assert (ben.line, ben.phone.e164) == (4, "+12025550102")
    assert ben.opted_out_at == datetime(2025, 3, 14, tzinfo=UTC)
    assert (cleo.details, cleo.stripe_customer_id, cleo.opted_out_at) == ({}, "", None)


@pytest.mark.parametrize(
    ("header", "line", "said"),
    [
        ("phone", "2025550101", "line 2: phone must be in E.164, such as +12025550101"),
        ("phone", "+1202555", "line 2: phone cannot be a person's phone number"),
        ("phone,zip_code", f"{ANA},?", "line 2 (number ending in 0101): zip_code must be a postal"),
        ("phone,time_zone", f"{ANA},Chicago", "time_zone must be an IANA time zone"),
        ("phone,first_name", f"{ANA},{'a' * 101}", "first_name must have at most 100 characters"),
        ("phone,stripe_customer_id", f"{ANA},sub_1", "stripe_customer_id must be a customer's id"),
        ("phone,opted_out_at", f"{ANA},14/03/25", "opted_out_at must be a date or time in ISO"),
        ("phone,opted_out_at", f"{ANA},2026-11-25T12:00:01Z", "opted_out_at lies in the future"),
        ("phone,first_name", ANA, "line 2: line has 1 fields, not 2"),
        ("phone", f"{ANA},Ana", "line 2: line has 2 fields, not 1"),
    ],
)
def test_a_line_that_cannot_be_right_is_refused_by_its_column(
    path: Path, header: str, line: str, said: str
) -> None:
    assert said in refusal(path, header, line)
    assert ANA not in refusal(path, header, line).removesuffix("such as +12025550101")


def test_the_second_line_of_a_number_or_a_customer_is_refused(path: Path) -> None:
    path.write_text(
        f"phone,first_name,stripe_customer_id\n{ANA},Ana,cus_A\n"
        "+1 (202) 555-0101,Bo,\n+12025550102,Cy,cus_A\n"
    )
    [ana], refused = read_people(path, NOW)
    assert ana.details == {"first_name": "Ana"}
    assert [str(each) for each in refused] == [
        "line 3 (number ending in 0101): phone is that of line 2 too",
        "line 4 (number ending in 0102): stripe_customer_id is that of line 2 too",
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "has no column phone"),
        (b"number\n+12025550101\n", "has no column phone"),
        (b"phone,nickname\n", "unknown columns ['nickname']"),
        (b"phone,zip_code,zip_code\n", "names a column twice"),
        (b"phone\n\xff\n", "is not UTF-8 text"),
        (b'phone\n"+1202\n', "is no CSV"),
    ],
)
def test_a_file_of_another_kind_is_refused_as_a_whole(
    path: Path, content: bytes, said: str
) -> None:
    path.write_bytes(content)
    with pytest.raises(UnreadableFile) as problem:
        read_people(path, NOW)
    assert said in str(problem.value)


@pytest.mark.slow
def test_a_dry_run_needs_no_system_and_reports_what_it_refuses(path: Path) -> None:
    path.write_text(f"phone,zip_code\n{ANA},60614\n+12025550102,?\n")
    nowhere = {"PATH": "/usr/bin:/bin", "RESPITE_HOME": str(path.parent)}
    done = respite("import", str(path), "--dry-run", environment=nowhere)
    assert (done.returncode, done.stdout) == (1, "1 good, 1 refused\n")
    assert done.stderr.startswith("line 3 (number ending in 0102): zip_code must be")
    path.write_text("telephone\n")
    done = respite("import", str(path), "--dry-run", environment=nowhere)
    assert done.returncode == 2
    assert "has no column phone" in done.stderr

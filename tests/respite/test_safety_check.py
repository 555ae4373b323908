"""`respite safety check`: what a clinician reviews crisis detection with."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from respite.home import CHECKOUT

pytestmark = pytest.mark.slow

TEXTS = "I want to die\nhello\n\nmi esposo me pega\r\nShe’s not breathing 😱"
PRINTED = (
    "suicide\tI want to die\nnone\thello\nnone\t\nabuse\tmi esposo me pega\n"
    "medical_emergency\tShe’s not breathing 😱\n"
)


def check(file: str, *options: str, given: bytes = b"") -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "respite", "safety", "check", file, *options],
        cwd=CHECKOUT,
        input=given,
        capture_output=True,
        check=False,
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def test_each_text_of_a_file_is_printed_after_its_kind_and_a_tab(tmp_path: Path) -> None:
    (tmp_path / "texts").write_text(TEXTS, encoding="utf-8", newline="")
    assert check(str(tmp_path / "texts")) == (0, PRINTED, "")


def test_texts_come_from_standard_input_too_whatever_their_bytes() -> None:
    assert check("-", given=TEXTS.encode()) == (0, PRINTED, "")
    assert check("-", given=b"\xff I want to die\n") == (0, "suicide\t\ufffd I want to die\n", "")


def test_a_file_that_is_not_there_is_one_line_and_a_status() -> None:
    assert check("/no/such/file") == (2, "", "/no/such/file: No such file or directory\n")


def test_what_decided_is_printed_below_each_text_if_asked_for() -> None:
    texts = b"I want to kill myself\nI'm not suicidal, just tired\n"
    status, printed, _ = check("-", "--explain", given=texts)
    assert status == 0
    first, second = printed.split("\nnone\t")
    assert first.startswith("suicide\tI want to kill myself\n\tcertain: ")
    assert "\n\trule of suicide, +" in first
    assert "\n\tscore " in first
    assert " kill myself" in first.rpartition("\n\tweights for any kind: ")[2]
    assert "\n\tnot meant, -" in second

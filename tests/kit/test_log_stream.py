"""A log that nobody reads holds nobody up."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

TALKING = """
import sys
from kit.logging import configure_logging, get_logger
configure_logging("worker")
log = get_logger("test")
count, width = map(int, sys.argv[1:])
for number in range(count):
    log.info("said", number=number, words="x" * width)
print("went on", flush=True)
sys.stdin.readline()
log.info("said", number=count)
"""


@contextmanager
def talking(count: int, width: int) -> Iterator[subprocess.Popen[str]]:
    """A process that logs far more than a pipe holds, then waits for a line, then logs once."""
    words = [sys.executable, "-c", TALKING, str(count), str(width)]
    pipe = subprocess.PIPE
    with subprocess.Popen(words, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as process:
        killer = threading.Timer(30, process.kill)
        killer.start()
        yield process
        killer.cancel()


@pytest.mark.parametrize(("count", "width"), [(2000, 1), (50, 10_000)])
def test_who_logs_goes_on_while_nobody_reads_and_says_afterwards_what_was_lost(
    count: int, width: int
) -> None:
    with talking(count, width) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        assert process.stderr is not None
        assert process.stdout.readline() == "went on\n"
        read = os.read(process.stderr.fileno(), 1 << 20)
        process.stdin.write("\n")
        process.stdin.flush()
        said = (read.decode() + process.stderr.read()).splitlines()
    whole = [json.loads(line) for line in said if line.endswith("}")]
    assert len(said) - len(whole) <= 1  # the one that broke off
    numbers = [line["number"] for line in whole if line["event"] == "said"]
    assert numbers == [*range(len(numbers) - 1), count]
    [lost] = [line["lines"] for line in whole if line["event"] == "log_lines_lost"]
    assert lost == count + 1 - len(numbers)

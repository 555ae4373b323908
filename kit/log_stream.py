"""Where log lines go: to a stream that may have no reader, for which nothing waits."""

from __future__ import annotations

import io
import logging
import os
import select
from typing import Final, TextIO

import structlog

PATIENCE: Final = 0.1
"""Seconds that a line waits for a reader who is behind; once one did in vain, none waits."""

# What a pipe that has room takes without waiting:
# https://docs.python.org/3/library/select.html#select.PIPE_BUF
_PIECE: Final = select.PIPE_BUF


class UnhinderedHandler(logging.Handler):
    """Writes lines to a stream, and gives up those for which there is no room.

    A pipe whose reader hangs, or a terminal that was stopped, is full after a few hundred lines;
    whoever writes to it then waits, with the event loop and every thread that has something to log.
    How many lines were lost is logged when there is room again.
    """

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self._stream = stream
        self._descriptor = _descriptor_of(stream)
        self._lost = 0
        self._broke_off = False
        self._poll = select.poll()
        if self._descriptor is not None:
            self._poll.register(self._descriptor, select.POLLOUT)

    def emit(self, record: logging.LogRecord) -> None:
        """One line. Raises nothing, as handlers do."""
        try:
            line = f"{self.format(record)}\n"
            if self._descriptor is None:
                self._stream.write(line)
                self._stream.flush()
            elif not self._wrote(self._descriptor, line.encode(errors="replace")):
                self._lost += 1
            elif self._lost:
                lost, self._lost = self._lost, 0
                structlog.get_logger(__name__).warning("log_lines_lost", lines=lost)
        except Exception:
            self.handleError(record)

    def _wrote(self, descriptor: int, line: bytes) -> bool:
        """Whether all of it was."""
        left = b"\n" + line if self._broke_off else line
        while left:
            patience = 0.0 if self._lost else PATIENCE
            if not self._poll.poll(patience * 1000):
                return False
            left = left[os.write(descriptor, left[:_PIECE]) :]
            self._broke_off = bool(left)
        return True


def _descriptor_of(stream: TextIO) -> int | None:
    """None for what only looks like a file, and never fills up."""
    try:
        return stream.fileno()
    except (io.UnsupportedOperation, AttributeError):
        return None

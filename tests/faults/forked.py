"""Worker processes that begin as copies of one that has imported everything already.

A process that begins from nothing imports for as long as such a story takes.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
from importlib import import_module
from multiprocessing.context import ForkServerProcess
from pathlib import Path

_MODULES = ("crashing_worker", "freezing_worker")
_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload([f"{__package__}.{name}" for name in _MODULES])


def start(module: str, log: Path, *arguments: str) -> ForkServerProcess:
    """Runs the main function of a module of tests.faults with these arguments, in a process.

    log: of what it says.
    """
    process = _CONTEXT.Process(target=_run, args=(module, str(log), *arguments), daemon=True)
    process.start()
    return process


def _run(module: str, log: str, *arguments: str) -> None:
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for own in (1, 2):
        os.dup2(descriptor, own)
    asyncio.run(import_module(f"{__package__}.{module}").main(*arguments))

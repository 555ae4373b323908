"""How commands speak to the sandbox, and how they end where that fails."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from respite.commands.ending import Exit, fail
from respite.development import environment_for_commands
from respite.sandbox_client import SandboxAway, SandboxClient, SandboxProblem


@contextmanager
def in_sandbox() -> Iterator[SandboxClient]:
    """The sandbox. What it refuses inside, or does not answer, ends the command."""
    try:
        yield SandboxClient.of(environment_for_commands(os.environ))
    except SandboxAway as problem:
        fail(str(problem), Exit.UNREACHABLE)
    except SandboxProblem as problem:
        fail(str(problem))

"""Runs one process of the table in the foreground.

Apart from the command line and quick to import, because eight of these start at once.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Final

from respite.lifeline import hold_on
from respite.processes import BY_NAME, environment_of
from respite.providers import SandboxSecrets, use_sandbox

# Known to everybody, and good enough for the numbers of a sandbox, which belong to nobody.
_SANDBOX_SUPPRESSION_KEY: Final = "sandbox-only-suppression-key"


def completed(name: str, environment: Mapping[str, str]) -> dict[str, str]:
    """The environment with the sandbox in place of providers, where it is told of one.

    SANDBOX_URL: where it is. REAL_CREDENTIALS: the names of providers whose credentials are given,
    none of which is secret; if there is one, nothing is made up for the others, because what is
    made up here is known to everybody.
    """
    sandbox_url = environment.get("SANDBOX_URL")
    if not sandbox_url or environment.get("REAL_CREDENTIALS", "").strip():
        return dict(environment)
    filled = dict(environment)
    if not (filled.get("SUPPRESSION_KEY") or filled.get("SUPPRESSION_KEY_FILE")):
        filled["SUPPRESSION_KEY"] = _SANDBOX_SUPPRESSION_KEY
    use_sandbox(filled, sandbox_url, SandboxSecrets())
    return environment_of(BY_NAME[name], filled)


def serve(name: str) -> None:
    """Runs the process until SIGTERM or SIGINT. Raises KeyError for a name not in the table."""
    hold_on()
    environment = completed(name, os.environ)
    os.environ.clear()
    os.environ.update(environment)
    # What is imported stays to the end: nobody need search it for garbage, now or later.
    gc.disable()
    module = import_module(f"respite.{name}")

    from kit.certificates import CertificateProblem
    from kit.process import CannotListen

    gc.freeze()
    gc.enable()
    try:
        module.main()
    except (CannotListen, CertificateProblem) as problem:
        raise SystemExit(f"{name}: {problem}") from None


if __name__ == "__main__":
    serve(sys.argv[1])

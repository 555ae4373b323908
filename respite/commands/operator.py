"""How commands speak to the services: as the operator, and in one line where that fails."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import grpc

from kit.certificates import CertificateProblem
from respite.commands.ending import Exit, fail
from respite.development import environment_for_commands
from respite.processes import BadPort
from respite.services import NO_ROLE, NO_ROLES, NO_STORE, CallFailed, Services

_STATUSES: Final = {
    grpc.StatusCode.NOT_FOUND: Exit.NOT_FOUND,
    grpc.StatusCode.INVALID_ARGUMENT: Exit.USAGE,
}
_DATABASES: Final = "`respite doctor` says which database does not answer; what waits is kept"
# What to do about a refusal, where that is not said by its sentence.
_ADVICE: Final = {
    NO_ROLE: "an admin gives the role with `respite users grant`",
    "BODY_DIFFERS": "look at the job that has the key with `respite jobs show`",
    "CRISIS_PATH_NOT_CONFIRMED": "say --confirm-crisis-path if you mean it",
    "JOB_ENDED": "look at it with `respite jobs show`",
    "JOB_NOT_FOUND": "`respite jobs ls` lists the live and the dead ones",
    "JOB_NOT_RETRYABLE": "look at it with `respite jobs show`",
    NO_ROLES: f"identity or its database is away: {_DATABASES}",
    NO_STORE: f"PostgreSQL is away: {_DATABASES}",
    "USER_NOT_FOUND": "`respite users find NUMBER` and `respite users ls` say who there is",
}
_AWAY: Final = (
    "`respite status` says what runs here; elsewhere, check {variable} and that the operator's"
    " certificate is of the same CA and has not run out (`respite certs list`)"
)


def advised(failed: CallFailed) -> str:
    """What went wrong, and what to do about it."""
    if failed.away and not failed.refusal.domain:
        advice = _AWAY.format(variable=f"{failed.service.upper()}_ADDRESS")
    else:
        advice = _ADVICE.get(failed.refusal.reason, "")
    return f"{str(failed).rstrip('.')}; {advice}" if advice else str(failed)


def status_of(failed: CallFailed) -> Exit:
    """The status of a command that a failed call ends."""
    return Exit.UNREACHABLE if failed.away else _STATUSES.get(failed.refusal.code, Exit.FAILED)


@contextmanager
def calling() -> Iterator[Services]:
    """The services, called as the operator. A call that fails inside ends the command."""
    try:
        services = Services(environment_for_commands(os.environ))
    except CertificateProblem as problem:
        fail(str(problem), Exit.USAGE)
    try:
        yield services
    except CallFailed as failed:
        fail(advised(failed), status_of(failed))
    except (BadPort, CertificateProblem) as problem:
        fail(str(problem), Exit.USAGE)
    finally:
        services.close()

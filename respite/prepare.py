"""What has to be true before the processes of a run start: certificates, schemas, an operator.

A process of its own, so that the runner, which lives long, need not load what only this needs.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from uuid import UUID

from respite import certs
from respite.lifeline import hold_on
from respite.migrate import NotConfigured, migrate_all, value_of


def prepare(environment: Mapping[str, str]) -> None:
    """Does what is missing; safe to repeat. Raises what its parts raise."""
    directory = certs.directory_of(environment)
    _tell("certificates")
    certs.make(directory)
    migrate_all(environment, lambda name: _tell(f"schema {name}"), skip_without_admin=True)
    if value_of(environment, "IDENTITY_DATABASE_URL"):
        _tell("operator")
        _make_operator(environment)


def _make_operator(environment: Mapping[str, str]) -> None:
    """An admin and their certificate, unless the certificate's holder still exists; theirs is made
    anew where it is due, as those of the processes are.

    Who was made an admin here and lost the role since, does not get it back.
    """
    from respite import operator

    directory = certs.directory_of(environment)
    uri = certs.operator_uri(directory)
    holder = UUID(uri.rpartition("/")[2]) if uri else None
    if holder is None or not operator.exists(environment, holder):
        holder = operator.grant_admin(environment, operator.DEVELOPMENT_PHONE)
    certs.make_operator(directory, str(holder))


def _tell(what: str) -> None:
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


def main() -> None:
    """Prepares for the processes of this environment; problems go to stderr, a line each."""
    hold_on()
    from psycopg import OperationalError

    from kit.certificates import CertificateProblem
    from kit.migrations import MigrationError
    from kit.refusals import Refusal

    try:
        prepare(os.environ)
    except (NotConfigured, CertificateProblem, MigrationError, OperationalError, Refusal) as error:
        raise SystemExit(str(error).strip()) from None


if __name__ == "__main__":
    main()

"""The step before the servers: roles, schemas and migrations of every service."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from respite.home import CHECKOUT
from respite.processes import SERVICES


class NotConfigured(Exception):
    """Variables are missing or no URLs; the text has one line for each, without its value."""


def migrate_all(
    environment: Mapping[str, str],
    progress: Callable[[str], None] = lambda _service: None,
    *,
    skip_without_admin: bool = False,
) -> None:
    """Brings every schema to the newest version. Safe to repeat, and from many places at once.

    progress: told each service before its turn. skip_without_admin: leave out services for whose
    database no administrator is given, because somebody else looks after it.
    Raises NotConfigured, kit.migrations.MigrationError, or the database's own error.
    """
    from kit.migrations import migrate  # late: Alembic takes half a second to import

    urls = {service: _urls(service, environment) for service in SERVICES}
    if skip_without_admin:
        urls = {service: each for service, each in urls.items() if each["ADMIN_DATABASE_URL"]}
    wrong = [
        f"{name}: {problem}"
        for each in urls.values()
        for name, url in each.items()
        if (problem := _problem(url))
    ]
    if wrong:
        raise NotConfigured("\n".join(dict.fromkeys(wrong)))
    for service, (admin, writer, reader) in ((name, each.values()) for name, each in urls.items()):
        progress(service)
        migrate(service, CHECKOUT / "services" / service, admin, writer, reader)


def _urls(service: str, environment: Mapping[str, str]) -> dict[str, str]:
    upper = service.upper()
    admin = value_of(environment, f"{upper}_ADMIN_DATABASE_URL")
    return {
        "ADMIN_DATABASE_URL": admin or value_of(environment, "ADMIN_DATABASE_URL"),
        f"{upper}_DATABASE_URL": value_of(environment, f"{upper}_DATABASE_URL"),
        f"{upper}_READER_DATABASE_URL": value_of(environment, f"{upper}_READER_DATABASE_URL"),
    }


def _problem(url: str) -> str:
    """What is wrong with the value of a variable, "" if nothing is."""
    from kit.pool import driver_url

    if not url:
        return "is not set"
    try:
        driver_url(url)
    except ValueError as problem:
        return str(problem)
    return ""


def value_of(environment: Mapping[str, str], name: str) -> str:
    """A variable, or the content of the file that NAME_FILE names."""
    if path := environment.get(f"{name}_FILE"):
        return Path(path).read_text(encoding="utf-8").strip()
    return environment.get(name, "")

"""All checks, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from respite.doctor.certificate_files import certificate_files
from respite.doctor.configuration import configuration
from respite.doctor.databases import databases
from respite.doctor.finding import Finding, bad
from respite.doctor.public_address import public_address
from respite.doctor.queue import queue
from respite.doctor.settings import Settings, settings_of
from respite.doctor.stripe_settings import stripe_settings
from respite.doctor.twilio_settings import twilio_settings

_CHECKS: Final[tuple[Callable[[Settings], Iterator[Finding]], ...]] = (
    public_address,
    twilio_settings,
    stripe_settings,
    configuration,
    certificate_files,
    databases,
    queue,
)


def examination(given: Mapping[str, str]) -> Iterator[Finding]:
    """Every finding as it is made. given: the environment of whoever asks."""
    settings = settings_of(given)
    for check in _CHECKS:
        try:
            yield from check(settings)
        except OSError as problem:  # a file that NAME_FILE names
            name = check.__name__.replace("_", " ")
            yield bad(name, str(problem), "make the file readable, or clear the variable")

"""What every process is told by its environment."""

from __future__ import annotations

import logging
import os
import re
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field, SecretStr, ValidationInfo, field_validator

from kit.clock import MovableClock, SystemClock
from kit.settings import Settings
from kit.tls import TlsFiles
from respite.home import Home


def _is_a_database(url: SecretStr) -> SecretStr:
    from kit.pool import driver_url  # late: gateway and worker have no database

    driver_url(url.get_secret_value())
    return url


DatabaseUrl = Annotated[SecretStr, AfterValidator(_is_a_database)]
"""A plain postgresql:// URL, with the password in it."""


_BASE_URL = re.compile(r"https?://[^\s/?#]+(/[^\s?#]*)?", re.IGNORECASE)


def _is_a_base(url: str) -> str:
    if not _BASE_URL.fullmatch(url):
        raise ValueError("must be like https://host or https://host:port, without ? and #")
    return url


BaseUrl = Annotated[str, AfterValidator(_is_a_base)]
"""An http or https URL to which paths are added."""


def _is_a_level(name: str) -> str:
    if name.upper() not in logging.getLevelNamesMapping():
        raise ValueError("must be DEBUG, INFO, WARNING or ERROR")
    return name


class NamedSettings(Settings):
    """What every process is told: where it listens, its certificate, its log."""

    process: ClassVar[str]
    """Name of the process in the process table, and of its certificate's files."""

    bind_host: str = "127.0.0.1"
    tls_dir: Path = Field(default_factory=lambda: Home.of(os.environ).certificates)
    tls_ca_file: Path | None = None
    tls_cert_file: Path | None = None
    tls_key_file: Path | None = None
    log_level: Annotated[str, AfterValidator(_is_a_level)] = "INFO"
    log_format: Literal["json", "console"] = "json"

    def tls_files(self) -> TlsFiles:
        """The process's certificate and the CA that it trusts."""
        files = TlsFiles.of(self.tls_dir, self.process)
        return TlsFiles(
            self.tls_ca_file or files.ca,
            self.tls_cert_file or files.cert,
            self.tls_key_file or files.key,
        )


class ProcessSettings(NamedSettings):
    """Base of the settings of our own processes: of all but the stand-in for others."""

    # Where traces go, by OTLP over HTTP; none are made without it.
    otel_exporter_otlp_endpoint: str = ""

    # Of the sandbox, where it stands in for the provider; else it is the provider itself.
    twilio_base_url: str | None = None
    stripe_base_url: str = ""
    # Where the sandbox says how far it has moved the clock.
    development_clock: Path | None = None

    @field_validator("development_clock")
    @classmethod
    def _moves_make_believe_alone(cls, value: Path | None, others: ValidationInfo) -> Path | None:
        sandbox = others.data.get("twilio_base_url")
        if value is not None and not (sandbox and sandbox == others.data.get("stripe_base_url")):
            raise ValueError(
                "moves the clock of a development stack: it is refused unless one sandbox stands in"
                " for both providers, by TWILIO_BASE_URL and STRIPE_BASE_URL"
            )
        return value

    def clock(self) -> SystemClock | MovableClock:
        """What tells this process domain time."""
        return MovableClock(self.development_clock) if self.development_clock else SystemClock()

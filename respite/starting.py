"""How every process of ours begins: its settings, its log, its traces."""

from __future__ import annotations

from typing import TypeVar

from kit.logging import configure_logging
from kit.settings import load
from kit.tracing import start_tracing
from respite.settings import ProcessSettings

SettingsT = TypeVar("SettingsT", bound=ProcessSettings)


def begin(kind: type[SettingsT]) -> SettingsT:
    """The settings of this process, which logs and traces from now on.

    Ends the process with one line for each setting that cannot be.
    """
    settings = load(kind)
    configure_logging(settings.process, settings.log_level, settings.log_format)
    start_tracing(settings.process, settings.otel_exporter_otlp_endpoint)
    return settings

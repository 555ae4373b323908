"""What a verification says."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Verification:
    """Whether a webhook comes from the provider.

    reason: snake_case, for the log and the metric and never for the caller; "" where it is valid.
    """

    valid: bool
    reason: str = ""


VALID = Verification(True)

"""How tests say that a call must be refused."""

from __future__ import annotations

from typing import Any

import grpc
import pytest

from kit.refusals import refusal_of

Refused = tuple[grpc.StatusCode, str, list[str]]
"""The code, the reason, and the fields that are at fault."""


def refused_by(domain: str, call: Any, request: Any) -> Refused:
    """The refusal of a call that must be refused, by this service itself."""
    with pytest.raises(grpc.RpcError) as error:
        call(request)
    refusal = refusal_of(error.value)
    assert refusal.domain == domain
    return refusal.code, refusal.reason, [field for field, _ in refusal.violations]


def invalid(field: str) -> Refused:
    return grpc.StatusCode.INVALID_ARGUMENT, "INVALID_ARGUMENT", [field]

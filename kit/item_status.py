"""The refusal of one item of a batch: how it is written, and how its caller gets it raised.

Each concern's proto has an ItemStatus of its own: code, reason, message, retry_delay. They are the
same message, but protos import only google's, so each is written and read here by its fields.
"""

from __future__ import annotations

from typing import Any, Protocol

import grpc
from google.protobuf.duration_pb2 import Duration
from google.rpc import error_details_pb2, status_pb2

from kit.refusals import DETAILS_KEY, Refusal, to_status


class ItemStatus(Protocol):
    """What every concern's ItemStatus has. code: number of the google.rpc.Code."""

    code: int
    reason: str
    message: str

    @property
    def retry_delay(self) -> Duration:
        """How long waiting may help."""
        ...

    def HasField(self, field_name: Any, /) -> bool:  # noqa: N802 (protobuf's)
        """Whether a message field is set."""
        ...


def write_status(refusal: Refusal, status: ItemStatus) -> None:
    """Fills in `status`: for bad input, its message says what is wrong with which field."""
    told = "; ".join(f"{field}: {what}" for field, what in refusal.violations)
    status.code = refusal.code.value[0]
    status.reason = refusal.reason
    status.message = told or refusal.sentence
    if refusal.retry_after is not None:
        status.retry_delay.FromTimedelta(refusal.retry_after)


def error_of(status: ItemStatus, domain: str) -> grpc.aio.AioRpcError:
    """The error that the same refusal of a one-item call raises: `kit.refusals` reads it.

    domain: the concern that refuses, "profile".
    """
    details = status_pb2.Status(code=status.code, message=status.message)
    details.details.add().Pack(error_details_pb2.ErrorInfo(reason=status.reason, domain=domain))
    if status.HasField("retry_delay"):
        retry = error_details_pb2.RetryInfo(retry_delay=status.retry_delay)
        details.details.add().Pack(retry)
    return _error(details)


def error_of_refusal(refusal: Refusal, domain: str) -> grpc.aio.AioRpcError:
    """The error that this refusal raises at a server's caller, where the caller itself refuses."""
    return _error(to_status(refusal, domain))


def _error(details: status_pb2.Status) -> grpc.aio.AioRpcError:
    return grpc.aio.AioRpcError(
        _CODES.get(details.code, grpc.StatusCode.UNKNOWN),
        grpc.aio.Metadata(),
        grpc.aio.Metadata((DETAILS_KEY, details.SerializeToString())),
        details.message,
    )


# An item without an answer is refused: OK is no refusal.
_CODES = {code.value[0]: code for code in grpc.StatusCode if code is not grpc.StatusCode.OK}

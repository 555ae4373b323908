"""What this service refuses, besides arguments that are wrong in themselves."""

from __future__ import annotations

from grpc import StatusCode

from kit.refusals import Refusal


class BodyDiffers(Refusal):
    """The key is known with another payload."""

    code = StatusCode.FAILED_PRECONDITION


class TypeNotAllowed(Refusal):
    """The caller may not enqueue jobs of this type."""

    code = StatusCode.PERMISSION_DENIED


class LaneHeld(Refusal):
    """Another has the job's lane at this moment; enqueue it by itself."""

    code = StatusCode.ABORTED


class StaleClaim(Refusal):
    """The claim is not the current one of its job; nothing was changed."""

    code = StatusCode.ABORTED


class JobNotFound(Refusal):
    """No such job."""

    code = StatusCode.NOT_FOUND


class JobNotRetryable(Refusal):
    """The job is running, done or canceled."""

    code = StatusCode.FAILED_PRECONDITION


class JobEnded(Refusal):
    """The job has already ended."""

    code = StatusCode.FAILED_PRECONDITION


class CrisisPathNotConfirmed(Refusal):
    """The type is of the crisis path; to pause it, set confirm_crisis_path."""

    code = StatusCode.FAILED_PRECONDITION


class ClockFixed(Refusal):
    """This line goes by the machine's clock, which nobody moves."""

    code = StatusCode.FAILED_PRECONDITION


class TooManyPolls(Refusal):
    """Too many workers are waiting for jobs here; ask again in a moment."""

    code = StatusCode.RESOURCE_EXHAUSTED

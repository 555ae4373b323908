"""What this service refuses, beside bad input."""

from __future__ import annotations

import grpc

from kit.refusals import Refusal


class ProfileNotFound(Refusal):
    """No profile belongs to this person."""

    code = grpc.StatusCode.NOT_FOUND


class CrisisNotFound(Refusal):
    """No crisis has this id."""

    code = grpc.StatusCode.NOT_FOUND


class FollowUpNotFound(Refusal):
    """No follow-up has this id."""

    code = grpc.StatusCode.NOT_FOUND


class ReactivationNotFound(Refusal):
    """No reactivation has this id."""

    code = grpc.StatusCode.NOT_FOUND


class AssessmentNotFound(Refusal):
    """No assessment has this id, or the person was never asked one."""

    code = grpc.StatusCode.NOT_FOUND


class NoAssessmentRunning(Refusal):
    """No question waits for a reply of this person."""

    code = grpc.StatusCode.FAILED_PRECONDITION

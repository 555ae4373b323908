"""What we know of a person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import grpc
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.timestamp_pb2 import Timestamp

from kit import gatherer
from kit.refusals import refusal_of
from kit.wire import timestamp
from protos.profile.v1 import profile_pb2 as profile
from protos.profile.v1.profile_pb2_grpc import ProfileServiceStub
from services.jobs.agent.deeds import NotAccepted
from services.jobs.workflows.clients.calls import DEADLINE, is_refused

_SERVICE = profile.DESCRIPTOR.services_by_name["ProfileService"]


class Profile:
    """What we know of a person.

    gather: whether concurrent calls travel together, see `kit.gatherer`.
    """

    def __init__(self, channel: grpc.aio.Channel, gather: bool) -> None:
        stub = ProfileServiceStub(channel)
        self._stub = gatherer.gather(stub, _SERVICE) if gather else stub

    async def get(self, user_id: str) -> profile.Profile:
        """The person's profile, an empty one where there is none yet."""
        try:
            request = profile.GetProfileRequest(user_id=user_id)
            return (await self._stub.GetProfile(request, timeout=DEADLINE)).profile
        except grpc.aio.AioRpcError as error:
            if is_refused(error, "PROFILE_NOT_FOUND"):
                return profile.Profile(user_id=user_id)
            raise

    async def update(self, changed: profile.Profile, names: Sequence[str]) -> None:
        """Stores these fields of a profile; raises NotAccepted for a value that it refuses."""
        request = profile.UpdateProfileRequest(profile=changed, update_mask=FieldMask(paths=names))
        try:
            await self._stub.UpdateProfile(request, timeout=DEADLINE)
        except grpc.aio.AioRpcError as error:
            refusal = refusal_of(error)
            if refusal.reason == "PROFILE_NOT_FOUND":
                raise NotAccepted("Nothing can be kept of this person.") from None
            if error.code() is not grpc.StatusCode.INVALID_ARGUMENT:
                raise
            said = [f"{field.removeprefix('profile.')} {why}" for field, why in refusal.violations]
            raise NotAccepted("; ".join(said) or "This value is not accepted.") from None

    async def record_inbound(self, user_id: str, at: datetime) -> profile.SmsConsent.ValueType:
        """Notes that the person wrote; returns whether we may text them."""
        return await self._record_contact(
            user_id, profile.ContactDirection.CONTACT_DIRECTION_INBOUND, at
        )

    async def record_proactive(self, user_id: str, at: datetime) -> profile.SmsConsent.ValueType:
        """Notes that a text that we started went out; returns whether we may text them."""
        return await self._record_contact(
            user_id, profile.ContactDirection.CONTACT_DIRECTION_PROACTIVE, at
        )

    async def _record_contact(
        self, user_id: str, direction: profile.ContactDirection.ValueType, at: datetime
    ) -> profile.SmsConsent.ValueType:
        request = profile.RecordContactRequest(
            user_id=user_id, direction=direction, time=timestamp(at)
        )
        return (await self._stub.RecordContact(request, timeout=DEADLINE)).sms_consent

    async def set_consent(
        self,
        user_id: str,
        state: profile.SmsConsent.ValueType,
        source: profile.ConsentSource.ValueType,
        at: datetime,
        request_key: str,
        *,
        reconciled: bool = False,
    ) -> bool:
        """Stores a statement of consent; True where it changed what holds.

        reconciled: it was fetched from the provider, because its webhook never came.
        """
        request = profile.SetSmsConsentRequest(
            user_id=user_id,
            state=state,
            source=source,
            event_time=timestamp(at),
            request_key=request_key,
            reconciled=reconciled,
        )
        return (await self._stub.SetSmsConsent(request, timeout=DEADLINE)).changed

    async def record_access(self, user_id: str, granted: bool) -> None:
        """Moves the journey by what billing says."""
        request = profile.RecordAccessRequest(user_id=user_id, granted=granted)
        await self._stub.RecordAccess(request, timeout=DEADLINE)

    async def start_assessment(
        self,
        user_id: str,
        request_key: str,
        questionnaire: profile.ScoreSource.ValueType = profile.ScoreSource.SCORE_SOURCE_UNSPECIFIED,
    ) -> profile.StartAssessmentResponse:
        """Starts a questionnaire, by default the one that is due, unless one runs already."""
        request = profile.StartAssessmentRequest(
            user_id=user_id, questionnaire=questionnaire, request_key=request_key
        )
        return await self._stub.StartAssessment(request, timeout=DEADLINE)

    async def newest_assessment(self, user_id: str) -> profile.Assessment | None:
        """The assessment that the person was asked last, None where they were asked none."""
        request = profile.GetAssessmentRequest(user_id=user_id)
        try:
            return (await self._stub.GetAssessment(request, timeout=DEADLINE)).assessment
        except grpc.aio.AioRpcError as error:
            if is_refused(error, "ASSESSMENT_NOT_FOUND"):
                return None
            raise

    async def record_answer(
        self, user_id: str, rating: int | None, request_key: str
    ) -> profile.RecordAnswerResponse | None:
        """Takes a reply, None for SKIP, to the question that waits; None where none does."""
        request = profile.RecordAnswerRequest(user_id=user_id, request_key=request_key)
        if rating is None:
            request.skip = True
        else:
            request.rating = rating
        try:
            return await self._stub.RecordAnswer(request, timeout=DEADLINE)
        except grpc.aio.AioRpcError as error:
            if is_refused(error, "NO_ASSESSMENT_RUNNING"):
                return None
            raise

    async def defer_assessment(self, user_id: str, request_key: str) -> bool:
        """Ends the running assessment for now; False where none runs."""
        request = profile.DeferAssessmentRequest(user_id=user_id, request_key=request_key)
        try:
            await self._stub.DeferAssessment(request, timeout=DEADLINE)
        except grpc.aio.AioRpcError as error:
            if is_refused(error, "NO_ASSESSMENT_RUNNING"):
                return False
            raise
        return True

    async def withdraw_assessment(self, user_id: str, request_key: str) -> bool:
        """Takes back what this key started, whose first question was never sent; False where it
        started none, or somebody replied."""
        request = profile.WithdrawAssessmentRequest(user_id=user_id, request_key=request_key)
        return (await self._stub.WithdrawAssessment(request, timeout=DEADLINE)).withdrawn

    async def expire_assessments(self, page_size: int) -> int:
        """Ends up to so many assessments whose question has waited too long; how many."""
        request = profile.ExpireAssessmentsRequest(page_size=page_size)
        return (await self._stub.ExpireAssessments(request, timeout=DEADLINE)).expired_count

    async def record_crisis(
        self,
        user_id: str,
        kind: profile.CrisisKind.ValueType,
        at: Timestamp,
        request_key: str,
        source: profile.CrisisSource.ValueType = profile.CrisisSource.CRISIS_SOURCE_RULES,
    ) -> profile.CrisisEpisode:
        """Opens or joins the person's episode."""
        request = profile.RecordCrisisRequest(
            user_id=user_id,
            kind=kind,
            event_time=at,
            request_key=request_key,
            source=source,
        )
        return (await self._stub.RecordCrisis(request, timeout=DEADLINE)).crisis

    async def admit_crisis_reply(self, user_id: str, at: datetime, request_key: str) -> bool:
        """Whether this crisis text is answered, for how many there have been."""
        request = profile.AdmitCrisisReplyRequest(
            user_id=user_id, event_time=timestamp(at), request_key=request_key
        )
        return (await self._stub.AdmitCrisisReply(request, timeout=DEADLINE)).admitted

    async def crisis_follow_up(self, follow_up_id: str) -> profile.CrisisFollowUp:
        """One planned follow-up as it stands."""
        request = profile.GetCrisisFollowUpRequest(follow_up_id=follow_up_id)
        return (await self._stub.GetCrisisFollowUp(request, timeout=DEADLINE)).follow_up

    async def record_follow_up(
        self, follow_up_id: str, state: profile.FollowUpState.ValueType
    ) -> None:
        """Marks a follow-up as sent or skipped."""
        request = profile.RecordCrisisFollowUpSentRequest(follow_up_id=follow_up_id, state=state)
        await self._stub.RecordCrisisFollowUpSent(request, timeout=DEADLINE)

    async def advance_journeys(self, page_size: int) -> profile.AdvanceJourneysResponse:
        """Looks at up to so many people for whom time may do something."""
        request = profile.AdvanceJourneysRequest(page_size=page_size)
        return await self._stub.AdvanceJourneys(request, timeout=DEADLINE)

    async def planned_reactivations(
        self, page_token: str
    ) -> profile.ListPlannedReactivationsResponse:
        """One page of texts that are to ask people back."""
        request = profile.ListPlannedReactivationsRequest(page_size=500, page_token=page_token)
        return await self._stub.ListPlannedReactivations(request, timeout=DEADLINE)

    async def reactivation(self, reactivation_id: str) -> profile.Reactivation:
        """One of them as it stands."""
        request = profile.GetReactivationRequest(reactivation_id=reactivation_id)
        return (await self._stub.GetReactivation(request, timeout=DEADLINE)).reactivation

    async def record_reactivation(
        self, reactivation_id: str, state: profile.ReactivationState.ValueType
    ) -> None:
        """Marks one as sent or skipped."""
        request = profile.RecordReactivationRequest(reactivation_id=reactivation_id, state=state)
        await self._stub.RecordReactivation(request, timeout=DEADLINE)

    async def due_for_check_in(
        self, band: profile.BurnoutBand.ValueType, before: datetime, page_token: str
    ) -> profile.ListProfilesDueForCheckInResponse:
        """One page of people of this band who have been silent since then."""
        request = profile.ListProfilesDueForCheckInRequest(
            burnout_band=band,
            last_contact_before=timestamp(before),
            page_size=500,
            page_token=page_token,
        )
        return await self._stub.ListProfilesDueForCheckIn(request, timeout=DEADLINE)

    async def delete(self, user_id: str) -> None:
        """Removes all that is known of the person."""
        request = profile.DeleteProfileRequest(user_id=user_id)
        await self._stub.DeleteProfile(request, timeout=DEADLINE)

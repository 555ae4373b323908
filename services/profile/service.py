"""The door of profile: a request in, one model call, an answer out."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import grpc

from kit.audit import operator_call
from kit.audit_trail import answer_list
from kit.batch import batch_to_proto, run_batch
from kit.clock import Clock
from kit.database import Database
from kit.ids import parse_uuid
from kit.paging import Page
from kit.refusals import Refusal
from kit.wire import parse_time
from protos.profile.v1 import profile_pb2 as pb
from protos.profile.v1.profile_pb2_grpc import ProfileServiceServicer
from services.profile import wire
from services.profile.assessment import Word
from services.profile.burnout import parse_score
from services.profile.consent import SmsConsent
from services.profile.model import (
    assessments,
    consent,
    contact,
    crises,
    crisis_replies,
    follow_ups,
    passing_time,
    profiles,
    reactivations,
    scores,
    stats,
)
from services.profile.model.contact import Writing
from services.profile.model.profiles import Profile
from services.profile.refusals import ProfileNotFound
from services.profile.tables import audit_records

Context = grpc.ServicerContext


class ProfileServicer(ProfileServiceServicer):
    """profile.v1.ProfileService on a database.

    clock: domain time, for what is stamped and for the age of scores.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def EnsureProfile(
        self, request: pb.EnsureProfileRequest, context: Context
    ) -> pb.EnsureProfileResponse:
        """The profile, made if there is none."""
        user_id = parse_uuid(request.user_id, "user_id")
        at = self._clock.now()
        profile, created = self._database.transact(
            lambda db: profiles.ensure_profile(db, user_id, at)
        )
        return pb.EnsureProfileResponse(profile=wire.profile_to_proto(profile), created=created)

    def GetProfile(self, request: pb.GetProfileRequest, context: Context) -> pb.GetProfileResponse:
        """The profile."""
        user_id = parse_uuid(request.user_id, "user_id")
        with self._database.reader() as db:
            profile = profiles.profile_of(db, user_id, self._clock.now())
        return pb.GetProfileResponse(profile=wire.profile_to_proto(profile))

    def BatchGetProfiles(
        self, request: pb.BatchGetProfilesRequest, context: Context
    ) -> pb.BatchGetProfilesResponse:
        """The profiles."""
        at = self._clock.now()

        def found(user_ids: Sequence[UUID]) -> list[Profile | Refusal]:
            with self._database.reader() as db:
                known = profiles.profiles_of(db, user_ids, at)
            return [known.get(user_id) or ProfileNotFound() for user_id in user_ids]

        results = run_batch(
            request.requests, lambda each: parse_uuid(each.user_id, "user_id"), found
        )
        return batch_to_proto(
            pb.BatchGetProfilesResponse,
            results,
            lambda profile: pb.GetProfileResponse(profile=wire.profile_to_proto(profile)),
        )

    def UpdateProfile(
        self, request: pb.UpdateProfileRequest, context: Context
    ) -> pb.UpdateProfileResponse:
        """Changes what the mask names."""
        user_id = parse_uuid(request.profile.user_id, "profile.user_id")
        changes = wire.parse_changes(request.profile, request.update_mask)
        at = self._clock.now()
        profile = self._database.transact(
            lambda db: profiles.update_profile(db, user_id, changes, at)
        )
        return pb.UpdateProfileResponse(profile=wire.profile_to_proto(profile))

    def HoldAssistant(
        self, request: pb.HoldAssistantRequest, context: Context
    ) -> pb.HoldAssistantResponse:
        """The assistant is silent for a while, or no longer."""
        user_id = parse_uuid(request.user_id, "user_id")
        until = parse_time(request, "until") if request.HasField("until") else None
        at = self._clock.now()
        profile = self._database.transact(
            lambda db: profiles.hold_assistant(db, user_id, until, at)
        )
        return pb.HoldAssistantResponse(profile=wire.profile_to_proto(profile))

    def RecordBurnoutScore(
        self, request: pb.RecordBurnoutScoreRequest, context: Context
    ) -> pb.RecordBurnoutScoreResponse:
        """One score, and the composite that follows."""
        user_id = parse_uuid(request.user_id, "user_id")
        score = parse_score(request.score)
        source = wire.SCORE_SOURCES.parse(request.source, "source")
        key = wire.parse_request_key(request.request_key)
        at = self._clock.now()
        profile = self._database.transact(
            lambda db: scores.record_burnout_score(db, user_id, score, source, key, at)
        )
        return pb.RecordBurnoutScoreResponse(profile=wire.profile_to_proto(profile))

    def ListBurnoutScores(
        self, request: pb.ListBurnoutScoresRequest, context: Context
    ) -> pb.ListBurnoutScoresResponse:
        """One page of a person's scores."""
        user_id = parse_uuid(request.user_id, "user_id")
        page = Page.parse(request.page_size, request.page_token)
        with self._database.list_reader() as db:
            found, token = scores.scores_of(db, user_id, page)
        return pb.ListBurnoutScoresResponse(
            burnout_scores=[wire.score_to_proto(score) for score in found], next_page_token=token
        )

    def RecordContact(
        self, request: pb.RecordContactRequest, context: Context
    ) -> pb.RecordContactResponse:
        """Somebody wrote."""
        [state] = self._record_contacts([wire.parse_writing(request)])
        return wire.consent_to_proto(state)

    def BatchRecordContacts(
        self, request: pb.BatchRecordContactsRequest, context: Context
    ) -> pb.BatchRecordContactsResponse:
        """Many wrote."""
        results = run_batch(request.requests, wire.parse_writing, self._record_contacts)
        return batch_to_proto(pb.BatchRecordContactsResponse, results, wire.consent_to_proto)

    def _record_contacts(self, writings: Sequence[Writing]) -> list[SmsConsent]:
        at = self._clock.now()
        return self._database.transact(lambda db: contact.record_contacts(db, writings, at))

    def SetSmsConsent(
        self, request: pb.SetSmsConsentRequest, context: Context
    ) -> pb.SetSmsConsentResponse:
        """One statement of consent."""
        user_id = parse_uuid(request.user_id, "user_id")
        at = self._clock.now()
        by_operator = operator_call() is not None
        said, source = wire.parse_statement(request, at, by_operator=by_operator)
        key = wire.parse_request_key(request.request_key)
        holds, changed = self._database.transact(
            lambda db: consent.set_sms_consent(db, user_id, said, source, key, at)
        )
        return pb.SetSmsConsentResponse(state=wire.CONSENTS.number(holds), changed=changed)

    def ListProfilesDueForCheckIn(
        self, request: pb.ListProfilesDueForCheckInRequest, context: Context
    ) -> pb.ListProfilesDueForCheckInResponse:
        """One page of a band's longest silences. A sender re-checks, so a replica may answer."""
        band = wire.BANDS.parse(request.burnout_band, "burnout_band")
        before = parse_time(request, "last_contact_before")
        page = Page.parse(request.page_size, request.page_token)
        with self._database.list_reader() as db:
            due, token = contact.due_for_check_in(db, band, before, page)
        return pb.ListProfilesDueForCheckInResponse(
            due_profiles=[wire.due_to_proto(each) for each in due], next_page_token=token
        )

    def RecordAccess(
        self, request: pb.RecordAccessRequest, context: Context
    ) -> pb.RecordAccessResponse:
        """What billing says."""
        user_id = parse_uuid(request.user_id, "user_id")
        at = self._clock.now()
        phase = self._database.transact(
            lambda db: profiles.record_access(db, user_id, request.granted, at)
        )
        return pb.RecordAccessResponse(journey_phase=wire.PHASES.number(phase))

    def AdvanceJourneys(
        self, request: pb.AdvanceJourneysRequest, context: Context
    ) -> pb.AdvanceJourneysResponse:
        """One page of people for whom time may do something."""
        page = Page.parse(request.page_size, "")
        at = self._clock.now()
        advanced = self._database.transact(
            lambda db: passing_time.advance_journeys(db, page.size, at)
        )
        return pb.AdvanceJourneysResponse(
            looked_at_count=advanced.looked_at, moved_count=advanced.moved
        )

    def ListPlannedReactivations(
        self, request: pb.ListPlannedReactivationsRequest, context: Context
    ) -> pb.ListPlannedReactivationsResponse:
        """One page of texts to be sent; from the primary, which the sweep has just written."""
        page = Page.parse(request.page_size, request.page_token)
        with self._database.reader() as db:
            found, token = reactivations.planned_reactivations(db, page)
        return pb.ListPlannedReactivationsResponse(
            reactivations=[wire.reactivation_to_proto(each) for each in found],
            next_page_token=token,
        )

    def GetReactivation(
        self, request: pb.GetReactivationRequest, context: Context
    ) -> pb.GetReactivationResponse:
        """One reactivation; from the primary, since its sender decides by it."""
        reactivation_id = parse_uuid(request.reactivation_id, "reactivation_id")
        with self._database.reader() as db:
            found = reactivations.reactivation_of(db, reactivation_id)
        return pb.GetReactivationResponse(reactivation=wire.reactivation_to_proto(found))

    def RecordReactivation(
        self, request: pb.RecordReactivationRequest, context: Context
    ) -> pb.RecordReactivationResponse:
        """What became of a reactivation."""
        reactivation_id = parse_uuid(request.reactivation_id, "reactivation_id")
        state = wire.parse_reactivation_outcome(request)
        at = self._clock.now()
        found = self._database.transact(
            lambda db: reactivations.record_reactivation(db, reactivation_id, state, at)
        )
        return pb.RecordReactivationResponse(reactivation=wire.reactivation_to_proto(found))

    def StartAssessment(
        self, request: pb.StartAssessmentRequest, context: Context
    ) -> pb.StartAssessmentResponse:
        """The first question of a questionnaire."""
        user_id = parse_uuid(request.user_id, "user_id")
        questionnaire = wire.parse_questionnaire(request.questionnaire)
        key = wire.parse_request_key(request.request_key)
        at = self._clock.now()
        assessment, started = self._database.transact(
            lambda db: assessments.start_assessment(db, user_id, questionnaire, key, at)
        )
        return pb.StartAssessmentResponse(
            assessment=wire.assessment_to_proto(assessment), started=started
        )

    def RecordAnswer(
        self, request: pb.RecordAnswerRequest, context: Context
    ) -> pb.RecordAnswerResponse:
        """One reply to the question that waits."""
        user_id = parse_uuid(request.user_id, "user_id")
        reply = wire.parse_reply(request)
        key = wire.parse_request_key(request.request_key)
        at = self._clock.now()
        taken = self._database.transact(
            lambda db: assessments.record_reply(db, user_id, reply, key, at)
        )
        return pb.RecordAnswerResponse(
            outcome=wire.OUTCOMES.number(taken.outcome),
            next_question=wire.question_to_proto(taken.assessment, taken.asked),
            assessment=wire.assessment_to_proto(taken.assessment),
        )

    def DeferAssessment(
        self, request: pb.DeferAssessmentRequest, context: Context
    ) -> pb.DeferAssessmentResponse:
        """The person does not want to now."""
        user_id = parse_uuid(request.user_id, "user_id")
        key = wire.parse_request_key(request.request_key)
        at = self._clock.now()
        taken = self._database.transact(
            lambda db: assessments.record_reply(db, user_id, Word.LATER, key, at)
        )
        return pb.DeferAssessmentResponse(assessment=wire.assessment_to_proto(taken.assessment))

    def WithdrawAssessment(
        self, request: pb.WithdrawAssessmentRequest, context: Context
    ) -> pb.WithdrawAssessmentResponse:
        """What was started in vain."""
        user_id = parse_uuid(request.user_id, "user_id")
        key = wire.parse_request_key(request.request_key)
        withdrawn = self._database.transact(
            lambda db: assessments.withdraw_assessment(db, user_id, key)
        )
        return pb.WithdrawAssessmentResponse(withdrawn=withdrawn)

    def GetAssessment(
        self, request: pb.GetAssessmentRequest, context: Context
    ) -> pb.GetAssessmentResponse:
        """One assessment, or a person's newest."""
        of_person = request.HasField("user_id")
        wanted = parse_uuid(
            request.user_id if of_person else request.assessment_id,
            "user_id" if of_person else "assessment_id",
        )
        read = assessments.newest_assessment if of_person else assessments.assessment_of
        with self._database.reader() as db:
            assessment = read(db, wanted)
        return pb.GetAssessmentResponse(assessment=wire.assessment_to_proto(assessment))

    def ExpireAssessments(
        self, request: pb.ExpireAssessmentsRequest, context: Context
    ) -> pb.ExpireAssessmentsResponse:
        """One page of those that waited too long."""
        page = Page.parse(request.page_size, "")
        at = self._clock.now()
        expired = self._database.transact(
            lambda db: assessments.expire_assessments(db, page.size, at)
        )
        return pb.ExpireAssessmentsResponse(expired_count=expired)

    def RecordCrisis(
        self, request: pb.RecordCrisisRequest, context: Context
    ) -> pb.RecordCrisisResponse:
        """One crisis text."""
        user_id = parse_uuid(request.user_id, "user_id")
        text = wire.parse_crisis_text(request)
        key = wire.parse_request_key(request.request_key)
        at = self._clock.now()
        episode = self._database.transact(
            lambda db: crises.record_crisis(db, user_id, text, key, at)
        )
        return pb.RecordCrisisResponse(crisis=wire.crisis_to_proto(episode))

    def AdmitCrisisReply(
        self, request: pb.AdmitCrisisReplyRequest, context: Context
    ) -> pb.AdmitCrisisReplyResponse:
        """Whether one crisis text is answered."""
        user_id = parse_uuid(request.user_id, "user_id")
        event_at = parse_time(request, "event_time")
        key = wire.parse_request_key(request.request_key)
        at = self._clock.now()
        admitted = self._database.transact(
            lambda db: crisis_replies.admit_crisis_reply(db, user_id, event_at, key, at)
        )
        return pb.AdmitCrisisReplyResponse(admitted=admitted)

    def ListCrises(self, request: pb.ListCrisesRequest, context: Context) -> pb.ListCrisesResponse:
        """One page of episodes."""
        user_id = parse_uuid(request.user_id, "user_id") if request.user_id else None
        anyone = request.state == pb.CRISIS_STATE_UNSPECIFIED
        state = None if anyone else wire.CRISIS_STATES.parse(request.state, "state")
        page = Page.parse(request.page_size, request.page_token)
        with self._database.list_reader() as db:
            episodes, token = crises.list_crises(db, user_id, state, page)
        return pb.ListCrisesResponse(
            crises=[wire.crisis_to_proto(episode) for episode in episodes], next_page_token=token
        )

    def ResolveCrisis(
        self, request: pb.ResolveCrisisRequest, context: Context
    ) -> pb.ResolveCrisisResponse:
        """Closes an episode."""
        crisis_id = parse_uuid(request.crisis_id, "crisis_id")
        at = self._clock.now()
        episode = self._database.transact(lambda db: crises.resolve_crisis(db, crisis_id, at))
        return pb.ResolveCrisisResponse(crisis=wire.crisis_to_proto(episode))

    def GetCrisisFollowUp(
        self, request: pb.GetCrisisFollowUpRequest, context: Context
    ) -> pb.GetCrisisFollowUpResponse:
        """One follow-up; from the primary, since its sender decides by it."""
        follow_up_id = parse_uuid(request.follow_up_id, "follow_up_id")
        with self._database.reader() as db:
            follow_up = follow_ups.follow_up_of(db, follow_up_id)
        return pb.GetCrisisFollowUpResponse(follow_up=wire.follow_up_to_proto(follow_up))

    def RecordCrisisFollowUpSent(
        self, request: pb.RecordCrisisFollowUpSentRequest, context: Context
    ) -> pb.RecordCrisisFollowUpSentResponse:
        """What became of a follow-up."""
        follow_up_id = parse_uuid(request.follow_up_id, "follow_up_id")
        state = wire.parse_follow_up_outcome(request)
        at = self._clock.now()
        follow_up = self._database.transact(
            lambda db: follow_ups.record_follow_up(db, follow_up_id, state, at)
        )
        return pb.RecordCrisisFollowUpSentResponse(follow_up=wire.follow_up_to_proto(follow_up))

    def DeleteProfile(
        self, request: pb.DeleteProfileRequest, context: Context
    ) -> pb.DeleteProfileResponse:
        """Everything that is known of the person."""
        user_id = parse_uuid(request.user_id, "user_id")
        deleted = self._database.transact(lambda db: profiles.delete_profile(db, user_id))
        return pb.DeleteProfileResponse(deleted=deleted)

    def GetProfileStats(
        self, request: pb.GetProfileStatsRequest, context: Context
    ) -> pb.GetProfileStatsResponse:
        """People and open crises, counted."""
        at = self._clock.now()
        with self._database.list_reader() as db:
            return wire.stats_to_proto(stats.profile_stats(db, at))

    def ListAuditRecords(
        self, request: pb.ListAuditRecordsRequest, context: Context
    ) -> pb.ListAuditRecordsResponse:
        """One page of what operators did here."""
        return answer_list(self._database, audit_records, request, pb.ListAuditRecordsResponse)

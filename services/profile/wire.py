"""Between protos and domain values: what comes in is parsed once, here."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from google.protobuf.field_mask_pb2 import FieldMask

from kit.ids import parse_uuid
from kit.refusals import InvalidArgument
from kit.wire import Names, duration, parse_time, timestamp
from protos.profile.v1 import profile_pb2 as pb
from services.profile.assessment import Asked, AssessmentState, Reply, ReplyOutcome, Word
from services.profile.burnout import BurnoutBand, ScoreSource
from services.profile.consent import (
    CLOCKS_APART,
    ONLY_OPT_OUT,
    ConsentSource,
    SmsConsent,
    Statement,
)
from services.profile.crisis import CrisisKind, CrisisSource, CrisisState, FollowUpState
from services.profile.details import DETAILS, CheckInPreference, parse_detail
from services.profile.journey import JourneyPhase, ReactivationState
from services.profile.model.assessments import Assessment
from services.profile.model.contact import ContactDirection, DueProfile, Writing
from services.profile.model.crises import CrisisText, Episode
from services.profile.model.follow_ups import FollowUp
from services.profile.model.profiles import Profile
from services.profile.model.reactivations import Reactivation
from services.profile.model.scores import RecordedScore
from services.profile.model.stats import ProfileStats
from services.profile.questionnaires import PressureZone

LONGEST_REQUEST_KEY: Final = 200
_PREFERENCE: Final = "check_in_preference"
_OUTCOMES: Final = frozenset({FollowUpState.SENT, FollowUpState.SKIPPED})

BANDS: Final = Names(pb.BurnoutBand.Value, "BURNOUT_BAND", BurnoutBand)
SCORE_SOURCES: Final = Names(pb.ScoreSource.Value, "SCORE_SOURCE", ScoreSource)
PHASES: Final = Names(pb.JourneyPhase.Value, "JOURNEY_PHASE", JourneyPhase)
CONSENTS: Final = Names(pb.SmsConsent.Value, "SMS_CONSENT", SmsConsent)
CONSENT_SOURCES: Final = Names(pb.ConsentSource.Value, "CONSENT_SOURCE", ConsentSource)
DIRECTIONS: Final = Names(pb.ContactDirection.Value, "CONTACT_DIRECTION", ContactDirection)
ZONES: Final = Names(pb.PressureZone.Value, "PRESSURE_ZONE", PressureZone)
REACTIVATION_STATES: Final = Names(
    pb.ReactivationState.Value, "REACTIVATION_STATE", ReactivationState
)
PREFERENCES: Final = Names(pb.CheckInPreference.Value, "CHECK_IN_PREFERENCE", CheckInPreference)
ASSESSMENT_STATES: Final = Names(pb.AssessmentState.Value, "ASSESSMENT_STATE", AssessmentState)
OUTCOMES: Final = Names(pb.ReplyOutcome.Value, "REPLY_OUTCOME", ReplyOutcome)
CRISIS_KINDS: Final = Names(pb.CrisisKind.Value, "CRISIS_KIND", CrisisKind)
CRISIS_SOURCES: Final = Names(pb.CrisisSource.Value, "CRISIS_SOURCE", CrisisSource)
CRISIS_STATES: Final = Names(pb.CrisisState.Value, "CRISIS_STATE", CrisisState)
FOLLOW_UP_STATES: Final = Names(pb.FollowUpState.Value, "FOLLOW_UP_STATE", FollowUpState)


def parse_request_key(key: str) -> str:
    """Raises InvalidArgument naming `request_key` for none, a long one, or one with NUL."""
    if not 1 <= len(key) <= LONGEST_REQUEST_KEY or "\0" in key:
        raise InvalidArgument(
            "request_key", f"must have 1 to {LONGEST_REQUEST_KEY} characters, none of them NUL"
        )
    return key


def parse_changes(profile: pb.Profile, mask: FieldMask) -> dict[str, str]:
    """The new values of the fields that the mask names.

    Raises InvalidArgument naming `update_mask`, or the field of the value that is refused.
    """
    paths = set(mask.paths)
    if not paths or not paths <= {*DETAILS, _PREFERENCE}:
        allowed = ", ".join((*DETAILS, _PREFERENCE))
        raise InvalidArgument("update_mask", f"must name one or more of {allowed}, nothing else")
    changes = {path: parse_detail(path, getattr(profile, path)) for path in paths - {_PREFERENCE}}
    if _PREFERENCE in paths:
        field = f"profile.{_PREFERENCE}"
        changes[_PREFERENCE] = PREFERENCES.parse(profile.check_in_preference, field)
    return changes


def parse_questionnaire(source: pb.ScoreSource.ValueType) -> ScoreSource | None:
    """None for UNSPECIFIED: the one that is due. Raises InvalidArgument naming `questionnaire`."""
    if source == pb.SCORE_SOURCE_UNSPECIFIED:
        return None
    return SCORE_SOURCES.parse(source, "questionnaire")


def parse_reply(request: pb.RecordAnswerRequest) -> Reply:
    """Raises InvalidArgument naming `reply` where there is none."""
    if request.HasField("rating"):
        return request.rating
    if request.skip:
        return Word.SKIP
    raise InvalidArgument("reply", "must be a rating, or to skip")


def parse_writing(request: pb.RecordContactRequest) -> Writing:
    """Who wrote to whom, and when. Raises InvalidArgument."""
    return Writing(
        parse_uuid(request.user_id, "user_id"),
        DIRECTIONS.parse(request.direction, "direction"),
        parse_time(request, "time"),
    )


def parse_statement(
    request: pb.SetSmsConsentRequest, at: datetime, *, by_operator: bool
) -> tuple[Statement, ConsentSource]:
    """What was said and where it comes from. Raises InvalidArgument naming the field.

    at: now.
    """
    if request.state == pb.SMS_CONSENT_UNSPECIFIED:
        raise InvalidArgument("state", "must be opted in or opted out")
    state = CONSENTS.parse(request.state, "state")
    source = CONSENT_SOURCES.parse(request.source, "source")
    if source in ONLY_OPT_OUT and state is not SmsConsent.OPTED_OUT:
        raise InvalidArgument("source", "only opts out: opting in is the person's own word")
    if by_operator and source is not ConsentSource.OPERATOR:
        raise InvalidArgument("source", "must be the operator's own: CONSENT_SOURCE_OPERATOR")
    event_at = parse_time(request, "event_time")
    if source is ConsentSource.OPERATOR and event_at > at + CLOCKS_APART:
        # Until then no START could bring the person back.
        raise InvalidArgument("event_time", "lies in the future")
    return Statement(state, event_at, request.reconciled), source


def consent_to_proto(state: SmsConsent) -> pb.RecordContactResponse:
    """The answer to a contact."""
    return pb.RecordContactResponse(sms_consent=CONSENTS.number(state))


def profile_to_proto(profile: Profile) -> pb.Profile:
    """The profile for the wire."""
    return pb.Profile(
        user_id=str(profile.user_id),
        first_name=profile.first_name,
        relationship=profile.relationship,
        care_recipient_name=profile.care_recipient_name,
        zip_code=profile.zip_code,
        time_zone=profile.time_zone,
        language=profile.language,
        journey_phase=PHASES.number(profile.journey_phase),
        burnout_score=profile.burnout_score,
        burnout_band=(
            pb.BURNOUT_BAND_UNSPECIFIED
            if profile.burnout_band is None
            else BANDS.number(profile.burnout_band)
        ),
        burnout_confidence=profile.burnout_confidence,
        pressure_zones=[ZONES.number(zone) for zone in profile.pressure_zones],
        last_inbound_time=timestamp(profile.last_inbound_at),
        last_proactive_time=timestamp(profile.last_proactive_at),
        last_crisis_time=timestamp(profile.last_crisis_at),
        sms_consent=CONSENTS.number(profile.sms_consent),
        crisis_open=profile.crisis_open,
        check_in_preference=PREFERENCES.number(profile.check_in_preference),
        assistant_held_until=timestamp(profile.assistant_held_until),
        create_time=timestamp(profile.created_at),
        update_time=timestamp(profile.updated_at),
    )


def score_to_proto(score: RecordedScore) -> pb.BurnoutScore:
    """One score for the wire."""
    return pb.BurnoutScore(
        score=score.score,
        band=BANDS.number(score.band),
        source=SCORE_SOURCES.number(score.source),
        record_time=timestamp(score.recorded_at),
    )


def assessment_to_proto(assessment: Assessment) -> pb.Assessment:
    """An assessment for the wire."""
    return pb.Assessment(
        assessment_id=str(assessment.assessment_id),
        user_id=str(assessment.user_id),
        questionnaire=SCORE_SOURCES.number(assessment.questionnaire),
        question_count=assessment.length,
        state=ASSESSMENT_STATES.number(assessment.state),
        question=question_to_proto(assessment, assessment.asked),
        answers=[pb.Answer(number=each.number, rating=each.rating) for each in assessment.answers],
        score=assessment.score,
        start_time=timestamp(assessment.started_at),
        expire_time=timestamp(assessment.expires_at),
        end_time=timestamp(assessment.ended_at),
        create_time=timestamp(assessment.created_at),
        update_time=timestamp(assessment.updated_at),
    )


def question_to_proto(assessment: Assessment, asked: Asked | None) -> pb.Question | None:
    """A question of an assessment for the wire; None stays unset."""
    if asked is None:
        return None
    text = assessment.question(asked).text
    return pb.Question(number=asked.number, text=text, again=asked.again)


def due_to_proto(due: DueProfile) -> pb.DueProfile:
    """One person for the wire."""
    return pb.DueProfile(user_id=str(due.user_id), last_contact_time=timestamp(due.last_contact_at))


def parse_reactivation_outcome(request: pb.RecordReactivationRequest) -> ReactivationState:
    """Raises InvalidArgument naming `state` for what is no outcome."""
    state = REACTIVATION_STATES.parse(request.state, "state")
    if state is ReactivationState.PLANNED:
        raise InvalidArgument("state", "must be sent or skipped")
    return state


def reactivation_to_proto(reactivation: Reactivation) -> pb.Reactivation:
    """One reactivation for the wire."""
    return pb.Reactivation(
        reactivation_id=str(reactivation.reactivation_id),
        user_id=str(reactivation.user_id),
        silent_since_time=timestamp(reactivation.silent_since),
        stage=reactivation.stage,
        state=REACTIVATION_STATES.number(reactivation.state),
    )


def parse_crisis_text(request: pb.RecordCrisisRequest) -> CrisisText:
    """Raises InvalidArgument naming `kind`, `event_time` or `source`."""
    return CrisisText(
        kind=CRISIS_KINDS.parse(request.kind, "kind"),
        event_at=parse_time(request, "event_time"),
        source=CrisisSource.RULES
        if request.source == pb.CRISIS_SOURCE_UNSPECIFIED
        else CRISIS_SOURCES.parse(request.source, "source"),
    )


def crisis_to_proto(episode: Episode) -> pb.CrisisEpisode:
    """An episode for the wire."""
    return pb.CrisisEpisode(
        crisis_id=str(episode.crisis_id),
        user_id=str(episode.user_id),
        kind=CRISIS_KINDS.number(episode.kind),
        state=CRISIS_STATES.number(episode.state),
        start_time=timestamp(episode.started_at),
        last_text_time=timestamp(episode.last_text_at),
        text_count=episode.text_count,
        resolve_time=timestamp(episode.resolved_at),
        follow_ups=[follow_up_to_proto(follow_up) for follow_up in episode.follow_ups],
        source=CRISIS_SOURCES.number(episode.source),
    )


def parse_follow_up_outcome(request: pb.RecordCrisisFollowUpSentRequest) -> FollowUpState:
    """Raises InvalidArgument naming `state` for what is no outcome."""
    state = FOLLOW_UP_STATES.parse(request.state, "state")
    if state not in _OUTCOMES:
        raise InvalidArgument("state", "must be sent or skipped")
    return state


def follow_up_to_proto(follow_up: FollowUp) -> pb.CrisisFollowUp:
    """One follow-up for the wire."""
    return pb.CrisisFollowUp(
        follow_up_id=str(follow_up.follow_up_id),
        user_id=str(follow_up.user_id),
        crisis_id=str(follow_up.crisis_id),
        stage=follow_up.stage,
        due_time=timestamp(follow_up.due_at),
        state=FOLLOW_UP_STATES.number(follow_up.state),
    )


def stats_to_proto(stats: ProfileStats) -> pb.GetProfileStatsResponse:
    """Counts for the wire, each list in the order of its enum."""
    age = stats.oldest_open_crisis_age
    phases = [(phase, stats.phases.get(phase, 0)) for phase in JourneyPhase]
    bands = [(band, stats.bands.get(band, 0)) for band in (None, *BurnoutBand)]
    consents = [(consent, stats.consents.get(consent, 0)) for consent in SmsConsent]
    return pb.GetProfileStatsResponse(
        phases=[
            pb.PhaseCount(journey_phase=PHASES.number(phase), people=people)
            for phase, people in phases
            if people
        ],
        bands=[
            pb.BandCount(
                burnout_band=BANDS.number(band) if band else pb.BURNOUT_BAND_UNSPECIFIED,
                people=people,
            )
            for band, people in bands
            if people
        ],
        consents=[
            pb.ConsentCount(sms_consent=CONSENTS.number(consent), people=people)
            for consent, people in consents
            if people
        ],
        active_people=stats.active,
        open_crises=stats.open_crises,
        oldest_open_crisis_age=None if age is None else duration(age),
    )

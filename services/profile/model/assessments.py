"""Assessments: started, replied to, ended; and the score of one that was completed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from kit.database import AnyRow, DbReader, DbWriter
from kit.ids import uuid7
from services.profile.assessment import (
    LIFETIME,
    MONTHLY_AFTER,
    Asked,
    AssessmentState,
    Reply,
    ReplyOutcome,
    asked_after,
    outcome_of,
)
from services.profile.burnout import ScoreSource
from services.profile.model.contact import lock_person
from services.profile.model.request_keys import first_use
from services.profile.model.scores import add_score
from services.profile.questionnaires import (
    QUESTIONNAIRES,
    Question,
    flagged_zones,
    score_of,
)
from services.profile.refusals import AssessmentNotFound, NoAssessmentRunning, ProfileNotFound
from services.profile.tables import assessment_replies, assessments, user_profiles

_OPEN = sa.text("state = 'open'")  # literal: it must match the predicates of the indexes


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one question; rating is None where it was skipped."""

    number: int
    rating: int | None


@dataclass(frozen=True, slots=True)
class Assessment:
    """One questionnaire that a person is or was asked.

    asked: the question that waits, None once it has ended. answers: those given, in order.
    score: 0 to 100, None unless it was completed with at least one rating.
    """

    assessment_id: UUID
    user_id: UUID
    questionnaire: ScoreSource
    state: AssessmentState
    asked: Asked | None
    answers: tuple[Answer, ...]
    score: float | None
    started_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    created_at: datetime
    updated_at: datetime

    @property
    def length(self) -> int:
        """How many questions it has."""
        return len(QUESTIONNAIRES[self.questionnaire])

    def question(self, asked: Asked) -> Question:
        """The question itself."""
        return QUESTIONNAIRES[self.questionnaire][asked.number - 1]


@dataclass(frozen=True, slots=True)
class Taken:
    """What a reply did, and what it left to ask; the same however often the reply is recorded."""

    assessment: Assessment
    outcome: ReplyOutcome
    asked: Asked | None


def start_assessment(
    db: DbWriter,
    user_id: UUID,
    questionnaire: ScoreSource | None,
    request_key: str,
    at: datetime,
) -> tuple[Assessment, bool]:
    """Starts one, once for a request_key; False where another one runs, which is returned instead.

    questionnaire: None for the one that is due, see `assessment.MONTHLY_AFTER`. Raises
    ProfileNotFound.
    """
    if lock_person(db, user_id) is None:
        raise ProfileNotFound
    if (known := first_use(db, assessments, request_key, user_id)) is not None:
        if known.state == AssessmentState.OPEN and known.expires_at <= at:
            _end(db, known.assessment_id, AssessmentState.EXPIRED, at)
        return assessment_of(db, known.assessment_id), True
    running = _running(db, user_id)
    if running is not None:
        if running.expires_at > at:
            return assessment_of(db, running.assessment_id), False
        _end(db, running.assessment_id, AssessmentState.EXPIRED, at)
    assessment_id = uuid7()
    db.execute(
        sa.insert(assessments).values(
            assessment_id=assessment_id,
            user_id=user_id,
            questionnaire=questionnaire or _due(db, user_id, at),
            state=AssessmentState.OPEN,
            question=1,
            started_at=at,
            expires_at=at + LIFETIME,
            request_key=request_key,
            created_at=at,
            updated_at=at,
        )
    )
    return assessment_of(db, assessment_id), True


def _due(db: DbReader, user_id: UUID, at: datetime) -> ScoreSource:
    begun = db.scalar(
        sa.select(sa.func.max(assessments.c.started_at)).where(
            assessments.c.user_id == user_id,
            assessments.c.questionnaire == ScoreSource.MONTHLY_REVIEW,
        )
    )
    if begun is None or at - begun >= MONTHLY_AFTER:
        return ScoreSource.MONTHLY_REVIEW
    return ScoreSource.DAILY_CHECK_IN


def record_reply(
    db: DbWriter, user_id: UUID, reply: Reply, request_key: str, at: datetime
) -> Taken:
    """Takes the reply to the question that waits, once for a request_key.

    The last one completes the assessment: its score and zones are stored here. Raises
    NoAssessmentRunning where nothing waits, or it has waited too long.
    """
    locked = lock_person(db, user_id)
    if (known := first_use(db, assessment_replies, request_key, user_id)) is not None:
        return _taken(db, known.assessment_id, known.question, ReplyOutcome(known.outcome))
    running = _running(db, user_id) if locked else None
    if running is None or running.expires_at <= at:
        raise NoAssessmentRunning
    asked = Asked(running.question, running.asked_again)
    outcome = outcome_of(asked, reply)
    db.execute(
        sa.insert(assessment_replies).values(
            assessment_id=running.assessment_id,
            user_id=user_id,
            question=asked.number,
            outcome=outcome,
            rating=reply if outcome is ReplyOutcome.RATED else None,
            replied_at=at,
            request_key=request_key,
            created_at=at,
            updated_at=at,
        )
    )
    taken = _taken(db, running.assessment_id, asked.number, outcome)
    if taken.asked is not None:
        _ask(db, running.assessment_id, taken.asked, at)
    elif outcome is ReplyOutcome.DEFERRED:
        _end(db, running.assessment_id, AssessmentState.DEFERRED, at)
    else:
        _complete(db, taken.assessment, at)
    return _taken(db, running.assessment_id, asked.number, outcome)


def _running(db: DbReader, user_id: UUID) -> AnyRow | None:
    return db.row(
        sa.select(
            assessments.c.assessment_id,
            assessments.c.question,
            assessments.c.asked_again,
            assessments.c.expires_at,
        ).where(assessments.c.user_id == user_id, _OPEN)
    )


def _taken(db: DbReader, assessment_id: UUID, number: int, outcome: ReplyOutcome) -> Taken:
    assessment = assessment_of(db, assessment_id)
    return Taken(assessment, outcome, asked_after(number, outcome, assessment.length))


def _ask(db: DbWriter, assessment_id: UUID, asked: Asked, at: datetime) -> None:
    db.execute(
        sa.update(assessments)
        .where(assessments.c.assessment_id == assessment_id)
        .values(
            question=asked.number,
            asked_again=asked.again,
            expires_at=at + LIFETIME,
            updated_at=at,
        )
    )


def _complete(db: DbWriter, assessment: Assessment, at: datetime) -> None:
    """Ends it with what its ratings say. All skipped: no score, and zones stay what they were."""
    questions = QUESTIONNAIRES[assessment.questionnaire]
    ratings = {each.number: each.rating for each in assessment.answers if each.rating is not None}
    score = score_of(questions, ratings)
    _end(db, assessment.assessment_id, AssessmentState.COMPLETED, at, score)
    if score is None:
        return
    key = f"assessment:{assessment.assessment_id}"
    add_score(db, assessment.user_id, score, assessment.questionnaire, key, at)
    if assessment.questionnaire is ScoreSource.MONTHLY_REVIEW:
        db.execute(
            sa.update(user_profiles)
            .where(user_profiles.c.user_id == assessment.user_id)
            .values(pressure_zones=list(flagged_zones(questions, ratings)))
        )


def _end(
    db: DbWriter,
    assessment_id: UUID,
    state: AssessmentState,
    at: datetime,
    score: float | None = None,
) -> None:
    db.execute(
        sa.update(assessments)
        .where(assessments.c.assessment_id == assessment_id)
        .values(state=state, score=score, ended_at=at, updated_at=at)
    )


def expire_assessments(db: DbWriter, limit: int, at: datetime) -> int:
    """Ends up to `limit` of those whose question has waited too long; how many.

    It locks no person, and passes over a row that somebody else works on: who replies at this very
    moment finds for themselves that it is too late.
    """
    waited = (
        sa.select(assessments.c.assessment_id)
        .where(assessments.c.expires_at <= at, _OPEN)
        .order_by(assessments.c.expires_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return db.execute(
        sa.update(assessments)
        .where(assessments.c.assessment_id.in_(waited))
        .values(state=AssessmentState.EXPIRED, ended_at=at, updated_at=at)
    )


def withdraw_assessment(db: DbWriter, user_id: UUID, request_key: str) -> bool:
    """Deletes the one that this key started, unless it has a reply; whether it did.

    Nobody was asked: it is neither begun, for what is due next, nor the newest.
    """
    lock_person(db, user_id)
    started = first_use(db, assessments, request_key, user_id)
    if started is None:
        return False
    replied = sa.exists().where(assessment_replies.c.assessment_id == assessments.c.assessment_id)
    deleted = db.execute(
        sa.delete(assessments).where(assessments.c.assessment_id == started.assessment_id, ~replied)
    )
    return bool(deleted)


def newest_assessment(db: DbReader, user_id: UUID) -> Assessment:
    """The one that a person was asked last. Raises AssessmentNotFound."""
    assessment_id = db.scalar(
        sa.select(assessments.c.assessment_id)
        .where(assessments.c.user_id == user_id)
        .order_by(assessments.c.assessment_id.desc())
        .limit(1)
    )
    if assessment_id is None:
        raise AssessmentNotFound
    return assessment_of(db, assessment_id)


def assessment_of(db: DbReader, assessment_id: UUID) -> Assessment:
    """One assessment with its answers. Raises AssessmentNotFound."""
    row = db.row(
        sa.select(*(column for column in assessments.c if column.name != "request_key")).where(
            assessments.c.assessment_id == assessment_id
        )
    )
    if row is None:
        raise AssessmentNotFound
    replies = db.rows(
        sa.select(assessment_replies.c.question, assessment_replies.c.rating)
        .where(
            assessment_replies.c.assessment_id == assessment_id,
            assessment_replies.c.outcome.in_((ReplyOutcome.RATED, ReplyOutcome.SKIPPED)),
        )
        .order_by(assessment_replies.c.reply_id)
    )
    state = AssessmentState(row.state)
    return Assessment(
        assessment_id=row.assessment_id,
        user_id=row.user_id,
        questionnaire=ScoreSource(row.questionnaire),
        state=state,
        asked=Asked(row.question, row.asked_again) if state is AssessmentState.OPEN else None,
        answers=tuple(Answer(each.question, each.rating) for each in replies),
        score=row.score,
        started_at=row.started_at,
        expires_at=row.expires_at,
        ended_at=row.ended_at,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )

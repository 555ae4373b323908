"""A person is asked a questionnaire, question by question."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.clock import FixedClock
from protos.profile.v1 import profile_pb2 as pb
from protos.profile.v1.profile_pb2_grpc import ProfileServiceStub
from services.profile.assessment import Asked, Reply, ReplyOutcome, Word, asked_after, outcome_of
from tests.profile.requests import (
    a_key,
    days,
    ensure,
    get,
    hours,
    not_found,
    refused,
    score,
    somebody,
)
from tests.refused import Refused, invalid

DAILY = pb.SCORE_SOURCE_DAILY_CHECK_IN
MONTHLY = pb.SCORE_SOURCE_MONTHLY_REVIEW
NONE_RUNS: Refused = (grpc.StatusCode.FAILED_PRECONDITION, "NO_ASSESSMENT_RUNNING", [])

replies = st.one_of(st.integers(-(2**31), 2**31 - 1), st.integers(0, 6), st.sampled_from(Word))


@pytest.fixture
def ana(profile: ProfileServiceStub) -> str:
    user_id = somebody()
    ensure(profile, user_id)
    return user_id


def starts(
    profile: ProfileServiceStub,
    user_id: str,
    questionnaire: pb.ScoreSource.ValueType = DAILY,
    key: str = "",
) -> pb.StartAssessmentResponse:
    request = pb.StartAssessmentRequest(
        user_id=user_id, questionnaire=questionnaire, request_key=key or a_key()
    )
    return profile.StartAssessment(request)


def answer(user_id: str, reply: int | None, key: str = "") -> pb.RecordAnswerRequest:
    """A reply; None is SKIP."""
    said = {"skip": True} if reply is None else {"rating": reply}
    return pb.RecordAnswerRequest(
        user_id=user_id,
        request_key=key or a_key(),
        **said,
    )


def replies_with(
    profile: ProfileServiceStub, user_id: str, reply: int | None, key: str = ""
) -> tuple[str, int]:
    """What the reply did, and the number of the question that is asked then, 0 for none."""
    taken = profile.RecordAnswer(answer(user_id, reply, key))
    name = pb.ReplyOutcome.Name(taken.outcome).removeprefix("REPLY_OUTCOME_")
    assert taken.next_question.again == (name == "ASKED_AGAIN")
    return name, taken.next_question.number


def put_off(user_id: str, key: str = "") -> pb.DeferAssessmentRequest:
    return pb.DeferAssessmentRequest(user_id=user_id, request_key=key or a_key())


def newest(profile: ProfileServiceStub, user_id: str) -> pb.Assessment:
    return profile.GetAssessment(pb.GetAssessmentRequest(user_id=user_id)).assessment


def state(assessment: pb.Assessment) -> str:
    return pb.AssessmentState.Name(assessment.state).removeprefix("ASSESSMENT_STATE_")


@given(st.integers(1, 12), st.lists(replies, max_size=40))
def test_whatever_is_replied_each_question_is_asked_at_most_twice_and_it_ends(
    length: int, said: list[Reply]
) -> None:
    asked: Asked | None = Asked(1)
    seen: list[Asked] = []
    for reply in said:
        if asked is None:
            break
        seen.append(asked)
        outcome = outcome_of(asked, reply)
        assert (outcome is ReplyOutcome.RATED) == (reply in (1, 2, 3, 4, 5))
        asked = asked_after(asked.number, outcome, length)
    assert len(set(seen)) == len(seen) <= 2 * length
    assert [each.number for each in seen] == sorted(each.number for each in seen)
    assert asked is None or len(seen) == len(said)


def test_a_check_in_asks_three_questions_and_makes_a_score(
    profile: ProfileServiceStub, ana: str, clock: FixedClock
) -> None:
    started = starts(profile, ana)
    assert started.started
    assert (started.assessment.question.number, started.assessment.question_count) == (1, 3)
    assert "mood" in started.assessment.question.text
    assert replies_with(profile, ana, 2) == ("RATED", 2)
    assert replies_with(profile, ana, 4) == ("RATED", 3)
    assert not get(profile, ana).HasField("burnout_score")
    assert replies_with(profile, ana, 5) == ("RATED", 0)
    ended = newest(profile, ana)
    assert state(ended) == "COMPLETED"
    assert not ended.HasField("question")
    assert [(each.number, each.rating) for each in ended.answers] == [(1, 2), (2, 4), (3, 5)]
    assert ended.score == pytest.approx(250 / 3)
    known = get(profile, ana)
    assert (known.burnout_score, known.burnout_band) == (ended.score, pb.BURNOUT_BAND_SEVERE)
    [listed] = profile.ListBurnoutScores(pb.ListBurnoutScoresRequest(user_id=ana)).burnout_scores
    assert (listed.score, listed.source) == (ended.score, DAILY)
    assert refused(profile.RecordAnswer, answer(ana, 3)) == NONE_RUNS


def test_a_number_out_of_range_is_asked_about_once_more_and_then_skipped(
    profile: ProfileServiceStub, ana: str
) -> None:
    starts(profile, ana)
    assert replies_with(profile, ana, 9) == ("ASKED_AGAIN", 1)
    assert replies_with(profile, ana, 0) == ("SKIPPED", 2)
    assert replies_with(profile, ana, 6) == ("ASKED_AGAIN", 2)  # each question anew
    assert replies_with(profile, ana, 5) == ("RATED", 3)
    assert replies_with(profile, ana, None) == ("SKIPPED", 0)
    ended = newest(profile, ana)
    assert [each.HasField("rating") for each in ended.answers] == [False, True, False]
    assert ended.score == 100


def test_all_skipped_completes_without_a_score(profile: ProfileServiceStub, ana: str) -> None:
    score(profile, ana, 30)
    before = get(profile, ana)
    starts(profile, ana)
    for _ in range(3):
        replies_with(profile, ana, None)
    ended = newest(profile, ana)
    assert (state(ended), ended.HasField("score")) == ("COMPLETED", False)
    assert get(profile, ana) == before


def test_later_ends_it_and_keeps_what_was_answered(profile: ProfileServiceStub, ana: str) -> None:
    starts(profile, ana)
    replies_with(profile, ana, 1)
    request = put_off(ana)
    ended = profile.DeferAssessment(request).assessment
    assert (state(ended), [each.rating for each in ended.answers]) == ("DEFERRED", [1])
    assert not get(profile, ana).HasField("burnout_score")
    assert profile.DeferAssessment(request).assessment == ended
    assert refused(profile.DeferAssessment, put_off(ana)) == NONE_RUNS
    assert refused(profile.RecordAnswer, answer(ana, 3)) == NONE_RUNS


def withdrawn(profile: ProfileServiceStub, user_id: str, key: str) -> bool:
    request = pb.WithdrawAssessmentRequest(user_id=user_id, request_key=key)
    return profile.WithdrawAssessment(request).withdrawn


def test_an_assessment_whose_question_was_never_sent_leaves_no_trace(
    profile: ProfileServiceStub, ana: str, clock: FixedClock
) -> None:
    monthly = starts(profile, ana, pb.SCORE_SOURCE_UNSPECIFIED, "in-vain").assessment
    assert monthly.questionnaire == MONTHLY
    clock.advance(days(2))
    again = starts(profile, ana, pb.SCORE_SOURCE_UNSPECIFIED, "in-vain")
    assert (again.started, state(again.assessment)) == (True, "EXPIRED")
    assert [withdrawn(profile, ana, "in-vain") for _ in range(2)] == [True, False]
    request = pb.GetAssessmentRequest(user_id=ana)
    assert refused(profile.GetAssessment, request) == not_found("ASSESSMENT_NOT_FOUND")
    assert starts(profile, ana, pb.SCORE_SOURCE_UNSPECIFIED).assessment.questionnaire == MONTHLY


def test_what_somebody_replied_to_is_not_withdrawn(profile: ProfileServiceStub, ana: str) -> None:
    starts(profile, ana, key="asked")
    replies_with(profile, ana, 4)
    assert not withdrawn(profile, ana, "asked")
    assert len(newest(profile, ana).answers) == 1
    assert not withdrawn(profile, ana, "no such key")
    other = pb.WithdrawAssessmentRequest(user_id=somebody(), request_key="asked")
    assert refused(profile.WithdrawAssessment, other) == invalid("request_key")


def test_a_question_waits_twenty_four_hours(
    profile: ProfileServiceStub, ana: str, clock: FixedClock
) -> None:
    starts(profile, ana)
    clock.advance(hours(23.9))
    assert replies_with(profile, ana, 3) == ("RATED", 2)
    clock.advance(hours(24))
    assert refused(profile.RecordAnswer, answer(ana, 3)) == NONE_RUNS
    assert starts(profile, ana).started  # what nobody has swept yet stands in nobody's way
    replies_with(profile, ana, 3)


def test_the_sweep_ends_those_that_waited_too_long_page_by_page(
    profile: ProfileServiceStub, clock: FixedClock
) -> None:
    people = [somebody() for _ in range(5)]
    for user_id in people:
        ensure(profile, user_id)
        starts(profile, user_id)
    clock.advance(hours(1))
    replies_with(profile, people[0], 3)
    clock.advance(hours(23))

    def expires() -> int:
        request = pb.ExpireAssessmentsRequest(page_size=3)
        return profile.ExpireAssessments(request).expired_count

    assert [expires() for _ in range(3)] == [3, 1, 0]
    assert [state(newest(profile, each)) for each in people] == ["OPEN"] + ["EXPIRED"] * 4


def test_a_repeated_reply_says_the_same_and_counts_once(
    profile: ProfileServiceStub, ana: str
) -> None:
    starts(profile, ana)
    first, second = answer(ana, 9), answer(ana, 4)
    said = [profile.RecordAnswer(each) for each in (first, second, answer(ana, 2))]
    for request, before in ((second, said[1]), (first, said[0])):
        again = profile.RecordAnswer(request)
        assert (again.outcome, again.next_question) == (before.outcome, before.next_question)
    assert [each.rating for each in newest(profile, ana).answers] == [4, 2]
    last = answer(ana, 1)
    with ThreadPoolExecutor(8) as pool:
        outcomes = {each.outcome for each in pool.map(profile.RecordAnswer, [last] * 16)}
    assert outcomes == {pb.REPLY_OUTCOME_RATED}
    assert len(newest(profile, ana).answers) == 3
    listed = profile.ListBurnoutScores(pb.ListBurnoutScoresRequest(user_id=ana)).burnout_scores
    assert len(listed) == 1


def test_one_assessment_of_a_person_runs_at_a_time(profile: ProfileServiceStub, ana: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        racing = list(pool.map(lambda _: starts(profile, ana), range(16)))
    assert sum(each.started for each in racing) == 1
    assert len({each.assessment.assessment_id for each in racing}) == 1
    key = a_key()
    for _ in range(3):
        replies_with(profile, ana, 3)
    assert [starts(profile, ana, key=key).started for _ in range(2)] == [True, True]
    other = starts(profile, ana, MONTHLY)
    assert (other.started, other.assessment.questionnaire) == (False, DAILY)


def test_the_monthly_review_takes_the_place_of_a_daily_check_in_once_a_month(
    profile: ProfileServiceStub, ana: str, clock: FixedClock
) -> None:
    due = pb.SCORE_SOURCE_UNSPECIFIED
    asked = []
    for _ in range(12):
        asked.append(starts(profile, ana, due).assessment.questionnaire)
        profile.DeferAssessment(put_off(ana))
        clock.advance(days(5))
    assert asked == ([MONTHLY] + [DAILY] * 5) * 2


def test_the_monthly_review_tells_the_zones_and_a_later_one_replaces_them(
    profile: ProfileServiceStub, ana: str
) -> None:
    def reviews(*said: int | None) -> pb.Profile:
        starts(profile, ana, MONTHLY)
        for reply in said:
            replies_with(profile, ana, reply)
        return get(profile, ana)

    known = reviews(1, 5, 1, 5, 5, 1, 5, 2, 4, 1)
    assert list(known.pressure_zones) == [
        pb.PRESSURE_ZONE_PHYSICAL_HEALTH,
        pb.PRESSURE_ZONE_FINANCIAL_CONCERNS,
        pb.PRESSURE_ZONE_TIME_MANAGEMENT,
    ]
    assert known.burnout_score == pytest.approx((0 + 0 + 100 * 2 + 0 + 0 + 100 + 75 * 2 + 100) / 10)
    known = reviews(*[None] * 10)
    assert len(known.pressure_zones) == 3
    known = reviews(5, *[None] * 9)
    assert list(known.pressure_zones) == [pb.PRESSURE_ZONE_EMOTIONAL_WELLBEING]


def test_what_makes_no_sense_is_refused(profile: ProfileServiceStub, ana: str) -> None:
    nobody = somebody()
    start = pb.StartAssessmentRequest(user_id=nobody, request_key="k")
    assert refused(profile.StartAssessment, start) == not_found("PROFILE_NOT_FOUND")
    wrong = pb.StartAssessmentRequest(user_id=ana, questionnaire=9, request_key="k")  # type: ignore[arg-type]
    assert refused(profile.StartAssessment, wrong) == invalid("questionnaire")
    assert refused(profile.StartAssessment, pb.StartAssessmentRequest(user_id=ana)) == invalid(
        "request_key"
    )
    no_reply = pb.RecordAnswerRequest(user_id=ana, request_key="k")
    assert refused(profile.RecordAnswer, no_reply) == invalid("reply")
    assert refused(profile.RecordAnswer, answer(nobody, 3)) == NONE_RUNS
    for request in (
        pb.GetAssessmentRequest(user_id=ana),
        pb.GetAssessmentRequest(assessment_id=somebody()),
    ):
        assert refused(profile.GetAssessment, request) == not_found("ASSESSMENT_NOT_FOUND")
    assert refused(profile.GetAssessment, pb.GetAssessmentRequest()) == invalid("assessment_id")
    negative = pb.ExpireAssessmentsRequest(page_size=-1)
    assert refused(profile.ExpireAssessments, negative) == invalid("page_size")


def test_a_reply_key_belongs_to_one_person(profile: ProfileServiceStub, ana: str) -> None:
    ben = somebody()
    ensure(profile, ben)
    starts(profile, ana)
    starts(profile, ben)
    replies_with(profile, ben, 3, key="a text")
    assert refused(profile.RecordAnswer, answer(ana, 3, "a text")) == invalid("request_key")

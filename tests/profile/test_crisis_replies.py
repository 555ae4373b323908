"""How often crisis texts are answered: each of up to 5 in 10 minutes, then one in 10 minutes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from kit.wire import timestamp
from protos.profile.v1 import profile_pb2 as pb
from protos.profile.v1.profile_pb2_grpc import ProfileServiceStub
from tests.profile.requests import (
    NOON,
    somebody,
)


def asks(profile: ProfileServiceStub, user_id: str, minutes: float, key: str = "") -> bool:
    """Whether a crisis text so many minutes after noon is answered."""
    request = pb.AdmitCrisisReplyRequest(
        user_id=user_id,
        event_time=timestamp(NOON + timedelta(minutes=minutes)),
        request_key=key or f"{user_id}:{minutes}",
    )
    return profile.AdmitCrisisReply(request).admitted


def test_five_in_ten_minutes_are_answered_then_one_in_ten_minutes(
    profile: ProfileServiceStub,
) -> None:
    user_id = somebody()
    answered = [minute for minute in range(40) if asks(profile, user_id, minute)]
    assert answered == [0, 1, 2, 3, 4, 14, 24, 34]


def test_after_a_lull_each_is_answered_again(profile: ProfileServiceStub) -> None:
    user_id = somebody()
    assert [asks(profile, user_id, minute) for minute in range(6)] == [True] * 5 + [False]
    assert all(asks(profile, user_id, 60 + minute) for minute in range(5))


def test_a_repeated_question_gets_the_same_answer_and_counts_once(
    profile: ProfileServiceStub,
) -> None:
    user_id = somebody()
    assert all(asks(profile, user_id, 0, f"{user_id}:one") for _ in range(9))
    assert all(asks(profile, user_id, minute) for minute in range(1, 5))
    assert not asks(profile, user_id, 5, f"{user_id}:six")
    assert not asks(profile, user_id, 5, f"{user_id}:six")


def test_one_person_does_not_count_for_another(profile: ProfileServiceStub) -> None:
    first, second = somebody(), somebody()
    for minute in range(8):
        asks(profile, first, minute)
    assert asks(profile, second, 8)


def test_of_many_at_once_five_are_answered(profile: ProfileServiceStub) -> None:
    user_id = somebody()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: asks(profile, user_id, n / 100), range(12)))
    assert sum(answers) == 5

"""A batch call of identity does what its one-item calls would have done, one after the other."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from protos.identity.v1 import identity_pb2 as pb
from protos.identity.v1.identity_pb2_grpc import IdentityServiceStub
from tests.twins import at_once, one_by_one, together

pytestmark = pytest.mark.slow

SPELLINGS = ("+12025550101", "(202) 555-0101", "+12025550102", "+447700900123", "911", "", "\0")
NOBODY = "01936f6e-0000-7000-8000-000000000001"

examples = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])


def named_by_number(outcomes: Sequence[object]) -> list[object]:
    """The outcomes with each id replaced by whose it is: ids differ from run to run."""
    known: dict[str, str] = {}
    for outcome in outcomes:
        if isinstance(outcome, pb.EnsureUserResponse):
            user = outcome.user
            UUID(user.user_id)
            assert known.setdefault(user.user_id, user.phone_number) == user.phone_number
            user.user_id = user.phone_number
    return list(outcomes)


@examples
@given(first=st.lists(st.sampled_from(SPELLINGS)), then=st.lists(st.sampled_from(SPELLINGS)))
def test_people_ensured_together_are_those_ensured_one_by_one(
    identity: IdentityServiceStub,
    truncate: Callable[[str], None],
    first: list[str],
    then: list[str],
) -> None:
    """first: who is known before."""
    requests = [pb.EnsureUserRequest(phone_number=each) for each in then or [SPELLINGS[0]]]

    def known() -> None:
        truncate("identity")
        one_by_one(identity.EnsureUser, [pb.EnsureUserRequest(phone_number=each) for each in first])

    known()
    expected = named_by_number(one_by_one(identity.EnsureUser, requests))
    known()
    batch = pb.BatchEnsureUsersRequest(requests=requests)
    assert named_by_number(together(identity.BatchEnsureUsers, batch)) == expected


@examples
@given(picks=st.lists(st.sampled_from(["ana", "ben", NOBODY, NOBODY.upper(), "", "x"]), min_size=1))
def test_people_got_together_are_those_got_one_by_one(
    identity: IdentityServiceStub, picks: list[str]
) -> None:
    people = {
        name: identity.EnsureUser(pb.EnsureUserRequest(phone_number=number)).user.user_id
        for name, number in (("ana", "+12025550101"), ("ben", "+12025550102"))
    }
    requests = [pb.GetUserRequest(user_id=people.get(each, each)) for each in picks]
    expected = one_by_one(identity.GetUser, requests)
    batch = pb.BatchGetUsersRequest(requests=requests)
    assert together(identity.BatchGetUsers, batch) == expected


def test_batches_of_the_same_new_people_in_any_order_make_each_once(
    identity: IdentityServiceStub,
) -> None:
    numbers = [f"+1202555{n:04}" for n in range(100)]
    batches = []
    for seed in range(8):
        random.Random(seed).shuffle(numbers)
        requests = [pb.EnsureUserRequest(phone_number=number) for number in numbers]
        batches.append(pb.BatchEnsureUsersRequest(requests=requests))
    answers = [each for batch in at_once(identity.BatchEnsureUsers, batches) for each in batch]
    made = [each for each in answers if isinstance(each, pb.EnsureUserResponse)]
    assert len(made) == 800
    assert sum(each.created for each in made) == 100
    assert len({(each.user.user_id, each.user.phone_number) for each in made}) == 100


@pytest.mark.parametrize("count", [0, 1001])
def test_a_batch_has_one_to_a_thousand_items(identity: IdentityServiceStub, count: int) -> None:
    batch = pb.BatchGetUsersRequest(requests=[pb.GetUserRequest(user_id=NOBODY)] * count)
    refusal = (3, "INVALID_ARGUMENT", "requests: must hold 1 to 1000 items", None)
    assert one_by_one(identity.BatchGetUsers, [batch]) == [refusal]

"""What the model costs in a day, and whether it may be asked: 100 tokens here, 40 for one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import grpc
import psycopg
import pytest

from kit.clock import FixedClock
from kit.database import Database
from protos.conversation.v1 import conversation_pb2 as pb
from protos.conversation.v1.conversation_pb2_grpc import ConversationServiceStub
from services.conversation.model.admission import Limits
from services.conversation.model.model_use import TokenLimits
from services.conversation.service import ConversationServicer
from tests.conversation.requests import (
    a_key,
    refused,
    somebody,
    texts,
)
from tests.databases import Databases
from tests.refused import Refused, invalid

LEFT = pb.MODEL_BUDGET_LEFT
HERS_SPENT = pb.MODEL_BUDGET_SPENT_BY_PERSON
SPENT = pb.MODEL_BUDGET_SPENT


@pytest.fixture(scope="module")
def grpc_servicer(database: Database, clock: FixedClock) -> ConversationServicer:
    tokens = TokenLimits(a_day=100, a_person=40)
    return ConversationServicer(database, clock, Limits(), tokens)


def person(conversation: ConversationServiceStub) -> str:
    """Somebody who has texted."""
    user_id = somebody()
    texts(conversation, user_id)
    return user_id


def use(user_id: str, tokens: int, key: str = "") -> pb.RecordModelUseRequest:
    return pb.RecordModelUseRequest(user_id=user_id, request_key=key or a_key(), tokens=tokens)


def budget(conversation: ConversationServiceStub, user_id: str) -> pb.ModelBudget.ValueType:
    request = pb.GetConversationRequest(user_id=user_id)
    return conversation.GetConversation(request).conversation.model_budget


def test_who_has_spent_the_days_tokens_gets_them_anew_on_the_next(
    conversation: ConversationServiceStub, clock: FixedClock
) -> None:
    ana, ben = person(conversation), person(conversation)
    conversation.RecordModelUse(use(ana, 39))
    assert budget(conversation, ana) == LEFT
    conversation.RecordModelUse(use(ana, 1))
    assert (budget(conversation, ana), budget(conversation, ben)) == (HERS_SPENT, LEFT)
    clock.advance(timedelta(days=1))
    assert budget(conversation, ana) == LEFT


def test_everybodys_tokens_of_a_day_are_spent_together(
    conversation: ConversationServiceStub, clock: FixedClock
) -> None:
    people = [person(conversation) for _ in range(5)]
    for each in people[:4]:
        assert budget(conversation, each) == LEFT
        conversation.RecordModelUse(use(each, 25))
    assert {budget(conversation, each) for each in people} == {SPENT}
    clock.advance(timedelta(days=1))
    assert {budget(conversation, each) for each in people} == {LEFT}


def test_a_repeat_is_not_counted_again_however_calls_race(
    conversation: ConversationServiceStub, databases: Databases
) -> None:
    people = [person(conversation) for _ in range(4)]
    requests = [use(each, 2, f"{each}:{n}") for each in people for n in range(5)] * 3
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(conversation.RecordModelUse, requests))
    with psycopg.connect(databases["conversation"].admin) as admin:
        row = admin.execute(
            "SELECT (SELECT sum(tokens) FROM conversation.model_days),"
            " (SELECT sum(tokens) FROM conversation.model_uses)"
        ).fetchone()
    assert row == (40, 40)


def test_what_is_counted_goes_with_the_person_and_after_a_week(
    conversation: ConversationServiceStub, clock: FixedClock, databases: Databases
) -> None:
    ana, ben = person(conversation), person(conversation)
    for each in (ana, ben):
        conversation.RecordModelUse(use(each, 10))
    conversation.DeleteConversation(pb.DeleteConversationRequest(user_id=ana))

    def rows() -> list[tuple[int]]:
        with psycopg.connect(databases["conversation"].admin) as admin:
            return admin.execute("SELECT tokens FROM conversation.model_uses").fetchall()

    assert rows() == [(10,)]
    assert budget(conversation, ben) == LEFT
    clock.advance(timedelta(days=8))
    conversation.RecordModelUse(use(ben, 11))
    assert rows() == [(11,)]


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (use("x", 1), "user_id"),
        (use(somebody(), 0), "tokens"),
        (use(somebody(), -1), "tokens"),
        (use(somebody(), 10_000_001), "tokens"),
        (pb.RecordModelUseRequest(user_id=somebody(), tokens=1), "request_key"),
    ],
)
def test_what_makes_no_sense_is_refused(
    conversation: ConversationServiceStub, request_: pb.RecordModelUseRequest, field: str
) -> None:
    assert refused(conversation.RecordModelUse, request_) == invalid(field)


def test_nobody_is_answered_with_whom_nothing_was_ever_said(
    conversation: ConversationServiceStub,
) -> None:
    nobody: Refused = (grpc.StatusCode.NOT_FOUND, "CONVERSATION_NOT_FOUND", [])
    assert refused(conversation.RecordModelUse, use(somebody(), 1)) == nobody

"""A batch is its one-item calls, one after the other in the order of the requests."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import uuid4

import psycopg
import pytest
from google.protobuf.message import Message
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from kit.database import Database
from protos.conversation.v1 import conversation_pb2 as pb
from protos.conversation.v1.conversation_pb2_grpc import ConversationServiceStub
from tests.conversation.requests import (
    NOON,
    draft,
    minutes,
    refused,
    somebody,
    text,
)
from tests.databases import Databases
from tests.refused import invalid
from tests.twins import one_by_one, together

pytestmark = pytest.mark.slow

TWINS: Final = {
    "RecordInboundMessage": "BatchRecordInboundMessages",
    "ListUnansweredMessages": "BatchListUnansweredMessages",
    "AdmitText": "BatchAdmitTexts",
    "OpenTurn": "BatchOpenTurns",
    "GetConversation": "BatchGetConversations",
    "PrepareOutboundMessage": "BatchPrepareOutboundMessages",
    "GetOutboundMessage": "BatchGetOutboundMessages",
    "BeginSend": "BatchBeginSends",
    "AbandonSend": "BatchAbandonSends",
    "RecordSendAccepted": "BatchRecordSendsAccepted",
    "RecordDelivery": "BatchRecordDeliveries",
}


def batch_of(name: str, requests: Sequence[Message]) -> Any:
    return getattr(pb, f"{TWINS[name]}Request")(requests=requests)


@dataclass
class Side:
    """One of two lines on which the same happens: people, ids of the provider, keys, ids of texts.

    Wishes name everything by small numbers; a side knows what each of them stands for.
    """

    stub: ConversationServiceStub
    label: str = field(default_factory=lambda: uuid4().hex)
    people: list[str] = field(default_factory=lambda: [somebody() for _ in range(3)])
    nowhere: str = field(default_factory=somebody)
    inbound: dict[int, str] = field(default_factory=dict)
    outbound: dict[int, str] = field(default_factory=dict)

    def person(self, number: int) -> str:
        return [*self.people, "not an id"][number]

    def sid(self, number: int) -> str:
        return f"SM{self.label}-{number}" if number else "not an id"

    def key(self, number: int) -> str:
        return f"{self.label}:{number}" if number else ""

    def text_of(self, sid: int) -> str:
        return self.inbound.get(sid, self.nowhere)

    def answer_of(self, key: int) -> str:
        return self.outbound.get(key, self.nowhere)

    def request(self, name: str, wish: tuple[Any, ...]) -> Any:
        return REQUESTS[name](self, *wish)

    def call(self, name: str, wish: tuple[Any, ...]) -> Any:
        """What the one-item call comes to; numbers stand for the texts that it made."""
        [outcome] = one_by_one(getattr(self.stub, name), [self.request(name, wish)])
        if isinstance(outcome, pb.RecordInboundMessageResponse):
            self.inbound[wish[1]] = outcome.message.message_id
        if isinstance(outcome, pb.PrepareOutboundMessageResponse):
            self.outbound[wish[1]] = outcome.message.message_id
        return outcome

    def call_together(self, name: str, wishes: Sequence[tuple[Any, ...]]) -> list[Any]:
        requests = [self.request(name, wish) for wish in wishes]
        outcomes: list[Any] = together(getattr(self.stub, TWINS[name]), batch_of(name, requests))
        return outcomes

    def everything(self) -> list[Any]:
        """All that is stored on this side, as its calls tell it."""
        looks = [self.call("GetConversation", (number, 100)) for number in range(3)]
        waiting = [self.call("ListUnansweredMessages", (number,)) for number in range(3)]
        return [*looks, *waiting]

    def plainly(self, told: Sequence[Any]) -> list[str]:
        """Outcomes as text, with the ids of this side replaced by what they stand for."""
        names = {self.label: "L", self.nowhere: "nowhere"}
        names |= {user_id: f"person {n}" for n, user_id in enumerate(self.people)}
        for number in range(3):
            look = self.call("GetConversation", (number, 100))
            if isinstance(look, pb.GetConversationResponse):
                for message in look.conversation.recent_messages:
                    names[message.message_id] = f"text {number}-{message.sequence}"
        pattern = re.compile("|".join(map(re.escape, names)))
        return [pattern.sub(lambda m: names[m.group()], f"{type(m)}{m}") for m in told]


REQUESTS: Final[dict[str, Callable[..., Any]]] = {
    "RecordInboundMessage": lambda side, person, sid, minute, disposition: text(
        side.person(person),
        f"text {sid} at {minute}",
        side.sid(sid),
        NOON + minutes(minute),
        disposition,
        [pb.Media(url=f"https://example.com/{n}", content_type="image/png") for n in range(minute)],
    ),
    "ListUnansweredMessages": lambda side, person: pb.ListUnansweredMessagesRequest(
        user_id=side.person(person)
    ),
    "AdmitText": lambda side, sid: pb.AdmitTextRequest(message_id=side.text_of(sid)),
    "OpenTurn": lambda side, person, key: pb.OpenTurnRequest(
        user_id=side.person(person), request_key=side.key(key)
    ),
    "GetConversation": lambda side, person, limit: pb.GetConversationRequest(
        user_id=side.person(person), recent_limit=limit
    ),
    "PrepareOutboundMessage": lambda side, person, key, answers, kind: (
        pb.PrepareOutboundMessageRequest(
            user_id=side.person(person),
            request_key=side.key(key),
            body=f"answer {key}",
            answers=[side.text_of(sid) for sid in answers],
            kind=kind,
        )
    ),
    "GetOutboundMessage": lambda side, by_key, key: (
        pb.GetOutboundMessageRequest(request_key=side.key(key))
        if by_key
        else pb.GetOutboundMessageRequest(message_id=side.answer_of(key))
    ),
    "BeginSend": lambda side, key, token, not_found: pb.BeginSendRequest(
        message_id=side.answer_of(key), token=token, not_found_token=not_found
    ),
    "AbandonSend": lambda side, key, token: pb.AbandonSendRequest(
        message_id=side.answer_of(key), token=token
    ),
    "RecordSendAccepted": lambda side, key, sid: pb.RecordSendAcceptedRequest(
        message_id=side.answer_of(key), provider_sid=side.sid(sid)
    ),
    "RecordDelivery": lambda side, key, sid, word, code: pb.RecordDeliveryRequest(
        message_id=side.answer_of(key) if key else "",
        provider_sid=side.sid(sid),
        status=word,
        error_code=code,
    ),
    "RecordSendFailed": lambda side, key, why: pb.RecordSendFailedRequest(
        message_id=side.answer_of(key), failure=why, error_code="30007"
    ),
}

a_person = st.sampled_from([0, 0, 1, 1, 2, 3])
a_sid = st.integers(0, 7)
an_answers_sid = st.sampled_from([1, 8, 8, 9])
a_key = st.sampled_from([0, 1, 1, 2, 2, 3])
a_token = st.sampled_from(["a", "b", ""])
WISHES: Final = {
    "RecordInboundMessage": st.tuples(
        a_person,
        a_sid,
        st.integers(0, 2),
        st.sampled_from(
            [pb.DISPOSITION_TO_ANSWER, pb.DISPOSITION_TO_ANSWER, pb.DISPOSITION_CRISIS]
        ),
    ),
    "ListUnansweredMessages": st.tuples(a_person),
    "AdmitText": st.tuples(a_sid),
    "OpenTurn": st.tuples(a_person, a_key),
    "GetConversation": st.tuples(a_person, st.integers(-1, 3)),
    "PrepareOutboundMessage": st.tuples(
        a_person,
        a_key,
        st.sampled_from([[], [1], [2], [2, 1], [3], [4], [0]]),
        st.sampled_from([pb.MESSAGE_KIND_ANSWER, pb.MESSAGE_KIND_NOTICE]),
    ),
    "GetOutboundMessage": st.tuples(st.booleans(), a_key),
    "BeginSend": st.tuples(a_key, a_token, a_token),
    "AbandonSend": st.tuples(a_key, a_token),
    "RecordSendAccepted": st.tuples(a_key, an_answers_sid),
    "RecordDelivery": st.tuples(
        a_key,
        an_answers_sid,
        st.sampled_from(["sent", "delivered", "failed", "odd"]),
        st.just("30003"),
    ),
    "RecordSendFailed": st.tuples(
        a_key, st.sampled_from([pb.SEND_FAILURE_EXPIRED, pb.SEND_FAILURE_REFUSED])
    ),
}
# People have texts, and answers to them, before anything is asked.
BEFORE: Final = [
    ("RecordInboundMessage", (0, 1, 1, pb.DISPOSITION_TO_ANSWER)),
    ("RecordInboundMessage", (0, 2, 0, pb.DISPOSITION_TO_ANSWER)),
    ("RecordInboundMessage", (1, 3, 0, pb.DISPOSITION_TO_ANSWER)),
    ("RecordInboundMessage", (0, 4, 0, pb.DISPOSITION_TO_ANSWER)),
    ("PrepareOutboundMessage", (1, 1, [3], pb.MESSAGE_KIND_ANSWER)),
    ("PrepareOutboundMessage", (0, 2, [], pb.MESSAGE_KIND_NOTICE)),
]
happenings = st.lists(
    st.sampled_from(sorted(WISHES)).flatmap(lambda name: st.tuples(st.just(name), WISHES[name])),
    max_size=8,
)


@contextmanager
def nothing_rolled_back(database: Database) -> Iterator[None]:
    """The batch does it at once: an item that fails alone is no error of the database."""
    undone: list[Any] = []

    def note(connection: Any) -> None:
        undone.append(connection)

    event.listen(database._writer, "rollback", note)
    try:
        yield
    finally:
        event.remove(database._writer, "rollback", note)
    assert not undone


@pytest.mark.slow
@pytest.mark.parametrize("name", TWINS)
@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(before=happenings, data=st.data())
def test_a_batch_is_its_single_calls_in_order_refusals_included(
    grpc_stub: ConversationServiceStub,
    database: Database,
    name: str,
    before: list[Any],
    data: st.DataObject,
) -> None:
    wishes = data.draw(st.lists(WISHES[name], min_size=1, max_size=6))
    batched, single = Side(grpc_stub), Side(grpc_stub)
    for side in (batched, single):
        for happening in (*BEFORE, *before):
            side.call(*happening)
    with nothing_rolled_back(database):
        answers = batched.call_together(name, wishes)
    expected = [single.call(name, wish) for wish in wishes]
    assert batched.plainly(answers) == single.plainly(expected)
    assert batched.plainly(batched.everything()) == single.plainly(single.everything())


@pytest.mark.slow
def test_overlapping_batches_in_opposite_order_lose_nothing_and_leave_no_gap(
    grpc_stub: ConversationServiceStub, databases: Databases
) -> None:
    databases.truncate("conversation")
    people = [somebody() for _ in range(40)]

    def record_and_answer(turn: int) -> list[str]:
        order = people if turn % 2 else people[::-1]
        recorded = grpc_stub.BatchRecordInboundMessages(
            batch_of("RecordInboundMessage", [text(person) for person in order for _ in range(2)])
        )
        ours = grpc_stub.BatchPrepareOutboundMessages(
            batch_of("PrepareOutboundMessage", [draft(person) for person in order])
        )
        sent = grpc_stub.BatchBeginSends(
            batch_of(
                "BeginSend",
                [
                    pb.BeginSendRequest(message_id=result.response.message.message_id, token="a")
                    for result in ours.results
                ],
            )
        )
        results: list[Any] = [*recorded.results, *ours.results, *sent.results]
        return [str(result.error.reason) for result in results if result.HasField("error")]

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(record_and_answer, range(12))) == [[]] * 12
    with psycopg.connect(databases["conversation"].admin) as admin:
        rows = admin.execute(
            "SELECT s.message_count, s.answer_count, s.first_inbound_sequence,"
            " array_agg(m.sequence ORDER BY m.sequence)"
            " FROM conversation.conversation_state s JOIN conversation.messages m USING (user_id)"
            " GROUP BY s.user_id"
        ).fetchall()
    assert rows == [(36, 12, 1, list(range(1, 37)))] * 40


def test_an_item_that_is_refused_leaves_the_others_alone(
    conversation: ConversationServiceStub,
) -> None:
    ana, ben = somebody(), somebody()
    requests = [text(ana, sid="SM-same"), text("not an id"), text(ben, sid="SM-same"), text(ben)]
    answer = conversation.BatchRecordInboundMessages(batch_of("RecordInboundMessage", requests))
    told = [result.error.reason or result.response.message.user_id for result in answer.results]
    assert told == [ana, "INVALID_ARGUMENT", "PROVIDER_SID_TAKEN", ben]
    assert answer.results[1].error.message.startswith("user_id: ")


def test_a_batch_has_at_least_one_item(conversation: ConversationServiceStub) -> None:
    assert refused(conversation.BatchBeginSends, batch_of("BeginSend", [])) == invalid("requests")


def test_conversations_that_do_not_fit_into_one_answer_are_asked_for_alone(
    conversation: ConversationServiceStub,
) -> None:
    people = [somebody() for _ in range(12)]
    for person in people:
        long = [text(person, "😜" * 4000) for _ in range(20)]
        conversation.BatchRecordInboundMessages(batch_of("RecordInboundMessage", long))
    looks = [pb.GetConversationRequest(user_id=person) for person in people]
    answer = conversation.BatchGetConversations(batch_of("GetConversation", looks))
    reasons = [result.error.reason for result in answer.results]
    assert reasons == [""] * 10 + ["NO_ROOM"] * 2
    assert len(conversation.GetConversation(looks[-1]).conversation.recent_messages) == 20

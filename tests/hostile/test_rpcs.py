"""Every RPC of all five services, over mutual TLS, given requests that no client of ours sends."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import grpc
import pytest
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass
from hypothesis import find, given
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

from kit.refusals import ReceivedRefusal
from protos.jobs.v1.jobs_pb2 import ClaimJobsRequest
from tests.hostile.bounds import bounded, soon
from tests.hostile.known import known_to
from tests.hostile.messages import Requests
from tests.hostile.rpcs import CERTIFICATES, Rpc, every_rpc, has_field, item_codes
from tests.world.world import World

pytestmark = pytest.mark.slow

RPCS = every_rpc()
# UNAVAILABLE says "try again", which no request that is refused for what it holds may be told.
OUR_FAULT = {
    grpc.StatusCode.INTERNAL,
    grpc.StatusCode.UNKNOWN,
    grpc.StatusCode.DEADLINE_EXCEEDED,
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.UNIMPLEMENTED,
    grpc.StatusCode.CANCELLED,
}
FAULTY_ITEMS = {code.value[0] for code in OUR_FAULT}
SOON = 150
Channels = Callable[[str, str], grpc.Channel]
Known = Callable[..., Requests]


@pytest.fixture(scope="module")
def channels(attacked: World) -> Channels:
    """`channels("profile", "worker")`: to a service, with a certificate."""
    names = {rpc.service for rpc in RPCS}
    made = {(to, by): attacked.channel_as(to, by) for to in names for by in CERTIFICATES}
    return lambda to, by: made[to, by]


@pytest.fixture
def known(attacked: World) -> Known:
    def requests(rpc: Rpc, *, odd: bool = True) -> Requests:
        words = known_to(attacked, rpc.service)
        return Requests(words["user_id"], words, odd=odd)

    return requests


@pytest.mark.parametrize("rpc", RPCS, ids=str)
def test_a_plausible_request_is_soon_answered(rpc: Rpc, channels: Channels, known: Known) -> None:
    """Or the odd ones would be refused before they come to what they are for."""
    requests = known(rpc, odd=False)
    answers: dict[bytes, Message | ReceivedRefusal] = {}

    def is_answered(request: Message) -> bool:
        sent = at_once(request)
        if sent not in answers:
            caller = rpc.allowed[len(answers) % len(rpc.allowed)]
            answers[sent] = rpc.call(channels(rpc.service, caller), sent)
        return not isinstance(answers[sent], ReceivedRefusal)

    try:
        find(requests.of(rpc.method.input_type), is_answered, settings=soon(SOON))
    except NoSuchExample:
        pytest.fail(str(Counter(map(str, answers.values())).most_common(3)))


@pytest.mark.parametrize("rpc", RPCS, ids=str)
def test_no_request_is_answered_with_a_fault_of_ours(
    rpc: Rpc, channels: Channels, known: Known, examples: int
) -> None:
    requests = known(rpc)

    @bounded(examples)
    @given(st.data())
    def property_(data: st.DataObject) -> None:
        request = data.draw(requests.of(rpc.method.input_type))
        caller = data.draw(st.sampled_from(rpc.allowed))
        answer = rpc.call(channels(rpc.service, caller), at_once(request))
        assert_no_fault(rpc, answer)

    property_()


@pytest.mark.parametrize("rpc", RPCS, ids=str)
def test_bytes_that_are_no_request_are_refused_as_such(
    rpc: Rpc, channels: Channels, examples: int
) -> None:
    requests = Requests(())

    @bounded(examples)
    @given(st.data())
    def property_(data: st.DataObject) -> None:
        whole = data.draw(requests.of(rpc.method.input_type)).SerializeToString()
        sent = data.draw(
            st.integers(0, len(whole)).map(lambda end: whole[:end])
            | st.binary(max_size=64)
            | st.just(b"\x0a\xff\xff\xff\xff\x0f")
        )
        if _parses(rpc, sent):
            return
        answer = rpc.call(channels(rpc.service, rpc.allowed[0]), sent)
        assert isinstance(answer, ReceivedRefusal)
        assert answer.code is grpc.StatusCode.INVALID_ARGUMENT, answer

    property_()


@pytest.mark.parametrize("rpc", RPCS, ids=str)
def test_whoever_may_not_call_is_told_so_whatever_they_send(rpc: Rpc, channels: Channels) -> None:
    for caller in rpc.denied:
        for sent in (b"", b"\xff"):
            answer = rpc.call(channels(rpc.service, caller), sent)
            assert isinstance(answer, ReceivedRefusal)
            assert answer.code is grpc.StatusCode.PERMISSION_DENIED, (caller, sent, answer)


def at_once(request: Message) -> bytes:
    """Its bytes; an empty queue is waited for by design, but not here."""
    if isinstance(request, ClaimJobsRequest) and request.wait.seconds > 0:
        request.wait.seconds = 0
    return request.SerializeToString()


def assert_no_fault(rpc: Rpc, answer: Message | ReceivedRefusal) -> None:
    if isinstance(answer, ReceivedRefusal):
        assert answer.code not in OUR_FAULT, answer
        if answer.code is grpc.StatusCode.INVALID_ARGUMENT:
            assert answer.violations, answer
        unknown = [name for name, _ in answer.violations if not _names(rpc, name)]
        assert not unknown, answer
    else:
        assert not FAULTY_ITEMS & set(item_codes(answer)), answer


def _names(rpc: Rpc, path: str) -> bool:
    return has_field(rpc.method.input_type, path)


def _parses(rpc: Rpc, sent: bytes) -> bool:
    try:
        GetMessageClass(rpc.method.input_type).FromString(sent)
    except DecodeError:
        return False
    return True

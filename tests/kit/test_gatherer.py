from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from typing import Any

import grpc
import pytest
import uvloop
from prometheus_client import CollectorRegistry

from kit.batch import all_or_each, batch_to_proto, run_batch
from kit.channel import aio_channel
from kit.gatherer import Gatherer, Limits, Twin, gather
from kit.refusals import InvalidArgument, Refusal, refusal_of
from tests.kit import echo
from tests.kit.serving import Certificates, serving

Say = Callable[..., Awaitable[str]]


class Asleep(Refusal):
    """The echo sleeps."""

    code = grpc.StatusCode.RESOURCE_EXHAUSTED


class Busy(Refusal):
    """Call this one by itself."""

    code = grpc.StatusCode.ABORTED


class Line:
    """An echo server with a twin, which writes down what it was asked, and a caller that gathers.

    hold: while it is clear, a batch that holds "hold" is not answered.
    """

    def __init__(self, port: int, certificates: Certificates) -> None:
        self.port = port
        self.certificates = certificates
        self.reset()

    def reset(self) -> None:
        self.singles: list[str] = []
        self.batches: list[list[str]] = []
        self.deadlines: list[float] = []
        self.under_way = self.most_under_way = 0
        self.fails: Refusal | None = None
        self.forgets = 0
        self.hold = threading.Event()
        self.held = threading.Event()
        self._lock = threading.Lock()

    def answer(self, request: Any, _context: Any) -> str:
        self.singles.append(request.text)
        return said(request.text, alone=True)

    def batch(self, request: Any, context: Any) -> Any:
        texts = [each.text for each in request.requests]
        with self._lock:
            self.batches.append(texts)
            self.deadlines.append(context.time_remaining())
            self.under_way += 1
            self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            if "hold" in texts:
                self.held.set()
                self.hold.wait(60)
            if self.fails:
                raise self.fails
            results = run_batch(
                request.requests,
                lambda each: said(each.text, bad_only=True),
                lambda items: [refused_or_said(text) for text in items],
            )
            kept = results[: len(results) - self.forgets]
            return batch_to_proto(
                echo.BatchSayResponse, kept, lambda text: echo.EchoReply(text=text)
            )
        finally:
            with self._lock:
                self.under_way -= 1

    def run(
        self,
        story: Callable[[Say], Awaitable[None]],
        limits: Limits | None = None,
        twin: Twin[Any, Any] | None = None,
        end: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """Tells a story on a loop and a channel of its own; its end when the channel is closed."""

        async def tell() -> None:
            async with aio_channel(
                f"dns:///localhost:{self.port}",
                self.certificates.service("worker"),
                service=echo.NAME,
                registry=CollectorRegistry(),
            ) as channel:
                await channel.channel_ready()
                stub = echo.EchoStub(channel)
                call: Any
                if twin is None:
                    every = {"Say": limits} if limits else None
                    call = gather(stub, echo.DESCRIPTOR, every).Say
                else:
                    call = Gatherer(stub.Say, stub.BatchSay, twin, domain="kittest", limits=limits)

                async def say(text: str, timeout: float | None = 10) -> str:
                    return str((await call(echo.EchoRequest(text=text), timeout=timeout)).text)

                await story(say)
            if end is not None:
                await end()

        uvloop.run(tell())


def said(text: str, alone: bool = False, bad_only: bool = False) -> str:
    if text == "bad":
        raise InvalidArgument("text", "must be good")
    if text == "asleep" and not bad_only:
        raise Asleep({"for": "long"}, retry_after=timedelta(seconds=7))
    return f"{text} alone" if alone else text


def refused_or_said(text: str) -> str | Refusal:
    if text == "asleep":
        return Asleep(retry_after=timedelta(seconds=7))
    return Busy() if text == "busy" else text


@pytest.fixture(scope="module")
def running_line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    certificates = Certificates(tmp_path_factory.mktemp("gatherer") / "certs")
    line = Line(0, certificates)
    with serving(
        "threads",
        certificates,
        line.answer,
        batch=line.batch,
        domain="kittest",
    ) as server:
        line.port = server.port
        yield line


@pytest.fixture
def line(running_line: Line) -> Line:
    running_line.reset()
    return running_line


async def outcomes(*calls: Awaitable[str]) -> list[Any]:
    return await asyncio.gather(*calls, return_exceptions=True)


def test_a_call_that_has_company_travels_with_it_and_one_that_has_none_goes_alone(
    line: Line,
) -> None:
    async def story(say: Say) -> None:
        assert await say("first") == "first alone"
        texts = [str(number) for number in range(300)]
        assert await outcomes(*map(say, texts)) == texts
        assert await say("last") == "last alone"
        assert line.singles == ["first", "last"]
        assert line.batches == [texts[:200], texts[200:]]

    line.run(story, Limits(patience=20))


def test_equal_requests_are_never_taken_for_one(line: Line) -> None:
    async def story(say: Say) -> None:
        assert await outcomes(*(say("same") for _ in range(5))) == ["same"] * 5
        assert line.batches == [["same"] * 5]

    line.run(story)


def test_one_batch_is_under_way_at_a_time_and_what_comes_meanwhile_goes_in_the_next(
    line: Line,
) -> None:
    async def story(say: Say) -> None:
        first = [asyncio.ensure_future(say(text)) for text in ("hold", "1")]
        assert await asyncio.to_thread(line.held.wait, 60)
        later = [asyncio.ensure_future(say(text)) for text in "2345"]
        await asyncio.sleep(0)
        line.hold.set()
        assert await outcomes(*first, *later) == ["hold", "1", *"2345"]
        assert line.batches == [["hold", "1"], list("2345")]
        assert line.most_under_way == 1

    line.run(story, Limits(patience=20))


def test_a_batch_that_hangs_holds_the_others_back_for_a_moment_only(line: Line) -> None:
    async def story(say: Say) -> None:
        hung = [asyncio.ensure_future(say(text)) for text in ("hold", "1")]
        assert await asyncio.to_thread(line.held.wait, 60)
        async with asyncio.timeout(5):
            assert await outcomes(say("2"), say("3")) == ["2", "3"]
        assert not any(call.done() for call in hung)
        line.hold.set()
        assert await outcomes(*hung) == ["hold", "1"]

    line.run(story)


def test_a_batch_holds_no_more_bytes_than_it_may(line: Line) -> None:
    async def story(say: Say) -> None:
        texts = ["x" * 400, "y" * 400, "z" * 2000, "a", "b"]
        assert await outcomes(*map(say, texts)) == [
            *texts[:2],
            f"{texts[2]} alone",
            *texts[3:],
        ]
        assert [len(batch) for batch in line.batches] == [2, 2]

    line.run(story, Limits(size=1000))


def test_a_refused_item_raises_what_its_own_call_would_have_raised(line: Line) -> None:
    def facts(error: object) -> tuple[object, ...]:
        assert isinstance(error, grpc.aio.AioRpcError)
        refusal = refusal_of(error)
        return (error.code(), refusal.code, refusal.reason, refusal.domain, refusal.retry_after)

    async def story(say: Say) -> None:
        [asleep_alone] = await outcomes(say("asleep"))
        [bad_alone] = await outcomes(say("bad"))
        good, asleep, bad, fine = await outcomes(say("1"), say("asleep"), say("bad"), say("2"))
        assert (good, fine) == ("1", "2")
        assert facts(asleep) == facts(asleep_alone)
        assert asleep.details() == asleep_alone.details() == "The echo sleeps."
        assert refusal_of(asleep).retry_after == timedelta(seconds=7)
        assert facts(bad) == facts(bad_alone)
        assert bad.details() == "text: must be good"

    line.run(story)


def test_a_batch_that_fails_as_a_whole_fails_each_caller_with_an_error_of_its_own(
    line: Line,
) -> None:
    async def story(say: Say) -> None:
        line.fails = Asleep(retry_after=timedelta(seconds=3))
        errors = await outcomes(*(say(text) for text in "123"))
        assert len({id(error) for error in errors}) == 3
        for error in errors:
            assert isinstance(error, grpc.aio.AioRpcError)
            refusal = refusal_of(error)
            assert refusal.reason == "ASLEEP"
            assert refusal.retry_after == timedelta(seconds=3)
        assert line.singles == []
        line.fails = None
        assert await outcomes(say("1"), say("2")) == ["1", "2"]

    line.run(story)


def test_an_answer_with_a_result_too_few_is_nobodys_answer(line: Line) -> None:
    async def story(say: Say) -> None:
        line.forgets = 1
        for error in await outcomes(*(say(text) for text in "123")):
            assert isinstance(error, grpc.aio.AioRpcError)
            assert error.code() is grpc.StatusCode.INTERNAL
        line.forgets = 0
        assert await outcomes(say("1"), say("2")) == ["1", "2"]

    line.run(story)


def test_who_goes_away_takes_nobody_along(line: Line) -> None:
    async def story(say: Say) -> None:
        calls = [asyncio.ensure_future(say(text)) for text in ("hold", "1", "2")]
        assert await asyncio.to_thread(line.held.wait, 60)
        waiting = [asyncio.ensure_future(say(text)) for text in "345"]
        await asyncio.sleep(0)
        calls[1].cancel()
        waiting[1].cancel()
        line.hold.set()
        first = await outcomes(*calls, *waiting)
        assert [first[0], first[2], first[3], first[5]] == ["hold", "2", "3", "5"]
        assert isinstance(first[1], asyncio.CancelledError)
        assert isinstance(first[4], asyncio.CancelledError)
        assert line.batches == [["hold", "1", "2"], ["3", "5"]]

    line.run(story, Limits(patience=20))


def test_each_caller_has_its_own_deadline_and_the_batch_the_longest(line: Line) -> None:
    async def story(say: Say) -> None:
        hasty = asyncio.ensure_future(say("hold", timeout=0.2))
        patient = asyncio.ensure_future(say("1", timeout=60))
        default = asyncio.ensure_future(say("2", timeout=None))
        [error] = await outcomes(hasty)
        assert isinstance(error, grpc.aio.AioRpcError)
        assert refusal_of(error).reason == "DEADLINE_EXCEEDED"
        assert not patient.done()
        assert not default.done()
        line.hold.set()
        assert await outcomes(patient, default) == ["1", "2"]
        assert 40 < line.deadlines[0] < 61

    line.run(story)


def test_every_deadline_passes_whoever_called_first(line: Line) -> None:
    async def story(say: Say) -> None:
        ended: list[float] = []

        async def hold(timeout: float) -> None:
            [error] = await outcomes(say("hold", timeout=timeout))
            assert isinstance(error, grpc.aio.AioRpcError)
            assert error.code() is grpc.StatusCode.DEADLINE_EXCEEDED
            ended.append(timeout)

        holding = asyncio.gather(*map(hold, (0.3, 0.1, 0.2)))
        last = asyncio.ensure_future(say("1", timeout=60))
        await holding
        assert sorted(ended) == [0.1, 0.2, 0.3]
        assert not last.done()
        line.hold.set()
        assert await last == "1"

    line.run(story)


def test_who_had_no_time_left_is_not_sent_any_more(line: Line) -> None:
    async def story(say: Say) -> None:
        first = [asyncio.ensure_future(say(text)) for text in ("hold", "1")]
        assert await asyncio.to_thread(line.held.wait, 60)
        [error] = await outcomes(say("late", timeout=0.05))
        assert isinstance(error, grpc.aio.AioRpcError)
        assert error.code() is grpc.StatusCode.DEADLINE_EXCEEDED
        line.hold.set()
        await outcomes(*first)
        assert await say("3") == "3 alone"
        assert line.batches == [["hold", "1"]]

    line.run(story, Limits(patience=20))


def test_an_item_may_ask_to_be_called_by_itself(line: Line) -> None:
    async def story(say: Say) -> None:
        assert await outcomes(say("1"), say("busy"), say("2")) == ["1", "busy alone", "2"]

    twin: Twin[Any, Any] = Twin(
        pack=lambda requests: echo.BatchSayRequest(requests=requests),
        response=lambda result: result.response,
        alone=frozenset({"BUSY"}),
    )
    line.run(story, twin=twin)


def test_a_closed_channel_leaves_nobody_waiting(line: Line) -> None:
    calls: list[asyncio.Future[str]] = []

    async def story(say: Say) -> None:
        calls.extend(asyncio.ensure_future(say(text)) for text in ("hold", "1"))
        assert await asyncio.to_thread(line.held.wait, 60)
        calls.extend(asyncio.ensure_future(say(text)) for text in "23")
        await asyncio.sleep(0)

    async def end() -> None:
        async with asyncio.timeout(5):
            ends = await outcomes(*calls)
        assert [type(each) for each in ends[:2]] == [asyncio.CancelledError] * 2
        assert all(isinstance(each, grpc.aio.AioRpcError) for each in ends[2:])
        line.hold.set()

    line.run(story, Limits(patience=20), end=end)


def test_a_call_belongs_to_the_trace_of_its_first_caller(line: Line) -> None:
    trace = contextvars.ContextVar("trace", default="none")
    seen: list[str] = []

    def pack(requests: Any) -> Any:
        seen.append(trace.get())
        return echo.BatchSayRequest(requests=requests)

    async def story(say: Say) -> None:
        async def traced(text: str) -> str:
            trace.set(text)
            return await say(text)

        first = [asyncio.ensure_future(traced(text)) for text in ("hold", "1")]
        assert await asyncio.to_thread(line.held.wait, 60)
        second = [asyncio.ensure_future(traced(text)) for text in "23"]
        await asyncio.sleep(0)
        line.hold.set()
        await outcomes(*first, *second)
        assert seen == ["hold", "2"]

    twin: Twin[Any, Any] = Twin(pack=pack, response=lambda result: result.response)
    line.run(story, Limits(patience=20), twin=twin)


def test_a_server_without_the_twin_gets_one_item_calls(certificates: Certificates) -> None:
    line = Line(0, certificates)
    with serving("threads", certificates, line.answer) as server:
        line.port = server.port

        async def story(say: Say) -> None:
            answers = await outcomes(*(say(text) for text in ("1", "bad", "2")))
            assert [answers[0], answers[2]] == ["1 alone", "2 alone"]
            assert refusal_of(answers[1]).violations == (("text", "must be good"),)

        line.run(story)


def test_an_item_that_breaks_the_transaction_is_refused_by_itself() -> None:
    transactions: list[list[int]] = []

    def run(items: Any) -> list[str]:
        transactions.append(list(items))
        if 3 in items:
            raise ZeroDivisionError
        return [str(item) for item in items]

    one, two, three = all_or_each([1, 2, 3], run)
    assert (one, two) == ("1", "2")
    assert isinstance(three, Refusal)
    assert three.reason == "INTERNAL"
    assert transactions == [[1, 2, 3], [1], [2], [3]]


@pytest.mark.parametrize("count", [0, 1001])
def test_a_batch_of_none_or_too_many_is_refused(count: int) -> None:
    with pytest.raises(InvalidArgument):
        run_batch(range(count), lambda item: item, lambda items: items)

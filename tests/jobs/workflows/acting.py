"""Running workflows as a worker does, and looking at what came of it."""

from __future__ import annotations

import asyncio
import itertools
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import grpc
from google.protobuf.timestamp_pb2 import Timestamp

from protos.conversation.v1 import conversation_pb2 as conversation
from protos.profile.v1 import profile_pb2 as profile
from services.jobs.agent import usage
from services.jobs.agent.deeds import Deeds
from services.jobs.agent.offline import OfflineAgent
from services.jobs.agent.turn import AgentUnavailable, Summarizer, Turn
from services.jobs.job_type import LONGEST_KEY
from services.jobs.safety.crisis import Crisis
from services.jobs.settlement import code_of
from services.jobs.workflows.clients.billing import Billing
from services.jobs.workflows.clients.conversation import Conversation
from services.jobs.workflows.clients.identity import Identity
from services.jobs.workflows.clients.profile import Profile
from services.jobs.workflows.context import (
    Context,
    ErasedJobs,
    LastResult,
    Offered,
    Pruned,
    Rules,
    Running,
    Told,
)
from services.jobs.workflows.outcome import Bury, Done, FollowUp, Later, Outcome, Retry
from services.jobs.workflows.sending import send
from services.jobs.workflows.stalls import Stalls
from tests.billing.stripe_sandbox import StripeSandbox
from tests.jobs.workflows.provider import Provider
from tests.jobs.workflows.serving import Services

T = TypeVar("T")

ANA = "+12025550101"
LEASE = timedelta(seconds=30)
OUT = profile.SmsConsent.SMS_CONSENT_OPTED_OUT
IN = profile.SmsConsent.SMS_CONSENT_OPTED_IN
ANSWER = conversation.MessageKind.MESSAGE_KIND_ANSWER
TO_ANSWER = conversation.Disposition.DISPOSITION_TO_ANSWER

_claims = itertools.count(1)


def stamp(moment: datetime) -> Timestamp:
    wire = Timestamp()
    wire.FromDatetime(moment)
    return wire


class ScriptedAgent:
    """Says what it is told to, and does it; unavailable where nothing is to be said."""

    def __init__(self) -> None:
        self.words: str | Crisis | None = "I hear you."
        self.tokens = 0
        self.turns: list[Turn] = []
        self.summarizer: Summarizer | None = None
        self.does: Callable[[Deeds], Awaitable[object]] | None = None

    async def answer(self, turn: Turn, deeds: Deeds) -> str | Crisis:
        """See Agent."""
        self.turns.append(turn)
        usage.add(self.tokens)
        if self.does is not None:
            await self.does(deeds)
        if self.words is None:
            raise AgentUnavailable("APITimeoutError")
        return self.words


@dataclass
class ScriptedAlarm:
    """Remembers whom it told; what becomes of telling each is in `fates`."""

    recipients: Sequence[str] = ("webhook", "phone-1-0111")
    fates: dict[str, Told] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)

    async def tell(self, recipient: str, reason: str, subject: str) -> Told:
        """See workflows.context.Alarm."""
        self.told.append(f"{recipient}: {reason} {subject}")
        return self.fates.get(recipient, Told.TOLD)


class Acting:
    """Services, a provider, an assistant; and one method to run a workflow with them."""

    def __init__(self, services: Services, stripe: StripeSandbox) -> None:
        self.clock = services.clock
        self.trouble = services.trouble
        self.stripe = stripe
        self.provider = Provider(services.clock)
        self.agent = ScriptedAgent()
        self.alarm = ScriptedAlarm()
        self.rules = Rules()
        self.stalls = Stalls(most=4)
        self.gathers = True
        self.enqueued: list[FollowUp] = []
        self.stretches: list[Pruned] = []
        self.refusing: set[str] = set()
        self.stopped: dict[str, datetime] = {}
        self.resumed: datetime | None = None
        self.last_result = LastResult("", None)
        self.erased_jobs: list[tuple[str, str, list[str]]] = []
        self.still_running = 0
        self._address = services.address

    def act(self, deed: Callable[[Context], Awaitable[T]], **job: Any) -> T:
        """What `deed` returns, given the context of a job: key, attempt, repeated, token,
        accepted_time, time_left."""

        async def go() -> T:
            async with asyncio.timeout(60), grpc.aio.insecure_channel(self._address) as channel:
                return await deed(self.context(channel, **job))

        return asyncio.run(go())

    def context(
        self,
        channel: grpc.aio.Channel,
        *,
        key: str = "job-1",
        attempt: int = 1,
        repeated: bool | None = None,
        token: str = "",
        accepted_time: datetime | None = None,
        time_left: Callable[[], timedelta] = lambda: LEASE,
    ) -> Context:
        """Of a new claim, unless its token is given."""

        async def enqueue(follow_ups: Sequence[FollowUp]) -> None:
            self.enqueued += follow_ups

        async def prune() -> Pruned:
            return self.stretches.pop(0)

        async def offer(follow_ups: Sequence[FollowUp]) -> Offered:
            known = {each.key for each in self.enqueued}
            new = [each for each in follow_ups if each.key not in known | self.refusing]
            self.enqueued += new
            refused = [each for each in follow_ups if each.key in self.refusing]
            return Offered(len(new), ("INVALID_ARGUMENT",) * len(refused))

        async def erase_jobs(
            user_id: str, phone_number: str, customers: Sequence[str]
        ) -> ErasedJobs:
            self.erased_jobs.append((user_id, phone_number, list(customers)))
            return ErasedJobs(0, self.still_running)

        async def stop_sends(reason: str, met: datetime) -> datetime | None:
            if self.resumed is not None and met < self.resumed:
                return None
            self.stopped.setdefault(reason, self.clock.now())
            return min(self.stopped.values())

        async def last_result(job_type: str) -> LastResult:
            return self.last_result

        return Context(
            identity=Identity(channel, gather=self.gathers),
            profile=Profile(channel, gather=self.gathers),
            conversation=Conversation(channel, gather=self.gathers),
            billing=Billing(channel, gather=self.gathers),
            carrier=self.provider,
            agent=self.agent,
            offline=OfflineAgent(),
            alarm=self.alarm,
            clock=self.clock,
            rules=self.rules,
            stalls=self.stalls,
            enqueue=enqueue,
            prune=prune,
            offer=offer,
            last_result=last_result,
            stop_sends=stop_sends,
            erase_jobs=erase_jobs,
            job=Running(
                key=key,
                token=token or f"job#{next(_claims)}",
                attempt=attempt,
                repeated=attempt > 1 if repeated is None else repeated,
                accepted_time=accepted_time or self.clock.now(),
                time_left=time_left,
            ),
        )

    def run(
        self, workflow: Callable[[Any, Context], Awaitable[Outcome]], payload: Any, **job: Any
    ) -> Outcome:
        """One attempt of a job; checks what the queue asks of every outcome."""
        return checked(self.act(lambda ctx: workflow(payload, ctx), **job))

    # -- people and texts ---------------------------------------------------------------------

    def person(self, number: str = ANA) -> str:
        """The id of somebody whom we know."""
        return self.act(lambda ctx: ctx.identity.ensure_user(number)).user_id

    def consents(self, user_id: str, state: profile.SmsConsent.ValueType) -> None:
        """The person says so now."""
        word = profile.ConsentSource.CONSENT_SOURCE_WORD
        at = self.clock.now()
        self.act(
            lambda ctx: ctx.profile.set_consent(user_id, state, word, at, f"SM-{next(_claims)}")
        )

    def profile(self, user_id: str) -> profile.Profile:
        return self.act(lambda ctx: ctx.profile.get(user_id))

    def unreachable(self, user_id: str) -> tuple[str, datetime] | None:
        """Why the person's number is marked as one that takes no texts, and since when."""
        found = self.act(lambda ctx: ctx.identity.find_user(user_id))
        assert found is not None
        if not found.HasField("unreachable_time"):
            return None
        return found.unreachable_code, found.unreachable_time.ToDatetime(UTC)

    def mark(self, user_id: str) -> None:
        """A text to them that begins now shows that their number takes none."""
        at = self.clock.now()
        self.act(lambda ctx: ctx.identity.mark_unreachable(user_id, "30006", at))

    def texts(self, user_id: str, body: str = "hi") -> str:
        """The person texts now; the text's id."""
        at = self.clock.now()
        sid = f"SMin{next(_claims)}"
        return self.act(
            lambda ctx: ctx.conversation.record_inbound(user_id, sid, body, [], at, TO_ANSWER)
        ).message.message_id

    def prepared(
        self, user_id: str, body: str = "hello", answers: Sequence[str] = ()
    ) -> conversation.Message:
        """A text of ours that waits to be sent."""
        key = f"prepared-{next(_claims)}"
        return self.act(lambda ctx: ctx.conversation.prepare(user_id, key, body, ANSWER, answers))

    def sends(self, message: conversation.Message, **how: Any) -> Outcome:
        """One attempt to send it, under a claim of its own."""
        job = {name: how.pop(name) for name in ("token", "time_left") if name in how}
        return checked(
            self.act(lambda ctx: send(message.user_id, message.message_id, ctx, **how), **job)
        )

    def ledger(self, message_id: str) -> tuple[str, str, str]:
        """State, the provider's id and its error code, of a text of ours."""
        found = self.act(lambda ctx: ctx.conversation.find_message(message_id))
        assert found is not None
        state = conversation.MessageState.Name(found.state).removeprefix("MESSAGE_STATE_")
        return state, found.provider_sid, found.error_code

    def unanswered(self, user_id: str) -> list[str]:
        """Bodies of the texts that wait."""
        return [each.body for each in self.act(lambda ctx: ctx.conversation.unanswered(user_id))]

    def message(self, follow_up: FollowUp) -> conversation.Message:
        """The text that a send_answer job is to send."""
        message_id = follow_up.payload.send_answer.message_id
        found = self.act(lambda ctx: ctx.conversation.find_message(message_id))
        assert found is not None
        return found

    def wait(self, **length: float) -> None:
        """Time passes."""
        self.clock.advance(timedelta(**length))


def checked(outcome: Outcome) -> Outcome:
    """An outcome that the queue takes as it is, and keeps without hiding its reason."""
    match outcome:
        case Done(result, follow_ups):
            assert len(result) <= 100
            assert not re.search(r"\d{7}", result)
            assert all(1 <= len(each.key) <= LONGEST_KEY for each in follow_ups)
            assert len({each.key for each in follow_ups}) == len(follow_ups)
        case Later(delay, reason) | Retry(reason, delay):
            assert code_of(reason) == reason, reason
            assert delay is None or delay >= timedelta(0)
        case Bury(reason):
            assert code_of(reason) == reason, reason
    return outcome


def done(outcome: Outcome, *keys: str) -> Done:
    """An outcome that must be Done with follow-ups of these keys."""
    assert isinstance(outcome, Done), outcome
    assert [each.key for each in outcome.follow_ups] == list(keys), outcome
    return outcome


def at(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    """A moment in UTC."""
    return datetime(year, month, day, hour, minute, tzinfo=UTC)

"""Whether Twilio, Stripe and the model do their part, by what becomes of the jobs that need them.

The queue is what all workers and all copies of billing tell the same: why their jobs go on being
tried, and what the last pass of a reconciler met, which asks its provider every three minutes even
while nobody texts or pays. Once a provider is back, these may go on saying otherwise for so long.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from respite.commands.showing import length
from respite.top.concern import Concern, Level
from respite.top.picture import Passes, Queue, Tried
from services.jobs.types import JOB_TYPES, SENDING

CRISIS_REPLY: Final = "send_crisis_reply"
_JUST_NOW: Final = timedelta(minutes=5)
# What the carrier says where Twilio took nothing or did not say whether it did (docs/errors.md).
# UNKNOWN_OUTCOME alone waits until Twilio's list can be trusted: then Twilio answers.
_TWILIO: Final = re.compile(
    r"(UNKNOWN_OUTCOME_|TWILIO_|HTTP_)\w+|Client\w*Error|ConnectionTimeoutError"
)
_TOO_MANY: Final = frozenset({"TWILIO_20429", "TWILIO_21611"})
_STRIPE_AWAY: Final = "BILLING_STRIPE_UNAVAILABLE"
# Of a text whose sender may have paid: billing does not tell it why Stripe could not be asked.
_TEXT_WAITS_FOR_STRIPE: Final = "STRIPE_AWAY"
_STRIPE_REFUSES: Final = "BILLING_STRIPE_MISCONFIGURED"
_MODEL: Final = "AGENT_"
# https://github.com/openai/openai-python#handling-errors
_MODEL_REFUSES: Final = frozenset(
    f"AGENT_{error}" for error in ("AuthenticationError", "PermissionDeniedError", "NotFoundError")
)
_ACCOUNT: Final = "TWILIO_"
_BY_RECONCILER: Final = "so says the last pass of its reconciler, of every 3 min"


def of_crisis_path(queue: Queue, late: timedelta) -> Iterator[Concern]:
    """People in a crisis whose reply has not gone out, and what else of their way does not work.

    late: how long a reply may wait for a worker.
    """
    tried = [each for each in queue.tried if each.type == CRISIS_REPLY]
    row = next((each for each in queue.rows if each.type == CRISIS_REPLY), None)
    oldest = (row and row.oldest) or timedelta()
    if tried or oldest > late:
        waiting = row.ready + row.running + row.scheduled if row else 0
        count = max(waiting, sum(each.jobs for each in tried))
        age = length(max([oldest, *(each.age for each in tried)]))
        texts = "1 crisis text has" if count == 1 else f"{count} crisis texts have"
        why = f" ({tried[0].last_error})" if tried else ""
        see = f"respite jobs ls --type {CRISIS_REPLY}"
        yield Concern(Level.BAD, f"{texts} had no reply for {age}: call who wrote; {see}{why}")
    for each in queue.tried:
        known = JOB_TYPES.get(each.type)
        if known is not None and known.crisis_path and each.type != CRISIS_REPLY:
            yield Concern(
                Level.BAD,
                f"{each.jobs} {each.type} cannot be done for {length(each.age)}: {each.last_error}",
            )


def of_providers(queue: Queue, passes: Passes, now: datetime) -> Iterator[Concern]:
    """What Twilio, Stripe and the model do not do."""
    yield from _of_twilio(queue, passes.twilio_away)
    yield from _of_stripe(queue, passes.stripe_away)
    yield from _of_model(queue, now)


def stopped_by_twilio(pause: str | None) -> bool:
    """Whether a type is paused because Twilio takes nothing from our account."""
    return pause is not None and pause.startswith(_ACCOUNT)


def _of_twilio(queue: Queue, away: bool) -> Iterator[Concern]:
    stopped = [row for row in queue.rows if stopped_by_twilio(row.pause)]
    if stopped:
        code = (stopped[0].pause or "").removeprefix(_ACCOUNT)
        yield Concern(
            Level.BAD,
            f"Twilio takes nothing from our account ({code}): mend it there, then resume the"
            f" {len(stopped)} types that are paused: respite jobs resume {stopped[0].type} …",
        )
    tried = _tried(queue, _waits_for_twilio)
    busy = [each for each in tried if each.last_error in _TOO_MANY]
    failed = [each for each in tried if each not in busy]
    if failed:
        yield Concern(Level.BAD, f"Twilio is away: {_waiting(failed, 'text')}")
    elif busy:
        yield Concern(Level.LOOK, f"Twilio wants fewer texts a second: {_waiting(busy, 'text')}")
    elif away and not stopped:
        yield Concern(Level.LOOK, f"Twilio is away: no text waits; {_BY_RECONCILER}")


def _waits_for_twilio(tried: Tried) -> bool:
    sends = tried.type == CRISIS_REPLY or tried.type in SENDING
    return sends and _TWILIO.fullmatch(tried.last_error) is not None


def _of_stripe(queue: Queue, away: bool) -> Iterator[Concern]:
    refused = _tried(queue, lambda each: each.last_error == _STRIPE_REFUSES)
    failed = _tried(queue, lambda each: each.last_error == _STRIPE_AWAY)
    texts = _texts_for_stripe(queue)
    if refused:
        told = _waiting(refused, "payment", texts)
        yield Concern(Level.LOOK, f"Stripe refuses our key or settings: respite doctor; {told}")
    elif failed or texts:
        yield Concern(Level.LOOK, f"Stripe is away: {_waiting(failed, 'payment', texts)}")
    elif away:
        yield Concern(Level.LOOK, f"Stripe is away: no payment waits; {_BY_RECONCILER}")


def _texts_for_stripe(queue: Queue) -> int:
    tried = _tried(queue, lambda each: each.last_error == _TEXT_WAITS_FOR_STRIPE)
    return sum(each.jobs for each in tried) + queue.asking_stripe_later


def _of_model(queue: Queue, now: datetime) -> Iterator[Concern]:
    failed = _tried(queue, lambda each: each.last_error.startswith(_MODEL))
    given_up = [
        letter.reason
        for letter in queue.dead_letters
        if letter.reason.startswith(_MODEL) and now - letter.died < _JUST_NOW
    ]
    reasons = {*given_up, *(each.last_error for each in failed)}
    if reasons:
        told = [_waiting(failed, "text")] if failed else []
        told += [f"{len(given_up)} given up in the last 5 min"] if given_up else []
        refuses = reasons <= _MODEL_REFUSES
        what = "The model refuses our key or settings" if refuses else "The model is away"
        yield Concern(Level.LOOK, f"{what}: {'; '.join(told)}")


def _tried(queue: Queue, fits: Callable[[Tried], bool]) -> list[Tried]:
    return [each for each in queue.tried if fits(each)]


def _waiting(tried: Sequence[Tried], what: str, texts: int = 0) -> str:
    """texts: how many wait for Stripe beside the jobs that are `tried`."""
    counts = [(sum(each.jobs for each in tried), what), (texts, "text")]
    told = [f"{count} {name}{'' if count == 1 else 's'}" for count, name in counts if count]
    wait = "waits" if len(told) == 1 and sum(count for count, _ in counts) == 1 else "wait"
    why = tried[0].last_error if tried else _TEXT_WAITS_FOR_STRIPE
    return f"{' and '.join(told)} {wait} and will be tried again ({why})"

"""Sending texts through Twilio, exactly once as far as the provider allows.

What a call to the provider can end in is a value (`SendOutcome`): whoever sends must say what to do
with each, above all with `Unknown`, after which nobody knows whether the text went out.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol
from urllib.parse import urlencode

import aiohttp
from twilio.base import values
from twilio.base.exceptions import TwilioRestException, TwilioServiceException
from twilio.rest import Client

from kit.logging import get_logger
from services.jobs.carrier import metrics
from services.jobs.carrier.http import LastLook, TwilioHttp, asked_to_wait, last_look
from services.jobs.carrier.received import ReceivedText, fetch_media, in_order, text_of
from services.jobs.carrier.sent import LARGEST_PAGE, TRIAL, numbers_of

log = get_logger(__name__)

CONNECT_TIMEOUT = timedelta(seconds=3)
REQUEST_TIMEOUT = timedelta(seconds=10)
"""From the first byte sent to the last byte read; includes connecting."""

LOOKUP_LIMIT = 200
"""How many messages to one number a look-up reads: more than anybody is sent in an hour."""

OPTED_OUT_CODE = "21610"


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider took the text and gave it this id."""

    sid: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The provider will not send this text; its code says why (twilio.com/docs/api/errors)."""

    code: str


@dataclass(frozen=True, slots=True)
class NotSent:
    """The provider surely has not taken the text: trying again is safe.

    reason: class or code for the job's error. delay: how long it asks us to wait, if it does.
    """

    reason: str
    delay: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody knows whether the provider took the text."""

    reason: str


@dataclass(frozen=True, slots=True)
class AccountRefused:
    """The provider takes nothing from our account or number until that is mended; its code says
    why. It surely has not taken the text."""

    code: str


SendOutcome = Accepted | Refused | NotSent | AccountRefused | Unknown


class Carrier(Protocol):
    """Hands texts to the provider and finds what it was handed."""

    async def send(
        self,
        to: str,
        body: str,
        *,
        message_id: str = "",
        validity: timedelta | None = None,
        may_send: Callable[[], bool] = lambda: True,
    ) -> SendOutcome:
        """Hands one text over; never raises for what the provider or the network does.

        to: E.164. message_id: our id, carried in the query of the status address; empty where there
        is none. validity: how long the provider may keep it in its queue. may_send: asked right
        before the first byte leaves; where it says no, none does (NotSent, NO_TIME_LEFT).
        """
        ...

    async def find(self, to: str, body: str, since: datetime) -> list[str] | None:
        """Ids of the texts with this body to this number since then, oldest first.

        since: by the provider's clock, to the second. None where the provider cannot be asked
        right now; never raises for what it or the network does.
        """
        ...

    async def list_received(self, since: datetime, until: datetime) -> list[ReceivedText] | None:
        """Texts that the provider received for us between these moments, oldest first.

        since, until: by the provider's clock, to the second, both included. None where the
        provider cannot be asked right now; never raises for what it or the network does.
        """
        ...


_TOO_MANY = frozenset({"20429", "21611"})
"""Codes that ask us to come back later: too many requests, too many texts queued for our number."""

_ACCOUNT_TROUBLE = frozenset({"10001", "21606", "21659", "21660", "30034"})
"""Codes that speak of our account or number, not of this text: it goes out once that is mended.
So do those of the API as a whole, 20xxx (twilio.com/docs/api/errors)."""

_DEAD_NUMBER = frozenset({"21211", "21214", "21217", "21614", "30005", "30006"})
"""Codes that speak of the person's number: there is none, it takes no texts, it is nobody's
(twilio.com/docs/api/errors)."""

HANDSET_AWAY_CODE = "30003"
"""The number is good, but the handset is switched off or out of reach: to be tried again later
(twilio.com/docs/api/errors/30003)."""

_OUT_OF_REACH = _DEAD_NUMBER | {HANDSET_AWAY_CODE, "21612"}
"""And the one that says that our number cannot text theirs."""

_MENDED_AFTER = timedelta(seconds=30)


class TwilioCarrier:
    """The real provider, or the sandbox that speaks like it. Build it inside the running loop."""

    def __init__(
        self,
        *,
        account_sid: str,
        auth_token: str,
        sender: str,
        status_url: str,
        base_url: str | None = None,
        connect_timeout: timedelta = CONNECT_TIMEOUT,
        request_timeout: timedelta = REQUEST_TIMEOUT,
    ) -> None:
        """sender: E.164 number, or "MG…" of a messaging service. base_url: of the sandbox.

        connect_timeout, request_timeout: no longer than the defaults, on which senders rely.
        """
        self._http = TwilioHttp(base_url, connect_timeout, request_timeout)
        self._client = Client(account_sid, auth_token, http_client=self._http)
        self._sender = (
            {"messaging_service_sid": sender} if sender.startswith("MG") else {"from_": sender}
        )
        self._number = sender
        self._status_url = status_url

    async def close(self) -> None:
        """Closes the connections."""
        await self._http.close()

    async def send(
        self,
        to: str,
        body: str,
        *,
        message_id: str = "",
        validity: timedelta | None = None,
        may_send: Callable[[], bool] = lambda: True,
    ) -> SendOutcome:
        """See Carrier."""
        started = time.monotonic()
        look = LastLook(may_send)
        before = last_look.set(look)
        try:
            said = await self._hand_over(to, body, message_id, validity)
        finally:
            last_look.reset(before)
        if look.said_no:
            said = NotSent("NO_TIME_LEFT", timedelta(0))
        metrics.SEND_SECONDS.observe(time.monotonic() - started)
        match said:
            case Accepted():
                metrics.SENT["accepted"].inc()
            case Refused(code):
                _count_failure("refused", code)
            case AccountRefused(code):
                _count_failure("account_refused", code)
            case NotSent(reason):
                _count_failure("not_sent", reason)
            case Unknown(reason):
                _count_failure("unknown", reason)
        return said

    async def _hand_over(
        self, to: str, body: str, message_id: str, validity: timedelta | None
    ) -> SendOutcome:
        query = "?" + urlencode({"message_id": message_id}) if message_id else ""
        try:
            message = await self._client.messages.create_async(
                to=to,
                body=body,
                status_callback=self._status_url + query,
                validity_period=int(validity.total_seconds()) if validity else values.unset,
                **self._sender,
            )
        except (TwilioRestException, TwilioServiceException) as error:
            return _said_no(error.status, str(error.code or ""))
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            return NotSent(type(error).__name__)
        except Exception as error:  # the SDK stumbles in many ways over half an answer
            return Unknown(type(error).__name__)
        return Accepted(str(message.sid)) if message.sid else Unknown("NO_SID")

    async def find(self, to: str, body: str, since: datetime) -> list[str] | None:
        """See Carrier."""
        try:
            # Not narrowed by DateSent, which a text that still waits at the provider lacks.
            listed = await self._client.messages.list_async(to=to, limit=LOOKUP_LIMIT)
            return _matching(listed, (body, TRIAL + body), since.replace(microsecond=0))
        except Exception as error:  # as above; not to know is an answer
            log.warning("lookup_failed", error=type(error).__name__)
            return None

    async def list_received(self, since: datetime, until: datetime) -> list[ReceivedText] | None:
        """See Carrier."""
        try:
            found = []
            for number in await numbers_of(self._client, self._number):
                listed = await self._client.messages.list_async(
                    to=number,
                    date_sent_after=since,
                    date_sent_before=until,
                    page_size=LARGEST_PAGE,
                )
                found += [message for message in listed if message.direction == "inbound"]
            texts = [text_of(each, await fetch_media(self._client, each)) for each in found]
            return in_order(texts)
        except Exception as error:  # as above
            log.warning("received_unknown", error=type(error).__name__)
            return None


def _count_failure(outcome: str, code: str) -> None:
    metrics.SENT[outcome].inc()
    metrics.FAILED.labels(outcome, metrics.few_codes(code)).inc()


def is_account_trouble(code: str) -> bool:
    """Whether an error speaks of our account or number, so that no other text goes out either.

    code: the provider's, of a refusal or of a status post.
    """
    return code in _ACCOUNT_TROUBLE or (len(code) == 5 and code.startswith("20"))


def is_of_the_number(code: str) -> bool:
    """Whether an error says that this person cannot be texted, which is no fault of the line."""
    return code == OPTED_OUT_CODE or code in _OUT_OF_REACH


def is_dead_number(code: str) -> bool:
    """Whether an error says that a number takes no texts, now or later: none is started to it."""
    return code in _DEAD_NUMBER


def _said_no(status: int, code: str) -> SendOutcome:
    """What an error means. code: the provider's, or the HTTP status where it gave none."""
    if status == 429 or code in _TOO_MANY:
        return NotSent(f"TWILIO_{code if code in _TOO_MANY else 20429}", asked_to_wait.get())
    if status >= 500 or status == 408:
        return Unknown(f"TWILIO_{status}")
    if len(code) != 5:
        # No code of the provider's: something on the way answered, and did not let the text pass.
        return NotSent(f"HTTP_{status}", _MENDED_AFTER)
    if is_account_trouble(code):
        return AccountRefused(code)
    return Refused(code)


def _matching(listed: Sequence[Any], bodies: Sequence[str], since: datetime) -> list[str]:
    """Ids of our texts with one of these bodies. listed: newest first, as the provider lists."""
    found = [
        message
        for message in reversed(listed)
        if message.body in bodies
        and str(message.direction).startswith("outbound")
        and (message.date_created is None or message.date_created >= since)
    ]
    return [str(message.sid) for message in found]

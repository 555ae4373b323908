"""The sandbox's own API: what a person with a phone and a card can do, and what can go wrong.

For tests, the command line and the phone page; JSON in and out, errors as {"error": "sentence"}.
"""

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox import stripe_checkout, stripe_life
from sandbox.faults import Fault, UnknownFault
from sandbox.line import LineUnreachable
from sandbox.stripe_forms import StripeRefusal
from sandbox.system import Sandbox
from sandbox.twilio_webhooks import Text
from sandbox.view import View, message

_TEXT_FIELDS: Final = {
    "from": "sender",
    "body": "body",
    "sid": "sid",
    "to": "recipient",
    "media": "media",
    "opt_out_type": "opt_out_type",
    "messaging_service_sid": "service_sid",
    "times": "times",
}
_WAIT_SECONDS: Final = 15.0
_FARTHEST_SECONDS: Final = 10 * 365 * 86_400.0


class Refused(Exception):
    """A control request that cannot be done; the message is the answer."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


Work = Callable[[Request, dict[str, Any]], Awaitable[Any]]


class Control:
    """The routes under /sandbox."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._view = View(sandbox)

    def routes(self) -> list[Route]:
        """The routes of the control API."""
        table: list[tuple[str, str, Work]] = [
            ("GET", "/sandbox/status", self._status),
            ("POST", "/sandbox/texts", self._text),
            ("GET", "/sandbox/texts/{sid}", self._deliveries),
            ("GET", "/sandbox/phones/{number}", self._phone),
            ("GET", "/sandbox/phones/{number}/now", self._now),
            ("POST", "/sandbox/subscribe", self._subscribe),
            ("POST", "/sandbox/subscriptions/{id}/{action}", self._act),
            ("POST", "/sandbox/sessions/{id}/{outcome}", self._settle),
            ("POST", "/sandbox/faults", self._add_fault),
            ("GET", "/sandbox/faults", self._faults),
            ("DELETE", "/sandbox/faults", self._clear_faults),
            ("DELETE", "/sandbox/faults/{id:int}", self._clear_faults),
            ("GET", "/sandbox/requests", self._requests),
            ("GET", "/sandbox/events", self._events),
            ("POST", "/sandbox/events/{id}/resend", self._resend),
            ("GET", "/sandbox/webhooks", self._webhooks),
            ("GET", "/sandbox/clock", self._clock),
            ("POST", "/sandbox/clock", self._move_clock),
            ("POST", "/sandbox/reset", self._reset),
        ]
        return [Route(path, _served(work), methods=[method]) for method, path, work in table]

    async def _status(self, request: Request, body: dict[str, Any]) -> Any:
        settings = self._sandbox.settings
        waiting = self._sandbox.store.row(
            "SELECT count(*) AS n FROM deliveries WHERE state IN ('pending', 'flying')"
        )
        return {
            "from_number": settings.from_number,
            "banner": settings.banner,
            "notice": settings.notice,
            "webhooks_waiting": 0 if waiting is None else waiting["n"],
        }

    async def _text(self, request: Request, body: dict[str, Any]) -> Any:
        if unknown := sorted(set(body) - set(_TEXT_FIELDS) - {"wait"}):
            raise Refused(f"unknown field: {', '.join(unknown)}")
        if not body.get("from"):
            raise Refused("from is missing")
        given = {_TEXT_FIELDS[name]: value for name, value in body.items() if name != "wait"}
        text = Text(**{"body": None, **given})
        deliveries = self._sandbox.inbox.take(text)
        answer: dict[str, Any] = {"sid": text.sid, "status": "received"}
        if body.get("wait"):
            seconds = _WAIT_SECONDS if body["wait"] is True else float(body["wait"])
            rows = [await self._sandbox.courier.settled(each, seconds) for each in deliveries]
            answer["deliveries"] = [_delivery(row) for row in rows if row is not None]
        return answer

    async def _deliveries(self, request: Request, body: dict[str, Any]) -> Any:
        rows = self._sandbox.store.rows(
            "SELECT * FROM deliveries WHERE reference = ? ORDER BY id",
            (request.path_params["sid"],),
        )
        return {"deliveries": [_delivery(row) for row in rows]}

    async def _phone(self, request: Request, body: dict[str, Any]) -> Any:
        number = request.path_params["number"]
        return {
            "number": number,
            "messages": [message(number, row) for row in self._sandbox.messages.of_phone(number)],
            "subscription": self._view.subscription(number),
        }

    async def _now(self, request: Request, body: dict[str, Any]) -> Any:
        return await self._view.of(request.path_params["number"])

    async def _subscribe(self, request: Request, body: dict[str, Any]) -> Any:
        sandbox = self._sandbox
        base_url = str(request.base_url).rstrip("/")
        with sandbox.store.transaction():
            paid = stripe_checkout.subscribe(
                sandbox.ledger, body, sandbox.settings.price_id, base_url
            )
        return paid.as_json()

    async def _act(self, request: Request, body: dict[str, Any]) -> Any:
        places = request.path_params
        with self._sandbox.store.transaction():
            subscription, events = stripe_life.act(
                self._sandbox.ledger, places["id"], places["action"], body
            )
        return {"subscription": subscription, "event_ids": events}

    async def _settle(self, request: Request, body: dict[str, Any]) -> Any:
        outcome = request.path_params["outcome"]
        if outcome not in ("async_payment_succeeded", "async_payment_failed"):
            raise Refused(f"no such outcome: {outcome}", 404)
        with self._sandbox.store.transaction():
            events = stripe_checkout.settle(
                self._sandbox.ledger,
                request.path_params["id"],
                succeeded=outcome == "async_payment_succeeded",
            )
        return {"event_ids": events}

    async def _add_fault(self, request: Request, body: dict[str, Any]) -> Any:
        try:
            return {"id": self._sandbox.faults.add(Fault.parse(body))}
        except UnknownFault as error:
            raise Refused(str(error)) from None

    async def _faults(self, request: Request, body: dict[str, Any]) -> Any:
        return {"faults": [fault.as_json() for fault in self._sandbox.faults.all()]}

    async def _clear_faults(self, request: Request, body: dict[str, Any]) -> Any:
        self._sandbox.faults.clear(request.path_params.get("id"))
        return {}

    async def _requests(self, request: Request, body: dict[str, Any]) -> Any:
        provider = request.query_params.get("provider")
        recorder = self._sandbox.recorder
        return {"requests": recorder.requests(provider), "counts": recorder.counts(provider)}

    async def _events(self, request: Request, body: dict[str, Any]) -> Any:
        return {"events": self._sandbox.ledger.events()[::-1]}

    async def _resend(self, request: Request, body: dict[str, Any]) -> Any:
        with self._sandbox.store.transaction():
            delivery = self._sandbox.ledger.post(request.path_params["id"])
        return {"delivery": delivery}

    async def _webhooks(self, request: Request, body: dict[str, Any]) -> Any:
        rows = self._sandbox.store.rows(
            "SELECT * FROM deliveries WHERE state = coalesce(?1, state) AND"
            " source = coalesce(?2, source) ORDER BY id DESC LIMIT 1000",
            (request.query_params.get("state"), request.query_params.get("source")),
        )
        return {"webhooks": [_delivery(row) for row in rows[::-1]]}

    async def _clock(self, request: Request, body: dict[str, Any]) -> Any:
        clock = self._sandbox.clock
        now = datetime.fromtimestamp(clock.now(), UTC).isoformat()
        return {
            "now": now,
            "offset_seconds": clock.offset_seconds,
            "moves_the_line": clock.moves_the_line,
        }

    async def _move_clock(self, request: Request, body: dict[str, Any]) -> Any:
        clock = self._sandbox.clock
        if "advance_seconds" in body:
            offset = clock.offset_seconds + float(body["advance_seconds"])
        elif "offset_seconds" in body:
            offset = float(body["offset_seconds"])
        else:
            raise Refused("advance_seconds or offset_seconds is needed")
        if not abs(offset) <= _FARTHEST_SECONDS:
            raise Refused("that is more than ten years from now")
        try:
            await clock.move_to(offset)
        except LineUnreachable:
            raise Refused("the queue cannot be told, so the clock stays as it was", 503) from None
        with self._sandbox.store.transaction():
            events = stripe_life.catch_up(self._sandbox.ledger)
        return {**await self._clock(request, body), "event_ids": events}

    async def _reset(self, request: Request, body: dict[str, Any]) -> Any:
        self._sandbox.reset()
        return {}


def _delivery(row: Any) -> dict[str, Any]:
    names = ("id", "source", "reference", "state", "attempt", "last_status", "last_error")
    return {**{name: row[name] for name in names}, "facts": json.loads(row["facts"])}


def _served(work: Work) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        # A page of another site may not text, pay or reset through the visitor's browser.
        if request.headers.get("sec-fetch-site") == "cross-site":
            return JSONResponse({"error": "not from another site"}, 403)
        try:
            body = json.loads(await request.body() or b"{}")
            if not isinstance(body, dict):
                raise Refused("the body must be a JSON object")
            return JSONResponse(await work(request, body))
        except StripeRefusal as refusal:
            return JSONResponse({"error": str(refusal)}, refusal.status)
        except Refused as refusal:
            return JSONResponse({"error": str(refusal)}, refusal.status)
        except (ValueError, TypeError) as error:
            return JSONResponse({"error": f"bad request: {error}"}, 400)

    return endpoint

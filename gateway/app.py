"""The three webhooks: read, verify, enqueue, answer. Beside them, the pages a payer lands on."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from gateway import landing, stripe, twilio
from gateway.jobs import NotStored
from gateway.metrics import OUTCOMES, GatewayMetrics
from gateway.post import Post, Refused
from gateway.stripe import Ignored, StripeWebhooks
from gateway.twilio import TwilioWebhooks
from kit import tracing
from kit.logging import get_logger
from protos.jobs.v1.jobs_pb2 import NewJob

log = get_logger(__name__)

Enqueue = Callable[[NewJob], Awaitable[bool]]

_TWIML: Final = "<Response/>"


@dataclass(frozen=True, slots=True)
class Webhook:
    """One route: what it takes, and what it answers when the job is durable.

    read: verifies a post and returns its job; raises Refused. cap: bytes of a body.
    """

    path: str
    read: Callable[[Post], NewJob | Ignored]
    signature_header: str
    cap: int
    content: str
    media_type: str


def create_app(
    twilio_webhooks: TwilioWebhooks | None,
    stripe_webhooks: StripeWebhooks | None,
    enqueue: Enqueue,
    metrics: GatewayMetrics,
) -> Starlette:
    """The gateway. A provider without a secret is None and has no route.

    enqueue: stores a job and says whether it is new; raises Refused.
    """
    webhooks: list[Webhook] = []
    if twilio_webhooks is not None:
        webhooks += [
            _twilio_webhook("/twilio/sms", twilio_webhooks.sms),
            _twilio_webhook("/twilio/status", twilio_webhooks.status),
        ]
    if stripe_webhooks is not None:
        webhooks.append(_stripe_webhook(stripe_webhooks))
    app = Starlette(
        routes=[
            Route(
                webhook.path,
                _Endpoint(webhook, enqueue, metrics).answer,
                methods=["POST"],
            )
            for webhook in webhooks
        ]
        + (landing.routes() if stripe_webhooks is not None else []),
        exception_handlers={HTTPException: _refuse},
    )
    app.router.redirect_slashes = False
    return app


def _twilio_webhook(path: str, read: Callable[[Post], NewJob]) -> Webhook:
    return Webhook(path, read, twilio.SIGNATURE_HEADER, twilio.BODY_CAP, _TWIML, "text/xml")


def _stripe_webhook(webhooks: StripeWebhooks) -> Webhook:
    return Webhook(
        "/stripe", webhooks.event, stripe.SIGNATURE_HEADER, stripe.BODY_CAP, "ok\n", "text/plain"
    )


class _Endpoint:
    """Answers the posts to one route, and counts them."""

    def __init__(self, webhook: Webhook, enqueue: Enqueue, metrics: GatewayMetrics) -> None:
        self._webhook = webhook
        self._enqueue = enqueue
        self._metrics = metrics
        # https://opentelemetry.io/docs/specs/semconv/http/http-spans/
        self._attributes = {"http.request.method": "POST", "http.route": webhook.path}
        self._ack_seconds = metrics.ack_seconds.labels(webhook.path)
        # All of them, with 0: a counter that appears with its first event hides it from every rate.
        self._outcomes = {each: metrics.webhooks.labels(webhook.path, each) for each in OUTCOMES}

    async def answer(self, request: Request) -> Response:
        """200 where the job is durable; raises HTTPException, `_refuse` answers."""
        started = time.perf_counter()
        outcome = "failed"
        try:
            outcome = await self._take(request)
            seconds = time.perf_counter() - started
            self._ack_seconds.observe(seconds)
        except HTTPException as refusal:
            outcome = "not_stored" if isinstance(refusal, NotStored) else "refused"
            self._note(refusal)
            raise
        except ClientDisconnect:
            outcome = "disconnected"
        finally:
            self._outcomes[outcome].inc()
        return Response(self._webhook.content, media_type=self._webhook.media_type)

    async def _take(self, request: Request) -> str:
        path = request.scope["raw_path"]
        # "/stripe%0A" and "/%73tripe" match the route too, but nobody was given such a URL.
        if path != self._webhook.path.encode():
            raise HTTPException(HTTPStatus.NOT_FOUND)
        started = time.time_ns()
        body = await _body(request, self._webhook.cap)
        if self._webhook.signature_header not in request.headers:
            raise Refused(HTTPStatus.FORBIDDEN, "no_signature")
        post = Post(path, request.scope["query_string"], request.headers, body)
        job = self._webhook.read(post)
        if isinstance(job, Ignored):
            event_type = self._metrics.event_type(job.event_type)
            self._metrics.ignored_events.labels(event_type).inc()
            return "ignored"
        with tracing.arrival(
            job.key, f"POST {self._webhook.path}", started=started, attributes=self._attributes
        ) as arrival:
            tracing.inject(job.headers)
            if not await self._enqueue(job):
                return "known"
            arrival.came_first()
            return "stored"

    def _note(self, refusal: HTTPException) -> None:
        status = HTTPStatus(refusal.status_code)
        reason = refusal.reason if isinstance(refusal, Refused) else status.name.lower()
        self._metrics.refusals.labels(self._webhook.path, status.value, reason).inc()
        log.warning("webhook_refused", route=self._webhook.path, status=status.value, reason=reason)


async def _body(request: Request, cap: int) -> bytes:
    """The whole body. Raises Refused as soon as it is known to be longer than `cap` bytes."""
    too_large = Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "body_too_large")
    # The parser has refused what is no number.
    if int(request.headers.get("content-length", "0")) > cap:
        raise too_large
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > cap:
            raise too_large
    return bytes(body)


async def _refuse(_request: Request, error: Exception) -> Response:
    """The same few words whatever the reason, and no connection kept for more of it."""
    if not isinstance(error, HTTPException):
        raise error
    status = HTTPStatus(error.status_code)
    content = "Unauthorized" if status is HTTPStatus.FORBIDDEN else status.phrase
    headers = {**(error.headers or {}), "Connection": "close"}
    return PlainTextResponse(content, status, headers=headers)

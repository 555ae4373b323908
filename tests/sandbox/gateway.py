"""A small gateway that verifies webhooks with the SDKs' own validators and answers as told."""

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import stripe
from multidict import MultiDict
from twilio.request_validator import RequestValidator

DEADLINE_SECONDS = 60.0
PUBLIC_URL = "https://line.example.org"


def wait_until(condition: Callable[[], Any], what: str = "it") -> Any:
    """Wait until `condition` gives something true, and return that; fail after a minute."""
    end = time.monotonic() + DEADLINE_SECONDS
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.01)
    raise AssertionError(f"{what} did not happen in {DEADLINE_SECONDS} s")


@dataclass(frozen=True, slots=True)
class Post:
    """One webhook as it arrived, and whether its signature is good."""

    path: str
    query: str
    headers: dict[str, str]
    body: bytes
    valid: bool

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))

    @property
    def event(self) -> dict[str, Any]:
        event: dict[str, Any] = json.loads(self.body)
        return event


class Gateway:
    """Listens on a port, by default a free one. `answers` are statuses for the next posts, then
    always 200."""

    def __init__(self, auth_token: str, webhook_secret: str, port: int = 0) -> None:
        self.posts: list[Post] = []
        self.answers: list[int] = []
        self.hold = threading.Event()
        self.hold.set()
        self._validator = RequestValidator(auth_token)
        self._secret = webhook_secret
        gateway = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                gateway.take(self)

            def log_message(self, *args: Any) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def close(self) -> None:
        self.hold.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def take(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers.get("Content-Length", 0)))
        parts = urlsplit(request.path)
        headers = {name.lower(): value for name, value in request.headers.items()}
        valid = self._verified(request.path, headers, body)
        self.posts.append(Post(parts.path, parts.query, headers, body, valid))
        status = self.answers.pop(0) if self.answers else 200
        self.hold.wait(DEADLINE_SECONDS)
        request.send_response(status)
        request.send_header("Content-Length", "0")
        request.end_headers()

    def _verified(self, path: str, headers: dict[str, str], body: bytes) -> bool:
        if path.startswith("/stripe"):
            try:
                stripe.Webhook.construct_event(body, headers.get("stripe-signature"), self._secret)
            except stripe.SignatureVerificationError:
                return False
            return True
        fields = MultiDict(parse_qsl(body.decode(), keep_blank_values=True))
        signature = headers.get("x-twilio-signature", "")
        return bool(self._validator.validate(PUBLIC_URL + path, fields, signature))

    def of(self, path: str) -> list[Post]:
        return [post for post in self.posts if post.path == path]

    def wait_for(self, path: str, number: int) -> list[Post]:
        return wait_until(  # type: ignore[no-any-return]
            lambda: found if len(found := self.of(path)) >= number else None,
            f"{number} posts to {path}",
        )

    def wait_for_event(self, kind: str, about: str = "") -> dict[str, Any]:
        """about: id of the object; without it, of whatever comes, an earlier test's late one too"""

        def found() -> dict[str, Any] | None:
            for event in (post.event for post in self.of("/stripe")):
                if event["type"] == kind and about in ("", event["data"]["object"]["id"]):
                    return event
            return None

        return wait_until(found, kind)  # type: ignore[no-any-return]

"""A sandbox on a real socket, and the real SDKs that talk to it."""

import json
import threading
import urllib.error
import urllib.request
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import uvicorn
from stripe import AIOHTTPClient, RequestsClient, StripeClient
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from sandbox.app import create_app
from sandbox.settings import SandboxSettings
from tests.sandbox.gateway import PUBLIC_URL, wait_until

SETTINGS = SandboxSettings(
    public_url=PUBLIC_URL,
    account_sid="ACsandbox00000000000000000000000000",
    auth_token="token-one,token-two",
    webhook_secret="whsec_one,whsec_two",
    pace_seconds=0.0,
    twilio_retry_seconds=(0.01, 0.01, 0.01),
    stripe_retry_seconds=(0.01, 0.01, 0.01, 0.01, 0.01, 0.01),
    # Whoever listens answers at once, but a busy machine may be at something else.
    twilio_timeout_seconds=20.0,
    stripe_timeout_seconds=20.0,
)
ANA = "+12025550101"


class Answered(Exception):
    """The control API refused; `status` and the sentence."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class RunningSandbox:
    """Starts on construction; `port` 0 takes a free one."""

    def __init__(self, gateway_url: str, port: int = 0, **changes: Any) -> None:
        self.settings = replace(SETTINGS, gateway_url=gateway_url, **changes)
        self.app = create_app(self.settings)
        self._server = uvicorn.Server(
            uvicorn.Config(
                self.app,
                host="127.0.0.1",
                port=port,
                log_level="error",
                timeout_graceful_shutdown=1,
            )
        )
        self._thread = threading.Thread(target=self._server.run)
        self._thread.start()
        wait_until(lambda: self._server.started or not self._thread.is_alive(), "the start")
        self.port = int(self._server.servers[0].sockets[0].getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"

    def stop(self) -> None:
        self.app.state.sandbox.hang_up()
        self._server.should_exit = True
        self._thread.join(60)
        assert not self._thread.is_alive()

    def call(self, method: str, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, method=method, data=data)
        request.add_header("Accept", "application/json")
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            raise Answered(error.code, json.load(error).get("error", "")) from None

    def page(self, path: str) -> tuple[str, dict[str, str]]:
        with urllib.request.urlopen(self.url + path, timeout=60) as response:
            headers = {name.lower(): value for name, value in response.headers.items()}
            return response.read().decode(), headers

    def post(self, path: str, **body: Any) -> Any:
        return self.call("POST", path, body)

    def text(self, body: str, sender: str = ANA, **more: Any) -> Any:
        return self.post("/sandbox/texts", **{"from": sender, "body": body, **more})

    def fault(self, provider: str, kind: str, **more: Any) -> int:
        return int(self.post("/sandbox/faults", provider=provider, kind=kind, **more)["id"])

    def act(self, subscription: str, action: str, **body: Any) -> Any:
        return self.post(f"/sandbox/subscriptions/{subscription}/{action}", **body)

    def phone(self, number: str = ANA) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.call("GET", f"/sandbox/phones/{number}")["messages"]
        return found

    def counts(self, provider: str) -> dict[str, int]:
        answer = self.call("GET", f"/sandbox/requests?provider={provider}")
        counted: dict[str, int] = answer["counts"].get(provider, {})
        return counted

    def webhooks(self, source: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.call("GET", f"/sandbox/webhooks?source={source}")[
            "webhooks"
        ]
        return found

    def twilio(self, token: str = "token-one", timeout: float = 60.0) -> Client:
        http = _LocalHttp(self.url, timeout)
        return Client(self.settings.account_sid, token, http_client=http)

    def async_twilio(self) -> Client:
        """Build inside a running loop."""
        http = _LocalAsyncHttp(self.url)
        return Client(self.settings.account_sid, "token-one", http_client=http)

    def stripe(self, key: str = "sk_test_sandbox", timeout: float = 60.0) -> StripeClient:
        bases: Any = dict.fromkeys(("api", "connect", "files", "meter_events"), self.url)
        http = RequestsClient(timeout=timeout, async_fallback_client=AIOHTTPClient(timeout=60))
        return StripeClient(key, base_addresses=bases, max_network_retries=0, http_client=http)


def _redirect(url: str, base: str) -> str:
    here, there = urlsplit(url), urlsplit(base)
    assert here.netloc.endswith(".twilio.com")
    return here._replace(scheme=there.scheme, netloc=there.netloc).geturl()


class _LocalHttp(TwilioHttpClient):  # type: ignore[misc]
    def __init__(self, base: str, timeout: float) -> None:
        super().__init__(timeout=timeout)
        self.base = base
        self.session.trust_env = False
        self.headers: Any = {}

    def request(self, method: str, url: str, *args: Any, **more: Any) -> Any:
        response = super().request(method, _redirect(url, self.base), *args, **more)
        self.headers = response.headers
        return response


class _LocalAsyncHttp(AsyncTwilioHttpClient):  # type: ignore[misc]
    def __init__(self, base: str) -> None:
        super().__init__()
        self.base = base

    async def request(self, method: str, url: str, *args: Any, **more: Any) -> Any:
        return await super().request(method, _redirect(url, self.base), *args, **more)

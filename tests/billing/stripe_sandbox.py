"""The sandbox as Stripe, on a real socket, for the real SDK to talk to."""

from __future__ import annotations

import json
import threading
import time
from typing import Any
from urllib.request import Request, urlopen

import uvicorn

from sandbox.app import create_app
from sandbox.settings import SandboxSettings
from services.billing.stripe_client import StripeApi, stripe_client
from services.billing.stripe_pages import CheckoutTerms

KEY = "sk_test_sandbox"
PRICE = "price_sandbox_monthly"
TERMS = CheckoutTerms(PRICE, "https://example.org/thanks", "https://example.org/later")


class StripeSandbox:
    """A running sandbox that posts no webhooks: only what it is asked matters here."""

    def __init__(self) -> None:
        settings = SandboxSettings(
            stripe_secret_key=KEY, price_id=PRICE, database=":memory:", enabled_events=()
        )
        self._app = create_app(settings)
        config = uvicorn.Config(self._app, host="127.0.0.1", port=0, log_level="warning")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, name="sandbox", daemon=True)

    def start(self) -> str:
        """Returns its URL once it answers."""
        self._thread.start()
        deadline = time.monotonic() + 60
        while not self._server.started:
            assert self._thread.is_alive(), "the sandbox ended at once"
            assert time.monotonic() < deadline, "the sandbox does not start"
            self._thread.join(0.01)
        port = self._server.servers[0].sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        return self.url

    def stop(self) -> None:
        self._app.state.sandbox.hang_up()
        self._server.should_exit = True
        self._thread.join(60)

    def api(self, timeout: float = 60.0, key: str = KEY) -> StripeApi:
        """Billing's own client of this sandbox."""
        return StripeApi(key, TERMS, self.url, timeout)

    def control(self, path: str, method: str = "POST", **body: Any) -> Any:
        """A call of the sandbox's own API."""
        return self._call(method, f"/sandbox/{path}", json.dumps(body).encode())

    def object(self, path: str, method: str = "GET") -> Any:
        """A call of Stripe's API, past the SDK and past billing."""
        return self._call(method, f"/v1/{path}")

    def subscribe(self, phone: str = "+12025550101", **options: Any) -> Any:
        """{customer, subscription, session}: somebody has paid just now."""
        return self.control("subscribe", phone=phone, link=options.pop("link", "none"), **options)

    def sells(self, *prices: str, **terms: Any) -> Any:
        """A checkout session of these prices that somebody has paid, through the SDK. terms: more
        of what Stripe takes."""
        sessions = stripe_client(KEY, self.url, 5).v1.checkout.sessions
        params: Any = {
            "mode": "subscription",
            "line_items": [{"price": price, "quantity": 1} for price in prices],
            "success_url": "https://example.org",
        }
        page = sessions.create(params | terms)
        urlopen(Request(str(page.url), method="POST"), timeout=60).close()
        return sessions.retrieve(page.id)

    def act(self, subscription: str, action: str, **options: Any) -> Any:
        """The subscription after something happened to it."""
        return self.control(f"subscriptions/{subscription}/{action}", **options)["subscription"]

    def fault(self, kind: str, path: str = "*", **options: Any) -> None:
        """From now on `kind` happens to requests of this path, `times` times."""
        self.control("faults", provider="stripe", kind=kind, match={"path": path}, **options)

    def asked(self) -> list[Any]:
        """The requests that Stripe has seen, oldest first."""
        found: list[Any] = self.control("requests?provider=stripe", "GET")["requests"]
        return found

    def reset(self) -> None:
        self.control("faults", "DELETE")
        self.control("reset")

    def _call(self, method: str, path: str, body: bytes | None = None) -> Any:
        headers = {"Authorization": f"Bearer {KEY}"} if path.startswith("/v1/") else {}
        request = Request(self.url + path, body, headers, method=method)
        with urlopen(request, timeout=60) as answer:
            return json.load(answer)

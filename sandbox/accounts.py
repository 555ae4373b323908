"""How the make-believe accounts are set: where each provider posts, as its API tells it."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.messages import API_VERSION
from sandbox.provider import Call, Provider
from sandbox.settings import STRIPE_API_VERSION, SandboxSettings
from sandbox.stripe_api import Stripe
from sandbox.stripe_objects import Thing
from sandbox.twilio import Twilio
from sandbox.twilio_dialect import refusal

_ACCOUNT = f"/{API_VERSION}/Accounts/{{account}}"


class Accounts:
    """Set as the line wants them, until a test PUTs something else to /sandbox/accounts."""

    def __init__(
        self, settings: SandboxSettings, twilio: Twilio, provider: Provider, stripe: Stripe
    ) -> None:
        self._settings = settings
        self._twilio = twilio
        self._provider = provider
        self._stripe = stripe
        self._changes: dict[str, dict[str, Any]] = {}

    def routes(self) -> list[Route]:
        """What can be read of the accounts, and how they are set otherwise."""
        return [
            self._provider.route("GET", f"{_ACCOUNT}.json", self._account),
            self._provider.route("GET", f"{_ACCOUNT}/IncomingPhoneNumbers.json", self._numbers),
            self._provider.route("GET", "/v1/Services/{service}", self._service),
            self._stripe.route("GET", "/v1/account", self._stripe_account),
            self._stripe.route("GET", "/v1/webhook_endpoints", self._endpoints),
            self._stripe.route("GET", "/v1/billing_portal/configurations", self._portals),
            Route("/sandbox/accounts", self._change, methods=["PUT"]),
        ]

    async def _change(self, request: Request) -> Response:
        """Replaces fields: {"number": {"sms_url": …}, "endpoint": {…}}; {} sets all back."""
        self._changes = await request.json()
        return JSONResponse(self._changes)

    def _set(self, what: str, told: dict[str, Any]) -> dict[str, Any]:
        return told | self._changes.get(what, {})

    def _account(self, call: Call) -> Response:
        if not self._twilio.authorized(call):
            return refusal(401, 20003)
        sid = self._settings.account_sid
        told = {"sid": sid, "status": "active", "type": "Full", "friendly_name": "sandbox"}
        return JSONResponse(self._set("account", told))

    def _numbers(self, call: Call) -> Response:
        if not self._twilio.authorized(call):
            return refusal(401, 20003)
        mine = self._settings.from_number
        wanted = call.params.get("PhoneNumber", mine)
        number = self._set(
            "number",
            {
                "sid": "PNsandbox0000000000000000000000000",
                "account_sid": self._settings.account_sid,
                "phone_number": mine,
                "sms_url": f"{self._settings.public_url}/twilio/sms#rc=3&rp=all",
                "sms_method": "POST",
                "sms_fallback_url": f"{self._settings.public_url}/twilio/sms",
                "sms_fallback_method": "POST",
                "status_callback": "",
            },
        )
        listed = [number] if wanted == mine else []
        return JSONResponse({"incoming_phone_numbers": listed, "page": 0, "page_size": 50})

    def _service(self, call: Call) -> Response:
        if not self._twilio.authorized(call):
            return refusal(401, 20003)
        told = {
            "sid": call.path_params["service"],
            "account_sid": self._settings.account_sid,
            "inbound_request_url": f"{self._settings.public_url}/twilio/sms#rc=3&rp=all",
            "inbound_method": "POST",
            "fallback_url": f"{self._settings.public_url}/twilio/sms",
            "fallback_method": "POST",
            "status_callback": "",
            "use_inbound_webhook_on_number": False,
        }
        return JSONResponse(self._set("service", told))

    def _stripe_account(self, call: Call) -> Thing:
        return {"id": "acct_sandbox", "object": "account", "charges_enabled": True}

    def _portals(self, call: Call) -> Thing:
        default = {
            "id": "bpc_sandbox",
            "object": "billing_portal.configuration",
            "active": True,
            "is_default": True,
            "livemode": False,
        }
        told = self._set("portal", default)
        return {
            "object": "list",
            "url": "/v1/billing_portal/configurations",
            "has_more": False,
            "data": [told] if told["is_default"] else [],
        }

    def _endpoints(self, call: Call) -> Thing:
        endpoint = {
            "id": "we_sandbox",
            "object": "webhook_endpoint",
            "url": f"{self._settings.public_url}/stripe",
            "status": "enabled",
            "enabled_events": list(self._settings.enabled_events),
            "api_version": STRIPE_API_VERSION,
            "livemode": False,
        }
        return {
            "object": "list",
            "url": "/v1/webhook_endpoints",
            "has_more": False,
            "data": [self._set("endpoint", endpoint)],
        }

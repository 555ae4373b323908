"""What a sandbox is told when it starts."""

from dataclasses import dataclass, field
from typing import Final

STRIPE_API_VERSION: Final = "2026-10-28.endive"
BANNER: Final = "Nothing leaves this machine. No text is sent, no card is charged."

# What the gateway asks Stripe for when the endpoint is registered; other types are kept in the
# event list but posted to nobody, as at Stripe.
ENABLED_EVENTS: Final = (
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "customer.subscription.created",
    "customer.subscription.updated",
    "customer.subscription.deleted",
    "customer.subscription.paused",
    "customer.subscription.resumed",
    "customer.subscription.trial_will_end",
    "invoice.paid",
    "invoice.payment_failed",
    "invoice.payment_action_required",
    "invoice.voided",
    "charge.refunded",
    "charge.dispute.created",
    "customer.updated",
    "customer.deleted",
)


@dataclass(frozen=True, slots=True)
class SandboxSettings:
    """Addresses, credentials and pace of one sandbox.

    `gateway_url` is where webhooks are posted; `public_url` is what Twilio's signatures cover and
    what the callers' StatusCallback URLs begin with. `auth_token` and `webhook_secret` may be comma
    separated lists, as during a rotation: any token is accepted on REST calls and the first signs;
    Stripe signs with all. `database` is a file or ":memory:". All `*_seconds` are seconds;
    the `*_retry_seconds` say how long after each failed attempt the next one comes, and after the
    last of them the webhook is given up. `waits_for_gateway`: while nobody listens at its address,
    webhooks wait, and it costs them no attempt. `banner` and `notice` are sentences for the phone
    page.
    """

    gateway_url: str = "http://localhost:8080"
    public_url: str = "http://localhost:8080"
    account_sid: str = "ACsandbox00000000000000000000000000"
    auth_token: str = field(default="sandbox-auth-token", repr=False)
    from_number: str = "+15005550006"
    stripe_secret_key: str = field(default="sk_test_sandbox", repr=False)
    webhook_secret: str = field(default="whsec_sandbox", repr=False)
    openai_key: str = field(default="sk-sandbox", repr=False)
    price_id: str = "price_sandbox_monthly"
    database: str = ":memory:"
    pace_seconds: float = 0.3
    # Twilio waits 15 s for a webhook; the retries are those of #rc=3&rp=5xx,ct,rt.
    twilio_timeout_seconds: float = 15.0
    twilio_retry_seconds: tuple[float, ...] = (1.0, 3.0, 8.0)
    # Stripe retries for three days with a growing pause.
    stripe_timeout_seconds: float = 20.0
    stripe_retry_seconds: tuple[float, ...] = (
        2.0, 10.0, 60.0, 300.0, 1800.0, 7200.0, 21600.0, 43200.0, 86400.0, 86400.0,
    )  # fmt: skip
    enabled_events: tuple[str, ...] = ENABLED_EVENTS
    waits_for_gateway: bool = False
    banner: str = BANNER
    notice: str = ""

    @property
    def auth_tokens(self) -> tuple[str, ...]:
        """Every auth token that REST calls may use; the first one signs webhooks."""
        return _listed(self.auth_token)

    @property
    def webhook_secrets(self) -> tuple[str, ...]:
        """Every Stripe endpoint secret; each makes one v1 signature."""
        return _listed(self.webhook_secret)


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())

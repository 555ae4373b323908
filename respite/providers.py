"""What points the providers' SDKs at the sandbox where there are no credentials."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from typing import Final

SANDBOX_ACCOUNT_SID: Final = "ACsandbox00000000000000000000000000"
SANDBOX_FROM_NUMBER: Final = "+15005550006"
SANDBOX_PRICE_ID: Final = "price_sandbox_monthly"


@dataclass(frozen=True, slots=True)
class SandboxSecrets:
    """What the sandbox and those who talk to it share.

    The defaults are no secrets: anybody can read them here. They are for the compose file without
    credentials, where texts and payments are make-believe; `respite up` makes random ones.
    """

    auth_token: str = "sandbox-only-auth-token"  # noqa: S105
    stripe_key: str = "sk_test_sandbox_only"
    webhook_secret: str = "whsec_sandbox_only"  # noqa: S105


def has_twilio(environment: Mapping[str, str]) -> bool:
    """Whether Twilio credentials are given."""
    return _is_given(environment, "TWILIO_ACCOUNT_SID")


def has_stripe(environment: Mapping[str, str]) -> bool:
    """Whether a Stripe key is given."""
    return _is_given(environment, "STRIPE_SECRET_KEY")


def needs_sandbox(environment: Mapping[str, str]) -> bool:
    """Whether at least one provider has to be stood in for."""
    return not (has_twilio(environment) and has_stripe(environment))


def use_sandbox(
    environment: MutableMapping[str, str], sandbox_url: str, secrets: SandboxSecrets
) -> None:
    """Adds what each provider without credentials is replaced by; keeps what is set already."""
    values: dict[str, str] = {}
    if not has_twilio(environment):
        values |= {
            "TWILIO_ACCOUNT_SID": SANDBOX_ACCOUNT_SID,
            "TWILIO_AUTH_TOKEN": secrets.auth_token,
            "TWILIO_FROM_NUMBER": SANDBOX_FROM_NUMBER,
            "TWILIO_BASE_URL": sandbox_url,
        }
    if not has_stripe(environment):
        values |= {
            "STRIPE_SECRET_KEY": secrets.stripe_key,
            "STRIPE_WEBHOOK_SECRET": secrets.webhook_secret,
            "STRIPE_PRICE_ID": SANDBOX_PRICE_ID,
            "STRIPE_BASE_URL": sandbox_url,
            "STRIPE_LIVEMODE": "false",
        }
    for name, value in values.items():
        if not _is_given(environment, name):
            environment[name] = value


def _is_given(environment: Mapping[str, str], name: str) -> bool:
    return bool(environment.get(name) or environment.get(f"{name}_FILE"))

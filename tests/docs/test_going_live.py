"""README, Real Twilio and Stripe, from top to bottom: the sandbox poses as both, with credentials
of its own, and the line does not know that they are not real."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pytest

from respite.doctor.twilio_settings import RETRIES
from tests.docs.markdown import readme
from tests.docs.running import RunningSystem, running_system
from tests.ports import free_ports
from tests.sandbox.running import RunningSandbox
from tests.world.waiting import until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

PERSON, OPERATORS_PHONE = "+12025550101", "+12025550188"
SECTION = readme().section("Real Twilio and Stripe")
# What is told to be set, but need not be where another is.
_OR = {"TWILIO_MESSAGING_SERVICE_SID", "SUPPRESSION_KEY_FILE", "ALERT_WEBHOOK"}
_EXPORTED = re.compile(r"(\w+)=(\S+)")


def exported() -> dict[str, str]:
    """What is exported before the start, as it is printed."""
    [block] = [block for block in SECTION.blocks("sh") if "make run" in block.content]
    *exports, run = block.commands
    assert run == "make run"
    assert all(line.startswith("export ") for line in exports)
    return dict(_EXPORTED.findall("\n".join(exports)))


@dataclass(frozen=True)
class Live:
    """The line, and who poses as the providers."""

    system: RunningSystem
    providers: RunningSandbox


@pytest.fixture(scope="module")
def live() -> Iterator[Live]:
    [gateway] = free_ports(1)
    public = f"http://localhost:{gateway}"
    providers = RunningSandbox(
        public,
        public_url=public,
        account_sid="AC" + "7" * 32,
        auth_token="a-token-of-theirs",
        stripe_secret_key="sk_test_of_theirs",
        webhook_secret="whsec_of_theirs",
        price_id="price_of_theirs",
        waits_for_gateway=True,
    )
    theirs = providers.settings
    values = {
        "PUBLIC_URL": public,
        "TWILIO_ACCOUNT_SID": theirs.account_sid,
        "TWILIO_AUTH_TOKEN": theirs.auth_token,
        "TWILIO_FROM_NUMBER": theirs.from_number,
        "STRIPE_SECRET_KEY": theirs.stripe_secret_key,
        "STRIPE_PRICE_ID": theirs.price_id,
        "STRIPE_WEBHOOK_SECRET": theirs.webhook_secret,
        "STRIPE_LIVEMODE": "false",
        "OPENAI_API_KEY": theirs.openai_key,
        "SUPPRESSION_KEY": "long, random, and for good",
        "ALERT_PHONES": OPERATORS_PHONE,
    }
    assert values.keys() == exported().keys()
    at = {
        "GATEWAY_PORT": str(gateway),
        "TWILIO_BASE_URL": providers.url,
        "STRIPE_BASE_URL": providers.url,
        "OPENAI_BASE_URL": f"{providers.url}/v1",
    }
    with running_system(values | at) as system:
        yield Live(system, providers)
    providers.stop()


def test_what_is_told_to_be_set_is_what_is_exported() -> None:
    told = set(re.findall(r"`([A-Z][A-Z_]{6,})`", SECTION.text)) - _OR
    assert told == exported().keys()


def test_the_doctor_has_nothing_to_mend_but_the_address_which_is_not_public(live: Live) -> None:
    done = live.system.sh("bin/respite doctor --json")
    findings = [json.loads(line) for line in done.output.splitlines()]
    wrong = {each["check"]: each["said"] for each in findings if each["level"] != "ok"}
    assert wrong.keys() == {"PUBLIC_URL"}, wrong
    assert wrong["PUBLIC_URL"].endswith("is not https")
    fine = {each["check"]: each["said"] for each in findings if each["level"] == "ok"}
    address = f"{live.providers.settings.public_url}/twilio/sms{RETRIES}"
    assert address in fine["Twilio webhook"]
    assert f"/twilio/sms{RETRIES}`" in SECTION.text
    assert {"Twilio account", "Twilio fallback", "Stripe price", "Stripe webhook"} <= fine.keys()


def test_a_post_without_a_signature_is_refused_by_the_gateway(live: Live) -> None:
    [curl] = [line for block in SECTION.blocks("sh") for line in block.commands if "curl" in line]
    assert live.system.sh(curl).output == "403\n"


def test_who_texts_the_number_is_answered(live: Live) -> None:
    live.providers.text("hello", PERSON)
    answers = until(lambda: _received(live, PERSON), "an answer", 60)
    assert "AI" in answers[0]["body"]


def _received(live: Live, number: str) -> list[Mapping[str, str]]:
    return [each for each in live.providers.phone(number) if each["direction"] == "out"]

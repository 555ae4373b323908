"""The phone page and the doors around it."""

import re
from typing import Any

import pytest
import requests

from tests.ports import free_ports
from tests.sandbox.gateway import Gateway, wait_until
from tests.sandbox.running import ANA, RunningSandbox

BOB = "+12025550102"


def now(sandbox: RunningSandbox, number: str = ANA) -> Any:
    """What the page is told of a person."""
    return sandbox.call("GET", f"/sandbox/phones/{number}/now")


def test_the_page_says_that_nothing_leaves_and_loads_nothing_from_elsewhere(
    sandbox: RunningSandbox,
) -> None:
    page, headers = sandbox.page("/")
    assert "Nothing leaves this machine" in page
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    for path in ("/", "/phone.css", "/phone.js", "/path.js"):
        content, _ = sandbox.page(path)
        # A comment may name where a rule is from.
        assert not re.search(r"^(?!//).*https?://\w", content, re.MULTILINE)
        assert "innerHTML" not in content


def test_every_control_of_the_page_has_a_label(sandbox: RunningSandbox) -> None:
    page, _ = sandbox.page("/")
    controls = re.findall(r'<(?:input|textarea)[^>]* id="([^"]+)"', page)
    assert controls
    assert all(f'for="{name}"' in page for name in controls)
    assert 'lang="en"' in page
    assert 'aria-live="polite"' in page


def test_the_page_learns_the_number_to_text_and_the_state_of_the_subscription(
    sandbox: RunningSandbox,
) -> None:
    status = sandbox.call("GET", "/sandbox/status")
    assert status["from_number"] == sandbox.settings.from_number
    phone = sandbox.call("GET", f"/sandbox/phones/{ANA}")
    assert phone == {"number": ANA, "messages": [], "subscription": None}
    paid = sandbox.post("/sandbox/subscribe", phone=ANA, link="none")
    shown = sandbox.call("GET", f"/sandbox/phones/{ANA}")["subscription"]
    assert (shown["id"], shown["status"]) == (paid["subscription"], "active")


def test_a_text_is_shown_with_its_webhook_and_its_segments(sandbox: RunningSandbox) -> None:
    sandbox.fault("webhooks", "duplicate", copies=1)
    sandbox.text("Thank you \N{YELLOW HEART} " + "x" * 60, wait=True)
    [message] = now(sandbox)["messages"]
    assert (message["direction"], message["status"], message["copies"]) == ("in", "delivered", 2)
    assert (message["segments"], message["encoding"]) == (2, "UCS-2")
    assert [fault["kind"] for fault in now(sandbox)["faults"]] == ["duplicate"]
    sandbox.call("DELETE", "/sandbox/faults")
    assert now(sandbox)["faults"] == []


def test_who_texted_is_listed_with_the_newest_words_the_last_one_first(
    sandbox: RunningSandbox,
) -> None:
    sandbox.text("one", wait=True)
    sandbox.text("two", sender=BOB, wait=True)
    sandbox.text("three", wait=True)
    assert now(sandbox)["people"] == [
        {"number": ANA, "texts": 2, "newest": "three"},
        {"number": BOB, "texts": 1, "newest": "two"},
    ]


def test_without_a_queue_the_path_shows_what_the_sandbox_itself_saw(
    sandbox: RunningSandbox,
) -> None:
    assert now(sandbox)["path"] is None
    sid = sandbox.text("hello", wait=True)["sid"]
    sandbox.twilio().messages.create(to=ANA, from_=sandbox.settings.from_number, body="hi")
    sandbox.twilio().messages.create(to=BOB, from_=sandbox.settings.from_number, body="no")
    wait_until(lambda: now(sandbox)["path"]["complete"], "the end of the path")
    path = now(sandbox)["path"]
    assert (path["reference"], path["jobs"]) == (sid, "unknown")
    assert [step["kind"] for step in path["steps"]] == ["webhook", "request", "message"]
    webhook, request, message = path["steps"]
    assert path["at"] <= webhook["at"] <= webhook["end"] <= request["at"] <= message["at"]
    assert (webhook["source"], webhook["status"], request["status"]) == ("sms", 200, 201)
    assert [each["state"] for each in message["states"]] == ["queued", "sent", "delivered"]


def test_a_payment_has_a_path_of_its_own(sandbox: RunningSandbox, gateway: Gateway) -> None:
    sandbox.text("hello", wait=True)
    sandbox.post("/sandbox/subscribe", phone=ANA, link="phone")
    gateway.wait_for_event("checkout.session.completed")
    wait_until(lambda: now(sandbox)["path"]["complete"], "the end of the path")
    path = now(sandbox)["path"]
    assert path["kind"] == "payment"
    posted = [step["about"] for step in path["steps"] if step["kind"] == "webhook"]
    assert {"customer.subscription.created", "checkout.session.completed"} <= set(posted)


def test_while_nobody_listens_at_the_gateway_texts_wait_and_the_page_says_so() -> None:
    [port] = free_ports(1)
    sandbox = RunningSandbox(f"http://127.0.0.1:{port}", waits_for_gateway=True)
    try:
        sandbox.text("hello")
        wait_until(lambda: not now(sandbox)["gateway"]["answers"], "the silence")
        [message] = now(sandbox)["messages"]
        assert (message["status"], message["error"]) == ("queued", "nobody listens")
        assert not now(sandbox)["path"]["complete"]
        gateway = Gateway("token-one", "whsec_two", port)
        try:
            [post] = gateway.wait_for("/twilio/sms", 1)
            assert post.valid
            wait_until(lambda: now(sandbox)["gateway"]["answers"], "the answer")
        finally:
            gateway.close()
        [message] = now(sandbox)["messages"]
        assert (message["status"], message["attempt"]) == ("delivered", 1)
    finally:
        sandbox.stop()


def test_another_site_cannot_use_the_visitors_browser(sandbox: RunningSandbox) -> None:
    foreign = {"Sec-Fetch-Site": "cross-site"}
    for path in ("/sandbox/reset", "/sandbox/texts", "/sandbox/checkout/x", "/sandbox/portal/x"):
        answer = requests.post(sandbox.url + path, headers=foreign, data="{}", timeout=60)
        assert answer.status_code == 403


@pytest.mark.parametrize(
    ("path", "field"),
    [("/nothing", "error"), ("/2010-04-01/Accounts/x/Calls.json", "code"), ("/v1/files", "error")],
)
def test_an_unknown_address_is_refused_in_the_providers_words(
    sandbox: RunningSandbox, path: str, field: str
) -> None:
    answer = requests.get(sandbox.url + path, timeout=60)
    assert answer.status_code == 404
    assert field in answer.json()


@pytest.mark.parametrize("body", ["[1]", "{", '{"advance_seconds": "soon"}'])
def test_a_control_request_that_makes_no_sense_is_refused(
    sandbox: RunningSandbox, body: str
) -> None:
    answer = requests.post(f"{sandbox.url}/sandbox/clock", data=body, timeout=60)
    assert answer.status_code == 400
    assert answer.json()["error"]
